"""Market practice: a sound transaction becomes the order it describes; each rule refuses with its reason."""

import datetime
import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mufakat.gateway.practice import CLEARING_SYSTEM, amount_of, date_of, order_of, refuse_method
from mufakat.gateway.preference import Preference
from mufakat.messages.pacs import CustomerCreditTransfer, read_customer_credit_transfer
from mufakat.messages.transaction import CreditTransfer, SettlementTimes
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.money import MAX_AMOUNT, format_amount
from mufakat.model.queueing import Priority
from mufakat.model.refusal import Reason, Refusal
from tests.messages.official import credit_transfer, transaction
from tests.union import HOLIDAY, MEMBERS, TUESDAY, charter, uetr

CHARTER = charter()
DETAILS = bytes(range(32))
SETTLED_ON = f"<IntrBkSttlmDt>{TUESDAY}</IntrBkSttlmDt>"


@functools.cache
def sound() -> CustomerCreditTransfer:
    """A sound pacs.008 of one transaction of 150.25 IDR."""
    read = read_customer_credit_transfer(credit_transfer(transaction(currency="IDR", extra=SETTLED_ON)))
    assert isinstance(read, CustomerCreditTransfer), read
    return read


def transfer(
    debtor_agent: str | None = "AAAAQMQM", creditor_agent: str | None = "BBBBQNQN", **change: object
):
    """Its transaction, with the one thing changed that matters."""
    (read,) = sound().transactions
    agents = {
        "debtor": replace(read.debtor, agent=debtor_agent),
        "creditor": replace(read.creditor, agent=creditor_agent),
    }
    return replace(read, **agents, **change)


def order(of: CreditTransfer) -> PaymentOrder | Refusal:
    return order_of(CHARTER, of, DETAILS)


def test_a_sound_transaction_becomes_the_order_that_it_describes():
    assert order(transfer()) == PaymentOrder(
        uetr="00000001-ca16-48ba-b074-65581be6f001",
        debtor_agent="AAAAQMQMXXX",
        creditor_agent="BBBBQNQNXXX",
        currency="IDR",
        amount=15_025,
        value_date=TUESDAY,
        channel=Channel.RTGS,
        details=DETAILS,
    )


agents = st.from_regex(r"[A-Z]{4}Q[A-Z][A-Z0-9]{2}([A-Z0-9]{3})?", fullmatch=True)


@given(
    money=st.integers(1, 10**18 - 1),
    currency=st.sampled_from(sorted(MEMBERS.values())),
    debtor=agents,
    creditor=agents,
    date=st.dates(),
    number=st.integers(0, 1_000),
    channel=st.sampled_from([None, "RTGS", "RTNS", "MPNS"]),
    details=st.binary(min_size=32, max_size=32),
)
def test_whatever_comes_in_the_order_has_its_amount_agents_date_and_uetr(
    money, currency, debtor, creditor, date, number, channel, details
):
    code, decimals = currency
    facts = transfer(
        debtor,
        creditor,
        amount=format_amount(money, decimals),
        currency=code,
        value_date=date.isoformat(),
        uetr=uetr(number),
        clearing_channel=channel,
    )
    found = order_of(CHARTER, facts, details)
    assert isinstance(found, PaymentOrder), found
    assert (found.uetr, found.amount, found.currency) == (uetr(number), money, code)
    assert (found.debtor_agent, found.creditor_agent) == (
        debtor.ljust(11, "X") if len(debtor) == 8 else debtor,
        creditor.ljust(11, "X") if len(creditor) == 8 else creditor,
    )
    assert (found.value_date, found.details) == (date, details)
    assert found.channel is (Channel.RTGS if channel in {None, "RTGS"} else Channel.MPNS)


def times(**change: str) -> SettlementTimes:
    return SettlementTimes(**{"earliest": None, "till": None, "reject_after": None} | change)


@pytest.mark.parametrize(
    ("settlement", "instruction", "priority"),
    [
        (None, None, Priority.NORMAL),
        (None, "HIGH", Priority.HIGH),
        ("URGT", "NORM", Priority.URGENT),
        ("NORM", "HIGH", Priority.NORMAL),
    ],
)
def test_the_priority_is_that_of_settlement_or_else_that_of_the_instruction(
    settlement, instruction, priority
):
    found = order(transfer(settlement_priority=settlement, instruction_priority=instruction))
    assert found.priority is priority


def test_times_are_of_the_value_date_unless_they_have_a_date_and_the_sooner_end_counts():
    asked = times(earliest="09:00:00+07:00", till="15:00:00Z", reject_after="14:59:59.5Z")
    found = order(transfer(times=asked))
    start = int(datetime.datetime(2026, 11, 24, 2, tzinfo=datetime.UTC).timestamp()) * 1_000_000
    assert (found.earliest_us, found.latest_us) == (start, start + (13 * 3_600 - 1) * 1_000_000 + 500_000)
    found = order(transfer(times=times(reject_after="2026-11-24T16:00+07:00"), local_instrument="PARTS"))
    assert (found.earliest_us, found.latest_us, found.divisible) == (0, start + 7 * 3_600 * 1_000_000, True)


# -- refusals, in their order of precedence -----------------------------------------------------------

BREACHES = (
    (Reason.UNKNOWN_DEBTOR_AGENT, {"debtor_agent": None}, "It is missing."),
    (Reason.UNKNOWN_CREDITOR_AGENT, {"creditor_agent": "nobody"}, "nobody"),
    (Reason.UNKNOWN_CURRENCY, {"currency": "QMD"}, "QMD"),
    (Reason.AMOUNT_ZERO, {"amount": "0.00"}, ""),
    (Reason.DATE_INVALID, {"value_date": "2026-11-24Z"}, "2026-11-24Z"),
    (Reason.SETTLEMENT_METHOD, {"clearing_channel": "BOOK"}, "ClrChanl BOOK is not cleared here."),
    (Reason.UETR_INVALID, {"uetr": None}, "It is missing."),
    (Reason.TIME_INVALID, {"times": times(earliest="15:00:00")}, "15:00:00 has no offset."),
)
"""What breaks each rule between a transaction and its order, and the detail that is told, by precedence."""
NOT_VERSION_4 = uetr(1).replace("-4", "-1", 1)


@pytest.mark.parametrize(
    ("reason", "change", "detail"),
    [
        *BREACHES,
        (Reason.UNKNOWN_DEBTOR_AGENT, {"debtor_agent": "AAAAQMQMXX"}, "AAAAQMQMXX"),
        (Reason.UNKNOWN_CREDITOR_AGENT, {"creditor_agent": None}, "It is missing."),
        (Reason.AMOUNT_INVALID, {"amount": "-1.00"}, ""),
        (Reason.AMOUNT_DECIMALS, {"amount": "150.255"}, "IDR has 2."),
        (Reason.AMOUNT_DECIMALS, {"amount": "150.5", "currency": "VND"}, "VND has 0."),
        (Reason.AMOUNT_TOO_LARGE, {"amount": "9" * 18}, ""),
        (Reason.DATE_INVALID, {"value_date": None}, "It is missing."),
        (Reason.DATE_INVALID, {"value_date": "2026-02-30"}, "2026-02-30"),
        (Reason.UETR_INVALID, {"uetr": NOT_VERSION_4}, NOT_VERSION_4),
        (Reason.SETTLEMENT_METHOD, {"settlement_priority": "SOON"}, "Priority SOON is not known here."),
        (Reason.SETTLEMENT_METHOD, {"times": times(cls="12:00:00Z")}, "CLSTm asks for CLS."),
        (Reason.TIME_INVALID, {"times": times(reject_after="noon")}, "noon"),
        (Reason.TIME_INVALID, {"times": times(till="24:30:00Z")}, "24:30:00Z"),
    ],
)
def test_each_breach_is_refused_with_its_reason_and_what_was_found(reason, change, detail):
    assert order(transfer(**change)) == Refusal(reason, detail)


@given(st.lists(st.sampled_from(BREACHES), min_size=1, unique_by=lambda breach: breach[0]))
def test_of_several_breaches_the_first_in_precedence_is_told(breaches):
    found = order(transfer(**{name: value for _, change, _ in breaches for name, value in change.items()}))
    assert isinstance(found, Refusal)
    assert found.reason is min(reason for reason, _, _ in breaches)


@pytest.mark.parametrize(
    ("text", "minor"), [("150", 15_000), ("150.2", 15_020), ("150.250000", 15_025), ("007.10", 710)]
)
def test_zeros_at_either_end_of_an_amount_change_nothing(text, minor):
    assert amount_of(CHARTER, text, "IDR") == minor


@given(st.text(max_size=25))
def test_any_text_is_an_amount_or_a_reason(text):
    found = amount_of(CHARTER, text, "VND")
    if isinstance(found, Refusal):
        assert found.reason in {
            Reason.AMOUNT_INVALID,
            Reason.AMOUNT_ZERO,
            Reason.AMOUNT_DECIMALS,
            Reason.AMOUNT_TOO_LARGE,
        }
    else:
        assert 0 < found <= MAX_AMOUNT


@given(st.dates())
def test_every_date_is_read_as_written_and_only_without_a_time_zone(date):
    assert date_of(date.isoformat()) == date
    for zone in ("Z", "+07:00", "T00:00:00"):
        assert date_of(date.isoformat() + zone) == Refusal(Reason.DATE_INVALID, date.isoformat() + zone)


@pytest.mark.parametrize("date", [HOLIDAY, TUESDAY - datetime.timedelta(366)])
def test_whether_a_date_settles_is_left_to_the_rules(date):
    assert order(transfer(value_date=str(date))).value_date == date


# -- a whole message ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["INDA", "INGA", "COVE"])
def test_a_message_that_is_not_to_be_cleared_is_refused(method):
    found = refuse_method(replace(sound(), settlement_method=method), Preference())
    assert found == Refusal(Reason.SETTLEMENT_METHOD, f"SttlmMtd is {method}.")


def test_a_message_for_another_clearing_system_is_refused():
    found = refuse_method(replace(sound(), clearing_system="TGT"), Preference())
    assert found == Refusal(Reason.CLEARING_SYSTEM, "ClrSys is TGT, not MUFAKAT.")


@pytest.mark.parametrize("system", [None, CLEARING_SYSTEM])
def test_a_message_that_names_this_union_or_none_is_taken(system):
    assert refuse_method(replace(sound(), clearing_system=system), Preference()) is None
