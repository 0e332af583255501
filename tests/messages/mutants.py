"""Copies of a message with one thing wrong, or perhaps still right."""

import copy
import random
from typing import Any

from lxml import etree


def mutant(element: Any, chance: random.Random) -> Any:
    """Return a copy with one thing wrong, or perhaps still right."""
    changed = copy.deepcopy(element)
    nodes = [n for n in changed.iter(etree.Element) if n is not changed]
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
    tries = ["", " ", "-1", "+1", ".5", "5.", "1e5", "NaN", "-0", "1.123456", "9" * 19, "2026-02-30", "true"]
    tries += ["2026-11-23T25:00:00", "x" * 36, "é" * 141, text + text, text[:-1], text.lower(), f" {text}\n"]
    return chance.choice(tries)
