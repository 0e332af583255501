"""A request to pay goes on to the bank that it names, an answer back; who cannot be named is asked for."""

import pytest

from mufakat.gateway.document import Asks, Reading
from mufakat.gateway.inbound import read_document
from tests.messages.banking import fi
from tests.messages.requesting import CREDITOR, DEBTOR, answer, asked, group, request
from tests.union import charter


def read(data: bytes):
    return read_document(data, Reading(charter(), bytes(32)))


def test_a_request_is_answered_to_the_creditors_agent_and_goes_to_the_debtors():
    document = read(request(group("P-1", [asked(1), asked(2)])))
    assert (document.to.kind, document.to.agent, document.to.original.transactions) == (
        "pain.014",
        CREDITOR,
        2,
    )
    for part in document.parts:
        assert (part.asks, part.item, part.rejection) == (Asks.REQUEST, None, None)
        assert (part.speaker, part.goes_to) == (CREDITOR, DEBTOR)


def test_an_answer_goes_to_the_creditors_agent_and_is_not_answered():
    document = read(answer())
    assert document.to is None
    (part,) = document.parts
    assert (part.asks, part.speaker, part.goes_to) == (Asks.REQUEST, DEBTOR, CREDITOR)


@pytest.mark.parametrize(
    ("data", "code", "side"),
    [
        (answer(parties=fi("CdtrAgt", CREDITOR)), "RC06", "debtor"),
        (answer(parties=fi("DbtrAgt", DEBTOR)), "RC07", "creditor"),
        (answer(parties=""), "RC06", "debtor"),
    ],
)
def test_a_bank_without_a_bic_is_asked_for(data, code, side):
    (part,) = read(data).parts
    assert part.rejection.code == code
    assert side in part.rejection.text
