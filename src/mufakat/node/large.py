"""Large files in: a pacs.008 or pacs.009 that is read, put to the union and answered some transactions at a time.

A file is read twice. First all of it is checked, and kept in the vault in one transaction with what is noted of
each part: a fault anywhere refuses the whole, and nothing is kept or put to the union. Then what the vault has is
read again, and its transactions are put to the union in groups. After a stop in between the file is taken again:
what the log has is not put again. So a group of transactions is in memory, and of each 16 bytes and a number.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from mufakat.gateway.document import Answered, Document, Part, Reading, Rejection
from mufakat.gateway.large import read_documents
from mufakat.gateway.outbound import PENDING, Noted, PartStatus
from mufakat.messages.pieces import is_large
from mufakat.node.answer import Answers, Kept, is_last
from mufakat.node.desk import Desk
from mufakat.node.putting import Putting, Taken, labels
from mufakat.node.receipt import Receipt, Result, result_of
from mufakat.node.session import Session
from mufakat.node.standing import Spool, Standing, standing
from mufakat.vault.details import Part as VaultPart
from mufakat.vault.details import Vault, part_of

LARGEST: Final = 512 * 1024 * 1024
"""Bytes of a large file; the vault takes twice as many."""
_MOST_REFUSED: Final = 1_000
"""Refused parts that a receipt names."""


class _Refused(Exception):
    """The file is refused whole, as `document` says."""

    def __init__(self, document: Document) -> None:
        self.document: Final = document


class LargeFiles:
    """Large files of one machine, put to the union through its node."""

    def __init__(self, session: Session, vault: Vault, way: tuple[Putting, Desk], answers: Answers) -> None:
        """Take files through the node of `session`; `way`: by what they are put and screened."""
        self._session: Final = session
        self._vault: Final = vault
        self._putting, self._desk = way
        self._answers: Final = answers

    @staticmethod
    def takes(path: Path) -> bool:
        """Tell whether a file is taken as a large one; one that cannot be read is not."""
        try:
            with path.open("rb") as file:
                return is_large(file)
        except OSError:
            return False

    def take(self, path: Path, reading_of: Callable[[bytes], Reading]) -> Receipt:
        """Take a file; `reading_of` says what a message is read against, by the commitment to it.

        Raises what the node raises, and ValueError when the file is changed meanwhile.
        """
        size = path.stat().st_size
        if size > LARGEST:
            return _unread(path, f"The file has {size} bytes, more than the {LARGEST} taken. Split it.")
        if self._session.node.provisional:
            return _unread(
                path, "Without the members' quorum no large file is taken. Split it, or send it later."
            )
        with path.open("rb") as source:
            whole = self._vault.commitment_of(source)
            reading = reading_of(whole)
            try:
                first = self._keep(path, source, reading)
            except _Refused as refused:
                return self._refuse(path, whole, refused.document)
        self._put(path, reading)
        return self._answer(path, whole, first)

    def _keep(self, path: Path, source: BinaryIO, reading: Reading) -> Document:
        """Check a file and keep it, with what is noted of each part; return what is the same of all its parts."""
        seen: list[Document] = []
        count = 0

        def parts() -> Iterator[VaultPart]:
            nonlocal count
            for document in read_documents(source, reading):
                if document.rejection is not None:
                    raise _Refused(document)
                if not seen:
                    seen.append(msgspec.structs.replace(document, parts=()))
                taken = Taken(path, document, reading.whole)
                self._putting.read(taken, None)
                count += len(document.parts)
                yield from labels(taken)

        def label() -> bytes:
            seen[0] = _counted(seen[0], count)
            return msgspec.msgpack.encode(Kept(seen[0].definition, seen[0].to))

        self._vault.keep_large(reading.whole, source, parts(), label)
        return seen[0]

    def _put(self, path: Path, reading: Reading) -> None:
        """Put to the union what the log has not yet, a group after the other."""
        whole = reading.whole
        with self._vault.message(whole) as message, self._vault.message(whole) as again:
            named = self._desk.named_in_large(again)
            for document in read_documents(message, reading):
                assert document.rejection is None, "it was found good before it was kept"
                taken = Taken(path, document, whole, named=next(named, {}))
                self._putting.read(taken, None)
                self._putting.note([taken], self._putting.put([taken]))

    def _answer(self, path: Path, whole: bytes, document: Document) -> Receipt:
        assert document.to is not None, "what is taken is answered"
        became: Counter[str] = Counter()
        refused: list[Result] = []
        parts = Spool(self._standings(whole, became, refused))
        with self._answers.together():
            self._answers.give(whole, document.definition, parts)
            report = self._answers.write(whole, document.to, parts)
        self._vault.settle([(whole, is_last(parts))])
        return Receipt(
            str(path),
            document.kind,
            tuple(refused),
            report=str(report),
            message_id=document.message_id,
            counts=dict(became),
        )

    def _standings(self, whole: bytes, became: Counter[str], refused: list[Result]) -> Iterator[Standing]:
        """Give how each part stands; count what they became, and name those that were refused."""
        sql = self._session.node.views.sql
        for kept in self._vault.parts(whole):
            noted = msgspec.msgpack.decode(kept.label, type=Noted)
            found = standing(sql, noted, part_of(whole, kept.number))
            found = found or Standing(PartStatus(noted.references, PENDING))
            name = noted.references.uetr or noted.references.end_to_end_id or ""
            result = result_of(Part(kept.number, name, noted.references, None, None), found)
            became[result.status] += 1
            if result.status == "refused" and len(refused) < _MOST_REFUSED:
                refused.append(result)
            yield found

    def _refuse(self, path: Path, whole: bytes, document: Document) -> Receipt:
        report = None
        if document.to is not None:
            report = str(self._answers.write(whole, document.to, (), document.rejection))
        rejection, name = document.rejection, document.message_id
        return Receipt(str(path), document.kind, (), rejection, report, name)


def _counted(document: Document, count: int) -> Document:
    """Say in a document's answer how many transactions its message has."""
    assert document.to is not None, "credit transfers are answered"
    original = msgspec.structs.replace(document.to.original, transactions=count)
    to = Answered(original, document.to.agent, document.to.kind)
    return msgspec.structs.replace(document, to=to)


def _unread(path: Path, text: str) -> Receipt:
    return Receipt(str(path), "unread", (), Rejection("FF01", text))
