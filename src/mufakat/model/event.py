"""Events: facts that a command brought about, in the past tense.

State changes by events alone; live run, replay and audit fold the same ones. Amounts are minor units.
"""

import datetime

from mufakat.model.calendar import Phase
from mufakat.model.case import AnyCaseEvent
from mufakat.model.certificate import CycleItem, Leaf
from mufakat.model.charter import Charter, KeyGrant
from mufakat.model.command import ObligationItem, PaymentOrder
from mufakat.model.dealing import AnyDealing
from mufakat.model.default import AnyFailure
from mufakat.model.fact import Event
from mufakat.model.goods import GoodsFlagged
from mufakat.model.identifier import AccountId, Bic, Currency, Lei, MemberId, ObligationId, Uetr
from mufakat.model.listing import ListBrought
from mufakat.model.money import Amount
from mufakat.model.queueing import AnyQueueing
from mufakat.model.refusal import Reason
from mufakat.model.ruling import AnyRuling
from mufakat.model.setoff import AnyAsked
from mufakat.model.swing import AnyLending
from mufakat.model.trade import TradeRecordRegistered


class UnionFounded(Event, frozen=True, tag=0):
    """The charter is in force."""

    charter: Charter


class SequenceAdvanced(Event, frozen=True, tag=1):
    """A key used its next sequence number, at log time `at_us` (UTC microseconds)."""

    key: bytes
    sequence: int
    at_us: int = 0


class ParticipantRegistered(Event, frozen=True, tag=2):
    """A bank takes part, sponsored by a member."""

    bic: Bic
    lei: Lei
    sponsor: MemberId
    keys: tuple[KeyGrant, ...]


class AccountOpened(Event, frozen=True, tag=3):
    """A settlement account is open."""

    account: AccountId
    participant: Bic
    currency: Currency


class AccountClosed(Event, frozen=True, tag=4):
    """A settlement account is closed for good."""

    account: AccountId


class FirmsEnrolled(Event, frozen=True, tag=5):
    """Firms take part through a participant."""

    agent: Bic
    firms: tuple[Lei, ...]


class MoneyIssued(Event, frozen=True, tag=6):
    """Central-bank money came to be."""

    account: AccountId
    currency: Currency
    amount: Amount


class MoneyRedeemed(Event, frozen=True, tag=7):
    """Central-bank money ceased to be."""

    account: AccountId
    currency: Currency
    amount: Amount


class LimitSet(Event, frozen=True, tag=8):
    """An account may go `limit` below zero."""

    account: AccountId
    limit: Amount


class SwingLineSet(Event, frozen=True, tag=9):
    """A member may owe another up to `limit` in the creditor's currency."""

    debtor: MemberId
    creditor: MemberId
    currency: Currency
    limit: Amount


class LiquidityReserved(Event, frozen=True, tag=10):
    """Funds of an account are set aside for the netting cycles."""

    account: AccountId
    amount: Amount


class PhaseDeclared(Event, frozen=True, tag=11):
    """A member declared a phase; it has no effect before a quorum has."""

    member: MemberId
    date: datetime.date
    phase: Phase


class PhaseEntered(Event, frozen=True, tag=12):
    """The union's business day is in this phase."""

    date: datetime.date
    phase: Phase


class CycleCalled(Event, frozen=True, tag=13):
    """A member called a cycle; it does not run before a quorum has."""

    member: MemberId
    number: int


class PaymentAccepted(Event, frozen=True, tag=14):
    """A payment waits for its value date or for the next cycle."""

    order: PaymentOrder


class PaymentQueued(Event, frozen=True, tag=15):
    """A payment waits for funds. `order` stands only when the payment is new to the log."""

    uetr: Uetr
    order: PaymentOrder | None = None


class PaymentSettled(Event, frozen=True, tag=16):
    """A payment that waited is final: `amount` moved from `debit` to `credit`."""

    uetr: Uetr
    debit: AccountId
    credit: AccountId
    amount: Amount


class PaymentsSettled(Event, frozen=True, tag=45):
    """Payments are final on entry. `records`: as `model.record` lays them out, 128 bytes each, in order."""

    records: bytes


class RecordsPosted(Event, frozen=True, tag=98):
    """Records took effect, in order: payments settled, reserved, or posted or voided after they were reserved.

    `records`: as in PaymentsSettled, each of its kind.
    """

    records: bytes


class PaymentRejected(Event, frozen=True, tag=17):
    """A payment will not settle. `order` as in PaymentQueued."""

    uetr: Uetr
    reason: Reason
    order: PaymentOrder | None = None


class PaymentCancelled(Event, frozen=True, tag=18):
    """The debtor agent withdrew a waiting payment."""

    uetr: Uetr


class PaymentReturned(Event, frozen=True, tag=19):
    """The creditor agent gave the money back: `amount` moved from `debit` to `credit`."""

    uetr: Uetr
    debit: AccountId
    credit: AccountId
    amount: Amount
    reason: str


class ObligationRegistered(Event, frozen=True, tag=20):
    """An obligation is on the log; `accepted` when the debtor's own participant registered it."""

    item: ObligationItem
    debtor_agent: Bic
    creditor_agent: Bic
    accepted: bool


class ObligationAccepted(Event, frozen=True, tag=21):
    """The debtor owns the debt."""

    id: ObligationId


class ObligationDisputed(Event, frozen=True, tag=22):
    """The debtor contests the debt."""

    id: ObligationId


class ObligationsSetOff(Event, frozen=True, tag=23):
    """Set-off of one currency in a cycle: (obligation, amount cleared), no money moved."""

    cycle: int
    currency: Currency
    cleared: tuple[tuple[ObligationId, Amount], ...]


class PositionsNetted(Event, frozen=True, tag=24):
    """Multilateral netting of one currency in a cycle.

    `positions`: (account, net amount to receive; negative to pay), which sum to zero. `payments` and
    `obligations` are the items netted; `deferred` is how many were left out for want of funds.
    """

    cycle: int
    currency: Currency
    positions: tuple[tuple[AccountId, int], ...]
    payments: tuple[Uetr, ...]
    obligations: tuple[ObligationId, ...]
    gross: Amount
    deferred: int


class SwingDrawn(Event, frozen=True, tag=25):
    """A member covered its participant's shortfall: the money moved from `swing` to `account`.

    `swing` is the member's line, or its own reserve account.
    """

    cycle: int
    swing: AccountId
    account: AccountId
    amount: Amount


class SwingRepaid(Event, frozen=True, tag=26):
    """A participant gave covered money back: from `account` to `swing`, as in SwingDrawn."""

    swing: AccountId
    account: AccountId
    amount: Amount


class NetDebitReserved(Event, frozen=True, tag=27):
    """A net debit is pending on its account until the whole cycle settles."""

    cycle: int
    account: AccountId
    amount: Amount


class CycleSettled(Event, frozen=True, tag=28):
    """All positions of the cycle, in all its currencies, are settled and final."""

    number: int
    currencies: tuple[Currency, ...]


class FixingsSubmitted(Event, frozen=True, tag=70):
    """A member said what each currency is worth on `date`; rates as in the command."""

    member: MemberId
    date: datetime.date
    rates: tuple[tuple[Currency, int], ...]


class FixingsAgreed(Event, frozen=True, tag=71):
    """The fixings of `date`: the median of each currency. `outliers`: (member, currency, rate) too far from it."""

    date: datetime.date
    rates: tuple[tuple[Currency, int], ...]
    outliers: tuple[tuple[MemberId, Currency, int], ...]


class CycleCertified(Event, frozen=True, tag=65):
    """What a cycle did for each holder, and with each item; `root` (32 bytes) is what the members sign of it."""

    cycle: int
    root: bytes
    leaves: tuple[Leaf, ...]
    items: tuple[CycleItem, ...]


class CycleSigned(Event, frozen=True, tag=66):
    """A member signed the certificates of a cycle."""

    cycle: int
    member: MemberId


class CycleAttested(Event, frozen=True, tag=67):
    """A quorum of the members has signed the certificates of a cycle."""

    cycle: int
    signers: tuple[MemberId, ...]


AnyEvent = (
    UnionFounded
    | SequenceAdvanced
    | ParticipantRegistered
    | AccountOpened
    | AccountClosed
    | FirmsEnrolled
    | MoneyIssued
    | MoneyRedeemed
    | LimitSet
    | SwingLineSet
    | LiquidityReserved
    | PhaseDeclared
    | PhaseEntered
    | CycleCalled
    | PaymentAccepted
    | PaymentQueued
    | PaymentSettled
    | PaymentsSettled
    | RecordsPosted
    | PaymentRejected
    | PaymentCancelled
    | PaymentReturned
    | ObligationRegistered
    | ObligationAccepted
    | ObligationDisputed
    | ObligationsSetOff
    | PositionsNetted
    | SwingDrawn
    | SwingRepaid
    | NetDebitReserved
    | CycleSettled
    | AnyQueueing
    | FixingsSubmitted
    | FixingsAgreed
    | CycleCertified
    | CycleSigned
    | CycleAttested
    | AnyRuling
    | AnyFailure
    | AnyLending
    | AnyDealing
    | AnyAsked
    | TradeRecordRegistered
    | ListBrought
    | AnyCaseEvent
    | GoodsFlagged
)
