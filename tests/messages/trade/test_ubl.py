"""Documents of UBL, field by field, and what refuses one."""

import pytest
from lxml import etree

from mufakat.messages.fault import Fault
from mufakat.messages.trade.document import Identification, PaymentMeans, TradeDocument, TradeParty
from mufakat.messages.trade.reading import read_trade_document
from mufakat.model.trade import TradeKind
from tests.messages.official import needs_data, official
from tests.messages.trade.writing import ROOTS, example, ubl

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def party(role: str, inner: str = "") -> str:
    return f"<cac:{role}><cac:Party>{inner}</cac:Party></cac:{role}>"


SUPPLIER = party(
    "AccountingSupplierParty",
    '<cbc:EndpointID schemeID="EM">a@b.example</cbc:EndpointID><cac:PartyIdentification><cbc:ID> </cbc:ID>'
    "</cac:PartyIdentification><cac:PartyName><cbc:Name>Trade name</cbc:Name></cac:PartyName>"
    "<cac:PostalAddress><cac:Country><cbc:IdentificationCode>QM</cbc:IdentificationCode></cac:Country>"
    "</cac:PostalAddress>"
    "<cac:PartyLegalEntity><cbc:RegistrationName>Ana &amp; Co</cbc:RegistrationName>"
    '<cbc:CompanyID schemeID="0199">5493001KJTIIGC8Y1R12</cbc:CompanyID></cac:PartyLegalEntity>',
)
CUSTOMER = party(
    "AccountingCustomerParty",
    '<cac:PartyIdentification><cbc:ID schemeID="0199">213800WSGIIZCXF1P572</cbc:ID>'
    "</cac:PartyIdentification>",
)
LINE = (
    '<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="KGM">5</cbc:InvoicedQuantity>'
    '<cbc:LineExtensionAmount currencyID="QMD">150.25</cbc:LineExtensionAmount><cac:Item>'
    "<cbc:Name>Tubes</cbc:Name><cac:OriginCountry><cbc:IdentificationCode>QN</cbc:IdentificationCode></cac:OriginCountry>"
    "<cac:CommodityClassification><cbc:CommodityCode>C1</cbc:CommodityCode>"
    '<cbc:ItemClassificationCode listID="HS">730431</cbc:ItemClassificationCode>'
    "</cac:CommodityClassification></cac:Item></cac:InvoiceLine>"
)
INNER = (
    '<cac:SubInvoiceLine><cbc:ID>1.1</cbc:ID><cbc:LineExtensionAmount currencyID="QMD">50</cbc:LineExtensionAmount>'
    "<cac:Item><cbc:Name>Coal</cbc:Name><cac:CommodityClassification>"
    '<cbc:ItemClassificationCode listID="HS">2701</cbc:ItemClassificationCode>'
    "</cac:CommodityClassification></cac:Item></cac:SubInvoiceLine>"
)


def invoice(
    *,
    payable: str = "150.25",
    currency: str = "QMD",
    dates: str = "<cbc:DueDate>2026-12-23</cbc:DueDate>",
    supplier: str = SUPPLIER,
    means: str = "",
    line: str = LINE,
    prolog: str = "",
) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{prolog}<Invoice xmlns="{UBL}Invoice-2" '
        f'xmlns:cac="{UBL}CommonAggregateComponents-2" xmlns:cbc="{UBL}CommonBasicComponents-2">\n'
        f"<cbc:ID>INV-7</cbc:ID><cbc:IssueDate>2026-11-23</cbc:IssueDate>{dates}"
        "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>QMD</cbc:DocumentCurrencyCode>"
        f"<cac:OrderReference><cbc:ID>O-1</cbc:ID></cac:OrderReference>{supplier}{CUSTOMER}{means}"
        f'<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="{currency}">{payable}</cbc:PayableAmount>'
        f"</cac:LegalMonetaryTotal>\n{line}</Invoice>"
    ).encode()


def read(data: bytes) -> TradeDocument:
    found = read_trade_document(data)
    assert isinstance(found, TradeDocument), found
    return found


def refused(data: bytes) -> Fault:
    found = read_trade_document(data)
    assert isinstance(found, Fault), found
    return found


def test_an_invoice_is_read_field_by_field():
    means = (
        "<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>"
        "<cbc:ID>77</cbc:ID><cac:FinancialInstitutionBranch><cbc:ID>AAAAQMQM</cbc:ID>"
        "</cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount></cac:PaymentMeans>"
    )
    found = read(invoice(means=means))
    assert (found.standard, found.kind, found.type_code) == ("ubl21.Invoice", TradeKind.INVOICE, "380")
    assert (found.number, found.orders) == ("INV-7", ("O-1",))
    assert (found.issued, found.due) == ("2026-11-23", "2026-12-23")
    assert (found.payable, found.currency) == ("150.25", "QMD")
    assert found.payee is None
    assert found.payment_means == (PaymentMeans(code="30", account="77", agent="AAAAQMQM"),)
    assert found.seller == TradeParty(
        name="Ana & Co",
        endpoint=Identification("a@b.example", "EM"),
        legal=Identification("5493001KJTIIGC8Y1R12", "0199"),
        identifications=(),
        country="QM",
    )
    assert found.seller.lei == "5493001KJTIIGC8Y1R12"
    assert found.buyer.lei == "213800WSGIIZCXF1P572"
    (line,) = found.lines
    assert (line.line, line.identifier, line.name, line.quantity, line.unit) == (4, "1", "Tubes", "5", "KGM")
    assert (line.amount, line.origin) == ("150.25", "QN")
    assert line.commodities == (Identification("C1", None), Identification("730431", "HS"))


def test_a_party_without_anything_reads_as_none():
    found = read(invoice(supplier="<cac:AccountingSupplierParty/>")).seller
    assert (found.name, found.lei, found.country) == (None, None, None)


def test_a_payee_and_the_due_date_of_the_payment_means_are_read():
    means = (
        "<cac:PayeeParty><cac:PartyName><cbc:Name>Factor</cbc:Name></cac:PartyName></cac:PayeeParty><cac:PaymentMeans>"
        "<cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cbc:PaymentDueDate>2027-01-01</cbc:PaymentDueDate>"
        "</cac:PaymentMeans>"
    )
    found = read(invoice(dates="", means=means))
    assert found.due == "2027-01-01"
    assert found.payee is not None
    assert found.payee.name == "Factor"


def test_a_line_may_lack_a_quantity():
    line = LINE.replace('<cbc:InvoicedQuantity unitCode="KGM">5</cbc:InvoicedQuantity>', "")
    assert read(invoice(line=line)).lines[0].quantity is None


def test_comments_are_passed_over_but_not_inside_a_value():
    assert (
        read(invoice(prolog="<!-- a --><?xml-stylesheet href='x'?>", line="<!-- b -->" + LINE)).payable
        == "150.25"
    )
    found = refused(invoice(payable="1<!---->50.25"))
    assert "splits a value" in found.text
    assert found.path == "/Invoice/LegalMonetaryTotal/PayableAmount"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payable": "-1"}, "AM12"),
        ({"payable": "+1"}, "AM12"),
        ({"payable": ".5"}, "AM12"),
        ({"payable": "1e5"}, "FF01"),
        ({"payable": "NaN"}, "FF01"),
        ({"currency": "QND"}, "AM11"),
        ({"dates": "<cbc:DueDate>23/12/2026</cbc:DueDate>"}, "FF01"),
        ({"line": ""}, "FF01"),
        ({"prolog": "<!DOCTYPE Invoice [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"}, "FF01"),
    ],
)
def test_what_is_wrong_in_an_invoice_is_refused(change, code):
    assert refused(invoice(**change)).code == code


def test_a_breach_of_the_schema_names_its_place():
    found = refused(invoice(dates="<cbc:DueDate>23/12/2026</cbc:DueDate>"))
    assert (found.line, found.path) == (3, "/Invoice/DueDate")


@pytest.mark.parametrize(
    ("line", "amounts"),
    [
        (LINE.replace("</cac:InvoiceLine>", f"{INNER}</cac:InvoiceLine>"), ["150.25", "50"]),
        (LINE.replace("</cac:InvoiceLine>", f"{INNER}{INNER}</cac:InvoiceLine>"), ["150.25", "50", "50"]),
    ],
)
def test_lines_within_a_line_come_after_it(line, amounts):
    found = read(invoice(line=line)).lines
    assert [each.amount for each in found] == amounts
    assert found[1].commodities == (Identification("2701", "HS"),)


def test_an_invoice_with_the_type_code_of_a_credit_note_is_refused():
    found = refused(invoice().replace(b">380<", b">381<"))
    assert (found.code, found.path) == ("FF01", "/Invoice/InvoiceTypeCode")
    assert found.text == "An Invoice with type code 381, which is a credit note's. Send a CreditNote."


def test_a_credit_note_below_nothing_is_the_customers_debt():
    found = refused(ubl(example(TradeKind.CREDIT_NOTE, payable="-1")))
    assert found.text == "The payable amount is -1: the customer owes it. Send an invoice."


@pytest.mark.parametrize("kind", TradeKind)
@needs_data
def test_what_the_tests_write_is_official(kind):
    for version in ("21", "23"):
        official(f"ubl{version}.{ROOTS[kind]}").assertValid(etree.fromstring(ubl(example(kind))))


def test_an_order_need_not_say_what_it_costs():
    found = read(ubl(example(TradeKind.ORDER, payable=None)))
    assert (found.payable, found.currency) == (None, "IDR")


def test_the_sellers_and_buyers_of_a_despatch_advice_are_named_by_either_role():
    data = ubl(example(TradeKind.DESPATCH_ADVICE)).decode()
    other = party("BuyerCustomerParty", "<cac:PartyName><cbc:Name>Cici</cbc:Name></cac:PartyName>")
    changed = data.replace("</cac:DeliveryCustomerParty>", f"</cac:DeliveryCustomerParty>{other}")
    assert read(data.encode()).buyer.name == "Budi"
    assert read(changed.encode()).buyer.name == "Cici"


def test_a_bill_of_lading_tells_all_that_is_carried():
    data = ubl(example(TradeKind.BILL_OF_LADING)).decode()
    contained = (
        "<cac:ContainedGoodsItem><cbc:ID>1.1</cbc:ID><cbc:Description>Coal</cbc:Description>"
        '<cbc:Quantity unitCode="TNE">2</cbc:Quantity><cac:OriginAddress><cac:Country><cbc:IdentificationCode>KP'
        "</cbc:IdentificationCode></cac:Country></cac:OriginAddress></cac:ContainedGoodsItem>"
    )
    data = data.replace("</cac:GoodsItem>", f"{contained}</cac:GoodsItem>")
    tariff = (
        '<cbc:TariffDescription>Ore</cbc:TariffDescription><cbc:TariffCode listID="HS">2601</cbc:TariffCode>'
    )
    data = data.replace("<cac:Consignment><cbc:ID>1</cbc:ID>", f"<cac:Consignment><cbc:ID>9</cbc:ID>{tariff}")
    found = read(data.encode()).lines
    assert [(each.identifier, each.name, each.quantity, each.origin) for each in found] == [
        ("1", "Tubes", "5", "QM"),
        ("1.1", "Coal", "2", "KP"),
        ("9", "Ore", None, None),
    ]
    assert found[2].commodities == (Identification("2601", "HS"),)
