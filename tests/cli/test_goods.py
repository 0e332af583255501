"""Goods rules from the command line: documents and records held against them, and the rules listed."""

import csv
import io
import json
from pathlib import Path

import pytest

from mufakat.model.plain import plain
from mufakat.screening import goods
from tests.program import run
from tests.union import invoice

COAL, INVOICE = "examples/goods/coal.xml", "examples/trade/01-invoice.in.xml"


@pytest.fixture
def record_checked(tmp_path):
    """Check records from a JSON file."""

    def checked(said, *words):
        path = tmp_path / "record.json"
        path.write_text(json.dumps(said), encoding="utf-8")
        done = run("goods", "check", path, *words, "--json")
        return done.returncode, json.loads(done.stdout)

    return checked


def check(*words):
    done = run("goods", "check", *words, "--date", "2026-11-24", "--json")
    return done.returncode, json.loads(done.stdout)


def test_an_embargoed_invoice_is_told_with_its_line_rule_and_paragraph():
    done = run("goods", "check", COAL, "--date", "2026-11-24")
    assert done.returncode == 1
    assert done.stdout == (
        f"{COAL}:104: refuse: Line 1, HS code 270112: coal; UNSCR 2371 (2017), paragraph 8"
        " (rule UN-2371-8-2701). Exempt: Coal from elsewhere, exported through the port of Rajin.\n"
        f"{COAL}:104: review: Line 1, HS code 270112: arms and related materiel, listed technology;"
        " UNSCR 1718 (2006), paragraph 8 (rule UN-1718-8-FROM).\n"
    )


def test_what_passes_is_clear_and_needs_no_union():
    done = run("goods", "check", INVOICE, "--date", "2026-11-24")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{INVOICE}: clear (1 line of goods)\n"


def test_one_json_document_says_all_of_each_record():
    code, told = check(COAL, INVOICE)
    assert (code, told["passing"], told["stopped"]) == (1, 1, 1)
    stopped, passing = told["records"]
    assert (passing["verdict"], passing["rules"], passing["faults"], passing["prices"]) == (
        "clear",
        [],
        [],
        [],
    )
    assert (stopped["verdict"], stopped["record"]) == ("refuse", "XQM000X0YDNYSV30K078/invoice/KU-2026-121")
    first = stopped["rules"][0]
    assert {key: first[key] for key in ("line", "at", "rule", "does", "written_in", "paragraph")} == {
        "line": 1,
        "at": 104,
        "rule": "UN-2371-8-2701",
        "does": "refuse",
        "written_in": "UNSCR 2371 (2017)",
        "paragraph": "8",
    }


def test_own_rules_and_prices_take_the_place_of_the_starter_list():
    own, prices = "examples/goods/own.csv", "examples/goods/prices.csv"
    code, told = check(COAL, INVOICE, "--rules", own, "--prices", prices)
    assert (code, [each["verdict"] for each in told["records"]]) == (0, ["clear", "watch"])
    assert told["records"][1]["prices"] == [
        {"at": 104, "text": "Line 1: 35.0 IDR a KGM of 400121; usual is 10.0 to 30.0."}
    ]
    text = run("goods", "check", INVOICE, "--rules", own, "--prices", prices).stdout
    assert "watch: Line 1" in text and "price: Line 1" in text and "clear" not in text


def test_a_rule_holds_on_its_days(record_checked):
    item = plain(invoice(dispatch="QO", goods=()))
    item["goods"] = [{"hs_code": "25010010", "origin": "QO"}]
    for day, code in (("2025-12-31", 0), ("2026-01-01", 1), ("2026-12-31", 1), ("2027-01-01", 0)):
        assert record_checked(item, "--rules", "examples/goods/own.csv", "--date", day)[0] == code


def test_records_are_read_as_the_command_takes_them_one_or_a_list(record_checked):
    records = [plain(invoice()), plain(invoice(number="INV-2", dispatch="KP"))]
    code, told = record_checked(records)
    assert (code, [each["verdict"] for each in told["records"]]) == (1, ["clear", "review"])
    assert record_checked(records[0])[0] == 0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", "This is no JSON"),
        (b"[" * 100_000, "This is no JSON"),
        (b"{}", "record 1: kind, number"),
        (b"[1]", "record 1: an object"),
        (b"<a", ""),
        (b"", ""),
        (b"<a/>", "no trade document"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_stops_no_other(tmp_path, data, says):
    (tmp_path / "bad").write_bytes(data)
    code, told = check(tmp_path, INVOICE)
    assert (code, [each["verdict"] for each in told["records"]]) == (1, ["unknown", "clear"])
    assert says in told["records"][0]["faults"][0]["text"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("check", "none.xml"), 2, "no such file"),
        (("check", INVOICE, "--date", "today"), 2, "not a date"),
        (("check", INVOICE, "--rules", INVOICE), 1, ":1: there is no column 'id'"),
        (("check", INVOICE, "--prices", "none.csv"), 1, "No such file"),
        (("rules", "--rules", "none.csv"), 1, "No such file"),
    ],
)
def test_what_is_wrong_is_told(words, code, says):
    done = run("goods", *words)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr


def test_the_rules_are_listed_and_the_starter_list_is_given_as_a_file():
    assert "UN-2371-8-2701" in run("goods", "rules").stdout
    told = json.loads(run("goods", "rules", "--json").stdout)["rules"]
    assert len(told) == len(goods.starter())
    assert told[0]["effect"] == "refuse"
    rows = list(csv.DictReader(io.StringIO(run("goods", "rules", "--csv").stdout)))
    assert [row["id"] for row in rows] == [rule.id for rule in goods.starter()]


# -- in a union --------------------------------------------------------------------------------------------

CREDIT_NOTE, OWN = "examples/trade/02-credit-note.in.xml", "examples/goods/own.csv"
NUMBER = "XQM000X0YDNYSV30K078/KU-2026-121"


@pytest.fixture
def home(tmp_path):
    """A union whose members have brought the starter list."""
    home = tmp_path / "union"
    (tmp_path / "un.csv").write_bytes(goods.starter_bytes())
    bring = ("goods", "bring", tmp_path / "un.csv", "--as", "QM", "--dated", "2026-11-24")
    for words in (("init", "--charter", "examples/charter.toml"), ("day", "open", "2026-11-24"), bring):
        assert run("--home", home, *words).returncode == 0
    return home


def told(home, *words):
    return json.loads(run("--home", home, *words, "--json").stdout)


def test_an_embargoed_invoice_is_stopped_with_the_obligation_that_it_proves(home):
    done = run("--home", home, "submit", COAL)
    assert done.returncode == 1
    assert "coal.xml: RR04" in done.stderr and "UNSCR 2371 (2017), paragraph 8" in done.stderr
    (owed,) = told(home, "obligations")["obligations"]
    assert (owed["id"], owed["status"]) == (NUMBER, "blocked")
    assert told(home, "trade", "list")["records"] == []
    flags = told(home, "goods", "flagged")["flags"]
    assert [each["effect"] for each in flags] == ["refuse", "review"]
    assert told(home, "goods", "flagged", "--effect", "review")["flags"] == flags[1:]
    shown = run("--home", home, "trade", "show", flags[0]["record"])
    assert (shown.returncode, "paragraph 8" in shown.stderr) == (1, True)
    assert run("verify", home / "journal.db").returncode == 0


def test_what_an_embargoed_document_proves_is_in_no_cycle_even_when_it_was_accepted_at_once(home, tmp_path):
    """A credit note is its supplier's own word: its obligation is accepted as it comes."""
    note = Path(CREDIT_NOTE).read_text(encoding="utf-8").replace("400121", "270112")
    start = note.index("<cac:OriginCountry>")
    path = tmp_path / "note.xml"
    path.write_text(note[:start] + note[start:].replace(">QM<", ">KP<", 1), encoding="utf-8")
    assert run("--home", home, "submit", path).returncode == 1
    assert run("--home", home, "cycle", "run").returncode == 0
    (owed,) = told(home, "obligations")["obligations"]
    assert (owed["status"], owed["open"], owed["set_off"]) == ("blocked", owed["amount"], 0)


def test_a_file_that_is_sent_again_is_refused_again_and_flags_nothing_more(home):
    for _ in range(2):
        assert run("--home", home, "submit", COAL).returncode == 1
    assert len(told(home, "goods", "flagged")["flags"]) == 2


def test_a_members_own_list_warns_and_holds_for_its_own_banks(home, tmp_path):
    brought = told(home, "goods", "bring", OWN, "--as", "QN", "--own", "goods", "--dated", "2026-11-24")
    assert (brought["list"], brought["rules"], brought["came"], brought["gone"]) == ("QN/goods", 3, 3, 0)
    assert run("--home", home, "submit", INVOICE).returncode == 0
    told_of = told(home, "trade", "list")["warnings"]
    name = "XQM000X0YDNYSV30K078/invoice/KU-2026-118"
    text = "Line 1: natural rubber; Own watch list, paragraph 3 (rule QN/goods/rubber): watch."
    assert told_of == {name: [text]}
    assert text in " ".join(run("--home", home, "trade", "show", name).stdout.split())
    turbines = tmp_path / "turbines.xml"
    said = Path(INVOICE).read_text(encoding="utf-8").replace("KU-2026-118", "KU-2026-130")
    turbines.write_text(said.replace("400121", "841182"), encoding="utf-8")
    done = run("--home", home, "submit", turbines)
    assert (done.returncode, "held" in done.stdout) == (0, True), done.stdout
    (case,) = told(home, "case", "list")["cases"]
    assert (case["kind"], case["entries"][0].rpartition("/")[0]) == ("trade record", "QN/goods/turbines")
    assert told(home, "obligations")["obligations"][1]["status"] == "blocked"


def test_a_list_is_brought_as_what_changed_and_what_goes_waits_for_a_second_member(home, tmp_path):
    again = told(home, "goods", "bring", home.parent / "un.csv", "--as", "QM")
    assert (again["came"], again["gone"], again["rules"]) == (0, 0, 88)
    lines = goods.starter_bytes().decode().splitlines()
    (tmp_path / "short.csv").write_text("\n".join(lines[:-1]), encoding="utf-8")
    first = told(home, "goods", "bring", tmp_path / "short.csv", "--as", "QM")
    assert (first["came"], first["gone"], first["rules"], first["leaving"]) == (0, 1, 88, 1)
    second = told(home, "goods", "bring", tmp_path / "short.csv", "--as", "QN")
    assert (second["rules"], second["leaving"]) == (87, 0)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--as", "QQ"), 2, "no member"),
        (("--as", "QM", "--own", "A B"), 2, "small letters"),
        (("--as", "QM", "--dated", "soon"), 2, "not a date"),
        (("--as", "QM", "--dated", "2026-11-23"), 1, "LIST_OUTDATED"),
    ],
)
def test_a_list_that_is_not_taken_says_why(home, words, code, says):
    done = run("--home", home, "goods", "bring", OWN, *words)
    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
