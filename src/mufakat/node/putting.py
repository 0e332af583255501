"""How parts of files become commands: what goes together, in which order, and who says it."""

from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from mufakat.gateway.document import Asks, Document, Item, Part, of_refusal
from mufakat.gateway.outbound import Noted
from mufakat.model.charter import Rules
from mufakat.model.command import (
    CancelPayment,
    ObligationItem,
    PaymentOrder,
    RegisterObligations,
    ReturnPayment,
)
from mufakat.model.identifier import Bic, Lei
from mufakat.model.outcome import ItemOutcome
from mufakat.model.queueing import Action
from mufakat.model.record import batch, itemised
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import RegisterTradeRecords, TradeItem
from mufakat.node.desk import Desk
from mufakat.node.rescreening import named_in_payment
from mufakat.node.screening import Put, Screening, Speech, turn
from mufakat.node.session import Said, Session
from mufakat.projections import compliance, timeline, trade
from mufakat.vault.details import Part as VaultPart
from mufakat.vault.details import Vault, part_of

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_AROUND: Final = 2_048
"""Bytes of a command around its items, signatures among them: more than it has."""
_CANCELLABLE: Final = ("queued", "accepted", "reserved")
_SEEN: Final = (Reason.WRONG_STATUS, Reason.UNKNOWN_PAYMENT)
"""Why the union cancels nothing and the views say more: what became of the payment."""
_LATE: Final = (Reason.UNSCREENED, Reason.SCREENING_OUTDATED)
"""Why what was screened is screened again."""


class Taken(msgspec.Struct):
    """A file under way: its document and the commitment to it, and what is noted of each part, by number.

    `speakers` names who puts a part to the union, for each that is to be put; `named`: who is named in it, where
    lists are in force.
    """

    path: Path
    document: Document
    whole: bytes = b""
    noted: dict[int, Noted] = {}
    speakers: dict[int, str] = {}
    named: Mapping[int, Sequence[Any]] = {}


Outcomes = dict[bytes, ItemOutcome]
"""What the union said to each part that was put to it, by the commitment to the part."""


def command_of(items: Sequence[Item], signers: tuple[Bic, ...] = ()) -> Speech:
    """Make one command of items of one kind; a return or a cancellation is a command by itself."""
    first = items[0]
    if isinstance(first, ReturnPayment | CancelPayment):
        assert len(items) == 1, "it is a command by itself"
        return first
    orders = tuple(item for item in items if isinstance(item, PaymentOrder))
    if orders:
        return batch(orders, signers)
    records = tuple(item for item in items if isinstance(item, TradeItem))
    if records:
        return RegisterTradeRecords(records)
    return RegisterObligations(tuple(item for item in items if isinstance(item, ObligationItem)))


def speaking(kind: str, item: ObligationItem | TradeItem) -> tuple[Lei, ...]:
    """Name the firms whose banks may register an item of a kind of document, the one that is asked first first."""
    if isinstance(item, TradeItem):
        return item.seller, item.buyer
    return (item.creditor if kind == "invoice" else item.debtor,)


def chains(parts: Sequence[Part]) -> list[list[Part]]:
    """Return the parts of a file in order, those together that are linked."""
    found: list[list[Part]] = []
    is_open = False
    for part in parts:
        if is_open:
            found[-1].append(part)
        else:
            found.append([part])
        is_open = part.linked
    return found


def chunks(asked: Sequence[dict[bytes, Item]], rules: Rules) -> Iterator[dict[bytes, Item]]:
    """Give items of whole chains, no more than go into a command where no single chain is longer.

    What must be alone is. Trade records are counted by their bytes too: one has up to a thousand lines.
    """
    chunk: dict[bytes, Item] = {}
    left = rules.max_command_bytes - _AROUND
    for chain in asked:
        alone = any(turn(item) > 2 for item in chain.values())
        size = sum(len(_ENCODE(item)) for item in chain.values() if isinstance(item, TradeItem))
        if chunk and (alone or len(chunk) + len(chain) > rules.max_batch_items or size > left):
            yield chunk
            chunk, left = {}, rules.max_command_bytes - _AROUND
        chunk.update(chain)
        left -= size
    if chunk:
        yield chunk


class Putting:
    """What puts the parts of files to the union, through the node of this machine and with the keys here."""

    def __init__(self, session: Session, vault: Vault, desk: Desk, *, release: bool = False) -> None:
        """Put parts through the node of `session`; `release`: also what is held for data that are missing."""
        self._release: Final = release
        self._session: Final = session
        self._vault: Final = vault
        self._desk: Final = desk
        self._can_say: dict[tuple[str, type], bool] = {}
        """Whose keys are here and can be used, by author and kind, as found for the group under way."""

    def begin(self) -> None:
        """Begin a group: keys are looked for anew, and lists."""
        self._can_say.clear()
        self._desk.begin()

    def read(self, taken: Taken, author: str | None) -> None:
        """Decide for each part that the log has not yet who puts it to the union, and note what it is."""
        for part in taken.document.parts:
            taken.noted[part.number] = self._read_part(taken, part, author)
        _keep_chains_whole(taken)

    def _read_part(self, taken: Taken, part: Part, author: str | None) -> Noted:
        rejection, item = part.rejection, part.item
        if item is not None:
            kept = self._vault.part(part_of(taken.whole, part.number))
            if self._is_on_log(item, kept):
                return (
                    msgspec.msgpack.decode(kept.label, type=Noted)
                    if kept is not None
                    else Noted(part.references, asks=part.asks)
                )
            speaker = self._speaker(taken.document.kind, part, item, author)
            if isinstance(speaker, Refusal):
                rejection = of_refusal(speaker, part.line)
            elif part.held is not None and not self._release:
                return Noted(part.references, None, part.asks, held=part.held)
            else:
                taken.speakers[part.number] = speaker
        elif rejection is None and not self._session.can_sign_for(part.speaker or ""):
            rejection = of_refusal(Refusal(Reason.KEY_NOT_HERE, part.speaker or ""), part.line)
        return Noted(part.references, rejection, part.asks, part.goes_to)

    def _is_on_log(self, item: Item, kept: VaultPart | None) -> bool:
        """Tell whether the log has this very part, not one that came under its identifier with other bytes.

        What posts or voids a reservation was there when it is `kept`, and the reservation has ended; a return when
        it is `kept`, and the payment is returned. Of a payment that has ended nothing can be cancelled.
        """
        sql = self._session.node.views.sql
        if isinstance(item, ObligationItem):
            return timeline.obligation_status(sql, item.id, item.document) is not None
        if isinstance(item, TradeItem):
            on_hold = compliance.open_case(sql, item.id) is not None
            return on_hold or trade.is_registered(sql, item.id, item.document)
        payment = timeline.payment(sql, item.uetr)
        match item:
            case ReturnPayment():
                return payment is not None and kept is not None and payment.status == "returned"
            case CancelPayment():
                return payment is not None and payment.status not in _CANCELLABLE
        if payment is not None and _ends(item):
            return kept is not None and payment.status != "reserved"
        return payment is not None and payment.details == item.details

    def _speaker(self, kind: str, part: Part, item: Item, author: str | None) -> str | Refusal:
        """Name who puts a part to the union; a Refusal when nobody here can."""
        node = self._session.node
        if isinstance(item, PaymentOrder):
            speaker = str(item.debtor_agent)
            if item.action is Action.VOID and not self._session.can_say(speaker, command_of([item])):
                speaker = str(item.creditor_agent)
        elif not isinstance(item, ObligationItem | TradeItem):
            speaker = part.speaker or ""
        elif author is not None:
            speaker = author
        else:
            agents: list[str] = []
            for firm in speaking(kind, item):
                agent = node.agent_of(firm)
                if agent is None:
                    return Refusal(Reason.UNKNOWN_FIRM, f"LEI {firm}.")
                agents.append(agent)
            speaker = next((each for each in agents if self._may_say(each, item)), agents[0])
        if not self._may_say(speaker, item):
            known = isinstance(item, ObligationItem | TradeItem) or node.is_participant(speaker)
            return Refusal(Reason.KEY_NOT_HERE if known else Reason.UNKNOWN_DEBTOR_AGENT, speaker)
        return speaker

    def _may_say(self, speaker: str, item: Item) -> bool:
        """Tell whether the keys are here with which an author says such things."""
        who = speaker, type(item)
        if who not in self._can_say:
            self._can_say[who] = self._session.can_say(speaker, command_of([item]))
        return self._can_say[who]

    def put(self, taken: Sequence[Taken]) -> Outcomes:
        """Screen all parts of a group and put them to the union: one command for each author and kind, or several.

        What may be meant by a list goes on hold, each part by a command of its own. Raises ScreeningMissing.
        """
        outcomes = self._put(taken)
        late = {at for at, each in outcomes.items() if each.refusal and each.refusal.reason in _LATE}
        if late:  # a list came into force meanwhile
            self._desk.begin()
            outcomes |= self._put(taken, late)
        return outcomes

    def _put(self, taken: Sequence[Taken], again: Container[bytes] | None = None) -> Outcomes:
        asked: dict[tuple[int, tuple[str, ...]], list[dict[bytes, Item]]] = {}
        screening, outcomes = Screening(self._desk), Outcomes()
        for each in taken:
            for chain in chains(each.document.parts):
                put = {
                    part_of(each.whole, part.number): (each.speakers[part.number], part)
                    for part in chain
                    if part.number in each.speakers
                }
                if not put or (again is not None and not any(details in again for details in put)):
                    continue
                stopped = screening.look(put, self._named(each, put))
                outcomes |= stopped
                if not (stopped or screening.holds(put)):
                    author, *others = dict.fromkeys(speaker for speaker, _ in put.values())
                    linked = {at: part.item for at, (_, part) in put.items() if part.item is not None}
                    key = turn(next(iter(linked.values()))), (author, *sorted(others))
                    asked.setdefault(key, []).append(linked)
        said: list[Said] = []
        places: list[list[bytes]] = []
        rules = self._session.node.charter.rules
        for key in sorted(dict.fromkeys((*asked, *screening.turns())), key=lambda key: key[0]):
            author, *others = key[1]
            for chunk in chunks(asked.get(key, ()), rules):
                command = command_of(list(chunk.values()), tuple(map(Bic, others)))
                said.append(Said(author, screening.signed(command, chunk, (author, *others))))
                places.append(list(chunk))
            for details, hold in screening.held(key):
                said.append(Said(author, hold))
                places.append([details])
        for asked_of, outcome, place in zip(said, self._session.say_all(said), places, strict=True):
            items = itemised(asked_of.body, outcome)
            whole = ItemOutcome("", outcome.status, outcome.refusal)
            outcomes.update(zip(place, items or [whole] * len(place), strict=True))
        return outcomes

    def _named(self, taken: Taken, put: Put) -> Mapping[int, Sequence[Any]]:
        """Return who is named in each part: of a return, also in the payment that it gives back."""
        named = dict(taken.named)
        for speaker, part in put.values():
            if isinstance(part.item, ReturnPayment) and self._desk.lists_of(speaker):
                original = named_in_payment(self._session, self._vault, self._desk, part.item.uetr)
                named[part.number] = (*named[part.number], *original)
        return named

    def note(self, taken: Sequence[Taken], outcomes: Outcomes) -> None:
        """Note in the vault why parts were refused: the log does not keep every reason."""
        for each in taken:
            for part in each.document.parts:
                if part.number in each.speakers:
                    refusal = outcomes[part_of(each.whole, part.number)].refusal
                    told = refusal is not None and not (part.asks is Asks.RECALL and refusal.reason in _SEEN)
                    rejection = of_refusal(refusal, part.line) if refusal is not None and told else None
                    each.noted[part.number] = Noted(part.references, rejection, part.asks)
        if not self._session.node.provisional:
            self._vault.keep([], [label for each in taken if each.speakers for label in labels(each)])


def labels(taken: Taken) -> list[VaultPart]:
    """Return what the vault is to keep of the parts of a file."""
    return [
        VaultPart(taken.whole, number, msgspec.msgpack.encode(noted)) for number, noted in taken.noted.items()
    ]


def _ends(item: Item) -> bool:
    """Tell whether an item posts or voids a reservation."""
    return isinstance(item, PaymentOrder) and item.action in (Action.POST, Action.VOID)


def _keep_chains_whole(taken: Taken) -> None:
    """Refuse what is linked with a part that is not put to the union."""
    for chain in chains(taken.document.parts):
        there = [part for part in chain if part.number in taken.speakers]
        for part in there if len(there) < len(chain) else ():
            del taken.speakers[part.number]
            rejection = of_refusal(Refusal(Reason.LINK_FAILED), part.line)
            taken.noted[part.number] = Noted(part.references, rejection, part.asks)
