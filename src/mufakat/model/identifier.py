"""Identifiers that everybody in the union agrees on, and the one place where each is checked.

BIC: ISO 9362. LEI: ISO 17442. UETR: RFC 4122 version 4, as SWIFT and ISO 20022 carry it. A BIC of
eight characters names the head office and is stored with its branch code XXX, so that one agent has
one identifier.
"""

import re
from typing import Final, NewType

from stdnum import imo as _imo
from stdnum import lei as _lei

MemberId = NewType("MemberId", str)
"""ISO 3166-1 alpha-2 code of a member, such as `QM`."""
Bic = NewType("Bic", str)
"""Business identifier code, always eleven characters."""
Lei = NewType("Lei", str)
"""Legal entity identifier, twenty characters with a valid check."""
Uetr = NewType("Uetr", str)
"""Unique end-to-end transaction reference, lower case, 36 characters."""
Currency = NewType("Currency", str)
"""ISO 4217 alphabetic code."""
ObligationId = NewType("ObligationId", str)
"""`<creditor LEI>/<document reference>`: a reference is unique for its creditor only."""
QuoteId = NewType("QuoteId", str)
"""`<quoter BIC>/<reference>`: a reference is unique for its quoter only."""
TradeRecordId = NewType("TradeRecordId", str)
"""`<seller LEI>/<kind>/<document number>`: a number is unique for its seller and kind only."""
AccountId = NewType("AccountId", str)
"""`<kind>/<owner>/<currency>`."""

_BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_UETR: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MEMBER: Final = re.compile(r"[A-Z]{2}")
_PEER: Final = re.compile(r"[0-9a-f]{40}@([A-Za-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}")
_IMO: Final = re.compile(r"[0-9]{7}")
_REFERENCE: Final = re.compile(r"[!-~]([ -~]{0,68}[!-~])?")


def bic(text: str) -> Bic | None:
    """Return the eleven-character form of a BIC, or None when `text` is not one (ISO 9362)."""
    if _BIC.fullmatch(text) is None:
        return None
    return Bic(text if len(text) == 11 else text + "XXX")


def lei(text: str) -> Lei | None:
    """Return `text` as an LEI, or None when its form or its ISO 7064 check digits are wrong."""
    if len(text) != 20 or not text.isascii() or not text.isalnum() or text != text.upper():
        return None
    return Lei(text) if _lei.is_valid(text) else None


def uetr(text: str) -> Uetr | None:
    """Return `text` as a UETR in lower case, or None when it is not a version 4 UUID."""
    lowered = text.lower()
    return Uetr(lowered) if _UETR.fullmatch(lowered) else None


def uetr_of(packed: bytes) -> Uetr:
    """Return sixteen bytes as a UUID's text; whether it is one of version 4, `uetr` tells."""
    text = packed.hex()
    return Uetr(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")


def currency(text: str) -> Currency | None:
    """Return `text` as a currency code, or None; whether the union has it, the charter says."""
    return Currency(text) if _CURRENCY.fullmatch(text) else None


def member_id(text: str) -> MemberId | None:
    """Return `text` as a member's two-letter code, or None."""
    return MemberId(text) if _MEMBER.fullmatch(text) else None


def peer(text: str) -> str | None:
    """Return `text` as the address of a member's node, `<40 hex node id>@host:port`, or None."""
    if _PEER.fullmatch(text) is None:
        return None
    return text if 0 < int(text.rpartition(":")[2]) < 2**16 else None


def obligation_id(creditor: Lei, reference: str) -> ObligationId | None:
    """Join a creditor and its document reference (1 to 70 printable ASCII characters), or None."""
    return ObligationId(f"{creditor}/{reference}") if is_reference(reference) else None


def is_reference(text: str) -> bool:
    """Tell whether a text can be a document's number: 1 to 70 printable ASCII characters, no blank at an end."""
    return _REFERENCE.fullmatch(text) is not None


def is_imo_number(text: str) -> bool:
    """Tell whether a text is a ship's IMO number: seven digits, the last a check digit (IMO A.1117(30))."""
    return _IMO.fullmatch(text) is not None and bool(_imo.is_valid(text))


def quote_id(quoter: Bic, reference: str) -> QuoteId | None:
    """Join a quoter and its reference (1 to 70 printable ASCII characters), or None."""
    return QuoteId(f"{quoter}/{reference}") if is_reference(reference) else None
