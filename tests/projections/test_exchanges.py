"""Quotes and exchanges in the views are those of the rules, and a preview is what then settles."""

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.quote import QuoteStatus
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model.rate import Rate, Side
from mufakat.projections import balance, exchanges, statement
from tests.projections.conftest import folded
from tests.strategies import world
from tests.union import A1, A2, B1, C1, C2, settled_world, suspend, uetr


def assert_quotes_and_exchanges_are_what_they_are(sql, state):
    assert sorted(
        (each.id, each.sells, each.buys, each.most, each.left, each.valid_until_us, each.status)
        for each in exchanges.quotes(sql)
    ) == [
        (
            *(name, each.sells, each.buys, each.most, each.offer.left, each.valid_until_us),
            each.status.name.lower(),
        )
        for name, each in state.quotes.items()
    ]
    for each in exchanges.quotes(sql, status="open"):
        known = state.quotes[each.id].offer
        assert (each.offer.rate, each.offer.fee_bp, each.offer.least) == (
            known.rate,
            known.fee_bp,
            known.least,
        )
    promised = {each.id: each.offered for each in state.accounts.records() if each.offered}
    assert exchanges.offered_on(sql) == promised
    found = {each.uetr: each for each in exchanges.exchanges(sql)}
    assert list(found) == [
        each.uetr for each in sorted(state.exchanges.records(), key=lambda each: each.height)
    ]
    for name, known in state.exchanges.items():
        seen = found[name]
        assert (seen.payer, seen.creditor_agent, seen.sells, seen.buys, seen.details) == (
            *(known.payer, known.creditor_agent, known.sells, known.buys, known.details),
        )
        assert [
            (each.quote, each.quoter, each.paid, each.fee, each.arrived)
            for each in exchanges.fills(sql, name)
        ] == [(each.quote, each.quoter, each.paid, each.fee, each.arrived) for each in known.fills]
        assert (seen.paid, seen.fee, seen.arrived) == tuple(
            sum(getattr(each, part) for each in known.fills) for part in ("paid", "fee", "arrived")
        )


def offer(union, quoter, reference, rate, least=1, most=100, fee_bp=0, seconds=60):
    until = union.now_us + seconds * 1_000_000
    terms = Rate(*rate), least, most, until, fee_bp
    union.must(quoter, c.OfferQuote(f"{quoter}/{reference}", "MYR", "VND", *terms))


def bought(amount, bound=1_000, quote=None):
    return c.SubmitExchange(uetr(7), B1, "VND", "MYR", Side.BUY, amount, bound, bytes(32), quote)


def test_both_legs_stand_in_the_statements_of_all_who_take_part():
    union = settled_world(1_000)
    offer(union, C1, "Q", (1, 3), fee_bp=100)
    union.must(A1, bought(100))
    with closing(folded(union)) as views:
        legs = {
            (bank, currency): [
                (each.amount, each.kind, each.reference, each.counterparty)
                for each in statement.statement(views.sql, f"settlement/{bank}/{currency}").movements
                if each.kind == "exchange"
            ]
            for bank, currency in ((A1, "VND"), (C1, "VND"), (C1, "MYR"), (B1, "MYR"))
        }
    ends = [f"settlement/{C1}/VND", f"settlement/{A1}/VND", f"settlement/{B1}/MYR", f"settlement/{C1}/MYR"]
    assert list(legs.values()) == [
        [(amount, "exchange", uetr(7), end)] for amount, end in zip((-303, 303, -100, 100), ends, strict=True)
    ]


def test_a_position_says_what_is_offered_and_what_is_left_to_use():
    union = settled_world(1_000)
    offer(union, C1, "Q", (1, 3), most=300)
    with closing(folded(union)) as views:
        (row,) = balance.positions(views.sql, owner=C1, currency="MYR")
    assert (row.offered, row.available) == (300, 700)


def test_what_can_be_taken_is_firm_and_another_active_banks():
    union = settled_world(1_000)
    for quoter, number, seconds in ((C1, 1, 3_600), (A2, 2, 3_600), (A1, 3, 3_600), (A2, 4, 1)):
        offer(union, quoter, number, (1, 3), seconds=seconds)
    now_us = union.now_us + 2_000_000
    with closing(folded(union)) as views:
        found = exchanges.takeable(views.sql, A1, "VND", "MYR", now_us)
        assert [each.id for each in found] == [f"{C1}/1", f"{A2}/2"]
        assert exchanges.takeable(views.sql, A1, "MYR", "VND", now_us) == []
    suspend(union, "QO")
    with closing(folded(union)) as views:
        found = exchanges.takeable(views.sql, A1, "VND", "MYR", now_us)
        assert [each.id for each in found] == [f"{A2}/2"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, [f"{C2}/3", f"{C1}/1", f"{C1}/2"]),
        ({"quoter": C1}, [f"{C1}/1", f"{C1}/2"]),
        ({"status": "open"}, [f"{C2}/3", f"{C1}/1"]),
        ({"status": "withdrawn"}, [f"{C1}/2"]),
        ({"sells": "VND"}, []),
        ({"buys": "VND", "quoter": C2}, [f"{C2}/3"]),
    ],
)
def test_quotes_are_found_best_first_by_what_is_named(change, names):
    union = settled_world(1_000)
    for quoter, number, rate in ((C1, 1, (1, 3)), (C1, 2, (1, 3)), (C2, 3, (1, 2))):
        offer(union, quoter, number, rate)
    union.must(C1, c.WithdrawQuote(f"{C1}/2"))
    with closing(folded(union)) as views:
        assert [each.id for each in exchanges.quotes(views.sql, **change)] == names
        assert exchanges.quote(views.sql, f"{C1}/1").status == QuoteStatus.OPEN.name.lower()
        assert exchanges.quote(views.sql, "none") is None
        assert exchanges.exchange(views.sql, uetr(7)) is None


books = st.lists(
    st.tuples(
        st.sampled_from((A2, B1, C1, C2)),
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        st.integers(1, 9),
        st.integers(0, 40),
        st.sampled_from((0, 30)),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(books, st.sampled_from(Side), st.integers(1, 90))
def test_what_a_preview_says_is_what_settles(book, side, amount):
    union = world(1_000)
    for number, (quoter, rate, least, more, fee_bp) in enumerate(book):
        offer(union, quoter, number, rate, least, least + more, fee_bp)
    with closing(folded(union)) as views:
        found = exchanges.takeable(views.sql, A1, "VND", "MYR", union.now_us)
        seen = exchanges.preview(found, side, amount)
    bound = (seen.arrived if side is Side.SELL else seen.paid) or 1
    fields = uetr(7), A2, "VND", "MYR", side, amount, bound, bytes(32)
    outcome = union.tell(A1, c.SubmitExchange(*fields))
    if seen.complete and seen.paid <= 1_000:
        assert outcome.refusal is None
        (settled,) = (each for each in union.events if isinstance(each, e.ExchangeSettled))
        assert settled.fills == seen.fills
    else:
        assert outcome.refusal is not None
