"""Answers to messages, made at any time from what is durable, the log's views and the vault.

A part that the log has is what the log says it is. What the log has not is refused with what the vault notes; where
neither says anything it is still under way. So the same answer can be written again, or later when the first time
was broken off; its file is named after the message and what is said of it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.document import Answered, Rejection
from mufakat.gateway.outbound import IN_PROCESS, PENDING, WRITERS, Noted, report_id
from mufakat.node.access import UnionNode
from mufakat.node.home import write_whole
from mufakat.node.standing import Standing, standing
from mufakat.vault.details import Vault, part_of

Progress = Callable[[int, int], None]
"""Called with files written and files in all."""


class Answers:
    """The answers of one node."""

    def __init__(self, node: UnionNode, vault: Vault, out: Path) -> None:
        self._node: Final = node
        self._vault: Final = vault
        self._out: Final = out

    def write(
        self, whole: bytes, to: Answered, parts: Sequence[Standing], rejection: Rejection | None = None
    ) -> Path:
        """Write an answer; `rejection` when the message was refused whole. One that is there stays as it is."""
        path = self._file(whole, to, parts, rejection)
        if not path.exists():
            at_us = max((each.since_us for each in parts), default=0) or self._node.now_us()
            told = [each.told for each in parts]
            write_whole(path, WRITERS[to.kind](to, told, at_us, rejection))
        return path

    def write_missing(self, progress: Progress = lambda done, of: None) -> int:
        """Write each answer that was broken off, and the last one where all payments ended; return how many."""
        due: list[tuple[bytes, Answered, list[Standing]]] = []
        settled: list[tuple[bytes, bool]] = []
        for owed in self._vault.owed():
            to = self._addressee(owed.whole)
            parts = [] if to is None else self._standings(owed.whole)
            if to is None:
                settled.append((owed.whole, True))
            elif parts and (is_last(parts) or not owed.answered):
                settled.append((owed.whole, is_last(parts)))
                if not self._file(owed.whole, to, parts).exists():
                    due.append((owed.whole, to, parts))
        for number, (whole, to, parts) in enumerate(due, start=1):
            self.write(whole, to, parts)
            progress(number, len(due))
        self._vault.settle(settled)
        return len(due)

    def _file(
        self, whole: bytes, to: Answered, parts: Sequence[Standing], rejection: Rejection | None = None
    ) -> Path:
        says = report_id(to, [each.told for each in parts], rejection)[2:14].lower()
        return self._out / to.kind / f"{to.agent or 'unknown'}-{whole.hex()[:16]}-{says}.xml"

    def _addressee(self, whole: bytes) -> Answered | None:
        kept = self._vault.whole(whole)
        return None if kept is None else msgspec.msgpack.decode(kept.label, type=Answered | None)

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
    return all(each.told.status not in (PENDING, IN_PROCESS) for each in parts)
