"""Questions about payments are read as written, in every version with a UETR."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault, Original
from mufakat.messages.inquiry import StatusRequest, read_status_request
from mufakat.messages.versions import READ
from tests.messages.banking import UETR, original, status_request
from tests.messages.invented import Invention
from tests.messages.official import ISO, needs_data, rows, sample


def read(data: bytes) -> Any:
    opened = open_message(data)
    return read_status_request(opened) if isinstance(opened, Opened) else opened


@pytest.mark.parametrize("version", READ["pacs.028"])
def test_a_question_of_each_version_says_who_asks_about_which_payment(version):
    found = read(status_request(version=version))
    assert isinstance(found, StatusRequest), found
    assert (found.message_id, found.sender) == ("Q-1", "AAAAQMQM")
    (one,) = found.transactions
    assert one.references.uetr == UETR
    assert one.references.original == Original(message_id="M-1", definition="pacs.008.001.08")


def test_the_one_message_that_is_named_for_all_is_that_of_each():
    data = status_request().decode().replace(original(), "").replace("<TxInf>", f"{original()}<TxInf>")
    assert read(data.encode()).transactions[0].references.original.message_id == "M-1"


@pytest.mark.parametrize(
    ("change", "code"),
    [((b"pacs.028.001.03", b"pacs.028.001.02"), "MINF"), ((b"<TxInf>", b"<TxInf><Wrong/>"), "FF01")],
)
def test_what_is_wrong_is_refused_so_that_it_can_be_answered(change, code):
    found = read(status_request().replace(*change))
    assert (found.code, found.message_id, found.instructing_agent) == (code, "Q-1", "AAAAQMQM")


def test_a_question_about_nothing_is_refused():
    data = status_request()
    begin, end = data.index(b"<TxInf>"), data.index(b"</TxInf>") + len(b"</TxInf>")
    assert read(data[:begin] + data[end:]).code == "MINF"


@given(st.sampled_from(READ["pacs.028"]), st.integers(0, 2**32))
def test_whatever_fits_the_schema_is_read_or_refused(version, seed):
    assert isinstance(read(etree.tostring(Invention(version, seed).document())), StatusRequest | Fault)


@needs_data
@pytest.mark.parametrize(
    "row", [row for row in rows(ISO) if row["message"].startswith("pacs.028")], ids=lambda row: row["file"]
)
def test_every_sample_is_read_or_refused_as_it_deserves(row):
    found = read(sample(ISO, row))
    assert isinstance(found, StatusRequest) == (row["xsd_verdict"] == "valid"), found
