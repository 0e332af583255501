"""Payments are found from the command line by any of their fields; what is wrong is told."""

import json

import pytest

from mufakat.core.state import PaymentStatus
from mufakat.projections.timeline import PaymentStanding
from tests.cli.conftest import EXAMPLES, said
from tests.program import run

LUAL = "LUALQMA0XXX"
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A union with a payment that settled and four that wait; look at it only."""
    home = tmp_path_factory.mktemp("search") / "union"
    said(home, "init", "--charter", EXAMPLES / "charter.toml")
    said(home, "day", "open", "2026-11-24")
    for name in ("payment.xml", "waiting.csv"):
        said(home, "submit", EXAMPLES / name)
    return home


def found(home, *words):
    return json.loads(said(home, "payment", "list", *words, "--json"))


def test_payments_are_listed_a_page_at_a_time(home):
    everything = found(home)
    assert len(everything["payments"]) == 5
    assert everything["after"] is None
    pages, after = [], ()
    while True:
        page = found(home, "--limit", 2, *after)
        pages.append(page["payments"])
        if page["after"] is None:
            break
        after = ("--after", page["after"])
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == everything["payments"]
    shown = said(home, "payment", "list", "--limit", 2)
    assert "2 payments, in order of arrival; go on: --after" in shown
    assert "go on" not in said(home, "payment", "list")


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--status", "settled"), 1),
        (("--status", "queued"), 4),
        (("--status", "rejected"), 0),
        (("--debtor-agent", LUAL, "--currency", "IDR", "--status", "settled"), 1),
        (("--currency", "IDR", "--min", "125000.50", "--max", "125000.50"), 1),
        (("--from", "2026-11-24", "--to", "2026-11-24", "--channel", "RTGS"), 5),
        (("--from", "2026-11-25"), 0),
        (("--to", "2026-11-23"), 0),
        (("--value-date", "2026-11-24", "--status", "settled"), 1),
        (("--cycle", 1), 0),
        (("--channel", "MPNS"), 0),
        (("--uetr", "7F0C2A64-2A0B-4B7E-9D51-0A3C6F1E2B90"), 1),
        (("--uetr", NOBODY), 0),
    ],
)
def test_each_field_narrows_what_is_listed(home, words, count):
    assert len(found(home, *words)["payments"]) == count


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--debtor-agent", "ZZ"), "there are LUALQMA0XXX"),
        (("--creditor-agent", "ZZ"), "there are LUALQMA0XXX"),
        (("--currency", "ZZ"), "there are IDR, MYR"),
        (("--channel", "ZZ"), "there are RTGS, MPNS"),
        (("--status", "nonsense"), "returned"),
        (("--min", "5"), "name it with --currency"),
        (("--currency", "IDR", "--max", "1.005"), "AMOUNT_DECIMALS"),
        (("--uetr", "nonsense"), "is no UETR"),
        (("--after", NOBODY), "no payment has the UETR"),
        (("--from", "yesterday"), "is not a date"),
        (("--limit", 0), "--limit"),
    ],
)
def test_what_cannot_be_looked_for_is_wrong_usage_and_says_what_can(home, words, told):
    done = run("--home", home, "payment", "list", *words)
    assert done.returncode == 2
    assert told in done.stderr


def test_payments_stand_as_the_rules_say():
    assert {each.value for each in PaymentStanding} == {each.name.lower() for each in PaymentStatus}
