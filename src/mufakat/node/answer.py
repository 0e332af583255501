"""Answers to messages, made at any time from what is durable, the log's views and the vault.

A part that the log has is what the log says it is. What the log has not is refused with what the vault notes; where
neither says anything it is still under way. So the same answer can be written again, or later when the first time
was broken off; its file is named after the message and what is said of it. Before a message is answered, what of it
goes on to other banks is given on: of a message that is answered for good nothing is left to do.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.document import Answered, Rejection
from mufakat.gateway.outbound import WRITERS, Answer, Noted, report_id
from mufakat.gateway.preference import EVERYBODY, Preferences
from mufakat.node.access import UnionNode
from mufakat.node.giving import Giving
from mufakat.node.outgoing import Outgoing
from mufakat.node.standing import Standing, standing
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

    def write(
        self, whole: bytes, to: Answered, parts: Sequence[Standing], rejection: Rejection | None = None
    ) -> Path:
        """Write an answer; `rejection` when the message was refused whole. One that is there stays as it is."""
        path = self._file(whole, to, parts, rejection)
        if not path.exists():
            at_us = max((each.since_us for each in parts), default=0) or self._node.now_us()
            told = [each.told for each in parts]
            definition = self.preferences.of(to.agent).definition(to.kind)
            speaker = self._outgoing.speaker(to.agent)
            document = WRITERS[to.kind](Answer(to, told, at_us, rejection, speaker, definition))
            name = report_id(to, told, rejection)
            self._outgoing.write(path, document, speaker, to.agent, definition, name, at_us)
        return path

    def give(self, whole: bytes, definition: str, parts: Sequence[Standing]) -> int:
        """Give on what of a message goes on as it stands, and was not given on before; return how many parts."""
        return self._giving.give(whole, definition, parts)

    def write_missing(self, progress: Progress = lambda done, of: None) -> int:
        """Write each answer that was broken off, and the last one where all payments ended; return how many.

        What goes on to other banks is given on, where it was not.
        """
        due: list[tuple[bytes, Answered, list[Standing]]] = []
        settled: list[tuple[bytes, bool]] = []
        for owed in self._vault.owed():
            kept = self._kept(owed.whole)
            if kept is None:
                settled.append((owed.whole, True))
                continue
            parts = self._standings(owed.whole)
            if not parts:
                continue
            self.give(owed.whole, kept.definition, parts)
            if is_last(parts) or not owed.answered:
                settled.append((owed.whole, is_last(parts)))
                if kept.to is not None and not self._file(owed.whole, kept.to, parts).exists():
                    due.append((owed.whole, kept.to, parts))
        for number, (whole, to, parts) in enumerate(due, start=1):
            self.write(whole, to, parts)
            progress(number, len(due))
        self._vault.settle(settled)
        return len(due)

    def _file(
        self, whole: bytes, to: Answered, parts: Sequence[Standing], rejection: Rejection | None = None
    ) -> Path:
        says = report_id(to, [each.told for each in parts], rejection)[2:14].lower()
        return self._outgoing.path(to.kind, to.agent, f"{whole.hex()[:16]}-{says}")

    def _kept(self, whole: bytes) -> Kept | None:
        kept = self._vault.whole(whole)
        return None if kept is None else msgspec.msgpack.decode(kept.label, type=Kept)

    def _standings(self, whole: bytes) -> list[Standing]:
        """Return what became of each part; nothing while that of one of them is not known."""
        found: list[Standing] = []
        for part in self._vault.parts(whole):
            noted = msgspec.msgpack.decode(part.label, type=Noted)
            each = standing(self._node.views.sql, noted, part_of(whole, part.number))
            if each is None:
                return []
            found.append(each)
        return found


def is_last(parts: Sequence[Standing]) -> bool:
    """Tell whether no other answer will follow the one that says this."""
    return all(each.is_last for each in parts)
