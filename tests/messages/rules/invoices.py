"""The example invoice, its like in other syntaxes, and changes to them; and whether the official rules are here."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mufakat.messages.envelope import parse
from mufakat.messages.rules import official
from mufakat.messages.rules.schematron import Sheets
from tests.messages.official import ROOT

INVOICE = (ROOT / "examples" / "invoice.xml").read_text(encoding="utf-8")
CREDIT_NOTE = (
    INVOICE.replace("Invoice-2", "CreditNote-2")
    .replace("<Invoice ", "<CreditNote ")
    .replace("</Invoice>", "</CreditNote>")
    .replace("InvoiceTypeCode>380<", "CreditNoteTypeCode>381<")
    .replace("</cbc:InvoiceTypeCode>", "</cbc:CreditNoteTypeCode>")
    .replace("InvoiceLine>", "CreditNoteLine>")
    .replace("InvoicedQuantity", "CreditedQuantity")
    .replace("  <cbc:DueDate>2026-12-02</cbc:DueDate>\n", "")
)
CII = """<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>
<ram:ID>urn:cen.eu:en16931:2017</ram:ID>
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument><ram:ID>7</ram:ID><ram:TypeCode>380</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20261102</udt:DateTimeString></ram:IssueDateTime>
</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem>
<ram:AssociatedDocumentLineDocument><ram:LineID>1</ram:LineID></ram:AssociatedDocumentLineDocument>
<ram:SpecifiedTradeProduct><ram:Name>Gear pump</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice><ram:ChargeAmount>250.00</ram:ChargeAmount>
</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">5</ram:BilledQuantity>
</ram:SpecifiedLineTradeDelivery>
<ram:SpecifiedLineTradeSettlement>
<ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode>
<ram:RateApplicablePercent>20</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>1250.00</ram:LineTotalAmount>
</ram:SpecifiedTradeSettlementLineMonetarySummation>
</ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Donau Maschinen GmbH</ram:Name>
<ram:PostalTradeAddress><ram:CountryID>AT</ram:CountryID></ram:PostalTradeAddress>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">ATU12345675</ram:ID></ram:SpecifiedTaxRegistration>
</ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Murtal Handel AG</ram:Name>
<ram:PostalTradeAddress><ram:CountryID>AT</ram:CountryID></ram:PostalTradeAddress></ram:BuyerTradeParty>
</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement>
<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:ApplicableTradeTax><ram:CalculatedAmount>250.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
<ram:BasisAmount>1250.00</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode>
<ram:RateApplicablePercent>20</ram:RateApplicablePercent></ram:ApplicableTradeTax>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>
<udt:DateTimeString format="102">20261202</udt:DateTimeString></ram:DueDateDateTime>
</ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation><ram:LineTotalAmount>1250.00</ram:LineTotalAmount>
<ram:TaxBasisTotalAmount>1250.00</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">250.00</ram:TaxTotalAmount>
<ram:GrandTotalAmount>1500.00</ram:GrandTotalAmount><ram:DuePayableAmount>1500.00</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
"""

BUYER = '<cbc:EndpointID schemeID="9914">ATU87654329</cbc:EndpointID>'
PROFILE = "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>"
TOTAL = "/Invoice/LegalMonetaryTotal"
BREACHES = {
    "BR-02": ("<cbc:ID>2026-0417</cbc:ID>", "", "/Invoice"),
    "BR-CO-10": (
        '<cac:LegalMonetaryTotal>\n    <cbc:LineExtensionAmount currencyID="EUR">1250.00',
        '<cac:LegalMonetaryTotal>\n    <cbc:LineExtensionAmount currencyID="EUR">1250.01',
        TOTAL,
    ),
    "BR-CO-13": (
        'TaxExclusiveAmount currencyID="EUR">1250',
        'TaxExclusiveAmount currencyID="EUR">1251',
        TOTAL,
    ),
    "BR-CO-15": (
        'TaxInclusiveAmount currencyID="EUR">1500',
        'TaxInclusiveAmount currencyID="EUR">1501',
        "/Invoice",
    ),
    "BR-CO-16": ('PayableAmount currencyID="EUR">1500', 'PayableAmount currencyID="EUR">1499', TOTAL),
    "BR-CO-09": ("CompanyID>ATU", "CompanyID>U", "/Invoice/AccountingSupplierParty/Party/PartyTaxScheme"),
    "BR-CL-01": ("TypeCode>380<", "TypeCode>999<", "/Invoice/InvoiceTypeCode"),
    "BR-CL-23": ('unitCode="C62"', 'unitCode="PCS"', "/Invoice/InvoiceLine/InvoicedQuantity"),
    "BR-CO-14": (
        '<cbc:TaxAmount currencyID="EUR">250.00</cbc:TaxAmount>\n    <cac:TaxSubtotal>',
        '<cbc:TaxAmount currencyID="EUR">251.00</cbc:TaxAmount>\n    <cac:TaxSubtotal>',
        "/Invoice/TaxTotal",
    ),
    "BR-DEC-18": ('PayableAmount currencyID="EUR">1500.00', 'PayableAmount currencyID="EUR">1500.000', TOTAL),
    "PEPPOL-EN16931-R001": (PROFILE, "", "/Invoice"),
    "PEPPOL-EN16931-R003": ("<cbc:BuyerReference>PO-77120</cbc:BuyerReference>", "", "/Invoice"),
    "PEPPOL-EN16931-R007": ("billing:01:1.0", "billing:1:1.0", "/Invoice"),
    "PEPPOL-EN16931-R010": (BUYER, "", "/Invoice/AccountingCustomerParty/Party"),
    "PEPPOL-EN16931-R008": (
        "<cbc:PaymentID>2026-0417<",
        "<cbc:PaymentID><",
        "/Invoice/PaymentMeans/PaymentID",
    ),
    "PEPPOL-EN16931-R051": (
        'PriceAmount currencyID="EUR"',
        'PriceAmount currencyID="USD"',
        "/Invoice/InvoiceLine/Price/PriceAmount",
    ),
    "PEPPOL-EN16931-R120": (
        'PriceAmount currencyID="EUR">250',
        'PriceAmount currencyID="EUR">251',
        "/Invoice/InvoiceLine",
    ),
}
"""Rules, each with what breaks it in the example invoice, and where it is found."""


def _why_not() -> str:
    try:
        with Sheets(official.home()) as sheets:
            sheets.usable(tuple(official.SETS))
    except official.Unusable as error:
        return str(error)
    return ""


needs_rules = pytest.mark.skipif(bool(_why_not()), reason=_why_not())
needs_maven = pytest.mark.skipif(
    shutil.which("mvn") is None or shutil.which("java") is None,
    reason="Java and Maven are not here: install them to get packages of theirs",
)


def changed(text: str, *changes: tuple[str, str]) -> str:
    """Return a text with changes, each of something that is there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def root_of(text: str) -> Any:
    """Return the root of an invoice that is read safely."""
    root = parse(text.encode())
    assert hasattr(root, "tag"), root
    return root


def altered(folder: Path) -> Path:
    """Return a folder with all rule files, one of them with a byte changed."""
    shutil.copytree(official.home(), folder)
    file = next(iter(official.SETS["en16931"])).name
    data = bytearray((folder / file).read_bytes())
    data[-2] ^= 1
    (folder / file).write_bytes(data)
    return folder
