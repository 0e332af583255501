"""Files as they are named on the command line: each, and of a folder all that is in it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mufakat.cli.terminal import USAGE, Failed


def all_of(paths: Sequence[Path]) -> list[Path]:
    """Return files as they are named, and of a folder all that is in it, in order; hidden ones only by name.

    Raises Failed (wrong usage) when one is not there, or nothing is.
    """
    found = [each for path in paths for each in _inside(path)]
    if not found:
        raise Failed(f"{paths[0]}: the folder holds no file", USAGE)
    return found


def _inside(path: Path) -> Iterator[Path]:
    if path.is_dir():
        inside = (each for each in path.rglob("*") if each.is_file() and not _is_hidden(each, path))
        yield from sorted(inside)
    elif path.exists():
        yield path
    else:
        raise Failed(f"{path}: there is no such file or folder", USAGE)


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)
