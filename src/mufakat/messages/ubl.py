"""Commercial invoices in: UBL 2.1 Invoice (OASIS), the proof behind an obligation.

Read are the parties, dates, the payable amount and what the goods are; prices and taxes stay in the
document. Comments stand in real invoices and are passed over, but not inside a value, which they would
split. Rule source: UBL 2.1 Invoice; EN 16931 for the meaning of scheme identifiers (ICD 0199 is an
LEI) and of the list HS (UNTDID 7143: Harmonised System).
"""

from typing import Final

import msgspec
from lxml import etree

from mufakat.messages import amount, fault
from mufakat.messages.envelope import parse
from mufakat.messages.fault import Fault
from mufakat.messages.schema import Element, path_of, violation

_NS: Final = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_INVOICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
_MODULE: Final = "ubl21.Invoice"
_LEI_SCHEME: Final = "0199"


class Identification(msgspec.Struct, frozen=True):
    """An identifier and the scheme or list that it belongs to, as written."""

    value: str
    scheme: str | None


class InvoiceParty(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier, customer or payee; what the invoice lacks is None or empty."""

    name: str | None
    endpoint: Identification | None
    legal: Identification | None
    identifications: tuple[Identification, ...]
    country: str | None

    @property
    def lei(self) -> str | None:
        """The LEI (scheme 0199): the legal identifier if it is one, else another of the party's."""
        known = (self.legal, self.endpoint, *self.identifications)
        return next((i.value for i in known if i is not None and i.scheme == _LEI_SCHEME), None)


class InvoiceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `line` is the 1-based line of its element in the file, `identifier` the invoice's own.

    `amount` and `quantity` are decimal text as written. `commodities` are codes with their list (HS,
    UNSPSC, CPV, ...); `origin` is a country code.
    """

    line: int
    identifier: str
    name: str | None
    quantity: str | None
    unit: str | None
    amount: str
    commodities: tuple[Identification, ...]
    origin: str | None


class Invoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice. `payable` is plain decimal text in `currency`; dates are ISO dates as written.

    `payee` is there when another party than the supplier is to be paid.
    """

    identifier: str
    kind: str | None
    issued: str
    due: str | None
    currency: str
    payable: str
    supplier: InvoiceParty
    customer: InvoiceParty
    payee: InvoiceParty | None
    payee_account: str | None
    payee_agent: str | None
    order: str | None
    lines: tuple[InvoiceLine, ...]


def read_invoice(data: bytes) -> Invoice | Fault:
    """Read a UBL 2.1 invoice.

    Returns a Fault when the file is not safe XML, is another document, breaks the schema, or its
    payable amount is not plain digits in the invoice's currency (a negative one is a credit).
    """
    root = parse(data)
    if isinstance(root, Fault):
        return root
    if root.tag != f"{{{_INVOICE}}}Invoice":
        name = etree.QName(root).localname
        text = f"not an invoice: {name}. A UBL 2.1 Invoice is taken."
        return Fault(code=fault.MALFORMED, text=text, line=root.sourceline, path=path_of(root))
    for node in root.iter(etree.Comment, etree.PI, etree.Entity):
        if node.getparent() is not None and next(node.getparent().iterchildren(etree.Element), None) is None:
            return _at(node.getparent(), fault.MALFORMED, "A comment splits a value. Remove it.")
    if wrong := violation(_MODULE, root):
        return Fault(code=fault.MALFORMED, text=wrong.text, line=wrong.line, path=wrong.path)
    return _read(root)


def _read(root: Element) -> Invoice | Fault:
    payable = root.find("cac:LegalMonetaryTotal/cbc:PayableAmount", _NS)
    value, currency = _text(payable), payable.get("currencyID").strip()
    document_currency = _value(root, "cbc:DocumentCurrencyCode")
    if document_currency not in {None, currency}:
        text = f"The payable amount is in {currency}, the invoice in {document_currency}. Use one."
        return _at(payable, fault.CURRENCY, text)
    if value.startswith("-"):
        return _at(
            payable, fault.AMOUNT, f"The payable amount is {value}: the supplier owes it. Send a credit note."
        )
    if not amount.is_plain(value):
        text = f"The payable amount {value!r} is not plain digits with at most one point. Write it so."
        return _at(payable, fault.AMOUNT, text)
    payee = root.find("cac:PayeeParty", _NS)
    account = "cac:PaymentMeans/cac:PayeeFinancialAccount"
    return Invoice(
        identifier=_value(root, "cbc:ID") or "",
        kind=_value(root, "cbc:InvoiceTypeCode"),
        issued=_value(root, "cbc:IssueDate") or "",
        due=_value(root, "cbc:DueDate") or _value(root, "cac:PaymentMeans/cbc:PaymentDueDate"),
        currency=currency,
        payable=value,
        supplier=_party(root.find("cac:AccountingSupplierParty/cac:Party", _NS)),
        customer=_party(root.find("cac:AccountingCustomerParty/cac:Party", _NS)),
        payee=None if payee is None else _party(payee),
        payee_account=_value(root, f"{account}/cbc:ID"),
        payee_agent=_value(root, f"{account}/cac:FinancialInstitutionBranch/cbc:ID"),
        order=_value(root, "cac:OrderReference/cbc:ID"),
        lines=tuple(_line(element) for element in root.iterfind("cac:InvoiceLine", _NS)),
    )


def _line(element: Element) -> InvoiceLine:
    quantity = element.find("cbc:InvoicedQuantity", _NS)
    codes = (
        "cac:Item/cac:CommodityClassification/cbc:CommodityCode",
        "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode",
    )
    return InvoiceLine(
        line=element.sourceline,
        identifier=_value(element, "cbc:ID") or "",
        name=_value(element, "cac:Item/cbc:Name"),
        quantity=None if quantity is None else _text(quantity),
        unit=None if quantity is None else quantity.get("unitCode"),
        amount=_value(element, "cbc:LineExtensionAmount") or "",
        commodities=tuple(
            Identification(_text(code), code.get("listID"))
            for path in codes
            for code in element.iterfind(path, _NS)
        ),
        origin=_value(element, "cac:Item/cac:OriginCountry/cbc:IdentificationCode"),
    )


def _party(party: Element | None) -> InvoiceParty:
    if party is None:
        return InvoiceParty(name=None, endpoint=None, legal=None, identifications=(), country=None)
    return InvoiceParty(
        name=_value(party, "cac:PartyLegalEntity/cbc:RegistrationName")
        or _value(party, "cac:PartyName/cbc:Name"),
        endpoint=_identification(party.find("cbc:EndpointID", _NS)),
        legal=_identification(party.find("cac:PartyLegalEntity/cbc:CompanyID", _NS)),
        identifications=tuple(
            found
            for element in party.iterfind("cac:PartyIdentification/cbc:ID", _NS)
            if (found := _identification(element)) is not None
        ),
        country=_value(party, "cac:PostalAddress/cac:Country/cbc:IdentificationCode"),
    )


def _identification(element: Element | None) -> Identification | None:
    if element is None or not _text(element):
        return None
    return Identification(_text(element), element.get("schemeID"))


def _value(parent: Element, path: str) -> str | None:
    """Return the text of the first element at a path, None when it is absent or empty."""
    found = parent.find(path, _NS)
    return None if found is None else _text(found) or None


def _text(element: Element) -> str:
    return "".join(element.itertext(etree.Element)).strip()


def _at(element: Element, code: str, text: str) -> Fault:
    return Fault(code=code, text=text, line=element.sourceline, path=path_of(element))
