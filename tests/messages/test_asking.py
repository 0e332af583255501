"""Requests for reports are read in every version, and are refused as their schema says."""

import pytest

from mufakat.messages.asking import ReportRequest, read_report_request
from mufakat.messages.envelope import open_message
from mufakat.messages.fault import Fault
from mufakat.messages.versions import READ
from tests.messages.banking import report_request


def read(data: bytes) -> ReportRequest | Fault:
    opened = open_message(data)
    assert not isinstance(opened, Fault)
    return read_report_request(opened)


@pytest.mark.parametrize("definition", READ["camt.060"])
def test_a_request_is_read_in_every_version(definition):
    found = read(report_request(definition=definition, first="2026-11-24", last="2026-11-25"))
    assert isinstance(found, ReportRequest), found
    (asked,) = found.transactions
    assert (found.sender, asked.owner) == ("LUALQMA0XXX", "LUALQMA0XXX")
    assert (asked.kind, asked.account, asked.currency) == ("camt.053", "LUALQMA0XXXIDR", "IDR")
    assert (asked.first, asked.last) == ("2026-11-24", "2026-11-25")


def test_a_request_that_breaks_its_schema_is_refused_with_its_place():
    found = read(report_request().replace(b"<ReqdMsgNmId>camt.053</ReqdMsgNmId>", b""))
    assert isinstance(found, Fault)
    assert "RptgReq" in found.path
