"""Versions of the messages between banks: which are read, which is written where nobody chose another.

Read are those with a place for the UETR, by which the union knows a payment; of requests about an account, those
that name an agent by BICFI alone. Rule source: ISO 20022 catalogue;
in force: CBPR+ and HVPS+ usage guidelines.
"""

from typing import Final

READ: Final[dict[str, tuple[str, ...]]] = {
    kind: tuple(f"{kind}.001.{version:02}" for version in range(first, last + 1))
    for kind, first, last in (
        ("pacs.008", 8, 13),
        ("pacs.009", 8, 12),
        ("pacs.004", 9, 14),
        ("pacs.002", 10, 15),
        ("pacs.028", 3, 6),
        ("camt.056", 8, 11),
        ("camt.029", 9, 13),
        ("camt.060", 3, 7),
        ("pain.001", 9, 12),
        ("pain.013", 7, 11),
        ("pain.014", 7, 11),
    )
}
"""Versions of each kind that are read, the oldest first."""
IN_FORCE: Final = {
    "pacs.002": "pacs.002.001.10",
    "pacs.004": "pacs.004.001.09",
    "pacs.008": "pacs.008.001.08",
    "pacs.009": "pacs.009.001.08",
    "camt.029": "camt.029.001.09",
    "camt.052": "camt.052.001.08",
    "camt.053": "camt.053.001.08",
    "camt.054": "camt.054.001.08",
    "camt.056": "camt.056.001.08",
    "pain.002": "pain.002.001.10",
    "pain.013": "pain.013.001.07",
    "pain.014": "pain.014.001.07",
    "admi.002": "admi.002.001.01",
    "head.001": "head.001.001.02",
}
"""What is written of each kind, unless its receiver chose another version."""


WRITTEN: Final[dict[str, tuple[str, ...]]] = {
    **{kind: READ[kind] for kind in IN_FORCE if kind in READ},
    **{
        kind: tuple(f"{kind}.001.{version:02}" for version in range(8, 13))
        for kind in ("camt.052", "camt.053", "camt.054")
    },
    "pain.002": tuple(f"pain.002.001.{version:02}" for version in range(10, 15)),
    "head.001": tuple(f"head.001.001.{version:02}" for version in range(1, 5)),
}
"""Versions of each kind among which a receiver can choose."""
_ABOUT_ACCOUNTS: Final = ("camt.060",)


def without_uetr(definition: str) -> bool:
    """Tell whether this is an older version than those that are read, of a message about payments."""
    kind = definition[:8]
    return kind in READ and kind not in _ABOUT_ACCOUNTS and definition < READ[kind][0]
