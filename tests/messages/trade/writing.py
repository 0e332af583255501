"""Writes a trade document in the standards that are read, and makes ones up."""

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st
from msgspec.structs import replace

from mufakat.messages.trade.document import (
    INCOTERMS,
    Delivery,
    DeliveryTerms,
    Identification,
    PaymentMeans,
    TradeDocument,
    TradeLine,
    TradeParty,
    Transport,
)
from mufakat.model.trade import TradeKind

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CII = "urn:un:unece:uncefact:data:standard:"
ROOTS = {
    TradeKind.ORDER: "Order",
    TradeKind.INVOICE: "Invoice",
    TradeKind.CREDIT_NOTE: "CreditNote",
    TradeKind.DESPATCH_ADVICE: "DespatchAdvice",
    TradeKind.BILL_OF_LADING: "BillOfLading",
}
SELLER = TradeParty(name="Ana & Co", legal=Identification("5493001KJTIIGC8Y1R12", "0199"), country="QM")
BUYER = TradeParty(name="Budi", legal=Identification("213800WSGIIZCXF1P572", "0199"), country="QN")
CARRIER = TradeParty(name="Laut Lines", country="QO")
LINE = TradeLine(
    line=0,
    identifier="1",
    name="Tubes",
    quantity="5",
    unit="KGM",
    amount="150.25",
    commodities=(Identification("730431", "HS"),),
    origin="QM",
)


def example(kind: TradeKind = TradeKind.INVOICE, **change: object) -> TradeDocument:
    """A document of a kind with all that its UBL can say."""
    is_claim = kind in (TradeKind.INVOICE, TradeKind.CREDIT_NOTE)
    priced = is_claim or kind is TradeKind.ORDER
    line = LINE if priced or kind is TradeKind.BILL_OF_LADING else replace(LINE, amount=None)
    document = TradeDocument(
        standard=f"ubl21.{ROOTS[kind]}",
        kind=kind,
        number="DOC-7",
        type_code={TradeKind.INVOICE: "380", TradeKind.CREDIT_NOTE: "381"}.get(kind),
        issued="2026-11-23",
        due="2026-12-23" if kind is TradeKind.INVOICE else None,
        currency="IDR" if priced else None,
        payable="150.25" if priced else None,
        seller=SELLER,
        buyer=BUYER,
        lines=(line,),
        delivery=Delivery(destinations=("QN",), origins=("QM",), transshipments=("QO",)),
        terms=DeliveryTerms("CIF", "Port of Tengah") if priced else None,
        transport=(
            Transport(vessel="Sinar Pagi", vessel_id="IMO 9319466", voyage="041W", carriers=(CARRIER,)),
        ),
        payment_means=(PaymentMeans(code="30", account="77", agent="AAAAQMQM"),) if priced else (),
        orders=("O-1",) if is_claim or kind is TradeKind.DESPATCH_ADVICE else (),
        contracts=("C-1",) if priced else (),
        invoices=("INV-3",) if is_claim else (),
    )
    return replace(document, **change)


def said(document: TradeDocument) -> TradeDocument:
    """What a document says, in whatever standard and on whatever lines of its file."""
    return replace(document, standard="", lines=tuple(replace(each, line=0) for each in document.lines))


def element(name: str, *inner: str | None, **attributes: str | None) -> str:
    """An element with its content; nothing when that is None, or empty and without attributes."""
    content = "".join(each for each in inner if each is not None)
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items() if value is not None)
    return f"<{name}{said}>{content}</{name}>" if content else ""


def text(name: str, value: str | None, **attributes: str | None) -> str:
    """An element with text; nothing for None."""
    return "" if value is None else element(name, escape(value), **attributes)


# -- UBL ----------------------------------------------------------------------------------------------


def ubl(document: TradeDocument, version: str | None = None, extra: str = "") -> bytes:
    """Write a document in UBL; `extra` stands between its head and what it refers to."""
    root = ROOTS[document.kind]
    body = {
        TradeKind.ORDER: _order,
        TradeKind.INVOICE: _invoice,
        TradeKind.CREDIT_NOTE: _invoice,
        TradeKind.DESPATCH_ADVICE: _despatch_advice,
        TradeKind.BILL_OF_LADING: _bill_of_lading,
    }[document.kind](document)
    code = {"Invoice": "InvoiceTypeCode", "CreditNote": "CreditNoteTypeCode"}.get(root, "")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{UBL}{root}-2" '
        f'xmlns:cac="{UBL}CommonAggregateComponents-2" xmlns:cbc="{UBL}CommonBasicComponents-2">\n'
        + text("cbc:UBLVersionID", version)
        + text("cbc:ID", document.number)
        + text("cbc:IssueDate", document.issued)
        + text("cbc:DueDate", document.due)
        + (text(f"cbc:{code}", document.type_code) if code else "")
        + text("cbc:DocumentCurrencyCode", document.currency)
        + extra
        + body
        + f"</{root}>\n"
    ).encode()


def _invoice(document: TradeDocument) -> str:
    names = ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    if document.kind is TradeKind.CREDIT_NOTE:
        names = ("cac:CreditNoteLine", "cbc:CreditedQuantity")
    lines = (_line(each, *names, document) for each in document.lines)
    return "".join(
        [
            *(element("cac:OrderReference", text("cbc:ID", each)) for each in document.orders),
            *(
                element("cac:BillingReference", element("cac:InvoiceDocumentReference", text("cbc:ID", each)))
                for each in document.invoices
            ),
            *(element("cac:ContractDocumentReference", text("cbc:ID", each)) for each in document.contracts),
            _role("cac:AccountingSupplierParty", document.seller),
            _role("cac:AccountingCustomerParty", document.buyer),
            "" if document.payee is None else element("cac:PayeeParty", party_element(document.payee)),
            *_deliveries(document),
            _terms(document.terms),
            *map(_means, document.payment_means),
            element("cac:LegalMonetaryTotal", _payable(document)),
            "\n",
            *lines,
        ]
    )


def _order(document: TradeDocument) -> str:
    return "".join(
        [
            *(element("cac:Contract", text("cbc:ID", each)) for each in document.contracts),
            _role("cac:BuyerCustomerParty", document.buyer),
            _role("cac:SellerSupplierParty", document.seller),
            *_deliveries(document),
            _terms(document.terms),
            *map(_means, document.payment_means),
            element("cac:AnticipatedMonetaryTotal", _payable(document)),
            *(
                element("cac:OrderLine", _line(each, "cac:LineItem", "cbc:Quantity", document))
                for each in document.lines
            ),
        ]
    )


def _despatch_advice(document: TradeDocument) -> str:
    reference = "<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>"
    lines = (
        _line(each, "cac:DespatchLine", "cbc:DeliveredQuantity", document, reference)
        for each in document.lines
    )
    return "".join(
        [
            *(element("cac:OrderReference", text("cbc:ID", each)) for each in document.orders),
            _role("cac:DespatchSupplierParty", document.seller),
            _role("cac:DeliveryCustomerParty", document.buyer),
            _shipment(document, *_ends(document)),
            *lines,
        ]
    )


def _bill_of_lading(document: TradeDocument) -> str:
    goods = (
        element(
            "cac:GoodsItem",
            text("cbc:ID", each.identifier),
            text("cbc:ValueAmount", each.amount, currencyID="IDR"),
            text("cbc:Quantity", each.quantity, unitCode=each.unit),
            _item(each),
        )
        for each in document.lines
    )
    to = "".join(
        element("cac:FinalDestinationCountry", _code(each)) for each in document.delivery.destinations
    )
    source = "".join(element("cac:ExportCountry", _code(each)) for each in document.delivery.origins)
    return element("cac:ConsignorParty", party_element(document.seller)) + element(
        "cac:Shipment",
        "<cbc:ID>1</cbc:ID>",
        element(
            "cac:Consignment",
            "<cbc:ID>1</cbc:ID>",
            element("cac:ConsigneeParty", party_element(document.buyer)),
            to,
            *(element("cac:TransitCountry", _code(each)) for each in document.delivery.transshipments),
        ),
        *goods,
        *map(_stage, document.transport),
        source,
    )


def _deliveries(document: TradeDocument) -> Iterable[str]:
    yield from (element("cac:Delivery", each) for each in _ends(document))
    stages = [each for each in document.transport if each.vessel or each.vessel_id or each.voyage]
    whole = [each for each in document.transport if each not in stages]
    staged = replace(document, transport=tuple(stages))
    if stages or document.delivery.transshipments:
        yield element("cac:Delivery", _shipment(staged))
    for each in whole:
        for carrier in each.carriers:
            yield element("cac:Delivery", element("cac:CarrierParty", party_element(carrier)))


def _ends(document: TradeDocument) -> list[str]:
    to = [
        element("cac:DeliveryLocation", element("cac:Address", country_element(each)))
        for each in document.delivery.destinations
    ]
    source = [
        element("cac:Despatch", element("cac:DespatchAddress", country_element(each)))
        for each in document.delivery.origins
    ]
    return to + source


def _shipment(document: TradeDocument, *ends: str) -> str:
    return element(
        "cac:Shipment",
        "<cbc:ID>1</cbc:ID>",
        element(
            "cac:Consignment",
            "<cbc:ID>1</cbc:ID>",
            *(element("cac:TransitCountry", _code(each)) for each in document.delivery.transshipments),
        ),
        *map(_stage, document.transport),
        element("cac:Delivery", *ends),
    )


def _stage(transport: Transport) -> str:
    vessel = text("cbc:VesselID", transport.vessel_id) + text("cbc:VesselName", transport.vessel)
    return element(
        "cac:ShipmentStage",
        *(element("cac:CarrierParty", party_element(each)) for each in transport.carriers),
        element(
            "cac:TransportMeans",
            text("cbc:JourneyID", transport.voyage),
            element("cac:MaritimeTransport", vessel),
        ),
    )


def _line(line: TradeLine, name: str, quantity: str, document: TradeDocument, reference: str = "") -> str:
    return element(
        name,
        text("cbc:ID", line.identifier),
        text(quantity, line.quantity, unitCode=line.unit),
        text("cbc:LineExtensionAmount", line.amount, currencyID=document.currency),
        reference,
        _item(line),
    )


def _item(line: TradeLine) -> str:
    codes = (
        element(
            "cac:CommodityClassification", text("cbc:ItemClassificationCode", each.value, listID=each.scheme)
        )
        for each in line.commodities
    )
    origin = "" if line.origin is None else element("cac:OriginCountry", _code(line.origin))
    return f"<cac:Item>{text('cbc:Name', line.name)}{origin}{''.join(codes)}</cac:Item>"


def _role(name: str, party: TradeParty) -> str:
    return f"<{name}>{element('cac:Party', party_element(party))}</{name}>"


def party_element(party: TradeParty) -> str:
    legal = party.legal
    return (
        _identified("cbc:EndpointID", party.endpoint)
        + "".join(
            element("cac:PartyIdentification", _identified("cbc:ID", each)) for each in party.identifications
        )
        + ("" if party.country is None else element("cac:PostalAddress", country_element(party.country)))
        + element(
            "cac:PartyLegalEntity",
            text("cbc:RegistrationName", party.name),
            _identified("cbc:CompanyID", legal),
        )
    )


def _identified(name: str, found: Identification | None) -> str:
    return "" if found is None else text(name, found.value, schemeID=found.scheme)


def _code(country: str) -> str:
    return text("cbc:IdentificationCode", country)


def country_element(country: str) -> str:
    return element("cac:Country", _code(country))


def _terms(terms: DeliveryTerms | None) -> str:
    if terms is None:
        return ""
    place = element("cac:DeliveryLocation", text("cbc:Description", terms.place))
    return f"<cac:DeliveryTerms>{text('cbc:ID', terms.incoterm)}{place}</cac:DeliveryTerms>"


def _means(means: PaymentMeans) -> str:
    branch = element("cac:FinancialInstitutionBranch", text("cbc:ID", means.agent))
    return element(
        "cac:PaymentMeans",
        text("cbc:PaymentMeansCode", means.code),
        element("cac:PayeeFinancialAccount", text("cbc:ID", means.account), branch),
    )


def _payable(document: TradeDocument) -> str:
    return text("cbc:PayableAmount", document.payable, currencyID=document.currency)


# -- CII ----------------------------------------------------------------------------------------------


def cii(document: TradeDocument, extra: str = "") -> bytes:
    """Write an invoice or a credit note in CII; `extra` stands before the sums. It has no voyage or transit."""
    agreement = (
        _cii_party("ram:SellerTradeParty", document.seller)
        + _cii_party("ram:BuyerTradeParty", document.buyer)
        + _cii_terms(document.terms)
        + "".join(_cii_reference("ram:BuyerOrderReferencedDocument", each) for each in document.orders)
        + "".join(_cii_reference("ram:ContractReferencedDocument", each) for each in document.contracts)
    )
    settlement = (
        text("ram:InvoiceCurrencyCode", document.currency)
        + ("" if document.payee is None else _cii_party("ram:PayeeTradeParty", document.payee))
        + "".join(map(_cii_means, document.payment_means))
        + element("ram:SpecifiedTradePaymentTerms", _cii_date("ram:DueDateDateTime", document.due))
        + extra
        + element(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            text("ram:DuePayableAmount", document.payable),
        )
        + "".join(_cii_reference("ram:InvoiceReferencedDocument", each) for each in document.invoices)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rsm:CrossIndustryInvoice xmlns:rsm="{CII}CrossIndustryInvoice:100" '
        f'xmlns:ram="{CII}ReusableAggregateBusinessInformationEntity:100" '
        f'xmlns:udt="{CII}UnqualifiedDataType:100">\n'
        "<rsm:ExchangedDocumentContext/><rsm:ExchangedDocument>"
        + text("ram:ID", document.number)
        + text("ram:TypeCode", document.type_code)
        + _cii_date("ram:IssueDateTime", document.issued)
        + "</rsm:ExchangedDocument>\n<rsm:SupplyChainTradeTransaction>"
        + "".join(map(_cii_line, document.lines))
        + f"<ram:ApplicableHeaderTradeAgreement>{agreement}</ram:ApplicableHeaderTradeAgreement>"
        + f"<ram:ApplicableHeaderTradeDelivery>{_cii_delivery(document)}</ram:ApplicableHeaderTradeDelivery>"
        + f"<ram:ApplicableHeaderTradeSettlement>{settlement}</ram:ApplicableHeaderTradeSettlement>"
        "</rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>\n"
    ).encode()


def _cii_date(name: str, date: str | None) -> str:
    digits = None if date is None else date.replace("-", "")
    return element(name, text("udt:DateTimeString", digits, format="102"))


def _cii_reference(name: str, number: str) -> str:
    return element(name, text("ram:IssuerAssignedID", number))


def _cii_party(name: str, party: TradeParty) -> str:
    legal = element("ram:SpecifiedLegalOrganization", _identified("ram:ID", party.legal))
    endpoint = element("ram:URIUniversalCommunication", _identified("ram:URIID", party.endpoint))
    return (
        f"<{name}>"
        + "".join(_identified("ram:GlobalID", each) for each in party.identifications)
        + text("ram:Name", party.name)
        + legal
        + _cii_country(party.country)
        + endpoint
        + f"</{name}>"
    )


def _cii_country(country: str | None) -> str:
    return element("ram:PostalTradeAddress", text("ram:CountryID", country))


def _cii_terms(terms: DeliveryTerms | None) -> str:
    if terms is None:
        return ""
    place = element("ram:RelevantTradeLocation", text("ram:Name", terms.place))
    inner = text("ram:DeliveryTypeCode", terms.incoterm) + place
    return f"<ram:ApplicableTradeDeliveryTerms>{inner}</ram:ApplicableTradeDeliveryTerms>"


def _cii_means(means: PaymentMeans) -> str:
    return (
        "<ram:SpecifiedTradeSettlementPaymentMeans>"
        + text("ram:TypeCode", means.code)
        + element("ram:PayeePartyCreditorFinancialAccount", text("ram:IBANID", means.account))
        + element("ram:PayeeSpecifiedCreditorFinancialInstitution", text("ram:BICID", means.agent))
        + "</ram:SpecifiedTradeSettlementPaymentMeans>"
    )


def _cii_delivery(document: TradeDocument) -> str:
    carriers = "".join(
        _cii_party("ram:CarrierTradeParty", carrier)
        for each in document.transport
        for carrier in each.carriers
    )
    movements = "".join(
        element(
            "ram:SpecifiedLogisticsTransportMovement",
            element(
                "ram:UsedLogisticsTransportMeans",
                text("ram:ID", each.vessel_id),
                text("ram:Name", each.vessel),
            ),
        )
        for each in document.transport
    )
    to = "".join(
        element("ram:ShipToTradeParty", _cii_country(each)) for each in document.delivery.destinations
    )
    source = "".join(
        element("ram:ShipFromTradeParty", _cii_country(each)) for each in document.delivery.origins
    )
    return element("ram:RelatedSupplyChainConsignment", carriers, movements) + to + source


def _cii_line(line: TradeLine) -> str:
    codes = "".join(
        element("ram:DesignatedProductClassification", text("ram:ClassCode", each.value, listID=each.scheme))
        for each in line.commodities
    )
    origin = element("ram:OriginTradeCountry", text("ram:ID", line.origin))
    total = element(
        "ram:SpecifiedTradeSettlementLineMonetarySummation", text("ram:LineTotalAmount", line.amount)
    )
    return element(
        "ram:IncludedSupplyChainTradeLineItem",
        element("ram:AssociatedDocumentLineDocument", text("ram:LineID", line.identifier)),
        element("ram:SpecifiedTradeProduct", text("ram:Name", line.name), codes, origin),
        element(
            "ram:SpecifiedLineTradeDelivery", text("ram:BilledQuantity", line.quantity, unitCode=line.unit)
        ),
        f"<ram:SpecifiedLineTradeSettlement>{total}</ram:SpecifiedLineTradeSettlement>",
    )


# -- anything -----------------------------------------------------------------------------------------

WORDS = st.text("Aé ÿ,Ωж漢&<>'\"/-.()09", min_size=1, max_size=12).map(str.strip).filter(bool)
DAYS = st.dates().map(lambda day: day.isoformat())
COUNTRIES = st.sampled_from(["QM", "QN", "QO", "KP", "SG"])
DECIMALS = st.decimals(0, 10**9, allow_nan=False, places=2).map(lambda number: f"{number:f}")
IDENTIFICATIONS = st.builds(Identification, WORDS, st.none() | st.sampled_from(["0199", "0088", "EM"]))
PARTIES = st.builds(
    TradeParty,
    name=WORDS,
    endpoint=st.none() | IDENTIFICATIONS,
    legal=st.none() | IDENTIFICATIONS,
    identifications=st.lists(IDENTIFICATIONS, max_size=2).map(tuple),
    country=st.none() | COUNTRIES,
)
LINES = st.builds(
    TradeLine,
    line=st.just(0),
    identifier=WORDS,
    name=WORDS,
    quantity=DECIMALS,
    unit=st.sampled_from(["KGM", "XPP"]),
    amount=DECIMALS,
    commodities=st.lists(
        st.builds(Identification, WORDS, st.none() | st.sampled_from(["HS", "UNSPSC"])), max_size=2
    ).map(tuple),
    origin=st.none() | COUNTRIES,
)
VESSELS = st.builds(Transport, vessel=WORDS, vessel_id=WORDS | st.just("IMO 9319466"))


def at_most_one(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Nothing, or one in a tuple."""
    return st.lists(strategy, max_size=1).map(tuple)


def claims(kind: TradeKind) -> st.SearchStrategy[TradeDocument]:
    """Invoices or credit notes that say what both standards can say."""
    codes = ["380", "383", "384", "389"] if kind is TradeKind.INVOICE else ["381", "261", "396"]
    carriers = at_most_one(PARTIES.map(lambda each: Transport(carriers=(each,))))
    return st.builds(
        TradeDocument,
        standard=st.just(""),
        kind=st.just(kind),
        number=WORDS,
        type_code=st.sampled_from(codes),
        issued=DAYS,
        due=st.none() | DAYS,
        currency=st.sampled_from(["IDR", "VND"]),
        payable=DECIMALS,
        seller=PARTIES,
        buyer=PARTIES,
        payee=st.none() | PARTIES,
        lines=st.lists(LINES, min_size=1, max_size=3).map(tuple),
        delivery=st.builds(Delivery, destinations=at_most_one(COUNTRIES), origins=at_most_one(COUNTRIES)),
        terms=st.none() | st.builds(DeliveryTerms, st.none() | st.sampled_from(sorted(INCOTERMS)), WORDS),
        transport=st.builds(lambda vessel, carrier: vessel + carrier, at_most_one(VESSELS), carriers),
        payment_means=st.lists(
            st.builds(
                PaymentMeans, code=st.sampled_from(["30", "58"]), account=WORDS, agent=st.none() | WORDS
            ),
            max_size=2,
        ).map(tuple),
        orders=at_most_one(WORDS),
        contracts=at_most_one(WORDS),
        invoices=at_most_one(WORDS),
    )
