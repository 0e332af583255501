"""Where the goods of a UBL document come from, pass and go, on which terms, and by whom they are carried.

Places are read wherever in a document the schema lets them stand: an embargo does not ask in which line.
"""

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from mufakat.messages.schema import Element
from mufakat.messages.trade.document import INCOTERMS, Delivery, DeliveryTerms, TradeParty, Transport
from mufakat.messages.trade.values import (
    NS,
    country_of_port,
    distinct,
    first,
    identification,
    tag,
    value,
)

_COUNTRY: Final = "cbc:IdentificationCode"
_STAGES: Final = (
    ("cac:PreCarriageShipmentStage",),
    ("cac:MainCarriageShipmentStage", "cac:ShipmentStage"),
    ("cac:OnCarriageShipmentStage",),
)
"""In the order of the way."""
_PORTS: Final = (
    "cac:LoadingPortLocation",
    "cac:TransshipPortLocation",
    "cac:UnloadingPortLocation",
    "cac:FirstArrivalPortLocation",
    "cac:LastExitPortLocation",
)
_CARRIERS: Final = (
    "cac:CarrierParty",
    "cac:PerformingCarrierParty",
    "cac:SubstituteCarrierParty",
)


def delivery(root: Element) -> Delivery:
    """Read the countries. Ports stand for origin and destination where nothing else says these."""
    ends = _named(root, ("cac:DestinationCountry", "cac:FinalDestinationCountry"), "cac:Delivery")
    starts = _named(root, ("cac:ExportCountry", "cac:OriginalDepartureCountry"), "cac:Despatch")
    stages = list(_stages(root))
    loaded, transshipped, unloaded = (
        [p for each in stages for p in _places(each, f"cac:{name}PortLocation") if p is not None]
        for name in ("Loading", "Transship", "Unloading")
    )
    ports = [(each, _country(each)) for each in _all(root, *_PORTS)]
    events = (each for each in root.iter(etree.Element) if each.tag.endswith("TransportEvent"))
    touched = [
        *(country for _, country in ports),
        *(p for each in events for p in _places(each, "cac:Location")),
    ]
    transit = (value(each, _COUNTRY) for each in _all(root, "cac:TransitCountry"))
    starts, ends = starts or tuple(loaded[:1]), ends or tuple(unloaded[-1:])
    passed = distinct([*transit, *transshipped, *loaded, *unloaded, *touched])
    return Delivery(
        destinations=ends,
        origins=starts,
        transshipments=tuple(each for each in passed if each not in (*starts, *ends)),
        unplaced=distinct(_told(each) for each, country in ports if country is None),
    )


def terms(root: Element) -> DeliveryTerms | None:
    """Read the terms of delivery: the first that are an Incoterms rule, else the first."""
    found = [
        DeliveryTerms(
            code if (code := (value(each, "cbc:ID") or "").upper()) in INCOTERMS else None,
            first(
                each,
                "cac:DeliveryLocation/cbc:Description",
                "cac:DeliveryLocation/cbc:Name",
                "cac:DeliveryLocation/cac:Address/cbc:CityName",
                "cac:DeliveryLocation/cbc:ID",
            ),
        )
        for each in _all(root, "cac:DeliveryTerms")
    ]
    return next((each for each in found if each.incoterm is not None), found[0] if found else None)


def transport(root: Element, party: Callable[[Element], TradeParty]) -> tuple[Transport, ...]:
    """Read each stage, each further means of transport, and the carriers that belong to no stage."""
    stages = dict.fromkeys(_stages(root))
    found = [_stage(each, each.find("cac:TransportMeans", NS), party) for each in stages]
    found += [
        _stage(None, each, party)
        for each in _all(root, "cac:TransportMeans")
        if each.getparent() not in stages
    ]
    others = [each for each in _all(root, *_CARRIERS) if each.getparent() not in stages]
    found.append(Transport(carriers=tuple(dict.fromkeys(party(each) for each in others))))
    return tuple(each for each in found if each != Transport())


def _stage(stage: Element | None, means: Element | None, party: Callable[[Element], TradeParty]) -> Transport:
    carriers = () if stage is None else stage.iterfind("cac:CarrierParty", NS)
    return Transport(
        vessel=value(means, "cac:MaritimeTransport/cbc:VesselName"),
        vessel_id=value(means, "cac:MaritimeTransport/cbc:VesselID"),
        voyage=value(means, "cbc:JourneyID"),
        carriers=tuple(party(each) for each in carriers),
    )


def _named(root: Element, countries: tuple[str, ...], act: str) -> tuple[str, ...]:
    """Return the countries that elements of some names give, then those of each delivery or despatch."""
    given = [value(each, _COUNTRY) for each in _all(root, *countries)]
    places = [p for each in _all(root, act) for p in _places(each, f"{act}Location", f"{act}Address")]
    return distinct([*given, *places])


def _stages(root: Element) -> Iterator[Element]:
    for names in _STAGES:
        yield from _all(root, *names)


def _all(root: Element, *names: str) -> Iterator[Element]:
    yield from root.iter(*map(tag, names))


def _places(parent: Element, *names: str) -> Iterator[str | None]:
    """Return the country of each place of these names in an element: of its address, or in its UN/LOCODE."""
    for name in names:
        yield from map(_country, parent.iterfind(name, NS))


def _country(place: Element) -> str | None:
    return first(place, f"cac:Address/cac:Country/{_COUNTRY}", f"cac:Country/{_COUNTRY}") or country_of_port(
        identification(place.find("cbc:ID", NS))
    )


def _told(place: Element) -> str:
    return first(place, "cbc:ID", "cbc:Name", "cbc:Description", "cac:Address/cbc:CityName") or "a port"
