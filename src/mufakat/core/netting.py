"""Multilateral netting of one currency: one position for each account, and what has to be left out.

Items are waiting payments and what set-off left of obligations that are due. When an account cannot pay its
position, what its sponsor holds and then the sponsor's swing line cover what they can; for the rest the account's
own items are taken out: payments before obligations, the latest first, until all positions that remain can be paid.
Where lines together may lend less than is lacking, each sponsor has its part of it by what it lacks. Pure: amounts
in, positions out. Rule source: charter, netting and swing; CPMI glossary "multilateral netting".
"""

from collections.abc import Mapping

import msgspec

from mufakat.model.identifier import AccountId, MemberId, ObligationId, Uetr
from mufakat.model.money import MAX_AMOUNT, Amount


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


class Backing(msgspec.Struct, frozen=True):
    """What a sponsor can bring in the cycle's currency: what it holds, and what its line lends up to the brake.

    `line`: what is free on it. `brake`: how much more the brake on concentration lets it draw.
    """

    held: Amount
    line: Amount = Amount(0)
    brake: Amount = MAX_AMOUNT


class Netted(msgspec.Struct, frozen=True):
    """The result: what is netted, the position of each account (negative pays), swing drawn, and the rest.

    `braked`: what each sponsor lacked at first that its line had free, and the brake did not let it draw.
    """

    items: tuple[Item, ...]
    positions: dict[AccountId, int]
    drawn: dict[AccountId, Amount]
    deferred: int
    braked: dict[MemberId, Amount]


def net(
    items: list[Item],
    purses: Mapping[AccountId, Purse],
    backing: Mapping[MemberId, Backing],
    together: Amount = MAX_AMOUNT,
) -> Netted:
    """Net `items` so that every position can be paid from `purses` and `backing`; the positions sum to zero.

    `together`: what all lines may lend more in this currency.
    """
    left = sorted(items, key=lambda item: item.rank)
    positions = _positions(left)
    outgoing: dict[AccountId, list[int]] = {}
    for place, item in enumerate(left):
        outgoing.setdefault(item.payer, []).append(place)
    kept = [True] * len(left)
    lacking = _lacking(positions, purses)
    rooms, braked = _rooms(lacking, purses, backing, together)
    while True:
        drawn, short = _cover(lacking, purses, rooms)
        if not short:
            break
        for account, amount in short.items():
            _take_out(left, kept, outgoing[account], positions, amount)
        lacking = _lacking(positions, purses)
        rooms, _ = _rooms(lacking, purses, backing, together)
    netted = tuple(item for item, stays in zip(left, kept, strict=True) if stays)
    assert sum(positions.values()) == 0, "what some pay, others receive"
    return Netted(
        netted, {a: p for a, p in sorted(positions.items()) if p}, drawn, len(left) - len(netted), braked
    )


def _positions(items: list[Item]) -> dict[AccountId, int]:
    positions: dict[AccountId, int] = {}
    for item in items:
        positions[item.payer] = positions.get(item.payer, 0) - item.amount
        positions[item.payee] = positions.get(item.payee, 0) + item.amount
    return positions


def _lacking(positions: Mapping[AccountId, int], purses: Mapping[AccountId, Purse]) -> dict[AccountId, int]:
    """Return what each account lacks to pay its position, in order of account."""
    lacking = {
        account: -position - max(0, purses[account].funds)
        for account, position in sorted(positions.items())
        if position < 0
    }
    return {account: lacks for account, lacks in lacking.items() if lacks > 0}


def _rooms(
    lacking: Mapping[AccountId, int],
    purses: Mapping[AccountId, Purse],
    backing: Mapping[MemberId, Backing],
    together: Amount,
) -> tuple[dict[MemberId, int], dict[MemberId, Amount]]:
    """Return what each sponsor can cover of what its accounts lack, and what the brake keeps it from."""
    needs: dict[MemberId, int] = {}
    for account, lacks in lacking.items():
        sponsor = purses[account].sponsor
        if sponsor in backing:
            needs[sponsor] = needs.get(sponsor, 0) + lacks
    free = {each: min(max(0, need - backing[each].held), backing[each].line) for each, need in needs.items()}
    lent = {each: min(amount, backing[each].brake) for each, amount in free.items()}
    total = sum(lent.values())
    if total > together:
        lent = {each: amount * together // total for each, amount in lent.items()}
    braked = {each: Amount(free[each] - lent[each]) for each in sorted(free) if free[each] > lent[each]}
    return {each: backing[each].held + lent[each] for each in needs}, braked


def _cover(
    lacking: Mapping[AccountId, int], purses: Mapping[AccountId, Purse], rooms: Mapping[MemberId, int]
) -> tuple[dict[AccountId, Amount], dict[AccountId, Amount]]:
    """Cover what is lacking in order of account; return what was drawn and what is still short."""
    left = dict(rooms)
    drawn: dict[AccountId, Amount] = {}
    short: dict[AccountId, Amount] = {}
    for account, lacks in lacking.items():
        sponsor = purses[account].sponsor
        cover = min(lacks, left.get(sponsor, 0))
        if cover < lacks:
            short[account] = Amount(lacks - cover)
        if cover > 0:
            drawn[account] = Amount(cover)
            left[sponsor] -= cover
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
