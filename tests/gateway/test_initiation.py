"""An order's transfers become payment orders of the debtor's agent, or are refused each for its own reason."""

import pytest

from mufakat.gateway.document import Asks, Reading
from mufakat.gateway.inbound import read_document
from mufakat.model.command import PaymentOrder
from mufakat.vault.details import part_of
from tests.messages.ordering import order, payment, transfer, uetr_of
from tests.union import A1, B1, TUESDAY, charter

WHOLE = bytes(32)


def read(data: bytes):
    return read_document(data, Reading(charter(), WHOLE))


def test_each_transfer_is_an_order_of_its_payment_informations_agent():
    document = read(order(payment(transfer(1, agent=B1), transfer(2, agent=B1), agent=A1)))
    assert document.to.kind == "pain.002"
    assert document.to.agent == A1
    for number, part in enumerate(document.parts):
        assert isinstance(part.item, PaymentOrder)
        assert part.asks is Asks.PAYMENT
        assert (part.item.uetr, part.item.debtor_agent, part.item.creditor_agent, part.item.value_date) == (
            *(uetr_of(number + 1), A1, B1, TUESDAY),
        )
        assert part.item.details == part_of(WHOLE, number)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (payment(transfer(extra="<ChqInstr/>")), "CH17"),
        (payment(transfer()).replace('Ccy="IDR"', 'Ccy="XXX"'), "AM03"),
        (payment(transfer().replace("<Othr><Id>9000800070</Id></Othr>", "<IBAN>DE001</IBAN>")), "AC03"),
        (payment(transfer().replace(f"<UETR>{uetr_of(1)}</UETR>", "")), "MINF"),
    ],
)
def test_what_cannot_be_paid_is_refused_by_itself(one, code):
    document = read(order(one))
    (part,) = document.parts
    assert document.rejection is None
    assert part.item is None
    assert (part.rejection.code, part.rejection.line) == (code, 5)
