"""What a bank says of a payment is read as written, in every version with a UETR."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault
from mufakat.messages.report import StatusReport, read_status_report
from mufakat.messages.versions import READ
from tests.messages.banking import UETR, confirmation, original
from tests.messages.invented import Invention
from tests.messages.official import ISO, needs_data, rows, sample


def read(data: bytes) -> Any:
    opened = open_message(data)
    return read_status_report(opened) if isinstance(opened, Opened) else opened


@pytest.mark.parametrize("version", READ["pacs.002"])
def test_a_report_of_each_version_says_who_says_what_of_which_payment(version):
    found = read(confirmation(version=version))
    assert isinstance(found, StatusReport), found
    (one,) = found.transactions
    assert (found.message_id, found.sender, one.status, one.references.uetr) == (
        "S-1",
        "BBBBQNQN",
        "ACCC",
        UETR,
    )
    assert one.references.original.message_id == "M-1"


def test_what_is_said_of_the_whole_message_holds_for_each_payment():
    group = original("OrgnlGrpInfAndSts").replace(
        "</OrgnlGrpInfAndSts>", "<GrpSts>ACSP</GrpSts></OrgnlGrpInfAndSts>"
    )
    data = confirmation().decode().replace(original(), "").replace("<TxSts>ACCC</TxSts>", "")
    (one,) = read(data.replace("</GrpHdr>", f"</GrpHdr>{group}").encode()).transactions
    assert (one.status, one.references.original.message_id) == ("ACSP", "M-1")


@pytest.mark.parametrize(
    ("change", "code"),
    [((b"pacs.002.001.10", b"pacs.002.001.09"), "MINF"), ((b"<TxSts>", b"<Wrong/><TxSts>"), "FF01")],
)
def test_what_is_wrong_is_refused_with_its_place(change, code):
    found = read(confirmation().replace(*change))
    assert (found.code, found.message_id, found.instructing_agent) == (code, "S-1", "BBBBQNQN")


@given(st.sampled_from(READ["pacs.002"]), st.integers(0, 2**32))
def test_whatever_fits_the_schema_is_read_or_refused(version, seed):
    assert isinstance(read(etree.tostring(Invention(version, seed).document())), StatusReport | Fault)


@needs_data
@pytest.mark.parametrize(
    "row", [row for row in rows(ISO) if row["message"].startswith("pacs.002")], ids=lambda row: row["file"]
)
def test_every_sample_is_read_or_refused_as_it_deserves(row):
    data = sample(ISO, row)
    found = read(data)
    if isinstance(found, Fault):
        older = row["message"] < READ["pacs.002"][0]
        refused = row["xsd_verdict"] != "valid" or older or b"<!--" in data or "Make them agree" in found.text
        assert refused or "tells of no payment" in found.text, found
    else:
        assert row["xsd_verdict"] == "valid"
