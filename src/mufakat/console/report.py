"""The day on one page: what a clearing union did for its members, for a reader who never saw one.

The page is one file that needs no network, no server and no script. All amounts are minor units (int)
of the currency they are named with, and amounts of different currencies are never added: what is
compared between currencies is shares, computed with integers. Same report, same bytes.
"""

import datetime
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from markupsafe import Markup

from mufakat.console.chart import QueuePoint, bar, queue_chart
from mufakat.console.network import Debt, by_pair, draw_network, largest
from mufakat.console.page import environment
from mufakat.console.remedy import Remedy, remedy
from mufakat.console.treasury import Treasury
from mufakat.model.money import format_amount

__all__ = [
    "PARTS", "Counts", "CurrencyRow", "CycleRow", "DayReport", "Debt", "MemberRow", "Part", "PositionRow",
    "QueuePoint", "RejectedRow", "render_report", "write_report",
]  # fmt: skip

REJECTED_SHOWN: Final = 1_000
_NBSP: Final = "\u00a0"
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))
# Characters that HTML forbids, and surrogates that UTF-8 cannot carry: a name may hold them, a page not.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class MemberRow(msgspec.Struct, frozen=True):
    """A member: its id (two letters), its name, its currency, and how many banks and firms it has."""

    id: str
    name: str
    currency: str
    decimals: int
    banks: int
    firms: int


class Part(NamedTuple):
    """A part of the whole: its field in CurrencyRow, the class of its colour, and what it is called."""

    field: str
    kind: str
    words: str


PARTS: Final = (
    Part("set_off", "set-off", "set off in circles of debt"),
    Part("netted", "netted", "netted"),
    Part("settled_net", "cycles", "paid as net amounts"),
    Part("settled_gross", "gross", "paid one by one"),
    Part("sent_back", "back", "sent back for want of funds"),
    Part("left", "left", "carried to the next day"),
    Part("later", "later", "not due yet"),
)
"""What becomes of all that is owed and sent, in the order in which it is shown."""
_SETTLING: Final = 4
"""So many of the parts, the first ones, are settled: with money or without."""


class CurrencyRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the value of one currency. All amounts >= 0, minor units.

    debts          what firms owed when the day began, or came to owe on it, as their banks accepted it
    payments       what banks sent, without what a rule refused at once and what they withdrew themselves
    The two together are the whole, which is the sum of:
    set_off        debts cancelled in circles, no money
    netted         cancelled by multilateral netting, no money
    settled_net    central-bank money that moved in cycles
    settled_gross  paid one by one in central-bank money
    sent_back      payments that the close sent back for want of funds
    left           debts that are due and payments that wait: for the next day
    later          debts that are not due yet
    Beside it:
    debts_after    what firms owe when the day ends
    opening_money  held by the settlement accounts when the day opened
    swing_drawn    swing credit drawn in the day's cycles
    """

    currency: str
    decimals: int
    debts: int = 0
    payments: int = 0
    set_off: int = 0
    netted: int = 0
    settled_net: int = 0
    settled_gross: int = 0
    sent_back: int = 0
    left: int = 0
    later: int = 0
    debts_after: int = 0
    opening_money: int = 0
    swing_drawn: int = 0

    @property
    def whole(self) -> int:
        """All that was owed and sent."""
        return self.debts + self.payments

    @property
    def cancelled(self) -> int:
        """What needed no money at all."""
        return self.set_off + self.netted

    @property
    def moved(self) -> int:
        """What moved as central-bank money."""
        return self.settled_gross + self.settled_net

    @property
    def settled(self) -> int:
        """What is done with, with money or without."""
        return self.cancelled + self.moved

    @property
    def debts_netted(self) -> int:
        """What was taken off debts by netting and settlement."""
        return self.debts - self.set_off - self.debts_after

    @property
    def explained(self) -> int:
        """The sum of the parts; equal to the whole, or the page says that it is not."""
        return sum(self.part(part) for part in PARTS)

    def part(self, part: Part) -> int:
        """Return the amount of a part."""
        amount: int = getattr(self, part.field)
        return amount


class PositionRow(msgspec.Struct, frozen=True):
    """One bank in one currency: its account when the day opened and closed, and what came and went between."""

    member: str
    bank: str
    name: str
    currency: str
    opening: int
    received: int
    paid: int
    closing: int


class RejectedRow(msgspec.Struct, frozen=True):
    """An item that the rules refused: where it stood, the code of the reason, and in words why."""

    source: str
    locator: str
    code: str
    reason: str


class CycleRow(msgspec.Struct, frozen=True):
    """One settlement cycle in one currency. `label` is `HH:MM`.

    set_off, gross (that entered netting) and net_moved (money) are minor units; netted_items and
    deferred_items (left for a later cycle, or sent back when the day closes) are counts.
    """

    number: int
    label: str
    currency: str
    set_off: int
    netted_items: int
    gross: int
    net_moved: int
    deferred_items: int


class Counts(msgspec.Struct, frozen=True):
    """How many payments, debts and messages the day had.

    Payments submitted end settled, refused at once, sent back at the close (from the queue for funds, or as net
    payments that the last cycle left out) or waiting. Debts are those on record: set off in full, settled in
    netting, still owed, or not owned by their debtors, who have not accepted or dispute them. Those refused are on
    no record.
    """

    payments_submitted: int = 0
    payments_settled: int = 0
    payments_refused: int = 0
    sent_back_queued: int = 0
    sent_back_net: int = 0
    payments_waiting: int = 0
    debts: int = 0
    debts_set_off: int = 0
    debts_settled: int = 0
    debts_owed: int = 0
    debts_not_owned: int = 0
    debts_refused: int = 0
    statements_written: int = 0
    statuses_written: int = 0

    @property
    def sent_back(self) -> int:
        """Payments that the close sent back for want of funds."""
        return self.sent_back_queued + self.sent_back_net


class DayReport(msgspec.Struct, frozen=True):
    """Everything that the page shows. Each currency that is named anywhere has its row in `currencies`."""

    union: str
    business_date: datetime.date
    members: tuple[MemberRow, ...] = ()
    currencies: tuple[CurrencyRow, ...] = ()
    queue: tuple[QueuePoint, ...] = ()
    owes_before: tuple[Debt, ...] = ()
    owes_after: tuple[Debt, ...] = ()
    positions: tuple[PositionRow, ...] = ()
    cycles: tuple[CycleRow, ...] = ()
    rejected: tuple[RejectedRow, ...] = ()
    counts: Counts = Counts()
    invariants: tuple[tuple[str, bool], ...] = ()
    state_root: str = ""
    entries: int = 0
    tree_root: str = ""
    verified: bool = False
    verify_command: str = "mufakat verify demo/journal.db"
    note: str = ""
    treasury: Treasury = Treasury()


def per_mille(part: int, whole: int) -> int:
    """Return `part` of `whole` in tenths of a per cent, rounded half up. `whole` > 0, `part` >= 0."""
    return (2000 * part + whole) // (2 * whole)


def share(part: int, whole: int) -> str:
    """Write `part` of `whole` as `41.2 %`; what rounds to nothing or to all, without being it, says so."""
    if whole == 0:
        return "\u2013"
    tenths = per_mille(part, whole)
    if part and not tenths:
        return f"less than 0.1{_NBSP}%"
    if part < whole and tenths >= 1000:
        return f"more than 99.9{_NBSP}%"
    return f"{tenths // 10}.{tenths % 10}{_NBSP}%"


def short_amount(minor: int, decimals: int) -> str:
    """Write an amount for the eye: `184.2 million`; below a million, whole units with separators.

    An amount that is not zero and rounds to zero is written exactly.
    """
    unit = 10**decimals
    for scale, name in _SCALES:
        if 20 * minor + scale // 1000 * unit >= 20 * scale * unit:  # so that 999.96 million is 1.0 billion
            tenths = (20 * minor + scale * unit) // (2 * scale * unit)
            return f"{tenths // 10:,}.{tenths % 10}{_NBSP}{name}"
    if minor < 1000 * unit:
        return format_amount(minor, decimals, grouped=True)
    return f"{(2 * minor + unit) // (2 * unit):,}"


def long_date(date: datetime.date) -> str:
    """Write `23 November 2026`, in the same language on every machine."""
    return f"{date.day}{_NBSP}{_MONTHS[date.month - 1]} {date.year}"


def share_range(rows: Sequence[CurrencyRow], amount: Callable[[CurrencyRow], int]) -> str:
    """Write the smallest and the largest share of the whole that an amount has, over active currencies."""
    ordered = sorted(rows, key=lambda row: per_mille(amount(row), row.whole))
    low, high = (share(amount(row), row.whole) for row in (ordered[0], ordered[-1]))
    return low if low == high else f"{low.removesuffix(f'{_NBSP}%')} to {high}"


def _rest(rows: Sequence[CurrencyRow]) -> str:
    """Say what became of that which was neither cancelled nor paid."""
    present = [part for part in reversed(PARTS[_SETTLING:]) if any(row.part(part) for row in rows)]
    said = [f"{'was' if part.field == 'sent_back' else 'is'} {part.words}" for part in present]
    return "; the rest " + " or ".join(said) if said else ""


class Network(NamedTuple):
    """One currency's debts between members, before and after, drawn at one scale."""

    row: CurrencyRow
    before: Markup
    after: Markup
    pairs: tuple[tuple[str, str, int, int], ...]


def _network(report: DayReport, row: CurrencyRow) -> Network:
    ids = [member.id for member in report.members]
    before = [debt for debt in report.owes_before if debt.currency == row.currency]
    after = [debt for debt in report.owes_after if debt.currency == row.currency]
    scale, was, now = largest(before, after), by_pair(before), by_pair(after)

    def draw(debts: list[Debt], gone: list[Debt], when: str) -> Markup:
        return draw_network(
            ids,
            debts,
            decimals=row.decimals,
            scale=scale,
            gone=gone,
            title=f"Who owes whom in {row.currency}, {when} the day",
        )

    pairs = tuple((a, b, was.get((a, b), 0), now.get((a, b), 0)) for a, b in sorted({*was, *now}))
    return Network(row, draw(before, [], "before"), draw(after, before, "after"), pairs)


def _by_code(rows: Iterable[RejectedRow]) -> list[tuple[int, str, Remedy]]:
    """Count refused items by code, the most frequent first."""
    counts = Counter(row.code for row in rows)
    return [
        (counts[code], code, remedy(code)) for code in sorted(counts, key=lambda code: (-counts[code], code))
    ]


def _decimals(report: DayReport) -> dict[str, int]:
    decimals = {row.currency: row.decimals for row in report.currencies}
    named = {debt.currency for debt in (*report.owes_before, *report.owes_after)}
    named |= {row.currency for row in report.positions} | {row.currency for row in report.cycles}
    named |= {currency for point in report.queue for currency, _ in point.totals}
    if missing := sorted(named - set(decimals)):
        raise ValueError(f"no currency row for {', '.join(missing)}: add it to DayReport.currencies")
    return decimals


def render_report(report: DayReport) -> str:
    """Return the page as HTML text, ready to be written as UTF-8.

    Raises ValueError when the report names a currency that has no row in `currencies`.
    """
    templates = environment()
    templates.filters |= {"share": share, "short": short_amount, "day": long_date}
    active = [row for row in report.currencies if row.whole]
    page = templates.get_template("report.html.j2").render(
        r=report,
        active=active,
        parts=[part for part in PARTS if any(row.part(part) for row in active)],
        rest_parts=PARTS[_SETTLING:],
        row_bar=lambda row: bar(*((part.kind, row.part(part)) for part in PARTS), whole=row.whole),
        decimals=_decimals(report),
        cancelled_range=share_range(active, lambda row: row.cancelled) if active else "",
        moved_range=share_range(active, lambda row: row.moved) if active else "",
        rest=_rest(active),
        networks=[_network(report, row) for row in report.currencies],
        queue=queue_chart(report.queue, sorted({row.label for row in report.cycles})),
        by_code=_by_code(report.rejected),
        rejected_shown=report.rejected[:REJECTED_SHOWN],
    )
    return _UNPRINTABLE.sub("\ufffd", page)


def write_report(report: DayReport, path: Path) -> None:
    """Write the page to `path`, whole or not at all: a reader never finds half of it."""
    page = render_report(report).encode()
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(page)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)  # the page is for everybody; temporary files are the owner's alone
            temporary.replace(path)
        except BaseException:
            temporary.unlink()
            raise
