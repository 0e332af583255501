"""A case as one file: what a court needs years later, with nothing else at hand but the union's charter.

It holds the log entries that put the item on hold and decided it, each with its proof; the message under its
commitment; the evidence of each screening, under the commitment in its command; and the lists in the version
that was asked, whole, so that the screening can be done again.
"""

import base64
from typing import Final, Literal

import msgspec

from mufakat.model.listing import Entry
from mufakat.screening.listing import Listing, in_force

FORMAT: Final = "mufakat case 1"
MOST_BYTES: Final = 1 << 30


class CaseFileFaulty(Exception):
    """The bytes are no file of a case."""


class KeptMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The message in which the item came: with `salt` (hex) its commitment can be made again. Base64.

    `number`: of the item in it.
    """

    salt: str
    message: str
    number: int

    @property
    def data(self) -> bytes:
        """The message as it came."""
        return base64.b64decode(self.message)


class KeptEvidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One evidence of `size` under a commitment (hex), and its audit path (hex, from the leaf upwards)."""

    commitment: str
    number: int
    size: int
    path: tuple[str, ...]
    evidence: str


class KeptList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list as it was in force; entries as in `model.listing`."""

    name: str
    dated: str
    version: str
    entries: tuple[Entry, ...]

    def listing(self) -> Listing:
        """Return it as what is screened against; its version is of what it says, not what it claims."""
        return in_force(self.name, self.dated, self.entries)


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the views said of the case when the file was made; what is proved is in the entries."""

    number: int
    kind: str
    item: str
    participant: str
    member: str
    entries: tuple[str, ...]
    opened: str
    deadline: str
    status: str
    blocked: int
    currency: str


class CaseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `proofs`: of the entry that put the item on hold, then of each decision, as `audit.proof`.

    `lists`: those in force at each of these entries, each version once.
    """

    format: Literal["mufakat case 1"]
    case: About
    proofs: tuple[msgspec.Raw, ...]
    message: KeptMessage | None
    evidence: tuple[KeptEvidence, ...]
    lists: tuple[KeptList, ...]


def encode(file: CaseFile) -> bytes:
    """Return the bytes of a file."""
    return msgspec.json.encode(file) + b"\n"


def decode(data: bytes) -> CaseFile:
    """Read a file; raises CaseFileFaulty."""
    try:
        return msgspec.json.decode(data, type=CaseFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CaseFileFaulty(f"the file is not that of a case: {error}") from None
