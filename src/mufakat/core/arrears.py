"""Arrears: what is overdue at the close of a day, and what that brings about.

Where the charter says so, a bank that owes an advance for so many days, or that lacks the funds for an obligation
of its firms in the cycles of so many days, is in default without anybody's word. What no cycle asked for, because
it was accepted later, held back, or stopped, is nobody's default. Losses of defaults under way are called for
again, and paid back from what the party has got since. Then coverage is measured. Days are calendar days between
business dates, the first counts. Rule source: charter, default.
"""

import datetime

from mufakat.core.claims import open_defaults, owed
from mufakat.core.coverage import measure
from mufakat.core.decision import Events
from mufakat.core.estate import Arrear, Default, default_key
from mufakat.core.loss import begin, calls, cover, recover
from mufakat.core.standing import default_of, out_of_cycles
from mufakat.core.state import State
from mufakat.model.default import Cause, CoverageMeasured, LossCalled
from mufakat.model.identifier import AccountId, Bic
from mufakat.model.money import Amount


def end_of_day(state: State) -> Events:
    """Declare who is overdue, go on with each default, and measure coverage."""
    if not state.charter.rules.default.on:
        return
    for bank, cause in _overdue(state):
        if default_of(state, bank) is None:
            yield from begin(state, bank, cause)
    for default in open_defaults(state):
        yield from _go_on(state, default)
    yield CoverageMeasured(state.day.date, measure(state), _changed_arrears(state))


def _overdue(state: State) -> list[tuple[Bic, Cause]]:
    """Return the banks that are overdue by the charter, for advances before obligations, in order."""
    rules, today = state.charter.rules.default, state.day.date
    found = []
    if rules.overdue_days:
        for advance in state.advances.records():
            arrear = state.arrears.get(advance.account)
            since = today if arrear is None or arrear.since is None else arrear.since
            if advance.amount and _days(since, today) >= rules.overdue_days:
                found.append((Bic(state.accounts[advance.account].owner), Cause.ADVANCE_OVERDUE))
    if rules.unpaid_days and _cycle_ran(state):
        out = out_of_cycles(state)
        banks = {
            each.debtor_agent
            for each in state.obligations.records()
            if each.short_since is not None
            and _days(each.short_since, today) >= rules.unpaid_days
            and each.creditor_agent not in out
            and state.charter.settles(each.item.currency, today)
        }
        found += [(bank, Cause.OBLIGATION_UNPAID) for bank in sorted(banks)]
    return found


def _days(first: datetime.date, last: datetime.date) -> int:
    return last.toordinal() - first.toordinal() + 1


def _cycle_ran(state: State) -> bool:
    """Tell whether the latest cycle was today's: nobody is in default for what no cycle has asked for."""
    what = f"cycle {state.cycle} of {state.day.date.isoformat()}"
    return any(said.what == what for said in state.declarations.records())


def _go_on(state: State, default: Default) -> Events:
    """Call for what is left of a loss, unless it is deferred; then take what the party has got since."""
    if default.deferred is not None:
        if state.day.date < default.deferred:
            return
        yield LossCalled(default.number, calls(state, default.party))
        default = state.defaults[default_key(default.number)]
    yield from cover(state, default)
    for account in list(state.accounts.records()):
        if account.owner == default.party and account.id.startswith("settlement/"):
            free = min(account.available - account.limit, owed(state, default, account.currency))
            if free > 0:
                yield from recover(state, default, account.currency, account.id, Amount(free))


def _changed_arrears(state: State) -> tuple[tuple[AccountId, datetime.date | None], ...]:
    changed: list[tuple[AccountId, datetime.date | None]] = []
    for advance in state.advances.records():
        arrear = state.arrears.get(advance.account)
        was = arrear.since if arrear is not None else None
        if (was is None) == bool(advance.amount):
            changed.append((advance.account, state.day.date if advance.amount else None))
    return tuple(changed)


def evolve_measured(state: State, event: CoverageMeasured) -> None:
    """Remember since when advances are owed."""
    for account, since in event.arrears:
        state.arrears.put(account, Arrear(account, since))
