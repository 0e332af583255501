"""Where the texts of a message stand, told by its tags alone, and learnt once for the messages that have the same.

Two well-formed texts with the same tags, attributes among them, have the same tree and differ in their texts only.
So what was looked for in the tree of one is found in the next by a pattern: its tags as they stand, and between
them what holds no `<`. A bank's messages have few layouts. What has another layout is looked for in its tree.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar
from xml.sax.saxutils import unescape

from mufakat.messages.schema import Element

_MOST: Final = 4
"""Layouts that are kept, the last one used first."""
_PAUSE: Final = 100
"""Texts without a known layout between two that are learnt: to learn one takes as long as to look at so many."""
_LARGEST: Final = 1_000
"""Tags of a layout that is learnt."""
_TAG: Final = re.compile("<[^>]*>")
_BETWEEN: Final = "[^<]*"
_WANTED: Final = "([^<]+)"
_QUOTES: Final = {"&quot;": '"', "&apos;": "'"}
_ABSENT: Final = -1
NOWHERE: Final = -1
"""The place of what cannot be found by its tags."""
Form = TypeVar("Form")
Texts = tuple[str | None, ...]


class Layout(Generic[Form]):
    """Tags that are known: what was made of their tree, and how the texts that were looked for are picked.

    `within`: layouts of the parts that follow these tags.
    """

    def __init__(self, form: Form, pattern: str, picked: Sequence[int]) -> None:
        self.form: Final = form
        self.match: Final = re.compile(pattern).match
        self.pick: Final[Callable[[Texts], Texts]] = itemgetter(*picked)
        self.within: Final[Known[Any]] = Known()


class Known(Generic[Form]):
    """The layouts of one kind of part."""

    def __init__(self) -> None:
        self._kept: tuple[Layout[Form], ...] = ()
        self._missed = _PAUSE

    def find(self, text: str, begin: int, worth: int = 1) -> tuple[Layout[Form], Texts, int] | None:
        """Return the layout of what begins at a place, its texts, and where it ends; None when it is not known.

        `worth`: how many parts are looked at in the tree for want of it; after enough of them the layout is learnt.
        """
        if begin == NOWHERE:
            return None
        for number, layout in enumerate(self._kept):
            found = layout.match(text, begin)
            if found is not None:
                if number:
                    self._kept = layout, *(each for each in self._kept if each is not layout)
                return layout, layout.pick((*found.groups(), None)), found.end()
        self._missed += worth
        return None

    def learn(
        self,
        text: str,
        begin: int,
        tags: int,
        of: tuple[Form, Sequence[Element], Sequence[Element | None]],
    ) -> int:
        """Learn the layout of so many tags from a place on, now and then; return where they end, or `NOWHERE`.

        `of`: what is made of their tree, the elements that they begin, in order, and those whose texts are wanted.
        """
        form, elements, wanted = of
        if begin == NOWHERE:
            return NOWHERE
        found = list(itertools.islice(_TAG.finditer(text, begin), tags))
        named = [each.group() for each in found]
        if not _are_plain(text[begin : found[-1].end()], named, elements):
            return NOWHERE
        if self._missed >= _PAUSE and tags <= _LARGEST:
            self._missed = 0
            self._kept = _layout(form, named, elements, wanted), *self._kept[: _MOST - 1]
        return text.find("<", found[-1].end())


def _layout(
    form: Form, tags: Sequence[str], elements: Sequence[Element], wanted: Sequence[Element | None]
) -> Layout[Form]:
    begun, captured, parts = iter(elements), [], [_BETWEEN]
    for tag in tags:
        element = None if tag.startswith("</") else next(begun)
        is_wanted = element is not None and element in wanted
        captured += [element] if is_wanted else []
        parts += re.escape(tag), _WANTED if is_wanted else _BETWEEN
    picked = [_ABSENT if each is None else captured.index(each) for each in wanted]
    return Layout(form, "".join(parts), picked)


def _are_plain(text: str, tags: Sequence[str], elements: Sequence[Element]) -> bool:
    """Tell whether tags begin the elements, each with an end of its own, and nothing else has angle brackets."""
    if text.count(">") != len(tags) or any(
        tag.startswith(("<!", "<?")) or tag.endswith("/>") for tag in tags
    ):
        return False
    names = [tag[1:-1].split(None, 1)[0].rpartition(":")[2] for tag in tags if not tag.startswith("</")]
    return names == [each.tag.rpartition("}")[2] for each in elements]


def laid_out(text: bytes) -> str | None:
    """Return a well-formed text (UTF-8) in which layouts can be looked for, None where it is not plain enough.

    A carriage return is another character in the tree, and so is what is written by its number.
    """
    if not text or b"\r" in text or (b"&" in text and b"&#" in text):
        return None
    return text.decode()


def unescaped(texts: Texts) -> Texts:
    """Return texts as the tree has them."""
    return tuple([each if each is None or "&" not in each else unescape(each, _QUOTES) for each in texts])


def texts_of(elements: Sequence[Element | None]) -> Texts:
    """Return the texts of elements, None for what is absent."""
    return tuple([None if each is None else each.text for each in elements])
