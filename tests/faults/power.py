"""A disk in memory that can fail: what a power cut leaves of it, and syncs and writes that are refused.

`PowerDisk` knows what is surely there, as of the last sync, and the writes since. A power cut leaves any part of
those: whole sectors of each, in any order, or, where sectors are not written as a whole, any bytes.
"""

import errno
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from mufakat.journal.log import Journal

SECTOR = 512
Keep = Callable[[], bool]


class PowerDisk:
    """One file, with the calls of `journal.disk.Disk`. `made` are all that were opened or made, by path."""

    made: ClassVar[dict[Path, "PowerDisk"]] = {}
    at_sync: ClassVar[Callable[["PowerDisk"], None]] = staticmethod(lambda disk: None)
    """Called before and after each sync."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.content = bytearray()
        if not new:
            self.content += path.read_bytes()
        self.synced = bytes(self.content)
        self.since: list[tuple[int, bytes | None]] = []  # (offset, bytes) written, or (length, None) cut
        self.syncs = 0
        self.failing: Callable[[int], bool] = lambda number: False
        self.room = 1 << 40
        PowerDisk.made[path] = self

    def size(self) -> int:
        return len(self.content)

    def read(self, at: int, length: int) -> bytes:
        return bytes(self.content[at : at + length])

    def write(self, at: int, parts, ahead: int = 0) -> int:
        whole = b"".join(parts)
        fitting = whole + bytes(ahead)
        if at + len(fitting) > len(self.content):
            fitting = fitting[: max(0, self.room - at)]
        self.content.extend(bytes(max(0, at + len(fitting) - len(self.content))))
        self.content[at : at + len(fitting)] = fitting
        self.since.append((at, fitting))
        if len(fitting) < len(whole):
            raise OSError(errno.ENOSPC, "No space left on device")
        return at + len(fitting)

    def cut(self, length: int) -> None:
        del self.content[length:]
        self.since.append((length, None))

    def sync(self) -> None:
        self.syncs += 1
        if self.failing(self.syncs):
            raise OSError(errno.EIO, "Input/output error")
        type(self).at_sync(self)
        self.synced, self.since = bytes(self.content), []
        type(self).at_sync(self)

    def close(self) -> None:
        pass

    def after_a_cut(self, keep: Keep, *, torn: random.Random | None = None) -> bytes:
        """Return what a power cut leaves; `torn`: sectors that are written can come out with any bytes changed."""
        image = bytearray(self.synced)
        for at, data in self.since:
            if data is None:
                if keep():
                    del image[at:]
                continue
            for start in range(0, len(data), SECTOR):
                if not keep():
                    continue
                part = bytearray(data[start : start + SECTOR])
                if torn is not None and torn.random() < 0.2:
                    begin = torn.randrange(len(part))
                    part[begin:] = torn.randbytes(len(part) - begin)
                image.extend(bytes(max(0, at + start + len(part) - len(image))))
                image[at + start : at + start + len(part)] = part
        return bytes(image)


def keeping(chance: random.Random, share: float) -> Keep:
    """Keep a share of what was not synced: 0 drops all, 1 keeps all."""
    return lambda: chance.random() < share


def keeping_first(sectors: int) -> Keep:
    """Keep the first so many sectors and no more: a short write."""
    left = iter(range(sectors))
    return lambda: next(left, None) is not None


@contextmanager
def power(at_sync: Callable[[PowerDisk], None] = lambda disk: None) -> Iterator[None]:
    """Let every journal lie on disks of this kind meanwhile."""
    before, PowerDisk.at_sync = Journal.disk, staticmethod(at_sync)
    Journal.disk = PowerDisk  # type: ignore[assignment]
    try:
        yield
    finally:
        Journal.disk = before
        PowerDisk.made.clear()
