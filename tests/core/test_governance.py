"""The rules change by the vote that the charter asks for, after their notice, and in no other way."""

import datetime

import msgspec
import pytest

from mufakat.core import apply, governance
from mufakat.core.dump import dump, load
from mufakat.core.law import ProposalStatus
from mufakat.core.standing import validators
from mufakat.core.state import State
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import ruling as r
from mufakat.model.calendar import Phase
from mufakat.model.charter import Governance
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from tests.strategies import world
from tests.union import (
    A1,
    A2,
    B1,
    TEXT,
    TUESDAY,
    Union,
    admission,
    charter,
    genesis,
    lei,
    newcomer,
    private,
    settled_world,
    suspend,
)

HORIZON = p.SetRule("set_off_horizon_days", 9)
QUORUM = p.SetRule("day_quorum", 3)
VOTING = p.SetRule("governance.voting_days", 10)
HALT, RESUME = p.HaltUnion(), p.ResumeUnion()


def reason(outcome):
    return outcome.refusal and outcome.refusal.reason


def of_four(**rules) -> Union:
    """A union of four members, one of them admitted by vote."""
    union = settled_world(200, **rules) if rules else world()
    union.enact(admission(newcomer().member, "QP", union=union.state.union))
    return union


# -- who decides ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "needed"),
    [(HORIZON, 3), (HALT, 3), (QUORUM, 3), (p.SuspendMember("QO"), 3), (VOTING, 4)],
    ids=lambda each: type(each).__name__ if not isinstance(each, int) else None,
)
def test_a_change_short_of_its_threshold_changes_nothing(change, needed):
    union = of_four()
    members = [each for each in ("QM", "QN", "QP", "QO") if each != p.concerned(change)]
    number = union.propose(members[0], change)
    assert governance.votes_needed(union.state, union.proposal(number)) == needed
    for member in members[1 : needed - 1]:
        outcome = union.vote(member, number)
        assert outcome.items[0].status is Status.AWAITING_QUORUM
    before, charter_before = union.state.version, union.state.charter
    seats_before = dict(union.state.standings.items())
    union.pass_days(20)
    assert union.proposal(number).status is ProposalStatus.OPEN
    assert (union.state.version, union.state.charter) == (before, charter_before)
    assert (dict(union.state.standings.items()), union.state.halted) == (seats_before, False)
    assert union.vote(members[needed - 1], number).items[0].status in {Status.ACCEPTED, Status.DONE}


def test_votes_against_are_recorded_and_do_not_count():
    union = of_four()
    number = union.propose("QM", HORIZON)
    for member in ("QN", "QO"):
        union.vote(member, number, in_favour=False)
    union.vote("QP", number)
    assert union.proposal(number).status is ProposalStatus.OPEN
    assert [each.in_favour for each in union.state.ballots.records() if each.proposal == number] == [
        *(True, False, False, True)
    ]


def test_a_members_own_affair_is_decided_by_that_member_alone_and_by_nobody_else():
    union = world()
    change = p.AmendEntry("QM", name="Bank Sentral", max_payment=5)
    assert reason(union.tell("QN", c.Propose(change, TEXT))) is Reason.NOT_OWN_AFFAIR
    outcome = union.must("QM", c.Propose(change, TEXT))
    assert outcome.items[0].status is Status.DONE
    entry = union.state.charter.member("QM")
    assert (entry.name, entry.max_payment, entry.bic) == ("Bank Sentral", 5, "CBNKQMA1XXX")
    assert union.pay(amount=6).items[0].refusal.reason is Reason.ABOVE_PAYMENT_LIMIT
    assert union.state.laws["member.QM.entry"].votes == (("QM", union.state.height - 1),)


def test_no_common_affair_is_decided_by_one_member_alone():
    two = Union()
    two.open_day()
    suspend(two, "QO")
    number = two.propose("QM", p.SuspendMember("QN"))
    assert governance.voters(two.state, two.proposal(number)) == (two.state.charter.member("QM"),)
    assert two.proposal(number).status is ProposalStatus.OPEN
    two.pass_days(7)
    assert two.proposal(number).status is ProposalStatus.OPEN


def test_unanimity_is_of_all_and_cannot_be_had_while_one_is_suspended():
    union = of_four()
    number = union.propose("QM", VOTING)
    suspend(union, "QP")
    for member in ("QN", "QO"):
        assert union.vote(member, number).items[0].status is Status.AWAITING_QUORUM
    union.enact(p.ReleaseMember("QP"))
    assert union.proposal(number).status is ProposalStatus.PASSED, (
        "without the one that was let go, all agree"
    )
    union.pass_days(5)
    assert union.state.charter.rules.governance.voting_days == 10


def test_the_thresholds_are_those_of_the_charter():
    union = of_four(governance=Governance((3, 4), (4, 5)))
    assert governance.votes_needed(union.state, union.proposal(union.propose("QM", HORIZON))) == 4
    strict = Union(governance=Governance((999, 1_000), (999, 1_000)))
    assert governance.votes_needed(strict.state, strict.proposal(strict.propose("QM", HALT))) == 3


def test_only_members_propose_and_vote():
    union = world()
    for body in (c.Propose(HORIZON, TEXT), c.CastVote(1, True), c.WithdrawProposal(1)):
        key = public_key(private(A1, "submit"))
        assert reason(union.tell(A1, body)) is Reason.UNKNOWN_KEY
        assert reason(union.send(union.signed(A1, body, key=key))) is Reason.UNKNOWN_KEY
    with pytest.raises(StopIteration) as end:
        next(governance.propose(union.state, A1, c.Propose(HORIZON, TEXT)))
    assert reason(end.value.value) is Reason.NOT_OWN_AFFAIR


def test_the_member_concerned_neither_proposes_nor_votes():
    union = of_four()
    change = p.SuspendMember("QO")
    assert reason(union.tell("QO", c.Propose(change, TEXT))) is Reason.NO_VOTE
    number = union.propose("QM", change)
    assert reason(union.tell("QO", c.CastVote(number, True))) is Reason.NO_VOTE
    assert reason(union.tell("QO", c.CastVote(number, False))) is Reason.NO_VOTE


def test_a_member_votes_once():
    union = of_four()
    number = union.propose("QM", HORIZON)
    assert reason(union.tell("QM", c.CastVote(number, True))) is Reason.ALREADY_VOTED
    union.vote("QN", number, in_favour=False)
    assert reason(union.tell("QN", c.CastVote(number, True))) is Reason.ALREADY_VOTED
    assert len(governance.votes_in_favour(union.state, union.proposal(number))) == 1


def test_the_votes_of_a_member_suspended_since_do_not_count():
    union = of_four()
    number = union.propose("QO", HORIZON)
    union.vote("QM", number)
    suspend(union, "QO")
    assert [each for each, _ in governance.votes_in_favour(union.state, union.proposal(number))] == ["QM"]
    assert union.vote("QN", number).items[0].status is Status.ACCEPTED
    assert [each for each, _ in union.proposal(number).votes] == ["QM", "QN"]


def test_at_an_opening_what_needs_fewer_votes_since_then_passes():
    union = of_four()
    number = union.propose("QM", HORIZON)
    union.vote("QN", number)
    suspend(union, "QP")
    assert (union.proposal(number).status, union.proposal(number).needed) == (ProposalStatus.PASSED, 2)


@pytest.mark.parametrize("number", [0, 2, -1, 2**63])
@pytest.mark.parametrize("body", [lambda n: c.CastVote(n, True), c.WithdrawProposal])
def test_there_is_no_such_proposal(number, body):
    union = world()
    union.propose("QM", HORIZON)
    assert reason(union.tell("QN", body(number))) is Reason.UNKNOWN_PROPOSAL


def closed(union, how):
    if how == "expired":
        number = union.propose("QM", HORIZON)
        union.pass_days(31)
    elif how == "withdrawn":
        number = union.propose("QM", HORIZON)
        union.must("QM", c.WithdrawProposal(number))
    elif how == "lapsed":
        first, number = union.propose("QM", HALT), union.propose("QM", HALT)
        union.vote("QN", first)
        lapsed = union.tell("QN", c.CastVote(number, in_favour=True))
        assert lapsed.items[0].status is Status.REFUSED
        assert lapsed.items[0].refusal.reason is Reason.WRONG_STATUS
    else:
        number = (union.carry if how == "passed" else union.enact)(HORIZON)
    return number


@pytest.mark.parametrize("how", ["expired", "withdrawn", "lapsed", "passed", "enacted"])
def test_what_is_no_longer_open_is_neither_voted_on_nor_withdrawn(how):
    union = world()
    number = closed(union, how)
    assert union.proposal(number).status is ProposalStatus[how.upper()]
    for member, body in (("QO", c.CastVote(number, True)), ("QM", c.WithdrawProposal(number))):
        outcome = union.tell(member, body)
        assert reason(outcome) is Reason.PROPOSAL_CLOSED
        assert how in outcome.refusal.text


def test_a_proposal_is_withdrawn_by_its_proposer_alone():
    union = of_four()
    number = union.propose("QM", HORIZON)
    assert reason(union.tell("QN", c.WithdrawProposal(number))) is Reason.NOT_OWN_AFFAIR
    assert union.must("QM", c.WithdrawProposal(number)).status is Status.DONE


def test_a_proposal_carries_the_hash_of_its_words():
    union = world()
    for text in (b"", bytes(31), bytes(33)):
        assert reason(union.tell("QM", c.Propose(HORIZON, text))) is Reason.IDENTIFIER_INVALID


def test_a_member_has_a_bounded_number_of_proposals_under_way():
    union = world()
    for _ in range(64):
        union.propose("QM", HORIZON)
    assert reason(union.tell("QM", c.Propose(HORIZON, TEXT))) is Reason.TOO_MANY_PROPOSALS
    union.must("QM", c.WithdrawProposal(1))
    union.propose("QM", HORIZON)
    union.propose("QN", HORIZON)


def test_before_the_first_business_day_nothing_that_has_notice_is_proposed():
    union = Union()
    assert reason(union.tell("QM", c.Propose(HORIZON, TEXT))) is Reason.DAY_NOT_OPEN
    union.must("QM", c.Propose(p.AmendEntry("QM", name="Bank Sentral"), TEXT))
    union.carry(HALT)
    assert union.state.halted


# -- when it takes effect ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("change", "days"), [(HORIZON, 1), (QUORUM, 5)])
def test_nothing_takes_effect_before_its_notice_and_all_does_after(change, days):
    union = world()
    before = union.state.charter
    number = union.carry(change)
    assert union.proposal(number).effect == TUESDAY + datetime.timedelta(days)
    if days > 1:
        union.pass_days(days - 2)
        assert union.state.day.date < union.proposal(number).effect
    assert (union.state.charter, union.state.version) == (before, 1)
    union.close_day()
    assert union.state.charter == before
    union.open_day(datetime.date(2026, 11, 30))
    assert union.proposal(number).status is ProposalStatus.ENACTED
    expected = p.with_rule(before.rules, change.name, change.value)
    assert (union.state.charter.rules, union.state.version) == (expected, 2)


def test_what_takes_effect_at_an_opening_does_so_before_other_work_of_it():
    union = world()
    thursday = TUESDAY + datetime.timedelta(2)
    union.pay(amount=40, value_date=thursday)
    union.must("QM", c.Propose(p.LeaveUnion("QM"), TEXT))
    union.carry(HORIZON)
    first = len(union.events)
    union.close_day()
    union.open_day(thursday)
    kinds = [type(event).__name__ for event in union.events[first:]]
    assert kinds.index("PhaseEntered") < kinds.index("ChangeEnacted") < kinds.index("PaymentSettled")


def test_changes_take_effect_in_the_order_of_their_numbers():
    union = world()
    numbers = [union.carry(p.SetRule("set_off_horizon_days", days)) for days in (5, 6, 7)]
    union.pass_days(1)
    enacted = [event for event in union.events if isinstance(event, r.ChangeEnacted)]
    assert [event.proposal for event in enacted] == numbers
    assert [event.version for event in enacted] == [2, 3, 4]
    assert union.state.charter.rules.set_off_horizon_days == 7
    assert union.state.laws["rules.set_off_horizon_days"].proposal == numbers[-1]


def test_a_proposal_expires_when_its_voting_days_are_over_and_not_before():
    union = world()
    number = union.propose("QM", HORIZON)
    union.pass_days(30)
    assert union.proposal(number).status is ProposalStatus.OPEN
    union.pass_days(1)
    assert union.proposal(number).status is ProposalStatus.EXPIRED


def test_notice_near_the_end_of_all_dates_ends_there():
    union = world()
    union.close_day()
    union.open_day(datetime.date(9999, 12, 30))
    assert union.proposal(union.carry(QUORUM)).effect == datetime.date.max


def test_a_change_that_the_rules_refuse_by_then_lapses_with_its_reason():
    union = world()
    part = p.SetRule("governance.constitutional", (3, 5))
    whole = p.SetRule("governance.ordinary", (13, 20))
    first, second = union.carry(part), union.carry(whole)
    union.pass_days(5)
    assert union.proposal(first).status is ProposalStatus.ENACTED
    assert union.proposal(second).status is ProposalStatus.LAPSED
    (lapsed,) = [event for event in union.events if isinstance(event, r.ProposalLapsed)]
    assert (lapsed.proposal, lapsed.reason) == (second, Reason.RULE_INVALID)
    assert "not less than ordinary" in lapsed.detail
    assert union.state.version == 2


# -- what is on record ------------------------------------------------------------------------------------


def test_each_law_carries_the_hash_of_its_words_and_the_proof_of_its_vote():
    union = world()
    number = union.carry(HORIZON)
    votes = [
        (each.instruction.author, height)
        for height, each in enumerate(admitted(union), start=1)
        if isinstance(each.instruction.body, c.Propose | c.CastVote)
    ]
    union.pass_days(1)
    law = union.state.laws["rules.set_off_horizon_days"]
    assert (law.text, law.proposal, law.needed, law.version) == (TEXT, number, 2, 2)
    assert law.since == TUESDAY + datetime.timedelta(1)
    assert list(law.votes) == votes


def admitted(union):
    """The commands that a union heard, in order."""
    state, heard = apply.found(union.genesis), []
    for data, at_us in union.log:
        before = state.height
        apply.execute(state, data, at_us)
        if state.height > before:
            heard.append(c.decode(data))
    return heard


def test_what_was_agreed_at_founding_is_law_by_the_signatures_of_all():
    law = world().state.laws["charter"]
    assert (law.text, law.proposal, law.version) == (world().state.union, 0, 1)
    assert law.votes == (("QM", 0), ("QN", 0), ("QO", 0))


def test_every_outcome_names_the_version_of_the_rules_it_was_decided_under():
    union = world()
    assert union.pay().rules == 1
    assert union.must("QM", c.Propose(p.AmendEntry("QM", name="Bank Sentral"), TEXT)).rules == 1
    assert union.pay().rules == 2
    union.carry(HORIZON)
    union.close_day()
    tomorrow = TUESDAY + datetime.timedelta(1)
    union.tell("QM", c.DeclarePhase(tomorrow, Phase.OPEN))
    assert union.tell("QN", c.DeclarePhase(tomorrow, Phase.OPEN)).rules == 2
    assert union.send(b"not a command").rules == 3
    assert union.send(union.log[0][0]).rules == 3
    assert union.pay().rules == 3


def test_the_unions_identifier_stays_when_the_charter_changes():
    union = world()
    before = union.state.union
    union.enact(QUORUM)
    assert union.state.union == before
    again = load(dump(union.state))
    assert (again.union, again.charter, again.root()) == (before, union.state.charter, union.state.root())
    assert again.charter.rules.day_quorum == 3


def test_commands_of_before_a_change_are_still_the_unions_own():
    union = world()
    union.enact(QUORUM)
    assert union.pay(value_date=union.state.day.date).items[0].status is Status.SETTLED


# -- halt -------------------------------------------------------------------------------------------------


def test_a_union_is_halted_by_an_ordinary_vote_at_once_and_resumed_so():
    union = world()
    union.carry(HALT)
    assert union.state.halted
    refused = union.pay()
    assert reason(refused) is Reason.UNION_HALTED
    assert reason(union.tell("QM", c.DeclarePhase(TUESDAY, Phase.CUT_OFF))) is Reason.UNION_HALTED
    union.carry(RESUME)
    assert not union.state.halted
    assert union.pay().items[0].status is Status.SETTLED
    union.close_day()


def test_a_command_refused_in_a_halt_can_be_sent_again_after_it():
    union = world()
    union.carry(HALT)
    data = union.signed(A1, batch((union.order(),)))
    assert reason(union.send(data)) is Reason.UNION_HALTED
    union.carry(RESUME)
    assert union.send(data).statuses == bytes((Status.SETTLED,))


# -- protocol ---------------------------------------------------------------------------------------------


def disputed(union):
    item = c.ObligationItem(f"{lei(2)}/D", lei(0), lei(2), "IDR", 5, union.state.day.date, bytes(32))
    union.must(A2, c.RegisterObligations((item,)))
    union.must(A1, c.DisputeObligations((f"{lei(2)}/D",)))
    return c.AcceptObligations((f"{lei(2)}/D",))


def switching(after: int) -> tuple[Union, int]:
    """A union that is to switch to protocol 2 `after` more commands are admitted, and the height of the switch."""
    union = world()
    accept = disputed(union)
    height = union.state.height + 40
    union.enact(p.AdoptProtocol(2, height))
    assert union.state.adoption == governance.Adoption(2, height)
    while union.state.height < height - after:
        union.tell(A1, accept)
    return union, height


def test_a_disputed_obligation_is_accepted_only_under_protocol_2():
    union, height = switching(after=1)
    accept = c.AcceptObligations((f"{lei(2)}/D",))
    assert union.tell(A1, accept).items[0].refusal.reason is Reason.WRONG_STATUS
    assert (union.state.height, union.state.protocol) == (height, 1)
    version = union.state.version
    outcome = union.tell(A1, accept)
    assert outcome.items[0].status is Status.ACCEPTED
    assert (union.state.protocol, union.state.version, outcome.rules) == (2, version + 1, version + 1)
    assert union.state.adoption is None
    assert union.state.laws["protocol"].version == version + 1


def test_a_command_that_is_not_admitted_does_not_switch_the_protocol():
    union, height = switching(after=0)
    assert union.state.height == height
    union.send(b"not a command")
    union.send(union.log[0][0])
    assert (union.state.protocol, union.state.adoption) == (1, governance.Adoption(2, height))


def test_on_replay_the_switch_is_at_the_same_command_from_any_snapshot():
    union, _ = switching(after=2)
    for _ in range(6):
        union.pay()
    for cut in (0, len(union.log) // 2, len(union.log) - 7, len(union.log) - 6, len(union.log) - 5):
        state = apply.found(union.genesis)
        switched = []
        for number, (data, at_us) in enumerate(union.log):
            if number == cut:
                state = load(dump(state))
            events = apply.execute(state, data, at_us)[1]
            switched += [number for event in events if isinstance(event, r.ProtocolAdopted)]
        assert state.root() == union.state.root()
        assert switched == [len(union.log) - 4]


def test_a_program_that_does_not_know_the_protocol_stops_there_and_changes_nothing(monkeypatch):
    union, _ = switching(after=0)
    snapshot = dump(union.state)
    monkeypatch.setattr(apply, "PROTOCOLS", (1,))
    root = union.state.root()
    data = union.signed(A1, batch((union.order(),)))
    for _ in range(2):
        with pytest.raises(apply.ProtocolUnknown, match="runs protocol 2; this program knows"):
            apply.execute(union.state, data, union.now_us)
        assert (union.state.root(), dump(union.state)) == (root, snapshot)
    assert reason(union.send(b"not a command")) is Reason.MALFORMED
    monkeypatch.undo()
    union.send(data)
    newer = load(dump(union.state))
    monkeypatch.setattr(apply, "PROTOCOLS", (1,))
    with pytest.raises(apply.ProtocolUnknown) as stopped:
        apply.execute(newer, b"anything", union.now_us)
    assert stopped.value.version == 2


def test_a_height_that_is_past_switches_with_the_next_command():
    union = world()
    union.enact(p.AdoptProtocol(2, 0))
    assert union.state.protocol == 1
    union.pay(value_date=union.state.day.date)
    assert union.state.protocol == 2


def test_a_union_can_be_founded_under_protocol_2():
    state = apply.found(genesis(msgspec.structs.replace(charter(), protocol=2)))
    assert isinstance(state, State)
    assert state.protocol == 2


# -- members ----------------------------------------------------------------------------------------------


def test_a_member_admitted_by_vote_validates_and_takes_part():
    union = world()
    number = union.carry(newcomer())
    assert "QP" not in dict(validators(union.state))
    union.pass_days(5)
    assert union.proposal(number).status is ProposalStatus.ENACTED
    assert dict(validators(union.state))["QP"] == public_key(private("QP", "validate"))
    assert [each for each, _ in validators(union.state)] == ["QM", "QN", "QO", "QP"]
    union.must("QP", c.OpenAccount(A1, "THB"))
    union.issue(A1, "THB", 5)
    assert union.balance(A1, "THB") == 5
    union.vote("QP", union.propose("QM", HORIZON))


def test_a_suspended_member_stops_validating_and_a_readmitted_one_is_back():
    union = of_four()
    suspend(union, "QO")
    assert [each for each, _ in validators(union.state)] == ["QM", "QN", "QP"]
    assert reason(union.tell("QO", c.CallCycle(1))) is Reason.MEMBER_SUSPENDED
    union.enact(p.ReadmitMember("QO"))
    assert [each for each, _ in validators(union.state)] == ["QM", "QN", "QO", "QP"]
    union.must("QO", c.CallCycle(1))


def test_who_may_approve_changes_by_vote():
    union = world()
    union.enact(p.SetRule("four_eyes", ("SubmitPayments",)))
    assert reason(union.send(union.signed(B1, batch((union.order(debtor_agent=B1),))))) is (
        Reason.APPROVAL_MISSING
    )
    assert reason(union.send(union.signed("QM", c.IssueMoney(A1, "IDR", 5)))) is None
