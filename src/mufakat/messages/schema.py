"""Schemas in memory, one for each message and thread, made from the table of facts when first used.

An `lxml.etree.XMLSchema` that threads share mixes up their error texts, hence one a thread.
"""

import re
import threading
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
    return None if checker.validate(element) else _told(checker.error_log[0], element)


def violations(module: str, element: Element) -> list[Violation]:
    """Check an element against the schema of `module`; return its breaches in the order of its lines."""
    checker = schema(module)
    if checker.validate(element):
        return []
    return [_told(error, element) for error in checker.error_log]


def _told(error: Any, element: Element) -> Violation:
    text = told(_NAMESPACE.sub("", error.message).rstrip("."))
    blamed = _at(element, error.path)
    return Violation(f"{text}.", blamed.sourceline, path_of(blamed, element))


def _at(element: Element, path: str | None) -> Element:
    """Return the element at libxml2's `path` from the checked element on.

    It writes elements of a default namespace as `*[n]`, which says nothing to a reader, and cuts long
    names off; then the nearest element that the path still reaches is returned.
    """
    node = element
    for step in (path or "").lstrip("/").split("/")[1:]:
        name, _, place = step.rstrip("]").partition("[")
        prefix, _, local = name.rpartition(":")
        twins = [
            child
            for child in node.iterchildren(etree.Element)
            if name == "*" or ((child.prefix or "") == prefix and etree.QName(child).localname == local)
        ]
        position = int(place or 1) - 1
        if position >= len(twins):
            break
        node = twins[position]
    return node


def path_of(node: Element, top: Element | None = None) -> str:
    """Return the path of an element from `top` or its root: local names, a position where several are."""
    steps = []
    while node is not None:
        parent = None if node is top else node.getparent()
        step = etree.QName(node).localname[:_LONGEST_NAME]
        if parent is not None:
            twins = parent.findall(node.tag)
            if len(twins) > 1:
                step = f"{step}[{twins.index(node) + 1}]"
        steps.append(step)
        node = parent
    return "/" + "/".join(reversed(steps))
