"""All that the union knows at one entry of its log, and the root that commits to it.

State changes only when an event is evolved. Records are immutable: a change puts a new one in place.
Amounts are minor units.
"""

import datetime
import enum
from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.core.accounts import Account, Accounts
from mufakat.core.agreement import (
    Declaration,
    FixedRate,
    Interest,
    Position,
    Submission,
    SwingTerms,
    declaration_key,
)
from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.commitment import Record, Records, Table
from mufakat.core.document import TradeRecord
from mufakat.core.estate import Arrear, Bearer, Default, bearer_key, default_key
from mufakat.core.law import Adoption, Ballot, Law, Proposal, Seat, ballot_key, proposal_key
from mufakat.core.lines import Line, Resolution, Terms, Timetable, Timetables
from mufakat.core.quote import Exchange, Offers, Quote
from mufakat.core.register import Register
from mufakat.core.reservations import Reservations
from mufakat.core.sealing import Sealed
from mufakat.core.terms import FirmTerms, terms_key
from mufakat.kernels.posting import Located
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.charter import Charter, Role, union_id
from mufakat.model.command import ObligationItem, PaymentOrder
from mufakat.model.event import PositionsNetted
from mufakat.model.identifier import AccountId, Bic, Currency, Lei, MemberId, Uetr
from mufakat.model.money import Amount
from mufakat.model.queueing import Priority
from mufakat.model.refusal import Reason


class Key(Record, frozen=True):
    """A signing key: whose it is, its roles, and the last sequence number it used."""

    public: bytes
    owner: str
    roles: tuple[Role, ...]
    sequence: int = 0
    revoked: bool = False


class Participant(Record, frozen=True):
    """A bank and the member that sponsors it."""

    bic: Bic
    lei: Lei
    sponsor: MemberId


class Firm(Record, frozen=True):
    """A firm and the participant through which it takes part."""

    lei: Lei
    agent: Bic


class Advance(Record, frozen=True):
    """What a participant owes its sponsor for a shortfall that the sponsor covered.

    `amount`: from its swing line, to which it is paid back. `own`: from its own money, or since settled by it.
    """

    account: AccountId
    swing: AccountId
    amount: Amount
    own: Amount = Amount(0)


class PaymentStatus(enum.IntEnum):
    """Where a payment stands; settled, returned, rejected, cancelled and voided are final."""

    ACCEPTED = 0
    QUEUED = 1
    SETTLED = 2
    RETURNED = 3
    REJECTED = 4
    CANCELLED = 5
    RESERVED = 6
    VOIDED = 7


class Payment(Record, frozen=True):
    """A payment on the log. `arrival` orders payments by entry and place in the batch.

    `priority`, `latest_us`: as the order says, until they are amended. `place`: orders the payments of one priority
    that wait on the same account. `paid`: what has settled in parts, minor units.
    """

    order: PaymentOrder
    arrival: int
    status: PaymentStatus
    reason: Reason | None = None
    priority: Priority = Priority.NORMAL
    latest_us: int = 0
    place: int = 0
    paid: Amount = Amount(0)

    @property
    def rest(self) -> Amount:
        """What is still to be settled of it."""
        return Amount(self.order.amount - self.paid)


class ObligationStatus(enum.IntEnum):
    """Where an obligation stands."""

    REGISTERED = 0
    ACCEPTED = 1
    DISPUTED = 2
    SET_OFF = 3
    NETTED = 4
    SETTLED = 5


class Obligation(Record, frozen=True):
    """An obligation on the log; `open` is what is still owed of `item.amount`.

    `short_since`: the business date since which each cycle that asked for it has left it open for want of funds.
    """

    item: ObligationItem
    debtor_agent: Bic
    creditor_agent: Bic
    status: ObligationStatus
    open: Amount
    short_since: datetime.date | None = None


TABLES: Final[tuple[tuple[str, type[Record]], ...]] = (
    ("keys", Key),
    ("participants", Participant),
    ("firms", Firm),
    ("accounts", Account),
    ("advances", Advance),
    ("payments", Payment),
    ("obligations", Obligation),
    ("declarations", Declaration),
    ("standings", Seat),
    ("proposals", Proposal),
    ("ballots", Ballot),
    ("laws", Law),
    ("queue_terms", Terms),
    ("resolutions", Resolution),
    ("submissions", Submission),
    ("terms", FirmTerms),
    ("swing_terms", SwingTerms),
    ("interest", Interest),
    ("fixings", FixedRate),
    ("quotes", Quote),
    ("exchanges", Exchange),
    ("attestations", Attestation),
    ("defaults", Default),
    ("bearers", Bearer),
    ("arrears", Arrear),
    ("swing_positions", Position),
    ("trade_records", TradeRecord),
)
"""The tables of a state and what they hold, in the order of the root."""
REGISTER: Final = "settled"
RESERVED: Final = "reserved"
"""The names of the register and of the open reservations in the root, after the tables."""
PARTS: Final = (*(name for name, _ in TABLES), REGISTER, RESERVED)
"""What has a root of its own under the state root, in its order."""
_ENCODE: Final = msgspec.msgpack.Encoder().encode


class State:
    """The union's state.

    `union` is the identifier of the founding charter, `charter` the one in force, `version` counts changes of the
    rules from 1, `height` the commands admitted so far, `now_us` the log time of the last of them (UTC
    microseconds), `swing_settled` the business date of the last periodic settlement, or the first of all.
    `arrivals` counts payments on the log, and moves of one to the end of a queue.

    The root commits to tables, register and reservations: a payment that settled on entry is in the register, one
    that is reserved among the reservations until it ends, any other in the table. Queues, the waiting, their times
    and `offers` follow. `positions`, of a cycle, and `located`, of a batch under way, live within one command.
    """

    __slots__ = (
        "_identified",
        "accounts",
        "adoption",
        "advances",
        "arrears",
        "arrivals",
        "attestations",
        "ballots",
        "bearers",
        "charter",
        "cycle",
        "day",
        "declarations",
        "defaults",
        "exchanges",
        "firms",
        "fixings",
        "halted",
        "height",
        "interest",
        "keys",
        "laws",
        "located",
        "now_us",
        "obligations",
        "offers",
        "participants",
        "payments",
        "positions",
        "proposals",
        "queue_terms",
        "queues",
        "quotes",
        "register",
        "reservations",
        "resolutions",
        "standings",
        "submissions",
        "swing_positions",
        "swing_settled",
        "swing_terms",
        "terms",
        "times",
        "trade_records",
        "union",
        "version",
        "waiting",
    )

    def __init__(self, charter: Charter) -> None:
        self.charter: Charter = charter
        self.union: bytes = union_id(charter)
        self._identified: tuple[Charter, bytes] = (charter, self.union)
        self.day: BusinessDay = BusinessDay(datetime.date(1, 1, 1), Phase.CLOSED)
        self.cycle: int = 0
        self.arrivals: int = 0
        self.version: int = 1
        self.height: int = 0
        self.now_us: int = 0
        self.halted: bool = False
        self.adoption: Adoption | None = None
        self.swing_settled: datetime.date = datetime.date.min
        self.keys: Table[Key] = Table()
        self.participants: Table[Participant] = Table()
        self.firms: Table[Firm] = Table()
        self.accounts: Accounts = Accounts()
        self.advances: Table[Advance] = Table()
        self.payments: Table[Payment] = Table()
        self.register: Register = Register()
        self.reservations: Reservations = Reservations()
        self.obligations: Table[Obligation] = Table()
        self.declarations: Table[Declaration] = Table()
        self.standings: Table[Seat] = Table()
        self.proposals: Table[Proposal] = Table()
        self.ballots: Table[Ballot] = Table()
        self.laws: Table[Law] = Table()
        self.queue_terms: Table[Terms] = Table()
        self.resolutions: Table[Resolution] = Table()
        self.submissions: Table[Submission] = Table()
        self.terms: Table[FirmTerms] = Table()
        self.swing_terms: Table[SwingTerms] = Table()
        self.interest: Table[Interest] = Table()
        self.fixings: Table[FixedRate] = Table()
        self.quotes: Table[Quote] = Table()
        self.exchanges: Table[Exchange] = Table()
        self.offers: Offers = Offers()
        self.attestations: Table[Attestation] = Table()
        self.defaults: Table[Default] = Table()
        self.bearers: Table[Bearer] = Table()
        self.arrears: Table[Arrear] = Table()
        self.swing_positions: Table[Position] = Table()
        self.trade_records: Table[TradeRecord] = Table()
        self.located: tuple[bytes, Located] | None = None
        self.positions: dict[Currency, PositionsNetted] = {}
        self.queues: dict[AccountId, Line] = {}
        self.waiting: dict[Uetr, None] = {}
        self.times: Timetables = Timetables(Timetable(), Timetable())

    @property
    def protocol(self) -> int:
        """The version of the rules' program that is in force."""
        return self.charter.protocol

    @property
    def free_row(self) -> int:
        """Where the next reservation stands, as `Reservations.free` says."""
        return self.reservations.free

    @free_row.setter
    def free_row(self, row: int) -> None:
        self.reservations.free = row

    def tables(self) -> tuple[tuple[str, type[Record], Records[Record]], ...]:
        """Give the name, record type and table of each part, in the order of the root."""
        return tuple((name, kind, getattr(self, name)) for name, kind in TABLES)

    def preamble(self) -> bytes:
        """Return what the root commits to beside the tables: the scalars, the charter by its identifier."""
        if self._identified[0] is not self.charter:
            self._identified = (self.charter, union_id(self.charter))
        charter, names = self._identified[1], Scalars.__struct_fields__
        return _ENCODE([charter if name == "charter" else getattr(self, name) for name in names])

    def root(self) -> bytes:
        """Return the 32-byte root that commits to everything the union knows."""
        return self.seal().root()

    def roots(self) -> tuple[bytes, ...]:
        """Give the root of each of PARTS."""
        return self.seal().roots()

    def seal(self) -> Sealed:
        """Take all that the root commits to as it is; hashing the register, the most of it, is left for later."""
        tables = tuple(getattr(self, name).root() for name, _ in TABLES)
        return Sealed(self.preamble(), tables, self.register, self.register.take(), self.reservations.root())


class Scalars(Record, frozen=True):
    """All of a state that is in no table."""

    union: bytes
    charter: Charter
    day: BusinessDay
    cycle: int
    arrivals: int
    version: int
    height: int
    halted: bool
    adoption: Adoption | None
    now_us: int
    swing_settled: datetime.date
    free_row: int = 0


def scalars_of(state: State) -> Scalars:
    """Return all of a state that is in no table."""
    return Scalars(*(getattr(state, name) for name in Scalars.__struct_fields__))


def key_of(record: Record) -> str:
    """Return the key under which a record stands in its table."""
    if type(record) not in _KEYS:
        raise AssertionError(f"no key for {type(record).__name__}")
    return _KEYS[type(record)](record)


# A key is made of the record of its own row; a literal dictionary cannot say that of each row.
_KEYS: Final[dict[type, Callable[[Any], str]]] = {
    Key: lambda key: key.public.hex(),
    Participant: lambda participant: participant.bic,
    Firm: lambda firm: firm.lei,
    Account: lambda account: account.id,
    Advance: lambda advance: advance.account,
    Payment: lambda payment: payment.order.uetr,
    Obligation: lambda obligation: obligation.item.id,
    Declaration: lambda said: declaration_key(said.member, said.what),
    Seat: lambda seat: seat.member,
    Proposal: lambda proposal: proposal_key(proposal.number),
    Ballot: lambda ballot: ballot_key(ballot.proposal, ballot.member),
    Law: lambda law: law.name,
    Terms: lambda terms: terms.account,
    Resolution: lambda resolution: resolution.currency,
    Submission: lambda submission: submission.member,
    FirmTerms: lambda terms: terms_key(terms.firm, terms.currency),
    SwingTerms: lambda terms: terms.line,
    Interest: lambda interest: interest.line,
    FixedRate: lambda rate: rate.currency,
    Quote: lambda quote: quote.offer.id,
    Exchange: lambda exchange: exchange.uetr,
    Attestation: lambda said: attestation_key(said.cycle),
    Default: lambda default: default_key(default.number),
    Bearer: lambda each: bearer_key(each.default, each.currency, each.tier, each.holder),
    Arrear: lambda arrear: arrear.account,
    Position: lambda position: position.member,
    TradeRecord: lambda record: record.id,
}
