"""Events of cases: what is on hold for a decision, and what was decided; see `model.event` and `model.verdict`."""

import datetime

import msgspec

from mufakat.model.command import PaymentOrder
from mufakat.model.fact import Event
from mufakat.model.identifier import Bic, MemberId, ObligationId, Uetr
from mufakat.model.money import Amount
from mufakat.model.trade import TradeItem
from mufakat.model.verdict import Scope, Screened, Verdict


class Hold(msgspec.Struct, frozen=True, array_like=True):
    """Why an item goes no further: what was found, by whom, and by when it is decided.

    `case`: its number, from 1. `entries`: who may be meant, `<list>/<id>/<digest>`. `deadline`: at whose close the
    member is told that nobody has decided.
    """

    case: int
    participant: Bic
    member: MemberId
    entries: tuple[str, ...]
    screened: Screened
    deadline: datetime.date


class PaymentHeld(Event, frozen=True, tag=101):
    """A payment waits for the decision of its case; `blocked` of its money, minor units, is set aside for it.

    `order` stands when it is new to the log. What was reserved is rejected, and its money blocked.
    """

    uetr: Uetr
    order: PaymentOrder | None
    hold: Hold
    blocked: Amount


class ObligationHeld(Event, frozen=True, tag=102):
    """An obligation takes part in nothing until its case is decided."""

    id: ObligationId
    hold: Hold


class TradeRecordHeld(Event, frozen=True, tag=103):
    """A trade record is not registered until its case is decided, nor do the debts go on that it names."""

    item: TradeItem
    seller_agent: Bic
    buyer_agent: Bic
    hold: Hold


class Rescreened(Event, frozen=True, tag=104):
    """All open items of a participant stand screened against the lists in force."""

    participant: Bic
    screened: Screened


class CaseDecided(Event, frozen=True, tag=105):
    """A case is decided. `blocked`: what is blocked of a payment from now on, minor units; none once it is over."""

    case: int
    member: MemberId
    verdict: Verdict
    reason: str
    screened: Screened
    blocked: Amount


class CaseEscalated(Event, frozen=True, tag=106):
    """Nobody has decided a case in time: its member is told."""

    case: int
    member: MemberId


class NameAllowed(Event, frozen=True, tag=107):
    """A customer passes an entry; see AllowName."""

    participant: Bic
    member: MemberId
    entry: str
    customer: bytes
    until: datetime.date
    scope: Scope
    reason: str
    screened: Screened


class AllowanceEnded(Event, frozen=True, tag=108):
    """A customer passes an entry no more: it was ended, its time is over, or the entry has changed or gone."""

    participant: Bic
    entry: str
    customer: bytes


AnyCaseEvent = (
    PaymentHeld
    | ObligationHeld
    | TradeRecordHeld
    | Rescreened
    | CaseDecided
    | CaseEscalated
    | NameAllowed
    | AllowanceEnded
)
