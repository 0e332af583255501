"""Random messages from the table of facts: valid documents of any ISO 20022 message, and mutants of them.

`document(module, chance)` gives a valid element; `mutant(element, chance)` one with one thing changed,
which is most often wrong. `chance` is a `random.Random`, a seeded one or the one that Hypothesis'
`st.randoms()` gives.
"""

import copy
import random
import re._parser as pattern_parser  # type: ignore[import-not-found] # the parser of `re`
from typing import Any

from lxml import etree

from mufakat.messages import facts

SOME = "Ana Budi 7/-?:().,'+"
DEEPEST = 40


class Unmakeable(Exception):
    """A part that no random value fits, such as an element of a namespace without a schema."""


class Maker:
    """Makes elements of one module; each optional part stands there with a chance that falls with depth."""

    def __init__(self, module: str, chance: random.Random, fullness: float) -> None:
        """`fullness` 0 leaves all optional parts out, 1 takes all near the root in."""
        found = facts._module(module)
        self.namespace = facts.namespace(module)
        self.elements = found.elements
        self.types: dict[str, Any] = dict(found.types)
        self.chance, self.fullness = chance, fullness
        self.budget = 400

    def element(self, name: str, kind: Any, depth: int) -> Any:
        """Return a valid element of a type."""
        if depth > DEEPEST:
            raise Unmakeable(name)
        self.budget -= 1
        made = etree.Element(f"{{{self.namespace}}}{name}", nsmap={None: self.namespace})
        body = self.types[kind] if isinstance(kind, str) and not kind.startswith("xs:") else kind
        match body:
            case ["c", particle, attributes, _]:
                if particle is not None:
                    self.particle(particle, made, depth)
            case ["v", _, base, restricted, attributes]:
                made.text = self.text(base, restricted)
            case _:
                attributes = []
                made.text = self.text(body, [])
        for attribute in attributes:
            match attribute:
                case ["@", key, type_, use] if use == "required" or self.taken(depth):
                    made.set(key, self.text(type_, []))
        return made

    def taken(self, depth: int) -> bool:
        """Return whether an optional part at this depth stands in the message."""
        return self.budget > 0 and self.chance.random() < self.fullness * 0.85**depth

    def particle(self, particle: Any, parent: Any, depth: int) -> None:
        """Append what a particle asks for to `parent`; an optional part that cannot be made is left out."""
        if particle[0] == "e":
            least, most = particle[3:5]
        else:
            least, most = particle[3:5] if particle[0] == "a" else particle[1:3]
        times = least
        while (most == -1 or times < min(most, least + 2)) and self.taken(depth):
            times += 1
        for number in range(times):
            before = len(parent)
            try:
                self.once(particle, parent, depth)
            except Unmakeable:
                del parent[before:]
                if number < least:
                    raise
                return

    def once(self, particle: Any, parent: Any, depth: int) -> None:
        """Append one occurrence of a particle to `parent`."""
        match particle:
            case ["e", name, kind, *_]:
                parent.append(self.element(name, kind, depth + 1))
            case ["q", _, _, inner]:
                for part in inner:
                    self.particle(part, parent, depth)
            case ["c", _, _, inner]:
                for part in self.chance.sample(inner, len(inner)):
                    before = len(parent)
                    try:
                        self.particle(part, parent, depth)
                    except Unmakeable:
                        del parent[before:]
                        continue
                    return
                raise Unmakeable("choice")
            case ["a", namespaces, "lax" | "skip", *_] if namespaces in {"##any", "##other"}:
                etree.SubElement(parent, "{urn:any}Any", nsmap={None: "urn:any"}).text = "any"
            case _:
                raise Unmakeable("wildcard")

    def text(self, kind: Any, outer: list[list[str]]) -> str:
        """Return a text that a simple type takes; `outer` are the facets put on it from outside."""
        all_facets, base = list(outer), kind
        while not (isinstance(base, str) and base.startswith("xs:")):
            body = self.types[base] if isinstance(base, str) else base
            if body[0] == "v":
                base, more = body[2], body[3]
            else:
                _, base, more = body
            all_facets += more
        values: dict[str, list[str]] = {}
        for facet, value in all_facets:
            values.setdefault(facet, []).append(value)
        if "enumeration" in values:
            return self.chance.choice(values["enumeration"])
        limits = {facet: found[0] for facet, found in values.items()}
        built_in = base.removeprefix("xs:")
        if built_in == "dateTime" and limits.get("pattern") == ".*Z":
            return self.plain("date", {}) + "T09:00:00Z"
        if "pattern" in limits:
            return self.matching(limits["pattern"])
        return self.plain(built_in, limits)

    def plain(self, base: str, limits: dict[str, str]) -> str:
        """Return a text of a built-in type within its facets."""
        chance = self.chance
        day = f"20{chance.randrange(10, 60)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        time = f"{chance.randrange(24):02}:{chance.randrange(60):02}:{chance.randrange(60):02}"
        zone = chance.choice(["", "Z", "+05:30", ".123Z"])
        match base:
            case "decimal":
                places = chance.randint(0, min(int(limits.get("fractionDigits", 5)), 5))
                whole = min(int(limits.get("totalDigits", 18)) - places, 9)
                number = str(chance.randrange(10 ** max(1, whole)))
                return number + (f".{chance.randrange(10**places):0{places}}" if places else "")
            case "boolean":
                return chance.choice(["true", "false", "1", "0"])
            case "date":
                return day
            case "dateTime":
                return f"{day}T{time}{zone}"
            case "time":
                return f"{time}{zone}"
            case "gYear":
                return day[:4]
            case "gYearMonth":
                return day[:7]
            case "gMonth":
                return f"--{day[5:7]}"
            case "base64Binary":
                return "TXVmYWthdA=="
            case "anyURI":
                return "urn:any"
            case "string" | "normalizedString" | "token":
                least = int(limits.get("minLength", limits.get("length", 0)))
                most = min(int(limits.get("maxLength", limits.get("length", 30))), least + 30)
                return "".join(chance.choice(SOME) for _ in range(chance.randint(least, most)))
        raise Unmakeable(base)

    def matching(self, pattern: str) -> str:
        """Return a text that a pattern of the schema matches whole."""
        return "".join(self.parts(pattern_parser.parse(pattern)))

    def parts(self, parsed: Any) -> list[str]:
        """Return pieces for a parsed pattern."""
        found: list[str] = []
        for code, argument in parsed:
            match str(code):
                case "LITERAL":
                    found.append(chr(argument))
                case "ANY" | "NOT_LITERAL":
                    found.append("x")
                case "CATEGORY":
                    found.append(self.chance.choice("0123456789"))
                case "RANGE":
                    found.append(chr(self.chance.randint(*argument)))
                case "IN":
                    found += self.parts([self.chance.choice(argument)])
                case "BRANCH":
                    found += self.parts(self.chance.choice(argument[1]))
                case "SUBPATTERN":
                    found += self.parts(argument[-1])
                case "MAX_REPEAT":
                    least, most, inner = argument
                    for _ in range(self.chance.randint(least, min(int(most), least + 8))):
                        found += self.parts(inner)
                case other:
                    raise Unmakeable(other)
        return found


def document(module: str, chance: random.Random, fullness: float | None = None) -> Any:
    """Return a valid document (or header) of an ISO 20022 message such as `pacs.008.001.08`."""
    maker = Maker(module, chance, chance.random() if fullness is None else fullness)
    ((name, kind),) = maker.elements
    made = maker.element(name, kind, 0)
    etree.cleanup_namespaces(made)
    return made


def mutant(element: Any, chance: random.Random) -> Any:
    """Return a copy with one thing wrong, or perhaps still right."""
    changed = copy.deepcopy(element)
    nodes = [n for n in changed.iter(etree.Element) if n is not changed]
    if not nodes:
        changed.set("any", "x")
        return changed
    node = chance.choice(nodes)
    parent = node.getparent()
    match chance.randrange(9):
        case 0:
            parent.remove(node)
        case 1:
            parent.insert(parent.index(node), copy.deepcopy(node))
        case 2:
            other = chance.choice(nodes)
            node.tag = chance.choice([other.tag, node.tag + "x", etree.QName(node).localname])
        case 3:
            parent.append(node)
        case 4:
            parent.insert(0, node)
        case 5 if not len(node):
            node.text = broken(node.text or "", chance)
        case 6:
            node.set(chance.choice([*node.keys(), "Ccy", "any"]), chance.choice(["", "EUR", "eur", "x" * 40]))
        case 7 if node.attrib:
            del node.attrib[chance.choice(node.keys())]
        case _:
            chance.choice(nodes).append(copy.deepcopy(node))
    return changed


def broken(text: str, chance: random.Random) -> str:
    """Return a text in the place of `text` that few types take."""
    tries = ["", " ", "-1", "+1", ".5", "5.", "1e5", "NaN", "-0", "1.123456", "9" * 19, "2026-02-30", "true"]
    tries += ["2026-11-23T25:00:00", "x" * 36, "é" * 141, text + text, text[:-1], text.lower(), f" {text}\n"]
    return chance.choice(tries)
