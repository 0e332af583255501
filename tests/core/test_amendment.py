"""Each kind of change: what the rules ask of it when it is proposed, and again when it takes effect."""

import msgspec
import pytest

from mufakat.core import amendment, governance
from mufakat.core.law import ProposalStatus
from mufakat.core.standing import validators
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.charter import KeyGrant, Role, Standing
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.signing import Domain, public_key, sign
from tests.strategies import world
from tests.union import (
    A1,
    HOLIDAY,
    TEXT,
    TUESDAY,
    Union,
    admission,
    grants,
    lei,
    newcomer,
    private,
    suspend,
)

replace = msgspec.structs.replace


def refused(union, change, author="QM"):
    outcome = union.tell(author, c.Propose(change, TEXT))
    return outcome.refusal and outcome.refusal.reason


def test_every_change_has_its_checks_and_effects():
    assert set(amendment._REFUSALS) == set(p.AnyChange.__args__)


# -- rules of the charter ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("set_off_horizon_days", 0, None),
        ("set_off_horizon_days", 367, Reason.RULE_INVALID),
        ("set_off_horizon_days", -1, Reason.RULE_INVALID),
        ("set_off_horizon_days", (1,), Reason.RULE_INVALID),
        ("max_command_bytes", 65_535, Reason.RULE_INVALID),
        ("max_validity_seconds", 1, Reason.RULE_INVALID),
        ("day_quorum", 1, Reason.RULE_INVALID),
        ("day_quorum", 4, Reason.RULE_INVALID),
        ("day_quorum", 3, None),
        ("four_eyes", (), None),
        ("four_eyes", ("IssueMoney", "CastVote"), None),
        ("four_eyes", ("IssueMoney", "IssueMoney"), Reason.RULE_INVALID),
        ("four_eyes", ("NoCommand",), Reason.RULE_INVALID),
        ("four_eyes", (1,), Reason.RULE_INVALID),
        ("four_eyes", 1, Reason.RULE_INVALID),
        ("governance.ordinary", (1, 3), Reason.RULE_INVALID),
        ("governance.ordinary", (3, 5), None),
        ("governance.ordinary", (3, 4), Reason.RULE_INVALID),
        ("governance.constitutional", (1,), Reason.RULE_INVALID),
        ("governance.voting_days", 0, Reason.RULE_INVALID),
        ("governance.voting_days", 2**63, Reason.RULE_INVALID),
        ("governance", (1, 2), Reason.UNKNOWN_RULE),
        ("rules.day_quorum", 2, Reason.UNKNOWN_RULE),
        ("governance.ordinary.part", 2, Reason.UNKNOWN_RULE),
        ("", 2, Reason.UNKNOWN_RULE),
        ("protocol", 2, Reason.UNKNOWN_RULE),
        ("x" * 10_000, 2, Reason.UNKNOWN_RULE),
    ],
)
def test_a_rule_is_set_to_what_keeps_the_charter_whole(name, value, why):
    union = world()
    assert refused(union, p.SetRule(name, value)) is why
    assert len(union.state.proposals) == (why is None)


def test_votes_are_put_under_four_eyes_only_where_every_member_has_an_approving_key():
    union = world()
    approve = public_key(private("QO", "approve"))
    union.must("QO", c.Propose(p.RotateKeys("QO", (), (approve,)), TEXT))
    for name in ("Propose", "CastVote"):
        assert refused(union, p.SetRule("four_eyes", (name,))) is Reason.RULE_INVALID
    assert refused(union, p.SetRule("four_eyes", ("IssueMoney",))) is None
    again = p.RotateKeys("QO", (KeyGrant(public_key(bytes(32)), (Role.APPROVE,)),), ())
    union.must("QO", c.Propose(again, TEXT))
    assert refused(union, p.SetRule("four_eyes", ("CastVote",))) is None


def test_what_four_eyes_are_on_keeps_its_approving_keys():
    union = world()
    union.enact(p.SetRule("four_eyes", ("CastVote",)))
    approve = public_key(private("QO", "approve"))
    assert refused(union, p.RotateKeys("QO", (), (approve,)), "QO") is Reason.RULE_INVALID
    without = replace(newcomer().member, keys=grants("QP", (Role.SUBMIT, Role.VOTE)))
    assert refused(union, admission(without, "QP")) is Reason.RULE_INVALID
    number = union.propose("QM", p.SetRule("four_eyes", ()))
    body = c.CastVote(number, in_favour=True)
    assert union.send(union.signed("QN", body)).refusal.reason is Reason.APPROVAL_MISSING
    assert union.send(union.signed("QN", body, ("QN", "approve"))).refusal is None


# -- a member's own affairs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, None),
        ({"name": ""}, Reason.RULE_INVALID),
        ({"max_payment": 0}, Reason.RULE_INVALID),
        ({"max_payment": 2**62}, Reason.RULE_INVALID),
        ({"holidays": (HOLIDAY,)}, None),
        ({"holidays": (TUESDAY,)}, Reason.RULE_INVALID),
        ({"holidays": (HOLIDAY,) * 1_001}, Reason.RULE_INVALID),
        ({"peer": "nowhere"}, Reason.RULE_INVALID),
        ({"peer": f"{'a' * 40}@node.example:26656"}, None),
    ],
)
def test_a_member_amends_its_entry(given, why):
    union = world()
    before = union.state.charter.member("QM")
    assert refused(union, p.AmendEntry("QM", **given)) is why
    assert union.state.charter.member("QM") == (replace(before, **given) if why is None else before)


def test_a_holiday_of_the_day_under_way_stays_until_it_is_over():
    union = world()
    union.close_day()
    union.open_day(HOLIDAY)
    assert refused(union, p.AmendEntry("QN", holidays=()), "QN") is Reason.RULE_INVALID
    union.close_day()
    assert refused(union, p.AmendEntry("QN", holidays=()), "QN") is None


@pytest.mark.parametrize("change", [p.AmendEntry("QX"), p.LeaveUnion("QX"), p.RotateKeys("QX", (), ())])
def test_what_belongs_to_nobody_is_nobodys_own_affair(change):
    assert refused(world(), change) is Reason.NOT_OWN_AFFAIR


def new(name, *roles):
    return KeyGrant(public_key(private("new", name)), roles)


SUBMIT, VOTE, VALIDATE = (public_key(private("QM", role)) for role in ("submit", "vote", "validate"))
BANKS = public_key(private(A1, "submit"))


@pytest.mark.parametrize(
    ("owner", "granted", "revoked", "why"),
    [
        ("QM", (), (), Reason.EMPTY_BATCH),
        ("QM", (new("a", Role.SUBMIT),), (SUBMIT,), None),
        ("QM", (), (SUBMIT,), Reason.RULE_INVALID),
        ("QM", (), (VOTE,), Reason.RULE_INVALID),
        ("QM", (new("a", Role.VOTE),), (VOTE,), None),
        ("QM", (new("a", Role.VALIDATE),), (), Reason.RULE_INVALID),
        ("QM", (new("a", Role.VALIDATE),), (VALIDATE,), None),
        ("QM", (new("a", Role.VALIDATE, Role.VOTE),), (VALIDATE,), Reason.RULE_INVALID),
        ("QM", (), (VALIDATE,), None),
        ("QM", (), (bytes(32),), Reason.UNKNOWN_KEY),
        ("QM", (), (BANKS,), Reason.UNKNOWN_KEY),
        ("QM", (), (public_key(private("QN", "audit")),), Reason.UNKNOWN_KEY),
        ("QM", (KeyGrant(BANKS, (Role.AUDIT,)),), (), Reason.ALREADY_REGISTERED),
        ("QM", (KeyGrant(SUBMIT, (Role.AUDIT,)),), (), Reason.ALREADY_REGISTERED),
        ("QM", (new("a", Role.AUDIT), new("a", Role.AUDIT)), (), Reason.ALREADY_REGISTERED),
        ("QM", (new("a", Role.SUBMIT),), (SUBMIT, SUBMIT), Reason.ALREADY_REGISTERED),
        ("QM", (KeyGrant(b"short", (Role.AUDIT,)),), (), Reason.IDENTIFIER_INVALID),
        ("QM", tuple(new(str(n), Role.AUDIT) for n in range(60)), (), Reason.RULE_INVALID),
        (A1, (new("a", Role.SUBMIT),), (BANKS,), None),
        (A1, (), (BANKS,), None),
        (A1, (new("a", Role.VOTE),), (), Reason.WRONG_ROLE),
        (A1, (new("a", Role.VALIDATE),), (), Reason.WRONG_ROLE),
        (A1, (), (SUBMIT,), Reason.UNKNOWN_KEY),
        ("BK01QNA1XXX", (new("a", Role.SUBMIT),), (), Reason.NOT_OWN_AFFAIR),
        ("QN", (new("a", Role.SUBMIT),), (), Reason.NOT_OWN_AFFAIR),
    ],
)
def test_a_member_rotates_its_own_keys_and_those_of_its_banks(owner, granted, revoked, why):
    union = world()
    assert refused(union, p.RotateKeys(owner, granted, revoked)) is why
    assert (union.state.version == 2) == (why is None)


def test_a_rotated_key_keeps_its_sequence_and_never_comes_back():
    union = world()
    used = union.state.keys[SUBMIT.hex()].sequence
    assert used > 0
    old = union.signed("QM", c.CallCycle(1))
    change = p.RotateKeys("QM", (new("a", Role.SUBMIT),), (SUBMIT,))
    union.must("QM", c.Propose(change, TEXT))
    record = union.state.keys[SUBMIT.hex()]
    assert (record.sequence, record.revoked) == (used, True)
    assert union.send(old).refusal.reason is Reason.REVOKED_KEY
    back = p.RotateKeys("QM", (KeyGrant(SUBMIT, (Role.SUBMIT,)),), ())
    assert refused(union, back) is Reason.ALREADY_REGISTERED
    assert refused(union, p.RotateKeys("QM", (), (SUBMIT,))) is Reason.REVOKED_KEY
    own = private("new", "a")
    instruction = replace(c.decode(old).instruction, key=public_key(own), sequence=1)
    assert union.send(c.encode(c.signed_by(instruction, (public_key(own), own)))).refusal is None


def test_a_vote_counts_though_its_key_was_rotated_since():
    union = world()
    number = union.propose("QM", p.SetRule("set_off_horizon_days", 9))
    union.must("QM", c.Propose(p.RotateKeys("QM", (new("a", Role.VOTE),), (VOTE,)), TEXT))
    assert union.vote("QN", number).items[0].status is Status.ACCEPTED


def test_a_rotated_validators_key_takes_the_place_of_the_old_one():
    union = world()
    change = p.RotateKeys("QM", (new("a", Role.VALIDATE),), (VALIDATE,))
    union.must("QM", c.Propose(change, TEXT))
    assert validators(union.state)[0] == ("QM", new("a").public)
    union.must("QM", c.Propose(p.RotateKeys("QM", (), (new("a").public,)), TEXT))
    assert [each for each, _ in validators(union.state)] == ["QN", "QO"]


def test_the_last_validator_stays():
    union = world()
    for member in ("QM", "QN"):
        key = public_key(private(member, "validate"))
        union.must(member, c.Propose(p.RotateKeys(member, (), (key,)), TEXT))
    last = public_key(private("QO", "validate"))
    assert refused(union, p.RotateKeys("QO", (), (last,)), "QO") is Reason.LAST_VALIDATOR
    assert refused(union, p.SuspendMember("QO")) is Reason.LAST_VALIDATOR
    assert refused(union, p.ReleaseMember("QO")) is Reason.LAST_VALIDATOR
    assert refused(union, p.RotateKeys("QO", (new("a", Role.VALIDATE),), (last,)), "QO") is None


# -- who is in --------------------------------------------------------------------------------------------

ENTRY = newcomer().member


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"id": "QN"}, Reason.ALREADY_REGISTERED),
        ({"id": "qp"}, Reason.RULE_INVALID),
        ({"bic": "CBNKQNA1XXX"}, Reason.RULE_INVALID),
        ({"bic": A1}, Reason.ALREADY_REGISTERED),
        ({"bic": "short"}, Reason.RULE_INVALID),
        ({"lei": lei(101)}, Reason.RULE_INVALID),
        ({"lei": lei(200)}, Reason.ALREADY_REGISTERED),
        ({"lei": lei(3)}, Reason.ALREADY_REGISTERED),
        ({"currency": "IDR"}, Reason.RULE_INVALID),
        ({"decimals": 9}, Reason.RULE_INVALID),
        ({"max_payment": 0}, Reason.RULE_INVALID),
        ({"keys": (*ENTRY.keys, *grants("QN", (Role.AUDIT,)))}, Reason.ALREADY_REGISTERED),
        ({"keys": (*ENTRY.keys, *grants(A1, (Role.AUDIT,)))}, Reason.ALREADY_REGISTERED),
        ({"keys": grants("QP", (Role.VOTE,))}, Reason.RULE_INVALID),
        ({"keys": grants("QP", (Role.SUBMIT, Role.VALIDATE))}, Reason.CONSENT_MISSING),
    ],
)
def test_a_new_member_has_what_nobody_has_yet(change, why):
    union = world()
    assert refused(union, newcomer(**change)) is why


@pytest.mark.parametrize(
    "change",
    [
        admission(ENTRY, "QP", "submit"),
        admission(ENTRY, "QM"),
        admission(ENTRY, "QP", union=bytes(32)),
        p.AdmitMember(replace(ENTRY, name="Another name"), newcomer().consent),
        p.AdmitMember(ENTRY, b""),
        p.AdmitMember(
            ENTRY,
            sign(private("QP", "vote"), Domain.COMMAND, p.admission_bytes(world().state.union, ENTRY)),
        ),
    ],
)
def test_nobody_is_admitted_who_has_not_signed_for_it(change):
    assert refused(world(), change) is Reason.CONSENT_MISSING


@pytest.mark.parametrize("taken", ["bic", "lei", "key", "member"])
def test_an_admission_lapses_when_what_it_needs_was_taken_in_between(taken):
    union = world()
    number = union.carry(newcomer())
    bic = ENTRY.bic if taken == "bic" else "NEWBQMA1XXX"
    keys = grants("QP", (Role.SUBMIT,)) if taken == "key" else grants(bic, (Role.SUBMIT,))
    if taken == "member":
        union.carry(newcomer())
    else:
        union.must("QM", c.RegisterParticipant(bic, ENTRY.lei if taken == "lei" else lei(300), keys))
    union.pass_days(5)
    last = len(union.state.proposals)
    assert union.proposal(last).status is ProposalStatus.LAPSED
    assert (union.proposal(number).status is ProposalStatus.ENACTED) == (taken == "member")


def test_with_more_members_the_days_quorum_stays_a_majority():
    union = world()
    union.enact(newcomer())
    assert union.state.charter.rules.day_quorum == 3
    second = newcomer("QQ", "PHP", lei=lei(111))
    union.enact(second)
    assert (len(union.state.charter.members), union.state.charter.rules.day_quorum) == (5, 3)
    suspend(union, "QQ")
    suspend(union, "QP")
    union.enact(p.SetRule("day_quorum", 2))
    union.enact(p.ReadmitMember("QP"))
    assert union.state.charter.rules.day_quorum == 3


STEPS = {
    p.SuspendMember: {Standing.ACTIVE},
    p.ReadmitMember: {Standing.SUSPENDED},
    p.ReleaseMember: {Standing.ACTIVE, Standing.SUSPENDED, Standing.LEAVING},
}


@pytest.mark.parametrize("now", Standing)
@pytest.mark.parametrize("kind", STEPS)
def test_a_standing_changes_along_its_steps_only(kind, now):
    union = Union()
    union.open_day()
    union.state.standings.put("QO", replace(union.state.standings["QO"], standing=now))
    refusal = amendment.refuse(union.state, kind("QO"))
    assert (refusal and refusal.reason) is (None if now in STEPS[kind] else Reason.WRONG_STATUS)
    assert amendment.refuse(union.state, kind("QX")).reason is Reason.UNKNOWN_MEMBER


def test_a_suspension_that_came_twice_lapses_the_second_time():
    union = world()
    union.enact(newcomer())
    first, second = union.carry(p.SuspendMember("QO")), union.carry(p.SuspendMember("QO"))
    union.pass_days(5)
    assert union.proposal(first).status is ProposalStatus.ENACTED
    assert union.proposal(second).status is ProposalStatus.LAPSED


# -- lists, protocol, halt --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "version", "digest", "why"),
    [
        ("un", 1, bytes(32), Reason.RULE_INVALID),
        ("regional", 1, bytes(32), None),
        ("goods-nuclear", 2**31 - 1, bytes(32), None),
        ("regional", 0, bytes(32), Reason.RULE_INVALID),
        ("regional", 2**31, bytes(32), Reason.RULE_INVALID),
        ("regional", 1, bytes(31), Reason.IDENTIFIER_INVALID),
        ("UN", 1, bytes(32), Reason.IDENTIFIER_INVALID),
        ("", 1, bytes(32), Reason.IDENTIFIER_INVALID),
        ("a" * 36, 1, bytes(32), Reason.IDENTIFIER_INVALID),
    ],
)
def test_a_list_has_a_name_a_later_version_and_the_hash_of_its_content(name, version, digest, why):
    assert refused(world(), p.AdoptList(name, version, digest)) is why


def test_a_list_goes_on_from_the_version_in_force():
    union = world()
    union.enact(p.AdoptList("regional", 7, bytes(32)))
    assert refused(union, p.AdoptList("regional", 7, bytes(32))) is Reason.RULE_INVALID
    assert refused(union, p.AdoptList("goods", 1, bytes(32))) is None
    union.enact(p.AdoptList("regional", 8, bytes(range(32))))
    law = union.state.laws["list.regional"]
    assert union.proposal(law.proposal).change == p.AdoptList("regional", 8, bytes(range(32)))


@pytest.mark.parametrize(
    ("version", "height", "why"),
    [
        (2, 0, None),
        (3, 2**63 - 1, None),
        (1, 0, Reason.PROTOCOL_INVALID),
        (0, 0, Reason.PROTOCOL_INVALID),
        (2**31, 0, Reason.PROTOCOL_INVALID),
        (2, -1, Reason.PROTOCOL_INVALID),
        (2, 2**63, Reason.PROTOCOL_INVALID),
    ],
)
def test_a_protocol_goes_on_from_the_one_in_force(version, height, why):
    assert refused(world(), p.AdoptProtocol(version, height)) is why


def test_a_later_adoption_takes_the_place_of_one_that_waits():
    union = world()
    union.enact(p.AdoptProtocol(3, 2**62))
    union.enact(p.AdoptProtocol(2, 2**61))
    assert union.state.adoption == governance.Adoption(2, 2**61)


def test_a_halt_and_its_end_come_in_turn():
    union = world()
    assert refused(union, p.ResumeUnion()) is Reason.WRONG_STATUS
    union.carry(p.HaltUnion())
    assert refused(union, p.HaltUnion()) is Reason.WRONG_STATUS
    assert refused(union, p.ResumeUnion()) is None


def test_an_own_affair_is_named_by_its_owner():
    union = world()
    assert amendment.owner_of(union.state, p.RotateKeys(A1, (), ())) == "QM"
    assert amendment.owner_of(union.state, p.RotateKeys("QN", (), ())) == "QN"
    assert amendment.owner_of(union.state, p.AmendEntry("QO")) == "QO"
    assert amendment.owner_of(union.state, p.HaltUnion()) is None
