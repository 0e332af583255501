"""Recalls and what was resolved of them are read as written, whoever assigns them, in every version with a UETR."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Case, Fault
from mufakat.messages.recall import Recall, read_recall, read_resolution
from mufakat.messages.versions import READ
from tests.messages.banking import UETR, recall, resolution
from tests.messages.invented import Invention
from tests.messages.official import ISO, needs_data, rows, sample

READERS = {"camt.056": read_recall, "camt.029": read_resolution}


def read(data: bytes) -> Any:
    opened = open_message(data)
    return READERS[opened.definition[:8]](opened) if isinstance(opened, Opened) else opened


@pytest.mark.parametrize("version", READ["camt.056"])
def test_a_recall_of_each_version_says_who_asks_whom_about_what(version):
    found = read(recall(version=version))
    assert isinstance(found, Recall), found
    assert (found.message_id, found.sender, found.assignee) == ("A-1", "AAAAQMQM", "BBBBQNQN")
    (one,) = found.transactions
    assert (one.references.uetr, one.references.case) == (UETR, Case("C-1", "AAAAQMQM"))
    assert one.references.original.message_id == "M-1"


@pytest.mark.parametrize("version", READ["camt.029"])
def test_a_resolution_of_each_version_says_what_became_of_the_recall(version):
    found = read(resolution(version=version))
    assert isinstance(found, Recall), found
    assert (found.status, found.assigner, found.transactions[0].references.uetr) == ("RJCR", "BBBBQNQN", UETR)


def test_payments_of_several_groups_come_in_order():
    data = recall(UETR).replace(
        b"</Undrlyg>", b"</Undrlyg>" + recall("x").partition(b"</Case>")[2].split(b"</FITo")[0]
    )
    data = data.replace(b"<OrgnlUETR>x<", f"<OrgnlUETR>{UETR.replace('0001', '0002', 1)}<".encode())
    assert [each.references.uetr[:8] for each in read(data).transactions] == ["00000001", "00000002"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b"camt.056.001.08", b"camt.056.001.07"), "MINF"),
        ((b"<Undrlyg>", b"<Undrlyg><Wrong/>"), "FF01"),
    ],
)
def test_what_is_wrong_is_refused_so_that_it_can_be_answered(change, code):
    found = read(recall().replace(*change))
    assert (found.code, found.message_id, found.instructing_agent) == (code, "A-1", "AAAAQMQM")
    assert [each.uetr for each in found.transactions] == [UETR]


def test_a_recall_of_a_whole_group_by_its_header_is_refused():
    data = recall()
    begin, end = data.index(b"<TxInf>"), data.index(b"</TxInf>") + len(b"</TxInf>")
    assert read(data[:begin] + data[end:]).code == "MINF"


@given(st.sampled_from([*READ["camt.056"], *READ["camt.029"]]), st.integers(0, 2**32))
def test_whatever_fits_the_schema_is_read_or_refused(version, seed):
    found = read(etree.tostring(Invention(version, seed).document()))
    assert isinstance(found, Recall | Fault)


@needs_data
@pytest.mark.parametrize(
    "row", [row for row in rows(ISO) if row["message"][:8] in READERS], ids=lambda row: row["file"]
)
def test_every_sample_is_read_or_refused_as_it_deserves(row):
    data = sample(ISO, row)
    found = read(data)
    kind = row["message"][:8]
    if isinstance(found, Fault):
        refused = row["xsd_verdict"] != "valid" or row["message"] < READ[kind][0] or b"<!--" in data
        assert refused or "The message names no payment" in found.text, found
    else:
        assert row["xsd_verdict"] == "valid"
        assert all(
            each.references.uetr is None or each.references.uetr.encode() in data
            for each in found.transactions
        )
