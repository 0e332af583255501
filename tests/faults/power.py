"""A disk that can fail: SQLite's own file system layer with what a power cut or a bad sector does, in Python.

`PowerDisk` keeps for each file what is surely on the disk (as of the last sync) and the writes since. Before and
after each sync it can say what a power cut would leave: nothing, all, or any part of the unsynced writes.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Self

import apsw

SECTOR = 512


class Durable:
    """One file: its bytes as of the last sync, None before the first, and what was done to it since."""

    def __init__(self, content: bytes | None) -> None:
        self.synced = content
        self.since: list[tuple[int, bytes | None]] = []  # (offset, bytes) written, or (size, None) cut

    def after_a_cut(self, keep: Callable[[], bool]) -> bytes | None:
        if self.synced is None and not (self.since and keep()):
            return None  # the name of a new file is on the disk once it was synced
        image = bytearray(self.synced or b"")
        for at, data in self.since:
            if data is None:
                if keep():
                    del image[at:]
                continue
            for start in range(0, len(data), SECTOR):
                if keep():
                    part = data[start : start + SECTOR]
                    image.extend(bytes(max(0, at + start + len(part) - len(image))))
                    image[at + start : at + start + len(part)] = part
        return bytes(image)

    def sync(self) -> None:
        self.synced, self.since = self.after_a_cut(lambda: True) or b"", []


class PowerDisk(apsw.VFS):
    """The disk of every journal opened within `with PowerDisk(...)`.

    `at_sync` is called before and after each sync; a sync whose number is `failing` is refused with EIO.
    """

    def __init__(self, name: str, at_sync: Callable[["PowerDisk"], None] = lambda disk: None) -> None:
        self.name, self.at_sync = name, at_sync
        self.files: dict[str, Durable] = {}
        self.syncs = 0
        self.failing: Callable[[int], bool] = lambda number: False
        super().__init__(name, "unix", makedefault=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.unregister()

    def xOpen(self, name, flags):  # noqa: N802 - SQLite's name
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path not in self.files:
            there = Path(path)
            self.files[path] = Durable(there.read_bytes() if there.exists() else None)
        return _File(self, path, name, flags)

    def xDelete(self, path, sync_folder):  # noqa: N802
        super().xDelete(path, sync_folder)
        self.files.pop(path, None)

    def leave(self, folder: Path, keep: Callable[[], bool]) -> None:
        """Write into `folder` what a power cut now would leave."""
        for path, file in self.files.items():
            image = file.after_a_cut(keep)
            if image is not None:
                (folder / Path(path).name).write_bytes(image)


class _File(apsw.VFSFile):
    def __init__(self, disk, path, name, flags):
        self.disk, self.file = disk, disk.files[path]
        super().__init__("unix", name, flags)

    def xWrite(self, data, offset):  # noqa: N802
        super().xWrite(data, offset)
        self.file.since.append((offset, bytes(data)))

    def xTruncate(self, size):  # noqa: N802
        super().xTruncate(size)
        self.file.since.append((size, None))

    def xSync(self, flags):  # noqa: N802
        self.disk.syncs += 1
        if self.disk.failing(self.disk.syncs):
            failure = apsw.IOError("the disk does not answer")
            failure.extendedresult = apsw.SQLITE_IOERR_FSYNC
            raise failure
        self.disk.at_sync(self.disk)
        super().xSync(flags)
        self.file.sync()
        self.disk.at_sync(self.disk)


def keeping(chance: random.Random, share: float) -> Callable[[], bool]:
    """Keep a share of what was not synced: 0 drops all, 1 keeps all."""
    return lambda: chance.random() < share
