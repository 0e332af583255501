"""The log in open formats, for whoever wants to recompute it with tools of their own."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from mufakat.journal.durable import write_whole
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Genesis
from mufakat.model.plain import plain
from mufakat.model.record import told
from mufakat.node.access import UnionNode

Progress = Callable[[int, int], None]
"""Called with entries written and entries in all."""
_NAMED: Final = "SELECT uetr, {table}.* FROM {table} JOIN payment ON arrival = payment ORDER BY {table}.rowid"
_QUERIES: Final = {
    "movement": "SELECT * FROM movement ORDER BY number",
    "payment": "SELECT * FROM payment ORDER BY arrival",
    "payment_terms": _NAMED.format(table="payment_terms"),
    "part": _NAMED.format(table="part"),
}
"""How to read what is no table that says all there is to say in the order of its rows."""
_TABLES: Final = (
    *("participant", "firm", "account", "movement", "payment", "obligation", "cycle", "day"),
    *("proposal", "ballot", "law", "standing"),
    *("payment_terms", "part", "payment_limit", "bypass", "resolution"),
    *("certified", "certificate", "cycle_item", "cycle_signature"),
    *("quote", "exchange", "fill"),
    *("trade_record", "trade_line", "trade_proof"),
)


def export_to(node: UnionNode, folder: Path, progress: Progress = lambda done, of: None) -> dict[str, int]:
    """Write entries.jsonl and a CSV of each view; return rows by file name. Each file is whole or absent."""
    written: dict[str, int] = {}
    lines = []
    for entry in node.log():
        lines.append(json.dumps(_entry(entry.seq, entry.at_us, entry.command, entry.outcome)))
        progress(len(lines), node.entries)
    write_whole(folder / "entries.jsonl", ("\n".join(lines) + "\n").encode())
    written["entries.jsonl"] = len(lines)
    for table in _TABLES:
        query = _QUERIES.get(table, f"SELECT * FROM {table} ORDER BY rowid")  # noqa: S608 - a fixed list
        cursor = node.views.sql.execute(query)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column[0] for column in cursor.description])
        rows = [[each.hex() if isinstance(each, bytes) else each for each in row] for row in cursor]
        writer.writerows(rows)
        write_whole(folder / f"{table}.csv", text.getvalue().encode())
        written[f"{table}.csv"] = len(rows)
    return written


def _entry(seq: int, at_us: int, command: bytes, outcome: bytes) -> dict[str, Any]:
    """Say one entry with its fields named, and its exact bytes beside it."""
    said = msgspec.msgpack.decode(command, type=Genesis) if seq == 0 else c.decode(command)
    body = said.instruction.body if isinstance(said, c.SignedCommand) else None
    return {
        "seq": seq,
        "at_us": at_us,
        "kind": _kind(said),
        "command": plain(said),
        "outcome": plain(told(body, outcomes.decode(outcome))),
        "command_bytes": command.hex(),
        "outcome_bytes": outcome.hex(),
    }


def _kind(said: Genesis | c.SignedCommand | None) -> str | None:
    body = said.instruction.body if isinstance(said, c.SignedCommand) else said
    return None if body is None else type(body).__name__
