"""Countries, terms and vessels of UBL documents, wherever these stand."""

from collections.abc import Callable

import pytest
from lxml import etree

from mufakat.messages.trade import carriage
from mufakat.messages.trade.document import Delivery, DeliveryTerms, TradeParty, Transport
from mufakat.messages.trade.ubl import party
from mufakat.messages.trade.values import NS
from tests.messages.trade.writing import country_element, party_element

CODE = "<cbc:IdentificationCode>{}</cbc:IdentificationCode>"


def tree(inner: str) -> etree._Element:
    return etree.fromstring(f'<cac:A xmlns:cac="{NS["cac"]}" xmlns:cbc="{NS["cbc"]}">{inner}</cac:A>')


def port(role: str, code: str, scheme: str = "UNLOCODE") -> str:
    return f'<cac:{role}PortLocation><cbc:ID schemeID="{scheme}">{code}</cbc:ID></cac:{role}PortLocation>'


def stage(inner: str, name: str = "ShipmentStage") -> str:
    return f"<cac:{name}>{inner}</cac:{name}>"


def carrier(name: str, role: str = "CarrierParty") -> str:
    return f"<cac:{role}>{party_element(TradeParty(name=name))}</cac:{role}>"


def vessel(name: str) -> str:
    inner = f"<cac:MaritimeTransport><cbc:VesselName>{name}</cbc:VesselName></cac:MaritimeTransport>"
    return f"<cac:TransportMeans>{inner}</cac:TransportMeans>"


def countries(inner: str) -> Delivery:
    return carriage.delivery(tree(inner))


def test_a_document_that_says_nothing_of_it_has_none():
    assert countries("") == Delivery()
    assert carriage.terms(tree("")) is None
    assert carriage.transport(tree(""), party) == ()


@pytest.mark.parametrize(
    "inner",
    [
        "<cac:DestinationCountry>{}</cac:DestinationCountry>",
        "<cac:FinalDestinationCountry>{}</cac:FinalDestinationCountry>",
        "<cac:Line><cac:Delivery><cac:DeliveryAddress><cac:Country>{}</cac:Country></cac:DeliveryAddress>"
        "</cac:Delivery></cac:Line>",
    ],
)
def test_a_destination_is_found_wherever_it_stands(inner):
    code = "<cbc:IdentificationCode>KP</cbc:IdentificationCode>"
    assert countries(inner.format(code)) == Delivery(destinations=("KP",))


@pytest.mark.parametrize("role", ["ExportCountry", "OriginalDepartureCountry"])
def test_the_country_that_is_left_is_an_origin(role):
    inner = f"<cac:{role}><cbc:IdentificationCode>QM</cbc:IdentificationCode></cac:{role}>"
    assert countries(inner) == Delivery(origins=("QM",))


def test_ports_stand_for_origin_and_destination_and_those_between_are_passed():
    inner = stage(port("Loading", "SGSIN") + port("Unloading", "KPNAM"), "MainCarriageShipmentStage")
    inner += stage(port("Loading", "IDJKT") + port("Unloading", "SGSIN"), "PreCarriageShipmentStage")
    inner += stage(port("Transship", "CNDLC") + port("Unloading", "RUVVO"), "OnCarriageShipmentStage")
    assert countries(inner) == Delivery(
        destinations=("RU",), origins=("ID",), transshipments=("CN", "SG", "KP")
    )


def test_ports_on_the_way_are_passed_when_the_ends_are_told():
    inner = f"<cac:Delivery><cac:DeliveryAddress>{country_element('QN')}</cac:DeliveryAddress></cac:Delivery>"
    inner += (
        f"<cac:Despatch><cac:DespatchAddress>{country_element('QM')}</cac:DespatchAddress></cac:Despatch>"
    )
    inner += stage(port("Loading", "SGSIN") + port("Unloading", "KPNAM"))
    assert countries(inner) == Delivery(destinations=("QN",), origins=("QM",), transshipments=("SG", "KP"))


def test_several_deliveries_have_several_destinations():
    inner = "".join(
        f"<cac:Delivery><cac:DeliveryAddress>{country_element(each)}</cac:DeliveryAddress></cac:Delivery>"
        for each in ("QN", "KP", "QN")
    )
    assert countries(inner).destinations == ("QN", "KP")


def location(name: str) -> Callable[[str], str]:
    return lambda text: f"<cac:DeliveryLocation><cbc:{name}>{text}</cbc:{name}></cac:DeliveryLocation>"


@pytest.mark.parametrize(
    ("code", "place", "found"),
    [
        ("CIF", location("Description")("Tengah"), DeliveryTerms("CIF", "Tengah")),
        ("fob", location("Name")("Tengah"), DeliveryTerms("FOB", "Tengah")),
        ("DAP", location("ID")("QNTGH"), DeliveryTerms("DAP", "QNTGH")),
        ("FOB Destination", location("ID")("GBFXT"), DeliveryTerms(None, "GBFXT")),
        ("FOT", "", DeliveryTerms(None, None)),
    ],
)
def test_terms_are_an_incoterms_rule_or_others(code, place, found):
    inner = f"<cac:DeliveryTerms><cbc:ID>{code}</cbc:ID>{place}</cac:DeliveryTerms>"
    assert carriage.terms(tree(inner)) == found


def test_the_first_terms_that_are_an_incoterms_rule_are_taken():
    each = "<cac:DeliveryTerms><cbc:ID>{}</cbc:ID></cac:DeliveryTerms>"
    assert carriage.terms(tree(each.format("by hand") + each.format("EXW"))) == DeliveryTerms("EXW", None)


def test_no_vessel_and_no_carrier_is_passed_over():
    inner = stage(carrier("A") + carrier("B") + vessel("Main"), "MainCarriageShipmentStage")
    inner += stage(vessel("Feeder"), "PreCarriageShipmentStage") + stage("")
    inner += f"<cac:TransportHandlingUnit>{vessel('Barge')}</cac:TransportHandlingUnit>"
    inner += carrier("C") + carrier("D", "PerformingCarrierParty") + carrier("C")
    assert carriage.transport(tree(inner), party) == (
        Transport(vessel="Feeder"),
        Transport(vessel="Main", carriers=(TradeParty(name="A"), TradeParty(name="B"))),
        Transport(vessel="Barge"),
        Transport(carriers=(TradeParty(name="C"), TradeParty(name="D"))),
    )


@pytest.mark.parametrize("role", ["FirstArrival", "LastExit", "Loading", "Transship", "Unloading"])
def test_each_port_that_a_document_names_is_passed_or_told_to_be_nowhere(role):
    ends = "".join(
        f"<cac:{name}>{CODE.format(code)}</cac:{name}>"
        for name, code in (("ExportCountry", "QM"), ("DestinationCountry", "QN"))
    )
    found = countries(ends + stage(port(role, "KPNAM")))
    assert (found.transshipments, found.unplaced) == (("KP",), ())
    assert countries(ends + stage(port(role, "Nampo", "GLN"))).unplaced == ("Nampo",)


def test_where_something_is_done_with_the_goods_is_passed():
    where = f"<cac:Location><cac:Address>{country_element('KP')}</cac:Address></cac:Location>"
    found = countries(f"<cac:LoadingTransportEvent>{where}</cac:LoadingTransportEvent>")
    assert found.transshipments == ("KP",)
