"""Trade records in the views are those that were registered, and are found by all that is asked for."""

from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.document import record_of
from mufakat.model.trade import DocumentKind, GoodsLine, TradeKind, TradeRecordRegistered
from mufakat.projections import trade
from mufakat.projections.trade import Sought
from tests.projections.conftest import folded
from tests.strategies import play, recorded, world
from tests.union import A1, A2, B1, TUESDAY, invoice, lei, settled_world

SOUGHT = (
    Sought(),
    Sought(kind=TradeKind.INVOICE, firm=lei(2)),
    Sought(firm=lei(0), hs_code="27"),
    Sought(country="KP", agent="BK01QMA1XXX"),
    Sought(country="SG"),
    Sought(hs_code="8471300000", country="QN"),
    Sought(vessel="9319466"),
    Sought(obligation=f"{lei(2)}/INV-4"),
)


def said_of(sql, seen):
    """A record as the event said it, put together again from its rows."""
    return TradeRecordRegistered(*msgspec.structs.astuple(trade.as_registered(sql, seen.id)))


def assert_the_trade_records_are_what_they_are(sql, union):
    found = trade.records(sql, Sought())
    assert [said_of(sql, each) for each in found] == [
        event for event in union.events if isinstance(event, TradeRecordRegistered)
    ]
    kept = {each.id: record_of(said_of(sql, each)) for each in found}
    assert kept == dict(union.state.trade_records.items())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(recorded, max_size=30))
def test_after_any_documents_the_rows_lead_to_the_hashes_in_the_state(of):
    union = world()
    play(union, [("owe", 0, 2, "IDR", 5, 0, False), *of])
    with closing(folded(union)) as views:
        assert_the_trade_records_are_what_they_are(views.sql, union)


@pytest.fixture(scope="module")
def looked():
    """An order, its invoice and its bill of lading, an invoice of others, and one for services."""
    union = settled_world(0)
    union.owe(0, 2, 50, id=f"{lei(2)}/INV-1")
    order = invoice(kind=DocumentKind.ORDER, number="O-1", vessel="", goods=())
    claim = invoice(obligations=(f"{lei(2)}/INV-1",), refers_to=(order.id,))
    bill = invoice(kind=DocumentKind.BILL_OF_LADING, number="B-1", goods=(GoodsLine("270900", "KP"),))
    items = (order, claim, bill)
    assert all(item.refusal is None for item in union.record(A1, *items).items)
    others = invoice(seller=lei(4), number="X", destination="VN", vessel="", transshipments=("MY", "KH"))
    none = dict.fromkeys(
        ("dispatch", "destination", "incoterm", "place", "vessel", "vessel_name", "voyage"), ""
    )
    services = invoice(seller=lei(4), number="S", goods=(), transshipments=(), services=True, **none)
    assert all(item.refusal is None for item in union.record(B1, others, services).items)
    with closing(folded(union)) as views:
        yield views.sql, [each.id for each in (*items, others, services)]


@pytest.mark.parametrize(
    ("sought", "places"),
    [
        (Sought(), [0, 1, 2, 3, 4]),
        (Sought(kind=TradeKind.INVOICE), [1, 3, 4]),
        (Sought(kind=TradeKind.CREDIT_NOTE), []),
        (Sought(firm=lei(2)), [0, 1, 2]),
        (Sought(firm=lei(4)), [3, 4]),
        (Sought(agent=A2), [0, 1, 2]),
        (Sought(agent=A1, kind=TradeKind.BILL_OF_LADING), [2]),
        (Sought(hs_code="73"), [1, 3]),
        (Sought(hs_code="730459"), [1, 3]),
        (Sought(hs_code="7304590001"), []),
        (Sought(hs_code="04"), []),
        (Sought(country="KP"), [2]),
        (Sought(country="QM"), [0, 1, 2]),
        (Sought(country="KH"), [3]),
        (Sought(country="SG", hs_code="27"), [2]),
        (Sought(vessel="9319466"), [1, 2]),
        (Sought(obligation=f"{lei(2)}/INV-1"), [1]),
        (Sought(obligation=f"{lei(2)}/INV-2"), []),
    ],
)
def test_records_are_found_by_what_is_named(looked, sought, places):
    sql, names = looked
    assert [names.index(each.id) for each in trade.records(sql, sought)] == places


def test_one_record_is_shown_with_its_goods_and_what_it_proves(looked):
    sql, names = looked
    seen = trade.record(sql, names[1])
    assert (seen.kind, seen.refers_to, seen.services) == ("invoice", (names[0],), False)
    assert (seen.entry > 0, seen.date) == (True, TUESDAY.isoformat())
    assert [(line.hs_code, line.amount) for line in trade.lines(sql, names[1])] == [
        ("730431", 5_000),
        ("7304590000", None),
    ]
    assert trade.proven(sql, names[1]) == [f"{lei(2)}/INV-1"]
    assert trade.record(sql, names[4]).services is True
    assert trade.record(sql, "no such") is None


def test_a_record_is_known_by_the_document_that_it_is_of(looked):
    sql, names = looked
    assert trade.is_registered(sql, names[1], invoice().document)
    assert not trade.is_registered(sql, names[1], bytes(32))
    assert not trade.is_registered(sql, f"{lei(2)}/invoice/INV-9", invoice().document)
