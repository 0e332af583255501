"""Interest on swing credit: tiers that both members signed, counted by the day, exactly.

A line bears interest on what is drawn at a close, for each day until the next close: tier by tier, at the terms
and limit of that close. What has accrued is kept beside the line, as whole minor units of the creditor's currency
and parts of one (model.swing), so that it does not matter into how many periods the days fall. It is paid at the
periodic settlement; where the charter has none, no line bears interest. Rule source: charter, swing; the line's
terms.
"""

import msgspec

from mufakat.core.accounts import Account, swing_account
from mufakat.core.agreement import Interest, SwingTerms
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.standing import refuse_counterparty, standing_of
from mufakat.core.state import State
from mufakat.model import swing
from mufakat.model.charter import Standing
from mufakat.model.command import SetSwingTerms
from mufakat.model.identifier import AccountId
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason
from mufakat.model.swing import SwingInterestAccrued, SwingTermsSet


def set_swing_terms(state: State, author: str, body: SetSwingTerms) -> Decision:
    """Agree on the interest of the line that the author lends; both have signed."""
    creditor = state.charter.member(author)
    if creditor is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member lends its currency.")
    if state.charter.member(body.debtor) is None:
        return refused(Reason.UNKNOWN_MEMBER, body.debtor[:35])
    refusal = refuse_counterparty(state, body.debtor)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if swing_account(body.debtor, creditor.currency) not in state.accounts:
        return refused(Reason.NO_SWING_LINE, f"{creditor.id} lends {body.debtor} nothing.")
    fault = swing.fault_of_terms(body.tiers, body.day_count)
    if fault:
        return refused(Reason.SWING_TERMS_INVALID, fault)
    if body.tiers and not _is_paid(state):
        return refused(Reason.NO_PERIODIC_SETTLEMENT)
    yield SwingTermsSet(body.debtor, creditor.id, creditor.currency, body.tiers, body.day_count)
    return DONE


def _is_paid(state: State) -> bool:
    """Tell whether the charter has a periodic settlement, which alone pays interest."""
    return state.charter.rules.swing.settle_every_days > 0


def evolve_terms(state: State, event: SwingTermsSet) -> None:
    """Put the terms in place; they count from the next close on."""
    line = swing_account(event.debtor, event.currency)
    state.swing_terms.put(line, SwingTerms(line, event.tiers, event.day_count))


def owed(state: State, line: AccountId) -> int:
    """Return the interest that has accrued on a line and is not paid, in whole minor units."""
    interest = state.interest.get(line)
    return interest.owed if interest is not None else 0


def payable(state: State, line: Account) -> int:
    """Return what a periodic settlement to come can pay of it: none, without one or when either member has left."""
    issuer = state.charter.issuer(line.currency)
    assert issuer is not None, "a line is in a member's currency"
    both = [standing_of(state, each) for each in (issuer.id, line.owner)]
    return owed(state, line.id) if _is_paid(state) and Standing.LEFT not in both else 0


def accrue(state: State) -> Events:
    """Add the interest of the days since the last close to each line with terms, and look at it anew.

    A line that bore none until this close and bears none from it on stays as it is, whatever is left unpaid of it.
    """
    for terms in list(state.swing_terms.records()):
        account = state.accounts[terms.line]
        before = state.interest.get(terms.line)
        tiers = terms.tiers if _is_paid(state) else ()
        today = swing.interest_of_a_day(-account.balance, account.limit, tiers, terms.day_count)
        if before is None:
            if today:
                yield SwingInterestAccrued(terms.line, state.day.date, 0, 0, *swing.split(today))
            continue
        after = _accrued(state, before, today)
        if after != before and (before.day_owed or before.day_rest or today):
            yield SwingInterestAccrued(*(getattr(after, name) for name in Interest.__struct_fields__))


def _accrued(state: State, before: Interest, today: int) -> Interest:
    days = (state.day.date - before.since).days
    assert days >= 0, "business dates go forward"
    more = (before.day_owed * swing.PARTS + before.day_rest) * days
    owed_now, rest = swing.split(before.owed * swing.PARTS + before.rest + more)
    return Interest(before.line, state.day.date, owed_now, rest, *swing.split(today))


def evolve_accrued(state: State, event: SwingInterestAccrued) -> None:
    """Keep what has accrued, and what a day will cost until the next close."""
    state.interest.put(
        event.line,
        Interest(event.line, event.date, event.owed, event.rest, event.day_owed, event.day_rest),
    )


def pay(state: State, line: AccountId, amount: int) -> None:
    """Take what was paid of a line's interest off it."""
    interest = state.interest[line]
    assert 0 < amount <= interest.owed, "no more interest is paid than has accrued"
    state.interest.put(line, msgspec.structs.replace(interest, owed=interest.owed - amount))
