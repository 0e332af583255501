"""Tables for the terminal, one function a view. Amounts are written with their currency's decimals."""

import datetime
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mufakat.audit.replay import Verdict
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.node.enactment import Enacted
from mufakat.node.intake import Receipt
from mufakat.node.keys import Held
from mufakat.projections.balance import Position
from mufakat.projections.statement import Statement
from mufakat.projections.timeline import CycleView, ObligationView, PaymentView, Step


def _grid(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    grid = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for column in columns:
        grid.add_column(column, overflow="fold")
    for column in right:
        grid.add_column(column, justify="right", no_wrap=True)
    return grid


def _money(charter: Charter, minor: int, currency: str) -> str:
    """Write an amount; a rejected payment can name a currency that nobody issues, which has no decimals."""
    issuer = charter.issuer(currency)
    return format_amount(minor, issuer.decimals if issuer is not None else 0, grouped=True)


def _moment(at_us: int) -> str:
    """Write log time for people, to the microsecond."""
    moment = datetime.datetime.fromtimestamp(at_us // 1_000_000, datetime.UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at_us % 1_000_000:06}"


def receipts(rows: Sequence[Receipt]) -> Table:
    """Sum up what became of the files: kinds and statuses, counted."""
    counts: Counter[tuple[str, str]] = Counter()
    for receipt in rows:
        if receipt.rejection is not None:
            counts[receipt.kind, "refused whole"] += 1
        counts.update((receipt.kind, each.status) for each in receipt.results)
    grid = _grid("1 file" if len(rows) == 1 else f"{len(rows):,} files", "kind", "became", right=("count",))
    for (kind, status), count in sorted(counts.items()):
        grid.add_row(kind, status, f"{count:,}")
    return grid


def positions(charter: Charter, rows: Sequence[Position]) -> Table:
    """Draw positions."""
    right = ("balance", "credit limit", "reserved", "offered", "available", "queued")
    grid = _grid("Positions", "account", right=right)
    for row in rows:
        name = row.account.removeprefix("settlement/") + (" (closed)" if row.closed else "")
        if row.kind == "issue":
            grid.add_row(f"issued {row.currency}", _money(charter, row.balance, row.currency))
            continue
        amounts = (row.balance, row.limit, row.reserved, row.offered, row.available, row.queued_amount)
        grid.add_row(name, *(_money(charter, each, row.currency) for each in amounts))
    return grid


def payments(charter: Charter, rows: Sequence[PaymentView]) -> Table:
    """Draw waiting payments."""
    columns = ("UETR", "from", "to", "currency", "value date", "status")
    title = "1 payment waits" if len(rows) == 1 else f"{len(rows):,} payments wait"
    grid = _grid(title, *columns, right=("amount",))
    for row in rows:
        amount = _money(charter, row.amount, row.currency)
        ends = (row.debtor_agent, row.creditor_agent)
        grid.add_row(row.uetr, *ends, row.currency, row.value_date, row.status, amount)
    return grid


def payment(charter: Charter, row: PaymentView, steps: Sequence[Step]) -> Table:
    """Draw one payment and its steps."""
    amount = f"{row.currency} {_money(charter, row.amount, row.currency)}"
    title = f"{row.uetr}: {amount} from {row.debtor_agent} to {row.creditor_agent}, {row.status}"
    if row.cycle is not None:
        title += f" in cycle {row.cycle}"
    if row.reason is not None:
        explained = EXPLANATIONS[Reason(row.reason)]
        title += f"\n{explained.code}: {explained.text}"
    grid = _grid(title, "status", right=("entry", "log time, UTC"))
    for step in steps:
        grid.add_row(step.status, f"{step.entry:,}", _moment(step.at_us))
    return grid


def obligations(charter: Charter, rows: Sequence[ObligationView], total: int) -> Table:
    """Draw obligations; `total` is how many there are."""
    right = ("amount", "set off", "open")
    title = f"{len(rows):,} of {total:,} obligations, oldest due first"
    grid = _grid(title, "id", "debtor", "currency", "due", "status", right=right)
    for row in rows:
        amounts = (row.amount, row.set_off, row.open)
        texts = (_money(charter, each, row.currency) for each in amounts)
        grid.add_row(Text(row.id), row.debtor, row.currency, row.due, row.status, *texts)
    return grid


def statement(charter: Charter, view: Statement) -> Table:
    """Draw a statement of account."""
    opening, closing = (_money(charter, each, view.currency) for each in (view.opening, view.closing))
    title = f"{view.account}, {view.date}: {opening} to {closing}"
    grid = _grid(title, "kind", "reference", "counterparty", right=("amount", "balance"))
    for each in view.movements:
        amounts = (_money(charter, minor, view.currency) for minor in (each.amount, each.balance))
        grid.add_row(each.kind, each.reference, each.counterparty, *amounts)
    return grid


def cycles(charter: Charter, rows: Sequence[CycleView]) -> Table:
    """Draw the currencies of a cycle."""
    number = rows[0].number if rows else 0
    right = ("set off", "netted", "moved as money", "of it swing", "items", "left out")
    grid = _grid(f"Cycle {number}", "currency", right=right)
    for row in rows:
        amounts = (row.set_off, row.netted, row.net, row.swing)
        texts = (_money(charter, each, row.currency) for each in amounts)
        grid.add_row(row.currency, *texts, str(row.items), str(row.deferred))
    return grid


def verdict(found: Verdict, path: Path) -> Text:
    """Say what a verification found, a line each."""
    rows = (
        ("union", f"{found.name}, {found.union.hex()}"),
        ("entries", f"{found.entries:,} in {found.batches:,} batches"),
        ("state root", found.state_root.hex()),
        ("tree head", found.tree_root.hex()),
        ("snapshots", f"{found.snapshots} checked"),
        *(("holds", name.replace("_", " ")) for name in found.invariants),
    )
    return Text.assemble(
        (f"{path} is whole", "bold"), *(f"\n{name:<12}{text}" for name, text in rows), overflow="fold"
    )


def keys(rows: Sequence[Held], standings: Sequence[str | None]) -> Table:
    """Draw the keys of a ring, with what the log has of each; None when there is no log to look at."""
    grid = _grid(f"{len(rows)} keys", "author", "role", "public key", "file", "on the log")
    for row, standing in zip(rows, standings, strict=True):
        state = "unusable" if row.fault else "encrypted" if row.encrypted else "NOT encrypted"
        role = f"{row.role} (next)" if row.next else row.role
        grid.add_row(row.author, role, row.public.hex(), state, standing or "")
    return grid


def enacted(rows: Sequence[Enacted]) -> Table:
    """Sum up what became of a plan, and list what waits for keys that are elsewhere."""
    counts = Counter((row.command, row.part) for row in rows)
    grid = _grid(f"{len(rows)} planned commands", "command", "became", "note", right=("count",))
    for (command, part), count in sorted(counts.items()):
        notes = {row.note for row in rows if (row.command, row.part) == (command, part) and row.note}
        grid.add_row(command, part, Text("; ".join(sorted(notes))), str(count))
    return grid
