"""Tables of what a member registered while it was cut off from the quorum."""

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mufakat.model.outcome import Outcome, Status
from mufakat.model.plain import plain
from mufakat.node.island import Reconciled, Registered, without_finality


def waiting(rows: Sequence[Registered]) -> Table:
    """Return a row for each command that waits."""
    table = Table(title=f"{len(rows)} provisional, no finality", box=SIMPLE_HEAD, title_justify="left")
    for heading in ("number", "author", "command", "registered (UTC)", "provisional outcome"):
        table.add_column(heading, justify="right" if heading == "number" else "left")
    for each in rows:
        at = datetime.datetime.fromtimestamp(each.at_us // 1_000_000, datetime.UTC)
        when = at.strftime("%Y-%m-%d %H:%M:%S")
        outcome = Text(said(without_finality(each.expected)))
        table.add_row(str(each.number), each.instruction.author, _name(each), when, outcome)
    return table


def waiting_row(each: Registered) -> dict[str, Any]:
    """Return a command that waits as plain data."""
    return {
        "number": each.number,
        "author": each.instruction.author,
        "command": _name(each),
        "at_us": each.at_us,
        "provisional": plain(without_finality(each.expected)),
    }


def reconciled(rows: Sequence[Reconciled]) -> Table:
    """Return a row for each command: what was expected, what the quorum made of it, and where it stands."""
    same = sum(row.same for row in rows)
    title = f"{len(rows)} reconciled, {same} as expected"
    table = Table(title=title, box=SIMPLE_HEAD, title_justify="left")
    for heading in ("author", "command", "expected", "final", "entry"):
        table.add_column(heading, justify="right" if heading == "entry" else "left")
    for each in rows:
        final = Text(said(each.final), "" if each.same else "red")
        entry = "" if each.entry is None else f"{each.entry:,}"
        before = each.registered
        table.add_row(before.instruction.author, _name(before), Text(said(before.expected)), final, entry)
    return table


def reconciled_row(each: Reconciled) -> dict[str, Any]:
    """Return a command that was reconciled as plain data."""
    return {
        "number": each.registered.number,
        "author": each.registered.instruction.author,
        "command": _name(each.registered),
        "expected": plain(each.registered.expected),
        "final": plain(each.final),
        "entry": each.entry,
        "same": each.same,
    }


def said(outcome: Outcome) -> str:
    """Say an outcome in a few words: how many items became what."""
    if outcome.refusal is not None:
        return f"refused, {outcome.refusal.reason.name}"
    if not outcome.items and not outcome.statuses:
        return _word(outcome.status)
    counts: dict[str, int] = {}
    plain = Counter(outcome.statuses)
    plain.subtract(item.status for item in outcome.items if outcome.statuses)
    for status, count in sorted(plain.items()):
        if count:
            counts[_word(Status(status))] = count
    for item in outcome.items:
        word = _word(item.status)
        if item.refusal is not None:
            word += f", {item.refusal.reason.name}"
        counts[word] = counts.get(word, 0) + 1
    return "; ".join(f"{count} {word}" for word, count in counts.items())


def _word(status: Status) -> str:
    return status.name.lower().replace("_", " ")


def _name(each: Registered) -> str:
    return type(each.instruction.body).__name__
