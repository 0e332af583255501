"""A netting certificate for people: a page to print, a table for the terminal, and who signed, in sentences.

The page is one file that needs no network, no server and no script; printed it is one sheet of A4, and the items
follow on sheets of their own. Same certificate, same bytes. Amounts are minor units.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rich.table import Table

from mufakat.audit.certificate import Verdict
from mufakat.audit.cycle import Holding, is_member
from mufakat.console.page import environment
from mufakat.model.certificate import CycleItem, Dues, Leaf, Total, Why
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.projections.certificate import CertifiedView, SignatureView

MOST_ITEMS: Final = 500
"""Items of a currency that the page lists; the CSV has all of them."""
_LEFT: Final = {
    "short": "for the payer's funds and its swing line did not cover it",
    "held_back": "held back before netting, for the range of the ledger or a party in default",
    "closed": "for the issuer of the currency is on holiday",
    "stopped": "for one of the parties is in default",
}
WHY: Final = {
    Why.NONE: "",
    Why.SHORT: "payer short of funds",
    Why.HELD_BACK: "held back",
    Why.CLOSED: "currency closed",
    Why.STOPPED: "party in default",
}


class Row(NamedTuple):
    """One side: its items, and what they come to: gross, set off, netted, moved as money, left open."""

    words: str
    items: int
    amounts: tuple[int, int, int, int, int]


class Left(NamedTuple):
    """What was left open on one side, and why."""

    words: str
    total: Total
    why: str


class Item(NamedTuple):
    """An item as the page lists it."""

    pays: bool
    item: CycleItem


class Section(NamedTuple):
    """One currency of a certificate."""

    leaf: Leaf
    decimals: int
    issuer: str
    rows: tuple[Row, ...]
    widths: tuple[tuple[str, int], ...]
    left: tuple[Left, ...]
    items: tuple[Item, ...]
    more: int


def page(verdict: Verdict, charter: Charter, held: Mapping[str, Holding]) -> str:
    """Return the page as HTML text; `charter` is the one in force, `held` the holder's items by currency."""
    return (
        environment()
        .get_template("certificate.html.j2")
        .render(
            v=verdict,
            name=name_of(verdict.holder, charter),
            member=is_member(verdict.leaves[0]),
            date=long_date(verdict.leaves[0].date),
            sections=[_section(leaf, charter, held.get(leaf.currency)) for leaf in verdict.leaves],
            signers=[name_of(each, charter) for each in verdict.signers],
            not_counted=verdict.not_counted,
            why=WHY,
        )
    )


def name_of(holder: str, charter: Charter) -> str:
    """Name a member with its identifier; a participant is its BIC, for the log has no names of banks."""
    member = next((each for each in charter.members if each.id == holder), None)
    return holder if member is None else f"{member.name} ({member.id})"


def long_date(text: str) -> str:
    """Write an ISO date for people, or return what is none."""
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        return text
    return f"{date.day} {date:%B %Y}"


def _section(leaf: Leaf, charter: Charter, held: Holding | None) -> Section:
    issuer = charter.issuer(leaf.currency)
    items = () if held is None else tuple(_items(held))
    return Section(
        leaf=leaf,
        decimals=_decimals(charter, leaf.currency),
        issuer=name_of(leaf.issuer, charter) if issuer is not None else leaf.issuer,
        rows=(row_of("to pay", leaf.pays, leaf.paid), row_of("to receive", leaf.receives, leaf.received)),
        widths=_widths(leaf),
        left=tuple(_left(leaf)),
        items=items[:MOST_ITEMS],
        more=len(items) - len(items[:MOST_ITEMS]),
    )


def _items(held: Holding) -> Iterator[Item]:
    yield from (Item(pays=True, item=item) for item in held.pays)
    yield from (Item(pays=False, item=item) for item in held.receives)


def row_of(words: str, side: Dues, moved: int) -> Row:
    """Sum a side up; `moved`: what of it moved as money. The last four amounts come to the first."""
    netted = side.payments.amount + side.obligations.amount - moved
    left = sum(getattr(side, part).amount for part in _LEFT)
    amounts = side.gross.amount, side.set_off.amount, netted, moved, left
    return Row(words, side.gross.items, amounts)


def _left(leaf: Leaf) -> Iterator[Left]:
    for words, side in (("to pay", leaf.pays), ("to receive", leaf.receives)):
        for part, why in _LEFT.items():
            total: Total = getattr(side, part)
            if total.items:
                yield Left(words, total, why)


def _widths(leaf: Leaf) -> tuple[tuple[str, int], ...]:
    """Share what the holder had to pay out into parts of a thousand: set off, netted, paid, left open."""
    whole, *parts = row_of("", leaf.pays, leaf.paid).amounts
    kinds = zip(("set-off", "netted", "paid", "left"), parts, strict=True)
    return tuple((kind, amount * 1_000 // whole) for kind, amount in kinds if amount)


def _decimals(charter: Charter, currency: str) -> int:
    issuer = charter.issuer(currency)
    return issuer.decimals if issuer is not None else 0


def table(verdict: Verdict, charter: Charter) -> Table:
    """Lay the figures out for the terminal, one currency a row."""
    title = f"Netting certificate of {name_of(verdict.holder, charter)}, cycle {verdict.cycle}"
    made = Table(title=title, title_justify="left")
    made.add_column("currency")
    names = ("gross to pay", "gross to receive", "set off", "netted", "net", "saved", "left open")
    for name in names:
        made.add_column(name, justify="right")
    for leaf in verdict.leaves:
        gross, set_off, netted, _, left = row_of("", leaf.pays, leaf.paid).amounts
        amounts = (gross, leaf.receives.gross.amount, set_off, netted, leaf.position, leaf.saved, left)
        decimals = _decimals(charter, leaf.currency)
        made.add_row(leaf.currency, *(format_amount(each, decimals, grouped=True) for each in amounts))
    return made


def shown(verdict: Verdict, *, compared: bool) -> Iterator[str]:
    """Give the lines of a verdict; `compared`: the holder's own items came to the same figures."""
    yield f"{verdict.name}, union {verdict.union.hex()}."
    yield f"Signed by {len(verdict.signers)} members, {verdict.needed} were needed: {', '.join(verdict.signers)}."
    if verdict.not_counted:
        yield f"Not counted, for this charter does not name the key: {', '.join(verdict.not_counted)}."
    if compared:
        yield "The items come to the same figures."
    for leaf in verdict.leaves:
        yield f"{leaf.currency} settled in central-bank money of {leaf.issuer}, {_where(leaf)}."
    yield "Not proved:"
    yield from (f"  - {each}" for each in verdict.not_proved if not (compared and "--items" in each))


def _where(leaf: Leaf) -> str:
    return f"on account {leaf.account}" if leaf.account else "on the accounts of the member's banks"


def attested(certified: CertifiedView, signatures: Sequence[SignatureView], needed: int) -> Iterator[str]:
    """Say of a cycle under which root its certificates stand, and who has signed it."""
    yield f"{certified.leaves} certificates, root {certified.root.hex()}."
    signers = ", ".join(each.member for each in signatures) or "nobody yet"
    if certified.attested is None:
        yield f"Signed by {signers}; attested when {needed} members have signed."
    else:
        yield f"Signed by {signers}; attested in entry {certified.attested}."
