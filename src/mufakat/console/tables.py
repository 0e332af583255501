"""Tables for the terminal, one function a view. Amounts are written with their currency's decimals."""

import datetime
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from mufakat.audit.replay import Verdict
from mufakat.console.grid import money, titled
from mufakat.model.charter import Charter
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.node.enactment import Enacted
from mufakat.node.keys import Held
from mufakat.node.receipt import Receipt
from mufakat.projections.balance import Holding, Position
from mufakat.projections.statement import Period, Statement
from mufakat.projections.timeline import CycleView, ObligationView, PaymentView, Step


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
        for status, count in receipt.became().items():
            counts[receipt.kind, status] += count
    grid = titled("1 file" if len(rows) == 1 else f"{len(rows):,} files", "kind", "became", right=("count",))
    for (kind, status), count in sorted(counts.items()):
        grid.add_row(kind, status, f"{count:,}")
    return grid


def positions(charter: Charter, rows: Sequence[Position]) -> Table:
    """Draw positions."""
    right = ("balance", "credit limit", "reserved", "offered", "available", "queued")
    grid = titled("Positions", "account", right=right)
    for row in rows:
        name = row.account.removeprefix("settlement/") + (" (closed)" if row.closed else "")
        if row.kind == "issue":
            grid.add_row(f"issued {row.currency}", money(charter, row.balance, row.currency))
            continue
        reserved = row.reserved + row.earmarked
        amounts = (row.balance, row.limit, reserved, row.offered, row.available, row.queued_amount)
        grid.add_row(name, *(money(charter, each, row.currency) for each in amounts))
    return grid


def payment(charter: Charter, row: PaymentView, steps: Sequence[Step]) -> Table:
    """Draw one payment and its steps."""
    amount = f"{row.currency} {money(charter, row.amount, row.currency)}"
    title = f"{row.uetr}: {amount} from {row.debtor_agent} to {row.creditor_agent}, {row.status}"
    if row.cycle is not None:
        title += f" in cycle {row.cycle}"
    if row.paid:
        title += f"; {money(charter, row.paid, row.currency)} of it settled in parts while it waited"
    if row.reason is not None:
        explained = EXPLANATIONS[Reason(row.reason)]
        title += f"\n{explained.code}: {explained.text}"
    grid = titled(title, "status", right=("entry", "log time, UTC"))
    for step in steps:
        grid.add_row(step.status, f"{step.entry:,}", _moment(step.at_us))
    return grid


def payments(charter: Charter, rows: Sequence[PaymentView], after: str | None) -> Table:
    """Draw payments; `after`: the last of them when there may be more."""
    title = f"{len(rows):,} payments, in order of arrival" + (f"; go on: --after {after}" if after else "")
    grid = titled(
        title, "UETR", "from", "to", "currency", "value date", "channel", "status", right=("amount",)
    )
    for row in rows:
        amount = money(charter, row.amount, row.currency)
        agents = row.debtor_agent, row.creditor_agent
        grid.add_row(row.uetr, *agents, row.currency, row.value_date, row.channel, row.status, amount)
    return grid


def held(charter: Charter, rows: Sequence[Holding], entry: int) -> Table:
    """Draw what accounts held after an entry."""
    grid = titled(f"Balances after entry {entry:,}", "account", "currency", right=("balance",))
    for row in rows:
        grid.add_row(row.account, row.currency, money(charter, row.balance, row.currency))
    return grid


def obligations(charter: Charter, rows: Sequence[ObligationView], total: int) -> Table:
    """Draw obligations; `total` is how many there are."""
    right = ("amount", "set off", "open")
    title = f"{len(rows):,} of {total:,} obligations, oldest due first"
    grid = titled(title, "id", "debtor", "currency", "due", "status", right=right)
    for row in rows:
        amounts = (row.amount, row.set_off, row.open)
        texts = (money(charter, each, row.currency) for each in amounts)
        grid.add_row(Text(row.id), row.debtor, row.currency, row.due, row.status, *texts)
    return grid


def statement(charter: Charter, view: Statement) -> Table:
    """Draw a statement of account."""
    return _booked(charter, view, f"{view.account}, {view.date}")


def period(charter: Charter, view: Period) -> Table:
    """Draw a page of the statement of a period."""
    more = "" if view.after is None else f"; go on: --after {view.after}"
    return _booked(charter, view, f"{view.account}, {view.first} to {view.last}{more}")


def _booked(charter: Charter, view: Statement | Period, title: str) -> Table:
    opening, closing = (money(charter, each, view.currency) for each in (view.opening, view.closing))
    title = f"{title}: {opening} to {closing}"
    grid = titled(title, "kind", "reference", "counterparty", right=("amount", "balance"))
    for each in view.movements:
        amounts = (money(charter, minor, view.currency) for minor in (each.amount, each.balance))
        grid.add_row(each.kind, each.reference, each.counterparty, *amounts)
    return grid


def cycles(charter: Charter, rows: Sequence[CycleView]) -> Table:
    """Draw the currencies of a cycle."""
    number = rows[0].number if rows else 0
    right = ("set off", "netted", "moved as money", "of it swing", "items", "left out")
    grid = titled(f"Cycle {number}", "currency", right=right)
    for row in rows:
        amounts = (row.set_off, row.netted, row.net, row.swing)
        texts = (money(charter, each, row.currency) for each in amounts)
        grid.add_row(row.currency, *texts, str(row.items), str(row.deferred))
    return grid


def verdict(found: Verdict, path: Path) -> Text:
    """Say what a verification found, a line each."""
    rows = (
        ("union", f"{found.name}, {found.union.hex()}"),
        ("entries", f"{found.entries:,} in {found.batches:,} batches"),
        ("state root", found.state_root.hex()),
        ("tree head", found.tree_root.hex()),
        *(("holds", name.replace("_", " ")) for name in found.invariants),
    )
    return Text.assemble(
        (f"{path} is whole", "bold"), *(f"\n{name:<12}{text}" for name, text in rows), overflow="fold"
    )


def keys(rows: Sequence[Held], standings: Sequence[str | None]) -> Table:
    """Draw the keys of a ring, with what the log has of each; None when there is no log to look at."""
    grid = titled(f"{len(rows)} keys", "author", "role", "public key", "file", "on the log")
    for row, standing in zip(rows, standings, strict=True):
        state = "unusable" if row.fault else "encrypted" if row.encrypted else "NOT encrypted"
        role = f"{row.role} (next)" if row.next else row.role
        grid.add_row(row.author, role, row.public.hex(), state, standing or "")
    return grid


def enacted(rows: Sequence[Enacted]) -> Table:
    """Sum up what became of a plan, and list what waits for keys that are elsewhere."""
    counts = Counter((row.command, row.part) for row in rows)
    grid = titled(f"{len(rows)} planned commands", "command", "became", "note", right=("count",))
    for (command, part), count in sorted(counts.items()):
        notes = {row.note for row in rows if (row.command, row.part) == (command, part) and row.note}
        grid.add_row(command, part, Text("; ".join(sorted(notes))), str(count))
    return grid
