"""Screening anew what is open, after a list has changed: of each participant whose key is here, before all else.

What is open goes no further until its participant has said so (`core.verdict`). Names come from the messages in the
vault; of an item that came through another bank the log has numbers alone.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from mufakat.messages.pieces import is_large
from mufakat.model.charter import Role
from mufakat.model.verdict import Hit, Rescreen, Screened
from mufakat.node.desk import tools
from mufakat.projections import compliance, timeline
from mufakat.projections.certificate import sponsors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mufakat.model.outcome import Outcome
    from mufakat.node.desk import Desk
    from mufakat.node.session import Session
    from mufakat.projections.timeline import ObligationView, PaymentView
    from mufakat.screening.parties import Subject
    from mufakat.vault.details import Vault

_WAITING: Final = ("accepted", "queued", "reserved")
_OWED: Final = ("registered", "accepted", "disputed")
_HITS: Final = 1_000
"""Hits of one command; more of them follow in others."""


class Again(msgspec.Struct, frozen=True):
    """What was screened anew of a participant: how many items, and which go on hold, by their names on the log."""

    participant: str
    items: int
    held: tuple[str, ...]
    outcome: Outcome


class _OpenItem(msgspec.Struct, frozen=True):
    """An open item: its name on the log, the commitment to its message, and whom the log names in it by number."""

    item: str
    details: bytes
    numbers: tuple[tuple[str, str], ...]


def due(session: Session, desk: Desk) -> list[str]:
    """Return the participants whose keys are here and whose open items stand screened against other lists."""
    sql = session.node.views.sql
    return [
        bic
        for bic in sponsors(sql)
        if desk.lists_of(bic)
        and session.keys.has(bic, Role.SUBMIT)
        and compliance.screened(sql, bic) != desk.lists_of(bic)
    ]


def rescreen(session: Session, vault: Vault, desk: Desk) -> list[Again]:
    """Screen anew what is open of all who are due; raises ScreeningMissing, and what the node raises."""
    desk.begin()
    return [_of(bic, session, vault, desk) for bic in due(session, desk)]


def named_in_payment(session: Session, vault: Vault, desk: Desk, uetr: str) -> tuple[Subject, ...]:
    """Return who is named in a payment on the log: by its message, where that is here, and by its banks."""
    payment = timeline.payment(session.node.views.sql, uetr)
    if payment is None:
        return ()
    ((_, subjects),) = _named([_of_payment(payment)], vault, desk)
    return subjects


def look_at_debts(
    session: Session, vault: Vault, desk: Desk, author: str, ids: Sequence[str]
) -> tuple[Screened, list[str]]:
    """Screen obligations that an author is to accept; return what is said of those that are clear, and these.

    Others go on hold, each with a case. Raises ScreeningMissing, and what the node raises.
    """
    desk.begin()
    if not desk.lists_of(author):
        return Screened(), list(ids)
    owed = timeline.obligations(session.node.views.sql, agent=author)
    wanted = {each.id: _of_debt(session, each) for each in owed if each.id in set(ids)}
    found = {
        each.item: desk.examine(author, each.item, subjects)
        for each, subjects in _named(list(wanted.values()), vault, desk)
    }
    if any(each is not None and each.entries for each in found.values()):
        _of(author, session, vault, desk)
    clear = [each for each in ids if (one := found.get(each)) is None or not one.entries]
    looked = [one for each in clear if (one := found.get(each)) is not None]
    return desk.screened(author, looked, [each for each in clear if each in found]), clear


def look_at_exchange(desk: Desk, author: str, uetr: str, to: str) -> tuple[Screened, tuple[str, ...]]:
    """Screen the banks that an exchange is between; return what is said of it, and who on a list may be meant.

    Raises ScreeningMissing.
    """
    desk.begin()
    subjects = (
        tools().by_numbers(("payer", author), ("creditor's agent", to)) if desk.lists_of(author) else ()
    )
    found = desk.examine(author, uetr, subjects)
    return (Screened(), ()) if found is None else (desk.screened(author, [found], [uetr]), found.entries)


def _of(bic: str, session: Session, vault: Vault, desk: Desk) -> Again:
    found, items, hits, held = [], [], [], []
    for each, subjects in _named(list(_open(bic, session)), vault, desk):
        examined = desk.examine(bic, each.item, subjects)
        assert examined is not None, "a list binds who is due"
        found.append(examined)
        items.append(each.item)
        if examined.entries:
            hits.append(Hit(each.item, examined.entries))
            held.append(each.item)
    screened = desk.screened(bic, found, items)
    while len(hits) > _HITS:
        session.say(bic, Rescreen(screened, tuple(hits[:_HITS]), more=True))
        del hits[:_HITS]
    outcome = session.say(bic, Rescreen(screened, tuple(hits)))
    return Again(bic, len(items), () if outcome.refusal is not None else tuple(held), outcome)


def _open(bic: str, session: Session) -> Iterator[_OpenItem]:
    sql = session.node.views.sql
    for status in _WAITING:
        for payment in timeline.payments(sql, status, agent=bic):
            yield _of_payment(payment)
    for status in _OWED:
        for owed in timeline.obligations(sql, status=status, agent=bic):
            yield _of_debt(session, owed)


def _of_debt(session: Session, owed: ObligationView) -> _OpenItem:
    """Return what is screened of an obligation on the log."""
    firms = (("creditor", owed.creditor), ("debtor", owed.debtor))
    return _OpenItem(owed.id, timeline.obligation_document(session.node.views.sql, owed.id), firms)


def _of_payment(payment: PaymentView) -> _OpenItem:
    """Return what is screened of a payment on the log."""
    agents = (("debtor's agent", payment.debtor_agent), ("creditor's agent", payment.creditor_agent))
    return _OpenItem(payment.uetr, payment.details, agents)


def _named(
    items: list[_OpenItem], vault: Vault, desk: Desk
) -> Iterator[tuple[_OpenItem, tuple[Subject, ...]]]:
    """Give each item with who is named in it; a message that many items came in is read once."""
    by_message: dict[bytes, dict[int, _OpenItem]] = defaultdict(dict)
    for each in items:
        part = vault.part(each.details)
        if part is None:
            yield each, tools().by_numbers(*each.numbers)
        else:
            by_message[part.whole][part.number] = each
    for whole, parts in by_message.items():
        left = dict(parts)
        for there in _read(whole, vault, desk):
            for number in sorted(left.keys() & there.keys()):
                each = left.pop(number)
                yield each, (*there[number], *tools().by_numbers(*each.numbers))
        for each in left.values():
            yield each, tools().by_numbers(*each.numbers)


def _read(whole: bytes, vault: Vault, desk: Desk) -> Iterator[dict[int, tuple[Subject, ...]]]:
    try:
        with vault.message(whole) as message:
            if is_large(message):
                yield from desk.named_in_large(message)
            else:
                message.seek(0)
                yield desk.named(message.read())
    except KeyError:
        return  # erased
