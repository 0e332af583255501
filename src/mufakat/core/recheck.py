"""Registered trade records held against the goods rules that are in force now: an embargo meets what is under way.

The state has two hashes of a record (`core.document`), so whoever asks brings it along as the log has it. The
record stays, for it was lawful when it came; what it proves and what is not settled goes no further until a case is
decided. Rule source: charter, trade and compliance; UN Security Council resolutions.
"""

from collections.abc import Generator

from mufakat.core import goods
from mufakat.core.authorisation import refuse_batch
from mufakat.core.decision import Decision
from mufakat.core.document import record_of
from mufakat.core.hold import hold_obligations
from mufakat.core.state import State
from mufakat.core.trade import name_of
from mufakat.model.event import AnyEvent
from mufakat.model.goods import Effect
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import RecheckTradeRecords, RegisteredRecord, TradeRecordRegistered
from mufakat.model.verdict import MOST_HITS, Screened


def recheck(state: State, author: str, body: RecheckTradeRecords) -> Decision:
    """Deal with each record in order; each has its own outcome."""
    refusal = refuse_batch(state, len(body.records))
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    items = []
    for each in body.records:
        refusal = _refuse(state, author, each)
        if refusal is not None:
            items.append(ItemOutcome(name_of(each.item), Status.REFUSED, refusal))
        else:
            items.append((yield from _recheck_one(state, each)))
    return Outcome(Status.DONE, None, tuple(items))


def _refuse(state: State, author: str, each: RegisteredRecord) -> Refusal | None:
    """Check that this very record is registered, and the author's to ask about."""
    if author not in (each.seller_agent, each.buyer_agent) and state.charter.member(author) is None:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Neither firm is the author's.")
    there = state.trade_records.get(each.item.id)
    if there is None:
        return Refusal(Reason.UNKNOWN_TRADE_RECORD, name_of(each.item))
    said = TradeRecordRegistered(each.item, each.author, each.seller_agent, each.buyer_agent)
    return None if record_of(said) == there else Refusal(Reason.DOCUMENT_DIFFERS, there.content.hex())


def _recheck_one(state: State, each: RegisteredRecord) -> Generator[AnyEvent, None, ItemOutcome]:
    item = each.item
    met = goods.met(state, item, (each.seller_agent, each.buyer_agent))
    if not met or met[0].effect is Effect.WATCH or goods.was_stopped(state, item, met):
        return ItemOutcome(name_of(item), Status.DONE)
    yield goods.told(item, met)
    entries = goods.strictest(met)[:MOST_HITS]
    yield from hold_obligations(state, each.author, item.obligations, entries, Screened())
    return ItemOutcome(name_of(item), Status.HELD, goods.refusal_of(item, met))
