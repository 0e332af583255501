"""Swing credit from the command line: what it prints and how it ends."""

import json

import pytest

from tests.cli.conftest import EXAMPLES, said
from tests.program import run


def told(home, *words):
    return json.loads(said(home, *words, "--json"))


def test_terms_are_agreed_and_lines_settled(unit_home):
    terms = told(unit_home, "swing", "terms", "QM", "QN", "5000=100", "10000=300", "--day-count", 365)
    assert terms == {"creditor": "QM", "debtor": "QN", "tiers": [[5000, 100], [10000, 300]], "day_count": 365}
    assert "2 tiers, ACT/360" in said(unit_home, "swing", "terms", "QM", "QN", "5000=100", "10000=300")
    shown = told(unit_home, "swing", "show")
    (line,) = shown["lines"]
    assert (line["debtor"], line["drawn"], line["day_count"]) == ("QN", 0, 360)
    assert "300,000.00" in said(unit_home, "swing", "show")
    for member in ("QM", "QN"):
        said(unit_home, "fixing", "submit", member, "IDR=0.25", "MYR=0.5")
    assert said(unit_home, "swing", "settle") == "2026-11-24: nothing was owed.\n"
    again = run("--home", unit_home, "swing", "settle", "--date", "2026-11-24", "--json")
    assert again.returncode == 1 and "SWING_SETTLED" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("swing", "terms", "QN", "QM", "10000=5"), 1, "NO_SWING_LINE"),
        (("swing", "terms", "QM", "QN", "5000=5"), 1, "tiers: the last one"),
        (("swing", "terms", "QM", "QN", "--day-count", 5), 1, "day_count: 360 or 365"),
        (("swing", "terms", "QM", "QN", "5000"), 2, "UPTO=RATE"),
        (("swing", "terms", "QM", "QN", "x=5"), 2, "UPTO=RATE"),
        (("swing", "settle"), 1, "NO_FIXING"),
        (("swing", "settle", "--date", "soon"), 2, "is not a date"),
    ],
)
def test_what_cannot_be_is_told_and_has_its_exit_code(unit_home, words, code, why):
    done = run("--home", unit_home, *words)
    assert done.returncode == code, done.stderr
    assert why in done.stderr


def test_a_union_without_lines_says_so(tmp_path):
    text = (EXAMPLES / "charter.toml").read_text(encoding="utf-8")
    path = tmp_path / "charter.toml"
    path.write_text(text.partition("[[swing]]")[0], encoding="utf-8")
    said(tmp_path / "u", "init", "--charter", path)
    assert said(tmp_path / "u", "swing", "show") == "No member lends another anything.\n"
