import pytest

from mufakat.node import founding


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
