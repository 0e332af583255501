"""The set-off of a file of debts: each currency on its own, then what is left across currencies, and the prices."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mufakat.cli.terminal import Failed
from mufakat.console.setoff import Figures
from mufakat.kernels.across import set_off_across
from mufakat.kernels.conditions import SetOffUnder, set_off_under
from mufakat.kernels.limits import MOST_WITH_LIMITS, NO_LIMIT
from mufakat.kernels.shadow import gains
from mufakat.messages.debts import Debts, Int64
from mufakat.messages.terms import Bounds, Terms, bounds

Tell = Callable[[str, int, int], None]


class Solved(NamedTuple):
    """One currency's set-off: figures, and the potential of each firm that is not at zero.

    `limits`: of each firm with one that binds, the limit and its potential as a creditor. `bound`: what could be
    cleared if no debt were indivisible. `prices`: what a unit of credit at each firm would free, the most first.
    """

    figures: Figures
    potentials: dict[str, int]
    limits: dict[str, tuple[int, int]]
    bound: int
    prices: list[tuple[str, int]]


class Across(NamedTuple):
    """A set-off across currencies: points to a minor unit of each currency, and the certificate.

    `points` are cleared, in steps of `step` but for the rounding; `potentials` are those that are not zero.
    """

    prices: dict[str, int]
    points: int
    step: int
    potentials: dict[str, int]


class Cleared(NamedTuple):
    """What is cleared of each debt; int64 minor units of its currency.

    `own` in its own currency, out of `offered`; then `across` currencies, out of `offered_across`.
    """

    own: Int64
    offered: Int64
    across: Int64
    offered_across: Int64

    @property
    def all(self) -> Int64:
        """All that is cleared of each debt."""
        return self.own + self.across


def solve(
    debts: Debts, terms: Terms, tell: Tell, *, with_prices: bool = False
) -> tuple[Cleared, list[Solved]]:
    """Set off each currency on its own."""
    own, offered, left = (np.zeros(len(debts.amounts), np.int64) for _ in range(3))
    solved = []
    for number, code in enumerate(debts.codes):
        tell("currencies set off", number, len(debts.codes))
        rows = np.flatnonzero(debts.currencies == number)
        start = time.perf_counter()
        asked = bounds(terms, debts, number, rows)
        limits = np.where(asked.limits < 0, NO_LIMIT, asked.limits)
        total = int(debts.amounts[rows].sum())
        if (asked.limits >= 0).any() and total > MOST_WITH_LIMITS:
            raise Failed(
                f"{code or 'all debts'}: with limits the debts add up to 2^62 - 1 at most. Split the file"
            )
        debtors, creditors, wholes = debts.debtors[rows], debts.creditors[rows], debts.wholes[rows]
        found = set_off_under(
            len(debts.firms),
            debtors,
            creditors,
            asked.offered,
            debts.dues[rows],
            debts.ids[rows],
            wholes,
            limits,
        )
        prices = gains(len(debts.firms), debtors, creditors, wholes, limits, found) if with_prices else None
        seconds = time.perf_counter() - start
        own[rows], offered[rows] = found.cleared, found.taking_part
        left[rows] = _left(debts, rows, asked, found.cleared)
        figures = Figures(code, len(rows), total, int(found.cleared.sum()), round(seconds, 3))
        solved.append(_named(debts, figures, asked, found, prices))
    tell("currencies set off", len(debts.codes), len(debts.codes))
    return Cleared(own, offered, np.zeros_like(own), left), solved


def _left(debts: Debts, rows: Int64, asked: Bounds, cleared: Int64) -> Int64:
    """Return what of each debt is still offered across currencies.

    Nothing of what is indivisible or kept at home. Of a firm with a limit, what it leaves: the oldest of its
    debts, and the oldest of its claims.
    """
    left = np.where(debts.wholes[rows] | asked.home, 0, asked.offered - cleared)
    order = np.lexsort((debts.amounts[rows], debts.ids[rows], debts.dues[rows]))
    for side in (debts.debtors[rows], debts.creditors[rows]):
        room = asked.limits.copy()
        np.subtract.at(room, debts.debtors[rows], np.where(asked.limits[debts.debtors[rows]] < 0, 0, cleared))
        for at in order[asked.limits[side[order]] >= 0].tolist():
            left[at] = min(left[at], room[side[at]])
            room[side[at]] -= left[at]
    return left


def _named(debts: Debts, figures: Figures, asked: Bounds, found: SetOffUnder, prices: Int64 | None) -> Solved:
    limited = np.flatnonzero(asked.limits >= 0).tolist()
    ranked = [] if prices is None else np.lexsort((np.arange(len(prices)), -prices)).tolist()
    return Solved(
        figures,
        _named_potentials(debts, found.paying),
        {debts.firms[firm]: (int(asked.limits[firm]), int(found.receiving[firm])) for firm in limited},
        found.bound,
        [(debts.firms[firm], int(prices[firm])) for firm in ranked if prices is not None and prices[firm]],
    )


def _named_potentials(debts: Debts, potentials: Int64) -> dict[str, int]:
    named = np.flatnonzero(potentials)
    return dict(zip((debts.firms[firm] for firm in named.tolist()), potentials[named].tolist(), strict=True))


def solve_across(debts: Debts, cleared: Cleared, prices: dict[str, int]) -> tuple[Cleared, Across]:
    """Set off across currencies what the currencies left, at so many points to a minor unit of each."""
    of = np.array([prices[code] for code in debts.codes], np.int64)[debts.currencies]
    found = set_off_across(
        *(len(debts.firms), debts.debtors, debts.creditors, cleared.offered_across, of, debts.dues, debts.ids)
    )
    return cleared._replace(across=found.cleared), Across(
        prices,
        sum(amount * price for amount, price in zip(found.cleared.tolist(), of.tolist(), strict=True)),
        found.step,
        _named_potentials(debts, found.potentials),
    )
