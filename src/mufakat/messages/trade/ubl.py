"""Orders, invoices, credit notes, despatch advices and bills of lading of UBL 2.1 and 2.3 (OASIS)."""

from collections.abc import Iterator
from typing import Final

from mufakat.messages import fault
from mufakat.messages.fault import Fault
from mufakat.messages.schema import Element
from mufakat.messages.trade import carriage
from mufakat.messages.trade.codes import is_credit_note
from mufakat.messages.trade.document import PaymentMeans, TradeDocument, TradeLine, TradeParty
from mufakat.messages.trade.values import (
    NS,
    distinct,
    every,
    fault_at,
    first,
    identification,
    identifications,
    payable,
    tag,
    text,
    value,
)
from mufakat.model.trade import TradeKind

_SELLERS: Final = {
    TradeKind.INVOICE: ("cac:AccountingSupplierParty/cac:Party",),
    TradeKind.CREDIT_NOTE: ("cac:AccountingSupplierParty/cac:Party",),
    TradeKind.ORDER: ("cac:SellerSupplierParty/cac:Party",),
    TradeKind.DESPATCH_ADVICE: ("cac:SellerSupplierParty/cac:Party", "cac:DespatchSupplierParty/cac:Party"),
    TradeKind.BILL_OF_LADING: ("cac:ConsignorParty", "cac:Shipment/cac:Consignment/cac:ConsignorParty"),
}
_BUYERS: Final = {
    TradeKind.INVOICE: ("cac:AccountingCustomerParty/cac:Party",),
    TradeKind.CREDIT_NOTE: ("cac:AccountingCustomerParty/cac:Party",),
    TradeKind.ORDER: ("cac:BuyerCustomerParty/cac:Party",),
    TradeKind.DESPATCH_ADVICE: ("cac:BuyerCustomerParty/cac:Party", "cac:DeliveryCustomerParty/cac:Party"),
    TradeKind.BILL_OF_LADING: ("cac:Shipment/cac:Consignment/cac:ConsigneeParty",),
}
_LINES: Final = {
    TradeKind.INVOICE: ("cac:InvoiceLine", "cac:SubInvoiceLine"),
    TradeKind.CREDIT_NOTE: ("cac:CreditNoteLine", "cac:SubCreditNoteLine"),
    TradeKind.ORDER: ("cac:OrderLine/cac:LineItem", "cac:SubLineItem"),
    TradeKind.DESPATCH_ADVICE: ("cac:DespatchLine", "cac:SubDespatchLine"),
}
"""Where the lines stand, and the lines within one."""
_QUANTITIES: Final = ("cbc:InvoicedQuantity", "cbc:CreditedQuantity", "cbc:Quantity", "cbc:DeliveredQuantity")
_TOTALS: Final = ("cac:LegalMonetaryTotal", "cac:AnticipatedMonetaryTotal")
_CODES: Final = (
    "cac:CommodityClassification/cbc:CommodityCode",
    "cac:CommodityClassification/cbc:ItemClassificationCode",
)
_TRUE: Final = ("true", "1")
_ORIGINS: Final = (
    "cac:OriginCountry/cbc:IdentificationCode",
    "cac:OriginAddress/cac:Country/cbc:IdentificationCode",
)
_DUE: Final = (
    "cbc:DueDate",
    "cac:PaymentMeans/cbc:PaymentDueDate",
    "cac:PaymentTerms/cbc:PaymentDueDate",
)


def read(root: Element, kind: TradeKind, standard: str) -> TradeDocument | Fault:
    """Read a document that fits its schema; a Fault when what is to be paid cannot be told."""
    if value(root, "cbc:CopyIndicator") in _TRUE:
        return fault_at(root.find("cbc:CopyIndicator", NS), fault.NARRATIVE, "A copy. Send the original.")
    type_code = first(root, "cbc:InvoiceTypeCode", "cbc:CreditNoteTypeCode")
    if kind is TradeKind.INVOICE and is_credit_note(type_code):
        words = f"An Invoice with type code {type_code}, which is a credit note's. Send a CreditNote."
        return fault_at(root.find("cbc:InvoiceTypeCode", NS), fault.MALFORMED, words)
    total = next((found for path in _TOTALS if (found := root.find(path, NS)) is not None), None)
    owed: tuple[str | None, str | None] | Fault = (None, None)
    if total is not None:
        owed = payable(kind, total.find("cbc:PayableAmount", NS), value(root, "cbc:DocumentCurrencyCode"))
    if isinstance(owed, Fault):
        return owed
    payee = root.find("cac:PayeeParty", NS)
    return TradeDocument(
        standard=standard,
        kind=kind,
        number=value(root, "cbc:ID") or "",
        type_code=type_code,
        issued=value(root, "cbc:IssueDate"),
        due=first(root, *_DUE),
        currency=owed[1] or value(root, "cbc:DocumentCurrencyCode"),
        payable=owed[0],
        seller=_party_at(root, _SELLERS[kind]),
        buyer=_party_at(root, _BUYERS[kind]),
        payee=None if payee is None else party(payee),
        others=(*_others_at(root, _SELLERS[kind]), *_others_at(root, _BUYERS[kind])),
        lines=tuple(_goods(root) if kind is TradeKind.BILL_OF_LADING else _lines(root, *_LINES[kind])),
        delivery=carriage.delivery(root),
        terms=carriage.terms(root),
        transport=carriage.transport(root, party),
        payment_means=tuple(_means(each) for each in root.iterfind("cac:PaymentMeans", NS)),
        orders=distinct(value(each, "cbc:ID") for each in root.iter(tag("cac:OrderReference"))),
        contracts=every(root, "cac:ContractDocumentReference/cbc:ID", "cac:Contract/cbc:ID"),
        invoices=distinct(
            value(each, "cac:InvoiceDocumentReference/cbc:ID")
            for each in root.iter(tag("cac:BillingReference"))
        ),
    )


def _means(element: Element) -> PaymentMeans:
    account = element.find("cac:PayeeFinancialAccount", NS)
    return PaymentMeans(
        code=value(element, "cbc:PaymentMeansCode"),
        account=value(account, "cbc:ID"),
        agent=value(account, "cac:FinancialInstitutionBranch/cbc:ID"),
    )


def _lines(parent: Element, path: str, inner: str) -> Iterator[TradeLine]:
    for element in parent.iterfind(path, NS):
        yield _line(
            element,
            element.find("cac:Item", NS),
            next((q for name in _QUANTITIES if (q := element.find(name, NS)) is not None), None),
            value(element, "cbc:LineExtensionAmount"),
        )
        yield from _lines(element, inner, inner)


def _goods(root: Element) -> Iterator[TradeLine]:
    """Read what a bill of lading carries: each item of its goods, and each consignment with a tariff code."""
    for goods in root.iter(tag("cac:GoodsItem"), tag("cac:ContainedGoodsItem")):
        for item in goods.findall("cac:Item", NS) or [None]:
            yield _line(goods, item, goods.find("cbc:Quantity", NS), value(goods, "cbc:ValueAmount"))
    for consignment in root.iter(tag("cac:Consignment")):
        if next(consignment.iter(tag("cac:GoodsItem")), None) is not None:
            continue  # its items say more than it does
        if codes := identifications(consignment, "cbc:TariffCode", scheme="listID"):
            yield TradeLine(
                line=consignment.sourceline,
                identifier=value(consignment, "cbc:ID") or "",
                name=first(consignment, "cbc:TariffDescription", "cbc:SummaryDescription"),
                quantity=None,
                unit=None,
                amount=None,
                commodities=codes,
                origin=None,
            )


def _line(element: Element, item: Element | None, quantity: Element | None, amount: str | None) -> TradeLine:
    origins = distinct([*(() if item is None else every(item, *_ORIGINS)), *every(element, *_ORIGINS)])
    return TradeLine(
        line=element.sourceline,
        identifier=value(element, "cbc:ID") or "",
        name=value(item, "cbc:Name") or value(element, "cbc:Description"),
        quantity=None if quantity is None else text(quantity) or None,
        unit=None if quantity is None else quantity.get("unitCode"),
        amount=amount,
        commodities=() if item is None else identifications(item, *_CODES, scheme="listID"),
        origin=next(iter(origins), None),
        other_origins=origins[1:],
    )


def _party_at(root: Element, paths: tuple[str, ...]) -> TradeParty:
    found = next((each for path in paths if (each := root.find(path, NS)) is not None), None)
    return TradeParty() if found is None else party(found)


def _others_at(root: Element, paths: tuple[str, ...]) -> Iterator[TradeParty]:
    """Return the parties of a role that consignments name, and that are not the one of the document."""
    found = [party(each) for path in paths for each in root.iterfind(path, NS) if "Shipment" in path]
    known = _party_at(root, paths).lei
    yield from (each for each in found if each.lei != known)


def party(element: Element) -> TradeParty:
    """Read an element of the type Party."""
    return TradeParty(
        name=first(element, "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name"),
        endpoint=identification(element.find("cbc:EndpointID", NS)),
        legal=identification(element.find("cac:PartyLegalEntity/cbc:CompanyID", NS)),
        identifications=identifications(element, "cac:PartyIdentification/cbc:ID"),
        country=value(element, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
    )
