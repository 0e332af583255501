"""Changes on the wire, the class of each, and what a new member signs."""

import msgspec
import pytest

from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.charter import Governance, Rules
from mufakat.model.proposal import RuleClass
from mufakat.model.signing import Domain, sign
from tests.strategies import CHANGES, world
from tests.union import TEXT, TUESDAY, admission, charter, newcomer, private

EACH = [*(make("QO") for make in CHANGES.values()), p.RotateKeys("QM", newcomer().member.keys, (bytes(32),))]


def test_changes_are_named_in_the_imperative_and_all_in_the_union_type():
    assert set(p.Change.__subclasses__()) == set(p.AnyChange.__args__)
    assert {type(change) for change in EACH} == set(p.AnyChange.__args__)


@pytest.mark.parametrize("change", EACH, ids=lambda change: type(change).__name__)
def test_a_change_is_read_back_from_its_bytes_within_its_proposal(change):
    said = c.Propose(change, TEXT)
    data = msgspec.msgpack.encode(said)
    assert msgspec.msgpack.decode(data, type=c.AnyCommand) == said


@pytest.mark.parametrize(
    ("change", "rule_class"),
    [
        (p.SetRule("set_off_horizon_days", 1), RuleClass.ORDINARY),
        (p.SetRule("value_date_horizon_days", 1), RuleClass.ORDINARY),
        (p.SetRule("max_batch_items", 1), RuleClass.ORDINARY),
        (p.SetRule("max_command_bytes", 1), RuleClass.ORDINARY),
        (p.SetRule("max_validity_seconds", 1), RuleClass.ORDINARY),
        (p.SetRule("day_quorum", 1), RuleClass.CONSTITUTIONAL),
        (p.SetRule("four_eyes", ()), RuleClass.CONSTITUTIONAL),
        (p.SetRule("governance.ordinary", (1, 2)), RuleClass.UNANIMITY),
        (p.SetRule("no such rule", 1), RuleClass.UNANIMITY),
        (p.AmendEntry("QM"), RuleClass.OWN),
        (p.RotateKeys("QM", (), ()), RuleClass.OWN),
        (p.LeaveUnion("QM"), RuleClass.OWN),
        (newcomer(), RuleClass.CONSTITUTIONAL),
        (p.SuspendMember("QM"), RuleClass.CONSTITUTIONAL),
        (p.ReadmitMember("QM"), RuleClass.CONSTITUTIONAL),
        (p.ReleaseMember("QM"), RuleClass.CONSTITUTIONAL),
        (p.AdoptList("regional", 1, bytes(32)), RuleClass.ORDINARY),
        (p.AdoptProtocol(2, 1), RuleClass.CONSTITUTIONAL),
        (p.SetRule("default.cap_bp", 1), RuleClass.CONSTITUTIONAL),
        (p.DeferLoss(1, "QM", TUESDAY), RuleClass.ORDINARY),
        (p.EndDefault(1, "QM"), RuleClass.CONSTITUTIONAL),
        (p.HaltUnion(), RuleClass.ORDINARY),
        (p.ResumeUnion(), RuleClass.ORDINARY),
    ],
)
def test_each_change_has_its_class(change, rule_class):
    assert p.class_of(change) is rule_class
    at_once = rule_class is RuleClass.OWN or isinstance(change, p.HaltUnion | p.ResumeUnion | p.DeferLoss)
    assert p.is_at_once(change) is at_once


def test_every_rule_of_the_charter_has_its_class():
    single, grouped = set(), set()
    for field in msgspec.structs.fields(Rules):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            grouped |= {f"{field.name}.{name}" for name in field.type.__struct_fields__}
        else:
            single.add(field.name)
    assert set(p.RULES) == single | grouped
    assert set(p.CLASSES) == set(p.AnyChange.__args__) - {p.SetRule}


def test_the_member_concerned_is_the_one_whose_standing_others_decide():
    about = [change for change in EACH if p.concerned(change) is not None]
    assert {type(change) for change in about} == {p.SuspendMember, p.ReadmitMember, p.ReleaseMember}
    assert {p.concerned(change) for change in about} == {"QO"}
    assert p.concerned(p.EndDefault(1, "QO")) == p.concerned(p.DeferLoss(1, "QO", TUESDAY)) == "QO"


def test_each_change_makes_a_law_that_a_later_one_of_the_same_rule_replaces():
    assert p.law_of(p.SetRule("day_quorum", 2)) == p.law_of(p.SetRule("day_quorum", 3)) == "rules.day_quorum"
    assert p.law_of(p.SuspendMember("QO")) == p.law_of(p.ReadmitMember("QO")) == p.law_of(p.LeaveUnion("QO"))
    assert p.law_of(p.HaltUnion()) == p.law_of(p.ResumeUnion())
    assert p.law_of(p.EndDefault(7, "QO")) == p.law_of(p.DeferLoss(7, "QO", TUESDAY)) == "default.7"
    laws = {p.law_of(change) for change in EACH}
    assert {"protocol", "list.regional", "keys.QM", "member.QP.admission", "member.QO.entry"} <= laws


def test_a_rule_is_set_and_the_others_stay():
    rules = charter().rules
    assert p.with_rule(rules, "day_quorum", 3) == msgspec.structs.replace(rules, day_quorum=3)
    changed = p.with_rule(rules, "governance.voting_days", 9)
    assert changed == msgspec.structs.replace(rules, governance=Governance(voting_days=9))
    assert p.with_rule(rules, "four_eyes", ("CastVote",)).four_eyes == ("CastVote",)


@pytest.mark.parametrize(
    ("name", "value"),
    [("day_quorum", (3,)), ("four_eyes", 3), ("four_eyes", (3,)), ("governance.ordinary", (1, 2, 3))],
)
def test_a_value_of_another_kind_is_none(name, value):
    assert p.with_rule(charter().rules, name, value) is None


def test_a_new_member_signs_its_whole_entry_for_one_union():
    change, union = newcomer(), world().state.union
    assert p.consents(union, change)
    assert not p.consents(bytes(32), change)
    for name in ("name", "bic", "peer", "max_payment"):
        other = msgspec.structs.replace(change.member, **{name: "x" if name != "max_payment" else 7})
        assert not p.consents(union, p.AdmitMember(other, change.consent))


def test_no_other_key_and_no_other_domain_consents():
    member, union = newcomer().member, world().state.union
    for role in ("submit", "approve", "audit", "validate"):
        assert not p.consents(union, admission(member, "QP", role))
    for domain in set(Domain) - {Domain.ADMISSION}:
        signature = sign(private("QP", "vote"), domain, p.admission_bytes(union, member))
        assert not p.consents(union, p.AdmitMember(member, signature))
