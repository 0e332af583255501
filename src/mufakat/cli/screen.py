"""The command screen: names of a CSV held against sanctions lists. No union is needed."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from mufakat.cli.terminal import AsJson, Failed, app, err, flush, out, progress, settings
from mufakat.kernels.names import WHOLE
from mufakat.screening import asked
from mufakat.screening.asked import Asked
from mufakat.screening.entry import ListFaulty
from mufakat.screening.listing import Listing
from mufakat.screening.loading import load
from mufakat.screening.score import THRESHOLD
from mufakat.screening.screener import Answer, Match, Screener

_TOLD_EVERY: Final = 50
_ROWS: Final = 1_000
_SHOWN: Final = 400


@app.command("screen")
def screen(
    names: Annotated[
        Path,
        typer.Argument(
            metavar="NAMES.csv", help=f"A CSV with a heading; columns {', '.join(asked.COLUMNS)}."
        ),
    ],
    listings: Annotated[
        list[Path],
        typer.Option(
            "--list",
            help="A list: UN XML, OFAC sdn.csv or cons_prim.csv (its other files beside it), EU XML or CSV, "
            "or an own CSV; may be given again.",
        ),
    ],
    threshold: Annotated[
        float, typer.Option("--threshold", min=0.3, max=1, help="Scores from here on are hits.")
    ] = THRESHOLD / WHOLE,
    as_json: AsJson = False,
) -> None:
    """Screen names against sanctions lists: hits, scores, entries and why; exit 0 with hits or without."""
    try:
        rows = asked.count(names)
        lists = [load(path) for path in listings]
    except ListFaulty as error:
        raise Failed(str(error)) from None
    if len({each.name for each in lists}) < len(lists):
        raise Failed("the same list is given twice. Leave the older one out")
    with progress() as tell:
        tell("lists indexed", 0, 1)
        screener = Screener(lists, round(threshold * WHOLE))
        tell("lists indexed", 1, 1)
        for text in (text for each in lists for text in each.told):
            err.print(text, style="yellow", markup=False, highlight=False)
        answers = _answers(screener, names, rows, tell)
        (_write_json if as_json else _write_tables)(lists, threshold, answers)


def _answers(
    screener: Screener, names: Path, rows: int, tell: Callable[[str, int, int], None]
) -> Iterator[tuple[Asked, Answer]]:
    for number, row in enumerate(asked.read(names), 1):
        yield row, screener.screen(row.name, row.known)
        if number % _TOLD_EVERY == 0 or number == rows:
            tell("names screened", number, rows)


def _write_json(lists: list[Listing], threshold: float, answers: Iterator[tuple[Asked, Answer]]) -> None:
    """Write one document as it comes: it may be larger than the memory."""
    about = [_about(each) for each in lists]
    settings.told = True
    sys.stdout.write(f'{{"lists": {_json(about)}, "threshold": {threshold}, "results": [')
    hits = rows = 0
    for row, answer in answers:
        sys.stdout.write((", " if rows else "") + _json(_plain(row, answer)))
        hits, rows = hits + answer.hit, rows + 1
    sys.stdout.write(f'], "names": {rows}, "hits": {hits}}}\n')
    flush()


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)


def _about(each: Listing) -> dict[str, object]:
    dated = None if each.dated is None else each.dated.isoformat()
    return {
        "list": each.name,
        "version": each.version,
        "dated": dated,
        "entries": len(each.entries),
        "told": list(each.told),
    }


def _plain(row: Asked, answer: Answer) -> dict[str, object]:
    """Give a result: the best entry by itself, for who reads one, and all that reach the threshold."""
    best = answer.matches[0] if answer.matches else None
    return {
        "line": row.line,
        "name": row.name,
        "hit": answer.hit,
        "score": answer.score / WHOLE,
        "entry": None if best is None else _entry(best),
        "why": "no listed name has a word near to one of this name" if best is None else said(best),
        "matches": [_match(each) for each in answer.matches],
    }


def _entry(match: Match) -> dict[str, object]:
    entry = match.entry
    return {
        "list": match.listing.name,
        "version": match.listing.version,
        "id": entry.id,
        "reference": entry.reference,
        "name": entry.name,
        "type": entry.kind.value,
        "programme": entry.programme,
    }


def _match(match: Match) -> dict[str, object]:
    why = match.why
    pairs = (
        []
        if why is None
        else [{**msgspec.to_builtins(each), "near": each.near / WHOLE} for each in why.pairs]
    )
    return {
        "score": match.score / WHOLE,
        "name_score": None if why is None else why.score / WHOLE,
        "entry": _entry(match),
        "matched_name": None if why is None else why.listed,
        "weak": match.weak,
        "why": said(match),
        "pairs": pairs,
        "corroboration": [{**msgspec.to_builtins(each), "keeps": each.keeps / WHOLE} for each in match.parts],
    }


def said(match: Match) -> str:
    """Say in one line why an entry may be meant: the names, then each part of the step after it."""
    parts = [
        f"{each.what} {'agrees' if each.agrees else 'does not agree'} ({each.asked}; {each.listed})"
        if each.what != "weak alias"
        else "a weak alias, which only corroborates"
        for each in match.parts
    ]
    names = "the identifier alone" if match.why is None else str(match.why)
    return "; ".join([names, *parts])


def _write_tables(lists: list[Listing], threshold: float, answers: Iterator[tuple[Asked, Answer]]) -> None:
    """Print hits in tables of so many rows: what is printed need not be kept."""
    hits = rows = 0
    table = _table()
    for row, answer in answers:
        rows += 1
        if not answer.hit:
            continue
        hits += 1
        for match in answer.matches:
            cells = (
                row.name,
                f"{match.score / WHOLE:.3f}",
                match.listing.name,
                match.entry.id,
                match.entry.name,
            )
            table.add_row(str(row.line), *(Text(_short(each)) for each in (*cells, said(match))))
        if table.row_count >= _ROWS:
            out.print(table)
            table = _table()
    if table.row_count:
        out.print(table)
    listed = ", ".join(f"{each.name} ({len(each.entries):,} entries, {each.version[:12]})" for each in lists)
    out.print(
        f"{rows:,} names against {listed}: {hits:,} with a hit from {threshold:g} on.",
        markup=False,
        highlight=False,
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _table() -> Table:
    made = Table(title="Hits")
    for name in ("line", "name", "score", "list", "id", "entry", "why"):
        made.add_column(name, justify="right" if name in {"line", "score"} else "left", overflow="fold")
    return made
