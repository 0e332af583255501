"""What goods rules say of trade documents and records: the strictest rule decides, and nothing unknown is clear."""

from fractions import Fraction
from pathlib import Path

import pytest

from mufakat.gateway.goods import Against, check_document, check_item, unread
from mufakat.model.embargo import RuleBook
from mufakat.model.goods import Effect, Place
from mufakat.model.trade import DocumentKind, GoodsLine
from mufakat.screening.prices import Goods, Usual
from tests.model.test_embargo import rule
from tests.union import TUESDAY, invoice

INVOICE = "examples/trade/01-invoice.in.xml"
RUBBER = Goods("400121", "KGM", "IDR")


def against(*rules, usual=None):
    return Against([RuleBook([each]) for each in rules], TUESDAY, usual or {})


def document(change=("", "")):
    return Path(INVOICE).read_text(encoding="utf-8").replace(*change).encode()


@pytest.mark.parametrize(
    ("effects", "verdict", "passes"),
    [
        ((), "clear", True),
        ((Effect.WATCH,), "watch", True),
        ((Effect.WATCH, Effect.REVIEW), "review", False),
        ((Effect.REVIEW, Effect.WATCH, Effect.REFUSE), "refuse", False),
    ],
)
def test_the_strictest_rule_decides(effects, verdict, passes):
    listed = [rule(str(number), effect=effect) for number, effect in enumerate(effects)]
    found = check_item(invoice(), against(*listed))
    assert (found.verdict, found.passes, found.lines, found.record) == (verdict, passes, 2, invoice().id)
    assert [met.rule.effect for met, _ in found.met] == sorted(effects)


def test_a_document_is_told_by_the_line_of_its_file():
    found = check_document(document(), against(rule(hs="4001", places=(Place.ORIGIN,), countries=("QM",))))
    ((met, line),) = found.met
    assert (met.line, line.at, found.record) == (1, 104, "XQM000X0YDNYSV30K078/invoice/KU-2026-118")
    assert line.text == "Line 1, HS code 400121: goods; UNSCR 1 (2017), paragraph 1 (rule a)."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('listID="HS"', 'listID="CPV"'), "It names no goods by their HS codes"),
        (("<Invoice", "<Letter"), ""),
        (("400121", "4001"), "Line 1 has no HS code of 6 to 10 digits: '4001'."),
        (("400121", "990121"), "Line 1 has no HS code"),
        (("IMO 9319466", "IMO 9319467"), "9319467 is no IMO number"),
    ],
)
def test_what_no_rule_can_be_looked_up_for_is_not_clear(change, says):
    found = check_document(document(change), against())
    assert (found.verdict, found.passes) == ("unknown", False)
    assert says in found.faults[0].text


def test_a_document_needs_no_lei_to_be_looked_at():
    assert check_document(document(("0199", "0088")), against()).verdict == "clear"


def test_a_record_without_its_countries_is_not_clear():
    item = invoice(goods=(GoodsLine("730431", ""),), dispatch="", destination="")
    assert len(check_item(item, against()).faults) == 3
    services = invoice(goods=(), services=True, dispatch="", destination="")
    assert check_item(services, against()).verdict == "clear"
    # A known embargo outweighs what is not known.
    embargo = rule(hs="", places=(Place.TRANSSHIPMENT,), countries=("SG",))
    assert check_item(item, against(embargo)).verdict == "refuse"


def test_a_price_that_stands_out_is_a_warning_alone():
    usual = {RUBBER: Usual(Fraction(10), Fraction(30))}
    found = check_document(document(), against(usual=usual))
    assert (found.verdict, found.passes) == ("clear", True)
    assert [(line.at, line.text) for line in found.prices] == [
        (104, "Line 1: 35.0 IDR a KGM of 400121; usual is 10.0 to 30.0.")
    ]
    assert check_document(document(('"KGM">12000', '"TNE">12')), against(usual=usual)).prices == ()
    assert check_document(document((">420000.00<", ">-420000.00<")), against(usual=usual)).prices == ()


def test_a_file_that_is_not_read_says_so():
    found = unread("The file cannot be read.", 3)
    assert (found.verdict, found.faults[0].at, found.record) == ("unknown", 3, "")


def test_a_record_that_names_no_goods_is_looked_at_by_its_route():
    item = invoice(kind=DocumentKind.DESPATCH_ADVICE, goods=())
    embargo = rule(hs="", places=(Place.DESTINATION,), countries=("QM",))
    found = check_item(item, against(embargo))
    assert [(met.line, line.at, line.text.split(":")[0]) for met, line in found.met] == [
        (0, None, "The route")
    ]
