"""Schemas in memory, one for each message and thread, made from the table of facts when first used.

An `lxml.etree.XMLSchema` that threads share mixes up their error texts, hence one a thread.
"""

import re
import threading
from collections import Counter
from typing import Any, Final

import msgspec
from lxml import etree

from mufakat.messages import facts
from mufakat.messages.fault import told

Element = Any
"""An `lxml.etree._Element`."""

_NAMESPACE: Final = re.compile(r"\{(?:urn|https?):[^{}]*\}")
_LONGEST_NAME: Final = 70
_kept: Final = threading.local()


class Violation(msgspec.Struct, frozen=True):
    """The first breach of a schema: `text` without namespaces, 1-based `line`, readable `path`."""

    text: str
    line: int
    path: str


class _FromFacts(etree.Resolver):  # type: ignore[misc] # lxml has no types
    """Answers the imports of a schema made from facts, and nothing else."""

    def resolve(self, address: str, _public: str | None, context: Any) -> Any:
        name = address.removeprefix(facts.SCHEME)
        assert name in facts.modules(), f"a schema asked for {address}, which is not in the table of facts"
        return self.resolve_string(facts.schema_text(name), context)


def schema(module: str) -> Any:
    """Return this thread's `lxml.etree.XMLSchema` of a message such as `pacs.008.001.08`."""
    kept: dict[str, Any] | None = getattr(_kept, "schemas", None)
    if kept is None:
        kept = _kept.schemas = {}
    found = kept.get(module)
    if found is None:
        parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
        parser.resolvers.add(_FromFacts())
        root = etree.fromstring(facts.schema_text(module), parser, base_url=facts.SCHEME + module)
        found = kept[module] = etree.XMLSchema(root)
    return found


def violation(module: str, element: Element) -> Violation | None:
    """Check an element against the schema of `module`; return its first breach, None when it fits."""
    checker = schema(module)
    return None if checker.validate(element) else _told(checker.error_log[0], Places(element))


def violations(module: str, element: Element) -> list[Violation]:
    """Check an element against the schema of `module`; return all its breaches."""
    checker = schema(module)
    if checker.validate(element):
        return []
    places = Places(element)
    return [_told(error, places) for error in checker.error_log]


def _told(error: Any, places: "Places") -> Violation:
    text = told(_NAMESPACE.sub("", error.message).rstrip("."))
    blamed = places.at(error.path)
    return Violation(f"{text}.", blamed.sourceline, places.path(blamed))


class Places:
    """Where elements are below `top`, or below their root; children are numbered once, however many are asked."""

    def __init__(self, top: Element | None = None) -> None:
        self._top: Final = top
        self._numbered: Final[dict[Element, tuple[Counter[str], dict[Element, int]]]] = {}
        self._twins: Final[dict[tuple[Element, str], list[Element]]] = {}

    def path(self, node: Element) -> str:
        """Return the path of an element: local names, a position where several are."""
        steps: list[str] = []
        while node is not None:
            parent = None if node is self._top else node.getparent()
            steps.append(
                etree.QName(node).localname[:_LONGEST_NAME] if parent is None else self._step(parent, node)
            )
            node = parent
        return "/" + "/".join(reversed(steps))

    def _step(self, parent: Element, node: Element) -> str:
        known = self._numbered.get(parent)
        if known is None:
            known = self._numbered[parent] = Counter(), {}
            for child in parent.iterchildren(etree.Element):
                known[0][child.tag] += 1
                known[1][child] = known[0][child.tag]
        twins, numbers = known
        step: str = etree.QName(node).localname[:_LONGEST_NAME]
        return f"{step}[{numbers[node]}]" if twins[node.tag] > 1 else step

    def at(self, path: str | None) -> Element:
        """Return the element at libxml2's `path` from the top on.

        It writes elements of a default namespace as `*[n]`, which says nothing to a reader, and cuts long
        names off; then the nearest element that the path still reaches is returned.
        """
        node = self._top
        for step in (path or "").lstrip("/").split("/")[1:]:
            name, _, place = step.rstrip("]").partition("[")
            twins = self._named(node, name)
            position = int(place or 1) - 1
            if position >= len(twins):
                break
            node = twins[position]
        return node

    def _named(self, node: Element, name: str) -> list[Element]:
        twins = self._twins.get((node, name))
        if twins is None:
            prefix, _, local = name.rpartition(":")
            twins = self._twins[node, name] = [
                child
                for child in node.iterchildren(etree.Element)
                if name == "*" or ((child.prefix or "") == prefix and etree.QName(child).localname == local)
            ]
        return twins


def path_of(node: Element, top: Element | None = None) -> str:
    """Return the path of an element from `top` or its root: local names, a position where several are."""
    return Places(top).path(node)
