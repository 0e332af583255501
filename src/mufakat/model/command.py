"""Commands: what a member or a participant tells the union to do, signed.

A command travels as the canonical MessagePack of `SignedCommand`; a second encoding of the same command
is refused. Names are imperative; tags are permanent (tests hold them against a committed list), new
fields come last and have defaults. Amounts are minor units; times are UTC microseconds of log time.
"""

import datetime
import enum
import hashlib
from typing import Final, NamedTuple

import msgspec

from mufakat.model.calendar import Phase
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.dealing import AnyDealingCommand
from mufakat.model.default import AnyDefaultCommand
from mufakat.model.fact import Command
from mufakat.model.identifier import Bic, Currency, Lei, MemberId, ObligationId, Uetr
from mufakat.model.money import Amount
from mufakat.model.proposal import AnyChange
from mufakat.model.queueing import Action, AnyQueueCommand, Priority
from mufakat.model.setoff import SetOffTerms
from mufakat.model.signing import Domain, sign
from mufakat.model.swing import Tiers
from mufakat.model.trade import AnyTradeCommand, TradeItem
from mufakat.model.verdict import AnyComplianceCommand, Screened


class Channel(enum.IntEnum):
    """How a payment settles (ISO 20022 ClearingChannel2Code): gross at once, or net in the next cycle."""

    RTGS = 0
    MPNS = 1


class RegisterParticipant(Command, frozen=True, tag=1):
    """A member admits a bank of its own: its BIC, LEI and keys. The member is its sponsor."""

    bic: Bic
    lei: Lei
    keys: tuple[KeyGrant, ...]


class OpenAccount(Command, frozen=True, tag=2):
    """The issuer of `currency` opens a settlement account in it for a participant of any member."""

    participant: Bic
    currency: Currency


class CloseAccount(Command, frozen=True, tag=3):
    """The issuer closes an account that holds nothing."""

    participant: Bic
    currency: Currency


class EnrolFirms(Command, frozen=True, tag=4):
    """A participant enrols firms that it banks; a firm takes part in set-off through one participant."""

    firms: tuple[Lei, ...]


class IssueMoney(Command, frozen=True, tag=5):
    """The issuer creates central-bank money on a settlement account."""

    participant: Bic
    currency: Currency
    amount: Amount


class RedeemMoney(Command, frozen=True, tag=6):
    """The issuer takes central-bank money back from a settlement account."""

    participant: Bic
    currency: Currency
    amount: Amount


class SetLimit(Command, frozen=True, tag=7):
    """The issuer sets how far an account may go below zero during the day (intraday credit)."""

    participant: Bic
    currency: Currency
    limit: Amount


class SetSwingLine(Command, frozen=True, tag=8):
    """The author, as issuer of its currency, lends `debtor` up to `limit` of it between cycles.

    Signed by both members. Rule source: charter, swing; CPMI glossary "bilateral net credit limit".
    """

    debtor: MemberId
    limit: Amount


class DeclarePhase(Command, frozen=True, tag=9):
    """A member declares that the business day of `date` enters `phase`; a quorum makes it so."""

    date: datetime.date
    phase: Phase


class CallCycle(Command, frozen=True, tag=10):
    """A member calls cycle `number`; a quorum makes it run."""

    number: int


COMMITMENT_BYTES: Final = 32
"""Bytes of a SHA-256 commitment."""


class PaymentOrder(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One credit transfer between settlement accounts.

    `details`: SHA-256 commitment (32 bytes) to the message that stays with the parties. `earliest_us`, `latest_us`:
    log time between which it may settle (UTC microseconds, 0 for none). `divisible`: it may settle in parts.
    `action`: a reservation holds until `latest_us`, or the close; what posts or voids it has its UETR, parties and
    currency again. `linked`: it takes effect with the next record of its batch, or neither does.
    """

    uetr: Uetr
    debtor_agent: Bic
    creditor_agent: Bic
    currency: Currency
    amount: Amount
    value_date: datetime.date
    channel: Channel
    details: bytes
    priority: Priority = Priority.NORMAL
    earliest_us: int = 0
    latest_us: int = 0
    divisible: bool = False
    action: Action = Action.PAY
    linked: bool = False


class SubmitPayments(Command, frozen=True, tag=11):
    """Participants order payments from their own accounts; each item has its own outcome.

    `records`: the orders as `model.record` lays them out. `signers`: who signs beside the author, in order; each
    record is of one of them all. `screened`: of each of these, in that order; none where no list binds them.
    """

    records: bytes
    signers: tuple[Bic, ...] = ()
    screened: tuple[Screened, ...] = ()


class CancelPayment(Command, frozen=True, tag=12):
    """The debtor agent withdraws a payment that has not settled."""

    uetr: Uetr


class ReturnPayment(Command, frozen=True, tag=13):
    """The creditor agent gives the money of a settled payment back (pacs.004)."""

    uetr: Uetr
    reason: str
    screened: Screened = Screened()


class ObligationItem(msgspec.Struct, frozen=True, array_like=True):
    """A firm owes another a sum on a date. `document`: SHA-256 commitment (32 bytes) to the invoice.

    What is `indivisible` is set off as a whole or not at all.
    """

    id: ObligationId
    debtor: Lei
    creditor: Lei
    currency: Currency
    amount: Amount
    due: datetime.date
    document: bytes
    indivisible: bool = False


class RegisterObligations(Command, frozen=True, tag=14):
    """A participant registers obligations of firms it banks; owed by its own firm, they are accepted."""

    obligations: tuple[ObligationItem, ...]
    screened: Screened = Screened()


class AcceptObligations(Command, frozen=True, tag=15):
    """The debtor's participant accepts obligations for its firms."""

    ids: tuple[ObligationId, ...]
    screened: Screened = Screened()


class DisputeObligations(Command, frozen=True, tag=16):
    """The debtor's participant disputes obligations; they take no part in any cycle."""

    ids: tuple[ObligationId, ...]


class ReserveLiquidity(Command, frozen=True, tag=17):
    """A participant sets aside funds of an account for the netting cycles (0 frees them)."""

    currency: Currency
    amount: Amount


class Propose(Command, frozen=True, tag=18):
    """A member proposes a change, and votes in favour with it. `text`: SHA-256 (32 bytes) of the rule's words.

    Signed with a key of role vote.
    """

    change: AnyChange
    text: bytes


class CastVote(Command, frozen=True, tag=19):
    """A member votes on an open proposal, once. Signed with a key of role vote."""

    proposal: int
    in_favour: bool


class WithdrawProposal(Command, frozen=True, tag=20):
    """A member withdraws an open proposal of its own. Signed with a key of role vote."""

    proposal: int


class SubmitFixings(Command, frozen=True, tag=33):
    """A member submits what each currency of the union is worth on `date`; a quorum makes them the day's fixings.

    `rates`: (currency, parts of 10^-9 of the charter's numeraire for one major unit), in order of currency.
    """

    date: datetime.date
    rates: tuple[tuple[Currency, int], ...]


class SetSwingTerms(Command, frozen=True, tag=34):
    """The author, as issuer of its currency, and `debtor` agree on the interest of the line between them.

    `tiers`: (up to which share of the limit, interest for a year), basis points; none: no interest. `day_count`:
    360 or 365. Signed by both members. Interest needs a charter with a periodic settlement, which pays it.
    """

    debtor: MemberId
    tiers: Tiers
    day_count: int = 360


class SettleSwing(Command, frozen=True, tag=35):
    """A member calls the periodic settlement of all swing lines on `date`; a quorum makes it happen at once."""

    date: datetime.date


class CertifyCycle(Command, frozen=True, tag=30):
    """A member puts its signature to the certificates of `cycle`: `root` (32 bytes) as it recomputed it itself."""

    cycle: int
    root: bytes


class HoldItem(Command, frozen=True, tag=52):
    """A participant brings one item that it cannot clear; it goes no further until its case is decided.

    `record`: a payment's, 128 bytes; its money is blocked. `entries`: who may be meant, `<list>/<id>/<digest>`.
    """

    screened: Screened
    entries: tuple[str, ...]
    record: bytes = b""
    obligation: ObligationItem | None = None
    trade: TradeItem | None = None


AnyCommand = (
    RegisterParticipant
    | OpenAccount
    | CloseAccount
    | EnrolFirms
    | IssueMoney
    | RedeemMoney
    | SetLimit
    | SetSwingLine
    | DeclarePhase
    | CallCycle
    | SubmitPayments
    | CancelPayment
    | ReturnPayment
    | RegisterObligations
    | AcceptObligations
    | DisputeObligations
    | ReserveLiquidity
    | Propose
    | CastVote
    | WithdrawProposal
    | AnyQueueCommand
    | SubmitFixings
    | SetOffTerms
    | SetSwingTerms
    | SettleSwing
    | CertifyCycle
    | AnyDealingCommand
    | AnyDefaultCommand
    | AnyTradeCommand
    | HoldItem
    | AnyComplianceCommand
)
GOVERNING: Final = (Propose, CastVote, WithdrawProposal)
"""Commands by which the rules change; a halted union hears no others."""


def role_of(body: AnyCommand) -> Role:
    """Return the role that the author's key needs for a command."""
    return Role.VOTE if isinstance(body, GOVERNING) else Role.SUBMIT


class Instruction(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A command with its author and its place in time: what is signed.

    `author`: member identifier or participant BIC. `key`: the author's key whose sequence is used.
    `sequence`: from 1, without gaps, for each key. Valid while `valid_from_us <= log time <= valid_until_us`.
    """

    union: bytes
    author: str
    key: bytes
    sequence: int
    valid_from_us: int
    valid_until_us: int
    body: AnyCommand


class Signature(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A signature over an instruction: 32-byte public key, 64-byte signature."""

    key: bytes
    signature: bytes


class SignedCommand(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """An instruction and its signatures: the author's own first, approvals after it."""

    instruction: Instruction
    signatures: tuple[Signature, ...]


COMMAND_NAMES: Final = frozenset(kind.__name__ for kind in AnyCommand.__args__)
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(SignedCommand)


def encode(signed: SignedCommand) -> bytes:
    """Return the canonical bytes of a command."""
    return _ENCODER.encode(signed)


def decode(data: bytes) -> SignedCommand | None:
    """Read a command, or return None when it is not the canonical encoding of one."""
    try:
        signed = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return signed if _ENCODER.encode(signed) == data else None


def signing_bytes(instruction: Instruction) -> bytes:
    """Return what each signer of `instruction` signs in the domain COMMAND."""
    return _ENCODER.encode(instruction)


class Arrival(NamedTuple):
    """A command's bytes and what they say without a state, so that this is found out before its turn comes.

    `signed`: None when the bytes are not the canonical encoding of one. `digest`: the SHA-256 of what is signed.
    """

    data: bytes
    signed: SignedCommand | None
    digest: bytes


def arrive(data: bytes) -> Arrival:
    """Read a command that came in."""
    signed = decode(data)
    digest = b"" if signed is None else hashlib.sha256(signing_bytes(signed.instruction)).digest()
    return Arrival(data, signed, digest)


def signed_by(instruction: Instruction, *private_keys: tuple[bytes, bytes]) -> SignedCommand:
    """Sign `instruction` with (public, private) key pairs, the author's first."""
    message = signing_bytes(instruction)
    made = (Signature(public, sign(private, Domain.COMMAND, message)) for public, private in private_keys)
    return SignedCommand(instruction, tuple(made))
