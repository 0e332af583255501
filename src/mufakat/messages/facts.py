"""The table of facts of the official schemas, and schema text made from it again.

The table ships as `facts.json.xz`; `tools/schema_facts.py` makes it from the official files and
documents its shape. Rule source: ISO 20022 message schemas, UBL 2.1 and 2.3 (OASIS), CII D16B (UN/CEFACT), XMLDSIG,
XAdES.
"""

import functools
import json
import lzma
from collections.abc import Iterator
from importlib import resources
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import quoteattr

Facts = Any
"""Nested lists, strings and numbers as read from the table."""

_XS: Final = "http://www.w3.org/2001/XMLSchema"
_PROLOG: Final = f'<xs:schema xmlns:xs="{_XS}" elementFormDefault="qualified"'
SCHEME: Final = "facts:"
"""Prefix of the address under which one module's text names another's."""


class _Module(NamedTuple):
    """What one message or module holds: names of others, `[element, type]` and `[type, body]`."""

    imports: list[str]
    elements: list[Facts]
    types: list[Facts]


@functools.cache
def _table() -> tuple[dict[str, str], list[bytes]]:
    """Return the namespaces and, undecoded, the lines of modules and types: decoding all takes longer."""
    packed = resources.files("mufakat.messages").joinpath("facts.json.xz").read_bytes()
    first, *lines = lzma.decompress(packed).split(b"\n")
    namespaces: dict[str, str] = json.loads(first)
    return namespaces, lines


@functools.cache
def _places() -> dict[str, int]:
    return {name: place for place, name in enumerate(_table()[0])}


@functools.cache
def _module(name: str) -> _Module:
    namespaces, lines = _table()
    imports, elements, types = json.loads(lines[_places()[name]])
    return _Module(imports, elements, [json.loads(lines[len(namespaces) + place]) for place in types])


def modules() -> frozenset[str]:
    """Return the names of the messages and modules in the table, such as `pacs.008.001.08`."""
    return frozenset(_table()[0])


def namespace(module: str) -> str:
    """Return the XML namespace of a message or module."""
    return _table()[0][module]


def schema_text(module: str) -> str:
    """Return an XML Schema of one module, equal in meaning to the official one's reachable part."""
    own, (imports, elements, types) = namespace(module), _module(module)
    prefixes = "".join(f" xmlns:{name}={quoteattr(namespace(name))}" for name in imports)
    parts = [f"{_PROLOG} targetNamespace={quoteattr(own)} xmlns={quoteattr(own)}{prefixes}>"]
    parts += [
        f"<xs:import namespace={quoteattr(namespace(name))} schemaLocation={quoteattr(SCHEME + name)}/>"
        for name in imports
    ]
    for name, kind in elements:
        parts += _declared("element", f" name={quoteattr(name)}", kind)
    for name, body in types:
        parts += _type(body, f" name={quoteattr(name)}")
    parts.append("</xs:schema>")
    return "".join(parts)


def _declared(tag: str, attributes: str, kind: Facts) -> Iterator[str]:
    if isinstance(kind, str):
        yield f"<xs:{tag}{attributes} type={quoteattr(kind)}/>"
    else:
        yield f"<xs:{tag}{attributes}>"
        yield from _type(kind, "")
        yield f"</xs:{tag}>"


def _type(body: Facts, name: str) -> Iterator[str]:
    match body:
        case ["s", base, facets]:
            yield f"<xs:simpleType{name}><xs:restriction base={quoteattr(base)}>"
            yield from _facets(facets)
            yield "</xs:restriction></xs:simpleType>"
        case ["c", particle, attributes, flags]:
            yield f"<xs:complexType{name}" + "".join(f' {flag}="true"' for flag in flags) + ">"
            yield from _content(particle, attributes)
            yield "</xs:complexType>"
        case ["v", way, base, facets, attributes]:
            yield f"<xs:complexType{name}><xs:simpleContent><xs:{way} base={quoteattr(base)}>"
            yield from _facets(facets)
            yield from _content(None, attributes)
            yield f"</xs:{way}></xs:simpleContent></xs:complexType>"
        case ["k", way, base, particle, attributes]:
            yield f"<xs:complexType{name}><xs:complexContent><xs:{way} base={quoteattr(base)}>"
            yield from _content(particle, attributes)
            yield f"</xs:{way}></xs:complexContent></xs:complexType>"
        case _:
            raise AssertionError(f"unknown body in the table of facts: {body}")


def _facets(facets: Facts) -> Iterator[str]:
    for facet, value in facets:
        yield f"<xs:{facet} value={quoteattr(value)}/>"


def _content(particle: Facts, attributes: Facts) -> Iterator[str]:
    if particle is not None:
        yield from _particle(particle)
    for attribute in attributes:
        match attribute:
            case ["@", name, kind, use, *fixed]:
                given = f" name={quoteattr(name)} use={quoteattr(use)}"
                given += "".join(f" fixed={quoteattr(value)}" for value in fixed)
                yield from _declared("attribute", given, kind)
            case ["*", namespaces, processing]:
                wild = f"namespace={quoteattr(namespaces)} processContents={quoteattr(processing)}"
                yield f"<xs:anyAttribute {wild}/>"
            case _:
                raise AssertionError(f"unknown attribute in the table of facts: {attribute}")


def _particle(particle: Facts) -> Iterator[str]:
    match particle:
        case ["e", name, kind, least, most]:
            yield from _declared("element", f" name={quoteattr(name)}{_times(least, most)}", kind)
        case ["r", name, least, most]:
            yield f"<xs:element ref={quoteattr(name)}{_times(least, most)}/>"
        case ["a", namespaces, processing, least, most]:
            wild = f"namespace={quoteattr(namespaces)} processContents={quoteattr(processing)}"
            yield f"<xs:any {wild}{_times(least, most)}/>"
        case ["q" | "c" as kind, least, most, inner]:
            tag = "sequence" if kind == "q" else "choice"
            yield f"<xs:{tag}{_times(least, most)}>"
            for part in inner:
                yield from _particle(part)
            yield f"</xs:{tag}>"
        case _:
            raise AssertionError(f"unknown particle in the table of facts: {particle}")


def _times(least: int, most: int) -> str:
    return f' minOccurs="{least}" maxOccurs="{"unbounded" if most == -1 else most}"'


@functools.cache
def children(module: str) -> dict[str, dict[str, str]]:
    """Return, for each named type of a module, the types of its child elements by their local names.

    Elements whose type has no name, and those of other modules, are left out.
    """
    return {name: dict(_named_children(body)) for name, body in _module(module).types}


def _named_children(fact: Facts) -> Iterator[tuple[str, str]]:
    match fact:
        case ["e", name, str(kind), int(), int()]:
            yield name, kind
        case list():
            for part in fact:
                yield from _named_children(part)
