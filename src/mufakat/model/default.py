"""Default: pledges, declarations, and how losses are covered from pledged money, shared, deferred and paid back.

With `model.command` and `model.event` they are all that can be said and all that changes a state. Amounts are minor
units. Rule source: charter, default; PFMI principles 4 and 13 (credit risk; participant default).
"""

import datetime
import enum
from typing import Final

import msgspec

from mufakat.model.fact import Command, Event
from mufakat.model.identifier import AccountId, Currency, MemberId
from mufakat.model.money import Amount

UNIT: Final = Currency("unit")
"""In the place of a currency: amounts are hundredths of the union's unit of account."""


class Cause(enum.IntEnum):
    """Why a party is in default: as its members found, or by the charter's conditions."""

    INSOLVENT = 0
    OBLIGATION_UNPAID = 1
    ADVANCE_OVERDUE = 2


class Tier(enum.IntEnum):
    """Who bears a loss, in this order: the party's own pledge, its member's, then the surviving members'."""

    OWN = 0
    SPONSOR = 1
    SURVIVOR = 2


class Call(msgspec.Struct, frozen=True, array_like=True):
    """What a surviving member may be called for: `weight` of the loss in a currency, and at most `cap` of it."""

    currency: Currency
    member: MemberId
    weight: Amount
    cap: Amount


class Coverage(msgspec.Struct, frozen=True, array_like=True):
    """What it would take to bear the default of one member with its banks, or of two at once, in a currency.

    `parties`: those whose default would leave the most uncovered. `exposure`: what is drawn on their swing lines,
    or, `stressed`, what could be drawn. `resources`: their own pledges, and what the others can be called for.
    """

    currency: Currency
    stressed: bool
    parties: tuple[MemberId, ...]
    exposure: Amount
    resources: Amount

    @property
    def short(self) -> int:
        """What would be left uncovered."""
        return max(0, self.exposure - self.resources)


class CollateralPledged(Event, frozen=True, tag=85):
    """Central-bank money is pledged: from `source` to the collateral account `account`."""

    source: AccountId
    account: AccountId
    amount: Amount


class CollateralReleased(Event, frozen=True, tag=86):
    """Pledged money is free again: from the collateral account `account` to `target`."""

    account: AccountId
    target: AccountId
    amount: Amount


class DefaultCalled(Event, frozen=True, tag=87):
    """A member said that a party is in default."""

    member: MemberId
    party: str
    cause: Cause


class DefaultDeclared(Event, frozen=True, tag=88):
    """A party, a participant or a member, is in default. `calls`: what survivors may be called for."""

    number: int
    party: str
    cause: Cause
    date: datetime.date
    calls: tuple[Call, ...]


class LossCovered(Event, frozen=True, tag=89):
    """Pledged money paid an advance back: from `collateral` to the line `swing`, for `account`."""

    number: int
    tier: Tier
    collateral: AccountId
    swing: AccountId
    account: AccountId
    amount: Amount


class LossDeferred(Event, frozen=True, tag=90):
    """The members agreed to carry what is left of a loss until a business date, and to call for it anew then."""

    number: int
    until: datetime.date


class LossCalled(Event, frozen=True, tag=91):
    """The deferral is over: `calls` says what survivors may be called for besides."""

    number: int
    calls: tuple[Call, ...]


class LossRecovered(Event, frozen=True, tag=92):
    """Money came back: from `source` to `target`.

    Without a `tier`, to the line that lent it, for the advance of `account`; else to the pledge that bore the loss.
    """

    number: int
    tier: Tier | None
    source: AccountId
    target: AccountId
    account: AccountId | None
    amount: Amount


class DefaultEnded(Event, frozen=True, tag=93):
    """The members ended a default; what is not paid back by now is the bearers' final loss."""

    number: int


class CoverageMeasured(Event, frozen=True, tag=94):
    """How far pledged money covers the largest one and two exposures, at the close of a business day.

    `arrears`: accounts that began to owe an advance (with the date) or ceased to (None) since the close before.
    """

    date: datetime.date
    rows: tuple[Coverage, ...]
    arrears: tuple[tuple[AccountId, datetime.date | None], ...] = ()


AnyFailure = (
    CollateralPledged
    | CollateralReleased
    | DefaultCalled
    | DefaultDeclared
    | LossCovered
    | LossDeferred
    | LossCalled
    | LossRecovered
    | DefaultEnded
    | CoverageMeasured
)


class PledgeCollateral(Command, frozen=True, tag=43):
    """Pledge central-bank money against losses from a default, in the name of `holder`.

    A participant pledges from its own account, for itself or for its member; a member pledges new money of its own
    currency, for itself.
    """

    holder: str
    currency: Currency
    amount: Amount


class ReleaseCollateral(Command, frozen=True, tag=44):
    """The holder takes pledged money back that coverage does not need.

    `participant`: on whose account; of a member, one of its own banks, or empty to redeem its own currency.
    """

    currency: Currency
    amount: Amount
    participant: str = ""


class DeclareDefault(Command, frozen=True, tag=45):
    """A member declares a participant or a member to be in default; a quorum makes it so."""

    party: str
    cause: Cause


class RepayLoss(Command, frozen=True, tag=46):
    """A participant pays in, from its own account, what a default has cost; any may, for whomever."""

    default: int
    currency: Currency
    amount: Amount


AnyDefaultCommand = PledgeCollateral | ReleaseCollateral | DeclareDefault | RepayLoss
