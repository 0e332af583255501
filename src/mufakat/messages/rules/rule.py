"""A rule and what it finds.

A rule has an identifier that never changes, the ISO 20022 external status reason code under which a rejection
for it is sent, the messages that it speaks of, and where it comes from. Its check is a pure function of one
opened message: it yields the element that is to blame, and says in words what is wrong and what to do.
"""

import enum
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from mufakat.messages.fault import told
from mufakat.messages.rules.reading import Message
from mufakat.messages.schema import Element

Blame = tuple[Element, str]
"""The element to blame, and what is wrong with it and what to do."""
Check = Callable[[Message], Iterator[Blame]]
Scope = tuple[tuple[str, int], ...]
"""Messages such as `pacs.008`, each with the first version that a rule speaks of."""

IDENTIFIER: Final = r"MUF-[A-Z0-9]+-[0-9]{2}"


class Severity(enum.StrEnum):
    """An error makes a file invalid; a warning is advice of the rule's source."""

    ERROR = "error"
    WARNING = "warning"


class Leads(enum.StrEnum):
    """What a breach leads to when the message is put to the union."""

    REJECT = "reject"
    HOLD = "hold"
    WARN = "warn"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `scope`: messages such as `pacs.008`, each with the first version it speaks of; empty: all.

    `check` is None for what is found while a file is opened. `leads`: what a breach leads to at the union's door,
    None for a rule that is not looked at there; `is_open`: a participant may choose otherwise for its own messages.
    """

    id: str
    title: str
    code: str
    source: str
    check: Check | None = None
    scope: Scope = ()
    severity: Severity = Severity.ERROR
    leads: Leads | None = None
    is_open: bool = False

    def speaks_of(self, message: Message) -> bool:
        """Tell whether this rule speaks of a message."""
        first = dict(self.scope).get(message.kind)
        return not self.scope or (first is not None and message.version >= first)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found: 1-based `line`, None when no line is to blame; `path` is an XPath or a column."""

    rule: str
    severity: Severity
    code: str
    line: int | None
    path: str
    text: str

    def place(self, file: str) -> str:
        """Return `file:line: path: rule (code): text`, without the parts that are not known."""
        where = file if self.line is None else f"{file}:{self.line}"
        kind = "warning, " if self.severity is Severity.WARNING else ""
        named = f"{kind}{self.rule} ({self.code})"
        return ": ".join(part for part in (where, self.path, named, self.text) if part)


def found(rule: Rule, message: Message) -> Iterator[Finding]:
    """Yield what one rule finds in a message; nothing when it does not speak of it."""
    if rule.check is None or not rule.speaks_of(message):
        return
    for element, text in rule.check(message):
        yield Finding(
            rule=rule.id,
            severity=rule.severity,
            code=rule.code,
            line=element.sourceline,
            path=message.places.path(element),
            text=told(text),
        )
