import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.model.charter import Charter, KeyGrant, Role, union_id
from mufakat.model.command import COMMAND_NAMES
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.signing import public_key
from mufakat.node import founding
from mufakat.node.keys import KeyRing, generate
from tests.union import charter, private

replace = msgspec.structs.replace


def faults(examples, old: str, new: str) -> str:
    path = examples / "charter.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    plan = founding.read_plan(path)
    return "\n".join(plan if isinstance(plan, list) else founding.faults_before_keys(plan))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("day_quorum = 2", "day_quorum = 1", "rules.day_quorum"),
        ("day_quorum = 2", 'day_quorum = "two"', "day_quorum"),
        ("day_quorum = 2", "day_quorum = 2\nsurprise = 1", "surprise"),
        ("decimals = 2", "decimals = 9", "member QM: decimals"),
        ('"500000000000.00"', '"1.005"', "member QM: max_payment"),
        ('lei = "XQM000AYVP8HDUAF1S41"', 'lei = "XQM000AYVP8HDUAF1S42"', "member QM: lei"),
        ('bic = "CBMEQMA0XXX"', 'bic = "short"', "member QM: bic"),
        ('sponsor = "QM"', 'sponsor = "QZ"', "sponsor 'QZ' is no member"),
        ('currency = "MYR", opening', 'currency = "JPY", opening', "no member issues JPY"),
        ('opening = "1000000.00"', 'opening = "-1"', "IDR opening"),
        ('debtor = "QN"', 'debtor = "QZ"', "both are members"),
        ('debtor = "QN"', 'debtor = "QM"', "swing QM to QM: a member lends to another"),
        (
            "XQM000QLTR5HXJW1R939",
            "XQM000QLTR5HXJW1R930",
            "participant LUALQMA0XXX: lei: 'XQM000QLTR5HXJW1R930'",
        ),
        (
            "XQM000Z25M79K5DF5N82",
            "XQM000Z25M79K5DF5N83",
            "participant LUALQMA0XXX: firms: 'XQM000Z25M79K5DF5N83'",
        ),
        ("XQM000Z25M79K5DF5N82", "XQM000X0YDNYSV30K078", "the firm XQM000X0YDNYSV30K078 stands twice"),
        ('bic = "TANGQMA0XXX"', 'bic = "LUALQMA0"', "the BIC LUALQMA0XXX stands twice"),
        ('bic = "TANGQMA0XXX"', 'bic = "CBMEQMA0XXX"', "participant CBMEQMA0XXX: bic: that of member QM"),
        (
            'currency = "MYR", opening',
            'currency = "IDR", opening',
            "the account LUALQMA0XXX/IDR stands twice",
        ),
        (
            "[[swing]]",
            '[[swing]]\ncreditor = "QM"\ndebtor = "QN"\nlimit = "1"\n[[swing]]',
            "swing QM to QN stands twice",
        ),
        ('"SetLimit"]', '"SetLimits"]', "no command 'SetLimits'"),
        ('currency = "MYR"\n', 'currency = "IDR"\n', "the same currency stands twice"),
        ("[rules]", "[rules", "line"),
    ],
)
def test_a_fault_of_the_charter_is_told_with_its_field(examples, old, new, told):
    assert told in faults(examples, old, new)


def test_a_file_that_is_not_text_or_not_there_is_told_so(tmp_path):
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in founding.read_plan(tmp_path / "binary.toml")[0]
    assert "cannot be read" in founding.read_plan(tmp_path / "none.toml")[0]


def test_the_example_founds_a_union_with_its_money(small):
    sql = small.node.views.sql
    assert sql.execute(
        "SELECT sum(balance) FROM account WHERE kind = 'settlement' AND currency = 'IDR'"
    ).fetchone() == (220_000_000,)
    assert small.node.agent_of("XQM000Z25M79K5DF5N82") == "LUALQMA0XXX"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("day_quorum = 2", "", "rules.day_quorum: missing"),
        (
            "decimals = 2",
            'decimals = 2\nkeys = [{ public = "ab", roles = ["vote"] }]',
            "member QM: keys: 'ab'",
        ),
        ("decimals = 2", 'decimals = 2\nkeys = [{ public = "", roles = ["king"] }]', "king"),
        ('bic = "LUALQMA0XXX"', 'bic = "../../x"', "participant ../../x: bic"),
        (
            'sponsor = "QM"',
            f'sponsor = "QM"\nkeys = [{{ public = "{"ab" * 32}", roles = ["vote"] }}]',
            "participant LUALQMA0XXX: keys: only members vote",
        ),
        (
            'sponsor = "QM"',
            f'sponsor = "QM"\nkeys = [{", ".join([f"""{{ public = "{"ab" * 32}", roles = ["audit"] }}"""] * 2)}]',
            "keys: abab",
        ),
        ('name = "Union of two"', 'name = "Union of two"\nprotocol = 99', "protocol"),
    ],
)
def test_a_fault_of_the_keys_or_the_rules_is_told_with_its_field(examples, old, new, told):
    assert told in faults(examples, old, new)


def test_a_charter_without_all_keys_names_who_has_none(examples):
    plan = founding.read_plan(examples / "charter.toml")
    assert [each.split(":")[0] for each in founding.charter_of_plan(plan)] == ["member QM", "member QN"]


def test_keys_that_are_on_this_machine_already_are_used(examples, tmp_path):
    plan = founding.read_plan(examples / "charter.toml")
    ring = KeyRing(tmp_path / "keys")
    public = ring.add("QN", Role.VOTE, generate())
    genesis = founding.make_keys(plan, ring)
    assert public in [key.public for key in genesis.charter.members[1].keys]
    assert founding.make_keys(plan, ring) == genesis
    validators = founding.make_keys(plan, ring, (*founding.MEMBER_ROLES, Role.VALIDATE)).charter
    assert all(member.keys[-1].roles == (Role.VALIDATE,) for member in validators.members)


# -- writing a charter back -------------------------------------------------------------------------------

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
    path.write_text(founding.write_charter(of), encoding="utf-8", newline="")
    again = founding.charter_of_plan(founding.read_plan(path))
    assert again == of
    assert union_id(again) == union_id(of)


def test_members_may_stand_in_any_order_in_the_file(tmp_path):
    text = founding.write_charter(charter())
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
        founding.write_charter(replace(charter(), **change))


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
    table = msgspec.toml.decode(f"number = 1\ninner = {founding._toml(Inner((2, 3), 5))}")
    assert founding._read_table(Outer, table, "rules", wrong) == Outer(1, Inner((2, 3), 5))
    assert wrong == []
    founding._read_table(Outer, {"number": "x", "inner": {"weeks": 1, "days": "y"}}, "rules", wrong)
    assert [each.split(":")[0] for each in wrong] == [
        "rules.number",
        "rules.inner.weeks",
        "rules.inner.days",
    ]
