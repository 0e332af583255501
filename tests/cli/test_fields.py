"""What is typed on the command line becomes the struct that was meant, or is refused with the field's name."""

import datetime
import enum
import json
from types import GenericAlias
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.cli import fields
from mufakat.cli.fields import command_of, struct_of
from mufakat.cli.terminal import USAGE, Failed
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.calendar import Phase
from mufakat.model.charter import KeyGrant, Member, Role
from mufakat.model.plain import plain
from mufakat.model.record import batch
from mufakat.model.verdict import Screened
from tests.union import invoice, newcomer, settled_world

COMMANDS = tuple(kind for kind in c.AnyCommand.__args__ if kind is not c.SubmitPayments)
CHANGES = p.AnyChange.__args__
PLAIN = {
    int: st.integers(-(2**63), 2**64 - 1),
    str: st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    bool: st.booleans(),
    bytes: st.binary(max_size=40),
    datetime.date: st.dates(),
    type(None): st.none(),
}


def values(wanted: Any) -> st.SearchStrategy[Any]:
    """Anything that a field's type lets stand on the wire, whether the rules would have it or not."""
    if wanted in PLAIN:
        return PLAIN[wanted]
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return st.sampled_from(wanted)
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return structs(wanted)
    if hasattr(wanted, "__supertype__"):
        return values(wanted.__supertype__)
    items = wanted.__args__
    if items[1:] == (...,):
        return st.lists(values(items[0]), max_size=3).map(tuple)
    if wanted.__class__ is GenericAlias:  # a tuple of so many
        return st.tuples(*map(values, items))
    return st.one_of(*map(values, items))


def structs(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    return st.builds(kind, **{each.name: values(each.type) for each in msgspec.structs.fields(kind)})


def words_of(body: msgspec.Struct) -> list[str]:
    """Write a command or change as one types it: JSON for each field."""
    return [f"{name}={json.dumps(value)}" for name, value in plain(body).items() if name != "kind"]


def bare_words_of(body: msgspec.Struct) -> list[str]:
    """The same with texts as they are, where JSON would read something else of them."""
    return [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in plain(body).items()
        if name != "kind"
    ]


EVERYTHING = st.sampled_from((*COMMANDS, *CHANGES)).flatmap(structs)


def test_payments_are_typed_as_orders_and_travel_as_records():
    union = settled_world()
    orders = (union.order(amount=7), union.order(amount=8))
    for body in (batch(orders), batch(())):
        assert command_of("SubmitPayments", words_of(body)) == body
    short = plain(batch(orders))["payments"]
    short[0]["creditor_agent"] = "SHORT"
    with pytest.raises(Failed, match="eleven characters") as failed:
        command_of("SubmitPayments", [f"payments={json.dumps(short)}"])
    assert failed.value.code == USAGE


def comes_back(body: msgspec.Struct) -> bool:
    return struct_of((*COMMANDS, *CHANGES), type(body).__name__, words_of(body)) == body


@given(EVERYTHING)
def test_every_command_and_change_can_be_written_and_is_read_back_as_it_was(body):
    assert comes_back(body)


def test_what_may_be_left_out_can_be_said_to_be_nothing():
    for body in (c.HoldItem(Screened(), ()), c.HoldItem(Screened(), (), trade=invoice())):
        assert comes_back(body)


def test_the_property_notices_fields_that_are_read_otherwise(monkeypatch):
    right = fields._value

    def wrong(wanted: Any, value: Any, place: str) -> Any:
        made = right(wanted, value, place)
        return made[1:] if wanted is bytes else made

    monkeypatch.setattr(fields, "_value", wrong)
    assert not comes_back(p.AdoptList("un", 1, b"ab"))


TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(TEXTS.filter(lambda text: text[0] not in '{["' and text != "null"))
def test_a_text_that_looks_like_a_number_stays_a_text(text):
    body = c.OpenAccount(text, "12")
    assert struct_of(COMMANDS, "OpenAccount", bare_words_of(body)) == body


def test_digits_are_what_the_field_wants_of_them():
    lei = "98450000000000000101"
    assert struct_of(COMMANDS, "EnrolFirms", [f'firms=["{lei}"]']) == c.EnrolFirms((lei,))
    made = struct_of(COMMANDS, "RegisterParticipant", ["bic=12345678", f"lei={lei}", "keys=[]"])
    assert made == c.RegisterParticipant("12345678", lei, ())
    digest = "12" * 32
    assert (
        struct_of(CHANGES, "AdoptList", ["name=un", "version=1", f"digest={digest}"]).digest.hex() == digest
    )


def test_the_entry_of_a_new_member_is_written_as_one_object():
    change = newcomer()
    made = struct_of(CHANGES, "AdmitMember", words_of(change))
    assert made == change
    assert isinstance(made.member, Member) and isinstance(made.member.keys[0], KeyGrant)


def test_keys_are_granted_in_hex_by_name_or_in_order():
    public = "ab" * 32
    named = f'granted=[{{"public": "{public}", "roles": ["vote"]}}]'
    ordered = f'granted=[["{public}", ["vote"]]]'
    wanted = p.RotateKeys("QM", (KeyGrant(bytes.fromhex(public), (Role.VOTE,)),), (bytes(32),))
    for granted in (named, ordered):
        words = ["owner=QM", granted, f'revoked=["{"00" * 32}"]']
        assert struct_of(CHANGES, "RotateKeys", words) == wanted


def test_a_command_that_carries_a_change_names_its_kind():
    words = ['change={"kind": "SuspendMember", "member": "QN"}', f"text={'00' * 32}"]
    assert struct_of(COMMANDS, "Propose", words) == c.Propose(p.SuspendMember("QN"), bytes(32))


def test_an_enumeration_is_named_or_numbered():
    for text in ("open", "OPEN", str(Phase.OPEN.value)):
        made = struct_of(COMMANDS, "DeclarePhase", ["date=2026-11-24", f"phase={text}"])
        assert made.phase is Phase.OPEN


@pytest.mark.parametrize(
    ("name", "words", "told"),
    [
        ("Nothing", [], "no 'Nothing'; there are "),
        ("SuspendMember", [], "SuspendMember: member missing (fields: member)"),
        ("SuspendMember", ["member"], "'member': SuspendMember takes member"),
        ("SuspendMember", ["who=QN"], "'who=QN': SuspendMember takes member"),
        ("SuspendMember", ["member=QN", "member=QM"], "SuspendMember.member: said twice"),
        ("HaltUnion", ["why=x"], "HaltUnion takes no fields"),
        ("AdoptProtocol", ["version=two", "height=1"], "AdoptProtocol.version: "),
        ("AdoptProtocol", ["version=1.5", "height=1"], "AdoptProtocol.version: "),
        ("AdoptProtocol", ["version=true", "height=1"], "AdoptProtocol.version: "),
        ("AdoptProtocol", [f"version={2**70}", "height=1"], "AdoptProtocol.version: "),
        ("AdoptList", ["name=\udcff", "version=1", "digest="], "AdoptList.name: "),
        ("AdoptList", ["name=un", "version=1", "digest=xy"], "AdoptList.digest: "),
        ("SetRule", ["name=day_quorum", 'value={"a": 1}'], "SetRule.value: "),
        ("RotateKeys", ["owner=QM", "granted=[]", 'revoked=["zz"]'], "RotateKeys.revoked[0]: "),
        ("RotateKeys", ["owner=QM", 'granted=[{"public": "00"}]', "revoked=[]"], "granted[0]: roles missing"),
        (
            "RotateKeys",
            ["owner=QM", 'granted=[["00", ["king"]]]', "revoked=[]"],
            "granted[0].roles[0]: 'king'",
        ),
        ("RotateKeys", ["owner=QM", 'granted=[["00", [], 1]]', "revoked=[]"], "granted[0]: 3 fields of 2"),
        ("RotateKeys", ["owner=QM", "granted=[7]", "revoked=[]"], "granted[0]: an object of its fields"),
        ("AdmitMember", ['member={"id": "QP", "x": 1}', "consent="], "AdmitMember.member: x no such field"),
        ("AdmitMember", ["member=" + "[" * 5_000, "consent="], "AdmitMember.member: an object"),
        ("Propose", ['change={"member": "QN"}', "text="], "Propose.change.kind: no None; there are "),
        ("Propose", ['change={"kind": "King"}', "text="], "Propose.change.kind: no 'King'"),
        ("DeclarePhase", ["date=2026-11-31", "phase=open"], "DeclarePhase.date: "),
        ("DeclarePhase", ["date=2026-11-24", "phase=true"], "DeclarePhase.phase: True is none of closed, "),
        ("CastVote", ["proposal=1", "in_favour=yes"], "CastVote.in_favour: "),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_is_wrong_usage(name, words, told):
    with pytest.raises(Failed) as failed:
        struct_of((*COMMANDS, *CHANGES), name, words)
    assert told in failed.value.text
    assert failed.value.code == USAGE


@pytest.mark.parametrize(
    ("text", "at_us"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01.000002", 1_000_002),
        ("1970-01-01T07:00:00+07:00", 0),
        ("2026-11-24T12:00:00", 1_795_521_600_000_000),
    ],
)
def test_a_time_is_read_as_utc_where_it_names_no_zone(text, at_us):
    assert fields.a_time(text) == at_us


def test_what_is_no_time_is_wrong_usage():
    with pytest.raises(Failed, match="is no time") as failed:
        fields.a_time("noon")
    assert failed.value.code == USAGE
