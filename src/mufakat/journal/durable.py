"""Files that are whole and durable: under their name stands all of what was written, or what was there before.

A file is written under a name of its own that begins with a dot, made durable, then renamed, and its folder made
durable. Of several files each step is done for all before the next one: a folder is made durable once, and syncs of
files that the system can do in one go are asked for at the same time.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Final

_PARTIAL: Final = re.compile(r"\..+\.([0-9]+)")
"""The name of a file that was not ended: the one that it would have, and the process."""
_MOST: Final = 1_000
"""Files that wait for each other at most."""
_AT_ONCE: Final = 8


class Together:
    """Files of one process that are seen, and durable, together."""

    def __init__(self) -> None:
        self._partial: Final[dict[Path, Path]] = {}
        self._folders: Final[dict[Path, Path]] = {}
        """Folders to be made durable, each with a file for which."""

    @contextlib.contextmanager
    def file(self, path: Path) -> Iterator[BinaryIO]:
        """Give a file to write to, which is seen at `path` when all are; nothing of it when its writer gives it up.

        An OSError of writing names `path`.
        """
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                yield file
        except BaseException as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            if isinstance(error, OSError) and error.filename in {None, str(partial)}:
                raise OSError(error.errno, error.strerror, str(path)) from error
            raise
        self._partial[path] = partial
        if len(self._partial) >= _MOST:
            self.settle()

    def is_there(self, path: Path) -> bool:
        """Tell whether a file is there or among these; one that is there is durable with them."""
        if path in self._partial:
            return True
        if path.exists():
            self._folders.setdefault(path.parent, path)
            return True
        return False

    def settle(self) -> None:
        """Make durable and seen what was written until now. An OSError names a file."""
        if len(self._partial) > 1:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(_settle, self._partial.values(), self._partial))
        else:
            for path, partial in self._partial.items():
                _settle(partial, path)
        for path, partial in list(self._partial.items()):
            with _naming(path):
                partial.replace(path)
            del self._partial[path]
            self._folders.setdefault(path.parent, path)
        for folder, path in list(self._folders.items()):
            with _naming(path):
                settle_folder(folder)
            del self._folders[folder]

    def discard(self) -> None:
        """Leave nothing of what is not seen yet."""
        for partial in self._partial.values():
            with contextlib.suppress(OSError):
                partial.unlink()
        self._partial.clear()


@contextlib.contextmanager
def together() -> Iterator[Together]:
    """Give files to be written, which are seen and durable at the end; what failed leaves nothing half written."""
    files = Together()
    try:
        yield files
        files.settle()
    finally:
        files.discard()


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that a reader sees at `path` when all is written and durable, or never.

    An OSError of writing names `path`.
    """
    with together() as files, files.file(path) as file:
        yield file


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing, durably; an OSError names it."""
    with written_whole(path) as file:
        file.write(data)


def sweep(folder: Path) -> None:
    """Remove, in a folder and those below, what other processes, that are no more, or this one have not ended."""
    for partial in folder.rglob(".*"):
        found = _PARTIAL.fullmatch(partial.name)
        if found is not None and not _is_alive(int(found.group(1))):
            partial.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    """Tell whether another process is alive; one that had the number of this one is not."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def settle_folder(folder: Path) -> None:
    """Make new names in a folder durable."""
    _sync(folder)


def _settle(partial: Path, path: Path) -> None:
    with _naming(path):
        _sync(partial)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
