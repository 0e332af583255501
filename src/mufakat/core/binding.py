"""Which lists bind whom, who stands on them, and whether a participant stands screened against them.

The union's list binds all members, a member's own list that member and its banks. Rule source: charter, compliance.
"""

import hashlib
from typing import Final

from mufakat.core.docket import Listing
from mufakat.core.state import Obligation, State
from mufakat.model.command import ObligationItem
from mufakat.model.identifier import Bic, Lei, MemberId
from mufakat.model.listing import (
    UNION_LIST,
    bank_number,
    firm_number,
    is_goods_list,
    owner_of,
)

_CONFIRMED: Final = 2
"""So many members have to have brought an entry before it stops a bank of the union by its number alone."""


def member_of(state: State, author: str) -> MemberId:
    """Return the member that an author is, or that sponsors it."""
    participant = state.participants.get(author)
    return MemberId(author) if participant is None else participant.sponsor


def is_bound(name: str, member: str) -> bool:
    """Tell whether a list of parties binds a member."""
    return not is_goods_list(name) and (name == UNION_LIST or owner_of(name) == member)


def binding(state: State, member: str) -> list[Listing]:
    """Return the lists in force of parties that bind a member, in order of their names."""
    return [each for each in state.listings.records() if is_bound(each.name, member)]


def lists_of(state: State, author: str) -> bytes:
    """Return the SHA-256 over name and version of the lists that bind an author; nothing when none does."""
    if not len(state.listings):
        return b""
    member = member_of(state, author)
    if member not in state.in_force:
        state.in_force[member] = lists_digest([(each.name, each.version) for each in binding(state, member)])
    return state.in_force[member]


def lists_digest(lists: list[tuple[str, bytes]]) -> bytes:
    """Return the SHA-256 over (name, version) of lists in order of name; nothing of none."""
    if not lists:
        return b""
    said = b"".join(b"%s %s\n" % (name.encode(), version.hex().encode()) for name, version in lists)
    return hashlib.sha256(said).digest()


def listed_as(state: State, number: str, *authors: str) -> str | None:
    """Name the first entry in force with a number, on a list that binds one of the authors; None without one."""
    found = state.listed_numbers.get(number)
    if found is None:
        return None
    members = [member_of(state, author) for author in authors]
    return next(
        (
            each
            for each in found.entries
            if any(is_bound(state.listed[each].list, member) for member in members)
        ),
        None,
    )


def listed_firm(state: State, firms: tuple[Lei, Lei], agents: tuple[Bic, Bic]) -> str | None:
    """Name the first entry in force with the number of one of two firms, on a list that binds one of the banks."""
    if not len(state.listed_numbers):
        return None
    found = (listed_as(state, firm_number(firm), *agents) for firm in firms)
    return next(filter(None, found), None)


def may_clear(state: State, obligation: Obligation) -> bool:
    """Tell whether lists, and what the charter wants proved of trade, let an obligation take part in cycles."""
    if state.charter.rules.compliance.proved and not obligation.proved:
        return False
    item, agents = obligation.item, (obligation.debtor_agent, obligation.creditor_agent)
    if stopped_by(state, item) is not None:
        return False
    return listed_firm(state, (item.debtor, item.creditor), agents) is None


def stopped_by(state: State, item: ObligationItem) -> str | None:
    """Name the goods rule that keeps the document of an obligation between its firms; None without one."""
    found = state.stopped.get(item.document.hex()) if len(state.stopped) else None
    if found is None or found.lifted or {item.debtor, item.creditor} != {*found.firms}:
        return None
    return found.entry


def listed_bank(state: State, bank: str) -> str | None:
    """Name the entry of the union's list that names a participant, as two members have said; None without one."""
    participant = state.participants.get(bank)
    if participant is None or not len(state.listed_numbers):
        return None
    for number in (bank_number(bank), firm_number(participant.lei)):
        found = state.listed_numbers.get(number)
        for each in found.entries if found is not None else ():
            entry = state.listed[each]
            if entry.list == UNION_LIST and len(entry.said) >= _CONFIRMED:
                return each
    return None


def is_screened(state: State, participant: str) -> bool:
    """Tell whether all open items of a participant stand screened against the lists in force."""
    lists = lists_of(state, participant)
    if not lists:
        return True
    screening = state.screenings.get(participant)
    return screening is not None and screening.screened.lists == lists


def may_pay(state: State, payer: str, payee: str) -> bool:
    """Tell whether an open payment may settle, by what lists say of both banks and by the payer's screening."""
    if not len(state.listings):
        return True
    return (
        is_screened(state, payer) and listed_bank(state, payer) is None and listed_bank(state, payee) is None
    )
