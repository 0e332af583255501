"""Tables of proposals, votes, rules in force and members' standing on the terminal."""

import functools
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from rich.table import Table
from rich.text import Text

from mufakat.console.grid import headed
from mufakat.model.charter import Charter
from mufakat.model.refusal import Reason
from mufakat.projections.rules import BallotView, LawView, ProposalView, StandingView

_grid: Final = functools.partial(headed, right=frozenset({"proposal", "entry", "height"}))
_FOUNDING: Final = "0001-01-01"
"""The business date before the first day opens."""


def proposals(rows: Sequence[ProposalView]) -> Table:
    """Return a row for each proposal."""
    table = _grid("proposal", "by", "change", "class", "opened", "status", "takes effect", "entry")
    for each in rows:
        change = Text(f"{each.kind} {_brief(each.change)}")
        status = each.status if each.reason is None else f"{each.status}, {Reason(each.reason).name}"
        cells = (each.rule_class, each.opened, status, each.effect or "", f"{each.entry:,}")
        table.add_row(str(each.number), each.member, change, *cells)
    return table


def ballots(rows: Sequence[BallotView]) -> Table:
    """Return a row for each vote, with the entry that carries the member's signature."""
    table = _grid("member", "vote", "entry", "height")
    for each in rows:
        vote = "in favour" if each.in_favour else "against"
        table.add_row(each.member, vote, f"{each.entry:,}", f"{each.height:,}")
    return table


def numbers(charter: Charter) -> Table:
    """Return the charter's rules in numbers, as they are in force."""
    table = _grid("rule", "in force")
    for name, value in _flat("", charter.rules):
        table.add_row(name, Text(value))
    return table


def _flat(prefix: str, part: msgspec.Struct) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name in part.__struct_fields__:
        value: Any = getattr(part, name)
        if isinstance(value, msgspec.Struct):
            rows += _flat(f"{prefix}{name}.", value)
        elif isinstance(value, tuple):
            rows.append((prefix + name, ", ".join(str(each) for each in value)))
        else:
            rows.append((prefix + name, f"{value:,}" if isinstance(value, int) else str(value)))
    return rows


def laws(rows: Sequence[LawView]) -> Table:
    """Return a row for each rule that was voted on: version, hash of its text, and the vote."""
    table = _grid("rule", "version", "since", "text (SHA-256)", "proposal", "votes", "entry")
    for each in rows:
        votes = ", ".join(str(member) for member, _ in msgspec.json.decode(each.votes))
        digest = f"{each.text.hex()[:16]}…"
        cells = (str(each.proposal), f"{votes} ({each.needed} needed)", f"{each.entry:,}")
        table.add_row(each.name, str(each.version), _since(each.since), digest, *cells)
    return table


def standings(rows: Sequence[StandingView]) -> Table:
    """Return a row for each change of a member's standing."""
    table = _grid("member", "standing", "since", "entry")
    for each in rows:
        table.add_row(each.member, each.standing, _since(each.since), f"{each.entry:,}")
    return table


def _since(date: str) -> str:
    return "founding" if date == _FOUNDING else date


def _brief(change: str) -> str:
    decoded = msgspec.json.decode(change)
    parts = decoded.items() if isinstance(decoded, dict) else enumerate(decoded)
    text = " ".join(f"{name}={value}" for name, value in parts if name != "kind")
    return text if len(text) <= 60 else f"{text[:57]}…"
