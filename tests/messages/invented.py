"""Messages that fit their schema and otherwise say anything: made from the table of facts, by a seed."""

import random
import re
from re import _constants as sre
from re import _parser as parser
from typing import Any

from lxml import etree

from mufakat.messages import facts

XS = "{http://www.w3.org/2001/XMLSchema}"
SOME_TEXT = "Aé ÿ,Ωж漢&<>'\"/-.() 09"
MOST = 2
"""How often an element comes at most that may come many times."""


class Invention:
    """Makes up documents of one message definition. `chance` is how likely an optional element is."""

    def __init__(self, definition: str, seed: int, chance: float = 0.3) -> None:
        self.ns = facts.namespace(definition)
        self.random = random.Random(seed)
        self.chance = chance
        root = etree.fromstring(facts.schema_text(definition))
        self.types = {
            each.get("name"): each for each in root if each.get("name") and each.tag != f"{XS}element"
        }
        (self.top,) = (each for each in root if each.tag == f"{XS}element")

    def document(self, **fixed: int) -> Any:
        """A document; `fixed` says how often elements of some names come."""
        element = etree.Element(f"{{{self.ns}}}{self.top.get('name')}", nsmap={None: self.ns})
        self._fill(element, self.top.get("type"), fixed, 0)
        return element

    def _fill(self, element: Any, kind: str, fixed: dict[str, int], depth: int) -> None:
        if kind not in self.types:
            element.text = self._plain(kind, [])
            return
        declared = self.types[kind]
        if declared.tag == f"{XS}simpleType":
            element.text = self._simple(kind)
            return
        for extension in declared.iterchildren(f"{XS}simpleContent"):
            element.text = self._simple(extension[0].get("base"))
        for attribute in declared.iter(f"{XS}attribute"):
            element.set(attribute.get("name"), self._simple(attribute.get("type")))
        for particle in declared.iterchildren(f"{XS}sequence", f"{XS}choice"):
            self._particle(element, particle, fixed, depth)

    def _particle(self, element: Any, particle: Any, fixed: dict[str, int], depth: int) -> None:
        inner = list(particle)
        if particle.tag == f"{XS}choice":
            inner = [self.random.choice(inner)]
        for each in inner:
            if each.tag in {f"{XS}sequence", f"{XS}choice"}:
                self._particle(element, each, fixed, depth)
            elif each.tag == f"{XS}any":
                self._any(element, each)
            else:
                for _ in range(self._times(each, fixed, depth)):
                    child = etree.SubElement(element, f"{{{self.ns}}}{each.get('name')}")
                    self._fill(child, each.get("type"), fixed, depth + 1)

    def _any(self, element: Any, wildcard: Any) -> None:
        """Put an element that no schema knows, in the namespace that the wildcard names if it names one."""
        named = wildcard.get("namespace")
        namespace = "urn:x:other" if named.startswith("##") else named
        inner = etree.SubElement(element, f"{{{namespace}}}Note", nsmap={"o": namespace})
        inner.set("of", "o:kind")
        inner.text = "kept as it is"

    def _times(self, declared: Any, fixed: dict[str, int], depth: int) -> int:
        if declared.get("name") in fixed:
            return fixed[declared.get("name")]
        least, most = int(declared.get("minOccurs", "1")), declared.get("maxOccurs", "1")
        if self.random.random() > self.chance / (1 + depth / 4):
            return least
        return max(least, self.random.randint(1, min(MOST, MOST if most == "unbounded" else int(most))))

    def _simple(self, kind: str) -> str:
        facets: list[tuple[str, str]] = []
        while kind in self.types:
            restriction = self.types[kind][0]
            facets += [(each.tag.removeprefix(XS), each.get("value")) for each in restriction]
            kind = restriction.get("base")
        return self._plain(kind, facets)

    def _plain(self, kind: str, facets: list[tuple[str, str]]) -> str:
        listed = [value for name, value in facets if name == "enumeration"]
        pattern = next((value for name, value in facets if name == "pattern"), None)
        if listed:
            return self.random.choice(listed)
        if pattern is not None and kind != "xs:dateTime":
            return "".join(self._matching(parser.parse(pattern)))
        match kind:
            case "xs:date":
                return f"2026-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"
            case "xs:dateTime":
                return f"2026-11-{self.random.randint(1, 28):02}T09:00:{self.random.randint(0, 59):02}Z"
            case "xs:time":
                return "10:30:00+07:00"
            case "xs:boolean":
                return self.random.choice(["true", "false"])
            case "xs:decimal":
                whole = str(self.random.randint(0, 10**9))
                return (
                    whole if ("fractionDigits", "0") in facets else f"{whole}.{self.random.randint(0, 99):02}"
                )
            case "xs:gYear":
                return "2026"
            case "xs:gYearMonth":
                return "2026-11"
            case "xs:base64Binary":
                return "QUJD"
        limits = dict(facets)
        least, most = int(limits.get("minLength", 1)), int(limits.get("maxLength", 12))
        text = "".join(
            self.random.choice(SOME_TEXT) for _ in range(self.random.randint(least, min(most, 12)))
        )
        return text.strip().ljust(max(least, 1), "x")

    def _matching(self, parsed: Any) -> list[str]:
        found: list[str] = []
        for what, value in parsed:
            if what is sre.LITERAL:
                found.append(chr(value))
            elif what is sre.IN:
                kind, range_ = self.random.choice(value)
                if kind is sre.RANGE:
                    found.append(chr(self.random.randint(*range_)))
                else:
                    found.append("7" if kind is sre.CATEGORY else chr(range_))
            elif what is sre.MAX_REPEAT:
                least, most, inner = value
                for _ in range(self.random.randint(least, min(most, least + 3))):
                    found += self._matching(inner)
            elif what is sre.SUBPATTERN:
                found += self._matching(value[-1])
            elif what is sre.BRANCH:
                found += self._matching(self.random.choice(value[1]))
            else:
                assert what is sre.AT, f"a pattern with {what}: {re.escape(str(value))}"
        return found
