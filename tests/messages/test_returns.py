"""Returns are read as written, in every version that names payments by UETR, and refused with the place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault, Original
from mufakat.messages.returns import PaymentReturn, read_return
from mufakat.messages.versions import READ
from tests.messages.banking import UETR, payment_return
from tests.messages.invented import Invention
from tests.messages.official import ISO, needs_data, rows, sample


def read(data: bytes) -> Any:
    opened = open_message(data)
    return read_return(opened) if isinstance(opened, Opened) else opened


@pytest.mark.parametrize("version", READ["pacs.004"])
def test_a_return_of_each_version_says_of_which_payment_how_much_and_why(version):
    found = read(payment_return(version=version))
    assert isinstance(found, PaymentReturn), found
    (one,) = found.transactions
    assert (found.message_id, found.sender, found.settlement_method) == ("R-1", "BBBBQNQN", "CLRG")
    assert (one.amount, one.currency, one.reason, one.date) == ("150.25", "QMD", "AC04", None)
    assert (one.references.uetr, one.references.instruction_id) == (UETR, "RT-1")
    assert one.references.original == Original(message_id="M-1", definition="pacs.008.001.08")


def test_what_is_said_of_the_group_holds_for_each_return():
    group = (
        b"<OrgnlGrpInf><OrgnlMsgId>G-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>"
        b"<RtrRsnInf><Rsn><Cd>MS03</Cd></Rsn></RtrRsnInf></OrgnlGrpInf>"
    )
    data = payment_return(reason="").replace(b"</GrpHdr>", b"</GrpHdr>" + group)
    data = data.replace(b"<SttlmInf>", b"<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt><SttlmInf>")
    (one,) = read(data).transactions
    assert (one.reason, one.date) == ("MS03", "2026-11-24")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b"<NbOfTxs>1", b"<NbOfTxs>2"), "AM19"),
        ((b">150.25<", b">+150.25<"), "AM12"),
        ((b"pacs.004.001.09", b"pacs.004.001.08"), "MINF"),
        ((b"pacs.004.001.09", b"pacs.004.001.15"), "FF01"),
        ((b"<RtrId>", b"<Wrong>1</Wrong><RtrId>"), "FF01"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_the_payments_that_it_names(change, code):
    found = read(payment_return().replace(*change))
    assert isinstance(found, Fault)
    assert (found.code, found.message_id, found.instructing_agent) == (code, "R-1", "BBBBQNQN")
    assert found.line is not None
    assert [each.uetr for each in found.transactions] == [UETR]


def test_a_return_of_a_whole_group_by_its_header_is_refused():
    data = payment_return()
    begin, end = data.index(b"<TxInf>"), data.index(b"</TxInf>") + len(b"</TxInf>")
    assert read(data[:begin] + data[end:]).code == "MINF"


@given(st.sampled_from(READ["pacs.004"]), st.integers(0, 2**32))
def test_whatever_fits_the_schema_is_read_or_refused(version, seed):
    found = read(etree.tostring(Invention(version, seed).document(TxInf=1)))
    assert isinstance(found, PaymentReturn | Fault)


@needs_data
@pytest.mark.parametrize(
    "row", [row for row in rows(ISO) if row["message"].startswith("pacs.004")], ids=lambda row: row["file"]
)
def test_every_sample_is_read_or_refused_as_it_deserves(row):
    data = sample(ISO, row)
    found = read(data)
    older = row["message"] < READ["pacs.004"][0]
    if isinstance(found, Fault):
        assert row["xsd_verdict"] != "valid" or older or b"<!--" in data or b"TxInf>" not in data, found
    else:
        assert row["xsd_verdict"] == "valid" and not older
        assert all(each.amount.encode() in data for each in found.transactions)
