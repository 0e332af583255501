"""Tables of what a member registered while it was cut off from the quorum."""

import datetime
from collections.abc import Sequence

import msgspec
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mufakat.model.outcome import Outcome, Status
from mufakat.node.island import Reconciled


class Waiting(msgspec.Struct, frozen=True):
    """A command that waits for the quorum. `at_us`: UTC microseconds."""

    number: int
    author: str
    command: str
    at_us: int
    provisional: Outcome


def waiting(rows: Sequence[Waiting]) -> Table:
    """Return a row for each command that waits."""
    table = Table(title=f"{len(rows)} provisional, no finality", box=SIMPLE_HEAD, title_justify="left")
    for heading in ("number", "author", "command", "registered (UTC)", "provisional outcome"):
        table.add_column(heading, justify="right" if heading == "number" else "left")
    for each in rows:
        at = datetime.datetime.fromtimestamp(each.at_us // 1_000_000, datetime.UTC)
        when = at.strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(each.number), each.author, each.command, when, Text(said(each.provisional)))
    return table


def reconciled(rows: Sequence[Reconciled]) -> Table:
    """Return a row for each command: what was expected, what the quorum made of it, and where it stands."""
    same = sum(row.same for row in rows)
    title = f"{len(rows)} reconciled, {same} as expected"
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
    for heading in ("author", "command", "provisional", "final", "entry"):
        table.add_column(heading, justify="right" if heading == "entry" else "left")
    for each in rows:
        style = "" if each.same else "red"
        final = Text(said(each.final), style)
        entry = "" if each.entry is None else f"{each.entry:,}"
        table.add_row(each.author, each.command, Text(said(each.provisional)), final, entry)
    return table


def said(outcome: Outcome) -> str:
    """Say an outcome in a few words: how many items became what."""
    if outcome.refusal is not None:
        return f"refused, {outcome.refusal.reason.name}"
    if not outcome.items:
        return _word(outcome.status)
    counts: dict[str, int] = {}
    for item in outcome.items:
        counts[_word(item.status)] = counts.get(_word(item.status), 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _word(status: Status) -> str:
    return status.name.lower().replace("_", " ")
