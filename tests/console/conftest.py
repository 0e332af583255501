"""A whole business day, made up: five members, five currencies, everything adds up."""

import datetime
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mufakat.console.report import (
    Counts,
    CurrencyRow,
    CycleRow,
    DayReport,
    Debt,
    MemberRow,
    PositionRow,
    QueuePoint,
    RejectedRow,
)

MEMBERS = (
    MemberRow("QI", "Bank Sentral Indah", "IDR", 2, 4, 61),
    MemberRow("QM", "Bank Melati Negara", "MYR", 2, 3, 48),
    MemberRow("QT", "ธนาคารกลางแห่งตัวอย่าง", "THB", 2, 3, 52),
    MemberRow("QP", "Bangko ng Perlas", "PHP", 2, 3, 40),
    MemberRow("QV", "Ngân hàng Việt Mẫu", "VND", 0, 2, 37),
)


def _row(currency: str, decimals: int, whole: int, shares: tuple[int, int, int, int, int]) -> CurrencyRow:
    """A currency of which the parts set off, netted, paid one by one, sent back and not due are per mille."""
    set_off, netted, one_by_one, back, later = (whole * share // 1000 for share in shares)
    debts = whole * 7 // 10
    return CurrencyRow(
        currency=currency, decimals=decimals, debts=debts, payments=whole - debts, set_off=set_off,
        netted=netted, settled_gross=one_by_one, sent_back=back, later=later,
        settled_net=whole - set_off - netted - one_by_one - back - later, debts_after=later,
        opening_money=whole * 3 // 10, swing_drawn=whole // 50,
    )  # fmt: skip


CURRENCIES = (
    _row("IDR", 2, 48_213_775_104_500, (312, 291, 44, 6, 200)),
    _row("MYR", 2, 1_846_220_915, (187, 355, 81, 0, 200)),
    _row("THB", 2, 12_904_331_870, (265, 302, 60, 21, 200)),
    _row("PHP", 2, 9_377_150_025, (98, 370, 97, 13, 200)),
    _row("VND", 0, 771_904_318_000, (231, 277, 52, 38, 200)),
)
REFUSALS = (
    ("payments/indah-0007.xml", "AM05", "This identifier has been used. Nothing was done again."),
    ("payments/perlas-0002.csv", "RC04", "No participant has the BIC of the creditor agent."),
    ("invoices/melati-0031.xml", "AM12", "The amount has more decimals than the currency."),
    ("payments/vietmau-0004.xml", "AM04", "Funds did not suffice by the close of the day."),
)


def _debts(after: bool) -> tuple[Debt, ...]:
    debts = []
    for index, row in enumerate(CURRENCIES):
        total = row.debts_after if after else row.debts
        pairs = list(itertools.permutations([member.id for member in MEMBERS], 2))
        weights = [(7 * i * (index + 3) + i * i) % 23 for i, _ in enumerate(pairs)]
        if after:
            weights = [weight if weight > 17 else 0 for weight in weights]
        for (debtor, creditor), weight in zip(pairs, weights, strict=True):
            debts.append(Debt(debtor, creditor, row.currency, total * weight // sum(weights)))
        debts.append(Debt(MEMBERS[index].id, MEMBERS[index].id, row.currency, total // 12))
    return tuple(debts)


def _queue() -> tuple[QueuePoint, ...]:
    points = []
    for minute in range(0, 541, 5):
        waiting = (minute % 120) * 3 + minute * minute // 1500 % 37 if minute < 535 else 9
        label = f"{8 + minute // 60:02}:{minute % 60:02}"
        points.append(QueuePoint(minute, label, waiting, (("IDR", waiting * 917_000_000),)))
    return tuple(points)


def _positions() -> tuple[PositionRow, ...]:
    rows = []
    for member, row in zip(MEMBERS, CURRENCIES, strict=True):
        for bank in range(member.banks):
            opening = row.opening_money // member.banks
            moved = (row.settled_net // 9) * (1 if bank % 2 else -1)
            name = f"Bank {'ABCD'[bank]} of {member.id}"
            bic = f"BNK{'ABCD'[bank]}{member.id}21XXX"
            due = row.whole // (3 + bank)
            rows.append(
                PositionRow(member.id, bic, name, row.currency, opening, due + moved, due, opening + moved)
            )
    return tuple(rows)


def _cycles() -> tuple[CycleRow, ...]:
    return tuple(
        CycleRow(
            number,
            f"{8 + 2 * number:02}:00",
            row.currency,
            row.set_off // 4,
            311 - 17 * number,
            row.whole // 5,
            row.settled_net // 4,
            4 - number,
        )
        for number in range(1, 5)
        for row in CURRENCIES
    )


def make_day(**changes: Any) -> DayReport:
    """Return a full and consistent day; `changes` replace fields of it."""
    day = DayReport(
        union="Nusantara Clearing Union",
        business_date=datetime.date(2026, 11, 23),
        members=MEMBERS,
        currencies=CURRENCIES,
        queue=_queue(),
        owes_before=_debts(after=False),
        owes_after=_debts(after=True),
        positions=_positions(),
        cycles=_cycles(),
        rejected=tuple(
            RejectedRow(source, f"line {17 + 3 * n}", code, reason)
            for n in range(18)
            for source, code, reason in REFUSALS[: 1 + n % 4]
        ),
        counts=Counts(12_480, 12_391, 45, 9, 35, 0, 3_912, 1_604, 2_189, 112, 7, 0, 15, 12_480),
        invariants=(
            ("Debits equal credits in each currency", True),
            ("Issued money equals what accounts hold", True),
            ("No account crosses its limit", True),
            ("Set-off leaves each firm's net position unchanged", True),
            ("Each payment ends exactly once", True),
        ),
        state_root="9f2c41d07be85a3366f0c1b2d4e8a97055c3aa1e7f60b98d2c4415e3d7ab60f8",
        entries=1_873,
        tree_root="41ab77e0c2d95f1836e4b0a9d3c87f22e6510bd49a3c7785f01e2d6b94c8a3d5",
        verified=True,
        note="All banks, firms and amounts on this page are made up.",
    )
    return msgspec.structs.replace(day, **changes)


@pytest.fixture
def day() -> Callable[..., DayReport]:
    return make_day
