"""A charter as a file: what is written is read as the same charter, and what a file cannot say is not written."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.model.charter import Charter, KeyGrant, Role, union_id
from mufakat.model.command import COMMAND_NAMES
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.signing import public_key
from mufakat.node import charterfile, founding
from mufakat.node.charterfile import write_charter
from tests.union import charter, private

replace = msgspec.structs.replace

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40) | st.sampled_from(
    (
        '"',
        "\\",
        "'''",
        '"""',
        "\x00\x1f\x7f\x80\u2028",
        "# no comment",
        "\r\n\t",
        "a\\u0041",
        "𝄞 اتفاق 合意",
    )
)


@st.composite
def charters(draw) -> Charter:
    """Right charters, but for nothing: all that the rules allow in every field."""
    plain = charter()
    members = []
    for member in plain.members:
        decimals = draw(st.integers(0, 4))
        more = draw(st.lists(st.sampled_from([*Role][:4]), unique=True, max_size=2))
        extra = (KeyGrant(public_key(private(member.id, "more")), tuple(more)),) if more else ()
        members.append(
            replace(
                member,
                name=draw(texts),
                decimals=decimals,
                max_payment=draw(st.integers(1, min(MAX_AMOUNT, 10 ** (18 + decimals) - 1))),
                holidays=tuple(draw(st.lists(st.dates(), max_size=3))),
                keys=(*member.keys, *extra),
                peer=draw(st.sampled_from(("", f"{'0a' * 20}@node.{member.id.lower()}.example:26656"))),
            )
        )
    rules = replace(
        plain.rules,
        day_quorum=draw(st.integers(2, 3)),
        four_eyes=tuple(draw(st.lists(st.sampled_from(sorted(COMMAND_NAMES)), max_size=4))),
        max_batch_items=draw(st.integers(1, 2**31)),
        set_off_horizon_days=draw(st.integers(0, 366)),
    )
    return replace(plain, name=draw(texts), members=tuple(members), rules=rules)


@settings(deadline=None)
@given(charters())
def test_a_charter_written_as_a_file_is_read_as_the_same_charter(tmp_path_factory, of):
    path = tmp_path_factory.mktemp("charter") / "charter.toml"
    path.write_text(write_charter(of), encoding="utf-8", newline="")
    again = founding.charter_of_plan(founding.read_plan(path))
    assert again == of
    assert union_id(again) == union_id(of)


def test_members_may_stand_in_any_order_in_the_file(tmp_path):
    text = write_charter(charter())
    head, *members = text.split("[[members]]\n")
    path = tmp_path / "charter.toml"
    path.write_text("[[members]]\n".join([head, *(f"{each}\n" for each in members[::-1])]))
    assert founding.charter_of_plan(founding.read_plan(path)) == charter()


@pytest.mark.parametrize(
    "change",
    [
        {"rules": replace(charter().rules, day_quorum=0)},
        {"rules": replace(charter().rules, four_eyes=("PrintMoney",))},
        {"members": charter().members[::-1]},
        {"members": (replace(charter().members[1], max_payment=10**18), *charter().members[1:])},
    ],
)
def test_a_charter_that_a_file_cannot_say_is_not_written(change):
    with pytest.raises(ValueError, match="no file can say"):
        write_charter(replace(charter(), **change))


class Inner(msgspec.Struct, frozen=True, array_like=True):
    """A part of the rules with fields of its own."""

    part: tuple[int, int] = (1, 2)
    days: int = 1


class Outer(msgspec.Struct, frozen=True, array_like=True):
    """Rules with a part."""

    number: int
    inner: Inner = Inner()


def test_a_part_of_the_rules_with_fields_of_its_own_is_a_table():
    wrong: list[str] = []
    table = msgspec.toml.decode(f"number = 1\ninner = {charterfile._toml(Inner((2, 3), 5))}")
    assert founding._read_table(Outer, table, "rules", wrong) == Outer(1, Inner((2, 3), 5))
    assert wrong == []
    founding._read_table(Outer, {"number": "x", "inner": {"weeks": 1, "days": "y"}}, "rules", wrong)
    assert [each.split(":")[0] for each in wrong] == [
        "rules.number",
        "rules.inner.weeks",
        "rules.inner.days",
    ]
