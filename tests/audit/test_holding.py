"""A holder's own list is held against its certificate, row by row and figure by figure."""

import pytest

from mufakat.audit import cycle as audit
from mufakat.audit.cycle import Holding
from mufakat.audit.holding import ItemsFaulty, faults_against, holdings_of
from mufakat.messages.tabular import ITEM_COLUMNS, ItemRow
from tests.audit.test_cycle import LEAVES, A, B, held
from tests.union import charter

CHARTER = charter()


def rows_of(holder: str) -> list[ItemRow]:
    own = held(holder)
    rows = []
    for side, items in (("pays", own.pays), ("receives", own.receives)):
        for item in items:
            bank = item.payer if side == "pays" else item.payee
            amounts = (
                f"{each // 100}.{each % 100:02}" for each in (item.set_off, item.netted, item.left_out)
            )
            cells = (
                bank,
                side,
                item.kind.name.lower(),
                item.id,
                item.currency,
                *amounts,
                item.why.name.lower(),
            )
            rows.append(ItemRow(line=len(rows) + 2, **dict(zip(ITEM_COLUMNS, cells, strict=True))))
    return rows


def replaced(row: ItemRow, **change: object) -> ItemRow:
    return ItemRow(**{name: getattr(row, name) for name in row.__struct_fields__} | change)


@pytest.mark.parametrize("holder", [A, "QM"])
def test_the_holders_own_list_comes_to_its_certificate(holder):
    assert faults_against([LEAVES[holder, "IDR"]], holdings_of(rows_of(holder), CHARTER)) == []


def test_a_figure_that_differs_is_named_with_its_currency():
    first, *rest = rows_of(A)
    found = faults_against([LEAVES[A, "IDR"]], holdings_of([replaced(first, netted="1.01"), *rest], CHARTER))
    assert "IDR: pays.payments.amount: the certificate says 100, the items come to 101" in found
    assert "IDR: position: the certificate says -130, the items come to -131" in found


def test_an_empty_list_and_another_currency_and_another_bank_are_named():
    assert any("pays.gross.items" in each for each in faults_against([LEAVES[A, "IDR"]], {}))
    rows = [*rows_of(A), replaced(rows_of(A)[0], currency="MYR", id="x")]
    found = faults_against([LEAVES[A, "IDR"]], holdings_of(rows, CHARTER))
    assert found == ["MYR: the list has 1 items, the certificate no figures"]
    first, *rest = rows_of(A)
    found = faults_against([LEAVES[A, "IDR"]], holdings_of([replaced(first, participant=B), *rest], CHARTER))
    assert found == [f"{B} is not the holder"]


@pytest.mark.parametrize(
    ("change", "column", "text"),
    [
        ({"currency": "XXX"}, "currency", "no member of Test union issues XXX"),
        ({"netted": "1.001"}, "netted", "more decimals"),
        ({"left_out": "9" * 30}, "left_out", "larger than the ledger"),
    ],
)
def test_a_row_that_is_no_item_is_named_by_line_and_column(change, column, text):
    first, *rest = rows_of(A)
    with pytest.raises(ItemsFaulty, match=text) as caught:
        holdings_of([replaced(first, **change), *rest], CHARTER)
    assert (caught.value.line, caught.value.column) == (2, column)


def test_a_row_that_stands_twice_is_named_with_the_first():
    rows = rows_of(A)
    with pytest.raises(ItemsFaulty, match="uetr-1 stands on line 2 too") as caught:
        holdings_of([*rows, replaced(rows[0], line=99)], CHARTER)
    assert caught.value.line == 99


def test_an_empty_amount_is_nothing():
    (only,) = holdings_of([replaced(rows_of(A)[0], left_out="", set_off="")], CHARTER).values()
    assert isinstance(only, Holding)
    assert audit.side_of(only.pays).gross.amount == 100
