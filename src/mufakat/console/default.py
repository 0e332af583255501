"""Tables of coverage, defaults and their losses on the terminal, and the page of a rehearsal."""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from markupsafe import Markup
from rich.table import Table
from rich.text import Text

from mufakat.console.grid import headed
from mufakat.model.basket import UNIT_DECIMALS
from mufakat.model.charter import Charter
from mufakat.model.default import UNIT, Coverage
from mufakat.model.money import format_amount
from mufakat.node.rehearsal import WHOLE_BP, Rehearsal, Sum
from mufakat.projections.default import CallView, CoverageView, DefaultView, LossView

_grid: Final = functools.partial(
    headed, right=frozenset(("exposure", "resources", "left uncovered", "amount", "left", "entry", "step"))
)
TIERS: Final = {
    "funds": "the party's own funds",
    "own": "its own pledge",
    "sponsor": "its member's pledge",
    "survivor": "a surviving member's pledge",
    None: "back to the line",
}
"""Who pays, in the charter's order."""
Money = Callable[[str, int], str]

_STYLE: Final = Markup("""
:root { --paper: #fcfbf8; --ink: #1d2733; --soft: #7b8794; --loss: #b4552d; --held: #2f7d6b; --line: #e3dfd6; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e8e6e1; --soft: #8a95a1; --loss: #e08a5f; --held: #5fbfa6; --line: #2c333b; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
.bar { display: flex; height: 1.4rem; margin: .6rem 0; border-radius: .2rem; overflow: hidden; }
.bar i { background: var(--held); border-right: 1px solid var(--paper); }
.bar b { background: var(--loss); flex: 1; }
""")


def money_of(charter: Charter) -> Money:
    """Return what writes an amount in minor units of a currency for people."""
    decimals: dict[str, int] = {member.currency: member.decimals for member in charter.members}
    decimals[UNIT] = UNIT_DECIMALS
    return lambda currency, amount: format_amount(amount, decimals[currency], grouped=True)


def coverage(charter: Charter, rows: Iterable[Coverage | CoverageView]) -> Table:
    """Return a row for each currency, now and stressed, of the one or two members that would cost the most."""
    table = _grid("currency", "cover", "default of", "exposure", "at", "resources", "left uncovered", "")
    money, seen = money_of(charter), list[tuple[str, bool]]()
    for each in rows:
        seen.append((each.currency, each.stressed))
        table.add_row(
            each.currency,
            str(seen.count(seen[-1])),
            " and ".join(each.parties),
            money(each.currency, each.exposure),
            "the lines' limits" if each.stressed else "what is drawn",
            money(each.currency, each.resources),
            money(each.currency, each.short),
            Text("short", style="red") if each.short else Text("covered", style="green"),
        )
    return table


def defaults(rows: Iterable[DefaultView]) -> Table:
    """Return a row for each default."""
    table = _grid("default", "party", "cause", "declared", "deferred until", "ended", "entry")
    for each in rows:
        cause = each.cause.replace("_", " ")
        ends = each.deferred or "", each.ended or "open"
        table.add_row(str(each.number), each.party, cause, each.date, *ends, f"{each.entry:,}")
    return table


def losses(charter: Charter, calls: Iterable[CallView], rows: Iterable[LossView]) -> Table:
    """Return what survivors could be called for, then each step in which a loss was borne or paid back."""
    table = _grid("date", "step", "by or to", "account", "currency", "amount", "entry")
    money = money_of(charter)
    for call in calls:
        most = f"at most {money(call.currency, call.cap)}"
        table.add_row(
            call.date, "called", TIERS["survivor"], call.member, call.currency, most, f"{call.entry:,}"
        )
    for row in rows:
        account = row.payer if row.step == "covered" else row.payee
        amount = money(row.currency, row.amount)
        table.add_row(row.date, row.step, TIERS[row.tier], account, row.currency, amount, f"{row.entry:,}")
    return table


def steps(charter: Charter, told: Rehearsal) -> Table:
    """Return a row for each payment of a rehearsed loss, in the order of the procedure."""
    table = _grid("step", "who pays", "from", "currency", "amount", "left")
    money = money_of(charter)
    for number, each in enumerate(told.payments, start=1):
        amounts = money(each.currency, each.amount), money(each.currency, each.left)
        table.add_row(str(number), TIERS[each.tier], each.payer, each.currency, *amounts)
    return table


def facts(charter: Charter, told: Rehearsal) -> list[str]:
    """Say in sentences what a default would bring, beside what is paid."""
    money, rules = money_of(charter), told.procedure
    key = "what each had coming from the party" if rules.by_exposure else "what each pledged"
    out = "Nothing that is not final is taken out: what was entered runs off with the party's own funds."
    if rules.unwind:
        out = f"{told.rejected} payments that are not final end; {told.left_out} obligations are out of the cycles."
    return [
        f"{told.party} stops: from then on nothing new is taken from it or entered to it.",
        f"{out} {told.released} payments of others settle in their place.",
        f"Survivors share by {key}, each up to {_per_cent(rules.cap_bp, WHOLE_BP)} % of its pledge.",
        *(
            f"{each.member} can be called for {money(each.currency, each.cap)} {each.currency} at most."
            for each in told.calls
        ),
        *(
            f"{money(each.currency, each.amount)} {each.currency} is borne by nobody yet and stays on the line."
            for each in told.rest
        ),
        *([] if told.owed else ["It owes no advance: there is no loss to share."]),
    ]


def page(charter: Charter, told: Rehearsal) -> str:
    """Return a rehearsal as a page that needs no other file."""
    said = Markup("").join(Markup("<p>{}</p>").format(fact) for fact in facts(charter, told))
    return Markup(
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<title>Rehearsal of a default: {party}</title><style>{style}</style>\n"
        "<h1>If {party} could not pay</h1>"
        '<p class="soft">{union}, {date}. A rehearsal on a copy: nothing was said to the union, nothing has '
        "changed.</p>{facts}\n{losses}\n<h2>Coverage before</h2>{before}<h2>Coverage after</h2>{after}\n</html>\n"
    ).format(
        party=told.party,
        style=_STYLE,
        union=charter.name,
        date=told.date,
        facts=said,
        losses=Markup("\n").join(_loss(charter, told, each) for each in told.owed),
        before=_coverage(charter, told.before),
        after=_coverage(charter, told.after),
    )


def _loss(charter: Charter, told: Rehearsal, owed: Sum) -> Markup:
    money, whole = money_of(charter), owed.amount
    paid = [each for each in told.payments if each.currency == owed.currency]
    bar = [
        Markup('<i style="width:{}%" title="{}: {}"></i>').format(
            _per_cent(each.amount, whole), each.payer, money(each.currency, each.amount)
        )
        for each in paid
    ]
    rows = [
        (
            *(TIERS[each.tier], each.payer),
            *(
                money(each.currency, each.amount),
                _per_cent(each.amount, whole),
                money(each.currency, each.left),
            ),
        )
        for each in paid
    ]
    return Markup(
        '<section><h2>{owed} {currency} advanced and not paid back</h2><div class="bar">{bar}<b></b></div>'
        "{rows}</section>"
    ).format(
        currency=owed.currency,
        owed=money(owed.currency, whole),
        bar=Markup("").join(bar),
        rows=_rows(("who pays", "from", "amount", "% of the loss", "left"), rows),
    )


def _per_cent(part: int, whole: int) -> str:
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _coverage(charter: Charter, rows: Iterable[Coverage]) -> Markup:
    money = money_of(charter)
    cells = [
        (
            f"{each.currency}, {'at the limits' if each.stressed else 'drawn'}",
            " and ".join(each.parties),
            money(each.currency, each.exposure),
            money(each.currency, each.resources),
            f"short by {money(each.currency, each.short)}" if each.short else "covered",
        )
        for each in rows
    ]
    return _rows(("currency", "default of", "exposure", "resources", ""), cells)


def _rows(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    head = Markup("").join(Markup("<th>{}</th>").format(each) for each in headings)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(each) for each in row))
        for row in rows
    )
    return Markup("<table><tr>{}</tr>{}</table>").format(head, body)
