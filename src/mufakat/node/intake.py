"""Files in: read, put to the union in signed batches, answered with a pacs.002, each with a receipt.

Within a group of files the parts of one author go into one command, in order, and all commands of the group
into one commit. A bad part, or a bad file, keeps nothing else from going on. A file sent again changes
nothing: what the log has of it already is not put again, and is answered as it stands.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.document import Document, Part, Reading, Rejection
from mufakat.gateway.inbound import REPORT_REQUEST, read_document
from mufakat.gateway.outbound import (
    IN_PROCESS,
    PENDING,
    REJECTED,
    PartStatus,
)
from mufakat.gateway.preference import EVERYBODY, Preferences
from mufakat.messages.onward import GIVEN_ON
from mufakat.model.command import ObligationItem
from mufakat.model.outcome import Status
from mufakat.model.trade import TradeItem, TradeKind
from mufakat.node.answer import Answers, Kept, is_last
from mufakat.node.desk import Desk, Lists
from mufakat.node.large import LargeFiles
from mufakat.node.putting import Outcomes, Putting, Taken, labels
from mufakat.node.receipt import Receipt, Result, result_of
from mufakat.node.reporting import Asked
from mufakat.node.rescreening import Again, rescreen
from mufakat.node.session import Session
from mufakat.node.standing import Standing, standing
from mufakat.projections import compliance, timeline, trade
from mufakat.vault.details import Vault, Whole, part_of

GROUP: Final = 250
"""Files put to the union in one commit."""
LARGEST_FILE: Final = 64 * 1024 * 1024
_STATUS: Final = {
    Status.QUEUED: PENDING,
    Status.HELD: PENDING,
    Status.ACCEPTED: IN_PROCESS,
    Status.REFUSED: REJECTED,
}
"""What a part is told that was dealt with and that the log has not: without a quorum nothing settles."""
OF_FIRMS: Final = ("obligations", *TradeKind)
"""Kinds of documents that no bank is answered: what firms owe each other, and what they trade."""
Progress = Callable[[int, int], None]
"""Called with files done and files in all."""


class Intake:
    """Files of one machine, put to the union through its node."""

    def __init__(
        self,
        session: Session,
        vault: Vault,
        out: Path,
        preferences: Preferences = EVERYBODY,
        lists: Lists | None = None,
        *,
        release: bool = False,
    ) -> None:
        """Take files through the node of `session`; `lists` are those that are indexed already.

        `release`: what is held for missing data of originator or beneficiary is put all the same.
        """
        self._session: Final = session
        self._vault: Final = vault
        self._answers: Final = Answers(session.node, vault, out, preferences)
        self._asked: Final = Asked(session.node, vault, self._answers)
        self._desk: Final = Desk(session.node, vault, lists or Lists())
        self._putting: Final = Putting(session, vault, self._desk, release=release)
        self._large: Final = LargeFiles(session, vault, (self._putting, self._desk), self._answers)

    def take(
        self, files: Sequence[Path], *, author: str | None = None, progress: Progress = lambda done, of: None
    ) -> Iterator[Receipt]:
        """Take files in order, in groups; give each group's receipts once it is durable.

        `author` names the participant that registers obligations and trade records (a BIC); without it, the
        debtor's participant does for CSV and credit notes, the creditor's for invoices, the seller's or else the
        buyer's for trade records, if their keys are here. Payments are their debtor agent's. What is open is
        screened anew first, where lists have changed. Raises ScreeningMissing, and what the node raises.
        """
        self.rescreen()
        done = 0
        for group in _groups(files):
            self._putting.begin()
            if isinstance(group, Path):
                yield self._large.take(group, self._reading)
                done += 1
            else:
                with self._vault.together():
                    taken = [self._read(path, author) for path in group]
                outcomes = self._putting.put(taken)
                self._putting.note(taken, outcomes)
                with self._answers.together():
                    receipts, given = self._answer(taken, outcomes)
                self._vault.settle(given)
                yield from receipts
                done += len(group)
            progress(done, len(files))

    def rescreen(self) -> list[Again]:
        """Screen anew what is open of the participants here, where lists have changed; raises ScreeningMissing.

        Without the members' quorum nothing is: lists do not change there.
        """
        return [] if self._session.node.provisional else rescreen(self._session, self._vault, self._desk)

    def _read(self, path: Path, author: str | None) -> Taken:
        """Read a file, and decide for each part that the log has not yet who puts it to the union."""
        try:
            if path.stat().st_size > LARGEST_FILE:
                return _unread(path, f"The file is larger than {LARGEST_FILE} bytes. Split it.")
            data = path.read_bytes()
        except OSError as error:
            return _unread(path, f"The file cannot be read: {error.strerror}.")
        whole = self._vault.commitment(data)
        taken = Taken(path, read_document(data, self._reading(whole)), whole)
        self._putting.read(taken, author)
        if taken.speakers:
            taken.named = self._desk.named(data)
        if any(part.item is not None or part.rejection is None for part in taken.document.parts):
            self._vault.keep([Whole(whole, data, *_label(taken.document))], labels(taken))
        return taken

    def _reading(self, whole: bytes) -> Reading:
        node = self._session.node
        return Reading(
            node.charter,
            whole,
            lambda uetr: timeline.payment(node.views.sql, uetr),
            timeline.business_date(node.views.sql),
            self._answers.preferences,
        )

    def _answer(
        self, taken: Sequence[Taken], outcomes: Outcomes
    ) -> tuple[list[Receipt], list[tuple[bytes, bool]]]:
        """Answer the files of a group; return also to which an answer was given, and whether it was the last."""
        reports: tuple[str, ...]
        is_final = not self._session.node.provisional
        given: list[tuple[bytes, bool]] = []
        receipts = []
        for each in taken:
            document, reports = each.document, ()
            if document.kind not in OF_FIRMS:
                parts = [self._standing(each, part, outcomes) for part in document.parts]
                if document.kind == REPORT_REQUEST:
                    parts, reports = self._reported(each, parts)
                results = [result_of(part, found) for part, found in zip(document.parts, parts, strict=True)]
                if document.parts:
                    self._answers.give(each.whole, document.definition or document.kind, parts)
                report = self._report(each, parts)
                given.append((each.whole, is_final and is_last(parts)))
            else:
                results = [self._registered(each, part, outcomes) for part in document.parts]
                report = None
            what = str(each.path), document.kind, tuple(results), document.rejection, report
            warnings = tuple(warning for part in document.parts for warning in part.warnings)
            receipts.append(Receipt(*what, document.message_id, reports, warnings=warnings))
        return receipts, given

    def _reported(self, taken: Taken, parts: list[Standing]) -> tuple[list[Standing], tuple[str, ...]]:
        """Write the reports that a request asks for; return how each part stands then, and the files."""
        said = self._asked.answer(taken.whole, taken.document.parts, parts)
        stand = [
            found if why is None else Standing(PartStatus(found.told.references, REJECTED, why))
            for found, (_, why) in zip(parts, said, strict=True)
        ]
        return stand, tuple(str(path) for paths, _ in said for path in paths)

    def _standing(self, taken: Taken, part: Part, outcomes: Outcomes) -> Standing:
        """Say what became of a payment: what the log says, or what it was told where the log has nothing of it."""
        noted, details = taken.noted[part.number], part_of(taken.whole, part.number)
        found = standing(self._session.node.views.sql, noted, details)
        return found or Standing(PartStatus(noted.references, _STATUS.get(outcomes[details].status, PENDING)))

    def _registered(self, taken: Taken, part: Part, outcomes: Outcomes) -> Result:
        """Say what became of an obligation or a trade record."""
        rejection, commitment = taken.noted[part.number].rejection, part_of(taken.whole, part.number)
        status, sql = None, self._session.node.views.sql
        if isinstance(part.item, ObligationItem):
            status = timeline.obligation_status(sql, part.item.id, commitment)
        elif isinstance(part.item, TradeItem) and trade.is_registered(sql, part.item.id, part.item.document):
            status = "registered"
        elif isinstance(part.item, TradeItem) and compliance.open_case(sql, part.item.id) is not None:
            status = "held"
        if status is None and rejection is not None:
            return Result(part.name, "refused", rejection)
        return Result(part.name, status or outcomes[commitment].status.name.lower())

    def _report(self, taken: Taken, parts: list[Standing]) -> str | None:
        to, fault = taken.document.to, taken.document.fault
        if to is None:
            return None
        rejection = taken.document.rejection
        if fault is not None:
            parts = [Standing(PartStatus(each, REJECTED, rejection)) for each in fault.transactions]
        return str(self._answers.write(taken.whole, to, parts, rejection))


def _groups(files: Sequence[Path]) -> Iterator[list[Path] | Path]:
    """Give files that are read together, and each large one by itself."""
    group: list[Path] = []
    for path in files:
        is_large = LargeFiles.takes(path)
        if group and (is_large or len(group) == GROUP):
            yield group
            group = []
        if is_large:
            yield path
        else:
            group.append(path)
    if group:
        yield group


def _unread(path: Path, text: str) -> Taken:
    return Taken(path, Document("unread", (), Rejection("FF01", text)))


def _label(document: Document) -> tuple[bytes, bool]:
    """Return what is kept of a message beside its bytes, and whether something of it is still to be written."""
    kept = Kept(document.definition or document.kind, document.to)
    return msgspec.msgpack.encode(kept), document.to is not None or document.kind in GIVEN_ON
