"""What the terminal shows of the rules: who proposed and voted, what is in force and why, and who is in."""

from contextlib import closing

import pytest

from mufakat.console import governance as pages
from mufakat.model import proposal as p
from mufakat.model.charter import Governance
from mufakat.projections import rules as views
from tests.console.test_tables import lines
from tests.projections.conftest import folded
from tests.union import MEMBERS, TEXT, TUESDAY, Union, charter, newcomer, settled_world

DAY = TUESDAY.isoformat()


@pytest.fixture
def union() -> Union:
    return settled_world(governance=Governance(constitutional_notice_days=1))


def shown(union: Union, draw) -> list[list[str]]:
    with closing(folded(union)) as made:
        return lines(draw(made.sql))


def proposals(sql):
    return pages.proposals(views.proposals(sql))


def test_a_proposal_shows_its_change_its_class_and_how_it_stands(union):
    union.propose("QM", p.SetRule("set_off_horizon_days", 20))
    union.propose("QN", p.AmendEntry("QN", max_payment=500))
    union.carry(p.SuspendMember("QO"))
    first = len(union.log)

    rows = shown(union, proposals)

    opened = ["1", "QM", "SetRule name=set_off_horizon_days value=20", "ordinary", DAY, "open"]
    assert [*opened, str(first - 3)] in rows
    own = [row for row in rows if row[:2] == ["2", "QN"]]
    assert own[0][3:6] == ["own", DAY, "enacted"]
    suspended = ["3", "QM", "SuspendMember member=QO", "constitutional", DAY, "passed", "2026-11-25"]
    assert [*suspended, str(first - 1)] in rows


def test_a_proposal_that_lapsed_says_why(union):
    union.propose("QM", p.SetRule("set_off_horizon_days", 20))
    for _ in range(2):
        union.carry(p.HaltUnion() if not union.state.halted else p.ResumeUnion())
    union.carry(p.AdoptList("regional", 7, bytes(32)))
    union.carry(p.AdoptList("regional", 7, bytes(32)))
    union.pass_days(1)
    assert "lapsed, RULE_INVALID" in [row[5] for row in shown(union, proposals) if row[0] == "5"]


def test_a_long_change_is_cut_short():
    union = settled_world()
    union.propose("QM", newcomer())
    (row,) = [row for row in shown(union, proposals) if row[0] == "1"]
    assert row[2].startswith("AdmitMember member=")
    assert row[2].endswith("…") and len(row[2]) < 80


def test_votes_are_shown_with_the_entry_that_carries_them(union):
    number = union.propose("QM", p.SetRule("set_off_horizon_days", 20))
    union.vote("QN", number, in_favour=False)
    entry, height = len(union.log), union.state.height

    rows = shown(union, lambda sql: pages.ballots(views.ballots(sql, number)))

    assert ["QM", "in favour", str(entry - 1), str(height - 1)] in rows
    assert ["QN", "against", str(entry), str(height)] in rows


def test_the_numbers_of_a_charter_are_all_shown_by_the_names_by_which_they_are_changed():
    rows = lines(pages.numbers(charter()))[2:]
    assert {row[0] for row in rows} == set(p.RULES)
    assert ["max_batch_items", "4,096"] in rows
    assert ["four_eyes", "IssueMoney, RedeemMoney, SetLimit"] in rows
    assert ["governance.constitutional", "2, 3"] in rows


def test_a_rule_in_force_shows_its_text_and_its_vote(union):
    union.enact(p.SetRule("set_off_horizon_days", 20))

    rows = shown(union, lambda sql: pages.laws(views.laws(sql)))

    (law,) = [row for row in rows if row[0] == "rules.set_off_horizon_days"]
    assert law[1] == "2"
    assert law[3] == f"{TEXT.hex()[:16]}…"
    assert law[4:6] == ["1", "QM, QN (2 needed)"]
    (founding,) = [row for row in rows if row[0] == "charter"]
    assert founding[1:3] == ["1", "founding"]
    assert founding[5] == f"{', '.join(MEMBERS)} (3 needed)"


def test_how_members_stand_is_shown_as_it_changed(union):
    union.enact(p.SuspendMember("QO"))
    rows = shown(union, lambda sql: pages.standings(views.standings(sql)))
    assert [row[:3] for row in rows if row[0] == "QO"] == [
        ["QO", "active", "founding"],
        ["QO", "suspended", union.state.day.date.isoformat()],
    ]


def test_what_looks_like_markup_is_shown_as_it_is(union):
    union.propose("QM", p.AmendEntry("QM", name="[red]Bank[/]"))
    assert "[red]Bank[/]" in str(shown(union, proposals))
