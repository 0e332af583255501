import datetime
import io

import pytest

from mufakat.messages.debts import NO_DUE, DebtsFaulty, RowFault, read_amount, read_debts, rows_of


def read(text, decimals=0):
    return read_debts(io.StringIO(text, newline=""), decimals, lambda rows: None)


def test_names_and_identifiers_are_numbered_in_their_order_not_as_they_come():
    debts = read("id,debtor,creditor,amount,currency,due\nz,b,c,1,VND,2026-11-30\na,a,b,2,IDR,\n")
    assert (debts.firms, debts.codes) == (["a", "b", "c"], ["IDR", "VND"])
    assert debts.debtors.tolist() == [1, 0]
    assert debts.creditors.tolist() == [2, 1]
    assert debts.currencies.tolist() == [1, 0]
    assert debts.ids.tolist() == [1, 0]
    assert debts.dues.tolist() == [datetime.date(2026, 11, 30).toordinal(), NO_DUE]


def test_without_optional_columns_all_are_one_currency_and_due_at_no_day():
    debts = read("creditor,amount,debtor\na,5,b\n")
    assert (debts.codes, debts.dues.tolist(), debts.ids.tolist()) == ([""], [NO_DUE], [0])
    assert (debts.firms[debts.debtors[0]], debts.amounts.tolist()) == ("b", [5])


@pytest.mark.parametrize(
    ("text", "decimals", "minor"),
    [
        ("007", 0, 7),
        (" 5 ", 0, 5),
        ("5", 2, 500),
        ("5.1", 2, 510),
        ("0.01", 2, 1),
        (str(2**63 - 1), 0, 2**63 - 1),
    ],
)
def test_amounts_are_read_exactly(text, decimals, minor):
    assert read_amount(text, decimals) == minor


@pytest.mark.parametrize("text", ["", ".5", "5.", "1,000", "+5", "5.123", "1_0", "0.00", "²", "5.1.1"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(RowFault, match=r"^amount: "):
        read_amount(text, 2)


def test_rows_keep_their_line_where_cells_span_lines():
    rows = rows_of(io.StringIO('debtor,creditor,amount\n"a\nb",c,1\nd,e,2\n', newline=""), ("debtor",))
    assert [line for line, _ in rows.rows] == [2, 4]


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr("mufakat.messages.debts._TELL_EVERY", 2)
    told = []
    read_debts(io.StringIO("debtor,creditor,amount\n" + "a,b,1\n" * 5), 0, told.append)
    assert told == [2, 4]


def test_a_row_of_another_width_is_refused():
    with pytest.raises(DebtsFaulty, match="line 3: the row has 2 cells"):
        read("debtor,creditor,amount\na,b,1\na,b\n")
