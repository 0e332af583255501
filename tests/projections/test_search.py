"""Payments are found by any of their fields, statements by any period, balances at any entry: as events say it."""

import datetime
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply
from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model.case import CaseDecided, PaymentHeld
from mufakat.model.command import PaymentOrder
from mufakat.model.queueing import Action
from mufakat.model.record import split, unpack
from mufakat.model.refusal import Reason
from mufakat.model.verdict import Verdict
from mufakat.projections import balance, search, statement, timeline
from mufakat.projections.search import Wanted
from tests.projections.conftest import folded, published
from tests.strategies import play, steps, world

OF_ORDER = ("debtor_agent", "creditor_agent", "currency")
NO_DATE = "0001-01-01"
HELD = ("held", "frozen")
DECIDED = {
    Verdict.CLEAR: {"status": "accepted"},
    Verdict.HIT: {"status": "frozen"},
    Verdict.RETURN: {"status": "rejected", "reason": int(Reason.PARTY_LISTED)},
}


def told(union) -> list[dict[str, Any]]:  # noqa: C901, PLR0912, PLR0915 - a case for each event
    """Fold events into what can be asked of payments, in order of arrival, with plain Python."""
    payments: dict[str, dict[str, Any]] = {}
    netted: list[e.PositionsNetted] = []
    of_case: dict[int, str] = {}
    date = NO_DATE

    def arrive(order: PaymentOrder, status: str, begun: str, reason: int | None = None) -> None:
        payments[order.uetr] = {name: getattr(order, name) for name in OF_ORDER} | {
            "uetr": order.uetr,
            "amount": order.amount,
            "value_date": order.value_date.isoformat(),
            "channel": order.channel.name,
            "status": status,
            "reason": reason,
            "cycle": None,
            "came": begun,
        }

    for _, events in published(union):
        begun = date
        for event in events:
            match event:
                case e.PhaseEntered():
                    date = event.date.isoformat()
                case e.PaymentsSettled():
                    for order in map(unpack, split(event.records)):
                        arrive(order, "settled", begun)
                        payments[order.uetr]["value_date"] = date
                case e.RecordsPosted():
                    for order in map(unpack, split(event.records)):
                        match order.action:
                            case Action.PAY | Action.RESERVE:
                                arrive(order, "reserved" if order.action else "settled", begun)
                            case Action.POST:
                                payments[order.uetr] |= {"status": "settled", "amount": order.amount}
                            case Action.VOID:
                                payments[order.uetr]["status"] = "voided"
                case e.PaymentAccepted():
                    arrive(event.order, "accepted", begun)
                case e.PaymentQueued() if event.order is not None:
                    arrive(event.order, "queued", begun)
                case e.PaymentQueued():
                    payments[event.uetr]["status"] = "queued"
                case e.PaymentRejected() if event.order is not None:
                    arrive(event.order, "rejected", begun, int(event.reason))
                case e.PaymentRejected():
                    payments[event.uetr] |= {"status": "rejected", "reason": int(event.reason)}
                case PaymentHeld() if event.order is not None:
                    arrive(event.order, "held", begun)
                    of_case[event.hold.case] = event.uetr
                case PaymentHeld():
                    rejected = {"status": "rejected", "reason": int(Reason.PARTY_LISTED)}
                    was_reserved = payments[event.uetr]["status"] == "reserved"
                    payments[event.uetr] |= rejected if was_reserved else {"status": "held"}
                    of_case[event.hold.case] = event.uetr
                case CaseDecided() if payments.get(of_case.get(event.case), {}).get("status") in HELD:
                    payments[of_case[event.case]] |= DECIDED[event.verdict]
                case e.PaymentSettled():
                    payments[event.uetr]["status"] = "settled"
                case q.PaymentsOffset() | q.QueuesResolved():
                    for uetr, *_ in event.payments:
                        payments[uetr]["status"] = "settled"
                case e.PositionsNetted():
                    netted.append(event)
                case e.CycleSettled():
                    for uetr in (uetr for each in netted for uetr in each.payments):
                        payments[uetr] |= {"status": "settled", "cycle": event.number}
                    netted.clear()
                case e.PaymentCancelled():
                    payments[event.uetr]["status"] = "cancelled"
                case e.PaymentReturned():
                    payments[event.uetr]["status"] = "returned"
    return [*payments.values()]


def fits(payment: dict[str, Any], wanted: Wanted) -> bool:
    names = ("uetr", *OF_ORDER, "status", "channel", "cycle", "reason", "value_date")
    same = all(getattr(wanted, name) in {None, payment[name]} for name in names)
    within = (wanted.least or 0) <= payment["amount"] <= (wanted.most or 1 << 63)
    return same and within and (wanted.first or "") <= payment["came"] <= (wanted.last or "9999-12-31")


@st.composite
def asked(draw, payments):
    """Fields to ask for, mostly those that some payment has."""
    some = draw(st.sampled_from(payments)) if payments else {}
    near = {"least": some.get("amount"), "most": some.get("amount")}
    near |= {"first": some.get("came"), "last": some.get("came")}
    values = {name: some.get(name, near.get(name)) for name in Wanted.__struct_fields__}
    chosen = draw(st.sets(st.sampled_from(sorted(values)), max_size=4))
    strange = {"creditor_agent": "NOBKQMA1XXX", "channel": "MPNS", "status": "queued", "cycle": 2}
    named = {name: values[name] for name in chosen}
    if draw(st.integers(0, 5)) == 0:
        name = draw(st.sampled_from(sorted(strange)))
        named[name] = strange[name]
    return Wanted(**named)


def all_pages(sql, wanted, limit):
    after, pages = None, []
    while True:
        page = search.search(sql, wanted, limit, after=after)
        pages.append(page.payments)
        assert len(page.payments) <= limit
        if page.after is None:
            return [payment for page in pages for payment in page]
        assert len(page.payments) == limit
        after = page.after


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps(), st.data())
def test_the_payments_that_are_found_are_those_that_events_say_fit(said, data):
    union = world()
    play(union, said)
    payments = told(union)
    with closing(folded(union)) as views, pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "SLICE", data.draw(st.sampled_from([1, 3, 1 << 18])))
        for _ in range(5):
            wanted = data.draw(asked(payments))
            found = all_pages(views.sql, wanted, data.draw(st.integers(1, 4)))
            assert [each.uetr for each in found] == [each["uetr"] for each in payments if fits(each, wanted)]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_when_everything_has_happened_each_question_has_its_answer(busy, sql, data):
    payments = told(busy)
    wanted = data.draw(asked(payments))
    found = all_pages(sql, wanted, 50)
    assert [each.uetr for each in found] == [each["uetr"] for each in payments if fits(each, wanted)]
    assert all(each == timeline.payment(sql, each.uetr) for each in found)


def test_nobody_goes_on_after_a_payment_that_nobody_knows(sql):
    with pytest.raises(LookupError, match="no payment has the UETR"):
        search.search(sql, Wanted(), 5, after="00000000-0000-4000-8000-000000000000")
    assert search.search(sql, Wanted(uetr="no UETR"), 5) == search.Page((), None)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(debtor_agent="BK01QMA1XXX", currency="IDR"), "payment_by_debtor"),
        (Wanted(debtor_agent="BK01QMA1XXX", currency="IDR"), "payment_waited_by_debtor"),
        (Wanted(creditor_agent="BK01QMA1XXX", currency="IDR"), "payment_by_creditor"),
        (Wanted(creditor_agent="BK01QMA1XXX", currency="IDR"), "payment_waited_by_creditor"),
        (Wanted(status="queued"), "payment_by_status"),
        (Wanted(cycle=1), "payment_by_cycle"),
    ],
)
def test_what_is_often_asked_goes_by_an_index_and_sorts_nothing(sql, wanted, index):
    legs, values = search._legs(sql, wanted)
    given = [each for leg in values for each in (*leg, 0, 1 << 40, 10)]
    plan = [row[-1] for row in sql.execute(f"EXPLAIN QUERY PLAN {legs}", given)]
    assert any(f"USING INDEX {index}" in each or f"USING COVERING INDEX {index}" in each for each in plan), (
        plan
    )
    assert not any("TEMP B-TREE" in each for each in plan), plan


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps(), st.data())
def test_at_any_entry_each_account_held_what_the_rules_knew_then(said, data):
    union = world()
    play(union, said)
    stop = data.draw(st.integers(0, len(union.log)))
    state = apply.found(union.genesis)
    for command, at_us in union.log[:stop]:
        apply.execute(state, command, at_us)
    then = {account.id: account.balance for account in state.accounts.records()}
    with closing(folded(union)) as views:
        held = balance.held_after(views.sql, stop + 1)
        assert {each.account: each.balance for each in held} == {
            account.id: then.get(account.id, 0) for account in union.state.accounts.records()
        }
        for each in held[:2]:
            assert each in balance.held_after(views.sql, stop + 1, owner=each.owner, currency=each.currency)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps(), st.data())
def test_pages_of_a_period_are_all_movements_of_it_in_order(said, data):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        days = sorted({NO_DATE, *(date for date, _, _ in timeline.phases(views.sql))})
        first, last = sorted((data.draw(st.sampled_from(days)), data.draw(st.sampled_from(days))))
        if data.draw(st.booleans()):
            last = (datetime.date.fromisoformat(last) + datetime.timedelta(days=1)).isoformat()
        account = data.draw(st.sampled_from([each.id for each in union.state.accounts.records()]))
        limit, after, listed = data.draw(st.integers(1, 3)), 0, []
        while True:
            page = statement.period(views.sql, account, first, last, after=after, limit=limit)
            listed += page.movements
            if page.after is None:
                break
            after = page.after
        rows = views.sql.execute(
            "SELECT number, at_us, date, amount, balance, kind, reference, counterparty FROM movement"
            " WHERE account = ? ORDER BY number",
            (account,),
        )
        booked = [statement.Movement(*row) for row in rows]
    assert listed == [each for each in booked if first <= each.date <= last]
    assert page.opening == sum(each.amount for each in booked if each.date < first)
    assert page.closing == sum(each.amount for each in booked if each.date <= last)
