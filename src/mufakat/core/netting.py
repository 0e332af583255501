"""Multilateral netting of one currency: one position for each account, and what has to be left out.

Items are waiting payments and what set-off left of obligations that are due. When an account cannot pay its
position, what its sponsor holds and then the sponsor's swing line cover what they can; for the rest the account's
own items are taken out: payments before obligations, the latest first, until all positions that remain can be paid.
Where lines together may lend less than is lacking, who lacks little is served first, and of the others all have the
same part; who is short for reasons of its own takes items out first, and then one sponsor at a time, so that the
rest is lent to who is left. Pure: amounts in, positions out. Rule source: charter, netting and swing; CPMI glossary
"multilateral netting".
"""

from collections.abc import Mapping
from typing import NamedTuple

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
    loans = _loans(lacking, purses, backing, together)
    at_first = loans
    while True:
        drawn, short = _cover(lacking, purses, backing, loans)
        if not short:
            break
        alone = [account for account in short if purses[account].sponsor not in loans.shared]
        last = loans.last()
        for account in alone or [account for account in short if purses[account].sponsor == last]:
            _take_out(left, kept, outgoing[account], positions, short[account])
        lacking = _lacking(positions, purses)
        loans = _loans(lacking, purses, backing, together)
    netted = tuple(item for item, stays in zip(left, kept, strict=True) if stays)
    assert sum(positions.values()) == 0, "what some pay, others receive"
    return Netted(
        netted,
        {a: p for a, p in sorted(positions.items()) if p},
        drawn,
        len(left) - len(netted),
        at_first.braked(),
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


class _Loans(NamedTuple):
    """What lines lend: `free`, as far as they have room for what is lacking; `lent`, as far as the brake lets them.

    `shared`: the sponsors whose lines lend less because of what all lines may lend together.
    """

    free: dict[MemberId, int]
    lent: dict[MemberId, int]
    shared: frozenset[MemberId]

    def braked(self) -> dict[MemberId, Amount]:
        """Return what each sponsor's line would have lent more, in order of sponsor."""
        return {
            each: Amount(self.free[each] - self.lent[each])
            for each in sorted(self.free)
            if self.free[each] > self.lent[each]
        }

    def last(self) -> MemberId | None:
        """Return which of those that share lacks the most; of equals the last by identifier."""
        return max(self.shared, key=lambda each: (self.free[each] - self.lent[each], each), default=None)


def _loans(
    lacking: Mapping[AccountId, int],
    purses: Mapping[AccountId, Purse],
    backing: Mapping[MemberId, Backing],
    together: Amount,
) -> _Loans:
    """Return what each sponsor's line lends of what its accounts lack beyond what the sponsor holds."""
    needs: dict[MemberId, int] = {}
    for account, lacks in lacking.items():
        sponsor = purses[account].sponsor
        if sponsor in backing:
            needs[sponsor] = needs.get(sponsor, 0) + lacks
    free = {each: min(max(0, need - backing[each].held), backing[each].line) for each, need in needs.items()}
    lent = {each: min(amount, backing[each].brake) for each, amount in free.items()}
    left, shared = int(together), []
    for served, each in enumerate(sorted(lent, key=lambda each: (lent[each], each))):
        part = left // (len(lent) - served)
        if lent[each] > part:
            lent[each] = part
            shared.append(each)
        left -= lent[each]
    return _Loans(free, lent, frozenset(shared))


def _cover(
    lacking: Mapping[AccountId, int],
    purses: Mapping[AccountId, Purse],
    backing: Mapping[MemberId, Backing],
    loans: _Loans,
) -> tuple[dict[AccountId, Amount], dict[AccountId, Amount]]:
    """Cover what is lacking in order of account; return what was drawn and what is still short."""
    left = {each: backing[each].held + lent for each, lent in loans.lent.items()}
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
