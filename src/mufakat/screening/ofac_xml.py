"""The lists of the United States' OFAC, SDN and consolidated, in their XML.

Format: OFAC's schema of `sdnList`, in whichever namespace it was published. Both lists have it, and nothing in it
tells them apart, so that the file must have the name that OFAC gave it. An entry's data stand in elements of
their own; they are put as the clauses that the CSV's remarks have, so that both formats give the same entry.
An aka of category "weak" is a weak alias (FAQ 124).
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

from mufakat.messages import envelope
from mufakat.messages.fault import Fault
from mufakat.messages.schema import Element
from mufakat.model.listing import Alias, Entry
from mufakat.screening import ofac
from mufakat.screening.entry import ListFaulty, squeezed
from mufakat.screening.listing import Listing, listing

ROOT: Final = "sdnList"
_NAMES: Final = (("sdn", "OFAC SDN"), ("cons", "OFAC consolidated"))


def read(data: bytes, path: Path) -> Listing:
    """Read the list from a file's bytes; raise ListFaulty, naming `path`, when it is not whole."""
    root = envelope.parse(data)
    if isinstance(root, Fault):
        raise ListFaulty(f"{path}: {root.text}")
    if _local(root) != ROOT:
        raise ListFaulty(f"{path}: {root.tag} is not {ROOT}. Give OFAC's XML")
    name = next((name for start, name in _NAMES if path.name.lower().startswith(start)), None)
    if name is None:
        raise ListFaulty(
            f"{path}: OFAC's two lists have one format. Call the file sdn.xml or consolidated.xml, as OFAC does"
        )
    elements = list(_in(root, "sdnEntry"))
    told = next(_in(root, "publshInformation"), None)
    count = None if told is None else _text(told, "Record_Count")
    if count is None or count != f"{len(elements)}":
        raise ListFaulty(
            f"{path}: the file says that it has {count or 'no number of'} entries, and has {len(elements):,}. "
            "Fetch it again"
        )
    return listing(name, _date(_text(told, "Publish_Date"), path), [_entry(each, path) for each in elements])


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _in(element: Element, *names: str) -> Iterator[Element]:
    """Yield what lies in an element below these names, one in the other, in any namespace."""
    for child in element:
        if _local(child) == names[0]:
            if len(names) == 1:
                yield child
            else:
                yield from _in(child, *names[1:])


def _text(element: Element | None, *names: str) -> str:
    found = None if element is None else next(_in(element, *names), None)
    return squeezed(None if found is None else found.text)


def _date(text: str, path: Path) -> date:
    try:
        return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day, of no zone
    except ValueError:
        raise ListFaulty(
            f"{path}: Publish_Date {text!r} is no date like 12/31/2025. Fetch the list again"
        ) from None


def _entry(element: Element, path: Path) -> Entry:
    id_, name = _text(element, "uid"), _name(element)
    if not id_ or not name:
        missing = "lastName" if id_ else "uid"
        raise ListFaulty(f"{path}:{element.sourceline}: the sdnEntry has no {missing}. Fetch the list again")
    names = [Alias(name)]
    for weak in (False, True):
        names += [
            Alias(_name(each), weak)
            for each in _in(element, "akaList", "aka")
            if (_text(each, "category").casefold() == "weak") is weak
        ]
    return ofac.entry(
        ofac.Published(
            id=id_,
            number=id_,
            kind=_text(element, "sdnType"),
            programme="] [".join(squeezed(each.text) for each in _in(element, "programList", "program")),
            names=names,
            addresses=[_address(each) for each in _in(element, "addressList", "address")],
            flag=_text(element, "vesselInfo", "vesselFlag"),
            call_sign=_text(element, "vesselInfo", "callSign"),
            remarks="; ".join(_clauses(element)),
        )
    )


def _name(element: Element) -> str:
    return ", ".join(filter(None, (_text(element, "lastName"), _text(element, "firstName"))))


def _address(element: Element) -> tuple[str, str, str]:
    street = ", ".join(filter(None, (_text(element, f"address{line}") for line in (1, 2, 3))))
    place = ", ".join(filter(None, (_text(element, "city"), _text(element, "stateOrProvince"))))
    place = " ".join(filter(None, (place, _text(element, "postalCode"))))
    return street, place, _text(element, "country")


def _clauses(element: Element) -> Iterator[str]:
    for each in _in(element, "dateOfBirthList", "dateOfBirthItem"):
        yield f"DOB {_text(each, 'dateOfBirth')}"
    for each in _in(element, "nationalityList", "nationality"):
        yield f"nationality {_text(each, 'country')}"
    for each in _in(element, "citizenshipList", "citizenship"):
        yield f"citizen {_text(each, 'country')}"
    for each in _in(element, "idList", "id"):
        country = _text(each, "idCountry")
        yield f"{_text(each, 'idType')} {_text(each, 'idNumber')}" + (f" ({country})" if country else "")
    yield _text(element, "remarks")
