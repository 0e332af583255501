"""Answers to messages, made at any time from what is durable, the log's views and the vault.

A part that the log has is what the log says it is. What the log has not is refused with what the vault notes; where
neither says anything it is still under way. So the same answer can be written again, or later when the first time
was broken off; its file is named after the message and what is said of it. Before a message is answered, what of it
goes on to other banks is given on: of a message that is answered for good nothing is left to do.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.document import Answered, Rejection
from mufakat.gateway.outbound import WRITERS, Answer, Noted, report_id
from mufakat.gateway.preference import EVERYBODY, Preferences
from mufakat.node.access import UnionNode
from mufakat.node.giving import Giving
from mufakat.node.outgoing import Outgoing
from mufakat.node.standing import Spool, Standing, Told, standing
from mufakat.vault.details import Vault, part_of

Progress = Callable[[int, int], None]
"""Called with files written and files in all."""


class Kept(msgspec.Struct, frozen=True):
    """What the vault keeps of a message beside its bytes: its definition or kind, and who is to be answered."""

    definition: str
    to: Answered | None


class Answers:
    """The answers of one node."""

    def __init__(
        self, node: UnionNode, vault: Vault, out: Path, preferences: Preferences = EVERYBODY
    ) -> None:
        self._node: Final = node
        self._vault: Final = vault
        self._outgoing: Final = Outgoing(node.views.sql, lambda: node.charter, out, preferences)
        self._giving: Final = Giving(node, vault, self._outgoing)

    @property
    def outgoing(self) -> Outgoing:
        """The folder in which they are left."""
        return self._outgoing

    @property
    def preferences(self) -> Preferences:
        """What participants chose of the messages that they get."""
        return self._outgoing.preferences

    def together(self) -> AbstractContextManager[None]:
        """Make answers, and what is given on, durable together at the end: what is noted of them comes after."""
        return self._giving.together()

    def write(
        self, whole: bytes, to: Answered, parts: Collection[Standing], rejection: Rejection | None = None
    ) -> Path:
        """Write an answer; `rejection` when the message was refused whole. One that is there stays as it is."""
        path = self._file(whole, to, parts, rejection)
        if not self._outgoing.is_there(path):
            at_us = max((each.since_us for each in parts), default=0) or self._node.now_us()
            told = Told(parts)
            definition = self.preferences.of(to.agent).definition(to.kind)
            speaker = self._outgoing.speaker(to.agent)
            document = WRITERS[to.kind](Answer(to, told, at_us, rejection, speaker, definition))
            name = report_id(to, told, rejection)
            self._outgoing.write(path, document, speaker, to.agent, definition, name, at_us)
        return path

    def give(self, whole: bytes, definition: str, parts: Collection[Standing]) -> int:
        """Give on what of a message goes on as it stands, and was not given on before; return how many parts."""
        return self._giving.give(whole, definition, parts)

    def write_missing(self, progress: Progress = lambda done, of: None) -> int:
        """Write each answer that was broken off, and the last one where all payments ended; return how many.

        What goes on to other banks is given on, where it was not.
        """
        self._outgoing.sweep()
        with self.together():
            settled, count = self._write_missing(progress)
        self._vault.settle(settled)
        return count

    def _write_missing(self, progress: Progress) -> tuple[list[tuple[bytes, bool]], int]:
        """Write them; return to which messages an answer was given, whether it was the last, and how many."""
        due: list[tuple[bytes, Answered, Spool]] = []
        settled: list[tuple[bytes, bool]] = []
        for owed in self._vault.owed():
            kept = self._kept(owed.whole)
            if kept is None:
                settled.append((owed.whole, True))
                continue
            parts = self.standings(owed.whole)
            if parts is None:
                continue
            self.give(owed.whole, kept.definition, parts)
            if is_last(parts) or not owed.answered:
                settled.append((owed.whole, is_last(parts)))
                if kept.to is not None and not self._outgoing.is_there(
                    self._file(owed.whole, kept.to, parts)
                ):
                    due.append((owed.whole, kept.to, parts))
        for number, (whole, to, parts) in enumerate(due, start=1):
            self.write(whole, to, parts)
            progress(number, len(due))
        return settled, len(due)

    def _file(
        self, whole: bytes, to: Answered, parts: Collection[Standing], rejection: Rejection | None = None
    ) -> Path:
        says = report_id(to, Told(parts), rejection)[2:14].lower()
        return self._outgoing.path(to.kind, to.agent, f"{whole.hex()[:16]}-{says}")

    def _kept(self, whole: bytes) -> Kept | None:
        label = self._vault.label(whole)
        return None if label is None else msgspec.msgpack.decode(label, type=Kept)

    def standings(self, whole: bytes) -> Spool | None:
        """Return what became of each part of a message; None while that of one of them is not known."""
        sql = self._node.views.sql
        noted = (
            (each.number, msgspec.msgpack.decode(each.label, type=Noted)) for each in self._vault.parts(whole)
        )
        try:
            found = Spool(_known(standing(sql, each, part_of(whole, number))) for number, each in noted)
        except _Unknown:
            return None
        return found if len(found) else None


class _Unknown(Exception):
    """Nobody knows yet what became of a part."""


def _known(found: Standing | None) -> Standing:
    if found is None:
        raise _Unknown
    return found


def is_last(parts: Collection[Standing]) -> bool:
    """Tell whether no other answer will follow the one that says this."""
    return all(each.is_last for each in parts)
