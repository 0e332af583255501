"""A firm's statement and the ranking of credit, from the command line."""

import json

from tests.program import run


def told(home, *words):
    done = run("--home", home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_firm_of_the_demonstration_reads_what_was_set_off_and_why_the_rest_is_open(played, tmp_path):
    done = told(played, "obligations", "--status", "set off")["obligations"][0]
    page = tmp_path / "statement.html"
    said = told(played, "setoff-statement", "--firm", done["debtor"], "--page", page)["statement"]
    assert any(each["debt"] == done["id"] for cycle in said["cycles"] for each in cycle["matches"])
    for cycle in said["cycles"]:
        assert sum(each["amount"] for each in cycle["debts"]) == sum(
            each["amount"] for each in cycle["claims"]
        )
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    text = run("--home", played, "setoff-statement", "--firm", done["debtor"])
    assert "What the firm asks for" in text.stdout and "Still open" in text.stdout


def test_firms_banks_and_members_are_ranked_by_what_a_unit_of_credit_frees(played):
    currency = told(played, "obligations", "--status", "accepted")["obligations"][0]["currency"]
    said = told(played, "setoff-shadow", currency)
    firms = dict(said["firms"])
    assert firms and list(firms.values()) == sorted(firms.values(), reverse=True)
    assert max(firms.values()) == said["members"][0][1] == said["banks"][0][1]
    assert "one more unit of credit" in run("--home", played, "setoff-shadow", currency).stdout


def test_where_nothing_is_owed_nothing_is_ranked(union):
    assert told(union, "setoff-shadow", "IDR") == {"currency": "IDR", "members": [], "banks": [], "firms": []}


def test_an_unknown_firm_or_currency_is_said(union):
    done = run("--home", union, "setoff-statement", "--firm", "NOBODY")
    assert (done.returncode, "no participant has enrolled a firm" in done.stderr) == (2, True)
    assert run("--home", union, "setoff-shadow", "XXX").returncode == 2
