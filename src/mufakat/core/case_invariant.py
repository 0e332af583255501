"""What must always hold of lists, cases and allowances: who is listed, what is on hold, what is blocked for it."""

from collections.abc import Callable
from typing import Final

from mufakat.core.accounts import blocked_account
from mufakat.core.docket import Case, CaseKind, CaseStatus
from mufakat.core.lifecycle import payment_of
from mufakat.core.state import ObligationStatus, PaymentStatus, State
from mufakat.model.identifier import Uetr
from mufakat.model.listing import version_of

_STATUS: Final = {
    CaseStatus.UNDER_REVIEW: PaymentStatus.HELD,
    CaseStatus.CONFIRMED: PaymentStatus.FROZEN,
}


def lists_are_their_entries(state: State) -> list[str]:
    """A list's version is that of its entries in force, each of which somebody has brought; numbers name them."""
    wrong = []
    entries: dict[str, list[tuple[str, bytes]]] = {}
    named: dict[str, list[str]] = {}
    for key, each in state.listed.items():
        if each.gone:
            continue
        entries.setdefault(each.list, []).append((each.id, each.digest))
        for number in each.numbers:
            named.setdefault(number, []).append(key)
        if not each.said or len(set(each.said)) != len(each.said):
            wrong.append(f"{key}: brought by {each.said}")
    for name, listing in state.listings.items():
        found = entries.pop(name, [])
        if (listing.version, listing.entries) != (version_of(found), len(found)):
            wrong.append(f"{name}: not the version of its entries")
    wrong += [f"{name}: entries of no list" for name in entries]
    for number, each_named in state.listed_numbers.items():
        if list(each_named.entries) != sorted(named.pop(number, [])):
            wrong.append(f"{number}: names {each_named.entries}")
    return wrong + [f"{number}: names nobody" for number in named]


def cases_hold_what_they_are_about(state: State) -> list[str]:
    """Cases are numbered in order; what an open one is about is on hold, and nothing else is."""
    wrong = []
    held: dict[str, None] = {}
    for place, case in enumerate(state.cases.records(), start=1):
        if case.number != place or case.participant not in state.participants:
            wrong.append(f"case {case.number}: out of order, or nobody's")
        wrong += _faults_of_items(state, case, held)
        names = (case.trade.id, case.trade.document.hex()) if case.trade is not None else ()
        on_hold = bool(names) and all(state.held.get(name) == case.number for name in names)
        if on_hold != (case.trade is not None and case.is_open):
            wrong.append(f"case {case.number}: its record is {'' if on_hold else 'not '}on hold")
    stopped = [key for key, each in state.payments.items() if each.status in _STATUS.values()]
    stopped += [key for key, each in state.obligations.items() if each.status is ObligationStatus.BLOCKED]
    return wrong + [f"{key}: on hold for no case" for key in stopped if key not in held]


def _faults_of_items(state: State, case: Case, held: dict[str, None]) -> list[str]:
    """Say what of a case's own is not on hold, or should not be; what may be on hold for it is noted."""
    wrong = []
    for name, _ in case.obligations:
        held[name] = None
        if case.is_open and state.obligations[name].status is not ObligationStatus.BLOCKED:
            wrong.append(f"case {case.number}: {name} is not on hold")
    if case.kind is not CaseKind.PAYMENT or not case.is_open:
        return wrong
    payment = payment_of(state, Uetr(case.item))
    if payment is None:
        return [*wrong, f"case {case.number}: of no payment"]
    held[case.item] = None
    if payment.status is not PaymentStatus.REJECTED:
        if payment.status is not _STATUS[case.status]:
            wrong.append(f"case {case.number}: {case.status.name}, and its payment {payment.status.name}")
        if case.blocked > payment.rest:
            wrong.append(f"case {case.number}: more is blocked than is to be paid")
    return wrong


def what_is_blocked_is_of_open_cases(state: State) -> list[str]:
    """A blocked account holds what the open cases of its bank have blocked, and no case that is over blocks."""
    sums: dict[str, int] = {}
    wrong = []
    for case in state.cases.records():
        if case.blocked and not case.is_open:
            wrong.append(f"case {case.number}: over, and {case.blocked} is blocked")
        if case.blocked:
            name = blocked_account(case.participant, case.currency)
            sums[name] = sums.get(name, 0) + case.blocked
    for account in state.accounts.records():
        if account.id.startswith("blocked/") and account.balance != sums.pop(account.id, 0):
            wrong.append(f"{account.id}: {account.balance}, and not what cases block")
    return wrong + [f"{name}: {amount} blocked and not there" for name, amount in sums.items()]


def allowances_are_of_entries_in_force(state: State) -> list[str]:
    """Nobody passes an entry that is gone, and every allowance is a participant's."""
    return [
        f"{key}: of an entry that is not in force, or nobody's"
        for key, each in state.allowances.items()
        if each.participant not in state.participants
        or (not each.ended and (each.entry not in state.listed or state.listed[each.entry].gone))
    ]


CASE_INVARIANTS: Final[tuple[Callable[[State], list[str]], ...]] = (
    lists_are_their_entries,
    cases_hold_what_they_are_about,
    what_is_blocked_is_of_open_cases,
    allowances_are_of_entries_in_force,
)
