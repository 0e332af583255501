"""A firm's statement of set-off for people: tables for a terminal, and a page that needs no other file."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mufakat.console.grid import money
from mufakat.model.charter import Charter
from mufakat.projections.firm import CycleOfFirm, FirmStatement
from mufakat.projections.setoff import AcrossView, ClearedView, TermsView

Row = tuple[str, ...]

_AMOUNTS = ("amount", "open")
_STYLE = Markup("""
:root { --paper: #fcfbf8; --ink: #1d2733; --soft: #7b8794; --line: #e3dfd6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e8e6e1; --soft: #8a95a1; --line: #2c333b; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.soft { color: var(--soft); } div { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
td.right, th.right { text-align: right; font-variant-numeric: tabular-nums; }
""")


class _Part:
    """A part of the statement: title, sentences, and a table."""

    def __init__(self, title: str, sentences: list[str], columns: Row = (), rows: Sequence[Row] = ()) -> None:
        self.title, self.sentences, self.columns, self.rows = title, sentences, columns, rows


def told(charter: Charter, statement: FirmStatement) -> Iterator[Table | Text]:
    """Give the statement for a terminal, part by part."""
    for part in _parts(charter, statement):
        yield Text(part.title, style="bold")
        for sentence in part.sentences:
            yield Text(sentence)
        if part.rows:
            grid = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
            for column in part.columns:
                grid.add_column(column, overflow="fold", justify="right" if column in _AMOUNTS else "left")
            for row in part.rows:
                grid.add_row(*(escape(cell) for cell in row))
            yield grid


def page(charter: Charter, statement: FirmStatement) -> str:
    """Return the statement as one page of HTML."""
    parts = Markup("\n").join(_section(part) for part in _parts(charter, statement))
    return Markup(
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>Statement of set-off</title><style>{}</style>\n<h1>Statement of set-off</h1>"
        '<p class="soft">Firm {}, {}, as of {}.</p>\n{}\n</html>\n'
    ).format(_STYLE, statement.firm, charter.name, statement.date, parts)


def ranking(name: str, currency: str, prices: list[tuple[str, int]], of: int) -> Table:
    """Rank who is to be lent one more unit of credit by what it would free; the first of `of`."""
    made = Table(
        title=f"{name}: one more unit of credit in {currency} frees", title_justify="left", box=SIMPLE_HEAD
    )
    made.add_column(name.removesuffix("s"))
    made.add_column("units of debt", justify="right")
    for each, freed in prices:
        made.add_row(each, f"{freed:,}")
    if of > len(prices):
        made.caption = f"the first {len(prices)} of {of:,}; --json has all"
    return made


def _section(part: _Part) -> Markup:
    def row(of: Row, cell: Markup, amount: Markup) -> Markup:
        made = (
            (amount if column in _AMOUNTS else cell).format(each)
            for column, each in zip(part.columns, of, strict=True)
        )
        return Markup("<tr>{}</tr>").format(Markup("").join(made))

    head = row(part.columns, Markup("<th>{}</th>"), Markup('<th class="right">{}</th>'))
    cells = (Markup("<td>{}</td>"), Markup('<td class="right">{}</td>'))
    sentences = Markup("").join(Markup("<p>{}</p>").format(each) for each in part.sentences)
    rows = Markup("").join(row(each, *cells) for each in part.rows)
    table = Markup("<div><table>{}{}</table></div>").format(head, rows)
    return Markup("<section><h2>{}</h2>{}{}</section>").format(
        part.title, sentences, table if part.rows else Markup("")
    )


def _parts(charter: Charter, statement: FirmStatement) -> Iterator[_Part]:
    yield _Part("What the firm asks for", _asked(charter, statement.terms))
    for each in statement.cycles:
        yield _cycle(charter, each, statement.across)
    for said in statement.across:
        if said.omitted:
            yield _Part(
                f"Cycle {said.cycle}, {said.date}, across currencies",
                [f"Nothing was set off across {', '.join(said.omitted)}: no fixing of it was in force."],
            )
    if not statement.cycles:
        yield _Part("Set off", ["No cycle has set anything of this firm off."])
    rows = [
        (
            *(left.obligation.id, "owes" if left.owes else "is owed"),
            left.obligation.creditor if left.owes else left.obligation.debtor,
            *(left.obligation.due, left.obligation.currency),
            *(money(charter, left.obligation.open, left.obligation.currency), left.why.value),
        )
        for left in statement.left
    ]
    columns = ("obligation", "the firm", "other firm", "due", "currency", "open", "why")
    yield _Part("Still open", [] if rows else ["Nothing is open."], columns, rows)


def _cycle(charter: Charter, cycle: CycleOfFirm, across: tuple[AcrossView, ...]) -> _Part:
    title = f"Cycle {cycle.cycle}, {cycle.date}, {cycle.currency or 'across currencies'}"
    if cycle.currency:
        total = money(charter, sum(each.amount for each in cycle.debts), cycle.currency)
        rows = [
            (each.debt, each.claim, cycle.currency, money(charter, each.amount, cycle.currency))
            for each in cycle.matches
        ]
        sentence = (
            f"{total} {cycle.currency} of what the firm owed was paid with as much of what it was owed."
        )
        return _Part(title, [sentence], ("what it owed", "paid with", "currency", "amount"), rows)
    (fixed,) = (each for each in across if each.cycle == cycle.cycle and each.prices)
    prices = ", ".join(f"{price} for {currency}" for currency, price in fixed.prices.items())
    given, paid = _points(cycle.claims, fixed), _points(cycle.debts, fixed)
    sentences = [
        "What the firm owed and was owed was set off at the fixings in force.",
        f"Points to a minor unit: {prices}. {paid:,} points of debts were paid with {given:,} points of claims.",
    ]
    rows = [
        (each.obligation, side, each.currency, money(charter, each.amount, each.currency))
        for side, of in (("owed", cycle.debts), ("was owed", cycle.claims))
        for each in of
    ]
    return _Part(title, sentences, ("obligation", "the firm", "currency", "amount"), rows)


def _points(rows: tuple[ClearedView, ...], fixed: AcrossView) -> int:
    return sum(each.amount * fixed.prices[each.currency] for each in rows)


def _asked(charter: Charter, terms: tuple[TermsView, ...]) -> list[str]:
    return [_sentence(charter, each) for each in terms] or [
        "Nothing: all may be set off, in its own currency."
    ]


def _sentence(charter: Charter, terms: TermsView) -> str:
    said = []
    if terms.least_residual:
        said.append(
            f"of each debt or claim {money(charter, terms.least_residual, terms.currency)} is left to pay"
        )
    if terms.most is not None:
        said.append(
            f"at most {money(charter, terms.most, terms.currency)} of its debts is set off in a cycle"
        )
    if terms.not_with:
        said.append(f"nothing with {', '.join(terms.not_with)}")
    said.append(f"{'also' if terms.across else 'not'} across currencies")
    return f"{terms.currency}, since {terms.since}: {'; '.join(said)}."
