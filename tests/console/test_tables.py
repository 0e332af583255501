"""What the terminal shows of a union: every amount in its currency's places, every name as it is."""

import datetime
import io
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from mufakat.audit.replay import verify
from mufakat.console import queue as pages
from mufakat.console import tables
from mufakat.gateway.document import Rejection
from mufakat.model import command as c
from mufakat.model.record import batch
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.node.receipt import Receipt, Result
from mufakat.projections import balance, statement, timeline
from mufakat.projections import queue as views
from tests.journal import histories
from tests.projections.conftest import folded
from tests.union import A1, A2, B1, TUESDAY, Union, lei, settled_world


def lines(drawn) -> list[list[str]]:
    """What a table shows: each line that is not empty, as its cells."""
    text = io.StringIO()
    Console(file=text, width=220).print(drawn)
    rows = [
        [word.strip() for word in line.split("  ") if word.strip()] for line in text.getvalue().splitlines()
    ]
    return [row for row in rows if row]


def said(rows: list[list[str]]) -> str:
    """The same as running text: a long title is broken over the table's width."""
    return " ".join(word for row in rows for word in row)


def shown(union: Union, draw) -> list[list[str]]:
    """What a view of a union shows; `draw` is given its charter and its views."""
    with closing(folded(union)) as views:
        return lines(draw(union.state.charter, views.sql))


def show_positions(charter, sql):
    return tables.positions(charter, balance.positions(sql))


def show_waiting(charter, sql):
    return pages.waiting(charter, views.waiting(sql))


def show_obligations(charter, sql):
    rows = timeline.obligations(sql)
    return tables.obligations(charter, rows, len(rows))


def test_positions_show_each_amount_in_the_places_of_its_currency():
    union = settled_world(123_456)
    union.must("QM", c.SetLimit(A1, "IDR", 5_000), ("QM", "approve"))
    union.must(A1, c.ReserveLiquidity("IDR", 456))
    union.pay(amount=999_999)
    union.must("QM", c.SetSwingLine("QN", 70), ("QN", "approve"))

    rows = shown(union, show_positions)

    assert [f"{A1}/IDR", "1,234.56", "50.00", "4.56", "0.00", "1,280.00", "9,999.99"] in rows
    assert [f"{A1}/VND", "123,456", "0", "0", "0", "123,456", "0"] in rows
    assert ["issued IDR", "-7,407.36"] in rows
    assert ["issued VND", "-740,736"] in rows
    assert ["swing/QN/IDR", "0.00", "0.70", "0.00", "0.00", "0.70", "0.00"] in rows


def test_a_closed_account_is_called_closed():
    union = settled_world(0)
    union.must("QN", c.CloseAccount(A1, "VND"))
    assert [f"{A1}/VND (closed)", "0", "0", "0", "0", "0", "0"] in shown(union, show_positions)


@pytest.mark.parametrize(
    ("count", "title"), [(0, "0 payments wait"), (1, "1 payment waits"), (2, "2 payments wait")]
)
def test_waiting_payments_are_counted_and_named(count, title):
    union = settled_world(100)
    for _ in range(count):
        union.pay(currency="VND", amount=1_500)

    rows = shown(union, show_waiting)

    assert rows[0] == [title]
    found = [row[1:] for row in rows if A1 in row]
    assert [row[:-3] + row[-2:] for row in found] == [
        [A1, A2, "VND", TUESDAY.isoformat(), "queued", "normal", "1,500", "1,500"]
    ] * count


def one_payment(uetr):
    def draw(charter, sql):
        return tables.payment(charter, timeline.payment(sql, uetr), timeline.steps(sql, uetr))

    return draw


def moment(at_us: int) -> str:
    return str(datetime.datetime.fromtimestamp(at_us / 1e6, datetime.UTC)).removesuffix("+00:00")


def test_a_payment_shows_its_amount_its_ends_its_cycle_and_its_steps():
    union = settled_world(1_000)
    order = union.order(amount=150, channel=c.Channel.MPNS)
    union.must(A1, batch((order,)))
    sent_us = union.now_us - 1_000
    union.cycle()

    rows = shown(union, one_payment(order.uetr))

    assert said(rows).startswith(f"{order.uetr}: IDR 1.50 from {A1} to {A2}, settled in cycle 1 status")
    assert [row for row in rows if row[0] in {"accepted", "settled"}] == [
        ["accepted", str(len(union.log) - 2), moment(sent_us)],
        ["settled", str(len(union.log)), moment(sent_us + 2_000)],
    ]


@pytest.mark.parametrize(
    ("change", "reason", "amount"),
    [
        ({"creditor_agent": "NOBKQMA1XXX"}, Reason.UNKNOWN_CREDITOR_AGENT, "IDR 1.00"),
        ({"currency": "XTS"}, Reason.UNKNOWN_CURRENCY, "XTS 100"),
    ],
)
def test_a_rejected_payment_shows_code_and_reason_even_in_a_currency_that_nobody_issues(
    change, reason, amount
):
    union = settled_world()
    order = union.order(**change)
    union.tell(A1, batch((order,)))

    rows = shown(union, one_payment(order.uetr))

    assert said(rows).startswith(
        f"{order.uetr}: {amount} from {A1} to {order.creditor_agent}, rejected"
        f" {EXPLANATIONS[reason].code}: {EXPLANATIONS[reason].text}"
    )


def test_obligations_show_what_was_owed_set_off_and_is_open():
    union = settled_world()
    for debtor, creditor, amount in ((0, 4, 300_000), (4, 0, 120_000)):
        union.owe(debtor, creditor, amount, due=TUESDAY.replace(day=30))
    union.cycle()

    rows = shown(union, show_obligations)

    assert rows[0] == ["2 of 2 obligations, oldest due first"]
    found = [row[1:] for row in rows if lei(0) in row]
    assert found == [[lei(0), "IDR", "2026-11-30", "accepted", "3,000.00", "1,200.00", "1,800.00"]]


@pytest.mark.parametrize(
    "reference", ["INV[1]", "[red]INV", "[/]", "2026:100:7", "a:smile:b", "x\\", "\\[x]"]
)
def test_a_reference_is_shown_as_the_firm_wrote_it(reference):
    union = settled_world()
    union.owe(0, 4, 300, id=f"{lei(4)}/{reference}")
    (row,) = [row for row in shown(union, show_obligations) if lei(0) in row]
    assert row[0] == f"{lei(4)}/{reference}"


def test_obligations_that_are_not_shown_are_counted(busy_obligations):
    charter, rows = busy_obligations
    drawn = lines(tables.obligations(charter, rows[:2], len(rows)))
    assert drawn[0] == ["2 of 3 obligations, oldest due first"]
    assert len([row for row in drawn if "IDR" in row]) == 2


@pytest.fixture
def busy_obligations():
    union = settled_world()
    for _ in range(3):
        union.owe(0, 4, 300)
    with closing(folded(union)) as views:
        return union.state.charter, timeline.obligations(views.sql)


def test_a_statement_shows_opening_entries_and_closing():
    union = settled_world(100_000)
    order = union.order(amount=2_500)
    union.must(A1, batch((order,)))

    rows = shown(
        union,
        lambda charter, sql: tables.statement(charter, statement.statement(sql, f"settlement/{A1}/IDR")),
    )

    assert rows[0] == [f"settlement/{A1}/IDR, {TUESDAY}: 1,000.00 to 975.00"]
    assert ["payment", order.uetr, f"settlement/{A2}/IDR", "-25.00", "975.00"] in rows


def test_a_cycle_shows_what_each_currency_set_off_netted_and_moved():
    union = settled_world(10_000)
    union.owe(0, 4, 300, due=TUESDAY.replace(day=30))
    union.owe(4, 0, 120, due=TUESDAY.replace(day=30))
    for change in ({"amount": 900}, {"debtor_agent": A2, "creditor_agent": A1, "amount": 250}):
        union.pay(currency="VND", channel=c.Channel.MPNS, **change)
    union.pay(debtor_agent=B1, currency="VND", channel=c.Channel.MPNS, amount=90_000)
    union.cycle()

    rows = shown(union, lambda charter, sql: tables.cycles(charter, timeline.cycles(sql)))

    assert rows[0] == ["Cycle 1"]
    assert ["IDR", "2.40", "0.00", "0.00", "0.00", "0", "0"] in rows
    assert ["VND", "0", "500", "650", "0", "2", "1"] in rows


@pytest.mark.parametrize(("count", "title"), [(0, "0 files"), (1, "1 file"), (1_200, "1,200 files")])
def test_files_are_counted_by_kind_and_by_what_became_of_their_parts(count, title):
    taken = Receipt("a.csv", "payments", (Result("1", "settled"), Result("2", "settled")))
    rows = lines(tables.receipts([taken] * count))
    assert rows[0] == [title]
    assert [row for row in rows if row[0] == "payments"] == (
        [["payments", "settled", f"{2 * count:,}"]] if count else []
    )


def test_a_file_refused_whole_is_counted_beside_refused_parts():
    rejection = Rejection("FF01", "why")
    receipts = [
        Receipt("a.xml", "pacs.008", (), rejection),
        Receipt("b.xml", "pacs.008", (Result("1", "refused", rejection), Result("2", "queued"))),
    ]
    rows = [row for row in lines(tables.receipts(receipts)) if row[0] == "pacs.008"]
    assert rows == [
        ["pacs.008", "queued", "1"],
        ["pacs.008", "refused", "1"],
        ["pacs.008", "refused whole", "1"],
    ]


def test_a_verdict_names_the_file_the_roots_and_all_that_holds(tmp_path):
    union = histories.day()
    histories.write(tmp_path / "[u] :100:", union, size=7)
    path = tmp_path / "[u] :100:" / "journal.db"
    found = verify(path)

    rows = lines(tables.verdict(found, Path("[u] :100:") / "journal.db"))

    assert rows[0] == ["[u] :100:/journal.db is whole"]
    told = {row[0]: row[1] for row in rows[1:] if row[0] != "holds"}
    assert told["state root"] == union.state.root().hex()
    assert told["tree head"] == found.tree_root.hex()
    assert told["entries"] == f"{len(union.log) + 1} in {found.batches} batches"
    assert told["union"] == f"Test union, {union.state.union.hex()}"
    assert "debits equal credits" in [row[1] for row in rows if row[0] == "holds"]
