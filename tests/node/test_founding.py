import msgspec
import pytest

from mufakat.model.charter import Role
from mufakat.node import founding
from mufakat.node.keys import KeyRing, generate

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
