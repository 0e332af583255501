"""Texts on the log: one line of what can be seen, in any script.

What can be seen is listed here and not asked of the program's Unicode tables: two versions of Python would decide
differently.
"""

import re
from typing import Final

_UNSEEN: Final = (
    "\0-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ufe00-\ufe0f\ufeff\ufff0-\uffff\U000e0000-\U000e0fff"
)
"""What cannot be seen, or turns the order of what can: no text on the log has it."""
_TEXT: Final = re.compile(f"[^ {_UNSEEN}]([^{_UNSEEN}]{{0,68}}[^ {_UNSEEN}])?")


def is_text(text: str) -> bool:
    """Tell whether the log may say a text: 1 to 70 characters that can be seen, no blank at an end."""
    return _TEXT.fullmatch(text) is not None
