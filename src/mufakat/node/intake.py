"""Files in: read, put to the union in signed batches, answered with a pacs.002, each with a receipt.

Within a group of files the parts of one author go into one command, in order, and all commands of the group
into one commit. A bad part, or a bad file, keeps nothing else from going on. A file sent again changes
nothing: what the log has of it already is not put again, and is answered as it stands.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.document import Asks, Document, Item, Part, Reading, Rejection, of_refusal
from mufakat.gateway.inbound import REPORT_REQUEST, read_document
from mufakat.gateway.outbound import (
    ACCEPTED,
    FORWARDED,
    IN_PROCESS,
    PENDING,
    REJECTED,
    SETTLED,
    WITHDRAWN,
    Noted,
    PartStatus,
)
from mufakat.gateway.preference import EVERYBODY, Preferences
from mufakat.messages.onward import GIVEN_ON
from mufakat.messages.resolution import CANCELLED as RECALLED
from mufakat.messages.resolution import PENDING as RECALL_PENDING
from mufakat.messages.resolution import REJECTED as NOT_RECALLED
from mufakat.model.command import CancelPayment, ObligationItem, PaymentOrder, ReturnPayment
from mufakat.model.identifier import Bic
from mufakat.model.outcome import ItemOutcome, Status
from mufakat.model.queueing import Action
from mufakat.model.record import itemised
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.answer import Answers, Kept, is_last
from mufakat.node.putting import chains, chunks, command_of, turn
from mufakat.node.reporting import Asked
from mufakat.node.session import Said, Session
from mufakat.node.standing import Standing, standing
from mufakat.projections import timeline
from mufakat.vault.details import Part as VaultPart
from mufakat.vault.details import Vault, Whole, part_of

GROUP: Final = 250
"""Files put to the union in one commit."""
LARGEST_FILE: Final = 64 * 1024 * 1024
_STATUS: Final = {Status.QUEUED: PENDING, Status.ACCEPTED: IN_PROCESS, Status.REFUSED: REJECTED}
"""What a part is told that was dealt with and that the log has not: without a quorum nothing settles."""
_WORDS: Final = {
    SETTLED: "settled",
    PENDING: "queued",
    IN_PROCESS: "accepted",
    ACCEPTED: "accepted",
    REJECTED: "refused",
    RECALLED: "cancelled",
    RECALL_PENDING: "given on",
    NOT_RECALLED: "refused",
    FORWARDED: "given on",
    None: "refused",
}
_CANCELLABLE: Final = ("queued", "accepted", "reserved")
_SEEN: Final = (Reason.WRONG_STATUS, Reason.UNKNOWN_PAYMENT)
"""Why the union cancels nothing and the views say more: what became of the payment."""
_OF_RESERVATIONS: Final = {"queued": "reserved", "cancelled": "voided"}
_OF_OBLIGATIONS: Final = ("invoice", "obligations")
Progress = Callable[[int, int], None]
"""Called with files done and files in all."""


class Result(msgspec.Struct, frozen=True):
    """What became of one part: `status` in words, and why it was refused, or would be as things stand."""

    name: str
    status: str
    rejection: Rejection | None = None


class Receipt(msgspec.Struct, frozen=True):
    """What became of one file. `rejection` when it was refused whole; `report`: its pacs.002, if one was due.

    `message_id`: what a message calls itself; `reports`: the files that it asked for, and why it got none.
    """

    file: str
    kind: str
    results: tuple[Result, ...]
    rejection: Rejection | None = None
    report: str | None = None
    message_id: str | None = None
    reports: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        """How many parts were refused; a file refused whole counts as one."""
        return sum(each.status == "refused" for each in self.results) + (self.rejection is not None)


class _Taken(msgspec.Struct):
    """A file under way: its document and the commitment to it, and what is noted of each part, by number.

    `speakers` names who puts a part to the union, for each that is to be put.
    """

    path: Path
    document: Document
    whole: bytes = b""
    noted: dict[int, Noted] = {}
    speakers: dict[int, str] = {}


_Outcomes = dict[bytes, ItemOutcome]
"""What the union said to each part that was put to it, by the commitment to the part."""


class Intake:
    """Files of one machine, put to the union through its node."""

    def __init__(
        self, session: Session, vault: Vault, out: Path, preferences: Preferences = EVERYBODY
    ) -> None:
        self._session: Final = session
        self._vault: Final = vault
        self._answers: Final = Answers(session.node, vault, out, preferences)
        self._asked: Final = Asked(session.node, vault, self._answers)
        self._can_say: dict[tuple[str, type], bool] = {}
        """Whose keys are here and can be used, by author and kind, as found for the group under way."""

    def take(
        self, files: Sequence[Path], *, author: str | None = None, progress: Progress = lambda done, of: None
    ) -> Iterator[Receipt]:
        """Take files in order, in groups; give each group's receipts once it is durable.

        `author` names the participant that registers obligations (a BIC); without it, the debtor's
        participant does for CSV and the creditor's for invoices, if their keys are here. Payments are
        always their debtor agent's. Raises what the node raises.
        """
        left, done = iter(files), 0
        while group := list(islice(left, GROUP)):
            self._can_say.clear()
            taken = [self._read(path, author) for path in group]
            outcomes = self._put(taken)
            self._note(taken, outcomes)
            yield from self._answer(taken, outcomes)
            done += len(group)
            progress(done, len(files))

    def _read(self, path: Path, author: str | None) -> _Taken:
        """Read a file, and decide for each part that the log has not yet who puts it to the union."""
        try:
            if path.stat().st_size > LARGEST_FILE:
                return _unread(path, f"The file is larger than {LARGEST_FILE} bytes. Split it.")
            data = path.read_bytes()
        except OSError as error:
            return _unread(path, f"The file cannot be read: {error.strerror}.")
        whole = self._vault.commitment(data)
        taken = _Taken(path, self._document(data, whole), whole)
        for part in taken.document.parts:
            taken.noted[part.number] = self._read_part(taken, part, author)
        _keep_chains_whole(taken)
        if any(part.item is not None or part.rejection is None for part in taken.document.parts):
            self._vault.keep([Whole(whole, data, *_label(taken.document))], _labels(taken))
        return taken

    def _document(self, data: bytes, whole: bytes) -> Document:
        node = self._session.node
        reading = Reading(
            node.charter,
            whole,
            lambda uetr: timeline.payment(node.views.sql, uetr),
            timeline.business_date(node.views.sql),
            self._answers.preferences,
        )
        return read_document(data, reading)

    def _read_part(self, taken: _Taken, part: Part, author: str | None) -> Noted:
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
            else:
                taken.speakers[part.number] = speaker
        elif rejection is None and not self._session.can_sign_for(part.speaker or ""):
            rejection = of_refusal(Refusal(Reason.KEY_NOT_HERE, part.speaker or ""), part.line)
        return Noted(part.references, rejection, part.asks)

    def _is_on_log(self, item: Item, kept: VaultPart | None) -> bool:
        """Tell whether the log has this very part, not one that came under its identifier with other bytes.

        What posts or voids a reservation was there when it is `kept`, and the reservation has ended; a return when
        it is `kept`, and the payment is returned. Of a payment that has ended nothing can be cancelled.
        """
        sql = self._session.node.views.sql
        if isinstance(item, ObligationItem):
            return timeline.obligation_status(sql, item.id, item.document) is not None
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
        elif not isinstance(item, ObligationItem):
            speaker = part.speaker or ""
        elif author is not None:
            speaker = author
        else:
            firm = item.creditor if kind == "invoice" else item.debtor
            agent = node.agent_of(firm)
            if agent is None:
                return Refusal(Reason.UNKNOWN_FIRM, f"LEI {firm}.")
            speaker = agent
        who = speaker, type(item)
        if who not in self._can_say:
            self._can_say[who] = self._session.can_say(speaker, command_of([item]))
        if not self._can_say[who]:
            known = isinstance(item, ObligationItem) or node.is_participant(speaker)
            return Refusal(Reason.KEY_NOT_HERE if known else Reason.UNKNOWN_DEBTOR_AGENT, speaker)
        return speaker

    def _put(self, taken: Sequence[_Taken]) -> _Outcomes:
        """Put all parts of a group to the union, one command for each author and kind (or several if large)."""
        asked: dict[tuple[int, tuple[str, ...]], list[dict[bytes, Item]]] = {}
        for each in taken:
            for chain in chains(each.document.parts):
                put = [part for part in chain if part.number in each.speakers]
                linked = {
                    part_of(each.whole, part.number): part.item for part in put if part.item is not None
                }
                if put:
                    author, *others = dict.fromkeys(each.speakers[part.number] for part in put)
                    key = turn(next(iter(linked.values()))), (author, *sorted(others))
                    asked.setdefault(key, []).append(linked)
        said: list[Said] = []
        places: list[list[bytes]] = []
        most = self._session.node.charter.rules.max_batch_items
        for key in sorted(asked, key=lambda key: key[0]):
            author, *others = key[1]
            for chunk in chunks(asked[key], most):
                said.append(Said(author, command_of(list(chunk.values()), tuple(map(Bic, others)))))
                places.append(list(chunk))
        outcomes: _Outcomes = {}
        for asked_of, outcome, place in zip(said, self._session.say_all(said), places, strict=True):
            items = itemised(asked_of.body, outcome)
            whole = ItemOutcome("", outcome.status, outcome.refusal)
            outcomes.update(zip(place, items or [whole] * len(place), strict=True))
        return outcomes

    def _note(self, taken: Sequence[_Taken], outcomes: _Outcomes) -> None:
        """Note in the vault why parts were refused: the log does not keep every reason."""
        for each in taken:
            for part in each.document.parts:
                if part.number in each.speakers:
                    refusal = outcomes[part_of(each.whole, part.number)].refusal
                    told = refusal is not None and not (part.asks is Asks.RECALL and refusal.reason in _SEEN)
                    rejection = of_refusal(refusal, part.line) if refusal is not None and told else None
                    each.noted[part.number] = Noted(part.references, rejection, part.asks)
        if not self._session.node.provisional:
            self._vault.keep([], [label for each in taken if each.speakers for label in _labels(each)])

    def _answer(self, taken: Sequence[_Taken], outcomes: _Outcomes) -> list[Receipt]:
        """Answer the files of a group, and note to which an answer was given."""
        reports: tuple[str, ...]
        is_final = not self._session.node.provisional
        given: list[tuple[bytes, bool]] = []
        receipts = []
        for each in taken:
            document, reports = each.document, ()
            if document.kind not in _OF_OBLIGATIONS:
                parts = [self._standing(each, part, outcomes) for part in document.parts]
                if document.kind == REPORT_REQUEST:
                    parts, reports = self._reported(each, parts)
                results = [_result(part, found) for part, found in zip(document.parts, parts, strict=True)]
                if document.parts:
                    self._answers.give(each.whole, document.definition or document.kind, parts)
                report = self._report(each, parts)
                given.append((each.whole, is_final and is_last(parts)))
            else:
                results = [self._obligation(each, part, outcomes) for part in document.parts]
                report = None
            what = str(each.path), document.kind, tuple(results), document.rejection, report
            receipts.append(Receipt(*what, document.message_id, reports))
        self._vault.settle(given)
        return receipts

    def _reported(self, taken: _Taken, parts: list[Standing]) -> tuple[list[Standing], tuple[str, ...]]:
        """Write the reports that a request asks for; return how each part stands then, and the files."""
        said = self._asked.answer(taken.whole, taken.document.parts, parts)
        stand = [
            found if why is None else Standing(PartStatus(found.told.references, REJECTED, why))
            for found, (_, why) in zip(parts, said, strict=True)
        ]
        return stand, tuple(str(path) for paths, _ in said for path in paths)

    def _standing(self, taken: _Taken, part: Part, outcomes: _Outcomes) -> Standing:
        """Say what became of a payment: what the log says, or what it was told where the log has nothing of it."""
        noted, details = taken.noted[part.number], part_of(taken.whole, part.number)
        found = standing(self._session.node.views.sql, noted, details)
        return found or Standing(PartStatus(noted.references, _STATUS.get(outcomes[details].status, PENDING)))

    def _obligation(self, taken: _Taken, part: Part, outcomes: _Outcomes) -> Result:
        """Say what became of an obligation."""
        rejection, commitment = taken.noted[part.number].rejection, part_of(taken.whole, part.number)
        status = None
        if isinstance(part.item, ObligationItem):
            sql = self._session.node.views.sql
            status = timeline.obligation_status(sql, part.item.id, commitment)
        if status is None and rejection is not None:
            return Result(part.name, "refused", rejection)
        return Result(part.name, status or outcomes[commitment].status.name.lower())

    def _report(self, taken: _Taken, parts: list[Standing]) -> str | None:
        to, fault = taken.document.to, taken.document.fault
        if to is None:
            return None
        rejection = taken.document.rejection
        if fault is not None:
            parts = [Standing(PartStatus(each, REJECTED, rejection)) for each in fault.transactions]
        return str(self._answers.write(taken.whole, to, parts, rejection))


def _unread(path: Path, text: str) -> _Taken:
    return _Taken(path, Document("unread", (), Rejection("FF01", text)))


def _label(document: Document) -> tuple[bytes, bool]:
    """Return what is kept of a message beside its bytes, and whether something of it is still to be written."""
    kept = Kept(document.definition or document.kind, document.to)
    return msgspec.msgpack.encode(kept), document.to is not None or document.kind in GIVEN_ON


def _labels(taken: _Taken) -> list[VaultPart]:
    return [
        VaultPart(taken.whole, number, msgspec.msgpack.encode(noted)) for number, noted in taken.noted.items()
    ]


def _result(part: Part, found: Standing) -> Result:
    told = found.told
    if (part.asks is Asks.STATUS and told.status is not None) or (
        part.asks is Asks.REPORT and told.rejection is None
    ):
        return Result(part.name, "answered", None)
    word, rejection = _WORDS[told.status], told.rejection
    if word == "given on":
        rejection = None
    elif rejection is not None and rejection.code == WITHDRAWN:
        word, rejection = "cancelled", None
    if isinstance(part.item, PaymentOrder) and part.item.action is not Action.PAY:
        word = _OF_RESERVATIONS.get(word, word)
    return Result(part.name, word, rejection)


def _ends(item: Item) -> bool:
    """Tell whether an item posts or voids a reservation."""
    return isinstance(item, PaymentOrder) and item.action in (Action.POST, Action.VOID)


def _keep_chains_whole(taken: _Taken) -> None:
    """Refuse what is linked with a part that is not put to the union."""
    for chain in chains(taken.document.parts):
        there = [part for part in chain if part.number in taken.speakers]
        for part in there if len(there) < len(chain) else ():
            del taken.speakers[part.number]
            rejection = of_refusal(Refusal(Reason.LINK_FAILED), part.line)
            taken.noted[part.number] = Noted(part.references, rejection, part.asks)
