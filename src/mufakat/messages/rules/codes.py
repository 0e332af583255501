"""Codes of the external code sets: each code that a message carries is in the set that its schema names.

The sets ship as a table, made by `tools/code_facts.py`. Rule source: ISO 20022 external code sets.
"""

import functools
import json
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Final

from mufakat.messages.rules.reading import Message, value
from mufakat.messages.rules.rule import Blame, Rule


@functools.cache
def code_sets() -> dict[str, frozenset[str]]:
    """Return the codes of each external code set by its name, such as `ExternalPurpose1Code`."""
    packed = resources.files("mufakat.messages.rules").joinpath("code_sets.json").read_text(encoding="utf-8")
    table: dict[str, str] = json.loads(packed)
    return {name: frozenset(codes.split()) for name, codes in table.items()}


def _of(*sets: str) -> Callable[[Message], Iterator[Blame]]:
    """Return the check of some code sets, or of all that no other rule speaks of when none is named."""
    names = frozenset(sets)

    def check(message: Message) -> Iterator[Blame]:
        for element, name in message.coded:
            if name not in names if names else name in _NAMED:
                continue
            codes = code_sets().get(name)
            if codes is not None and value(element) not in codes:
                what = f"{value(element)!r} is not in {name}"
                yield element, f"{what}. Take one of the set's codes, or Prtry for one of your own."

    return check


_SETS: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    (
        "01",
        "A status",
        "CH16",
        (
            "ExternalPaymentTransactionStatus1Code",
            "ExternalPaymentGroupStatus1Code",
            "ExternalEntryStatus1Code",
        ),
    ),
    ("02", "A status reason", "CH16", ("ExternalStatusReason1Code",)),
    ("03", "A return reason", "CH16", ("ExternalReturnReason1Code",)),
    (
        "04",
        "The reason of a recall or of its refusal",
        "CH16",
        ("ExternalCancellationReason1Code", "ExternalPaymentCancellationRejection1Code"),
    ),
    ("05", "A purpose", "FF07", ("ExternalPurpose1Code",)),
    ("06", "A category purpose", "FF06", ("ExternalCategoryPurpose1Code",)),
    ("07", "A service level", "FF04", ("ExternalServiceLevel1Code",)),
    ("08", "A local instrument", "FF05", ("ExternalLocalInstrument1Code",)),
    (
        "09",
        "The kind of an organisation's or person's identifier",
        "BE15",
        ("ExternalOrganisationIdentification1Code", "ExternalPersonIdentification1Code"),
    ),
    (
        "10",
        "The kind of an account, of its number or its proxy",
        "AC12",
        (
            *("ExternalAccountIdentification1Code", "ExternalCashAccountType1Code"),
            "ExternalProxyAccountType1Code",
        ),
    ),
    (
        "11",
        "A clearing system",
        "RC08",
        ("ExternalClearingSystemIdentification1Code", "ExternalCashClearingSystem1Code"),
    ),
    ("12", "The kind of a charge", "CHCO", ("ExternalChargeType1Code",)),
)
_NAMED: Final = frozenset(name for _, _, _, sets in _SETS for name in sets)
RULES: Final = (
    *(
        Rule(
            id=f"MUF-CODE-{number}",
            title=f"{what} is one of its external code set",
            code=code,
            source=f"ISO 20022 external code sets: {', '.join(sets)}",
            check=_of(*sets),
        )
        for number, what, code, sets in _SETS
    ),
    Rule(
        id="MUF-CODE-20",
        title="A code of any other external code set is in it",
        code="CH16",
        source="ISO 20022 external code sets",
        check=_of(),
    ),
)
