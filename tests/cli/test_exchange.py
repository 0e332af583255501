import json

import pytest

from tests.cli.conftest import EXAMPLES
from tests.program import run
from tests.union import lei

PAYER, QUOTER = "LUALQMA0XXX", "UDAYQNA0XXX"
OFFER = ("quote", "offer", QUOTER, "Q1", "--most", "5000.00MYR", "--price", "3500.25IDR", "--fee-bp", "25")
SALE = ("--sell", "100000.00IDR", "--buy", "MYR")
PURCHASE = ("--sell", "IDR", "--buy", "25.00MYR")
UETR = "8f3a1d4e-0c5b-4e6f-9a7b-1c2d3e4f5a6b"


def told(home, *words):
    done = run("--home", home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def quoted(union):
    told(union, *OFFER)
    return union


def test_what_the_preview_says_is_agreed_to_and_settles(quoted):
    for amounts in (SALE, PURCHASE):
        seen = told(quoted, "exchange", "preview", PAYER, *amounts)
        words = ("exchange", "send", PAYER, "--to", PAYER, *amounts, "--agreed", seen["agreed"])
        settled = told(quoted, *words)["exchange"]
        figures = ("paid", "fee", "arrived", "sells", "buys")
        assert {each: settled[each] for each in figures} == {each: seen[each] for each in figures}
    shown = told(quoted, "exchange", "show")["exchanges"]
    assert [each["arrived"] for each in shown] == [2_849, 2_500]
    one = told(quoted, "exchange", "show", shown[0]["uetr"].upper())
    assert one["exchange"] == shown[0]
    assert [each["quote"] for each in one["fills"]] == [f"{QUOTER}/Q1"]


def test_an_exchange_is_no_worse_than_agreed_and_made_once(quoted):
    words = ("exchange", "send", PAYER, "--to", QUOTER, *SALE, "--uetr", UETR, "--agreed")
    worse = run("--home", quoted, *words, "28.50MYR", "--json")
    assert (worse.returncode, json.loads(worse.stdout)["reason"]) == (1, "WORSE_THAN_AGREED")
    told(quoted, *words, "28.49MYR")
    again = run("--home", quoted, *words, "28.49MYR")
    assert again.returncode == 1
    assert "DUPLICATE" in again.stderr


def test_people_see_rate_fee_arrival_and_how_to_agree(quoted):
    done = run("--home", quoted, "exchange", "preview", PAYER, *PURCHASE, "--through", f"{QUOTER}/Q1")
    assert "25.00 MYR arrive for 87,725.02 IDR" in done.stdout
    assert "218.77" in done.stdout
    end = f"--to BIC --sell IDR --buy 25.00MYR --agreed 87725.02IDR --through {QUOTER}/Q1"
    assert f"To agree: mufakat exchange send {PAYER} {end}" in done.stdout
    assert "3500.25 IDR" in run("--home", quoted, "quote", "show").stdout
    words = ("exchange", "send", PAYER, "--to", QUOTER, *PURCHASE, "--agreed", "87725.02IDR")
    assert "final since" in run("--home", quoted, *words).stdout
    assert "87,725.02 IDR" in run("--home", quoted, "exchange", "show").stdout


def test_a_quote_is_shown_by_name_pair_and_standing_and_withdrawn(quoted):
    name = f"{QUOTER}/Q1"
    assert told(quoted, "quote", "show", name)["quote"]["rate_asked"] == 14_001
    pair = ("--sells", "MYR", "--buys", "IDR", "--quoter", QUOTER)
    assert [each["id"] for each in told(quoted, "quote", "show", *pair)["quotes"]] == [name]
    assert told(quoted, "quote", "withdraw", QUOTER, "Q1")["quote"]["status"] == "withdrawn"
    assert told(quoted, "quote", "show")["quotes"] == []
    ended = told(quoted, "quote", "show", "--status", "withdrawn")["quotes"]
    assert [each["id"] for each in ended] == [name]
    done = run("--home", quoted, "quote", "withdraw", QUOTER, "Q1")
    assert done.returncode == 1
    assert "QUOTE_ENDED" in done.stderr


def test_a_price_can_be_for_many_units(union):
    words = ("quote", "offer", PAYER, "2", "--most", "900000.00IDR", "--least", "10.00")
    quote = told(union, *words, "--price", "285.69 MYR per 1000000")["quote"]
    assert (quote["rate_offered"], quote["rate_asked"], quote["least"]) == (100_000_000, 28_569, 1_000)


def test_a_preview_that_quotes_do_not_cover_says_what_they_would_give(quoted):
    done = run(
        "--home", quoted, "exchange", "preview", PAYER, "--sell", "IDR", "--buy", "5000.01MYR", "--json"
    )
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert (said["reason"], said["arrived"]) == ("NOT_COVERED", 500_000)
    assert "5000.00 MYR for 17545003.13 IDR" in said["error"]
    done = run("--home", quoted, "exchange", "preview", QUOTER, *PURCHASE)
    assert done.returncode == 1, "nobody takes its own quote"


@pytest.fixture
def three(tmp_path):
    """A union of three currencies, day open, in which one bank quotes MYR for IDR and another VND for MYR."""
    text = (EXAMPLES / "charter.toml").read_text()
    third = f"""
[[members]]
id = "QO"
name = "Central Bank of Orelia"
bic = "CBORQOA0XXX"
lei = "{lei(1)}"
currency = "VND"
decimals = 0
max_payment = "50000000000"

[[participants]]
bic = "OBNKQOA0XXX"
lei = "{lei(2)}"
sponsor = "QO"
accounts = [{{ currency = "VND", opening = "90000000" }}, {{ currency = "MYR", opening = "1.00" }}]
firms = []
"""
    account = 'opening = "5000.00" }'
    text = text.replace(account, account + ', { currency = "VND", opening = "1" }')
    (tmp_path / "charter.toml").write_text(text.replace("[[swing]]", third + "\n[[swing]]"))
    home = tmp_path / "three"
    made = run("--home", home, "init", "--charter", tmp_path / "charter.toml")
    assert made.returncode == 0, made.stderr
    told(home, "day", "open", "2026-11-24")
    told(home, *OFFER)
    told(home, "quote", "offer", "OBNKQOA0XXX", "1", "--most", "50000000VND", "--price", "0.00018MYR")
    return home


def test_an_exchange_through_a_third_currency_settles_as_its_preview_says(three):
    wanted = (PAYER, "--sell", "100000.00IDR", "--buy", "VND", "--through", "MYR")
    seen = told(three, "exchange", "preview", *wanted)
    assert (seen["arrived"], seen["agreed"]) == (158_277, "158277VND")
    steps = [(each["sold"], each["bought"], each["paid"], each["arrived"]) for each in seen["fills"]]
    assert steps == [("IDR", "MYR", 9_997_143, 2_849), ("MYR", "VND", 2_849, 158_277)]
    settled = told(three, "exchange", "send", *wanted, "--to", PAYER, "--agreed", "158277VND")
    assert settled["exchange"]["via"] == "MYR"
    assert settled["fills"] == seen["fills"]
    shown = run("--home", three, "exchange", "preview", *wanted)
    assert "28.49 MYR" in shown.stdout
    assert shown.stdout.rstrip().endswith("--agreed 158277VND --through MYR")


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("exchange", "preview", PAYER, "--sell", "IDR", "--buy", "MYR"), "one of --sell and --buy"),
        (("exchange", "preview", PAYER, "--sell", "1IDR", "--buy", "2MYR"), "one of --sell and --buy"),
        (("exchange", "preview", PAYER, "--sell", "1XAU", "--buy", "MYR"), "--sell: no currency 'XAU'"),
        (("exchange", "preview", PAYER, "--sell", "1IDR", "--buy", "XAU"), "--buy: no currency 'XAU'"),
        (("exchange", "preview", PAYER, "--sell", "1.001IDR", "--buy", "MYR"), "more decimals"),
        (("exchange", "preview", PAYER, "--sell", "IDR", "--buy", "-1MYR"), "not a plain positive decimal"),
        (("exchange", "send", PAYER, "--to", PAYER, *SALE, "--agreed", "28IDR"), "an amount of MYR"),
        (("exchange", "send", PAYER, "--to", PAYER, *SALE, "--agreed", "28MYR", "--uetr", "7"), "UETR"),
        (("exchange", "show", UETR), f"no exchange has the UETR {UETR}"),
        (("exchange", "preview", PAYER, *SALE, "--through", "XAU"), "--through: no currency 'XAU'"),
        (("quote", "show", "X/1"), "no quote is named X/1"),
        (("quote", "show", "--sells", "XAU"), "--sells: no currency 'XAU'"),
        ((*OFFER[:-1], "1001"), "at most 1,000 basis points"),
        ((*OFFER[:7], "3500.25IDR per 0"), "a whole number of units"),
        ((*OFFER[:7], "0IDR"), "The amount is zero"),
    ],
)
def test_what_is_typed_wrong_is_named(union, words, wrong):
    done = run("--home", union, *words)
    assert done.returncode in {1, 2}
    assert wrong in " ".join(done.stderr.split())
