"""What was proposed, who voted how, what is in force and who is in, as the rules know it, with each entry."""

import json
from contextlib import closing

import pytest

from mufakat.core.law import ProposalStatus
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import ruling as r
from mufakat.model.plain import plain
from mufakat.projections import rules
from tests.projections.conftest import folded
from tests.strategies import governed_once, play, world
from tests.union import TEXT, TUESDAY


def assert_the_rules_are_what_they_are(sql, union):
    state = union.state
    assert [
        (each.number, each.member, each.change, each.text, each.opened, each.status, each.effect)
        for each in rules.proposals(sql)
    ] == [
        (
            *(each.number, each.member, json.dumps(plain(each.change)), each.text, each.opened.isoformat()),
            *(each.status.name.lower(), each.effect and each.effect.isoformat()),
        )
        for each in state.proposals.records()
    ]
    assert sql.execute(
        "SELECT proposal, member, in_favour, height FROM ballot ORDER BY proposal, member"
    ).fetchall() == [
        (each.proposal, each.member, each.in_favour, each.height) for each in state.ballots.records()
    ]
    assert [
        (each.name, each.version, each.text, each.proposal, each.votes, each.needed, each.since)
        for each in rules.laws(sql)
    ] == [
        (
            *(each.name, each.version, each.text, each.proposal, json.dumps(plain(each.votes)), each.needed),
            each.since.isoformat(),
        )
        for each in sorted(state.laws.records(), key=lambda law: law.name)
    ]
    stood = [(member.id, "active") for member in union.genesis.charter.members]
    for event in union.events:
        match event:
            case r.MemberAdmitted():
                stood.append((event.member.id, "active"))
            case r.StandingChanged():
                stood.append((event.member, event.standing.name.lower()))
            case r.MemberLeft():
                stood.append((event.member, "left"))
            case _:
                pass
    assert [(each.member, each.standing) for each in rules.standings(sql)] == stood
    assert dict(stood) == {each.member: each.standing.name.lower() for each in state.standings.records()}


@pytest.fixture(scope="module")
def union():
    union = world()
    play(union, list(governed_once()))
    return union


@pytest.fixture(scope="module")
def sql(union):
    with closing(folded(union)) as views:
        yield views.sql


def bodies(union, kind):
    """The entries at which a kind of command was heard, with its author and body."""
    for number, (data, _) in enumerate(union.log, start=1):
        said = c.decode(data)
        if said is not None and isinstance(said.instruction.body, kind):
            yield number, said.instruction.author, said.instruction.body


def test_each_proposal_names_the_entries_that_made_and_moved_it(union, sql):
    made = list(bodies(union, c.Propose))
    seen = rules.proposals(sql)
    assert [each.entry for each in seen] == [entry for entry, _, _ in made]
    assert [each.member for each in seen] == [author for _, author, _ in made]
    withdrawn = rules.proposals(sql, "withdrawn")
    assert [each.changed for each in withdrawn] == [
        entry for entry, _, _ in bodies(union, c.WithdrawProposal)
    ]
    assert {each.status for each in seen} == {
        status.name.lower() for status in ProposalStatus if status is not ProposalStatus.OPEN
    } - {"passed"}


def test_a_lapsed_proposal_says_why(sql):
    (lapsed,) = rules.proposals(sql, "lapsed")
    assert (lapsed.kind, lapsed.rule_class, lapsed.reason) == ("SuspendMember", "constitutional", 82)
    assert lapsed.detail == "QO is suspended."


def test_each_vote_names_the_entry_that_cast_it(union, sql):
    log = [c.decode(data) for data, _ in union.log]
    for proposal in rules.proposals(sql):
        votes = rules.ballots(sql, proposal.number)
        assert votes[0].member == proposal.member
        assert [vote.height for vote in votes] == sorted(vote.height for vote in votes)
        for vote in votes:
            said = log[vote.entry - 1].instruction
            assert said.author == vote.member
            assert isinstance(said.body, c.Propose | c.CastVote)
        counted = {member for member, _ in json.loads(proposal.votes)}
        assert counted <= {vote.member for vote in votes if vote.in_favour}


def test_what_was_in_force_under_any_version_can_be_asked_for(union, sql):
    assert [law.name for law in rules.laws(sql, 1)] == ["charter"]
    assert max(law.version for law in rules.laws(sql)) == union.state.version
    for version in range(1, union.state.version + 1):
        names = [law.name for law in rules.laws(sql, version)]
        assert len(names) == len(set(names))
        assert all(law.version <= version for law in rules.laws(sql, version))
    halt = rules.history(sql, "halt")
    kinds = [next(each.kind for each in rules.proposals(sql) if each.number == law.proposal) for law in halt]
    assert kinds == ["HaltUnion", "ResumeUnion"]


def test_the_switch_of_the_protocol_is_a_version_of_its_own(sql):
    scheduled, switched = rules.history(sql, "protocol")
    assert (scheduled.proposal, scheduled.votes) == (switched.proposal, switched.votes)
    assert switched.version > scheduled.version
    assert switched.entry > scheduled.entry


def test_how_a_member_stood_is_kept_as_it_followed(sql):
    assert [each.standing for each in rules.standings(sql, "QO")] == ["active", "suspended", "active"]
    admitted, leaving, left = rules.standings(sql, "QP")
    assert [each.standing for each in (admitted, leaving, left)] == ["active", "leaving", "left"]
    assert json.loads(left.positions) == [["issue/THB/THB", -50], ["settlement/NEW1QPA1XXX/THB", 50]]
    assert all(each.positions == "[]" for each in rules.standings(sql) if each.standing != "left")
    assert (admitted.since, left.since) == ("2026-11-30", "2027-01-18")


def test_what_was_agreed_at_founding_is_the_first_law():
    union = world()
    with closing(folded(union)) as views:
        (law,) = rules.laws(views.sql)
    assert (law.name, law.text, law.version, law.entry) == ("charter", union.state.union, 1, 0)
    assert json.loads(law.votes) == [["QM", 0], ["QN", 0], ["QO", 0]]


def test_a_law_of_one_union_is_in_its_views_as_soon_as_it_is_in_force():
    union = world()
    union.must("QM", c.Propose(p.AmendEntry("QM", name="Bank Sentral"), TEXT))
    with closing(folded(union)) as views:
        law = rules.laws(views.sql)[-1]
        assert_the_rules_are_what_they_are(views.sql, union)
    assert (law.name, law.since, law.entry) == ("member.QM.entry", TUESDAY.isoformat(), len(union.log))
