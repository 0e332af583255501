"""All that the union knows at one entry of its log, and the root that commits to it.

State changes only when an event is evolved. Records are immutable: a change puts a new one in place.
Amounts are minor units.
"""

import datetime
import enum
from typing import Final

import msgspec

from mufakat.core.accounts import Account, Accounts
from mufakat.core.agreement import (
    Declaration,
    FixedRate,
    Interest,
    Position,
    Submission,
    SwingTerms,
)
from mufakat.core.attestation import Attestation
from mufakat.core.commitment import Record, Records, Table
from mufakat.core.docket import (
    Allowance,
    Case,
    Listed,
    ListedNumber,
    Listing,
    Screening,
    Stopped,
)
from mufakat.core.document import TradeRecord
from mufakat.core.estate import Arrear, Bearer, Default
from mufakat.core.law import Adoption, Ballot, Law, Proposal, Seat
from mufakat.core.lines import Line, Resolution, Terms, Timetable, Timetables
from mufakat.core.quote import Exchange, Offers, Quote
from mufakat.core.register import Register
from mufakat.core.reservations import Reservations
from mufakat.core.sealing import Sealed
from mufakat.core.terms import FirmTerms
from mufakat.kernels.posting import Located
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.charter import Charter, Role, union_id
from mufakat.model.command import ObligationItem, PaymentOrder
from mufakat.model.embargo import RuleBook
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
    """Where a payment stands; settled, returned, rejected, cancelled and voided are final.

    Held: its case is under review. Frozen: somebody listed is meant.
    """

    ACCEPTED = 0
    QUEUED = 1
    SETTLED = 2
    RETURNED = 3
    REJECTED = 4
    CANCELLED = 5
    RESERVED = 6
    VOIDED = 7
    HELD = 8
    FROZEN = 9


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
    """Where an obligation stands; one that is blocked waits for the decision of a case."""

    REGISTERED = 0
    ACCEPTED = 1
    DISPUTED = 2
    SET_OFF = 3
    NETTED = 4
    SETTLED = 5
    BLOCKED = 6


class Obligation(Record, frozen=True):
    """An obligation on the log; `open` is what is still owed of `item.amount`.

    `short_since`: the business date since which each cycle that asked for it has left it open for want of funds.
    `proved`: a trade record names it.
    """

    item: ObligationItem
    debtor_agent: Bic
    creditor_agent: Bic
    status: ObligationStatus
    open: Amount
    short_since: datetime.date | None = None
    proved: bool = False


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
    ("listings", Listing),
    ("listed", Listed),
    ("listed_numbers", ListedNumber),
    ("screenings", Screening),
    ("cases", Case),
    ("allowances", Allowance),
    ("stopped", Stopped),
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
    and `offers` follow, and so do `in_force`, the digest of the lists that bind a member, `books`, the goods rules
    in force by list, and `held`, the cases of trade records on hold. `positions`, of a cycle, and `located`, of a
    batch under way, live within one command.
    """

    __slots__ = (
        *(name for name, _ in TABLES),
        *(
            "_identified",
            "adoption",
            "arrivals",
            "books",
            "charter",
            "cycle",
            "day",
            "halted",
            "height",
            "now_us",
        ),
        *("held", "in_force", "located", "offers", "positions", "queues", "register", "reservations"),
        *("swing_settled", "times", "union", "version", "waiting"),
    )
    keys: Table[Key]
    participants: Table[Participant]
    firms: Table[Firm]
    accounts: Accounts
    advances: Table[Advance]
    payments: Table[Payment]
    obligations: Table[Obligation]
    declarations: Table[Declaration]
    standings: Table[Seat]
    proposals: Table[Proposal]
    ballots: Table[Ballot]
    laws: Table[Law]
    queue_terms: Table[Terms]
    resolutions: Table[Resolution]
    submissions: Table[Submission]
    terms: Table[FirmTerms]
    swing_terms: Table[SwingTerms]
    interest: Table[Interest]
    fixings: Table[FixedRate]
    quotes: Table[Quote]
    exchanges: Table[Exchange]
    attestations: Table[Attestation]
    defaults: Table[Default]
    bearers: Table[Bearer]
    arrears: Table[Arrear]
    swing_positions: Table[Position]
    trade_records: Table[TradeRecord]
    listings: Table[Listing]
    listed: Table[Listed]
    listed_numbers: Table[ListedNumber]
    screenings: Table[Screening]
    cases: Table[Case]
    allowances: Table[Allowance]
    stopped: Table[Stopped]

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
        for name, _ in TABLES:
            setattr(self, name, Accounts() if name == "accounts" else Table())
        self.register: Register = Register()
        self.reservations: Reservations = Reservations()
        self.offers: Offers = Offers()
        self.in_force: dict[MemberId, bytes] = {}
        self.books: dict[str, RuleBook] = {}
        self.held: dict[str, int] = {}
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
