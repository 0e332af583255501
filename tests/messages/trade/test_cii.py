"""Invoices of CII, field by field, and what refuses one."""

import pytest
from lxml import etree

from mufakat.messages.fault import Fault
from mufakat.messages.trade.document import (
    Delivery,
    DeliveryTerms,
    Identification,
    PaymentMeans,
    TradeDocument,
    TradeParty,
    Transport,
)
from mufakat.messages.trade.reading import read_trade_document
from mufakat.model.trade import TradeKind
from tests.messages.official import needs_data, official
from tests.messages.trade.writing import BUYER, CARRIER, SELLER, cii, example, replace

PLAIN = example(
    delivery=Delivery(destinations=("QN",), origins=("QM",)),
    transport=(Transport(vessel="Sinar Pagi", vessel_id="9319466"), Transport(carriers=(CARRIER,))),
)


def changed(old: str, new: str, document: TradeDocument = PLAIN) -> bytes:
    data = cii(document).decode()
    assert old in data
    return data.replace(old, new).encode()


def read(data: bytes) -> TradeDocument:
    found = read_trade_document(data)
    assert isinstance(found, TradeDocument), found
    return found


def refused(data: bytes) -> Fault:
    found = read_trade_document(data)
    assert isinstance(found, Fault), found
    return found


def test_an_invoice_is_read_field_by_field():
    found = read(cii(PLAIN))
    assert (found.standard, found.kind, found.type_code) == (
        "cii.CrossIndustryInvoice",
        TradeKind.INVOICE,
        "380",
    )
    assert (found.number, found.issued, found.due) == ("DOC-7", "2026-11-23", "2026-12-23")
    assert (found.payable, found.currency) == ("150.25", "IDR")
    assert (found.seller, found.buyer, found.payee) == (SELLER, BUYER, None)
    assert found.delivery == Delivery(destinations=("QN",), origins=("QM",))
    assert found.terms == DeliveryTerms("CIF", "Port of Tengah")
    assert found.transport == PLAIN.transport
    assert found.transport[0].imo == "9319466"
    assert found.payment_means == (PaymentMeans(code="30", account="77", agent="AAAAQMQM"),)
    assert (found.orders, found.contracts, found.invoices) == (("O-1",), ("C-1",), ("INV-3",))
    (line,) = found.lines
    assert (line.line, line.identifier, line.name, line.amount) == (4, "1", "Tubes", "150.25")
    assert (line.quantity, line.unit, line.origin) == ("5", "KGM", "QM")
    assert line.commodities == (Identification("730431", "HS"),)


@pytest.mark.parametrize("code", ["381", "261", "396"])
def test_a_type_code_of_a_credit_note_makes_it_one(code):
    assert read(cii(replace(PLAIN, type_code=code))).kind is TradeKind.CREDIT_NOTE


@needs_data
def test_what_the_tests_write_is_an_official_invoice():
    official("cii.CrossIndustryInvoice").assertValid(etree.fromstring(cii(PLAIN)))


def test_a_payee_is_another_party_than_the_seller():
    assert read(cii(replace(PLAIN, payee=CARRIER))).payee == CARRIER


def test_a_document_may_leave_much_unsaid():
    bare = replace(
        PLAIN,
        due=None,
        terms=None,
        transport=(),
        delivery=Delivery(),
        lines=(),
        orders=(),
        seller=TradeParty(),
    )
    found = read(cii(bare))
    assert (found.due, found.terms, found.transport, found.lines) == (None, None, (), ())
    assert (found.seller, found.delivery) == (TradeParty(), Delivery())
    data = changed("<ram:SellerTradeParty></ram:SellerTradeParty>", "", bare)
    assert read(data).seller == TradeParty()


def test_a_movement_without_means_of_transport_tells_nothing():
    empty = "<ram:SpecifiedLogisticsTransportMovement/>"
    movement = "<ram:SpecifiedLogisticsTransportMovement>"
    assert read(changed(movement, empty + movement)).transport == PLAIN.transport


def test_goods_within_a_line_and_ends_of_a_line_are_read_too():
    ends = (
        '<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="KGM">5</ram:BilledQuantity>'
        "<ram:ShipToTradeParty><ram:PostalTradeAddress><ram:CountryID>KP</ram:CountryID></ram:PostalTradeAddress>"
        "</ram:ShipToTradeParty></ram:SpecifiedLineTradeDelivery>"
    )
    inner = (
        "<ram:IncludedSubordinateTradeLineItem><ram:ID>1.1</ram:ID><ram:ApplicableTradeProduct>"
        "<ram:Name>Coal</ram:Name><ram:DesignatedProductClassification>"
        '<ram:ClassCode listID="HS">2701</ram:ClassCode>'
        "</ram:DesignatedProductClassification></ram:ApplicableTradeProduct></ram:IncludedSubordinateTradeLineItem>"
    )
    data = changed(
        "</ram:IncludedSupplyChainTradeLineItem>", inner + "</ram:IncludedSupplyChainTradeLineItem>"
    )
    start = data.index(b"<ram:SpecifiedLineTradeDelivery>")
    stop = data.index(b"<ram:SpecifiedLineTradeSettlement>")
    found = read(data[:start] + ends.encode() + data[stop:])
    assert found.delivery.destinations == ("QN", "KP")
    assert [(each.identifier, each.name, each.amount) for each in found.lines] == [
        ("1", "Tubes", "150.25"),
        ("1.1", "Coal", None),
    ]
    assert found.lines[1].commodities == (Identification("2701", "HS"),)


ISSUED = '<udt:DateTimeString format="102">20261123</udt:DateTimeString>'


@pytest.mark.parametrize(
    "written",
    [
        '<udt:DateTimeString format="203">202611232359</udt:DateTimeString>',
        '<udt:DateTimeString format="204">20261123235959</udt:DateTimeString>',
        "<udt:DateTime>2026-11-23T23:59:59+07:00</udt:DateTime>",
    ],
)
def test_a_date_with_a_time_is_that_day(written):
    assert read(changed(ISSUED, written)).issued == "2026-11-23"


@pytest.mark.parametrize(
    "written",
    [
        "<udt:DateTimeString>20261123</udt:DateTimeString>",
        '<udt:DateTimeString format="102">2026-11-23</udt:DateTimeString>',
        '<udt:DateTimeString format="102">202611232359</udt:DateTimeString>',
        '<udt:DateTimeString format="102">٢٠٢٦١١٢٣</udt:DateTimeString>',
        '<udt:DateTimeString format="610">202611</udt:DateTimeString>',
        '<udt:DateTimeString format="102"></udt:DateTimeString>',
    ],
)
def test_a_date_in_another_format_is_refused(written):
    found = refused(changed(ISSUED, written))
    assert (found.code, found.path) == (
        "DT01",
        "/CrossIndustryInvoice/ExchangedDocument/IssueDateTime/DateTimeString",
    )
    assert refused(changed(ISSUED.replace("1123", "1223"), written)).code == "DT01"


DUE = "<ram:DuePayableAmount>150.25</ram:DuePayableAmount>"


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        (DUE, "", "AM12", "It states 0 DuePayableAmounts."),
        (DUE, DUE * 2, "AM12", "It states 2 DuePayableAmounts."),
        (
            ">150.25</ram:Due",
            ">-150.25</ram:Due",
            "AM12",
            "-150.25: the supplier owes it. Send a credit note.",
        ),
        (">150.25</ram:Due", ">1.5E2</ram:Due", "FF01", "1.5E2"),
        (">150.25</ram:Due", ">+150.25</ram:Due", "AM12", "not plain digits"),
        ("<ram:DuePayableAmount>", '<ram:DuePayableAmount currencyID="VND">', "AM11", "Use one."),
        ("<ram:InvoiceCurrencyCode>IDR</ram:InvoiceCurrencyCode>", "", "AM11", "has no currency"),
        ("<ram:TypeCode>380</ram:TypeCode>", "", "MINF", "whether it is an invoice or a credit note"),
        ("<ram:ID>DOC-7</ram:ID>", "", "FF01", "ID"),
        ("150.25</ram:Due", "150<!-- . -->25</ram:Due", "FF01", "splits a value"),
    ],
)
def test_what_is_wrong_in_an_invoice_is_refused(old, new, code, words):
    found = refused(changed(old, new))
    assert (found.code, words in found.text) == (code, True), found
    assert found.line in {3, 4}
    assert found.path.startswith("/CrossIndustryInvoice/")


def test_a_credit_note_below_nothing_is_the_customers_debt():
    found = refused(cii(replace(PLAIN, type_code="381", payable="-1")))
    assert found.text == "The payable amount is -1: the customer owes it. Send an invoice."
