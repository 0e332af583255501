"""Verdicts: that parties were screened, against which lists, and what is decided of what was found.

Names stay with the parties; on the log are which lists were in force, a commitment to the evidence, the entries
that may be meant, and who decided. Rule source: charter, compliance; UN Security Council; FATF R.6, R.7, R.16.
"""

import datetime
import enum
from typing import Final

import msgspec

from mufakat.model.fact import Command
from mufakat.model.identifier import MemberId
from mufakat.model.listing import BringList

MOST_HITS: Final = 100
"""Entries that one item is held for at most."""
MOST_REASON: Final = 140
"""Characters of the reason of a decision."""


class Screened(msgspec.Struct, frozen=True, array_like=True):
    """That all parties, named by whom a command moves anything for, were screened and none is listed.

    `lists`: SHA-256 (32 bytes) over the lists that bind the participant, empty where none
    does. `evidence`: commitment (32 bytes) to what was asked and found, which stays with the participant.
    """

    lists: bytes = b""
    evidence: bytes = b""


class Verdict(enum.IntEnum):
    """What is decided of an item on hold: nobody listed is meant; somebody is; or, of a hit, that it goes back."""

    CLEAR = 0
    HIT = 1
    RETURN = 2


class Scope(enum.IntEnum):
    """For what an allowance holds."""

    ALL = 0
    PAYMENTS = 1
    TRADE = 2


class Hit(msgspec.Struct, frozen=True, array_like=True):
    """An open item, a UETR or an obligation's identifier, and the entries, `<list>/<id>/<digest>`, it may mean."""

    item: str
    entries: tuple[str, ...]


class Rescreen(Command, frozen=True, tag=51):
    """A participant has screened all its open items against the lists now in force, and holds what it names.

    `more`: hits follow, and until they are said nothing goes on.
    """

    screened: Screened
    hits: tuple[Hit, ...] = ()
    more: bool = False


class DecideCase(Command, frozen=True, tag=53):
    """A participant and its member decide a case of the participant's; the member signs with a key of role approve.

    `reason`: in words, 1 to 140 characters. `screened`: what was looked at for it.
    """

    case: int
    member: MemberId
    verdict: Verdict
    reason: str
    screened: Screened


class AllowName(Command, frozen=True, tag=54):
    """A participant and its member let a customer pass whom an entry is not.

    `entry`: `<list>/<id>/<digest>`. `customer`: SHA-256 (32 bytes) of the customer's data. It holds until `until`,
    included, while the entry is in force as it is; a date that is past ends it.
    """

    entry: str
    customer: bytes
    member: MemberId
    until: datetime.date
    scope: Scope
    reason: str
    screened: Screened


AnyComplianceCommand = BringList | Rescreen | DecideCase | AllowName
