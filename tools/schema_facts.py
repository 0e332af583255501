"""Distil the official message schemas into the table of facts that the package ships.

Usage: python tools/schema_facts.py SHARED_DATA_DIR [OUTPUT]

The table holds what the schemas demand (elements and their order, cardinality, types, facets,
attributes) and nothing else of the files: no comments, annotations or layout. A type that several
message versions share is stored once. The same input gives the same table, byte for byte, before
compression.

Shape of the table (a JSON value on each line, so that a reader decodes only what it asks for):

- the first line is `{module: namespace}` of all messages and modules;
- then each module in that order: `[imports, elements, types]`, where an element is `[name, type]` and
  `types` are places, from 0, among the lines after the modules;
- then each type: `[name, body]`; a body is one of
  `["s", base, [[facet, value], ...]]`            a simple type,
  `["c", particle or null, attributes, flags]`    elements; a flag is `abstract` or `mixed`,
  `["v", way, base, facets, attributes]`          text with attributes, `way` extension or restriction,
  `["k", way, base, particle or null, attributes]` a complex type made from another.
- a particle is `["e", name, type, min, max]` (an element), `["r", name, min, max]` (a reference to a
  global element), `["q" or "c", min, max, [particle, ...]]` (sequence, choice) or
  `["a", namespaces, processing, min, max]` (a wildcard); `max` -1 is unbounded.
- an attribute is `["@", name, type, use]`, then the value that it is fixed to if any, or
  `["*", namespaces, processing]`.
- the module of an ISO 20022 message has its name; the others are `ubl21.Invoice`, `ubl23.Order`,
  `cii.CrossIndustryInvoice` and the like, their shared modules `ubl21.cac`, ...
- a name is `local`, of the module's own namespace, or `module:local`; `xs:` is XML Schema itself. A type
  without a name stands as its body where the name would.

A construct that this shape cannot hold stops the tool, so nothing is dropped in silence.
"""

import json
import lzma
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

from lxml import etree

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
OUTPUT: Final = Path(__file__).parent.parent / "src" / "mufakat" / "messages" / "facts.json.xz"
ISO_SCHEMAS: Final = Path("iso20022/xsd")
UBL_SCHEMAS: Final = Path("trade/xsd")
UBL_DOCUMENTS: Final = ("BillOfLading", "CreditNote", "DespatchAdvice", "Invoice", "Order", "Waybill")
UBL_VERSIONS: Final = ("2.1", "2.3")
UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
UBL_NAMES: Final = {
    **{f"{UBL}{name}-2": name for name in UBL_DOCUMENTS},
    f"{UBL}CommonAggregateComponents-2": "cac",
    f"{UBL}CommonBasicComponents-2": "cbc",
    f"{UBL}CommonExtensionComponents-2": "ext",
    f"{UBL}QualifiedDataTypes-2": "qdt",
    f"{UBL}UnqualifiedDataTypes-2": "udt",
    "urn:oasis:names:specification:bdndr:schema:xsd:UnqualifiedDataTypes-1": "udt",
    "urn:un:unece:uncefact:data:specification:CoreComponentTypeSchemaModule:2": "cct",
    f"{UBL}CommonSignatureComponents-2": "csc",
    f"{UBL}SignatureAggregateComponents-2": "sac",
    f"{UBL}SignatureBasicComponents-2": "sbc",
    "http://www.w3.org/2000/09/xmldsig#": "ds",
    "http://uri.etsi.org/01903/v1.3.2#": "xades",
    "http://uri.etsi.org/01903/v1.4.1#": "xades141",
}
CII: Final = Path("trade/xsd/cii-d16b/data/standard/CrossIndustryInvoice_100pD16B.xsd")
# A wildcard with lax processing checks every element that the loaded schemas declare. Of those, an
# invoice's extension carries signatures; the other documents' elements are left out.
WILDCARD_MODULES: Final = ("csc", "ds", "xades", "xades141")
FACETS: Final = frozenset(
    {
        "enumeration",
        "fractionDigits",
        "length",
        "maxExclusive",
        "maxInclusive",
        "maxLength",
        "minExclusive",
        "minInclusive",
        "minLength",
        "pattern",
        "totalDigits",
        "whiteSpace",
    }
)

Json = Any
NameOf = Callable[[str], str]
"""Gives the table's name of a namespace."""


class Module:
    """One namespace of a schema: its global elements and types, still as XML."""

    def __init__(self, name: str, namespace: str) -> None:
        """Begin empty; `absorb` adds each file of the namespace."""
        self.name = name
        self.namespace = namespace
        self.imports: list[str] = []
        self.elements: dict[str, Json] = {}
        self.types: dict[str, Json] = {}

    def absorb(self, root: Json) -> None:
        """Take the components of one schema file."""
        if root.get("elementFormDefault") != "qualified" or root.get("attributeFormDefault") == "qualified":
            stop(root, "element or attribute form")
        for child in components(root):
            kind = etree.QName(child).localname
            if kind == "element":
                self.elements[child.get("name")] = child
            elif kind in {"simpleType", "complexType"}:
                self.types[child.get("name")] = child
            elif kind not in {"import", "include"}:
                stop(child, "global component")


class Encoder:
    """Writes the components of one module as facts."""

    def __init__(self, module: Module, name_of: NameOf) -> None:
        """`name_of` gives the module's name of a namespace."""
        self.module = module
        self.name_of = name_of

    def qname(self, at: Json, text: str) -> str:
        """Return a prefixed name of the file as a name of the table."""
        prefix, _, local = text.rpartition(":")
        namespace = at.nsmap.get(prefix or None)
        if namespace == XS[1:-1]:
            return f"xs:{local}"
        if namespace in {self.module.namespace, None}:
            return local
        return f"{self.name_of(namespace)}:{local}"

    def element(self, node: Json) -> list[Json]:
        """Encode a global element: its name and type."""
        known(node, {"name", "type"})
        return [node.get("name"), self.type_of(node)]

    def type_of(self, node: Json) -> Json:
        """Return the named type of an element or attribute, or the body of its own."""
        if node.get("type") is not None:
            return self.qname(node, node.get("type"))
        inner = components(node)
        if not inner and node.tag == XS + "element":
            return "xs:anyType"
        if len(inner) != 1:
            stop(node, "declaration without a type")
        return self.body(inner[0])

    def body(self, node: Json) -> Json:
        """Encode a simple or complex type without its name."""
        known(node, {"name", "mixed", "abstract"})
        children = components(node)
        if node.tag == XS + "simpleType":
            (restriction,) = children
            if restriction.tag != XS + "restriction":
                stop(restriction, "simple type")
            return ["s", self.qname(restriction, restriction.get("base")), facets(restriction)]
        if children and children[0].tag in {XS + "simpleContent", XS + "complexContent"}:
            return self.derived(children[0])
        particle, attributes = self.content(children)
        return [
            "c",
            particle,
            attributes,
            [flag for flag in ("abstract", "mixed") if node.get(flag) == "true"],
        ]

    def derived(self, content: Json) -> Json:
        """Encode a complex type that extends or restricts another one."""
        (change,) = components(content)
        known(change, {"base"})
        way, base = etree.QName(change).localname, self.qname(change, change.get("base"))
        if content.tag == XS + "simpleContent":
            inner = [c for c in components(change) if etree.QName(c).localname not in FACETS]
            particle, attributes = self.content(inner)
            if particle is not None:
                stop(change, "elements in simple content")
            return ["v", way, base, facets(change), attributes]
        particle, attributes = self.content(components(change))
        return ["k", way, base, particle, attributes]

    def content(self, nodes: list[Json]) -> tuple[Json, list[Json]]:
        """Encode the one particle and the attributes of a complex type."""
        particle, attributes = None, []
        for node in nodes:
            kind = etree.QName(node).localname
            if kind == "attribute":
                known(node, {"name", "type", "use", "fixed"})
                attributes.append(["@", node.get("name"), self.type_of(node), node.get("use", "optional")])
                attributes[-1] += [node.get("fixed")] if "fixed" in node.attrib else []
            elif kind == "anyAttribute":
                known(node, {"namespace", "processContents"})
                attributes.append(
                    ["*", node.get("namespace", "##any"), node.get("processContents", "strict")]
                )
            elif particle is None:
                particle = self.particle(node)
            else:
                stop(node, "second particle")
        return particle, attributes

    def particle(self, node: Json) -> list[Json]:
        """Encode an element, reference, sequence, choice or wildcard."""
        known(node, {"name", "type", "ref", "minOccurs", "maxOccurs", "namespace", "processContents"})
        most = node.get("maxOccurs", "1")
        times = [int(node.get("minOccurs", "1")), -1 if most == "unbounded" else int(most)]
        kind = etree.QName(node).localname
        if kind == "element":
            if node.get("ref"):
                return ["r", self.qname(node, node.get("ref")), *times]
            return ["e", node.get("name"), self.type_of(node), *times]
        if kind == "any":
            return ["a", node.get("namespace", "##any"), node.get("processContents", "strict"), *times]
        if kind not in {"sequence", "choice"}:
            stop(node, "particle")
        return ["q" if kind == "sequence" else "c", *times, [self.particle(c) for c in components(node)]]


def last_part(namespace: str) -> str:
    """Return the message's name, in which an ISO 20022 namespace ends."""
    return namespace.rsplit(":", 1)[-1]


def cii_name(namespace: str) -> str:
    """Return the name of a module of the invoice D16B: `cii.` and the end of its namespace."""
    *_, name, _version = namespace.split(":")
    return f"cii.{name}"


def stop(node: Json, what: str) -> NoReturn:
    """End the tool: the table's shape cannot hold this construct."""
    sys.exit(f"{node.base}:{node.sourceline}: {what} that the table of facts cannot hold: {node.tag}")


def known(node: Json, attributes: set[str]) -> None:
    """Stop when a component carries an attribute whose meaning would be lost."""
    if surplus := set(node.attrib) - attributes:
        stop(node, f"attribute {sorted(surplus)}")


def components(node: Json) -> list[Json]:
    """Return the child elements but annotations."""
    return [c for c in node.iterchildren(etree.Element) if c.tag != XS + "annotation"]


def facets(restriction: Json) -> list[list[str]]:
    """Return the facets of a restriction in the file's order."""
    found = []
    for child in components(restriction):
        kind = etree.QName(child).localname
        if kind in FACETS:
            known(child, {"value"})
            found.append([kind, child.get("value")])
        elif kind not in {"attribute", "anyAttribute"}:
            stop(child, "facet")
    return found


def names_in(fact: Json) -> Iterator[tuple[str, str]]:
    """Yield each name that a fact uses, as ("element" or "type", name)."""
    match fact:
        case ["s", base, _]:
            yield "type", base
        case ["v" | "k", _, base, *rest]:
            yield "type", base
            for part in rest:
                yield from names_in(part)
        case ["r", name, int(), int()]:
            yield "element", name
        case ["e", _, str(kind), int(), int()] | ["@", _, str(kind), _, *_]:
            yield "type", kind
        case list():
            for part in fact:
                yield from names_in(part)


def load(path: Path, name_of: NameOf, modules: dict[str, Module], seen: set[Path]) -> Module:
    """Read a schema file and, after it, those that it imports or includes."""
    root = etree.parse(str(path)).getroot()
    namespace = root.get("targetNamespace")
    name = name_of(namespace)
    module = modules.setdefault(name, Module(name, namespace))
    if path.resolve() in seen:
        return module
    seen.add(path.resolve())
    module.absorb(root)
    for child in components(root):
        if child.tag in {XS + "import", XS + "include"}:
            other = load(path.parent / child.get("schemaLocation"), name_of, modules, seen)
            if other is not module and other.name not in module.imports:
                module.imports.append(other.name)
    return module


def distil(roots: list[tuple[str, str]], modules: dict[str, Module], encoders: dict[str, Encoder]) -> Json:
    """Return {module: {"elements": ..., "types": ...}} of what the given elements reach."""
    reached: dict[str, dict[str, dict[str, Json]]] = {m: {"elements": {}, "types": {}} for m in modules}
    waiting = [(module, "element", name) for module, name in roots]
    while waiting:
        owner, kind, name = waiting.pop()
        store = reached[owner][f"{kind}s"]
        if name in store:
            continue
        encoder, module = encoders[owner], modules[owner]
        if kind == "element":
            fact = store[name] = encoder.element(module.elements[name])
            uses = [("type", fact[1])] if isinstance(fact[1], str) else list(names_in(fact[1]))
        else:
            fact = store[name] = encoder.body(module.types[name])
            uses = list(names_in(fact))
        for used_kind, used in uses:
            prefix, _, local = used.rpartition(":")
            if prefix != "xs":
                waiting.append((prefix or owner, used_kind, local))
    return reached


class Table:
    """The table of facts while it grows: modules by name, and each different type once."""

    def __init__(self) -> None:
        """Begin empty."""
        self.namespaces: dict[str, str] = {}
        self.modules: list[str] = []
        self.types: dict[str, int] = {}

    def add(self, roots: list[tuple[str, str]], modules: dict[str, Module], name_of: NameOf) -> None:
        """Add what the global elements `roots`, (module, name), reach in `modules`."""
        encoders = {name: Encoder(module, name_of) for name, module in modules.items()}
        for name, found in distil(roots, modules, encoders).items():
            rows = [line(row) for row in sorted(found["types"].items())]
            elements = [fact for _, fact in sorted(found["elements"].items())]
            places = sorted(self.types.setdefault(row, len(self.types)) for row in rows)
            self.namespaces[name] = modules[name].namespace
            self.modules.append(line([sorted(modules[name].imports), elements, places]))

    def text(self) -> bytes:
        """Return the table as it is before compression."""
        return "\n".join([line(self.namespaces), *self.modules, *self.types]).encode()


def line(value: Json) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def encoded(data: Path) -> bytes:
    """Return the whole table of facts from the data folder."""
    table = Table()
    for path in sorted((data / ISO_SCHEMAS).glob("*.xsd")):
        modules: dict[str, Module] = {}
        module = load(path, last_part, modules, set())
        table.add([(module.name, element) for element in module.elements], modules, last_part)
    for version in UBL_VERSIONS:
        add_ubl(table, data / UBL_SCHEMAS, version)
    modules = {}
    module = load(data / CII, cii_name, modules, set())
    table.add([(module.name, element) for element in module.elements], modules, cii_name)
    return table.text()


def add_ubl(table: Table, data: Path, version: str) -> None:
    """Add the documents of one UBL version, whose modules they share."""
    family = f"ubl{version.replace('.', '')}"
    name_of = {ns: f"{family}.{name}" for ns, name in UBL_NAMES.items()}.__getitem__
    modules, seen = dict[str, Module](), set[Path]()
    for document in UBL_DOCUMENTS:
        load(data / family / "maindoc" / f"UBL-{document}-{version}.xsd", name_of, modules, seen)
    roots = [(f"{family}.{document}", document) for document in UBL_DOCUMENTS]
    wild = [f"{family}.{name}" for name in WILDCARD_MODULES]
    table.add(
        roots + [(name, element) for name in wild for element in modules[name].elements], modules, name_of
    )


def main(arguments: list[str]) -> None:
    """Write the table; say how large it is."""
    if len(arguments) not in {1, 2}:
        sys.exit("usage: python tools/schema_facts.py SHARED_DATA_DIR [OUTPUT]")
    data, output = Path(arguments[0]), Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    if not (data / ISO_SCHEMAS).is_dir():
        sys.exit(f"{data} is missing or holds no iso20022/xsd: name the folder with the official schemas")
    plain = encoded(data)
    packed = lzma.compress(plain, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, preset=9)
    output.write_bytes(packed)
    print(f"{output}: {len(plain)} bytes of facts, {len(packed)} packed")


if __name__ == "__main__":
    main(sys.argv[1:])
