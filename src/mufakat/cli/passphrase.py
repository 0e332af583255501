"""Where a passphrase comes from: a file that is named, or else the keyboard of a terminal."""

import getpass
import sys
from pathlib import Path
from typing import Final

from mufakat.node.keys import Passphrase, PassphraseMissing

FEWEST: Final = 12
"""Characters of a new passphrase: who has copied the files can guess at leisure."""
HOW: Final = "name a file that holds it with --passphrase-file or MUFAKAT_PASSPHRASE_FILE"


def to_open(file: Path | None) -> Passphrase:
    """Return the passphrase for keys that are there; a terminal asks when the first of them is needed."""
    if file is not None:
        return Passphrase(lambda: _of_file(file))
    return Passphrase(lambda: _typed("Passphrase of the keys: "), given=False)


def to_seal(file: Path | None) -> Passphrase:
    """Return the passphrase for keys to be sealed; a terminal asks twice."""
    # Asked at once: what is wrong with a new passphrase is said before anything is done.
    text = _of_file(file) if file is not None else _typed_twice()
    if len(text) < FEWEST:
        raise PassphraseMissing(f"a new passphrase has at least {FEWEST} characters; several words are best")
    return Passphrase(lambda: text)


def _of_file(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise PassphraseMissing(f"{file}: the passphrase file is not UTF-8 text") from None
    except OSError as error:
        raise PassphraseMissing(f"{file}: the passphrase file cannot be read: {error.strerror}") from None
    if not text or "\n" in text:
        raise PassphraseMissing(f"{file}: a passphrase file holds one line, the passphrase")
    return text


def _typed(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise PassphraseMissing(f"there is no passphrase and no terminal to ask at: {HOW}")
    text = getpass.getpass(prompt)
    if not text:
        raise PassphraseMissing("no passphrase was typed")
    return text


def _typed_twice() -> str:
    text = _typed("New passphrase for the keys: ")
    if _typed("Again: ") != text:
        raise PassphraseMissing("the two passphrases differ; nothing was changed")
    return text
