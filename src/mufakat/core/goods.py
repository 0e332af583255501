"""Goods rules in force: which of them a trade record meets, and what becomes of its document.

The union's rules bind all members, a member's own rules its banks: a record meets those that bind the sponsor of
the seller's bank or of the buyer's. What a rule refuses is never registered, whoever says it and on whatever way;
what one asks to review waits for the decision of a case; what one watches is registered, with a warning on the log.
Rule source: charter, trade and compliance; UN Security Council resolutions.
"""

from typing import Final, NamedTuple

import msgspec

from mufakat.core.binding import member_of
from mufakat.core.docket import Stopped, listed_key
from mufakat.core.state import State
from mufakat.model.embargo import Met, RuleBook
from mufakat.model.goods import Effect, GoodsFlagged, RuleMet
from mufakat.model.identifier import Bic, Lei, MemberId
from mufakat.model.listing import UNION_GOODS, digest_of, is_goods_list, owner_of
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import TradeItem

_REASONS: Final = {Effect.REFUSE: Reason.GOODS_EMBARGOED, Effect.REVIEW: Reason.GOODS_TO_REVIEW}


class Found(NamedTuple):
    """A rule in force that a record meets, by its name `<list>/<id>/<digest>`."""

    entry: str
    met: Met

    @property
    def effect(self) -> Effect:
        """What the rule does to the record."""
        return self.met.effect


def met(state: State, item: TradeItem, agents: tuple[Bic, Bic]) -> tuple[Found, ...]:
    """Return the rules that a record meets between the banks of its firms, the strictest first, by list and id."""
    members = [member_of(state, agent) for agent in agents]
    lists = [each.name for each in state.listings.records() if _binds(each.name, members)]
    found = [
        Found(listed_key(name, each.rule.id, digest_of(each.rule)), each)
        for name in lists
        for each in _book(state, name).met_by(item, state.day.date)
    ]
    return tuple(sorted(found, key=lambda each: each.effect))


def _binds(name: str, members: list[MemberId]) -> bool:
    """Tell whether a list is of goods rules that bind one of the members."""
    return is_goods_list(name) and (name == UNION_GOODS or owner_of(name) in members)


def _book(state: State, name: str) -> RuleBook:
    """Return the rules in force of a list, indexed once for each of its versions."""
    if name not in state.books:
        listed = (each for each in state.listed.records() if each.list == name and not each.gone)
        state.books[name] = RuleBook(each.rule for each in listed if each.rule is not None)
    return state.books[name]


def strictest(found: tuple[Found, ...]) -> tuple[str, ...]:
    """Name the rules that do what the strictest of them does."""
    return tuple(each.entry for each in found if each.effect is found[0].effect)


def refusal_of(item: TradeItem, found: tuple[Found, ...]) -> Refusal:
    """Say why a record is not registered now: the first of the rules that it meets, and how many more there are."""
    more = len(found) - 1
    others = f" And {more} more." if more else ""
    return Refusal(_REASONS[found[0].effect], f"{found[0].met.told_of(item)}{others}")


def refuse_embargoed(state: State, item: TradeItem, agents: tuple[Bic, Bic]) -> Refusal | None:
    """Return GOODS_EMBARGOED, or None when no rule in force refuses a record, whatever was decided of it."""
    found = met(state, item, agents)
    is_embargoed = bool(found) and found[0].effect is Effect.REFUSE
    return refusal_of(item, found) if is_embargoed else None


def is_stopped(state: State, item: TradeItem, found: tuple[Found, ...]) -> bool:
    """Tell whether the log says already that the first of these rules stops a record's document."""
    stopped = state.stopped.get(item.document.hex())
    return stopped == Stopped(item.document, item.id, (item.seller, item.buyer), found[0].entry)


def was_stopped(state: State, item: TradeItem, found: tuple[Found, ...]) -> bool:
    """Tell whether the first of these rules has stopped a record's document, lifted since or not."""
    stopped = state.stopped.get(item.document.hex())
    return stopped is not None and (stopped.record, stopped.entry) == (item.id, found[0].entry)


def told(item: TradeItem, found: tuple[Found, ...]) -> GoodsFlagged:
    """Say on the log which rules a record meets."""
    rules = tuple(
        RuleMet(
            each.entry,
            each.effect,
            each.met.line,
            each.met.rule.goods,
            each.met.rule.source,
            each.met.rule.paragraph,
        )
        for each in found
    )
    return GoodsFlagged(item.id, item.document, (item.seller, item.buyer), rules)


def evolve_flagged(state: State, event: GoodsFlagged) -> None:
    """Keep the document from going on where a rule does not let it."""
    first = event.met[0]
    if first.effect is not Effect.WATCH:
        stopped = Stopped(event.document, event.record, event.firms, first.entry)
        state.stopped.put(event.document.hex(), stopped)


def lift(state: State, document: bytes, *firms: Lei) -> None:
    """Let a document between two firms go on: its record is registered, or a case lets an obligation of it go."""
    stopped = state.stopped.get(document.hex())
    if stopped is not None and {*stopped.firms} == {*firms}:
        state.stopped.put(document.hex(), msgspec.structs.replace(stopped, lifted=True))
