"""Records of compliance: lists in force, who stands on them, how participants stand screened, cases, allowances.

Nothing is taken out: what has gone, or is over, says so. An entry is named `<list>/<id>/<digest>`, for one that
changed is another one.
"""

import datetime
import enum
from typing import Final

from mufakat.core.commitment import Record
from mufakat.model.goods import GoodsRule
from mufakat.model.identifier import Bic, Lei, MemberId, ObligationId, TradeRecordId
from mufakat.model.money import Amount
from mufakat.model.trade import TradeItem
from mufakat.model.verdict import Scope, Screened


class Listing(Record, frozen=True):
    """A list in force: its version (32 bytes), the day its copy was made, who brought it last, and its entries."""

    name: str
    version: bytes
    dated: datetime.date
    member: MemberId
    entries: int


class Listed(Record, frozen=True):
    """An entry of a list, as `model.listing.numbers_of` says whom it names without a doubt.

    `said`: the first members, at most two, that brought a copy with it. `leaving`: who said that it goes, when it
    needs a second word. `gone`: it is no more in force. `rule`: what it says, of a list of goods rules.
    """

    list: str
    id: str
    digest: bytes
    numbers: tuple[str, ...]
    said: tuple[MemberId, ...]
    leaving: MemberId | None = None
    gone: bool = False
    rule: GoodsRule | None = None

    @property
    def key(self) -> str:
        """Its name, under which it stands."""
        return listed_key(self.list, self.id, self.digest)


class ListedNumber(Record, frozen=True):
    """A number such as `imo/9319466`, and the entries in force that name it, in order."""

    number: str
    entries: tuple[str, ...]


class Stopped(Record, frozen=True):
    """A document, by its SHA-256, whose trade record goods rules keep from being registered.

    `firms`: its seller and its buyer, whose obligations of this document go no further. `entry`: the strictest
    rule, `<list>/<id>/<digest>`. `lifted`: the record was registered since, or a case let an obligation of it go.
    """

    document: bytes
    record: TradeRecordId
    firms: tuple[Lei, Lei]
    entry: str
    lifted: bool = False


class Screening(Record, frozen=True):
    """The lists (32 bytes) against which all open items of a participant stand screened."""

    participant: Bic
    screened: Screened


class CaseStatus(enum.IntEnum):
    """Where a case stands; of a confirmed hit the money stays blocked until it is decided anew."""

    UNDER_REVIEW = 0
    CLEARED = 1
    CONFIRMED = 2
    RETURNED = 3


OPEN: Final = (CaseStatus.UNDER_REVIEW, CaseStatus.CONFIRMED)
"""Cases whose items go no further."""


class CaseKind(enum.IntEnum):
    """What a case is about."""

    PAYMENT = 0
    OBLIGATION = 1
    TRADE_RECORD = 2


class Case(Record, frozen=True):
    """An item on hold, and what was decided of it.

    `item`: UETR, or identifier of an obligation or trade record. `blocked`: minor units set aside, of a payment.
    `deadline`: at whose close the member is told that nobody has decided. `obligations`: those that wait, with the
    status (ObligationStatus) that each comes back to. `trade`, with its `agents`: the record to be registered.
    `screened`: of the hit, then of the latest decision.
    """

    number: int
    kind: CaseKind
    item: str
    participant: Bic
    member: MemberId
    entries: tuple[str, ...]
    screened: Screened
    opened: datetime.date
    deadline: datetime.date
    status: CaseStatus = CaseStatus.UNDER_REVIEW
    blocked: Amount = Amount(0)
    currency: str = ""
    obligations: tuple[tuple[ObligationId, int], ...] = ()
    trade: TradeItem | None = None
    agents: tuple[Bic, ...] = ()
    reason: str = ""
    escalated: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its item goes no further."""
        return self.status in OPEN


class Allowance(Record, frozen=True):
    """A customer, by the SHA-256 of its data, whom an entry is not; see `model.verdict.AllowName`."""

    participant: Bic
    entry: str
    customer: bytes
    until: datetime.date
    scope: Scope
    ended: bool = False


def listed_key(name: str, id_: str, digest: bytes) -> str:
    """Name an entry of a list."""
    return f"{name}/{id_}/{digest.hex()}"


def case_key(number: int) -> str:
    """Return the key of a case: in order of their keys, cases stand in order of their numbers."""
    return f"{number:010d}"


def allowance_key(participant: str, entry: str, customer: bytes) -> str:
    """Return the key of an allowance."""
    return f"{participant}/{customer.hex()}/{entry}"
