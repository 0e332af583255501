"""Registered records held against rules that came later: what they prove and is not settled stops."""

import msgspec
import pytest

from mufakat.core.docket import case_key
from mufakat.core.state import ObligationStatus
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.trade import RecheckTradeRecords, RegisteredRecord
from mufakat.model.verdict import Verdict
from tests.core.test_goods import LOOK, PROVEN, TUBES, WATCH, bring, decide, entry, owe, record, status, world
from tests.union import A1, A2, B1, invoice

RECORD = RegisteredRecord(invoice(obligations=(PROVEN,)), A2, A2, A1)


def under_way(*rules):
    """A world in which a record was registered, and then rules came."""
    union = world()
    owe(union)
    assert record(union, obligations=(PROVEN,)).status is Status.REGISTERED
    assert bring(union, "QN", *rules).status is Status.DONE
    return union


def recheck(union, author="QM", *records):
    (found,) = union.tell(author, RecheckTradeRecords(records or (RECORD,))).items
    return found


@pytest.mark.parametrize(
    ("rule", "reason"), [(TUBES, Reason.GOODS_EMBARGOED), (LOOK, Reason.GOODS_TO_REVIEW)]
)
@pytest.mark.parametrize("author", ["QM", "QO", A1, A2])
def test_an_embargo_stops_what_is_under_way_on_the_word_of_a_member_or_a_bank_of_it(rule, reason, author):
    union = under_way(rule)
    assert status(union) is ObligationStatus.ACCEPTED
    found = recheck(union, author)
    assert (found.status, found.refusal.reason) == (Status.HELD, reason)
    assert status(union) is ObligationStatus.BLOCKED
    case = union.state.cases[case_key(1)]
    assert (case.participant, case.entries) == (A2, (entry(rule),))
    assert invoice().id in union.state.trade_records


def test_what_is_settled_stays_settled():
    union = under_way(TUBES)
    union.owe(2, 0, 50)
    union.cycle()
    assert status(union) is ObligationStatus.SET_OFF
    assert recheck(union).status is Status.HELD
    assert status(union) is ObligationStatus.SET_OFF


def test_asking_again_changes_nothing_not_even_what_a_case_let_go():
    union = under_way(TUBES)
    recheck(union)
    decide(union, A2, 1, Verdict.CLEAR)
    assert recheck(union).status is Status.DONE
    assert status(union) is ObligationStatus.ACCEPTED
    assert bring(union, "QM", LOOK).status is Status.DONE
    assert recheck(union).status is Status.DONE, "a milder rule adds nothing to what was decided"


def test_rules_that_only_watch_or_are_not_met_stop_nothing():
    union = under_way(WATCH, msgspec.structs.replace(TUBES, hs="2709"))
    before = len(union.events)
    assert recheck(union).status is Status.DONE
    assert [type(each).__name__ for each in union.events[before:]] == ["SequenceAdvanced"]


@pytest.mark.parametrize(
    ("author", "change", "reason"),
    [
        (B1, {}, Reason.NOT_OWN_AFFAIR),
        ("QM", {"item": invoice(number="INV-2")}, Reason.UNKNOWN_TRADE_RECORD),
        ("QM", {"item": invoice()}, Reason.DOCUMENT_DIFFERS),
        ("QM", {"author": A1}, Reason.DOCUMENT_DIFFERS),
        (B1, {"seller_agent": B1}, Reason.DOCUMENT_DIFFERS),
    ],
)
def test_only_a_registered_record_as_it_is_can_be_asked_about(author, change, reason):
    union = under_way(TUBES)
    found = recheck(union, author, msgspec.structs.replace(RECORD, **change))
    assert (found.status, found.refusal.reason) == (Status.REFUSED, reason)
    assert status(union) is ObligationStatus.ACCEPTED


def test_a_batch_has_records():
    assert world().tell("QM", RecheckTradeRecords(())).refusal.reason is Reason.EMPTY_BATCH
