"""An officer decides a case after another look, and lets a customer pass who is not who is listed."""

import datetime

import pytest

from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.verdict import Scope, Verdict
from mufakat.node.casework import Casework, NoCase
from mufakat.node.desk import Desk, Lists
from mufakat.projections import compliance, timeline
from mufakat.screening.evidence import decoded
from tests.node.conftest import UETR, uetr_of
from tests.node.listed import BANK, LISTED, NAME, bring, payment_to
from tests.node.test_intake import status_of
from tests.union import TUESDAY


@pytest.fixture
def held(small):
    bring(small, LISTED)
    small.take(payment_to(small, NAME))
    return small


def casework(small) -> Casework:
    return Casework(small.session, small.vault, Desk(small.node, small.vault, Lists()))


def decide(small, verdict, reason="another firm of that name", number=1):
    return small.session.say(*casework(small).decision(number, verdict, reason))


def test_a_case_is_told_with_who_was_hit_by_what(held):
    work = casework(held)
    ((subject, found),) = work.told(work.case(1))

    assert (subject.text, found.main_name) == (NAME, "KARET TERLARANG TRADING")


def test_what_is_cleared_settles_and_the_decision_has_evidence_of_its_own_look(held):
    assert decide(held, Verdict.CLEAR).status is Status.DONE

    assert timeline.payment(held.node.views.sql, UETR).status == "settled"
    (decision,) = compliance.decisions(held.node.views.sql, 1)
    (data,) = held.vault.evidence(decision.evidence)
    assert (decision.verdict, decision.member, decoded(data).item) == ("clear", "QM", UETR)


def test_a_hit_is_frozen_and_only_what_is_frozen_goes_back(held):
    assert decide(held, Verdict.RETURN).refusal.reason is Reason.CASE_DECIDED
    assert decide(held, Verdict.HIT).refusal is None
    assert timeline.payment(held.node.views.sql, UETR).status == "frozen"
    assert decide(held, Verdict.RETURN).refusal is None
    assert timeline.payment(held.node.views.sql, UETR).status == "rejected"


def test_a_customer_that_is_allowed_passes_with_its_next_payment(held):
    (outcome,) = casework(held).allow(1, TUESDAY + datetime.timedelta(30), Scope.ALL, "another firm")
    assert outcome.refusal is None

    (receipt,) = held.take(payment_to(held, NAME, 1))
    assert status_of(receipt) == ["ACSC"]
    assert timeline.payment(held.node.views.sql, uetr_of(1)).status == "settled"
    (allowance,) = compliance.allowances(held.node.views.sql, BANK)
    assert (allowance.scope, allowance.reason) == ("all", "another firm")


def test_there_is_no_such_case(held):
    with pytest.raises(NoCase, match="no case 7"):
        casework(held).case(7)


def test_the_evidence_of_a_case_is_its_participants(held):
    held.vault._sql.execute("DELETE FROM evidence")
    work = casework(held)

    assert work.told(work.case(1)) == []
    with pytest.raises(NoCase, match=f"it is {BANK}'s"):
        work.decision(1, Verdict.CLEAR, "why")
