"""A second way to a cycle's certificates: from single items and postings, as a holder has them in its own books.

What the rules add up as they go is computed here from the list of items, one holder at a time, with no code of
theirs; both come to the same figures, or something is wrong. Amounts are minor units.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from mufakat.audit.tree import tree_head
from mufakat.model.certificate import (
    CycleItem,
    Dues,
    Kind,
    Leaf,
    Total,
    Why,
    banks_digest,
    cycle_root,
    figures,
    item_line,
    items_digest,
    leaf_bytes,
)
from mufakat.model.identifier import AccountId, MemberId

POSITION: Final = "cycle"
DRAWN: Final = "swing drawn"
REPAID: Final = "swing repaid"
"""What a statement calls the postings of a cycle."""
_LINE: Final = "swing/"
"""With this begins the account of a swing line; a sponsor pays out of another what it holds itself."""


class Posting(NamedTuple):
    """What a cycle posted to a participant's account: `amount` is negative where the account paid.

    `counterparty`: the account on the other side; of a position, the union.
    """

    participant: str
    currency: str
    kind: str
    amount: int
    counterparty: str


class Books(NamedTuple):
    """What certificates follow from: a cycle's items and postings, each bank's sponsor, each currency's issuer."""

    cycle: int
    date: str
    items: Sequence[CycleItem]
    postings: Sequence[Posting]
    sponsors: Mapping[str, str]
    issuers: Mapping[str, str]


class Holding(NamedTuple):
    """A holder's items in one currency: those that it, or a bank of it, pays, and those that it receives."""

    pays: Sequence[CycleItem]
    receives: Sequence[CycleItem]


def side_of(items: Sequence[CycleItem]) -> Dues:
    """Add up one side."""
    return Dues(
        gross=Total(len(items), sum(each.set_off + each.netted + each.left_out for each in items)),
        set_off=_total(each.set_off for each in items),
        payments=_total(each.netted for each in items if each.kind is Kind.PAYMENT),
        obligations=_total(each.netted for each in items if each.kind is Kind.OBLIGATION),
        short=_total(each.left_out for each in items if each.why is Why.SHORT),
        held_back=_total(each.left_out for each in items if each.why is Why.HELD_BACK),
        closed=_total(each.left_out for each in items if each.why is Why.CLOSED),
        stopped=_total(each.left_out for each in items if each.why is Why.STOPPED),
    )


def _total(amounts: Iterable[int]) -> Total:
    there = [amount for amount in amounts if amount]
    return Total(len(there), sum(there))


def digest_of(held: Holding, *, is_member: bool) -> str:
    """Return the digest of a holder's items, as its certificate has it."""
    lines: dict[str, list[str]] = {}
    for item in held.pays:
        lines.setdefault(item.payer, []).append(item_line(item, pays=True))
    for item in held.receives:
        lines.setdefault(item.payee, []).append(item_line(item, pays=False))
    if is_member:
        return banks_digest((bank, items_digest(each)) for bank, each in lines.items())
    return items_digest(line for each in lines.values() for line in each)


def differences(leaf: Leaf, held: Holding) -> list[str]:
    """Name each figure of a certificate to which a holder's own items do not add up."""
    own = {
        **_of("pays", side_of(held.pays)),
        **_of("receives", side_of(held.receives)),
        "position": _netted(held.receives) - _netted(held.pays),
        "items": digest_of(held, is_member=is_member(leaf)),
    }
    found = []
    for name, said in figures(leaf):
        if name in own and own[name] != said:
            found.append(f"{name}: the certificate says {said}, the items come to {own[name]}")
    return found


def _of(name: str, side: Dues) -> dict[str, int | str]:
    return {f"{name}.{figure}": value for figure, value in figures(side)}


def _netted(items: Iterable[CycleItem]) -> int:
    return sum(item.netted for item in items)


def is_member(leaf: Leaf) -> bool:
    """Tell whether the holder is a member, with all its banks, and not one participant."""
    return len(leaf.holder) == 2


def recomputed(books: Books) -> list[Leaf]:
    """Return the certificates of a cycle, in order of holder and currency."""
    return [_leaf(books, holder, currency, own) for (holder, currency), own in sorted(_owned(books).items())]


def root_of(cycle: int, leaves: Sequence[Leaf]) -> bytes:
    """Return the root that the members sign, 32 bytes."""
    return cycle_root(cycle, len(leaves), tree_head([leaf_bytes(leaf) for leaf in leaves]))


class _Own(NamedTuple):
    """What is one holder's in one currency; `lent`: swing credit to others, of the issuer."""

    pays: list[CycleItem]
    receives: list[CycleItem]
    postings: list[Posting]
    lent: list[Posting]


def _owned(books: Books) -> dict[tuple[str, str], _Own]:
    """Sort all that happened by holder and currency; what is a bank's is its member's too."""
    owned: dict[tuple[str, str], _Own] = {}

    def of(holder: str, currency: str) -> _Own:
        return owned.setdefault((holder, currency), _Own([], [], [], []))

    def both(bank: str, currency: str) -> Iterator[_Own]:
        for holder in {bank: None, books.sponsors.get(bank, bank): None}:
            yield of(holder, currency)

    for item in books.items:
        for own in both(item.payer, item.currency):
            own.pays.append(item)
        for own in both(item.payee, item.currency):
            own.receives.append(item)
    for posting in books.postings:
        for own in both(posting.participant, posting.currency):
            own.postings.append(posting)
        if posting.counterparty.startswith(_LINE):
            of(books.issuers[posting.currency], posting.currency).lent.append(posting)
    return owned


def _leaf(books: Books, holder: str, currency: str, own: _Own) -> Leaf:
    pays, receives = side_of(own.pays), side_of(own.receives)
    paid = -_moved(own.postings, POSITION, -1)
    received = _moved(own.postings, POSITION, 1)
    member = holder not in books.sponsors
    return Leaf(
        cycle=books.cycle,
        date=books.date,
        holder=holder,
        currency=currency,
        issuer=MemberId(books.issuers[currency]),
        account=AccountId("" if member else f"settlement/{holder}/{currency}"),
        pays=pays,
        receives=receives,
        paid=paid,
        received=received,
        position=received - paid,
        drawn=_moved(own.postings, DRAWN, 1),
        repaid=-_moved(own.postings, REPAID, -1),
        lent=_moved(own.lent, DRAWN, 1),
        given_back=-_moved(own.lent, REPAID, -1),
        saved=pays.set_off.amount + pays.payments.amount + pays.obligations.amount - paid,
        items=digest_of(Holding(own.pays, own.receives), is_member=member),
    )


def _moved(postings: Iterable[Posting], kind: str, sign: int) -> int:
    return sum(each.amount for each in postings if each.kind == kind and each.amount * sign > 0)
