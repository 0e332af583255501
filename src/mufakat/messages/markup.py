"""XML text of outgoing messages: escaped, and checked against the limits that every message shares.

Writers give each value once, in the order of the schema; an absent value writes nothing. A value that
breaks its ISO 20022 data type is a mistake of the caller and raises ValueError, so that no invalid
message leaves.
"""

import datetime
import functools
import re
from typing import Final

_ILLEGAL: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
PLAIN: Final = "[ !-%'-;=?-~]"
"""A pattern: a character that stands as it is."""
_PLAIN: Final = re.compile(f"{PLAIN}*")
_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE_TIME: Final = re.compile(
    rf"{_DATE.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,9}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})?"
)
BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
UETR: Final = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}")
CODE: Final = re.compile(r"[A-Z0-9]{1,4}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DIGITS: Final = 18
_DECIMALS: Final = 5


def escape(text: str) -> str:
    """Return character data; characters that XML 1.0 cannot hold become U+FFFD."""
    if _PLAIN.fullmatch(text) is not None:
        return text
    text = _ILLEGAL.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def text(tag: str, value: str | None, longest: int = 35) -> str:
    """Return `<tag>value</tag>` for text of 1 to `longest` characters, nothing for None."""
    if value is None:
        return ""
    if not 0 < len(value) <= longest:
        raise ValueError(f"{tag} takes 1 to {longest} characters, not {len(value)}")
    return f"<{tag}>{escape(value)}</{tag}>"


def cut(tag: str, value: str, longest: int) -> str:
    """Return `<tag>value</tag>` with the text cut to `longest` characters, nothing for empty text."""
    return text(tag, value.strip()[:longest].rstrip() or None, longest)


def date_time(tag: str, value: str | None) -> str:
    """Return an ISODateTime such as `2026-11-23T09:00:00+00:00`."""
    if value is None:
        return ""
    if not is_date_time(value):
        raise ValueError(f"{tag} cannot hold {value!r}")
    return f"<{tag}>{value}</{tag}>"


def is_date_time(value: str) -> bool:
    """Say whether `value` is a date and time as `date_time` writes it."""
    return DATE_TIME.fullmatch(value) is not None and exists(value)


def date(tag: str, value: str | None) -> str:
    """Return an ISODate such as `2026-11-23`."""
    if value is not None and not exists(value):
        raise ValueError(f"{tag} cannot hold {value!r}")
    return _matching(tag, value, _DATE)


def uetr(tag: str, value: str | None) -> str:
    """Return a UETR (UUIDv4Identifier, lower case)."""
    return _matching(tag, value, UETR)


def code(tag: str, value: str | None) -> str:
    """Return an external code of one to four characters."""
    return _matching(tag, value, CODE)


def bic(tag: str, value: str | None) -> str:
    """Return a BIC of 8 or 11 characters."""
    return _matching(tag, value, BIC)


def agent(tag: str, value: str | None) -> str:
    """Return an agent that is known by its BIC."""
    return "" if value is None else f"<{tag}><FinInstnId>{bic('BICFI', value)}</FinInstnId></{tag}>"


def money(tag: str, amount: str, currency: str) -> str:
    """Return an amount: decimal text of at most 18 digits, 5 of them after the point."""
    if not is_amount(amount):
        raise ValueError(f"{tag} takes up to 18 digits, at most 5 after the point, not {amount!r}")
    if _CURRENCY.fullmatch(currency) is None:
        raise ValueError(f"{tag} takes a currency code of three letters, not {currency!r}")
    return f'<{tag} Ccy="{currency}">{amount}</{tag}>'


def is_amount(amount: str) -> bool:
    """Say whether decimal text fits ActiveCurrencyAndAmount: 18 digits, 5 after the point, no sign."""
    whole, point, fraction = amount.partition(".")
    digits = whole + fraction
    plain = digits.isascii() and digits.isdigit() and bool(whole) and bool(fraction) == bool(point)
    return plain and len(digits) <= _DIGITS and len(fraction) <= _DECIMALS


def document(definition: str, body: str) -> bytes:
    """Return a whole document of a message definition such as `pacs.002.001.10`, UTF-8."""
    begin, end = around(definition)
    return f"{begin}{body}{end}".encode()


@functools.lru_cache(maxsize=64)
def around(definition: str) -> tuple[str, str]:
    """Return what stands before and after the body of a document of a message definition."""
    ns = f"urn:iso:std:iso:20022:tech:xsd:{definition}"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{ns}">', "</Document>\n"


def exists(value: str) -> bool:
    """Say whether a date, or a date and time, is in the calendar."""
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _matching(tag: str, value: str | None, pattern: re.Pattern[str]) -> str:
    if value is None:
        return ""
    if pattern.fullmatch(value) is None:
        raise ValueError(f"{tag} cannot hold {value!r}")
    return f"<{tag}>{value}</{tag}>"
