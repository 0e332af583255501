"""Lists, cases and allowances in the views are what the rules know of them."""

from contextlib import closing

import msgspec

from mufakat.core.docket import CaseStatus
from mufakat.model.verdict import Verdict
from mufakat.projections import compliance
from tests.core.test_case import decide, hold
from tests.core.test_verdict import allowance, listed_world
from tests.projections.conftest import folded
from tests.union import A1, A2


def assert_cases_and_allowances_are_what_they_are(sql, union):
    state = union.state
    seen = compliance.cases(sql)
    assert [
        (x.number, x.kind, x.item, x.participant, x.member, x.entries, x.status, x.blocked, x.currency)
        for x in seen
    ] == [
        (
            *(x.number, x.kind.name.lower().replace("_", " "), x.item, x.participant, x.member, x.entries),
            *(x.status.name.lower().replace("_", " "), x.blocked, x.currency),
        )
        for x in state.cases.records()
    ]
    assert [(x.opened, x.deadline, x.escalated) for x in seen] == [
        (x.opened.isoformat(), x.deadline.isoformat(), x.escalated) for x in state.cases.records()
    ]
    for case in state.cases.records():
        taken = compliance.decisions(sql, case.number)
        of = [(x.lists, x.evidence) for x in [*seen[case.number - 1 : case.number], *taken]]
        assert of[-1] == (case.screened.lists, case.screened.evidence)
        assert (taken[-1].reason if taken else "") == case.reason
        found = sql.execute(
            "SELECT obligation FROM case_debt WHERE held_case = ? ORDER BY number", (case.number,)
        ).fetchall()
        assert [name for (name,) in found] == [name for name, _ in case.obligations]
    ended = sql.execute("SELECT participant, listed, ended IS NULL FROM allowance ORDER BY 1, 2").fetchall()
    assert [(bank, entry, bool(is_open)) for bank, entry, is_open in ended] == sorted(
        (each.participant, each.entry, not each.ended) for each in state.allowances.records()
    )
    marks = {each.participant: each.screened.lists for each in state.screenings.records()}
    for bank in state.participants.records():
        assert compliance.screened(sql, bank.bic) == marks.get(bank.bic)
        allowed = [
            (each.entry, each.customer, each.until.isoformat(), each.scope.name.lower())
            for each in state.allowances.records()
            if each.participant == bank.bic and not each.ended
        ]
        views = compliance.allowances(sql, bank.bic)
        assert [(x.listed, x.customer, x.until, x.scope) for x in views] == sorted(allowed)


def test_a_case_is_told_with_all_its_decisions():
    union = listed_world()
    uetr, _ = hold(union, amount=70)
    decide(union, Verdict.HIT)
    decide(union, Verdict.RETURN, reason="The court says so.")
    union.must(A1, allowance(union), ("QM", "approve"))
    with closing(folded(union)) as views:
        sql = views.sql
        case = compliance.case_of(sql, 1)
        assert (case.item, case.status, case.participant) == (uetr, "returned", A1)
        said = [(each.verdict, each.reason, each.member) for each in compliance.decisions(sql, 1)]
        assert said == [("hit", "Looked at by two.", "QM"), ("return", "The court says so.", "QM")]
        assert compliance.case_of(sql, 2) is None
        assert compliance.cases(sql, status="under review") == []
        assert compliance.cases(sql, participant=A2) == []
        assert [x.number for x in compliance.cases(sql, status="returned", participant=A1)] == [1]
        (allowed,) = compliance.allowances(sql, A1)
        assert (allowed.reason, allowed.ended) == ("Born in another year.", None)
        assert compliance.allowances(sql, A2) == []
        moves = sql.execute("SELECT kind, amount FROM movement WHERE account = ?", (f"blocked/{A1}/IDR",))
        assert list(moves) == [("blocked", 70), ("unblocked", -70)]
    held = msgspec.structs.replace(union.state.cases["0000000001"])
    assert held.status is CaseStatus.RETURNED
