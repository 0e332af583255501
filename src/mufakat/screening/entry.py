"""How a reader of lists cleans what it reads, and what it says of a file that it cannot take."""

from typing import Final

from mufakat.model.listing import Alias

MAX_BYTES: Final = 256 * 1024 * 1024
"""No list is larger; a file that is, is something else."""


class ListFaulty(Exception):
    """A file that cannot be taken as a list: what is wrong, where, and what to do."""


def squeezed(text: str | None) -> str:
    """Return text with runs of blanks and line ends as one blank."""
    return " ".join((text or "").split())


def distinct(texts: list[str]) -> tuple[str, ...]:
    """Return texts squeezed, each once, in order, without empty ones."""
    return tuple(dict.fromkeys(filter(None, map(squeezed, texts))))


def aliases(found: list[Alias]) -> tuple[Alias, ...]:
    """Return each name once, in order; one that is given as good and as weak is good."""
    kept: dict[str, Alias] = {}
    for each in found:
        text = squeezed(each.text)
        if text and (text not in kept or (kept[text].weak and not each.weak)):
            kept[text] = Alias(text, each.weak, each.original)
    return tuple(kept.values())
