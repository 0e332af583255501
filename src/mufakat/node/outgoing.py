"""What leaves a node: a document with its header, in an envelope, as its receiver wants it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

from mufakat.gateway.outbound import iso_time
from mufakat.gateway.practice import CLEARING_SYSTEM
from mufakat.gateway.preference import EVERYBODY, Preferences
from mufakat.journal.durable import Together, sweep, together
from mufakat.messages.header import Speaker, enveloped
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.projections.certificate import sponsors
from mufakat.projections.dialect import Sql


class Outgoing:
    """The folder in which a node leaves messages, one file for each, named after its receiver."""

    def __init__(
        self, sql: Sql, charter: Callable[[], Charter], out: Path, preferences: Preferences = EVERYBODY
    ) -> None:
        """`sql` are the node's views, `charter` gives the one in force."""
        self._sql: Final = sql
        self._charter: Final = charter
        self._out: Final = out
        self.preferences: Final = preferences
        self._sponsors: dict[str, str] = {}
        self._files: Together | None = None

    @contextmanager
    def together(self) -> Iterator[Together]:
        """Make what is written meanwhile durable, and seen, at the end; within another one, with that one's."""
        if self._files is not None:
            yield self._files
            return
        with together() as files:
            self._files = files
            try:
                yield files
            finally:
                self._files = None

    def is_there(self, path: Path) -> bool:
        """Tell whether a file was written."""
        with self.together() as files:
            return files.is_there(path)

    def sweep(self) -> None:
        """Remove what was broken off."""
        sweep(self._out)

    def path(self, kind: str, receiver: str | None, name: str) -> Path:
        """Name the file of a message after its receiver's BIC, of 11 characters, where that is known."""
        known = identifier.bic(receiver or "") or receiver or "unknown"
        return self._out / kind / f"{known}-{name}.xml"

    def speaker(self, receiver: str | None, currency: str | None = None) -> Speaker:
        """Say who speaks for the union to a bank.

        Of what was settled in a currency its issuer speaks, else the member that sponsors the bank, or the first.
        """
        bic = (receiver or "").ljust(11, "X")
        if bic not in self._sponsors:
            self._sponsors = sponsors(self._sql)
        charter = self._charter()
        issuer = None if currency is None else charter.issuer(currency)
        member = issuer or charter.member(self._sponsors.get(bic, "")) or charter.members[0]
        return Speaker(member.id, member.bic, CLEARING_SYSTEM)

    def write(
        self,
        path: Path,
        document: Iterable[bytes],
        speaker: Speaker,
        receiver: str | None,
        definition: str,
        message_id: str,
        at_us: int,
    ) -> None:
        """Write a document of `definition`, in pieces, with a header where its receiver is known by a BIC.

        A transfer that covers another is known by its first piece.
        """
        left = iter(document)
        first = next(left)
        document = chain([first], left)
        if receiver is not None and identifier.bic(receiver) is not None:
            preference = self.preferences.of(receiver)
            document = enveloped(
                document,
                message_id=message_id,
                created=iso_time(at_us),
                definition=definition,
                speaker=speaker,
                receiver=receiver,
                service=preference.service(cover=_COVERED in first),
                head=preference.definition("head.001"),
            )
        with self.together() as files, files.file(path) as file:
            file.writelines(document)


_COVERED: Final = b"UndrlygCstmrCdtTrf>"
"""What makes a pacs.009 a cover payment."""
