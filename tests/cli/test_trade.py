"""Trade records from the command line: registered by any signed command, found, shown, and what is wrong told."""

import json

import pytest

from tests.program import run

SELLER, BUYER = "XQM000Z25M79K5DF5N82", "XQM0007X97ZCCCP9WN26"
LUAL, UDAY = "LUALQMA0XXX", "UDAYQNA0XXX"
INVOICE, BILL = f"{SELLER}/invoice/A-1", f"{SELLER}/bill_of_lading/B-1"


def fields(kind, number, **change):
    common = {"seller": SELLER, "buyer": BUYER, "issued": "2026-11-20", "document": "ab" * 32}
    goods = [{"hs_code": "73043110", "origin": "QM", "amount": 12_345, "quantity": "3 TNE"}]
    route = {"goods": goods, "currency": "IDR", "dispatch": "QM", "destination": "QN"}
    return {"kind": kind, "number": number, **common, **route, **change}


def tell(home, *records):
    return run(
        "--home", home, "tell", LUAL, "RegisterTradeRecords", f"records={json.dumps(records)}", "--json"
    )


@pytest.fixture(scope="module")
def traded(tmp_path_factory):
    """A union in which an invoice and its bill of lading are registered; look at it only."""
    home = tmp_path_factory.mktemp("traded") / "union"
    for words in (("init", "--charter", "examples/charter.toml"), ("day", "open", "2026-11-24")):
        assert run("--home", home, *words).returncode == 0
    ship = {"vessel": "9319466", "transshipments": ["SG"], "refers_to": [INVOICE], "document": "cd" * 32}
    done = tell(home, fields("invoice", "A-1"), fields("bill_of_lading", "B-1", **ship))
    assert [each["status"] for each in json.loads(done.stdout)["items"]] == ["registered", "registered"]
    return home


def told(home, *words):
    done = run("--home", home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), [INVOICE, BILL]),
        (("--kind", "bill of lading"), [BILL]),
        (("--hs", "7304.31"), [INVOICE, BILL]),
        (("--hs", "0"), []),
        (("--country", "SG"), [BILL]),
        (("--vessel", "9319466", "--firm", SELLER), [BILL]),
        (("--agent", UDAY), [INVOICE, BILL]),
        (("--obligation", f"{SELLER}/A-1"), []),
        (("--after", INVOICE), [BILL]),
    ],
)
def test_records_are_found_by_what_is_named(traded, words, found):
    seen = told(traded, "trade", "list", *words)
    assert ([each["id"] for each in seen["records"]], seen["after"]) == (found, None)


def test_a_page_says_where_to_go_on(traded):
    seen = told(traded, "trade", "list", "--limit", "1")
    assert (len(seen["records"]), seen["after"]) == (1, INVOICE)
    assert "1 trade record;" in run("--home", traded, "trade", "list", "--limit", "1").stdout


def test_one_is_shown_with_all_that_it_says(traded):
    seen = told(traded, "trade", "show", BILL)
    assert seen["record"]["transshipments"] == ["SG"]
    assert (seen["record"]["document"], seen["record"]["author"]) == ("cd" * 32, LUAL)
    assert seen["goods"] == [
        {"hs_code": "73043110", "origin": "QM", "amount": 12_345, "quantity": "3 TNE"},
    ]
    page = run("--home", traded, "trade", "show", BILL).stdout
    assert "QM > SG > QN" in page and "123.45" in page


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", f"{SELLER}/invoice/none"), 1, "mufakat trade list"),
        (("list", "--kind", "letter"), 2, "letter"),
        (("list", "--country", "Viet Nam"), 2, "ISO 3166-1"),
        (("list", "--vessel", "9319467"), 2, "no IMO number"),
        (("list", "--hs", "77"), 2, "no beginning of an HS code"),
        (("list", "--hs", "7304%"), 2, "no beginning of an HS code"),
        (("list", "--hs", ""), 2, "no beginning of an HS code"),
        (("list", "--firm", "5493001KJTIIGC8Y1R12"), 2, "no participant has enrolled a firm"),
        (("list", "--agent", "NOBKQMA1XXX"), 2, "no participant"),
        (("list", "--after", "none"), 2, "to go on after"),
    ],
)
def test_what_is_wrong_is_told(traded, words, code, says):
    done = run("--home", traded, "trade", *words)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert says in " ".join(done.stderr.split())


def test_a_record_without_its_origin_is_refused_and_says_so(traded):
    line = {"hs_code": "270900", "origin": ""}
    item = json.loads(tell(traded, fields("invoice", "A-2", goods=[line])).stdout)["items"][0]
    assert (item["status"], item["refusal"]["reason"]) == ("refused", "country_missing")


def test_a_price_that_stands_out_is_a_warning_in_the_list_and_with_the_record(tmp_path):
    home = tmp_path / "union"
    for words in (("init", "--charter", "examples/charter.toml"), ("day", "open", "2026-11-24")):
        assert run("--home", home, *words).returncode == 0
    prices = [1_000, 1_010, 990, 1_000, 1_005, 1_000, 995, 100_000]
    records = [
        fields(
            *("invoice", f"P-{number}"),
            document=f"{number:064x}",
            goods=[{"hs_code": "400121", "origin": "QM", "amount": amount, "quantity": "2 KGM"}],
        )
        for number, amount in enumerate(prices)
    ]
    assert tell(home, *records).returncode == 0
    name, text = f"{SELLER}/invoice/P-7", "Line 1: 500 IDR a KGM of 400121; usual is 2.50 to 10.0."
    assert told(home, "trade", "list")["warnings"] == {name: [text]}
    assert told(home, "trade", "show", name)["warnings"] == [text]
    assert told(home, "trade", "show", f"{SELLER}/invoice/P-1")["warnings"] == []
    assert text in run("--home", home, "trade", "show", name).stdout
