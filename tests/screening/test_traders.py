"""Nobody whom a trade document names is left out of what is screened."""

from pathlib import Path

import pytest
from lxml import etree

from mufakat.messages.envelope import parse
from mufakat.messages.fault import Fault
from mufakat.model.listing import Kind
from mufakat.screening.corroborate import Known
from mufakat.screening.parties import Subject
from mufakat.screening.traders import of_document
from tests.messages.official import needs_data

SAMPLES = Path(__file__).parents[3] / "shared/data/trade/samples"
PARENTS = {
    "Name": (
        *("PartyName", "Contact", "FinancialInstitution", "FinancialInstitutionBranch"),
        *("PayeeFinancialAccount", "SellerTradeParty", "BuyerTradeParty", "ShipToTradeParty"),
        *("PayeeTradeParty", "SellerTaxRepresentativeTradeParty"),
    ),
    "RegistrationName": ("PartyLegalEntity", "PartyTaxScheme"),
    "TradingBusinessName": ("SpecifiedLegalOrganization",),
    "PersonName": ("DefinedTradeContact",),
    "AccountName": ("PayeePartyCreditorFinancialAccount",),
    "HolderName": ("CardAccount",),
    "VesselName": ("MaritimeTransport",),
    "Content": ("IncludedNote",),
}


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


def in_example(name: str) -> dict[str, Subject]:
    root = parse(Path(f"examples/trade/{name}").read_bytes())
    assert not isinstance(root, Fault)
    return {each.role: each for each in of_document(root)}


@needs_data
def test_each_party_contact_bank_and_ship_in_the_samples_is_screened() -> None:
    seen: set[str] = set()
    for path in sorted(SAMPLES.glob("*.xml")):
        root = parse(path.read_bytes())
        if isinstance(root, Fault):
            continue
        named = {}
        for element in root.iter(etree.Element):
            above = element.getparent()
            if above is not None and local(above) in PARENTS.get(local(element), ()):
                named[" ".join("".join(element.itertext(etree.Element)).split())] = local(above)
        named.pop("", None)
        screened = {each.text for each in of_document(root)}
        assert named.keys() <= screened, path.name
        seen.update(named.values())
    assert len(seen) >= 14


def test_an_invoice_names_seller_and_buyer_with_identifiers_and_countries() -> None:
    found = in_example("01-invoice.in.xml")

    for role in ("AccountingSupplierParty", "AccountingCustomerParty"):
        assert found[role].text
        assert found[role].known.identifiers
        assert len(found[role].known.countries) == 1


def test_a_bill_of_lading_names_the_ship_with_its_number_and_the_carrier() -> None:
    found = in_example("05-bill-of-lading.in.xml")

    ship = found["MaritimeTransport"]
    assert ship.known.kind is Kind.VESSEL
    assert ship.text
    assert ship.known.identifiers
    assert "CarrierParty" in found


PARTY = """<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">{}</Invoice>"""


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (
            "<cbc:Note>for  Richard Roe</cbc:Note>",
            Subject("note", "/Invoice/Note", "for Richard Roe", prose=True),
        ),
        (
            "<cac:PayeeParty><cac:PartyIdentification><cbc:ID>529900T8BM49AURSDO55</cbc:ID>"
            "</cac:PartyIdentification></cac:PayeeParty>",
            Subject("PayeeParty", "/Invoice/PayeeParty", "", Known(identifiers=("529900T8BM49AURSDO55",))),
        ),
        (
            "<cac:AccountingSupplierParty><cac:Party><cac:Person><cbc:FirstName>Jane</cbc:FirstName>"
            "<cbc:FamilyName>Roe</cbc:FamilyName></cac:Person></cac:Party></cac:AccountingSupplierParty>",
            Subject(
                "Person of AccountingSupplierParty",
                "/Invoice/AccountingSupplierParty/Party/Person",
                "Jane Roe",
                Known(kind=Kind.PERSON),
            ),
        ),
        (
            "<cac:Shipment><cac:ShipmentStage><cac:TransportMeans><cac:MaritimeTransport>"
            "<cbc:VesselID>IMO 7406784</cbc:VesselID></cac:MaritimeTransport></cac:TransportMeans>"
            "</cac:ShipmentStage></cac:Shipment>",
            Subject(
                "MaritimeTransport",
                "/Invoice/Shipment/ShipmentStage/TransportMeans/MaritimeTransport",
                "",
                Known(kind=Kind.VESSEL, identifiers=("IMO 7406784",)),
            ),
        ),
    ],
)
def test_what_is_screened_of_a_document(inside: str, expected: Subject) -> None:
    root = parse(PARTY.format(inside).encode())
    assert not isinstance(root, Fault)

    assert of_document(root) == (expected,)
