"""Where what this machine puts to the union is screened: against the lists in force, as the node's views show them.

Each participant is bound by the union's list and its own member's. Where no list binds, nothing is screened, and
what screens need not be installed. What was found stays in the vault, under the commitment that is on the log.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from mufakat.core.binding import is_bound, lists_digest
from mufakat.model import identifier
from mufakat.model.listing import digest_of
from mufakat.model.verdict import Scope, Screened
from mufakat.projections import compliance, listings
from mufakat.projections.certificate import sponsors
from mufakat.projections.timeline import business_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from mufakat.gateway import examining
    from mufakat.messages.pieces import Source
    from mufakat.model.listing import Entry
    from mufakat.node.access import UnionNode
    from mufakat.projections.dialect import Sql
    from mufakat.screening.evidence import Allowed, Examiner
    from mufakat.screening.parties import Subject
    from mufakat.vault.details import Vault

HOW: Final = (
    "names are screened with PyICU and rigour, which are not here. Run make screening: it needs a C++ compiler and "
    "the headers of ICU (libicu-dev)"
)
"""What to do where nothing can be screened."""
_KEPT: Final = 3
"""Sets of lists that are kept indexed."""
_SALT: Final = b"mufakat/screening/v1\0"
_CUSTOMER: Final = b"mufakat/customer/v1\0"
_EXTRA: Final = ("icu", "rigour")


class ScreeningMissing(Exception):
    """Lists are in force, and what screens is not installed here."""


class Lists:
    """Lists that are indexed, by their digest, for as long as a process works."""

    def __init__(self) -> None:
        self._kept: Final[OrderedDict[bytes, Examiner]] = OrderedDict()

    def examiner(self, sql: Sql, digest: bytes, names: Sequence[str]) -> Examiner:
        """Return what screens against lists in force; raises ScreeningMissing."""
        if digest not in self._kept:
            self._kept[digest] = tools().examiner(in_force(sql, names))
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(digest)
        return self._kept[digest]


def in_force(sql: Sql, names: Sequence[str]) -> list[examining.ListInForce]:
    """Return lists as the log has them; raises ScreeningMissing."""
    dates = {each.name: each.dated for each in listings.listings(sql)}
    of = tools().ListInForce
    return [of(name, dates[name], tuple(each.what for each in listings.listed(sql, name))) for name in names]


def binding(sql: Sql, member: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the digest over the lists that bind a member, as the views show them, and their names."""
    views = [each for each in listings.listings(sql) if is_bound(each.name, member)]
    return lists_digest([(each.name, each.version) for each in views]), tuple(each.name for each in views)


class Desk:
    """Screens for the participants of this machine."""

    def __init__(self, node: UnionNode, vault: Vault, lists: Lists) -> None:
        self._node: Final = node
        self._vault: Final = vault
        self._lists: Final = lists
        self._bound: dict[str, tuple[bytes, tuple[str, ...]]] = {}
        self._members: dict[str, str] = {}
        self._allowed: dict[str, dict[tuple[str, bytes], compliance.AllowanceView]] = {}
        self._date = ""
        self.is_needed = False
        """Whether any list is in force."""

    def begin(self) -> None:
        """Look anew at which lists are in force and what is allowed."""
        self._bound.clear()
        self._allowed.clear()
        self._members = sponsors(self._node.views.sql)
        self.is_needed = bool(listings.listings(self._node.views.sql))
        self._date = business_date(self._node.views.sql) or ""

    def lists_of(self, author: str) -> bytes:
        """Return the digest (32 bytes) of the lists that bind an author; nothing when none does."""
        return self._binding(author)[0]

    def names_of(self, author: str) -> tuple[str, ...]:
        """Return the names of the lists that bind an author."""
        return self._binding(author)[1]

    def _binding(self, author: str) -> tuple[bytes, tuple[str, ...]]:
        member = self._members.get(author, author)
        if member not in self._bound:
            self._bound[member] = binding(self._node.views.sql, member)
        return self._bound[member]

    def named(self, data: bytes) -> examining.Named:
        """Return who is named in each part of a file; nobody where no list is in force. Raises ScreeningMissing."""
        found: examining.Named = tools().named(data) if self.is_needed else {}
        return found

    def named_in_large(self, source: Source) -> Iterator[examining.Named]:
        """Give who is named in a message that is read in pieces, piece by piece; the same."""
        found: Iterator[examining.Named] = tools().named_in_large(source) if self.is_needed else iter(())
        return found

    def examine(self, author: str, item: str, subjects: Sequence[Subject]) -> examining.Examined | None:
        """Screen an item of an author's by its name on the log; None where no list binds the author.

        Raises ScreeningMissing.
        """
        digest, names = self._binding(author)
        if not digest:
            return None
        by = self._lists.examiner(self._node.views.sql, digest, names)
        salt = self._vault.commitment(_SALT + item.encode())[:16]
        found: examining.Examined = tools().examine(by, item, subjects, salt, self._allowing(author, item))
        return found

    def _allowing(self, author: str, item: str) -> Allowed:
        """Return what says by which allowance of an author a party passes an entry."""
        if author not in self._allowed:
            views = compliance.allowances(self._node.views.sql, author)
            self._allowed[author] = {(each.listed, each.customer): each for each in views}
        held = self._allowed[author]
        scope = Scope.PAYMENTS if is_payment(item) else Scope.TRADE

        def allowed(subject: Subject, entry: Entry) -> str | None:
            if not held:
                return None
            customer = self.customer(subject)
            for name in self.names_of(author):
                found = held.get((f"{name}/{entry.id}/{digest_of(entry).hex()}", customer))
                if found is not None and found.until >= self._date and found.scope in ("all", _word(scope)):
                    return f"{customer.hex()} until {found.until}"
            return None

        return allowed

    def customer(self, subject: Subject) -> bytes:
        """Return what an allowance has of a party on the log: a commitment, so that nobody guesses the name."""
        said: bytes = tools().customer(subject)
        return self._vault.commitment(_CUSTOMER + said)

    def screened(self, author: str, found: Sequence[examining.Examined], items: Sequence[str]) -> Screened:
        """Keep what was found of one command's items in the vault; return what the command says of it."""
        digest = self.lists_of(author)
        if not digest:
            return Screened()
        evidences, commitment = tools().sealed(found)
        self._vault.keep_evidence(commitment, evidences, items)
        return Screened(digest, commitment)


def is_payment(item: str) -> bool:
    """Tell whether a name on the log is a payment's."""
    return identifier.uetr(item) is not None


def _word(scope: Scope) -> str:
    return scope.name.lower()


def tools() -> ModuleType:
    """Return what screens; raises ScreeningMissing where it is not installed."""
    try:
        from mufakat.gateway import examining  # noqa: PLC0415 - an extra, which not all install
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise ScreeningMissing(f"lists are in force, and {HOW}") from None
    return examining
