from io import StringIO

import msgspec
import pytest
from rich.console import Console

from mufakat.console import trade as pages
from mufakat.projections.trade import LineView, TradeView
from tests.union import A1, A2, charter, lei

ROW = TradeView(
    *(f"{lei(2)}/invoice/INV-1", "invoice", "INV-1", bytes(32), lei(2), lei(0), A2, A1, A2, "2026-11-20"),
    *(False, "IDR", "QN", "QM", ("SG", "MY"), "CIF", "Port of Melati", "9319466", "Cần Thơ", "017W", "30"),
    *("2026-11-24", (f"{lei(2)}/order/O-1",), 1_234, "2026-11-23"),
)
SERVICES = msgspec.structs.replace(
    ROW,
    **dict.fromkeys(
        ("dispatch", "destination", "incoterm", "place", "vessel", "vessel_name", "voyage", "payment_means"),
        "",
    ),
    services=True,
    transshipments=(),
    due=None,
    refers_to=(),
)


def drawn(*parts) -> str:
    console = Console(file=StringIO(), width=220)
    for part in parts:
        console.print(part)
    return console.file.getvalue()


def test_each_record_is_a_row_with_its_route_and_ship():
    text = drawn(pages.records([ROW, SERVICES], None, {}))
    assert "2 trade records" in text and "go on" not in text
    for part in (ROW.id, lei(0), "QN > SG > MY > QM", "Cần Thơ, IMO 9319466, voyage 017W", A2, "services"):
        assert part in text


def test_a_warning_stands_beside_its_record():
    told = {ROW.id: ("Line 1: 35.0 IDR a KGM.",)}
    assert "35.0 IDR" in drawn(pages.records([ROW], None, told))
    assert "warnings" not in drawn(pages.records([ROW], None, {}))
    assert "35.0 IDR" in drawn(*pages.record(charter(), ROW, [], [], told[ROW.id]))


def test_where_there_are_more_it_is_said_how_to_go_on():
    text = drawn(pages.records([ROW], ROW.id, {}))
    assert "1 trade record;" in text and f"--after {ROW.id}" in text


def test_one_record_is_shown_with_its_goods():
    lines = [LineView("730431", "QN", 1_234_500, "120 KGM"), LineView("7304590000", "DE", None, "")]
    text = drawn(*pages.record(charter(), ROW, lines, [f"{lei(2)}/INV-1"], []))
    for part in (
        *("invoice INV-1", f"{lei(2)}, by {A2}", f"{lei(0)}, by {A1}", "2026-11-24", "CIF Port of Melati"),
        *(f"{lei(2)}/INV-1", f"{lei(2)}/order/O-1", bytes(32).hex(), "entry 1,234", "730431", "12,345.00"),
        *("120 KGM", "7304590000", "amount, IDR"),
    ):
        assert part in text


def test_what_a_document_does_not_say_is_not_shown():
    text = drawn(*pages.record(charter(), SERVICES, [], [], []))
    for part in ("due", "delivery", "ship", "payment means", "proves", "refers to", "HS code"):
        assert part not in text
    no_currency = msgspec.structs.replace(ROW, currency=None)
    (_, goods) = pages.record(charter(), no_currency, [LineView("730431", "QN", None, "")], [], [])
    assert "IDR" not in drawn(goods)


@pytest.mark.parametrize(
    ("change", "said"), [({"vessel": ""}, "Cần Thơ, voyage 017W"), ({"vessel_name": ""}, "IMO")]
)
def test_what_is_known_of_a_ship_is_said(change, said):
    assert pages.ship(msgspec.structs.replace(ROW, **change)).startswith(said)


def test_a_text_of_others_is_not_read_as_markup():
    row = msgspec.structs.replace(ROW, vessel_name="[red]X[/red]", number="[bold]")
    assert "[red]X[/red]" in drawn(pages.records([row], None, {}), *pages.record(charter(), row, [], [], []))
