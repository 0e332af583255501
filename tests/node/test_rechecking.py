"""Records under way are held against goods rules that came later, and only what is stopped is put to the union."""

import json

import pytest

from tests.program import run

RUBBER, INVOICE = "examples/trade/01-invoice.in.xml", "XQM000X0YDNYSV30K078/invoice/KU-2026-118"
RULES = "id,effect,hs,goods,places,countries,source,paragraph\n"


def told(home, *words):
    done = run("--home", home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def home(tmp_path):
    """A union with an invoice for rubber under way, and a credit note between the same firms."""
    home = tmp_path / "union"
    for words in (("init", "--charter", "examples/charter.toml"), ("day", "open", "2026-11-24")):
        assert run("--home", home, *words).returncode == 0
    assert run("--home", home, "submit", RUBBER, "examples/trade/02-credit-note.in.xml").returncode == 0
    return home


def bring(home, member, *rules, own=None):
    path = home.parent / f"{member}{own}.csv"
    path.write_text(RULES + "\n".join(rules), encoding="utf-8")
    name = () if own is None else ("--own", own)
    return told(home, "goods", "bring", path, "--as", member, *name, "--dated", "2026-11-24")


def statuses(home):
    return {each["id"]: each["status"] for each in told(home, "obligations")["obligations"]}


def test_an_embargo_stops_what_is_under_way_as_it_is_brought(home):
    before = statuses(home)
    assert sorted(before.values()) == ["accepted", "registered"]
    brought = bring(home, "QM", "rubber,refuse,4001,natural rubber,origin,QM,UNSCR 1 (2026),4")
    assert [each["status"] for each in brought["stopped"]] == ["held", "held"]
    assert set(statuses(home).values()) == {"blocked"}
    assert all("UNSCR 1 (2026), paragraph 4" in each["refusal"]["detail"] for each in brought["stopped"])
    assert told(home, "trade", "show", INVOICE)["warnings"] != []
    again = told(home, "goods", "recheck", "--as", "QN")
    assert (again["records"], again["stopped"]) == (0, [])


def test_rules_that_are_not_met_or_only_watch_stop_nothing(home):
    before = statuses(home)
    assert bring(home, "QN", "tubes,refuse,7304,steel tubes,,,Own,4", own="goods")["stopped"] == []
    assert bring(home, "QM", "rubber,watch,4001,natural rubber,,,Own,4", own="goods")["stopped"] == []
    assert statuses(home) == before
    done = run("--home", home, "goods", "recheck", "--as", "QM")
    assert (done.returncode, done.stdout) == (0, "2 records looked at, 0 stopped.\n")


def test_what_is_stopped_is_told_with_its_rule(home):
    bring(home, "QN", "rubber,review,4001,natural rubber,destination,QN,Own,4", own="goods")
    assert "blocked" in statuses(home).values()
    text = run("--home", home, "goods", "flagged").stdout
    assert "natural rubber" in text and "QN/goods/rubber" in text
