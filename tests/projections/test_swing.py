"""Swing lines, reserves and the periodic settlements as the rules know them."""

import json
from contextlib import closing

from mufakat.core import interest
from mufakat.core.accounts import swing_account
from mufakat.model import command as c
from mufakat.model import swing as s
from mufakat.projections import swing
from tests.core.test_charge import lasting
from tests.core.test_concentration import minor, watched
from tests.core.test_fixing import agreed
from tests.core.test_periodic import owing, pay, settle
from tests.projections.conftest import folded


def assert_the_lines_are_what_they_are(sql, union):
    state = union.state
    drawn = {a.id: a for a in state.accounts.records() if a.id.startswith("swing/")}
    shown = {swing_account(each.debtor, each.currency): each for each in swing.lines(sql)}
    assert list(shown) == list(drawn)
    for line, each in shown.items():
        assert (each.limit, each.drawn) == (drawn[line].limit, -drawn[line].balance)
        assert each.creditor == state.charter.issuer(each.currency).id
        assert each.interest == interest.owed(state, line)
        terms = state.swing_terms.get(line)
        told = (json.loads(each.tiers), each.day_count)
        assert told == (([list(tier) for tier in terms.tiers], terms.day_count) if terms else ([], 0))
    rows = sql.execute("SELECT line, date, owed, rest, day_owed, day_rest FROM swing_interest ORDER BY line")
    assert rows.fetchall() == [
        (each.line, each.since.isoformat(), each.owed, each.rest, each.day_owed, each.day_rest)
        for each in state.interest.records()
    ]
    assert [(each.member, each.currency, each.balance) for each in swing.reserves(sql)] == [
        (a.owner, a.currency, a.balance) for a in state.accounts.records() if a.id.startswith("reserve/")
    ]
    positions = sql.execute("SELECT member, date, value, total, days FROM swing_position ORDER BY member")
    assert positions.fetchall() == [
        (each.member, each.since.isoformat(), each.value, each.total, each.days)
        for each in state.swing_positions.records()
    ]
    charges = [event for event in union.events if isinstance(event, s.SwingCharged)]
    assert [(each.date, each.member, each.days, each.amount) for each in swing.charges(sql)] == [
        (event.date.isoformat(), event.member, event.days, event.amount) for event in charges
    ]
    alerts = [event for event in union.events if isinstance(event, s.ConcentrationAlerted)]
    assert [
        s.ConcentrationAlerted(
            each.cycle, each.currency, each.debtor, each.drawn, each.value, each.total, each.share_bp
        )
        for each in swing.alerts(sql)
    ] == alerts
    braked = [
        (event.cycle, *each)
        for event in union.events
        if isinstance(event, s.SwingBraked)
        for each in event.members
    ]
    assert [(each.cycle, each.member, each.amount) for each in swing.brakes(sql)] == braked
    settled = [
        (event.date.isoformat(), line)
        for event in union.events
        if isinstance(event, s.SwingSettled)
        for line in event.lines
    ]
    assert [
        (each.date, each.debtor, each.creditor, each.held, each.set_off, each.paid, each.own, each.issued)
        for each in swing.settlements(sql)
    ] == [
        (
            *(date, line.debtor, line.creditor),
            *(sum(line.held), sum(line.set_off), sum(line.paid), line.own, line.issued),
        )
        for date, line in settled
    ]


def test_what_was_drawn_settled_and_drawn_again_is_shown():
    union = owing(("QN", "QM", 72_000), ("QM", "QN", 9_000))
    union.must("QM", c.SetSwingTerms("QN", ((10_000, 5_000),)), ("QN", "approve"))
    union.pass_days(2)
    agreed(union)
    settle(union)
    union.pass_days(1)
    with closing(folded(union)) as views:
        assert_the_lines_are_what_they_are(views.sql, union)
        (first, second) = swing.settlements(views.sql)
        assert swing.settlements(views.sql, "2026-11-24") == []
        assert first.interest + second.interest == 200
        kinds = {kind for (kind,) in views.sql.execute("SELECT DISTINCT kind FROM movement")}
    assert {"swing drawn", "swing settled", "swing paid"} <= kinds


def test_charges_and_what_the_fund_holds_are_shown():
    union = lasting(("QN", "QM", 9_000_000))
    union.pass_days(1)
    with closing(folded(union)) as views:
        surplus, deficit, _ = swing.positions(views.sql)
        assert surplus.value == -deficit.value > 500
        assert (surplus.average, surplus.days) == (surplus.value, 1)
    agreed(union)
    settle(union)
    with closing(folded(union)) as views:
        assert_the_lines_are_what_they_are(views.sql, union)
        surplus, deficit, _ = swing.charges(views.sql)
        assert surplus.average == -deficit.average > 500
        held = dict(views.sql.execute("SELECT id, balance FROM account WHERE kind = 'fund'").fetchall())
        assert held == {"fund/IDR/IDR": surplus.amount, "fund/VND/VND": deficit.amount}


def test_alerts_and_what_the_brake_held_back_are_shown():
    union = watched(currency_shares=(5_000, 6_000))
    for debtor, amount in (("QN", 280), ("QO", 280)):
        pay(union, debtor, "QM", minor(union, "IDR", amount))
    union.cycle()
    pay(union, "QO", "QN", minor(union, "VND", 270))
    union.cycle()
    with closing(folded(union)) as views:
        assert_the_lines_are_what_they_are(views.sql, union)
        assert [(each.date, each.currency, each.debtor) for each in swing.alerts(views.sql)] == [
            ("2026-11-24", "IDR", None)
        ]
        assert {each.currency for each in swing.brakes(views.sql, "2026-11-24")} == {"IDR"}
        assert swing.brakes(views.sql, "2026-11-25") == []
