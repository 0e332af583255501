"""Netting certificates: what a cycle did for one holder in one currency, as plain figures and as the bytes hashed.

A holder is a participant (its BIC), or a member with all its banks. All certificates of a cycle are leaves of one
Merkle tree (RFC 9162), in order of holder and currency; the cycle's root binds that tree, the number of its leaves
and the cycle, and the members sign it. What is hashed is text, so that anybody can do it again with other tools.
Amounts are whole minor units of the currency and have no upper bound: they are sums.
"""

import enum
import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from mufakat.model.identifier import AccountId, Bic, Currency, MemberId

_LEAF: Final = "mufakat/cycle-leaf/v1\n"
_ITEMS: Final = "mufakat/cycle-items/v1\n"
_BANKS: Final = "mufakat/cycle-banks/v1\n"
_ROOT: Final = b"mufakat/cycle-root/v1\0"


class Kind(enum.IntEnum):
    """What an item of a cycle is."""

    PAYMENT = 0
    OBLIGATION = 1


class Why(enum.IntEnum):
    """Why an item, or what is left of it, did not settle in a cycle in which it was due.

    SHORT: its payer's funds and its sponsor's swing line did not cover it. HELD_BACK: it did not enter netting,
    since it, or one before it, found no room in a limit or on its payee's account. CLOSED: its currency's issuer is
    on holiday. STOPPED: one of its parties is in default, and no cycle settles what it owes or is owed.
    """

    NONE = 0
    SHORT = 1
    HELD_BACK = 2
    CLOSED = 3
    STOPPED = 4


KIND_WORDS: Final = tuple(kind.name.lower() for kind in Kind)
WHY_WORDS: Final = tuple(why.name.lower() for why in Why)
"""What items are called in text, by number."""


class CycleItem(msgspec.Struct, frozen=True, array_like=True):
    """What a cycle did with one payment (its UETR) or one obligation (its identifier). Minor units of `currency`.

    `set_off` went with no money, `netted` into the net positions; `left_out` was due and stays open, for `why`.
    """

    kind: Kind
    id: str
    payer: Bic
    payee: Bic
    currency: Currency
    set_off: int
    netted: int
    left_out: int
    why: Why


class Total(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many items, and what they add up to in minor units."""

    items: int
    amount: int


class Dues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a holder had to pay, or to receive: all of it, and what became of it.

    `gross` is everything that the cycle took up, each item once. It was set off, netted as a payment or as an
    obligation, or left out: for want of funds (`short`), held back before netting, for a closed currency, or for a
    default (`stopped`).
    """

    gross: Total
    set_off: Total
    payments: Total
    obligations: Total
    short: Total
    held_back: Total
    closed: Total
    stopped: Total


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certificate of one holder in one currency. Money moved on accounts at `issuer`, in its own money alone.

    `date`: the business date, ISO 8601. `account`: the holder's settlement account, empty for a member, whose banks
    have one each. `paid` and `received` are the net amounts that moved, `position` is received less paid. `drawn`
    and `repaid`: what sponsors advanced to the holder's accounts, from what they hold and from swing lines, and got
    back; `lent` and `given_back`: what of all holders' was from swing lines, for the issuer, who lent it. `saved`:
    what it would have taken to pay each item settled or set off one by one, less what was paid. `items`: the digest
    of the holder's items, 64 hex digits.
    """

    cycle: int
    date: str
    holder: str
    currency: str
    issuer: MemberId
    account: AccountId
    pays: Dues
    receives: Dues
    paid: int
    received: int
    position: int
    drawn: int
    repaid: int
    lent: int
    given_back: int
    saved: int
    items: str


def leaf_bytes(leaf: Leaf) -> bytes:
    """Return the bytes of a leaf as the tree holds them: a line `name<TAB>value` for each figure, in order."""
    return (_LEAF + "".join(f"{name}\t{value}\n" for name, value in figures(leaf))).encode()


def figures(part: Leaf | Dues | Total, under: str = "") -> Iterable[tuple[str, int | str]]:
    """Give the name and value of each figure of a leaf, such as (`pays.set_off.amount`, 500), in their order."""
    for name in part.__struct_fields__:
        value = getattr(part, name)
        if isinstance(value, Dues | Total):
            yield from figures(value, f"{under}{name}.")
        else:
            yield under + name, value


def item_line(item: CycleItem, *, pays: bool) -> str:
    """Return an item as the digest holds it, seen from its payer or its payee: seven fields with tabs between."""
    side = "pays" if pays else "receives"
    kind, why = KIND_WORDS[item.kind], WHY_WORDS[item.why]
    return f"{side}\t{kind}\t{item.id}\t{item.set_off}\t{item.netted}\t{item.left_out}\t{why}\n"


def items_digest(lines: Iterable[str]) -> str:
    """Return the digest of a participant's items in one currency: the SHA-256 of their lines, sorted; hex."""
    return hashlib.sha256((_ITEMS + "".join(sorted(lines))).encode()).hexdigest()


def banks_digest(digests: Iterable[tuple[str, str]]) -> str:
    """Return the digest of a member's items: over (BIC, digest) of each of its banks that has items; hex."""
    lines = "".join(f"{bic}\t{digest}\n" for bic, digest in sorted(digests))
    return hashlib.sha256((_BANKS + lines).encode()).hexdigest()


def cycle_root(cycle: int, leaves: int, tree_root: bytes) -> bytes:
    """Return what the members sign of a cycle's certificates, 32 bytes."""
    numbers = cycle.to_bytes(8, "big") + leaves.to_bytes(8, "big")
    return hashlib.sha256(_ROOT + numbers + tree_root).digest()
