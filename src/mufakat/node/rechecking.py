"""Registered trade records that goods rules of now would stop, put to the union again while they are under way.

What the rules in force say is looked up here first, so that only what they stop is put; the union decides.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Final

from mufakat.model.embargo import RuleBook
from mufakat.model.goods import Effect
from mufakat.model.listing import UNION_GOODS, is_goods_list, owner_of
from mufakat.model.outcome import ItemOutcome, Status
from mufakat.model.trade import RecheckTradeRecords, RegisteredRecord
from mufakat.node.portions import portions
from mufakat.node.session import Session
from mufakat.projections import certificate, listings, timeline, trade
from mufakat.projections.dialect import Sql

_AROUND: Final = 2_048
"""Bytes of a command around its records: more than it has."""


def recheck(session: Session, author: str) -> tuple[int, list[ItemOutcome]]:
    """Put what is under way and would be stopped to the union; a rule stops a record once.

    Returns how many records were looked at, and the outcomes of those that were stopped.
    """
    sql, rules = session.node.views.sql, session.node.charter.rules
    names = trade.under_way(sql)
    stopped: list[ItemOutcome] = []
    records = list(_to_stop(sql, names))
    for chunk in portions(records, rules.max_command_bytes - _AROUND, rules.max_batch_items):
        outcome = session.say(author, RecheckTradeRecords(chunk))
        stopped += [each for each in outcome.items if each.status is not Status.DONE]
    return len(names), stopped


def _to_stop(sql: Sql, names: Iterable[str]) -> Iterator[RegisteredRecord]:
    """Give the records that a rule in force refuses or asks to review."""
    books = {
        each.name: RuleBook(held.rule for held in listings.listed(sql, each.name))
        for each in listings.listings(sql)
        if is_goods_list(each.name)
    }
    today = timeline.business_date(sql)
    if not books or today is None:
        return
    day, sponsors = datetime.date.fromisoformat(today), certificate.sponsors(sql)
    for name in names:
        record = trade.as_registered(sql, name)
        members = [sponsors[agent] for agent in (record.seller_agent, record.buyer_agent)]
        binding = [book for of, book in books.items() if of == UNION_GOODS or owner_of(of) in members]
        if any(met.effect is not Effect.WATCH for book in binding for met in book.met_by(record.item, day)):
            yield record
