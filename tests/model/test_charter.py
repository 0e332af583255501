import datetime

import msgspec
import pytest

from mufakat.model.charter import (
    PROTOCOLS,
    DefaultProcedure,
    Genesis,
    Governance,
    KeyGrant,
    Role,
    faults_of,
    faults_of_genesis,
    majority_of,
    union_id,
)
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.signing import Domain, sign
from tests.union import HOLIDAY, TUESDAY, charter, genesis, grants, private

replace = msgspec.structs.replace


def with_member(number, **change):
    members = list(charter().members)
    members[number] = replace(members[number], **change)
    return replace(charter(), members=tuple(members))


def test_a_right_charter_has_no_faults():
    assert faults_of_genesis(genesis(charter())) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"id": "qm"}, "member qm: id: two capital letters"),
        ({"bic": "CBNKQMA1"}, "member QM: bic: not a BIC of eleven characters"),
        ({"lei": "984500"}, "member QM: lei: not an LEI (check its last two digits)"),
        ({"currency": "idr"}, "member QM: currency: three capital letters"),
        ({"decimals": 5}, "member QM: decimals: 0 to 4"),
        ({"decimals": -1}, "member QM: decimals: 0 to 4"),
        ({"max_payment": 0}, "member QM: max_payment: positive minor units"),
        ({"max_payment": MAX_AMOUNT + 1}, "member QM: max_payment: positive minor units"),
        (
            {"keys": (*grants("QM", tuple(Role)), KeyGrant(b"short", (Role.AUDIT,)))},
            "member QM: keys: each has 32 bytes",
        ),
        ({"keys": grants("QM", (Role.VOTE,))}, "member QM: keys: at least one each of roles submit and vote"),
        (
            {"keys": grants("QM", (Role.SUBMIT,))},
            "member QM: keys: at least one each of roles submit and vote",
        ),
        (
            {"keys": (*grants("QM", tuple(Role)), KeyGrant(bytes(32), (Role.VALIDATE,)))},
            "member QM: keys: at most one of role validate",
        ),
        (
            {
                "keys": (
                    *grants("QM", (Role.SUBMIT, Role.VOTE)),
                    KeyGrant(bytes(32), (Role.VALIDATE, Role.VOTE)),
                )
            },
            "member QM: keys: a key of role validate has no other role",
        ),
        (
            {"keys": tuple(KeyGrant(bytes([n]) * 32, (Role.SUBMIT, Role.VOTE)) for n in range(65))},
            "member QM: keys: at most 64",
        ),
        ({"holidays": (HOLIDAY,) * 1_001}, "member QM: holidays: at most 1000"),
        ({"name": ""}, "member QM: name: 1 to 140 characters"),
        ({"name": "x" * 141}, "member QM: name: 1 to 140 characters"),
        ({"peer": "node.example:26656"}, "member QM: peer: <40 hex node id>@host:port"),
        ({"currency": "VND"}, "members: the same currency stands twice"),
        ({"bic": "CBNKQNA1XXX"}, "members: the same bic stands twice"),
        ({"lei": charter().members[1].lei}, "members: the same lei stands twice"),
        ({"keys": charter().members[1].keys}, "members: the same keys stands twice"),
    ],
)
def test_each_fault_of_a_member_is_named_alone(change, fault):
    faults = faults_of(with_member(0, **change))
    assert faults[0] == fault
    faults = [each for each in faults if "fixing.basket" not in each or change.keys() != {"currency"}]
    assert len(faults) == 1 or change.get("id") == "qm"


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        ({"day_quorum": 1}, "rules.day_quorum: more than half of the members, and at most all"),
        ({"day_quorum": 4}, "rules.day_quorum: more than half of the members, and at most all"),
        ({"set_off_horizon_days": -1}, "rules.set_off_horizon_days: 0 to 366"),
        ({"value_date_horizon_days": 367}, "rules.value_date_horizon_days: 0 to 366"),
        ({"max_validity_seconds": 59}, "rules.max_validity_seconds: 60 to 2147483648"),
        ({"max_command_bytes": 65_535}, "rules.max_command_bytes: 65536 to 2147483648"),
        ({"max_validity_seconds": 0}, "rules.max_validity_seconds: 60 to 2147483648"),
        ({"max_batch_items": 0}, "rules.max_batch_items: 1 to 2147483648"),
        ({"max_command_bytes": 2**31 + 1}, "rules.max_command_bytes: 65536 to 2147483648"),
    ],
)
def test_each_fault_of_the_rules_is_named(rules, fault):
    assert faults_of(charter(**rules)) == [fault]


@pytest.mark.parametrize(
    ("governance", "fault"),
    [
        ({"ordinary": (1, 3)}, "rules.governance.ordinary: a half or more, and less than all"),
        ({"ordinary": (2, 0)}, "rules.governance.ordinary: a half or more, and less than all"),
        ({"ordinary": (-1, -2)}, "rules.governance.ordinary: a half or more, and less than all"),
        ({"constitutional": (3, 3)}, "rules.governance.constitutional: a half or more, and less than all"),
        (
            {"constitutional": (1_000, 1_999)},
            "rules.governance.constitutional: a half or more, and less than all",
        ),
        ({"ordinary": (3, 4)}, "rules.governance.constitutional: not less than ordinary"),
        ({"ordinary_notice_days": -1}, "rules.governance.ordinary_notice_days: 0 to 366"),
        ({"constitutional_notice_days": 367}, "rules.governance.constitutional_notice_days: 0 to 366"),
        ({"voting_days": 0}, "rules.governance.voting_days: 1 to 366"),
    ],
)
def test_each_fault_of_how_the_rules_change_is_named(governance, fault):
    assert fault in faults_of(charter(governance=Governance(**governance)))


@pytest.mark.parametrize("name", DefaultProcedure.__struct_fields__)
@pytest.mark.parametrize("value", [-1, 10_001])
def test_each_fault_of_the_default_procedure_is_named(name, value):
    faults = faults_of(charter(default=DefaultProcedure(**{name: value})))
    assert [fault.partition(":")[0] for fault in faults] == [f"rules.default.{name}"]


def test_the_days_quorum_is_a_majority_of_those_that_count():
    rules = charter(day_quorum=2)
    assert faults_of(rules, 3) == []
    assert faults_of(rules, 4) == ["rules.day_quorum: more than half of the members, and at most all"]
    assert faults_of(charter(day_quorum=1), 1) == []
    assert [majority_of(seats) for seats in (1, 2, 3, 4, 5)] == [1, 2, 2, 3, 3]


def test_two_members_have_not_one_node():
    peer = f"{'0' * 40}@node.example:26656"
    two = replace(with_member(0, peer=peer), members=tuple(replace(m, peer=peer) for m in charter().members))
    assert faults_of(with_member(0, peer=peer)) == []
    assert faults_of(two) == ["members: the same peer stands twice"]


def test_a_charter_of_another_protocol_is_not_understood():
    assert faults_of(replace(charter(), protocol=3)) == ["protocol: 3 is not known to this program (1, 2)"]
    assert [faults_of(replace(charter(), protocol=each)) for each in PROTOCOLS] == [[], []]


def test_a_union_has_two_members_each_once_in_order():
    of = charter()
    one = replace(of, members=of.members[:1], rules=replace(of.rules, day_quorum=1))
    assert faults_of(one)[0] == "members: a union has at least two"
    wrong_order = replace(of, members=of.members[::-1])
    assert faults_of(wrong_order) == ["members: each identifier once, in alphabetical order"]


def test_a_genesis_is_signed_by_a_voting_key_of_every_member():
    right = genesis(charter())
    assert faults_of_genesis(Genesis(right.charter, right.signatures[:2])) == ["2 signatures for 3 members"]
    message = union_id(right.charter)
    submitting = sign(private("QM", "submit"), Domain.CHARTER, message)
    other_domain = sign(private("QM", "vote"), Domain.COMMAND, message)
    for wrong in (submitting, other_domain, right.signatures[1], b""):
        faults = faults_of_genesis(Genesis(right.charter, (wrong, *right.signatures[1:])))
        assert faults == ["member QM: no voting key of it signed this charter"]


def test_a_signature_of_one_charter_does_not_found_another():
    signed = genesis(charter())
    other = Genesis(charter(day_quorum=3), signed.signatures)
    assert len(faults_of_genesis(other)) == 3


def test_members_and_issuers_are_found_or_none():
    of = charter()
    assert of.member("QN").currency == "VND"
    assert of.issuer("VND").id == "QN"
    assert (of.member("QX"), of.issuer("JPY")) == (None, None)


def test_a_currency_settles_on_its_issuers_working_days():
    of = charter()
    assert of.settles("VND", TUESDAY)
    assert not of.settles("VND", HOLIDAY)
    assert of.settles("IDR", HOLIDAY)
    assert not of.settles("JPY", TUESDAY)
    assert not of.settles("IDR", datetime.date(2026, 11, 28))


def test_a_unions_identifier_is_that_of_its_whole_charter():
    assert len(union_id(charter())) == 32
    assert union_id(charter()) == union_id(charter())
    assert union_id(charter()) != union_id(with_member(2, name="Another name"))
