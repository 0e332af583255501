"""Amounts: whole minor units of one currency, exact, never a float.

The number of decimals of a currency is a rule of the charter (after ISO 4217), so that every node
reads an amount alike. The largest amount and balance has eighteen digits, as many as an ISO 20022 message holds,
and two of them fit a signed 64-bit integer: sums can be checked before they are stored.
"""

import re
from typing import Final, NewType

from mufakat.model.refusal import Reason

Amount = NewType("Amount", int)
"""Minor units."""

MAX_AMOUNT: Final = Amount(10**18 - 1)
_DECIMAL: Final = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_MOST_DIGITS: Final = 18
"""Digits of MAX_AMOUNT: what has more before the point is too large in any currency."""


def parse_amount(text: str, decimals: int) -> Amount | Reason:
    """Read a decimal such as `1500.25` into minor units of a currency with `decimals` places.

    Returns a Reason when it is not a plain positive decimal: AMOUNT_INVALID (sign, exponent, letters),
    AMOUNT_ZERO, AMOUNT_DECIMALS (digits that the currency does not have) or AMOUNT_TOO_LARGE.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return Reason.AMOUNT_INVALID
    whole, fraction = match.groups("")
    if len(fraction) > decimals:
        fraction = fraction.rstrip("0")
        if len(fraction) > decimals:
            return Reason.AMOUNT_DECIMALS
    if len(whole) > _MOST_DIGITS:
        whole = whole.lstrip("0")
        if len(whole) > _MOST_DIGITS:
            return Reason.AMOUNT_TOO_LARGE
    minor = int(whole + fraction or "0") * 10 ** (decimals - len(fraction))
    return refuse_amount(minor) or Amount(minor)


def refuse_amount(minor: int) -> Reason | None:
    """Return what is wrong with an amount in minor units (negative, zero, too large), or None."""
    if minor < 0:
        return Reason.AMOUNT_INVALID
    if minor == 0:
        return Reason.AMOUNT_ZERO
    return Reason.AMOUNT_TOO_LARGE if minor > MAX_AMOUNT else None


def format_amount(minor: int, decimals: int, *, grouped: bool = False) -> str:
    """Write minor units as a decimal with exactly the currency's places; `grouped` for people."""
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(decimals + 1, "0")
    whole, fraction = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    whole = f"{int(whole):,}" if grouped else whole
    return f"{sign}{whole}.{fraction}" if decimals else sign + whole
