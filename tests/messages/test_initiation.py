from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import fault
from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault
from mufakat.messages.initiation import read_initiation, transfers_of
from mufakat.messages.schema import violation
from mufakat.messages.versions import READ
from tests.messages.invented import Invention
from tests.messages.ordering import CREDITOR_AGENT, DEBTOR_AGENT, order, payment, transfer, uetr_of


def read(data: bytes):
    return read_initiation(open_message(data))


@pytest.mark.parametrize("version", READ["pain.001"])
def test_an_order_is_read_as_what_its_bank_instructs(version):
    found = read(order(version=version))
    (one,) = found.transactions
    assert (found.sender, one.references.payment_id, one.references.uetr) == (DEBTOR_AGENT, "P-1", uetr_of(1))
    paid = one.transfer
    assert (paid.amount, paid.currency, paid.value_date) == ("125000.50", "IDR", "2026-11-24")
    assert (paid.debtor.agent, paid.creditor.agent) == (DEBTOR_AGENT, CREDITOR_AGENT)
    assert (paid.debtor.name, paid.creditor.account, paid.remittance) == (
        *("Sawah Emas", "9000800070", ("INV-77",)),
    )
    assert (paid.charge_bearer, one.line) == ("SHAR", 5)


@pytest.mark.parametrize("version", READ["pain.001"])
def test_each_transfer_goes_on_with_all_that_the_order_says(version):
    document = open_message(order(payment(transfer(1), transfer(2)), version=version)).document
    ((_, definition, made),) = transfers_of(document, {1})
    assert violation(definition, made) is None
    texts = {each.text for each in made.iter() if each.text}
    assert {"E-2", uetr_of(2), "Sawah Utara", "Karet Selatan", "INV-77", "1000200030", "9000800070"} <= texts
    assert "E-1" not in texts


def test_older_versions_have_no_place_for_a_uetr():
    found = read(order(version="pain.001.001.08"))
    assert isinstance(found, Fault)
    assert "pain.001.001.09" in found.text


def test_a_date_and_time_of_execution_is_its_date():
    found = read(order(payment(transfer(), date="<DtTm>2026-11-25T09:00:00+07:00</DtTm>")))
    assert found.transactions[0].transfer.value_date == "2026-11-25"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (order(count=2), fault.COUNT),
        (order(total="<CtrlSum>1</CtrlSum>"), fault.CONTROL_SUM),
        (order(payment(transfer(), sums="<NbOfTxs>2</NbOfTxs>")), fault.COUNT),
        (order(payment(transfer(), sums="<CtrlSum>125000.51</CtrlSum>")), fault.CONTROL_SUM),
        (order().replace(b"<PmtMtd>TRF</PmtMtd>", b""), fault.MALFORMED),
    ],
)
def test_what_does_not_add_up_or_breaks_the_schema_is_refused_whole(data, code):
    found = read(data)
    assert (found.code, found.message_id, found.instructing_agent) == (code, "O-1", DEBTOR_AGENT)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (order(payment(transfer(), method="CHK")), "PmtMtd is CHK"),
        (order(payment(transfer(extra="<ChqInstr/>"))), "Cheques"),
        (order(payment(transfer(extra="<XchgRateInf/>"))), "one currency"),
        (
            order(
                payment(
                    transfer(
                        given='<EqvtAmt><Amt Ccy="IDR">5</Amt><CcyOfTrf>QMD</CcyOfTrf></EqvtAmt>',
                    )
                )
            ),
            "EqvtAmt",
        ),
    ],
)
def test_what_is_not_for_the_union_is_no_transfer(data, words):
    (one,) = read(data).transactions
    assert one.transfer is None
    assert words in one.not_admitted


def test_a_transfer_that_breaks_a_rule_keeps_no_other_from_going_on():
    wrong = transfer(2).replace("<Othr><Id>9000800070</Id></Othr>", "<IBAN>DE00123456789012345678</IBAN>")
    good, bad = read(order(payment(transfer(1), wrong))).transactions
    assert good.transfer is not None
    assert (bad.fault.code, bad.fault.line) == (fault.CREDITOR_ACCOUNT, 6)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(1, 10**9), min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from(READ["pain.001"]),
)
def test_every_transfer_of_every_payment_information_is_read_once_in_order(amounts, version):
    numbers = iter(range(1, 99))
    payments = [
        payment(*(transfer(next(numbers), amount=f"{each}.00") for each in group), name=f"P-{at}")
        for at, group in enumerate(amounts)
    ]
    total = sum(map(sum, amounts))
    found = read(order(*payments, version=version, total=f"<CtrlSum>{total}.00</CtrlSum>"))
    expected = [(f"P-{at}", f"{each}.00") for at, group in enumerate(amounts) for each in group]
    assert [(each.references.payment_id, each.transfer.amount) for each in found.transactions] == expected


def test_supplementary_data_goes_on_as_it_came():
    own = "<SplmtryData><Envlp><x xmlns='urn:mine'><y>1</y></x></Envlp></SplmtryData>"
    document = open_message(order(payment(transfer(tail=own)))).document
    ((_, definition, made),) = transfers_of(document, {0})
    assert violation(definition, made) is None
    (kept,) = made.iter("{urn:mine}x")
    assert etree.tostring(kept, method="c14n") == b'<x xmlns="urn:mine"><y>1</y></x>'


PLAIN = {"Cdtr": 1, "CdtrAgt": 1, "ChqInstr": 0, "XchgRateInf": 0}
"""How often elements come in an order that the union can take."""


def _make_plain(document: Any) -> None:
    """Make of an invented order one whose transfers the union can take: in an amount, by transfer."""
    ns = document.tag.removesuffix("Document")
    for method in document.iter(f"{ns}PmtMtd"):
        method.text = "TRF"
    for each in document.iter(f"{ns}IBAN"):
        each.text = "GB82WEST12345698765432"
    for amount in list(document.iter(f"{ns}Amt")):
        if amount.getparent().tag == f"{ns}CdtTrfTxInf":
            amount[:] = [etree.Element(f"{ns}InstdAmt", Ccy="IDR")]
            amount[0].text = "150.25"


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(READ["pain.001"]), st.integers(0, 2**32), st.integers(1, 3))
def test_of_an_invented_order_all_of_a_transfer_goes_on_or_it_is_refused(definition, seed, count):
    document = Invention(definition, seed, 0.4).document(PmtInf=1, CdtTrfTxInf=count, **PLAIN)
    for amount in document.iter("{*}CtrlSum", "{*}NbOfTxs"):
        if amount.tag.endswith("}CtrlSum") or amount.getparent().tag.endswith("}PmtInf"):
            amount.getparent().remove(amount)
    document[0][0].find("{*}NbOfTxs").text = str(count)
    _make_plain(document)
    document = etree.fromstring(etree.tostring(document))
    found = read_initiation(Opened(document=document, definition=definition, header=None))
    assert not isinstance(found, Fault)
    assert len(found.transactions) == count
    for number, one in enumerate(found.transactions):
        assert one.transfer is not None, one
        ((_, version, made),) = transfers_of(document, {number})
        assert violation(version, made) is None
        came = list(document.iter("{*}CdtTrfTxInf"))[number]
        for name in ("RmtInf", "Cdtr", "CdtrAcct", "UltmtCdtr", "Purp", "Tax", "RgltryRptg"):
            told = [[x.text for x in each.iter() if x.text] for each in came.findall(f"{{*}}{name}")]
            kept = [[x.text for x in each.iter() if x.text] for each in made[0][1].findall(f"{{*}}{name}")]
            assert kept == told
