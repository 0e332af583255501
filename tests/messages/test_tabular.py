"""CSV: good rows are read with their lines, bad ones become faults with line and column."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages import tabular
from mufakat.messages.tabular import (
    ItemRow,
    ObligationRow,
    PaymentRow,
    read_items_csv,
    read_obligations_csv,
    read_payments_csv,
)

PAYMENT = {
    "uetr": "00000001-CA16-48ba-b074-65581be6f001",
    "end_to_end_id": "E-1",
    "debtor_agent": "AAAAQMQM",
    "creditor_agent": "BBBBQNQNXXX",
    "currency": "QMD",
    "amount": "150.25",
    "value_date": "2026-11-24",
}
OBLIGATION = {
    "id": "INV-7",
    "debtor": "5493001KJTIIGC8Y1R12",
    "creditor": "213800WSGIIZCXF1P572",
    "currency": "QMD",
    "amount": "150.25",
    "due": "2026-12-23",
}


def table(*records: dict[str, str], mark: str = "") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return (mark + out.getvalue()).encode()


def test_payments_are_read():
    options = {
        "channel": "MPNS",
        "debtor_account": "77",
        "creditor_account": "",
        "creditor_name": "Budi, Ltd",
    }
    rows, faults = read_payments_csv(table(PAYMENT | options, mark="\ufeff"))
    assert faults == ()
    assert rows == (
        PaymentRow(
            line=2,
            uetr="00000001-ca16-48ba-b074-65581be6f001",
            end_to_end_id="E-1",
            debtor_agent="AAAAQMQMXXX",
            creditor_agent="BBBBQNQNXXX",
            currency="QMD",
            amount="150.25",
            value_date="2026-11-24",
            channel="MPNS",
            debtor_account="77",
            creditor_name="Budi, Ltd",
        ),
    )


def test_obligations_are_read():
    rows, faults = read_obligations_csv(table(OBLIGATION | {"document": "invoice-7.xml"}))
    assert faults == ()
    assert rows == (ObligationRow(line=2, document="invoice-7.xml", **OBLIGATION),)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("uetr", "x", "NARR"),
        ("end_to_end_id", "", "MINF"),
        ("end_to_end_id", "x" * 36, "MINF"),
        ("debtor_agent", "AAAA", "RC06"),
        ("creditor_agent", "", "RC07"),
        ("currency", "qmd", "AM11"),
        ("amount", "1e5", "AM12"),
        ("amount", "NaN", "AM12"),
        ("amount", "-0", "AM12"),
        ("amount", "1,5", "AM12"),
        ("value_date", "2026-02-30", "DT01"),
        ("value_date", "20261124", "DT01"),
        ("value_date", "2026-W47-1", "DT01"),
        ("channel", "BOOK", "NARR"),
        ("priority", "high", "NARR"),
        ("divisible", "maybe", "NARR"),
        ("debtor_name", "a\x1bb", "FF02"),
        ("debtor_name", "x" * 1001, "FF02"),
    ],
)
def test_a_bad_payment_is_told_with_line_and_column_and_the_others_are_read(column, value, code):
    whole = PAYMENT | {"channel": "", "debtor_name": "", "priority": "", "divisible": ""}
    rows, faults = read_payments_csv(table(whole, whole | {column: value}, whole))
    assert [row.line for row in rows] == [2, 4]
    assert [(fault.line, fault.path, fault.code) for fault in faults] == [(3, column, code)]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("id", "", "NARR"),
        ("id", "é", "NARR"),
        ("debtor", "5493001KJTIIGC8Y1R13", "BE15"),
        ("creditor", "", "BE15"),
        ("currency", "", "AM11"),
        ("amount", "", "AM12"),
        ("due", "tomorrow", "DT01"),
        ("id", "a\tb", "FF02"),
    ],
)
def test_a_bad_obligation_is_told_with_line_and_column_and_the_others_are_read(column, value, code):
    rows, faults = read_obligations_csv(table(OBLIGATION, OBLIGATION | {column: value}))
    assert [row.line for row in rows] == [2]
    assert [(fault.line, fault.path, fault.code) for fault in faults] == [(3, column, code)]


def test_lines_are_those_of_the_file_when_cells_span_some_and_rows_are_blank():
    head = ",".join([*PAYMENT, "debtor_name"])
    cells = ",".join(PAYMENT.values())
    text = f'{head}\n{cells},"a\nb"\n\n,,,,,,,\n{cells},c\n{cells}\n'
    rows, faults = read_payments_csv(text.encode())
    assert [row.line for row in rows] == [6]
    assert [(fault.line, fault.path) for fault in faults] == [(2, "debtor_name"), (7, "")]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (",".join(list(PAYMENT)[1:]), "lacks uetr"),
        (",".join([*PAYMENT, "colour"]), "unknown colour"),
        (",".join([*PAYMENT, "uetr"]), "repeats uetr"),
        (";".join(PAYMENT), "lacks uetr"),
    ],
)
def test_a_header_with_wrong_columns_is_a_fault_of_the_file(header, words):
    rows, faults = read_payments_csv(f"{header}\n{','.join(PAYMENT.values())}\n".encode())
    assert rows == ()
    assert [fault.line for fault in faults] == [1]
    assert words in faults[0].text
    assert "uetr,end_to_end_id" in faults[0].text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (table(PAYMENT) + b"\xe9", "not UTF-8"),
        (table(PAYMENT).decode().encode("utf-16"), "not UTF-8"),
        (table(PAYMENT) + b"\0", "null byte"),
    ],
)
def test_a_file_that_is_no_text_is_refused_whole(data, words):
    rows, faults = read_payments_csv(data)
    assert rows == ()
    assert words in faults[0].text


def test_an_unclosed_quote_ends_the_file_and_keeps_the_rows_above():
    rows, faults = read_payments_csv(table(PAYMENT) + b'"open,')
    assert [row.line for row in rows] == [2]
    assert [(fault.code, fault.line) for fault in faults] == [("FF02", 3)]


def test_an_oversize_file_is_refused_unread(monkeypatch):
    monkeypatch.setattr(tabular, "MAX_BYTES", 10)
    assert "more than the 10 taken" in read_payments_csv(table(PAYMENT))[1][0].text


@given(st.text(max_size=200))
def test_any_text_is_rows_or_faults(text):
    for head, read in ((PAYMENT, read_payments_csv), (OBLIGATION, read_obligations_csv)):
        rows, faults = read(f"{','.join(head)}\n{text}".encode())
        assert isinstance(rows, tuple)
        assert isinstance(faults, tuple)


@given(st.lists(st.sampled_from(["150.25", "x", "-1", "7"]), max_size=20))
def test_every_row_is_read_or_told_once(amounts):
    rows, faults = read_payments_csv(table(PAYMENT, *[PAYMENT | {"amount": text} for text in amounts]))
    lines = sorted([row.line for row in rows] + [fault.line or 0 for fault in faults])
    assert lines == list(range(2, len(amounts) + 3))


ITEM = {
    "participant": "AAAAQMQMXXX",
    "side": "pays",
    "kind": "obligation",
    "id": "5493001KJTIIGC8Y1R12/INV 7",
    "currency": "QMD",
    "set_off": "150.25",
    "netted": "",
    "left_out": "0.00",
    "why": "",
}


def test_items_of_a_cycle_are_read():
    rows, faults = read_items_csv(table(ITEM))
    assert faults == ()
    assert rows == (ItemRow(line=2, **(ITEM | {"why": "none"})),)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("participant", "AAAA", "NARR"),
        ("side", "owes", "NARR"),
        ("kind", "", "NARR"),
        ("id", "a\x1bb", "FF02"),
        ("currency", "qmd", "AM11"),
        ("set_off", "-1", "AM12"),
        ("netted", "1e5", "AM12"),
        ("left_out", "1,5", "AM12"),
        ("why", "because", "NARR"),
    ],
)
def test_a_bad_item_is_told_with_line_and_column_and_the_others_are_read(column, value, code):
    rows, faults = read_items_csv(table(ITEM, ITEM | {column: value}, ITEM))
    assert [row.line for row in rows] == [2, 4]
    assert [(fault.line, fault.path, fault.code) for fault in faults] == [(3, column, code)]


LINK = PAYMENT | {"linked": "", "action": "", "latest": "", "channel": "", "divisible": "", "earliest": ""}


def linked(*links: str, **changes: dict[str, str]) -> bytes:
    """Rows linked so; `changes` by number of the row."""
    return table(*[LINK | {"linked": link} | changes.get(f"row{n}", {}) for n, link in enumerate(links)])


def test_what_a_row_does_and_whether_it_is_linked_is_read():
    rows, faults = read_payments_csv(
        linked("yes", "no", "", row0={"action": "reserve"}, row2={"action": "void"})
    )
    assert faults == ()
    assert [(row.action, row.linked) for row in rows] == [("reserve", True), ("pay", False), ("void", False)]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"action": "hold"}, "action"),
        ({"linked": "maybe"}, "linked"),
        ({"action": "reserve", "channel": "MPNS"}, "channel"),
        ({"action": "reserve", "earliest": "2026-11-24T15:00:00Z"}, "earliest"),
        ({"action": "post", "latest": "2026-11-24T15:00:00Z"}, "latest"),
        ({"action": "void", "divisible": "yes"}, "divisible"),
    ],
)
def test_a_row_that_takes_effect_at_once_says_nothing_else(change, column):
    rows, faults = read_payments_csv(linked("no", "no", row0=change))
    assert [(fault.line, fault.path) for fault in faults] == [(2, column)]
    assert [row.line for row in rows] == [3]


@pytest.mark.parametrize("bad", [1, 2, 3])
def test_rows_that_are_linked_are_good_together_or_not_at_all(bad):
    data = linked("no", "yes", "yes", "no", "no", **{f"row{bad}": {"uetr": "none"}})
    rows, faults = read_payments_csv(data)
    assert [row.line for row in rows] == [2, 6]
    assert [fault.line for fault in faults] == [3, 4, 5]
    assert [fault.path for fault in faults].count("uetr") == 1
    assert all(f"line {bad + 2}" in fault.text for fault in faults if fault.path == "linked")


def test_a_last_row_that_is_linked_to_a_next_one_goes_nowhere():
    rows, faults = read_payments_csv(linked("no", "yes", "yes"))
    assert [row.line for row in rows] == [2]
    assert [fault.line for fault in faults] == [3, 4]
    assert "next one" in faults[1].text


def test_of_a_row_that_cannot_be_read_nobody_knows_whether_it_is_linked():
    broken = linked("no", "no", "no", "no").replace(b"150.25", b"150.25,one more", 1)
    rows, faults = read_payments_csv(broken)
    assert [row.line for row in rows] == [4, 5]
    assert [fault.line for fault in faults] == [2, 3]
    rows, _ = read_payments_csv(table(PAYMENT, PAYMENT).replace(b"150.25", b"150.25,one more", 1))
    assert [row.line for row in rows] == [3]
