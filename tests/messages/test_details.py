"""Whatever a transfer says, its entry says as much of it as the report has a place for, and is official."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.camt import BankCode, Booking, Entry, Statement, read_bookings, write_report
from mufakat.messages.details import Details, agents, details
from mufakat.messages.onward import excerpts
from mufakat.messages.versions import READ, WRITTEN
from tests.messages.invented import Invention
from tests.messages.official import needs_data, official
from tests.messages.test_camt import balance

REPORTS = [each for kind in ("camt.052", "camt.053", "camt.054") for each in WRITTEN[kind]]
TRANSFERS = [*READ["pacs.008"], *READ["pacs.009"]]


def written(definition: str, told: Details) -> bytes:
    entry = Entry(
        amount="1.00",
        side="CRDT",
        booked_on="2026-11-24",
        value_date="2026-11-24",
        reference="MVT1",
        code=BankCode(family="RCDT", sub_family="XBCT"),
        details=told,
    )
    of = Statement(
        identifier="S-1",
        account="LUALQMA0XXXIDR",
        currency="IDR",
        servicer="CBMEQMA0XXX",
        start="2026-11-24T00:00:00Z",
        end="2026-11-24T23:59:59Z",
        opening=balance("0.00"),
        closing=balance("1.00"),
        entries=(entry,),
    )
    return write_report(definition, message_id="M-1", created=of.end, statement=of)


def invented(definition: str, seed: int, report: str = "camt.053.001.08"):
    """A transfer that says much, and what an entry tells of it."""
    document = Invention(definition, seed, 0.5).document(CdtTrfTxInf=1)
    (excerpt,) = excerpts(io.BytesIO(etree.tostring(document)), definition, {0})
    return document, details(excerpt, report)


def words(element) -> list[str]:
    return [] if element is None else [text for text in element.itertext() if text.strip()]


def said(document, name: str) -> list[str]:
    return [text for each in document.iter(f"{{*}}{name}") for text in each.itertext() if text.strip()]


@needs_data
@given(st.sampled_from(TRANSFERS), st.sampled_from(REPORTS), st.integers(0, 10_000))
def test_every_report_with_what_any_transfer_says_is_official(transfer, report, seed):
    _, told = invented(transfer, seed, report)
    official(report).assertValid(etree.fromstring(written(report, told)))


@given(st.integers(0, 10_000))
def test_remittance_parties_purpose_and_charges_are_not_lost(seed):
    document, told = invented("pacs.008.001.08", seed)
    entry = etree.fromstring(written("camt.053.001.08", told))
    own, entry_own = document[0][1], entry.find(".//{*}TxDtls")
    for name in ("RmtInf", "Purp", "RltdPties/{*}UltmtDbtr", "RltdPties/{*}UltmtCdtr", "RltdPties/{*}Dbtr"):
        came, went = own.find(f"{{*}}{name.split('}')[-1]}"), entry_own.find(f"{{*}}{name}")
        assert words(went) == words(came), name
    assert len(entry.findall(".//{*}Chrgs/{*}Rcrd")) == len(document.findall(".//{*}ChrgsInf"))


@given(st.integers(0, 10_000))
def test_what_is_written_is_read_back(seed):
    document, told = invented("pacs.008.001.08", seed)
    lines = tuple(each.text for each in document.findall(".//{*}RmtInf/{*}Ustrd"))
    (booked,) = read_bookings(written("camt.054.001.08", told)).entries
    assert booked == Booking("1.00", "CRDT", "", "MVT1", remittance=lines)


@pytest.mark.parametrize("report", REPORTS)
def test_agents_are_told_where_nothing_else_is_known(report):
    entry = etree.fromstring(written(report, agents("LUALQMA0XXX", "TANGQMA0XXX")))
    assert said(entry, "RltdAgts") == ["LUALQMA0XXX", "TANGQMA0XXX"]
