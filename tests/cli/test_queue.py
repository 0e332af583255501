"""The queue from the command line: shown in its order, amended, limited, resolved; what is wrong is told."""

import json

import pytest

from tests.cli.conftest import EXAMPLES
from tests.program import run

LUAL, TANG, UDAY = "LUALQMA0XXX", "TANGQMA0XXX", "UDAYQNA0XXX"
FIRST, SECOND, THIRD, FOURTH = (f"11111111-0000-4000-8000-00000000000{number}" for number in (1, 2, 3, 4))


@pytest.fixture
def say(union):
    """Say words of a union in which payments wait for each other; returns what it gives as JSON."""
    assert run("--home", union, "submit", EXAMPLES / "waiting.csv").returncode == 0

    def saying(*words: object):
        done = run("--home", union, *words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return saying


def test_what_waits_is_shown_in_order_amended_and_resolved(say, union):
    shown = say("queue", "show")["payments"]
    assert [(each["uetr"], each["place"], each["priority"]) for each in shown] == [
        (FIRST, 1, "normal"),
        (THIRD, 1, "high"),
        (SECOND, 1, "normal"),
        (FOURTH, 2, "normal"),
    ]
    changed = say("payment", "amend", FIRST, "--priority", "urgent", "--latest", "2099-01-01T15:00:00+07:00")
    assert changed["payment"]["priority"] == "urgent"
    assert changed["payment"]["latest_us"] == 4_070_937_600_000_000
    again = say("payment", "amend", FIRST, "--latest", "none")["payment"]
    assert (again["priority"], again["latest_us"]) == ("urgent", 0)
    assert next(each["uetr"] for each in say("queue", "show", "--currency", "IDR")["payments"]) == FIRST
    table = run("--home", union, "queue", "show").stdout
    assert "4 payments wait" in table
    assert "1,800,000.00" in table
    assert "urgent" in table


def test_limits_and_bypass_are_set_shown_and_taken_away(say, union):
    assert say("queue", "limit", LUAL, "IDR", UDAY, "500.00")["limits"] == [
        {"account": f"settlement/{LUAL}/IDR", "counterparty": UDAY, "most": 50_000, "used": 0}
    ]
    assert len(say("queue", "limit", LUAL, "IDR", "all", "0.00")["limits"]) == 2
    assert say("queue", "bypass", LUAL, "IDR", "on")["bypass"] == [f"settlement/{LUAL}/IDR"]
    shown = run("--home", union, "queue", "show").stdout
    assert "all others" in shown
    assert "may pass others" in shown
    assert len(say("queue", "limit", LUAL, "IDR", "all", "none")["limits"]) == 1
    assert say("queue", "bypass", LUAL, "IDR", "off")["bypass"] == []


def test_a_gridlock_is_resolved_when_somebody_asks(say, union):
    run("--home", union, "queue", "bypass", LUAL, "IDR", "on")
    found = say("queue", "resolve", "QM", "IDR")["resolution"]
    assert (found["currency"], found["payments"], found["amount"], found["waiting"]) == (
        "IDR",
        3,
        490_000_000,
        1,
    )
    (left,) = say("queue", "show")["payments"]
    assert (left["uetr"], left["paid"], left["divisible"]) == (FOURTH, 10_000_000, 1)
    assert "100,000.00 of it settled in parts" in run(
        "--home", union, "payment", "show", FOURTH
    ).stdout.replace("\n", " ")
    done = run("--home", union, "queue", "resolve", LUAL, "MYR")
    assert "0 payments settled together, MYR 0.00; 0 wait on." in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("payment", "amend", FIRST), 2, "say what is to change"),
        (("payment", "amend", FIRST, "--latest", "15:00"), 2, "with its offset from UTC"),
        (("payment", "amend", FIRST, "--latest", "2026-11-24T15:00:00"), 2, "with its offset from UTC"),
        (("payment", "amend", FIRST, "--priority", "urgent"), 1, "no payment has the UETR"),
        (("queue", "show", "--agent", "NOBKQMA1XXX"), 2, "no participant"),
        (("queue", "show", "--currency", "JPY"), 2, "no currency"),
        (("queue", "limit", LUAL, "IDR", UDAY, "1.234"), 2, "more decimals"),
        (("queue", "limit", LUAL, "JPY", UDAY, "1"), 2, "no member issues 'JPY'"),
        (("queue", "limit", LUAL, "IDR", LUAL, "1"), 1, "LIMIT_FOR_ONESELF"),
        (("queue", "bypass", LUAL, "IDR", "off"), 1, "ALREADY_SO"),
        (("queue", "resolve", LUAL, "JPY"), 1, "UNKNOWN_CURRENCY"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(union, words, code, told):
    done = run("--home", union, *words)
    assert (done.returncode, told in done.stderr) == (code, True), done.stderr
