"""Where a journal ends, and how batches are put after it: as bytes to write, before anything is written."""

from collections.abc import Sequence
from typing import Final

import msgspec

from mufakat.journal import frame, layout
from mufakat.journal.frame import LARGE, ZERO, Batch, Row
from mufakat.journal.layout import BLOCK, HASH_BYTES, Header, Slot
from mufakat.model.merkle import Frontier

_MOST_ZEROS: Final = bytes(128)
"""So many zeros within an entry, and a whole sector of it could be taken for one that was never written."""
_PADDING: Final = bytes(BLOCK)


class Tip:
    """The end of a journal: the last batch, chain, right edge of the tree, and where the next batch begins.

    `skips`: (height, offset) of the last batch, of the one that its `skip` names, and so on.
    """

    __slots__ = ("batch", "chain", "end", "frontier", "offset", "skips")

    def __init__(self) -> None:
        self.batch = Batch(-1, 0, 0, Frontier().root(), ZERO, ZERO)
        self.chain = ZERO
        self.offset, self.end = 0, layout.START
        self.frontier: Frontier = Frontier()
        self.skips: list[tuple[int, int]] = []

    def copy(self) -> "Tip":
        """Return another tip of the same journal."""
        other = Tip.__new__(Tip)
        other.batch, other.chain, other.offset, other.end = self.batch, self.chain, self.offset, self.end
        other.frontier, other.skips = self.frontier.copy(), self.skips.copy()
        return other

    @property
    def slot(self) -> Slot:
        """What a head slot says of it."""
        batch = self.batch
        return Slot(batch.height, batch.entries, self.offset, self.end, self.chain, batch.seal)

    def move_to(self, header: Header, frontier: Frontier) -> None:
        """Take a batch as the last one; `frontier` is the tree with it."""
        height = header.batch.height
        while self.skips and self.skips[-1][0] > height & (height - 1):
            self.skips.pop()
        self.skips.append((height, header.offset))
        self.batch, self.chain, self.frontier = header.batch, header.chain, frontier
        self.offset, self.end = header.offset, header.end


class Draft:
    """Batches on their way after a tip: `parts` are to be written where the tip ends, and `tip` is the new end.

    `is_thin`: whether a sector of them may be so empty that it could be taken for one that was never written.
    """

    def __init__(self, after: Tip, salt: bytes, durable: int) -> None:
        self.tip: Final = after.copy()
        self.parts: Final[list[bytes]] = []
        self.is_thin = False
        self._salt: Final = salt
        self._durable: Final = durable

    def add(self, rows: Sequence[Row], leaves: Sequence[bytes], state_root: bytes, block: int) -> None:
        """Put a batch after the last one; `leaves` are the leaf hashes of `rows`, or of the first of them.

        Raises struct.error or OverflowError for a number, ValueError for a state root, that no journal can hold.
        """
        if not rows or len(state_root) != HASH_BYTES:
            raise ValueError("a batch has entries and a state root of 32 bytes")
        tip = self.tip
        first, link, frontier = tip.frontier.size, tip.chain, tip.frontier
        framed: list[bytes] = []
        hashes: list[bytes] = []
        for at, row in enumerate(rows):
            pieces = frame.parts(first + at, row)
            framed += pieces
            leaf = leaves[at] if at < len(leaves) else frame.leaf(pieces)
            link = frame.chain(link, leaf)
            hashes += frontier.append(leaf)
        height = tip.batch.height + 1
        bare = Batch(height, first, len(rows), frontier.root(), state_root, b"", block)
        sealed = tip.batch.seal
        header = Header(
            tip.end,
            tip.offset,
            next((offset for each, offset in reversed(tip.skips) if each <= height & (height - 1)), 0),
            self._durable,
            sum(map(len, framed)),
            msgspec.structs.replace(bare, seal=frame.seal(sealed, bare, link)),
            link,
            sealed,
        )
        self._put(header, hashes, framed)
        tip.move_to(header, frontier)

    def _put(self, header: Header, hashes: list[bytes], framed: list[bytes]) -> None:
        packed = layout.packed_header(header, self._salt)
        check = packed[8 : 8 + HASH_BYTES]
        empty = header.claimed - len(packed) - HASH_BYTES * (len(hashes) + 1) - header.length
        after = header.end - header.offset - header.claimed
        small = [packed, *hashes]
        for part in framed:
            if len(part) < LARGE:
                small.append(part)
                continue
            self._take(b"".join(small))
            self._take(part)
            small = []
        self._take(b"".join(small))
        self.parts.append(_PADDING[:empty] + check + _PADDING[:after])

    def _take(self, part: bytes) -> None:
        self.is_thin = self.is_thin or _MOST_ZEROS in part
        self.parts.append(part)
