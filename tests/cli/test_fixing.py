"""Fixings and the unit of account from the command line: what it prints and how it ends."""

import json

import pytest

from tests.cli.conftest import said
from tests.program import run


def test_members_agree_on_fixings_and_the_unit_follows(unit_home):
    assert "no fixings are agreed" in said(unit_home, "fixing", "show")
    waits = json.loads(said(unit_home, "fixing", "submit", "QM", "IDR=0.25", "MYR=0.5", "--json"))
    assert waits == {"date": "2026-11-24", "agreed": False, "fixings": []}
    assert "0.250000000" in said(
        unit_home, "fixing", "submit", "QN", "IDR=0.25", "MYR=0.505", "--date", "2026-11-24"
    )
    shown = json.loads(said(unit_home, "fixing", "show", "--json"))
    assert [each["rate"] for each in shown["fixings"]] == [250_000_000, 500_000_000]
    assert [each["member"] for each in shown["submissions"] if each["outlier"]] == []
    assert "0.505000000" in said(unit_home, "fixing", "show", "--date", "2026-11-24")
    unit = json.loads(said(unit_home, "unit", "--json"))
    assert unit["numeraire"] == "XDR"
    assert [(each["weight"], each["unit"]) for each in unit["currencies"]] == [
        (10_000, 20_000),
        (5_000, 10_000),
    ]
    assert "200.00" in said(unit_home, "unit")


def test_a_submission_that_is_not_enough_says_so(unit_home):
    assert "the fixings wait until 2 members have" in said(
        unit_home, "fixing", "submit", "QM", "IDR=1", "MYR=2"
    )


def test_without_a_basket_there_is_no_unit(union):
    assert "no unit of account" in said(union, "unit")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("fixing", "submit", "QM", "IDR=1"), 1, "rates.MYR: missing"),
        (("fixing", "submit", "QM", "IDR=-1", "MYR=1"), 1, "rates.IDR: 1 to"),
        (("fixing", "submit", "QM", "IDR=1", "MYR=1", "--date", "2026-11-25"), 1, "FIXING_DATE"),
        (("fixing", "submit", "QM", "IDR"), 2, "CURRENCY=RATE"),
        (("fixing", "submit", "QM", "IDR=x"), 2, "IDR: 'x' is no decimal"),
        (("fixing", "submit", "QM", "IDR=nan"), 2, "at most 9 places"),
        (("fixing", "submit", "QM", "IDR=0.0000000001"), 2, "at most 9 places"),
        (("fixing", "submit", "QM", "IDR=1e30"), 2, "at most 9 places"),
        (("fixing", "submit", "QM", "IDR=1", "MYR=1", "--date", "soon"), 2, "is not a date"),
        (("fixing", "show", "--date", "2026-11-23"), 1, "was no business day"),
        (("unit", "--date", "soon"), 2, "is not a date"),
    ],
)
def test_what_cannot_be_is_told_and_has_its_exit_code(unit_home, words, code, told):
    done = run("--home", unit_home, *words)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
