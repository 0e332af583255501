"""Trade documents of every standard become one shape; every real one is read, or refused for its reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.messages.fault import Fault
from mufakat.messages.trade.document import TradeDocument
from mufakat.messages.trade.reading import read_trade_document
from mufakat.messages.trade.standard import KINDS, TAKEN
from mufakat.model.trade import TradeKind
from tests.messages.official import TRADE, needs_data, rows, sample
from tests.messages.trade.writing import cii, claims, example, replace, said, ubl

NEGATIVE = (
    "Einfach_negativePaymentDue",
    "Rechnungskorrektur",
    "BIS3_Invoice_negativ.xml",
    "Kreditering_med_negativ_faktura",
    "testout-ZF2PushCorrection",
    "03.01a-INVOICE_uncefact",
)
"""Samples in which the supplier owes the customer."""
TWO_CURRENCIES = ("CENBII-Order-maximal",)
"""Samples whose payable amount is in another currency than they say they are."""


@needs_data
@pytest.mark.parametrize("row", rows(TRADE), ids=lambda row: row["file"])
def test_every_trade_sample_is_read_or_refused_with_the_reason(row):
    data = sample(TRADE, row)
    found = read_trade_document(data)
    name = row["kind"].removeprefix("UBL-")
    if name not in KINDS and name != "CII-D16B":
        assert isinstance(found, Fault)
        assert found.text == f"{name} is no trade document that is taken. Taken are {TAKEN}."
    elif any(part in row["file"] for part in NEGATIVE):
        assert isinstance(found, Fault)
        assert (found.code, "the supplier owes it" in found.text) == ("AM12", True)
    elif any(part in row["file"] for part in TWO_CURRENCIES):
        assert isinstance(found, Fault)
        assert found.text == "The payable amount is in AED, the order in EUR. Use one."
    else:
        assert isinstance(found, TradeDocument), found
        assert found.kind is KINDS.get(name, TradeKind.INVOICE)
        assert found.number.encode() in data and found.lines
        assert found.payable is None or found.payable.encode() in data
        assert found.seller.name and found.buyer.name


@settings(deadline=None)
@given(st.sampled_from([TradeKind.INVOICE, TradeKind.CREDIT_NOTE]).flatmap(claims))
def test_what_is_said_in_ubl_and_in_cii_is_the_same(document):
    for write in (ubl, cii):
        found = read_trade_document(write(document))
        assert isinstance(found, TradeDocument), found
        assert said(found) == document


def test_canary_the_comparison_notices_a_field_that_one_reader_takes_from_elsewhere(monkeypatch):
    monkeypatch.setattr("mufakat.messages.trade.cii._COUNTRY", "ram:PostalTradeAddress/ram:CityName")
    document = example(transport=(), delivery=replace(example().delivery, transshipments=()))
    assert said(read_trade_document(ubl(document))) == said(document)
    assert said(read_trade_document(cii(document))) != said(document)


@pytest.mark.parametrize("version", ["2.1", "2.3"])
@pytest.mark.parametrize("kind", TradeKind)
def test_each_kind_is_read_whole_in_each_version(kind, version):
    found = read_trade_document(ubl(example(kind), version))
    assert isinstance(found, TradeDocument), found
    assert found.standard.startswith(f"ubl{version[0]}{version[2]}.")
    assert said(found) == said(example(kind))


@pytest.mark.parametrize("write", [ubl, cii])
def test_comments_are_passed_over_but_not_inside_a_value(write):
    data = write(example())
    around = data.replace(b"?>\n", b"?>\n<!-- a --><?x y?>", 1).replace(b"DOC-7</", b"DOC-7</", 1)
    assert said(read_trade_document(around)) == said(read_trade_document(data))
    found = read_trade_document(data.replace(b">DOC-7<", b">DOC<!-- -->-7<"))
    assert (found.code, found.text) == ("FF01", "A comment splits a value. Remove it.")


def test_a_file_in_utf_16_says_the_same():
    data = ubl(example())
    assert said(read_trade_document(data.decode().replace("UTF-8", "UTF-16").encode("utf-16"))) == said(
        read_trade_document(data)
    )


@pytest.mark.parametrize("name", ["Waybill", "Statement", "StandardBusinessDocument"])
def test_another_document_is_told_what_is_taken(name):
    data = f'<{name} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{name}-2"/>'.encode()
    found = read_trade_document(data)
    assert found.text == f"{name} is no trade document that is taken. Taken are {TAKEN}."
    assert (found.line, found.path) == (1, f"/{name}")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_value(data):
    assert isinstance(read_trade_document(data), Fault)


@settings(deadline=None)
@given(
    st.sampled_from([*(ubl(example(kind)) for kind in TradeKind), cii(example())]),
    st.floats(0, 1, exclude_max=True),
    st.binary(max_size=3),
)
def test_a_damaged_document_is_read_or_refused(data, place, other):
    at = int(place * len(data))
    found = read_trade_document(data[:at] + other + data[at + len(other) :])
    assert isinstance(found, TradeDocument | Fault)
