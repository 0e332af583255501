"""Trade records: registered by the bank of the seller or of the buyer, each document once, never without its goods.

An invoice or a bill of lading names its goods by HS code, or is for services alone; goods have an origin, a country
of dispatch and one of destination. Both firms are enrolled, so that no party, route or origin is hidden from who
looks at the log, the rules first. Rule source: charter, trade; the UN Security Council's resolutions.
"""

from collections.abc import Generator
from typing import Final

import msgspec

from mufakat.core import goods
from mufakat.core.binding import is_bound, listed_as, listed_firm, member_of
from mufakat.core.decision import Decision
from mufakat.core.document import record_of
from mufakat.core.hold import hold_obligations, hold_of
from mufakat.core.obligation import refuse_batch_of_firms
from mufakat.core.standing import refuse_counterparty
from mufakat.core.state import Firm, ObligationStatus, State
from mufakat.core.verdict import refuse_unscreened
from mufakat.model import identifier
from mufakat.model.case import TradeRecordHeld
from mufakat.model.command import COMMITMENT_BYTES
from mufakat.model.country import COUNTRIES
from mufakat.model.event import AnyEvent
from mufakat.model.goods import Effect
from mufakat.model.identifier import Bic
from mufakat.model.listing import ship_number
from mufakat.model.money import refuse_amount
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import (
    CARRYING,
    NAMING,
    RegisterTradeRecords,
    TradeItem,
    TradeRecordRegistered,
    is_hs_code,
    wrong_field,
)
from mufakat.model.verdict import MOST_HITS, Screened

Item = Generator[AnyEvent, None, ItemOutcome]
_KOSOVO: Final = "XK"
"""A user's code that customs and central banks agree on."""
_LONGEST_ID: Final = 110
"""More characters than an identifier of a record can have."""


def register(state: State, author: str, body: RegisterTradeRecords) -> Decision:
    """Deal with each record of a batch in order; each has its own outcome."""
    refusal = refuse_batch_of_firms(state, author, len(body.records))
    refusal = refusal or refuse_unscreened(state, author, body.screened)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    items = []
    for item in body.records:
        items.append((yield from _register_one(state, Bic(author), item, body.screened)))
    return Outcome(Status.DONE, None, tuple(items))


def _register_one(state: State, author: Bic, item: TradeItem, screened: Screened) -> Item:
    agents = agents_or_refusal(state, author, item)
    if isinstance(agents, Refusal):
        return ItemOutcome(name_of(item), Status.REFUSED, agents)
    if any(state.obligations[name].status is ObligationStatus.BLOCKED for name in item.obligations):
        refusal = Refusal(Reason.UNDER_REVIEW, "An obligation that it names is on hold.")
        return ItemOutcome(name_of(item), Status.REFUSED, refusal)
    entry = listed(state, item, agents)
    if entry is not None:
        bound = _bound(state, entry, author, agents)
        yield from hold_obligations(state, bound, item.obligations, (entry,), screened)
        return ItemOutcome(name_of(item), Status.REFUSED, Refusal(Reason.PARTY_LISTED, entry))
    stopped = yield from stop_goods(state, author, item, agents, screened)
    if stopped is not None:
        return stopped
    yield TradeRecordRegistered(item, author, *agents)
    watched = goods.met(state, item, agents)
    if watched:
        yield goods.told(item, watched)
    return ItemOutcome(name_of(item), Status.REGISTERED)


def _bound(state: State, entry: str, author: Bic, agents: tuple[Bic, Bic]) -> Bic:
    """Return the bank whom an entry's list binds, the author before another: the case is its own."""
    name = state.listed[entry].list
    return next(bank for bank in (author, *agents) if is_bound(name, member_of(state, bank)))


def stop_goods(
    state: State,
    author: Bic,
    item: TradeItem,
    agents: tuple[Bic, Bic],
    screened: Screened,
    meant: tuple[str, ...] = (),
) -> Generator[AnyEvent, None, ItemOutcome | None]:
    """Stop a record that meets a goods rule which refuses it, or hold it for one that asks for review.

    The obligations that it names are blocked, each with a case of its own or with the record's: whoever decides
    that case lets them go, the record only where no rule in force refuses it. `meant`: entries of other lists that
    the record is held for.
    """
    met = goods.met(state, item, agents)
    if not met or met[0].effect is Effect.WATCH:
        return None
    entries = (*meant, *goods.strictest(met))[:MOST_HITS]
    if not goods.is_stopped(state, item, met):
        yield goods.told(item, met)
    refusal = goods.refusal_of(item, met)
    if met[0].effect is Effect.REFUSE:
        yield from hold_obligations(state, author, item.obligations, entries, screened)
        return ItemOutcome(name_of(item), Status.REFUSED, refusal)
    yield TradeRecordHeld(item, *agents, hold_of(state, author, entries, screened))
    return ItemOutcome(name_of(item), Status.HELD, refusal)


def name_of(item: TradeItem) -> str:
    """Return the identifier of a record, however long what it is made of, for an outcome."""
    return item.id[:_LONGEST_ID]


def agents_or_refusal(
    state: State, author: str, item: TradeItem, decided: int = 0
) -> tuple[Bic, Bic] | Refusal:
    """Return the banks of a record's seller and buyer, or why it is not registered.

    Of a record that is on hold, its case decides: `decided` is the case that has just let it go.
    """
    seller, buyer = state.firms.get(item.seller), state.firms.get(item.buyer)
    if seller is None or buyer is None:
        missing = item.seller if seller is None else item.buyer
        return Refusal(Reason.UNKNOWN_FIRM, f"LEI {missing[:35]}.")
    held = [state.held[name] for name in (item.id, item.document.hex()) if name in state.held]
    if any(case != decided for case in held):
        return Refusal(Reason.UNDER_REVIEW, f"Case {held[0]}.")
    refusal = (
        _refuse_identity(state, author, item, (seller, buyer))
        or _refuse_money(state, item)
        or _refuse_document(state, item)
        or _refuse_goods(state, item)
        or _refuse_rest(state, item)
    )
    return refusal or (seller.agent, buyer.agent)


def listed(state: State, item: TradeItem, agents: tuple[Bic, Bic]) -> str | None:
    """Name the entry in force that names the seller, the buyer or the ship by its number, or None."""
    ship = listed_as(state, ship_number(item.vessel), *agents) if item.vessel else None
    return ship or listed_firm(state, (item.seller, item.buyer), agents)


def _refuse_identity(state: State, author: str, item: TradeItem, firms: tuple[Firm, Firm]) -> Refusal | None:
    """Check who says it, of whom, and under which name; a document that was sent again changes nothing."""
    there = state.trade_records.get(item.id)
    if there is not None and there.document == item.document:
        return Refusal(Reason.DUPLICATE, item.id)
    agents = tuple(firm.agent for firm in firms)
    if author not in agents:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Neither firm is the author's.")
    if not identifier.is_reference(item.number) or len(item.document) != COMMITMENT_BYTES:
        return Refusal(Reason.IDENTIFIER_INVALID, "Document number or hash.")
    if item.vessel and not identifier.is_imo_number(item.vessel):
        return Refusal(Reason.IDENTIFIER_INVALID, f"IMO number {item.vessel[:12]}.")
    if item.currency is not None and state.charter.issuer(item.currency) is None:
        return Refusal(Reason.UNKNOWN_CURRENCY, item.currency[:8])
    if item.seller == item.buyer:
        return Refusal(Reason.SAME_PARTY, item.seller)
    return next(filter(None, (refuse_counterparty(state, agent) for agent in agents)), None)


def _refuse_money(state: State, item: TradeItem) -> Refusal | None:
    """Check the amounts of the lines, and the obligations that the document proves."""
    for place, line in enumerate(item.goods, start=1):
        wrong = None if line.amount is None else refuse_amount(line.amount)
        if wrong is not None:
            return Refusal(wrong, f"Line {place}.")
    unknown = next((each for each in item.obligations if each not in state.obligations), None)
    return None if unknown is None else Refusal(Reason.UNKNOWN_OBLIGATION, unknown[:_LONGEST_ID])


def _refuse_document(state: State, item: TradeItem) -> Refusal | None:
    there = state.trade_records.get(item.id)
    return None if there is None else Refusal(Reason.DOCUMENT_DIFFERS, there.document.hex())


def _refuse_goods(state: State, item: TradeItem) -> Refusal | None:
    """Check that goods are named by code, and say where they are from, come from and go to."""
    if item.kind in NAMING and not item.goods and not item.services:
        return Refusal(Reason.GOODS_MISSING)
    for place, line in enumerate(item.goods, start=1):
        if not is_hs_code(line.hs_code):
            return Refusal(Reason.HS_CODE_INVALID, f"Line {place}: {line.hs_code[:12]!r}.")
    countries = [(f"Origin, line {place}", line.origin) for place, line in enumerate(item.goods, start=1)]
    countries += [("Dispatch", item.dispatch), ("Destination", item.destination)]
    if item.goods or item.kind in CARRYING:
        missing = next((where for where, code in countries if not code), None)
        if missing is not None and not item.services:
            return Refusal(Reason.COUNTRY_MISSING, f"{missing}.")
    countries = [each for each in countries if each[1]]
    countries += [("Transshipment", code) for code in item.transshipments]
    for where, code in countries:
        if not _is_known(state, code):
            return Refusal(Reason.COUNTRY_INVALID, f"{where}: {code[:8]!r}.")
    return None


def _is_known(state: State, code: str) -> bool:
    return code in COUNTRIES or code == _KOSOVO or state.charter.member(code) is not None


def _refuse_rest(state: State, item: TradeItem) -> Refusal | None:
    """Check what the record refers to, and each other field."""
    unknown = next((each for each in item.refers_to if each not in state.trade_records), None)
    if unknown is not None:
        return Refusal(Reason.UNKNOWN_TRADE_RECORD, unknown[:_LONGEST_ID])
    wrong = wrong_field(item)
    if wrong is not None:
        return Refusal(Reason.TRADE_RECORD_INVALID, wrong)
    firms = {item.seller, item.buyer}
    for name in item.obligations:
        owed = state.obligations[name].item
        if {owed.debtor, owed.creditor} != firms:
            return Refusal(Reason.TRADE_RECORD_INVALID, f"obligations: {name} is between other firms.")
    return None


def evolve_registered(state: State, event: TradeRecordRegistered) -> None:
    """Put a new record on the log."""
    record = record_of(event)
    assert record.id not in state.trade_records, "a document is registered once"
    state.trade_records.put(record.id, record)
    goods.lift(state, record.document, event.item.seller, event.item.buyer)
    for name in event.item.obligations:
        state.obligations.put(name, msgspec.structs.replace(state.obligations[name], proved=True))
