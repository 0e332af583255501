"""The trade record that a document asks for: goods by HS code and origin, route, terms and ship.

Prices and quantities stay in the document. Nothing is guessed: where the document says two things and a record has
room for one, or names a ship by what is no IMO number, it is refused. Rule source: charter, trade.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from mufakat.gateway.obligation import leis_of
from mufakat.gateway.practice import date_of
from mufakat.messages.trade.document import TradeDocument, TradeLine
from mufakat.model.country import Country
from mufakat.model.identifier import Lei, ObligationId
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import DocumentKind, GoodsLine, TradeItem

_HS: Final = "HS"


def has_goods(trade: TradeDocument) -> bool:
    """Tell whether a document names goods by an HS code."""
    return any(_hs_code(line) for line in trade.lines)


def record_of(trade: TradeDocument, data: bytes, obligations: Sequence[ObligationId]) -> TradeItem | Refusal:
    """Make the record of a document, whose bytes are `data`; it proves `obligations`."""
    leis = leis_of((trade.seller.lei or "", trade.buyer.lei or ""), ("seller", "buyer"))
    return leis if isinstance(leis, Refusal) else _record(trade, data, leis, obligations)


def goods_of(trade: TradeDocument, data: bytes) -> TradeItem | Refusal:
    """Make a record of what a document says of its goods, whoever trades them: for rules to look at alone."""
    return _record(trade, data, (Lei(trade.seller.lei or ""), Lei(trade.buyer.lei or "")), ())


def _record(
    trade: TradeDocument, data: bytes, leis: tuple[Lei, Lei], obligations: Sequence[ObligationId]
) -> TradeItem | Refusal:
    issued = date_of(trade.issued)
    due = None if trade.due is None else date_of(trade.due)
    wrong = next((each for each in (issued, due) if isinstance(each, Refusal)), None) or _ambiguous(trade)
    if wrong is not None:
        return wrong
    assert not isinstance(issued, Refusal), "a wrong date was refused"
    assert not isinstance(due, Refusal), "a wrong date was refused"
    seller, buyer = leis
    terms, ship = trade.terms, next((each for each in trade.transport if each.vessel or each.vessel_id), None)
    incoterm = "" if terms is None else terms.incoterm or ""
    means = next((each.code for each in trade.payment_means if each.code), None)
    return TradeItem(
        DocumentKind[trade.kind.name],
        trade.number,
        hashlib.sha256(data).digest(),
        seller,
        buyer,
        issued,
        goods=tuple(GoodsLine(_hs_code(line), Country(line.origin or "")) for line in trade.lines),
        dispatch=Country(next(iter(trade.delivery.origins), "")),
        destination=Country(next(iter(trade.delivery.destinations), "")),
        transshipments=tuple(map(Country, trade.delivery.transshipments)),
        incoterm=incoterm,
        place=(terms.place or "") if terms is not None and incoterm else "",
        vessel="" if ship is None else ship.imo or "",
        vessel_name="" if ship is None else ship.vessel or "",
        voyage="" if ship is None else ship.voyage or "",
        payment_means=means or "",
        due=due,
        obligations=tuple(obligations),
    )


def _ambiguous(trade: TradeDocument) -> Refusal | None:
    """Refuse a document that says more than a record holds, or names a ship by another number."""
    ships = {(each.vessel, each.vessel_id) for each in trade.transport if each.vessel or each.vessel_id}
    for what, named in (
        ("countries that the goods come from", trade.delivery.origins),
        ("countries that they go to", trade.delivery.destinations),
        ("ships", tuple(ships)),
    ):
        if len(named) > 1:
            text = f"{len(named)} {what}, and a record holds one. Send a document for each."
            return Refusal(Reason.TRADE_RECORD_INVALID, text)
    for party in (trade.seller, trade.buyer):
        if len(party.leis) > 1:
            return Refusal(Reason.LEI_INVALID, f"One party has {len(party.leis)} LEIs. Name it by one.")
    if trade.others:
        text = f"Another party stands beside the seller or the buyer: {trade.others[0].lei or 'without LEI'}."
        return Refusal(Reason.TRADE_RECORD_INVALID, f"{text} Send a document for each.")
    if trade.delivery.unplaced:
        return Refusal(Reason.COUNTRY_MISSING, f"Port {trade.delivery.unplaced[0][:35]}.")
    for line in trade.lines:
        if line.other_origins or len(_hs_codes(line)) > 1:
            text = f"Line {line.identifier[:35]} has two origins or two HS codes. Write a line for each."
            return Refusal(Reason.TRADE_RECORD_INVALID, text)
    for each in trade.transport:
        if each.vessel_id is not None and each.imo is None:
            return Refusal(Reason.IDENTIFIER_INVALID, f"{each.vessel_id[:20]} is no IMO number of a ship.")
    return None


def _hs_code(line: TradeLine) -> str:
    """Return the HS code of a line, empty where it has none."""
    return next(iter(_hs_codes(line)), "")


def _hs_codes(line: TradeLine) -> tuple[str, ...]:
    """Return the HS codes of a line, each once, without the dots that people write."""
    codes = (each.value for each in line.commodities if (each.scheme or "").upper() == _HS)
    return tuple(dict.fromkeys("".join(each for each in code if each not in ". ") for code in codes))
