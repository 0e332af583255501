import json

import pytest

from mufakat.cli import optimum
from mufakat.cli.terminal import Failed
from tests.cli.conftest import EXAMPLES
from tests.program import run

TERMS = EXAMPLES / "terms.csv"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The example under terms and fixings, set off and written; do not change it."""
    out = tmp_path_factory.mktemp("set off") / "out.csv"
    options = ("--terms", TERMS, "--fixings", EXAMPLES / "fixings.csv", "--shadow", "--json")
    done = run("setoff", EXAMPLES / "debts.csv", *options, "--out", out)
    assert done.returncode == 0, done.stderr
    return out, json.loads(done.stdout)


def checked(written, change=lambda text: text, mend=lambda document: None, terms=TERMS):
    """Check a changed copy of what was written; return what is said against it, or None."""
    out, _ = written
    copy = out.with_name("copy.csv")
    copy.write_text(change(out.read_text(encoding="utf-8")), encoding="utf-8")
    document = json.loads(out.with_suffix(".certificate.json").read_text(encoding="utf-8"))
    mend(document)
    certificate = out.with_name("copy.json")
    certificate.write_text(json.dumps(document), encoding="utf-8")
    try:
        optimum.check(copy, certificate, terms, as_json=False)
    except Failed as failed:
        return failed.text
    return None


def row(before, after):
    def change(text):
        assert before in text, text
        return text.replace(before, after)

    return change


def test_figures_and_prices_are_told(written):
    _, said = written
    assert said["cleared"] == 180_000 + 50_000 + 9_450 + 30_000
    assert [each["across"] for each in said["currencies"]] == [9_450, 30_000]
    assert said["across"] == {"prices": {"IDR": 100, "VND": 63}, "points": 2_835_000}
    assert said["shadow"]["VND"][0] == ["Kiln & Sons", 2]


def test_what_was_written_is_proved_with_its_terms_and_without(written, capsys):
    assert checked(written) is None
    assert checked(written, terms=None) is None
    assert "2,835,000 points cleared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("60000,85000,0,0", "60000,90000,0,0", "row 2: more or less is offered than the terms allow"),
        ("25000,25000,0,0\nINV-6", "25000,30000,0,0\nINV-6", "row 5: more or less is offered"),
        ("10000,70000,9450,60000", "10000,70000,9449,60000", "across currencies: Kiln & Sons: gains"),
        ("10000,70000,9450,60000", "9999,70000,9450,60000", "its net position is moved"),
        ("10000,70000,9450,60000", "10000,70000,9450,60001", "more offered than is left"),
        ("35000,115000,0,0", "35000,115000,1,1", "row 1: more is set off across currencies than the terms"),
    ],
)
def test_a_file_that_was_changed_is_not_proved(written, before, after, said):
    assert said in (checked(written, row(before, after)) or "")


def test_other_limits_than_the_terms_are_not_proved(written):
    def raise_limit(document):
        document["limits"]["IDR"]["Weavers, United"][0] += 1

    assert "other limits than the terms" in checked(written, mend=raise_limit)
    assert "not proved the most" in checked(written, mend=raise_limit, terms=None)


def test_more_than_a_limit_is_not_proved(written, tmp_path):
    tight = tmp_path / "tight.csv"
    tight.write_text(TERMS.read_text(encoding="utf-8").replace("60000", "59999"), encoding="utf-8")

    def lower(document):
        document["limits"]["IDR"]["Weavers, United"][0] -= 1

    assert "more is set off than its limit" in checked(written, mend=lower, terms=tight)


def test_a_part_of_what_is_indivisible_is_not_proved(tmp_path):
    debts = tmp_path / "debts.csv"
    debts.write_text("debtor,creditor,amount,indivisible,cleared\na,b,5,yes,4\nb,a,4,,4\n")
    proof = tmp_path / "c.json"
    proof.write_text(json.dumps({"format": optimum.FORMAT, "decimals": 0, "potentials": {}}))
    with pytest.raises(Failed, match="row 1, a to b: 4 cleared of 5, which is indivisible"):
        optimum.check(debts, proof, None, as_json=False)


@pytest.mark.parametrize(
    "part",
    [
        {"limits": {"IDR": {"a": [1]}}},
        {"limits": {"IDR": {"a": [1.5, 2]}}},
        {"across": {"prices": {"IDR": 0}, "step": 1, "potentials": {}}},
        {"across": {"prices": {"IDR": 1}, "step": 0, "potentials": {}}},
        {"across": {"prices": {"IDR": 1}}},
    ],
)
def test_a_certificate_with_a_part_that_cannot_be_is_none(tmp_path, part):
    proof = tmp_path / "c.json"
    proof.write_text(json.dumps({"format": optimum.FORMAT, "decimals": 0, "potentials": {}, **part}))
    with pytest.raises(Failed, match="is not a certificate"):
        optimum.check(EXAMPLES / "debts.csv", proof, None, as_json=False)
