"""The rehearsal of a default: the charter's procedure, run on a copy of a union's state that is thrown away.

Everything is as the rules would do it; nothing is said to the union. Amounts are minor units.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from mufakat.core import apply, coverage, loss
from mufakat.core.claims import advances_of
from mufakat.core.dump import dump, load
from mufakat.core.standing import default_of, taken_out
from mufakat.core.state import ObligationStatus, State
from mufakat.model.charter import DefaultProcedure
from mufakat.model.default import UNIT, Cause, Coverage, DefaultDeclared, LossCovered
from mufakat.model.event import AnyEvent, PaymentRejected, PaymentSettled, SwingRepaid

Progress = Callable[[str, int, int], None]
"""Called with what is done, how far, and of how much."""

WHOLE_BP: Final = loss.WHOLE_BP
"""A whole, in basis points."""
_STAGES: Final = 4


class NoRehearsal(Exception):
    """There is nothing to rehearse; the text says why."""


class Sum(msgspec.Struct, frozen=True):
    """An amount of a currency, minor units."""

    currency: str
    amount: int


class Called(msgspec.Struct, frozen=True):
    """What a surviving member could be called for: its weight among the others, and its cap."""

    currency: str
    member: str
    weight: int
    cap: int


class Payment(msgspec.Struct, frozen=True):
    """A step of the procedure, in order: who pays what, and what of the loss in that currency is left.

    `tier`: `funds` of the party itself, then the pledges: `own`, `sponsor`, `survivor`.
    """

    tier: str
    payer: str
    currency: str
    amount: int
    left: int


class Rehearsal(msgspec.Struct, frozen=True):
    """What a default would come to. `rest`: what nobody's pledge bears, and stays drawn on the member's line.

    `rejected`: payments that would end, `released`: that would settle instead; `left_out`: open obligations that no
    cycle would settle. `before`, `after`: coverage of the remaining union.
    """

    party: str
    cause: str
    date: str
    procedure: DefaultProcedure
    owed: tuple[Sum, ...]
    rejected: int
    released: int
    left_out: int
    calls: tuple[Called, ...]
    payments: tuple[Payment, ...]
    rest: tuple[Sum, ...]
    before: tuple[Coverage, ...]
    after: tuple[Coverage, ...]


def costliest(state: State) -> str:
    """Name the member whose default would leave the most uncovered now, or could; the first when nobody owes."""
    rows = [row for row in coverage.measure(state) if len(row.parties) == 1]
    worst = max(
        rows, key=lambda row: (not row.stressed, row.currency == UNIT, row.short, row.exposure), default=None
    )
    return state.charter.members[0].id if worst is None else worst.parties[0]


def rehearse(
    state: State, party: str, cause: Cause = Cause.INSOLVENT, progress: Progress = lambda what, done, of: None
) -> Rehearsal:
    """Run the procedure for a participant or member on a copy of `state`, which stays as it is.

    Raises NoRehearsal when the charter has no procedure, or there is no such party, or it is in default already.
    """
    _refuse(state, party)
    copy = load(dump(state))
    progress("steps of the drill", 1, _STAGES)
    before = coverage.measure(copy)
    progress("steps of the drill", 2, _STAGES)
    owed = _unpaid(copy, party)
    events, payments = _run(copy, party, cause)
    progress("steps of the drill", 3, _STAGES)
    after = coverage.measure(copy)
    progress("steps of the drill", 4, _STAGES)
    calls = [call for event in events if isinstance(event, DefaultDeclared) for call in event.calls]
    return Rehearsal(
        party=party,
        cause=cause.name.lower(),
        date=state.day.date.isoformat(),
        procedure=state.charter.rules.default,
        owed=owed,
        rejected=sum(isinstance(event, PaymentRejected) for event in events),
        released=sum(isinstance(event, PaymentSettled) for event in events),
        left_out=_left_out(copy),
        calls=tuple(Called(each.currency, each.member, each.weight, each.cap) for each in calls),
        payments=tuple(payments),
        rest=_unpaid(copy, party),
        before=before,
        after=after,
    )


def _refuse(state: State, party: str) -> None:
    if not state.charter.rules.default.on:
        raise NoRehearsal("the charter has no default procedure: default.on is 0")
    known = [
        *(member.id for member in state.charter.members),
        *(each.bic for each in state.participants.records()),
    ]
    if party not in known:
        raise NoRehearsal(f"no participant or member {party!r}; there are {', '.join(known)}")
    default = default_of(state, party)
    if default is not None:
        raise NoRehearsal(f"{party} is in default already, number {default.number}")


def _run(state: State, party: str, cause: Cause) -> tuple[list[AnyEvent], list[Payment]]:
    """Run the procedure; return its events, and the payments of the party's loss among them."""
    events: list[AnyEvent] = []
    payments: list[Payment] = []
    accounts = [each.account for each in advances_of(state, party)]
    for event in loss.begin(state, party, cause):
        apply.evolve(state, event)
        events.append(event)
        match event:
            case LossCovered():
                payer, tier = event.collateral, event.tier.name.lower()
            case SwingRepaid() if event.account in accounts and event.swing.startswith("swing/"):
                payer, tier = event.account, "funds"
            case _:
                continue
        account = state.accounts[payer]
        left = sum(each.amount for each in advances_of(state, party, account.currency))
        payments.append(Payment(tier, account.owner, account.currency, event.amount, left))
    return events, payments


def _unpaid(state: State, party: str) -> tuple[Sum, ...]:
    sums: dict[str, int] = {}
    for advance in advances_of(state, party):
        currency = state.accounts[advance.account].currency
        sums[currency] = sums.get(currency, 0) + advance.amount
    return tuple(Sum(currency, amount) for currency, amount in sorted(sums.items()))


def _left_out(state: State) -> int:
    out = taken_out(state)
    return sum(
        each.status is ObligationStatus.ACCEPTED
        and not out.isdisjoint((each.debtor_agent, each.creditor_agent))
        for each in state.obligations.records()
    )
