"""Invoices and credit notes of the Cross Industry Invoice D16B (UN/CEFACT).

Rule source: EN 16931-3-5, which element of it has which meaning; UNTDID 2379 for formats of dates.
"""

from collections.abc import Iterator
from typing import Final

from mufakat.messages import fault
from mufakat.messages.fault import Fault, told
from mufakat.messages.schema import Element
from mufakat.messages.trade.codes import is_credit_note
from mufakat.messages.trade.document import (
    INCOTERMS,
    Delivery,
    DeliveryTerms,
    PaymentMeans,
    TradeDocument,
    TradeLine,
    TradeParty,
    Transport,
)
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

_TRANSACTION: Final = "rsm:SupplyChainTradeTransaction"
_DUE_PAYABLE: Final = "ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:DuePayableAmount"
_CONSIGNMENT: Final = "ram:RelatedSupplyChainConsignment"
_MOVEMENT: Final = "ram:SpecifiedLogisticsTransportMovement"
_COUNTRY: Final = "ram:PostalTradeAddress/ram:CountryID"
_NOT_FOR_REAL: Final = (
    "rsm:ExchangedDocumentContext/ram:TestIndicator/udt:Indicator",
    "rsm:ExchangedDocument/ram:CopyIndicator/udt:Indicator",
)
_BY_SEA: Final = (None, "1")
"""Modes of transport (UN/ECE recommendation 19) of a ship, or of nobody knows what."""
_DAY: Final = 8
_DATE_LENGTHS: Final = {"102": 8, "203": 12, "204": 14}
"""Formats that begin with a day as CCYYMMDD, and their digits."""


def read(root: Element, standard: str) -> TradeDocument | Fault:
    """Read a document that fits its schema; a Fault when it does not say what it is, or what is to be paid."""
    document = root.find("rsm:ExchangedDocument", NS)
    for path in _NOT_FOR_REAL:
        if (said := root.find(path, NS)) is not None and text(said) in ("true", "1"):
            return fault_at(said, fault.NARRATIVE, "A test, or a copy. Send the original.")
    type_code = value(document, "ram:TypeCode")
    if type_code is None:
        words = "It has no TypeCode, which says whether it is an invoice or a credit note. Write it (UNTDID 1001)."
        return fault_at(document, fault.MISSING, words)
    kind = TradeKind.CREDIT_NOTE if is_credit_note(type_code) else TradeKind.INVOICE
    agreement, delivered, settlement = (
        root.find(f"{_TRANSACTION}/ram:ApplicableHeaderTrade{part}", NS)
        for part in ("Agreement", "Delivery", "Settlement")
    )
    amounts = settlement.findall(_DUE_PAYABLE, NS)
    if len(amounts) != 1:
        words = f"It states {len(amounts)} DuePayableAmounts. State one: what is to be paid."
        return fault_at(amounts[1] if amounts else settlement, fault.AMOUNT, words)
    owed = payable(kind, amounts[0], value(settlement, "ram:InvoiceCurrencyCode"))
    issued = _date(document.find("ram:IssueDateTime", NS))
    due = _date(settlement.find("ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime", NS))
    for each in (owed, issued, due):
        if isinstance(each, Fault):
            return each
    assert isinstance(owed, tuple)
    assert not isinstance(issued, Fault)
    assert not isinstance(due, Fault)
    payee = settlement.find("ram:PayeeTradeParty", NS)
    return TradeDocument(
        standard=standard,
        kind=kind,
        number=value(document, "ram:ID") or "",
        type_code=type_code,
        issued=issued,
        due=due,
        currency=owed[1],
        payable=owed[0],
        seller=_party(agreement.find("ram:SellerTradeParty", NS)),
        buyer=_party(agreement.find("ram:BuyerTradeParty", NS)),
        payee=None if payee is None else _party(payee),
        lines=tuple(_lines(root)),
        delivery=_delivery(root, delivered),
        terms=_terms(agreement.find("ram:ApplicableTradeDeliveryTerms", NS)),
        transport=tuple(_transport(root)),
        payment_means=tuple(
            _means(each) for each in settlement.iterfind("ram:SpecifiedTradeSettlementPaymentMeans", NS)
        ),
        orders=every(agreement, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
        contracts=every(agreement, "ram:ContractReferencedDocument/ram:IssuerAssignedID"),
        invoices=every(settlement, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID"),
    )


def _date(element: Element | None) -> str | Fault | None:
    """Return a date as ISO has it; whether the calendar has that day is not asked here."""
    if element is None:
        return None
    written = element.find("udt:DateTimeString", NS)
    if written is None:
        return (value(element, "udt:DateTime") or "")[: len("2026-11-24")]
    found, form = text(written), (written.get("format") or "").strip()
    if not (found.isascii() and found.isdigit() and len(found) == _DATE_LENGTHS.get(form)):
        words = (
            f"The date {told(repr(found))} is not in the format that it names, or that format is not taken. "
        )
        return fault_at(written, fault.DATE, words + "Write CCYYMMDD, with format 102.")
    return f"{found[:4]}-{found[4:6]}-{found[6:_DAY]}"


def _lines(root: Element) -> Iterator[TradeLine]:
    for element in root.iterfind(f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem", NS):
        total = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
        yield _line(
            element,
            value(element, "ram:AssociatedDocumentLineDocument/ram:LineID"),
            element.find("ram:SpecifiedTradeProduct", NS),
            element.find("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", NS),
            value(element, f"ram:SpecifiedLineTradeSettlement/{total}"),
        )
        for inner in element.iterfind("ram:IncludedSubordinateTradeLineItem", NS):
            for product in inner.iterfind("ram:ApplicableTradeProduct", NS):
                yield _line(inner, value(inner, "ram:ID"), product, None, None)


def _line(
    element: Element,
    identifier: str | None,
    product: Element | None,
    quantity: Element | None,
    amount: str | None,
) -> TradeLine:
    codes = "ram:DesignatedProductClassification/ram:ClassCode"
    return TradeLine(
        line=element.sourceline,
        identifier=identifier or "",
        name=value(product, "ram:Name"),
        quantity=None if quantity is None else text(quantity) or None,
        unit=None if quantity is None else quantity.get("unitCode"),
        amount=amount,
        commodities=() if product is None else identifications(product, codes, scheme="listID"),
        origin=value(product, "ram:OriginTradeCountry/ram:ID"),
    )


def _party(element: Element | None) -> TradeParty:
    if element is None:
        return TradeParty()
    return TradeParty(
        name=first(element, "ram:Name", "ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
        endpoint=identification(element.find("ram:URIUniversalCommunication/ram:URIID", NS)),
        legal=identification(element.find("ram:SpecifiedLegalOrganization/ram:ID", NS)),
        identifications=identifications(element, "ram:ID", "ram:GlobalID"),
        country=value(element, _COUNTRY),
    )


def _delivery(root: Element, delivered: Element) -> Delivery:
    """Read the countries to and from which the document, or one of its lines, says that the goods go."""
    line = f"{_TRANSACTION}/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeDelivery"
    places = [delivered, *root.iterfind(line, NS)]

    def countries(party: str) -> tuple[str, ...]:
        return distinct(value(each, f"ram:{party}/{_COUNTRY}") for each in places)

    return Delivery(
        destinations=distinct([*countries("UltimateShipToTradeParty"), *countries("ShipToTradeParty")]),
        origins=countries("ShipFromTradeParty"),
    )


def _terms(element: Element | None) -> DeliveryTerms | None:
    if element is None:
        return None
    code = (value(element, "ram:DeliveryTypeCode") or "").upper()
    place = first(element, "ram:RelevantTradeLocation/ram:Name", "ram:RelevantTradeLocation/ram:ID")
    return DeliveryTerms(code if code in INCOTERMS else None, place)


def _transport(root: Element) -> Iterator[Transport]:
    """Read how the goods of the document, or of one of its lines, are carried."""
    for consignment in root.iter(tag(_CONSIGNMENT)):
        for movement in consignment.iterfind(_MOVEMENT, NS):
            means = movement.find("ram:UsedLogisticsTransportMeans", NS)
            if means is not None and value(movement, "ram:ModeCode") in _BY_SEA:
                yield Transport(vessel=value(means, "ram:Name"), vessel_id=value(means, "ram:ID"))
        carrier = consignment.find("ram:CarrierTradeParty", NS)
        if carrier is not None:
            yield Transport(carriers=(_party(carrier),))


def _means(element: Element) -> PaymentMeans:
    account = "ram:PayeePartyCreditorFinancialAccount"
    return PaymentMeans(
        code=value(element, "ram:TypeCode"),
        account=first(element, f"{account}/ram:IBANID", f"{account}/ram:ProprietaryID"),
        agent=value(element, "ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
    )
