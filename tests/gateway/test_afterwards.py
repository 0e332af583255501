"""Who may return, recall, answer and ask follows from the payment on the log; the rest is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mufakat.gateway.document import Asks, Document, Part, Reading
from mufakat.gateway.inbound import read_document
from mufakat.gateway.preference import Preference, Preferences
from mufakat.model.command import CancelPayment, ReturnPayment
from mufakat.projections.timeline import PaymentView
from tests.messages import banking
from tests.messages.banking import UETR
from tests.union import A1, B1, C1, NOON_US, TUESDAY, charter

PAYMENT = PaymentView(
    uetr=UETR,
    debtor_agent=A1,
    creditor_agent=B1,
    currency="IDR",
    amount=15_025,
    value_date=str(TUESDAY),
    channel="RTGS",
    details=bytes(32),
    status="settled",
    reason=None,
    cycle=None,
    submitted_us=NOON_US,
    changed_us=NOON_US,
    priority="normal",
    earliest_us=0,
    latest_us=0,
    divisible=0,
    paid=0,
)
READING = Reading(charter(), bytes(32), {UETR: PAYMENT}.get, str(TUESDAY))
BUILDERS = {
    Asks.RETURN: lambda agents: banking.payment_return(agents=agents, currency="IDR"),
    Asks.RECALL: lambda agents: banking.recall(UETR, agents=agents),
    Asks.ADVICE: lambda agents: banking.resolution(agents=agents),
    Asks.STATUS: lambda agents: banking.status_request(agents=agents),
}
MAY = {Asks.RETURN: {B1}, Asks.RECALL: {A1}, Asks.ADVICE: {B1}, Asks.STATUS: {A1, B1}}


def one(data: bytes, reading: Reading = READING) -> Part:
    document = read_document(data, reading)
    assert isinstance(document, Document) and document.rejection is None, document
    (part,) = document.parts
    return part


@pytest.mark.parametrize("asks", BUILDERS)
@pytest.mark.parametrize("speaker", [A1, B1, C1, "NOBKQMA0XXX"])
def test_only_whose_affair_it_is_may_speak(asks, speaker):
    part = one(BUILDERS[asks]((speaker, C1)))
    assert part.asks is asks
    if speaker in MAY[asks]:
        assert (part.rejection, part.speaker) == (None, speaker)
    else:
        assert (part.item, part.rejection.code) == (None, "AGNT")


def test_what_is_put_names_the_payment_and_the_reason():
    assert one(BUILDERS[Asks.RETURN]((B1, A1))).item == ReturnPayment(UETR, "AC04")
    assert one(BUILDERS[Asks.RECALL]((A1, B1))).item == CancelPayment(UETR)
    assert one(BUILDERS[Asks.ADVICE]((B1, A1))).item is None
    assert one(BUILDERS[Asks.STATUS]((A1, B1))).item is None


@pytest.mark.parametrize("asks", BUILDERS)
def test_a_payment_must_be_named_by_a_right_uetr(asks):
    data = BUILDERS[asks]((A1, B1)).replace(f"<OrgnlUETR>{UETR}</OrgnlUETR>".encode(), b"")
    assert one(data).rejection.code == "MINF"


@given(st.integers(0, 10**9))
def test_a_return_is_of_all_that_was_settled_and_of_nothing_else(minor):
    amount = f"{minor // 100}.{minor % 100:02}"
    part = one(banking.payment_return(agents=(B1, A1), currency="IDR", amount=amount))
    assert (part.rejection is None) == (minor == PAYMENT.amount)


def test_of_what_ended_in_part_the_part_is_returned():
    paid = replace(PAYMENT, status="rejected", paid=100)
    reading = replace(READING, payment_of={UETR: paid}.get)
    assert (
        one(banking.payment_return(agents=(B1, A1), currency="IDR", amount="1.00"), reading).rejection is None
    )
    assert one(banking.payment_return(agents=(B1, A1), currency="IDR"), reading).rejection.code == "AM09"


@pytest.mark.parametrize(
    ("method", "practice", "taken"),
    [("CLRG", "HVPS+", True), ("INGA", "HVPS+", False), ("INGA", "CBPR+", True), ("CLRG", "CBPR+", True)],
)
def test_a_return_is_settled_as_the_practice_of_who_returns_says(method, practice, taken):
    data = banking.payment_return(agents=(B1, A1), currency="IDR").replace(b"CLRG", method.encode())
    reading = replace(READING, preferences=Preferences({B1: Preference(practice=practice)}))
    assert (one(data, reading).rejection is None) == taken


def test_what_nobody_knows_may_be_recalled_and_asked_about_but_neither_returned_nor_resolved():
    reading = replace(READING, payment_of={}.get)
    assert one(BUILDERS[Asks.RECALL]((A1, B1)), reading).item == CancelPayment(UETR)
    assert one(BUILDERS[Asks.STATUS]((A1, B1)), reading).rejection is None
    assert one(BUILDERS[Asks.RETURN]((B1, A1)), reading).rejection.code == "NARR"
    assert one(BUILDERS[Asks.ADVICE]((B1, A1)), reading).rejection.code == "NARR"


def test_a_recall_by_nobody_is_refused():
    data = banking.recall(UETR, agents=(A1, B1), case=None)
    data = data.replace(f"<BICFI>{A1}</BICFI>".encode(), b"<Nm>Bank</Nm>")
    assert one(data).rejection.code == "AGNT"
