"""Each invariant of lists and cases, broken behind the rules' back, is named."""

import msgspec
import pytest

from mufakat.core.docket import CaseStatus
from mufakat.core.invariant import violations
from mufakat.core.state import ObligationStatus, PaymentStatus
from tests.strategies import play, screened_once, world


def busy():
    union = world()
    play(union, list(screened_once())[:12])
    play(union, [("list", "QN", True, [3], []), ("allow", "BK01QMA1XXX", 0, 5)])
    assert violations(union.state) == []
    return union.state


def change(table, **fields):
    def apply_to(state):
        records = getattr(state, table)
        key, record = list(records.items())[-1 if table == "listed" else 0]
        records.put(key, msgspec.structs.replace(record, **fields))

    return apply_to


def unhold(state):
    key = next(key for key, each in state.payments.items() if each.status is PaymentStatus.HELD)
    state.payments.put(key, msgspec.structs.replace(state.payments[key], status=PaymentStatus.CANCELLED))


def hold_another(state):
    key, each = next(iter(state.obligations.items()))
    blocked = msgspec.structs.replace(each, status=ObligationStatus.BLOCKED)
    state.obligations.put(key, blocked)
    for number, case in state.cases.items():
        state.cases.put(number, msgspec.structs.replace(case, obligations=()))


CORRUPTIONS = {
    "lists_are_their_entries: un: not the version": change("listed", gone=True),
    "lists_are_their_entries: QN/own": change("listings", version=bytes(32)),
    "lists_are_their_entries: imo": change("listed_numbers", entries=()),
    "cases_hold_what_they_are_about: case 9": change("cases", number=9),
    "cases_hold_what_they_are_about: case 1: UNDER_REVIEW, and its payment CANCELLED": unhold,
    "cases_hold_what_they_are_about: 9845": hold_another,
    "what_is_blocked_is_of_open_cases: blocked/": change("cases", blocked=1),
    "what_is_blocked_is_of_open_cases: case 1: over": change("cases", status=CaseStatus.CLEARED),
    "allowances_are_of_entries_in_force": change("allowances", entry="un/E9/00"),
}


@pytest.mark.parametrize("violation", CORRUPTIONS)
def test_each_invariant_names_what_is_wrong(violation):
    state = busy()
    CORRUPTIONS[violation](state)
    assert any(text.startswith(violation) for text in violations(state)), violations(state)
