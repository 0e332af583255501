"""Multilateral netting of one currency: one position for each account, and what has to be left out.

Items are waiting payments and what set-off left of obligations that are due. When an account cannot pay its
position, its sponsor's swing line covers what it can; for the rest the account's own items are taken out:
payments before obligations, the latest first, until all positions that remain can be paid. Pure: amounts in,
positions out. Rule source: charter, netting; CPMI glossary "multilateral netting".
"""

from collections.abc import Mapping

import msgspec

from mufakat.model.identifier import AccountId, MemberId, ObligationId, Uetr
from mufakat.model.money import Amount


class Item(msgspec.Struct, frozen=True):
    """One thing to pay: `rank` orders what is taken out first (highest first)."""

    payer: AccountId
    payee: AccountId
    amount: Amount
    rank: tuple[int, int, str]
    payment: Uetr | None = None
    obligation: ObligationId | None = None


class Purse(msgspec.Struct, frozen=True):
    """What an account can bring to a cycle: its own funds, and whose swing line stands behind it."""

    funds: Amount
    sponsor: MemberId


class Netted(msgspec.Struct, frozen=True):
    """The result: what is netted, the position of each account (negative pays), swing drawn, and the rest."""

    items: tuple[Item, ...]
    positions: dict[AccountId, int]
    drawn: dict[AccountId, Amount]
    deferred: int


def net(items: list[Item], purses: Mapping[AccountId, Purse], lines: Mapping[MemberId, Amount]) -> Netted:
    """Net `items` so that every position can be paid from `purses` and `lines`.

    `lines` holds what each sponsor may still draw in this currency. The positions sum to zero.
    """
    left = sorted(items, key=lambda item: item.rank)
    positions = _positions(left)
    outgoing: dict[AccountId, list[int]] = {}
    for place, item in enumerate(left):
        outgoing.setdefault(item.payer, []).append(place)
    kept = [True] * len(left)
    while True:
        drawn, short = _cover(positions, purses, lines)
        if not short:
            break
        for account, amount in short.items():
            _take_out(left, kept, outgoing[account], positions, amount)
    netted = tuple(item for item, stays in zip(left, kept, strict=True) if stays)
    assert sum(positions.values()) == 0, "what some pay, others receive"
    return Netted(netted, {a: p for a, p in sorted(positions.items()) if p}, drawn, len(left) - len(netted))


def _positions(items: list[Item]) -> dict[AccountId, int]:
    positions: dict[AccountId, int] = {}
    for item in items:
        positions[item.payer] = positions.get(item.payer, 0) - item.amount
        positions[item.payee] = positions.get(item.payee, 0) + item.amount
    return positions


def _cover(
    positions: Mapping[AccountId, int], purses: Mapping[AccountId, Purse], lines: Mapping[MemberId, Amount]
) -> tuple[dict[AccountId, Amount], dict[AccountId, Amount]]:
    """Cover shortfalls in order of account; return what was drawn and what is still short."""
    rooms = dict(lines)
    drawn: dict[AccountId, Amount] = {}
    short: dict[AccountId, Amount] = {}
    for account in sorted(positions):
        lacks = -positions[account] - max(0, purses[account].funds)
        if positions[account] >= 0 or lacks <= 0:
            continue
        sponsor = purses[account].sponsor
        cover = min(lacks, rooms.get(sponsor, Amount(0)))
        if cover < lacks:
            short[account] = Amount(lacks - cover)
        if cover > 0:
            drawn[account] = Amount(cover)
            rooms[sponsor] = Amount(rooms[sponsor] - cover)
    return drawn, short


def _take_out(
    items: list[Item], kept: list[bool], places: list[int], positions: dict[AccountId, int], amount: Amount
) -> None:
    """Take items of one payer out, the last ranked first, until `amount` is covered."""
    taken = 0
    while places and taken < amount:
        place = places.pop()
        kept[place] = False
        item = items[place]
        positions[item.payer] += item.amount
        positions[item.payee] -= item.amount
        taken += item.amount
    assert taken >= amount, "without items no account has anything to pay"
