"""All that the union knows at one entry of its log, and the root that commits to it.

State changes only when an event is evolved. Records are immutable: a change puts a new one in place.
Amounts are minor units.
"""

import datetime
import enum
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from mufakat.core.accounts import Account, Accounts
from mufakat.core.attestation import Attestation, attestation_key
from mufakat.core.commitment import Record, Table
from mufakat.core.estate import Arrear, Bearer, Default, bearer_key, default_key
from mufakat.core.law import Adoption, Ballot, Law, Proposal, Seat, ballot_key, proposal_key
from mufakat.core.quote import Exchange, Offers, Quote, QuoteStatus
from mufakat.core.register import Register, Row
from mufakat.model.calendar import BusinessDay, Phase
from mufakat.model.charter import Charter, Role, union_id
from mufakat.model.command import Channel, ObligationItem, PaymentOrder
from mufakat.model.event import PositionsNetted
from mufakat.model.identifier import AccountId, Bic, Currency, Lei, MemberId, Uetr
from mufakat.model.money import Amount
from mufakat.model.refusal import Reason

_ROOT_DOMAIN: Final = b"mufakat/state/v4\0"


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
    """What a participant owes its sponsor for a shortfall that the sponsor's swing line covered."""

    account: AccountId
    swing: AccountId
    amount: Amount


class PaymentStatus(enum.IntEnum):
    """Where a payment stands; the last four are final."""

    ACCEPTED = 0
    QUEUED = 1
    SETTLED = 2
    RETURNED = 3
    REJECTED = 4
    CANCELLED = 5


class Payment(Record, frozen=True):
    """A payment on the log. `arrival` orders payments by entry and place in the batch."""

    order: PaymentOrder
    arrival: int
    status: PaymentStatus
    reason: Reason | None = None


class ObligationStatus(enum.IntEnum):
    """Where an obligation stands."""

    REGISTERED = 0
    ACCEPTED = 1
    DISPUTED = 2
    SET_OFF = 3
    NETTED = 4
    SETTLED = 5


class Obligation(Record, frozen=True):
    """An obligation on the log; `open` is what is still owed of `item.amount`."""

    item: ObligationItem
    debtor_agent: Bic
    creditor_agent: Bic
    status: ObligationStatus
    open: Amount


class Submission(Record, frozen=True):
    """The rates that a member last submitted; parts of 10^-9 of the numeraire for one major unit."""

    member: MemberId
    date: datetime.date
    rates: tuple[tuple[Currency, int], ...]


class FixedRate(Record, frozen=True):
    """The latest fixing of a currency: its rate, as in Submission, and its date."""

    currency: Currency
    rate: int
    date: datetime.date


class Declaration(Record, frozen=True):
    """One member's word that the day enters a phase, or that a cycle is to run."""

    member: MemberId
    what: str


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
    ("submissions", Submission),
    ("fixings", FixedRate),
    ("quotes", Quote),
    ("exchanges", Exchange),
    ("attestations", Attestation),
    ("defaults", Default),
    ("bearers", Bearer),
    ("arrears", Arrear),
)
"""The tables of a state and what they hold, in the order of the root."""
REGISTER: Final = "settled"
"""The name of the register in the root, after the tables."""


class State:
    """The union's state.

    `union` is the identifier of the founding charter, `charter` the one in force, `version` counts changes of the
    rules from 1, `height` the commands admitted so far, `now_us` the log time of the last of them (UTC
    microseconds).

    Tables and the register are committed to by the root: a payment that settled on entry is in the register, any
    other in the table. Queues and the waiting follow from the payments, `offers` from the quotes; `positions`
    lives only while a cycle is settling, within one command.
    """

    __slots__ = (
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
        "keys",
        "laws",
        "now_us",
        "obligations",
        "offers",
        "participants",
        "payments",
        "positions",
        "proposals",
        "queues",
        "quotes",
        "register",
        "standings",
        "submissions",
        "union",
        "version",
        "waiting",
    )

    def __init__(self, charter: Charter) -> None:
        self.charter: Charter = charter
        self.union: bytes = union_id(charter)
        self.day: BusinessDay = BusinessDay(datetime.date(1, 1, 1), Phase.CLOSED)
        self.cycle: int = 0
        self.arrivals: int = 0
        self.version: int = 1
        self.height: int = 0
        self.now_us: int = 0
        self.halted: bool = False
        self.adoption: Adoption | None = None
        self.keys: Table[Key] = Table()
        self.participants: Table[Participant] = Table()
        self.firms: Table[Firm] = Table()
        self.accounts: Accounts = Accounts()
        self.advances: Table[Advance] = Table()
        self.payments: Table[Payment] = Table()
        self.register: Register = Register()
        self.obligations: Table[Obligation] = Table()
        self.declarations: Table[Declaration] = Table()
        self.standings: Table[Seat] = Table()
        self.proposals: Table[Proposal] = Table()
        self.ballots: Table[Ballot] = Table()
        self.laws: Table[Law] = Table()
        self.submissions: Table[Submission] = Table()
        self.fixings: Table[FixedRate] = Table()
        self.quotes: Table[Quote] = Table()
        self.exchanges: Table[Exchange] = Table()
        self.offers: Offers = Offers()
        self.attestations: Table[Attestation] = Table()
        self.defaults: Table[Default] = Table()
        self.bearers: Table[Bearer] = Table()
        self.arrears: Table[Arrear] = Table()
        self.positions: dict[Currency, PositionsNetted] = {}
        self.queues: dict[AccountId, dict[Uetr, None]] = {}
        self.waiting: dict[Uetr, None] = {}

    @property
    def protocol(self) -> int:
        """The version of the rules' program that is in force."""
        return self.charter.protocol

    def tables(self) -> tuple[tuple[str, type[Record], Table[Record]], ...]:
        """Give the name, record type and table of each part, in the order of the root."""
        return tuple((name, kind, getattr(self, name)) for name, kind in TABLES)

    def preamble(self) -> bytes:
        """Return what the root commits to beside the tables."""
        return _ROOT_DOMAIN + msgspec.msgpack.encode(_scalars_of(self))

    def root(self) -> bytes:
        """Return the 32-byte root that commits to everything the union knows."""
        digest = hashlib.sha256(self.preamble())
        for name, root in self.roots():
            digest.update(name.encode() + b"\0" + root)
        return digest.digest()

    def roots(self) -> tuple[tuple[str, bytes], ...]:
        """Give the name and root of each part, in the order of the state's own root."""
        tables = tuple((name, table.root()) for name, _, table in self.tables())
        return (*tables, (REGISTER, self.register.root()))


class _Scalars(Record, frozen=True):
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


def _scalars_of(state: State) -> _Scalars:
    return _Scalars(*(getattr(state, name) for name in _Scalars.__struct_fields__))


class _Dumped(Record, frozen=True):
    """A state as bytes: tables by name, but accounts in the order of their rows; then the register's rows."""

    scalars: _Scalars
    tables: list[tuple[str, list[msgspec.Raw]]]
    rows: bytes


def dump(state: State) -> bytes:
    """Write a state as bytes, the same for equal states."""
    encode = msgspec.msgpack.Encoder(order="deterministic").encode
    tables = [
        (name, [msgspec.Raw(encode(each)) for each in _records(state, name, table)])
        for name, _, table in state.tables()
    ]
    return encode(_Dumped(_scalars_of(state), tables, state.register.rows.tobytes()))


def _records(state: State, name: str, table: Table[Any]) -> Iterable[Record]:
    return state.accounts.in_order() if name == "accounts" else table.records()


def load(data: bytes) -> State:
    """Read what `dump` wrote; raises msgspec.MsgspecError or ValueError when it is something else."""
    try:
        return _filled(msgspec.msgpack.decode(data, type=_Dumped))
    except (AssertionError, ArithmeticError, LookupError, RecursionError) as error:
        raise ValueError(f"the snapshot holds what no rules make: {error}") from error


def _filled(dumped: _Dumped) -> State:
    state = State(dumped.scalars.charter)
    for name in _Scalars.__struct_fields__:
        setattr(state, name, getattr(dumped.scalars, name))
    if [name for name, _ in dumped.tables] != [name for name, _, _ in state.tables()]:
        raise ValueError("the snapshot has other tables than this program")
    for (_, kind, table), (_, records) in zip(state.tables(), dumped.tables, strict=True):
        decoder = msgspec.msgpack.Decoder(kind)
        for raw in records:
            record = decoder.decode(raw)
            table.put(key_of(record), record)
    state.register.load(dumped.rows)
    for payment in sorted(state.payments.records(), key=lambda each: each.arrival):
        state.register.take_note(payment.order.uetr)
        enqueue(state, payment)
    for exchange in state.exchanges.records():
        state.register.take_note(exchange.uetr)
    for quote in state.quotes.records():
        if quote.status is QuoteStatus.OPEN:
            state.offers.put(quote)
    return state


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
    Submission: lambda submission: submission.member,
    FixedRate: lambda rate: rate.currency,
    Quote: lambda quote: quote.offer.id,
    Exchange: lambda exchange: exchange.uetr,
    Attestation: lambda said: attestation_key(said.cycle),
    Default: lambda default: default_key(default.number),
    Bearer: lambda each: bearer_key(each.default, each.currency, each.tier, each.holder),
    Arrear: lambda arrear: arrear.account,
}


def declaration_key(member: str, what: str) -> str:
    """Return the key of a member's latest word of a kind: a phase, a cycle, a default."""
    kind = what.partition(" ")[0]
    return f"{member}/{kind if kind in _KINDS_OF_DECLARATION else 'phase'}"


_KINDS_OF_DECLARATION: Final = ("cycle", "default")


def settlement_account(participant: str, currency: str) -> AccountId:
    """Name the settlement account of a participant in a currency."""
    return AccountId(f"settlement/{participant}/{currency}")


def issue_account(currency: str) -> AccountId:
    """Name the contra account of a currency's issuer: its negative balance is the money issued."""
    return AccountId(f"issue/{currency}/{currency}")


def swing_account(debtor: str, currency: str) -> AccountId:
    """Name the account on which member `debtor` owes the issuer of `currency`."""
    return AccountId(f"swing/{debtor}/{currency}")


def collateral_account(holder: str, currency: str) -> AccountId:
    """Name the account of what a participant or member has pledged in a currency."""
    return AccountId(f"collateral/{holder}/{currency}")


def enqueue(state: State, payment: Payment) -> None:
    """Keep a payment's place: in its account's queue when queued, among the waiting when accepted."""
    uetr = payment.order.uetr
    if payment.status is PaymentStatus.QUEUED:
        account = settlement_account(payment.order.debtor_agent, payment.order.currency)
        state.queues.setdefault(account, {})[uetr] = None
        state.accounts.queued[state.accounts.row_of(account)] += 1
    elif payment.status is PaymentStatus.ACCEPTED:
        state.waiting[uetr] = None


def dequeue(state: State, payment: Payment) -> None:
    """Give up a payment's place in queue or waiting room, if it has one."""
    account = settlement_account(payment.order.debtor_agent, payment.order.currency)
    queue = state.queues.get(account, {})
    if payment.order.uetr in queue:
        del queue[payment.order.uetr]
        state.accounts.queued[state.accounts.row_of(account)] -= 1
    state.waiting.pop(payment.order.uetr, None)


def payment_of(state: State, uetr: Uetr) -> Payment | None:
    """Return a payment on the log, or None; of one that settled on entry, without the commitment to its message."""
    row = state.register.get(uetr)
    return state.payments.get(uetr) if row is None else _of_row(state, uetr, row)


def _of_row(state: State, uetr: Uetr, row: Row) -> Payment:
    debit, credit = state.accounts.at(row.debit), state.accounts.at(row.credit)
    order = PaymentOrder(
        uetr,
        Bic(debit.owner),
        Bic(credit.owner),
        debit.currency,
        row.amount,
        datetime.date.fromordinal(row.date),
        Channel.RTGS,
        b"",
    )
    return Payment(order, row.number, PaymentStatus(row.status))
