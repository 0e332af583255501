"""Requests to pay and the answers to them are read as written: who says what to whom, of which payment."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault
from mufakat.messages.request import PaymentRequest, read_request, read_request_answer
from mufakat.messages.versions import READ
from tests.messages.banking import UETR, fi
from tests.messages.invented import Invention
from tests.messages.requesting import CREDITOR, DEBTOR, answer, asked, group, request

READERS = {"pain.013": read_request, "pain.014": read_request_answer}


def read(data: bytes) -> Any:
    opened = open_message(data)
    return READERS[opened.definition[:8]](opened) if isinstance(opened, Opened) else opened


@pytest.mark.parametrize("version", READ["pain.013"])
def test_a_request_of_each_version_goes_from_the_creditors_agent_to_the_debtors(version):
    found = read(request(version=version))
    assert isinstance(found, PaymentRequest), found
    (one,) = found.transactions
    assert (found.message_id, found.sender, one.speaker, one.receiver) == ("R-1", CREDITOR, CREDITOR, DEBTOR)
    told = one.references
    assert (told.instruction_id, told.end_to_end_id, told.uetr, told.payment_id) == (
        "I-1",
        "E-1",
        UETR,
        "P-1",
    )


@pytest.mark.parametrize("version", READ["pain.014"])
def test_an_answer_of_each_version_goes_back(version):
    (one,) = read(answer(version=version)).transactions
    assert (one.speaker, one.receiver, one.references.uetr, one.references.payment_id) == (
        *(DEBTOR, CREDITOR),
        *(UETR, "P-1"),
    )


def test_each_payment_information_has_its_own_debtors_agent():
    found = read(request(group("P-1", [asked(1), asked(2)]), group("P-2", [asked(3)], agent="OTHRQMA0XXX")))
    assert [(each.references.payment_id, each.receiver) for each in found.transactions] == [
        *[("P-1", DEBTOR)] * 2,
        ("P-2", "OTHRQMA0XXX"),
    ]


def test_the_original_transaction_names_the_agents_before_the_group_does():
    reference = f"<OrgnlTxRef>{fi('CdtrAgt', 'OTHRQMA0XXX')}<Cdtr><Nm>K</Nm></Cdtr></OrgnlTxRef>"
    data = answer().replace(b"</TxSts>", b"</TxSts>" + reference.encode())
    assert read(data).transactions[0].receiver == "OTHRQMA0XXX"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (request(count=2), "AM19"),
        (request(version="pain.013.001.05"), "MINF"),
        (request().replace(b"<ChrgBr>SLEV</ChrgBr>", b""), "FF01"),
        (answer(version="pain.014.001.05"), "MINF"),
        (answer().replace(b"<TxInfAndSts>", b"<!--").replace(b"</TxInfAndSts>", b"-->"), "FF01"),
        (re.sub(rb"<TxInfAndSts>.*</TxInfAndSts>", b"", answer()), "MINF"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(data, code):
    found = read(data)
    assert isinstance(found, Fault)
    assert found.code == code


@given(st.sampled_from([each for kind in READERS for each in READ[kind]]), st.integers(0, 2**32))
def test_whatever_fits_the_schema_is_read_or_refused(version, seed):
    assert isinstance(read(etree.tostring(Invention(version, seed).document())), PaymentRequest | Fault)
