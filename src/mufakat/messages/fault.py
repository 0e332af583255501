"""Faults: why a file or a part of it was not read, as a value that a person and a reply can use.

A fault carries the ISO 20022 external status reason code (`ExternalStatusReason1Code`) under which a
pacs.002 reports it, the place where it is, and whatever identifiers could be read, so that a rejection
can be sent when one is owed. It is never an exception.
"""

from typing import Final

import msgspec

MALFORMED: Final = "FF01"
"""File format incomplete or invalid."""
SYNTAX: Final = "FF02"
"""Syntax error, told in words."""
MISSING: Final = "MINF"
"""Information missing for the field."""
AMOUNT: Final = "AM12"
"""Amount invalid or missing."""
CURRENCY: Final = "AM11"
"""Transaction currency invalid or missing."""
CURRENCY_NOT_TAKEN: Final = "AM03"
"""Currency that is not processed."""
CONTROL_SUM: Final = "AM10"
"""Sum of the amounts does not equal the control sum."""
COUNT: Final = "AM19"
"""Number of transactions at group level invalid."""
DATE: Final = "DT01"
"""Invalid date."""
DEBTOR_AGENT: Final = "RC06"
"""Debtor BIC invalid or missing."""
CREDITOR_AGENT: Final = "RC07"
"""Creditor BIC invalid or missing."""
WRONG_AGENT: Final = "AGNT"
"""Agent in the payment workflow is incorrect."""
DEBTOR_ACCOUNT: Final = "AC02"
"""Debtor account number invalid or missing."""
CREDITOR_ACCOUNT: Final = "AC03"
"""Creditor account number invalid or missing."""
NOT_UNIQUE: Final = "RF01"
"""Transaction reference is not unique within the message."""
PARTY: Final = "BE15"
"""Identification code missing or invalid."""
NARRATIVE: Final = "NARR"
"""Reason told in words: the code set has no closer code."""

CODES: Final = frozenset(
    {
        MALFORMED,
        SYNTAX,
        MISSING,
        AMOUNT,
        CURRENCY,
        CURRENCY_NOT_TAKEN,
        CONTROL_SUM,
        COUNT,
        DATE,
        DEBTOR_AGENT,
        CREDITOR_AGENT,
        WRONG_AGENT,
        DEBTOR_ACCOUNT,
        CREDITOR_ACCOUNT,
        NOT_UNIQUE,
        PARTY,
        NARRATIVE,
    }
)
"""Every code that this package emits."""


_LONGEST: Final = 400


def told(text: str) -> str:
    """Return foreign text on one line of at most 400 characters: a hostile file can make it of any size."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


class Original(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The message that is answered or spoken of; `created` and `transactions` (a number) as it stated them.

    A creation time that only XML Schema takes, such as hour 24, is left out of what is written.
    """

    message_id: str
    definition: str
    created: str | None = None
    transactions: int | None = None


class Case(msgspec.Struct, frozen=True):
    """A case of investigation: its identifier, and the BIC of the agent that opened it."""

    identifier: str
    creator: str | None


class References(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Identifiers of one original transaction, as far as they could be read.

    `original`: the message that it was part of, and `case`: the case about it, where another message names them.
    `payment_id`: the payment information of an order that it stood in.
    """

    instruction_id: str | None = None
    end_to_end_id: str | None = None
    tx_id: str | None = None
    uetr: str | None = None
    original: Original | None = None
    case: Case | None = None
    payment_id: str | None = None


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was refused.

    `text` says what is wrong and what to do; `line` is 1-based, None when no line is to blame; `path`
    is an XPath or a column. `message_id`, `definition`, `instructing_agent` (BIC) and `transactions`
    are what could be read of the refused message: a pacs.002 is owed when the first two are there.
    """

    code: str
    text: str
    line: int | None = None
    path: str = ""
    definition: str | None = None
    message_id: str | None = None
    instructing_agent: str | None = None
    transactions: tuple[References, ...] = ()

    def __post_init__(self) -> None:
        """Only codes of the official set leave this package."""
        assert self.code in CODES, f"{self.code} is not among the codes that messages emit"

    def place(self, file: str) -> str:
        """Return `file:line: path: text`, without the parts that are not known."""
        where = file if self.line is None else f"{file}:{self.line}"
        return ": ".join(part for part in (where, self.path, self.text) if part)
