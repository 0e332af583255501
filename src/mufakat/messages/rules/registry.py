"""The named sets of rules, and what a set finds in one message.

A rule stands in one place; a set is a list of rules. Which sets fit a message when none is named, `fitting`
says.
"""

from collections.abc import Iterable
from typing import Final

from mufakat.messages.rules import (
    addresses,
    characters,
    codes,
    corridors,
    harmonised,
    headers,
    identifiers,
    levels,
    money,
    parties,
    settlement,
    statuses,
    times,
    totals,
)
from mufakat.messages.rules.reading import Message, child, text
from mufakat.messages.rules.rule import Finding, Rule, found

SETS: Final[dict[str, tuple[Rule, ...]]] = {
    "iso": (*headers.ISO, *totals.RULES, *levels.RULES, *settlement.RULES, *statuses.ISO),
    "market": (
        *identifiers.RULES,
        *money.RULES,
        *characters.RULES,
        *addresses.RULES,
        *codes.RULES,
        *times.RULES,
        *settlement.MARKET,
        *statuses.MARKET,
    ),
    "fatf": parties.RULES,
    "cpmi": harmonised.RULES,
    "hvps": corridors.HVPS,
    "cbpr": (*headers.CBPR, *corridors.CBPR),
}
ABOUT: Final = {
    "iso": "what the standard sets between elements, and no schema can say",
    "market": "what every network asks for: identifiers, currencies, characters, addresses, codes, times",
    "fatf": "originator and beneficiary, FATF Recommendation 16 as revised in June 2025",
    "cpmi": "the CPMI's harmonised data requirements for payments across borders, October 2023",
    "hvps": "the union's own leg, cleared",
    "cbpr": "the leg of correspondents",
}
ALWAYS: Final = ("iso", "market", "fatf")
RULES: Final = {rule.id: rule for rules in SETS.values() for rule in rules}


def fitting(message: Message) -> tuple[str, ...]:
    """Return the sets that fit a message: those for all, and that of the leg on which it says to be."""
    if text(message.header, "BizSvc").startswith("swift.cbprplus"):
        return (*ALWAYS, "cbpr")
    settlement = child(message.group, "SttlmInf")
    system = child(settlement, "ClrSys")
    is_ours = system is None or text(system, "Prtry") == corridors.CLEARING_SYSTEM
    if text(settlement, "SttlmMtd") == "CLRG" and is_ours:
        return (*ALWAYS, "hvps")
    return ALWAYS


def findings(message: Message, sets: Iterable[str]) -> tuple[Finding, ...]:
    """Return all that the rules of some sets find in a message, in the order of its lines."""
    rules = {rule.id: rule for name in sets for rule in SETS[name]}
    all_found = [finding for rule in rules.values() for finding in found(rule, message)]
    return tuple(sorted(all_found, key=lambda each: (each.line or 0, each.rule)))
