"""How lists come into force: a member brings a newer copy, and what comes with it binds at once.

What goes from the union's list goes when a second member has said so too: no member alone, and no vote, leaves a
listing out. So does half of any list or more, which is more likely a broken copy. By a copy that is older than the
one in force nothing goes, and none is dated ahead; what only comes is asked for no date and no version, so that
nobody keeps it out. A member that brings a list confirms the entries that it repeats, and takes back that they go.
Rule source: charter, compliance; UN Security Council resolutions.
"""

import datetime
from typing import Final

import msgspec

from mufakat.core.binding import is_bound, listed_bank, member_of
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.docket import (
    Allowance,
    Listed,
    ListedNumber,
    Listing,
    Screening,
    allowance_key,
    listed_key,
)
from mufakat.core.state import State
from mufakat.model.case import AllowanceEnded
from mufakat.model.dealing import QuoteWithdrawn
from mufakat.model.goods import GoodsRule, faults_of
from mufakat.model.identifier import MemberId
from mufakat.model.listing import (
    MOST_ENTRIES,
    UNION_GOODS,
    UNION_LIST,
    UNION_LISTS,
    BringList,
    Entry,
    ListBrought,
    digest_of,
    is_goods_list,
    numbers_of,
    owner_of,
    version_of,
)
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.text import is_text
from mufakat.model.verdict import Screened

_DAY_US: Final = 86_400_000_000
_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()
_HALF: Final = 2
MOST_LISTS: Final = 16
"""Lists of a member's own."""
MOST_OF_A_NUMBER: Final = 64
"""Entries of one list that name the same number."""
_WORDS: Final = 2
"""How many members are noted as having brought an entry."""

Named = tuple[str, bytes]
"""An entry within its list: its identifier and its digest."""


def bring(state: State, author: str, body: BringList) -> Decision:
    """Put what comes in force, and let go what may go."""
    yield from ()
    refusal = (
        _refuse_list(state, author, body)
        or _refuse_entries(state, body)
        or _refuse_numbers(state, body.list, body.entries)
    )
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    member = MemberId(author)
    gone, leaving = _going(state, member, body)
    held = [(each, _held(state, body.list, each)) for each in body.coming]
    came = tuple(each for each, found in held if found is None)
    said = tuple(each for each, found in held if found is not None and _confirms(member, found))
    listing = state.listings.get(body.list)
    dated = body.dated if listing is None else max(body.dated, listing.dated)
    if listing is not None and dated == listing.dated and not (gone or leaving or came or said):
        return refused(Reason.ALREADY_SO)
    going = dict.fromkeys(gone)
    left = [each for each in _in_force(state, body.list) if each not in going]
    now = [*left, *((each.id, digest_of(each)) for each in came)]
    refusal = _refuse_size(state, member, body.list, len(now), len(came))
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    told = (*came, *said)
    entries = tuple(each for each in told if isinstance(each, Entry))
    rules = tuple(each for each in told if isinstance(each, GoodsRule))
    yield ListBrought(member, body.list, dated, version_of(now), entries, gone, leaving, rules)
    yield from _end_allowances(state)
    for bank in [each.bic for each in state.participants.records() if listed_bank(state, each.bic)]:
        for name in sorted(state.offers.of(bank)):
            yield QuoteWithdrawn(name)
    return DONE


def _refuse_list(state: State, author: str, body: BringList) -> Refusal | None:
    if state.charter.member(author) is None:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a member brings a list.")
    owner = owner_of(body.list)
    if body.list not in UNION_LISTS and owner is None:
        names = f"{UNION_LIST} or {UNION_GOODS}, or {author}/<name> or {author}/goods"
        return Refusal(Reason.LIST_INVALID, f"A list is named {names}.")
    if body.entries if is_goods_list(body.list) else body.rules:
        return Refusal(Reason.LIST_INVALID, f"{body.list} is a list of parties, or of goods rules, alone.")
    if owner not in (None, author) and body.coming:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"Only {owner} says what stands on {body.list}.")
    listing = state.listings.get(body.list)
    if listing is None:
        others = [
            each for each in state.listings.records() if owner is not None and owner_of(each.name) == owner
        ]
        if len(others) == MOST_LISTS:
            return Refusal(Reason.LIST_INVALID, f"A member has at most {MOST_LISTS} lists.")
    elif body.gone and body.base != listing.version:
        return Refusal(Reason.LIST_CHANGED)
    elif body.gone and body.dated < listing.dated:
        return Refusal(Reason.LIST_OUTDATED, f"In force: that of {listing.dated}.")
    elif owner not in (None, author) and body.dated != listing.dated:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"Only {owner} brings another copy of {body.list}.")
    if body.dated.toordinal() > _EPOCH + state.now_us // _DAY_US + 1:
        return Refusal(Reason.LIST_INVALID, f"{body.dated} is still to come.")
    return None


def _refuse_entries(state: State, body: BringList) -> Refusal | None:
    listing = state.listings.get(body.list)
    if not body.coming and listing is None:
        return Refusal(Reason.LIST_INVALID, "A list has entries.")
    for each in body.entries:
        if not is_text(each.id) or not each.names or not all(alias.text for alias in each.names):
            return Refusal(Reason.LIST_INVALID, f"Entry {each.id[:70]!r}: an identifier and names.")
    for rule in body.rules:
        faults = faults_of(rule)
        if faults:
            return Refusal(Reason.LIST_INVALID, f"Rule {rule.id[:70]!r}: {faults[0]}")
    ids = [each.id for each in body.coming]
    if len(set(ids)) < len(ids) or len(set(body.gone)) < len(body.gone):
        return Refusal(Reason.LIST_INVALID, "An entry stands twice.")
    coming = {(each.id, digest_of(each)) for each in body.coming}
    for named in body.gone:
        found = state.listed.get(listed_key(body.list, *named))
        if found is None or found.gone or named in coming:
            return Refusal(Reason.UNKNOWN_ENTRY, f"Entry {named[0][:70]!r} of {body.list} does not go.")
    return None


def _refuse_size(state: State, member: MemberId, name: str, entries: int, came: int) -> Refusal | None:
    """Check how long a list becomes, and how much of the union's list one member alone says."""
    if entries > MOST_ENTRIES:
        return Refusal(Reason.LIST_INVALID, f"At most {MOST_ENTRIES} entries.")
    if name not in UNION_LISTS:
        return None
    share = MOST_ENTRIES // max(_WORDS, len(state.charter.members))
    alone = came + sum(
        each.list == name and not each.gone and each.said == (member,) for each in state.listed.records()
    )
    if alone > share:
        return Refusal(Reason.LIST_INVALID, f"At most {share} entries that no other member has brought.")
    return None


def _refuse_numbers(state: State, name: str, entries: tuple[Entry, ...]) -> Refusal | None:
    """Check that not too many entries of a list name one number: each is looked at wherever that number is."""
    named: dict[str, int] = {}
    for entry in entries:
        for number in numbers_of(entry):
            found = state.listed_numbers.get(number)
            if number not in named:
                others = found.entries if found is not None else ()
                named[number] = sum(each.startswith(f"{name}/") for each in others)
            named[number] += 1
            if named[number] > MOST_OF_A_NUMBER:
                return Refusal(Reason.LIST_INVALID, f"More than {MOST_OF_A_NUMBER} entries name {number}.")
    return None


def _held(state: State, name: str, entry: Entry | GoodsRule) -> Listed | None:
    """Return an entry as it is in force, or None."""
    found = state.listed.get(listed_key(name, entry.id, digest_of(entry)))
    return None if found is None or found.gone else found


def _confirms(member: MemberId, found: Listed) -> bool:
    """Tell whether a member's repeating an entry says anything: that it is there, or that it does not go."""
    return found.leaving is not None or (member not in found.said and len(found.said) < _WORDS)


def _in_force(state: State, name: str) -> list[Named]:
    return [(each.id, each.digest) for each in state.listed.records() if each.list == name and not each.gone]


def _going(state: State, member: MemberId, body: BringList) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Return which entries go now, and which wait for a second member's word."""
    listing = state.listings.get(body.list)
    in_force = listing.entries if listing is not None else 0
    is_own = owner_of(body.list) == member
    if is_own and len(body.gone) * _HALF < in_force:
        return body.gone, ()
    gone, leaving = [], []
    for named in body.gone:
        asked = state.listed[listed_key(body.list, *named)].leaving
        if asked is None and (is_own or body.list in UNION_LISTS):
            leaving.append(named)
        elif asked is not None and asked != member:
            gone.append(named)
    return tuple(gone), tuple(leaving)


def _end_allowances(state: State) -> Events:
    """End what let a customer pass an entry that is gone, or says something else now."""
    for each in list(state.allowances.records()):
        if not each.ended and state.listed[each.entry].gone:
            yield AllowanceEnded(each.participant, each.entry, each.customer)


def evolve_brought(state: State, event: ListBrought) -> None:
    """Put the version in force."""
    for entry in event.came:
        held = _held(state, event.list, entry)
        said = held.said if held is not None else ()
        if event.member not in said:
            said = (*said, event.member)[:_WORDS]
        rule = entry if isinstance(entry, GoodsRule) else None
        listed = Listed(event.list, entry.id, digest_of(entry), numbers_of(entry), said, rule=rule)
        state.listed.put(listed.key, listed)
        _index(state, listed)
    for named in event.leaving:
        listed = state.listed[listed_key(event.list, *named)]
        state.listed.put(listed.key, msgspec.structs.replace(listed, leaving=event.member))
    for named in event.gone:
        listed = msgspec.structs.replace(state.listed[listed_key(event.list, *named)], gone=True)
        state.listed.put(listed.key, listed)
        _index(state, listed)
    before = state.listings.get(event.list)
    is_foreign = owner_of(event.list) not in (None, event.member)
    member = before.member if before is not None and is_foreign else event.member
    entries = len(_in_force(state, event.list))
    state.listings.put(event.list, Listing(event.list, event.version, event.dated, member, entries))
    state.in_force.clear()
    state.books.pop(event.list, None)
    if before is None or before.version != event.version:
        _forget_screenings(state, event.list)


def _forget_screenings(state: State, name: str) -> None:
    """Let nothing open of whom a list binds stand screened any more, even if the version comes back."""
    for each in list(state.screenings.records()):
        if is_bound(name, member_of(state, each.participant)):
            state.screenings.put(each.participant, Screening(each.participant, Screened()))


def _index(state: State, listed: Listed) -> None:
    """Keep which entries in force name a number."""
    for number in listed.numbers:
        found = state.listed_numbers.get(number)
        others = tuple(each for each in found.entries if each != listed.key) if found is not None else ()
        entries = others if listed.gone else tuple(sorted((*others, listed.key)))
        state.listed_numbers.put(number, ListedNumber(number, entries))


def evolve_ended(state: State, event: AllowanceEnded) -> None:
    """The customer passes the entry no more."""
    key = allowance_key(event.participant, event.entry, event.customer)
    held: Allowance = state.allowances[key]
    state.allowances.put(key, msgspec.structs.replace(held, ended=True))
