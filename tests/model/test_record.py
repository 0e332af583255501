import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.command import Channel, PaymentOrder, SubmitPayments
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.queueing import Action, Priority
from mufakat.model.record import (
    LAST_TIME_US,
    RECORD_BYTES,
    action_of,
    batch,
    brought,
    is_linked,
    itemised,
    orders_of,
    split,
    unpack,
    with_terms,
)
from mufakat.model.refusal import Reason, Refusal
from tests.union import A1, A2, TUESDAY, uetr

ORDER = PaymentOrder(uetr(1), A1, A2, "IDR", 5, TUESDAY, Channel.MPNS, bytes(range(32)))
orders = st.builds(
    PaymentOrder,
    st.integers(0, 10**6).map(uetr),
    st.from_regex(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{5}", fullmatch=True),
    st.from_regex(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{5}", fullmatch=True),
    st.from_regex(r"[A-Z]{3}", fullmatch=True),
    st.integers(-(2**63), 2**63 - 1),
    st.dates(),
    st.sampled_from(Channel),
    st.binary(min_size=32, max_size=32),
    st.sampled_from(Priority),
    st.integers(0, LAST_TIME_US),
    st.integers(0, LAST_TIME_US),
    st.booleans(),
)
at_once = st.builds(
    msgspec.structs.replace,
    orders,
    channel=st.just(Channel.RTGS),
    earliest_us=st.just(0),
    divisible=st.just(False),
    action=st.sampled_from((Action.PAY, Action.RESERVE)),
    linked=st.booleans(),
)
ends = st.builds(
    msgspec.structs.replace,
    at_once,
    latest_us=st.just(0),
    action=st.sampled_from((Action.POST, Action.VOID)),
)


@given(st.lists(st.one_of(orders, at_once, ends), max_size=5))
def test_orders_come_back_as_they_went(several):
    body = batch(several)
    assert len(body.records) == RECORD_BYTES * len(several)
    assert orders_of(body) == tuple(several)


def test_the_layout_is_the_one_that_is_written_down():
    """The bytes of one order, put together by hand."""
    expected = (
        bytes.fromhex(uetr(1).replace("-", ""))
        + bytes(range(32))
        + A1.encode()
        + b"IDR"
        + b"\x01\0"
        + A2.encode()
        + b"\0"
        + TUESDAY.toordinal().to_bytes(4, "little")
        + (5).to_bytes(8, "little")
        + bytes(40)
    )
    assert batch((ORDER,)).records == expected
    timed = msgspec.structs.replace(
        ORDER, priority=Priority.URGENT, earliest_us=7, latest_us=LAST_TIME_US, divisible=True
    )
    changed = bytearray(expected)
    changed[63] = 2
    changed[88:105] = (7).to_bytes(8, "little") + LAST_TIME_US.to_bytes(8, "little") + b"\1"
    assert batch((timed,)).records == changed
    for action in Action:
        linked = msgspec.structs.replace(ORDER, channel=Channel.RTGS, action=action, linked=True)
        (record,) = split(batch((linked,)).records)
        assert record[104] == 8 + 2 * action
        assert (action_of(record), is_linked(record)) == (action, True)
        wrong = record[:104] + b"\xff" + record[105:]
        assert (unpack(wrong), action_of(wrong), is_linked(wrong)) == (None, Action.PAY, False)


@given(st.lists(orders, max_size=6))
def test_those_that_say_more_than_what_is_paid_when_and_to_whom_are_found(several):
    linked = msgspec.structs.replace(ORDER, channel=Channel.RTGS, linked=True)
    plain = [msgspec.structs.replace(ORDER, uetr=uetr(2)), linked]
    several = [*plain, *several, *plain]
    said = [each for each in several if each.priority or each.earliest_us or each.latest_us or each.divisible]
    assert list(with_terms(batch(several).records)) == said


@pytest.mark.parametrize(
    "change",
    [
        {"uetr": "not-a-uetr"},
        {"uetr": ORDER.uetr.upper()},
        {"details": b"short"},
        {"creditor_agent": "SHORT"},
        {"currency": "IDRX"},
        {"amount": 2**63},
        {"channel": 256},
        {"earliest_us": -1},
        {"latest_us": 2**64},
        {"linked": True},
        {"action": Action.RESERVE},
        {"channel": Channel.RTGS, "action": Action.RESERVE, "earliest_us": 1},
        {"channel": Channel.RTGS, "action": Action.RESERVE, "divisible": True},
        {"channel": Channel.RTGS, "action": Action.POST, "latest_us": 1},
        {"channel": Channel.RTGS, "linked": True, "divisible": True},
    ],
)
def test_what_no_record_holds_is_refused_and_named(change):
    with pytest.raises(ValueError, match="payment "):
        batch((msgspec.structs.replace(ORDER, **change),))


@given(st.integers(0, RECORD_BYTES - 1), st.integers(1, 255))
def test_a_changed_byte_gives_another_order_or_none(at, mask):
    record = bytearray(batch((ORDER,)).records)
    record[at] ^= mask
    assert unpack(bytes(record)) != ORDER


@pytest.mark.parametrize("length", [0, 1, 127, 129])
def test_another_length_is_no_record(length):
    assert unpack((batch((ORDER,)).records * 2)[:length]) is None


def test_a_date_beyond_the_calendar_is_none():
    record = bytearray(batch((ORDER,)).records)
    for day in (0, datetime.date.max.toordinal() + 1, 2**32 - 1):
        record[76:80] = day.to_bytes(4, "little")
        assert unpack(bytes(record)) is None


def test_items_are_told_with_their_refusals():
    body = batch((ORDER, ORDER, msgspec.structs.replace(ORDER, uetr=uetr(2))))
    again = ItemOutcome(uetr(1), Status.REFUSED, Refusal(Reason.DUPLICATE))
    outcome = Outcome(Status.DONE, None, (again,), statuses=bytes((Status.SETTLED, 0, Status.QUEUED)))
    assert itemised(body, outcome) == (
        ItemOutcome(uetr(1), Status.SETTLED),
        again,
        ItemOutcome(uetr(2), Status.QUEUED),
    )
    assert itemised(None, outcome) == outcome.items
    for other in (
        SubmitPayments(body.records[:256]),
        batch((msgspec.structs.replace(ORDER, uetr=uetr(3)),) * 3),
    ):
        with pytest.raises(ValueError, match=r"zip|no payment of the batch"):
            itemised(other, outcome)
    assert len(split(body.records)) == 3


def test_what_is_refused_alone_was_brought_and_what_is_refused_with_a_chain_was_not():
    whole = msgspec.structs.replace(ORDER, channel=Channel.RTGS)
    reserve, post = (msgspec.structs.replace(whole, action=each) for each in (Action.RESERVE, Action.POST))
    chained = msgspec.structs.replace(whole, linked=True)
    body = batch((whole, whole, reserve, post, chained, whole))
    refusals = [
        None,
        Refusal(Reason.DUPLICATE),
        None,
        None,
        Refusal(Reason.LINK_FAILED),
        Refusal(Reason.AMOUNT_ZERO),
    ]
    items = [ItemOutcome(uetr(1), Status.REFUSED if each else Status.DONE, each) for each in refusals]
    assert list(brought(body, items)) == [(whole, items[0]), (reserve, items[2])]
    alone = [ItemOutcome(uetr(1), Status.REFUSED, Refusal(Reason.AMOUNT_ZERO))]
    assert list(brought(batch((whole,)), alone)) == [(whole, alone[0])]
    assert list(brought(batch((reserve,)), alone)) == []
