"""Invoices: every real one is read, other documents and unsafe files are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages.fault import Fault
from mufakat.messages.ubl import Identification, Invoice, InvoiceParty, read_invoice
from tests.messages.official import TRADE, needs_data, rows, sample

NEGATIVE = (
    "Einfach_negativePaymentDue",
    "Rechnungskorrektur",
    "BIS3_Invoice_negativ.xml",
    "Kreditering_med_negativ_faktura",
)
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


def read(data: bytes) -> Invoice:
    found = read_invoice(data)
    assert isinstance(found, Invoice), found
    return found


def refused(data: bytes) -> Fault:
    found = read_invoice(data)
    assert isinstance(found, Fault), found
    return found


@needs_data
@pytest.mark.parametrize("row", rows(TRADE), ids=lambda row: row["file"])
def test_every_trade_sample_is_read_or_refused_with_the_reason(row):
    found = read_invoice(sample(TRADE, row))
    if row["kind"] != "UBL-Invoice":
        assert isinstance(found, Fault)
        assert found.text.startswith("not an invoice: ")
    elif any(part in row["file"] for part in NEGATIVE):
        assert isinstance(found, Fault)
        assert found.code == "AM12"
    else:
        assert isinstance(found, Invoice), found
        assert found.payable.encode() in sample(TRADE, row)
        assert found.lines


def test_an_invoice_is_read_field_by_field():
    means = (
        "<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>"
        "<cbc:ID>77</cbc:ID><cac:FinancialInstitutionBranch><cbc:ID>AAAAQMQM</cbc:ID>"
        "</cac:FinancialInstitutionBranch></cac:PayeeFinancialAccount></cac:PaymentMeans>"
    )
    found = read(invoice(means=means))
    assert (found.identifier, found.kind, found.order) == ("INV-7", "380", "O-1")
    assert (found.issued, found.due) == ("2026-11-23", "2026-12-23")
    assert (found.payable, found.currency) == ("150.25", "QMD")
    assert (found.payee, found.payee_account, found.payee_agent) == (None, "77", "AAAAQMQM")
    assert found.supplier == InvoiceParty(
        name="Ana & Co",
        endpoint=Identification("a@b.example", "EM"),
        legal=Identification("5493001KJTIIGC8Y1R12", "0199"),
        identifications=(),
        country="QM",
    )
    assert found.supplier.lei == "5493001KJTIIGC8Y1R12"
    assert found.customer.lei == "213800WSGIIZCXF1P572"
    (line,) = found.lines
    assert (line.line, line.identifier, line.name, line.quantity, line.unit) == (4, "1", "Tubes", "5", "KGM")
    assert (line.amount, line.origin) == ("150.25", "QN")
    assert line.commodities == (Identification("C1", None), Identification("730431", "HS"))


def test_a_party_without_anything_reads_as_none():
    found = read(invoice(supplier="<cac:AccountingSupplierParty/>")).supplier
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


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_as_a_value(data):
    assert isinstance(read_invoice(data), Fault)
