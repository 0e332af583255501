"""The record of a trade document says what the document says of goods, route and ship, or says why it cannot."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.gateway.trade_record import has_goods, record_of
from mufakat.messages.trade.document import Delivery, DeliveryTerms, Identification, TradeParty, Transport
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import DocumentKind, GoodsLine, TradeItem, TradeKind
from tests.messages.trade.writing import BUYER, LINE, SELLER, example, replace
from tests.union import TUESDAY

DATA = b"<Invoice/>"
TWO_CODES = (Identification("400121", "HS"), Identification("930690", "HS"))


def test_a_record_says_all_but_prices_and_names():
    assert record_of(example(), DATA, ["O-1"]) == TradeItem(
        DocumentKind.INVOICE,
        "DOC-7",
        hashlib.sha256(DATA).digest(),
        SELLER.lei,
        BUYER.lei,
        TUESDAY.replace(day=23),
        goods=(GoodsLine("730431", "QM"),),
        dispatch="QM",
        destination="QN",
        transshipments=("QO",),
        incoterm="CIF",
        place="Port of Tengah",
        vessel="9319466",
        vessel_name="Sinar Pagi",
        voyage="041W",
        payment_means="30",
        due=TUESDAY.replace(month=12, day=23),
        obligations=("O-1",),
    )


@pytest.mark.parametrize("kind", TradeKind)
def test_each_kind_of_document_has_its_kind_of_record(kind):
    assert record_of(example(kind), DATA, []).kind.name == kind.name


@given(st.lists(st.sampled_from(["7304.31", "7304 31 10", "730431", ""]), min_size=1, max_size=5))
def test_each_line_is_there_in_its_order_with_its_code_or_without(codes):
    lines = tuple(
        replace(LINE, commodities=(Identification("44103103", "UNSPSC"), Identification(each, "HS")))
        for each in codes
    )
    found = record_of(example(lines=lines), DATA, [])
    assert [line.hs_code for line in found.goods] == [
        each.replace(".", "").replace(" ", "") for each in codes
    ]
    assert has_goods(example(lines=lines)) is any(codes)


def test_a_place_without_an_incoterm_is_not_said():
    found = record_of(example(terms=DeliveryTerms(None, "Gate 3")), DATA, [])
    assert (found.incoterm, found.place) == ("", "")


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"seller": TradeParty()}, Reason.LEI_INVALID, "The seller has no LEI."),
        (
            {"buyer": TradeParty(legal=Identification("X", "0199"))},
            Reason.LEI_INVALID,
            "The buyer has LEI X.",
        ),
        ({"issued": None}, Reason.DATE_INVALID, "It is missing."),
        ({"due": "soon"}, Reason.DATE_INVALID, "soon"),
        (
            {"delivery": Delivery(destinations=("QN",), origins=("QM", "QO"))},
            Reason.TRADE_RECORD_INVALID,
            "2 countries that the goods come from",
        ),
        (
            {"delivery": Delivery(destinations=("QN", "QO"), origins=("QM",))},
            Reason.TRADE_RECORD_INVALID,
            "2 countries that they go to",
        ),
        (
            {"lines": (replace(LINE, other_origins=("KP",)),)},
            Reason.TRADE_RECORD_INVALID,
            "Line 1 has two origins",
        ),
        (
            {
                "lines": (
                    replace(
                        LINE, commodities=(Identification("400121", "HS"), Identification("930690", "HS"))
                    ),
                )
            },
            Reason.TRADE_RECORD_INVALID,
            "Line 1 has two origins or two HS codes",
        ),
        (
            {"others": (BUYER,)},
            Reason.TRADE_RECORD_INVALID,
            "Another party stands beside",
        ),
        (
            {"buyer": replace(BUYER, endpoint=Identification("5493001KJTIIGC8Y1R12", "0199"))},
            Reason.LEI_INVALID,
            "One party has 2 LEIs",
        ),
        (
            {"delivery": Delivery(destinations=("QN",), origins=("QM",), unplaced=("Nampo",))},
            Reason.COUNTRY_MISSING,
            "Port Nampo",
        ),
        (
            {"transport": (Transport(vessel="A"), Transport(vessel="B"))},
            Reason.TRADE_RECORD_INVALID,
            "2 ships",
        ),
        (
            {"transport": (Transport(vessel="A", vessel_id="IMO 9319467"),)},
            Reason.IDENTIFIER_INVALID,
            "IMO 9319467 is no IMO number",
        ),
    ],
)
def test_what_a_record_cannot_say_is_refused(change, reason, words):
    found = record_of(example(**change), DATA, [])
    assert isinstance(found, Refusal)
    assert found.reason is reason
    assert found.detail.startswith(words)
