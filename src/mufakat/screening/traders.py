"""Who is named in a trade document: every party, contact, bank, carrier and ship, and notes that may name some.

A document of UBL or UN/CEFACT CII is walked, not read field by field: orders, bills of lading and invoices name
parties in over fifty roles. The role is the element's own name. Left out are goods (their codes are screened by
embargo rules), places, and numbers by which documents are sent.
"""

from collections.abc import Iterator
from typing import Final

from lxml import etree

from mufakat.messages.schema import Element, Places
from mufakat.messages.trade.values import text
from mufakat.model.listing import Kind
from mufakat.screening.corroborate import NOTHING, Known
from mufakat.screening.entry import distinct, squeezed
from mufakat.screening.parties import Subject

_PERSON: Final = ("FirstName", "MiddleName", "FamilyName", "OtherName")
_PARTS: Final = frozenset({"PartyName", "PartyLegalEntity", "PartyTaxScheme", "SpecifiedLegalOrganization"})
"""What a party consists of: a name in one is the party's around it."""
_NAMES: Final = {
    **dict.fromkeys(
        ("PartyName", "Contact", "FinancialInstitution", "FinancialInstitutionBranch"), ("Name",)
    ),
    "PayeeFinancialAccount": ("Name",),
    "PayerFinancialAccount": ("Name",),
    "PartyLegalEntity": ("RegistrationName",),
    "PartyTaxScheme": ("RegistrationName",),
    "CardAccount": ("HolderName",),
    "SpecifiedLegalOrganization": ("TradingBusinessName",),
    "DefinedTradeContact": ("PersonName",),
    "PayeePartyCreditorFinancialAccount": ("AccountName",),
    "PayerPartyDebtorFinancialAccount": ("AccountName",),
    "ApplicableTradeSettlementFinancialCard": ("CardholderName",),
    "MaritimeTransport": ("VesselName",),
    "UsedLogisticsTransportMeans": ("Name",),
}
"""Elements in which somebody is named, and by which of their children."""
_TRADE_PARTY: Final = ("TradeParty", "FinancialInstitution")
"""How the names of CII's parties and banks end, which are named in a child Name."""
_NOTES: Final = frozenset(
    {"Note", "InstructionNote", "PaymentNote", "SpecialInstructions", "Remarks", "DeliveryInstructions"}
)
_CONTENT: Final = ("IncludedNote", "Content")
_IDENTIFIERS: Final = (
    ("PartyIdentification", "ID"),
    ("PartyLegalEntity", "CompanyID"),
    ("PartyTaxScheme", "CompanyID"),
    ("SpecifiedLegalOrganization", "ID"),
    ("SpecifiedTaxRegistration", "ID"),
)
"""In a party: the child and its child that identify it."""
_VESSELS: Final = {"MaritimeTransport": "VesselID", "UsedLogisticsTransportMeans": "ID"}


def of_document(root: Element) -> tuple[Subject, ...]:
    """Return who is named in a trade document, in its order."""
    places = Places()
    return tuple(_named(root, places))


def _named(root: Element, places: Places) -> Iterator[Subject]:
    for element in root.iter(etree.Element):
        local, parent = _local(element), element.getparent()
        if local in _NOTES or (local == _CONTENT[1] and parent is not None and _local(parent) == _CONTENT[0]):
            if not len(element) and (note := squeezed(text(element))):
                yield Subject("note", places.path(element), note, prose=True)
        elif local == "Person":
            parts = [child for name in _PERSON for child in element if _local(child) == name]
            if parts:
                name = squeezed(" ".join(map(text, parts)))
                yield Subject(_role(element), places.path(element), name, Known(kind=Kind.PERSON))
        else:
            yield from _by_name(element, local, places)


def _by_name(element: Element, local: str, places: Places) -> Iterator[Subject]:
    wanted = _NAMES.get(local, ("Name",) if local.endswith(_TRADE_PARTY) else ())
    named = False
    for child in element.iterchildren(etree.Element):
        if _local(child) in wanted and (name := squeezed(text(child))):
            named = True
            yield Subject(_role(element), places.path(child), name, _known(element, local))
    if not named and (local in _VESSELS or _is_party(element)):
        known = _known_of_party(element) if local not in _VESSELS else _known(element, local)
        if known.identifiers and not any(_local(child) in _PARTS and _has_name(child) for child in element):
            yield Subject(_role(element), places.path(element), "", known)


def _is_party(element: Element) -> bool:
    """Tell whether an element identifies a party: it has one of a party's parts as a child."""
    first = {name for name, _ in _IDENTIFIERS}
    return _local(element).endswith(_TRADE_PARTY) or any(
        _local(child) in first for child in element.iterchildren(etree.Element)
    )


def _has_name(part: Element) -> bool:
    wanted = _NAMES.get(_local(part), ())
    return any(_local(child) in wanted and text(child) for child in part.iterchildren(etree.Element))


def _known(element: Element, local: str) -> Known:
    if local in _VESSELS:
        numbers = [text(child) for child in element if _local(child) == _VESSELS[local]]
        kind = Kind.VESSEL if local == "MaritimeTransport" else Kind.UNKNOWN
        return Known(kind=kind, identifiers=distinct(numbers))
    if local in _PARTS:
        return _known_of_party(element.getparent())
    return _known_of_party(element) if local.endswith(_TRADE_PARTY) else NOTHING


def _known_of_party(party: Element) -> Known:
    """Return what a document says of a party beside its name: whether it is a person, it does not say."""
    identifiers = [
        text(inner)
        for outer, name in _IDENTIFIERS
        for child in party.iterchildren(etree.Element)
        if _local(child) == outer
        for inner in child.iterchildren(etree.Element)
        if _local(inner) == name
    ]
    identifiers += [text(child) for child in party if _local(child) in {"ID", "GlobalID"}]
    countries = [
        text(found)
        for child in party.iterchildren(etree.Element)
        if _local(child) in {"PostalAddress", "PostalTradeAddress"}
        for found in child.iter(etree.Element)
        if _local(found) in {"IdentificationCode", "CountryID"}
    ]
    return Known(countries=distinct(countries), identifiers=distinct(identifiers))


def _role(element: Element) -> str:
    """Return what somebody is in a document: the name of the element that says so."""
    part = element
    while _local(part) in _PARTS or _local(part) == "Party":
        part = part.getparent()
    local = _local(part)
    if local in {"Contact", "Person", "DefinedTradeContact"}:
        return f"{local} of {_role(part.getparent())}"
    return local


def _local(element: Element) -> str:
    tag = element.tag
    return tag[tag.index("}") + 1 :] if isinstance(tag, str) and "}" in tag else str(tag)
