"""The verdict on any file: all that is wrong, in the order of lines, whatever the file is."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages.rules.registry import RULES, SETS
from mufakat.messages.rules.verdict import OPENING, verdict
from mufakat.messages.trade.standard import KINDS, TAKEN
from mufakat.model.trade import TradeKind
from tests.messages.official import (
    DATA,
    ISO,
    ROOT,
    TRADE,
    credit_transfer,
    needs_data,
    rows,
    sample,
    transaction,
)
from tests.messages.rules.examples import BASES, changed
from tests.messages.trade.writing import ROOTS, cii, example, ubl

sys.path.insert(0, str(ROOT / "tools"))

import rules_on_samples

VALID = BASES["cleared"].encode()


def rules_of(data: bytes, sets: tuple[str, ...] | None = None) -> list[str]:
    return [each.rule for each in verdict(data, sets).findings]


@pytest.mark.parametrize("base", BASES)
def test_a_valid_file_is_valid_and_says_what_looked_at_it(base):
    of = verdict(BASES[base].encode())
    assert of.is_valid and of.findings == () and of.sets[:3] == ("iso", "market", "fatf")
    assert re.fullmatch(r"[a-z]{4}\.\d{3}\.001\.\d{2}", of.message)


def test_all_is_found_and_not_only_the_first():
    text = changed(
        "cleared", ("<NbOfTxs>1", "<NbOfTxs>2"), ("<ChrgBr>SHAR", "<ChrgBr>XXXX"), ("<Ctry>GB", "<Ctry>UK")
    )
    of = verdict(text.encode())
    assert [each.rule for each in of.findings] == ["MUF-TOT-01", "MUF-XSD-01", "MUF-CTRY-01"]
    assert [each.line for each in of.findings] == sorted(each.line for each in of.findings)
    assert not of.is_valid


def test_every_breach_of_the_schema_is_found_with_its_path_in_the_file():
    text = changed("cleared", ("<ChrgBr>SHAR", "<ChrgBr>XXXX"), ("<Ctry>GB", "<Ctry>Britain"))
    found = [each for each in verdict(text.encode(), ()).findings if each.rule == "MUF-XSD-01"]
    assert {each.path.rpartition("/")[2] for each in found} == {"ChrgBr", "Ctry"}
    assert all(each.path.startswith("/Envelope/Document/") for each in found)


def test_the_schema_alone_says_nothing_of_rules():
    data = changed("cleared", ("<NbOfTxs>1", "<NbOfTxs>2")).encode()
    assert verdict(data, ()).is_valid and not verdict(data).is_valid
    assert rules_of(data, ("market",)) == [] and rules_of(data, ("iso",)) == ["MUF-TOT-01"]


def test_a_warning_makes_nothing_invalid():
    of = verdict(changed("cleared", ("Budi Plc", "Budí Plc")).encode())
    assert [each.rule for each in of.findings] == ["MUF-CHAR-02"] and of.is_valid


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "MUF-FILE-01"),
        (b"   \n", "MUF-FILE-01"),
        (b"<a", "MUF-FILE-01"),
        (b"<!DOCTYPE a><a/>", "MUF-FILE-01"),
        (b"<a/>", "MUF-FILE-04"),
        (b'<Document xmlns="urn:other"/>', "MUF-FILE-04"),
        (VALID.replace(b"pacs.008.001.08", b"pacs.008.001.99"), "MUF-FILE-04"),
        (VALID.replace(b"pacs.008.001.08", b"nothing"), "MUF-FILE-04"),
        (VALID.replace(b"<PmtId>", b"<PmtId><!-- -->"), "MUF-FILE-02"),
        (VALID.replace(b"<PmtId>", b"<PmtId><?x y?>"), "MUF-FILE-02"),
        (b"<a>" + VALID.partition(b"\n")[2] * 2 + b"</a>", "MUF-FILE-03"),
        (b"hello", "MUF-FILE-04"),
        (b"uetr,amount\n1,2\n", "MUF-FILE-05"),
    ],
)
def test_what_cannot_be_opened_is_told_by_a_rule_too(data, rule):
    of = verdict(data)
    assert rule in {each.rule for each in of.findings} and not of.is_valid
    assert all(each.text.endswith(".") for each in of.findings)


def test_each_document_of_a_file_is_looked_at():
    broken = changed("cleared", ("<NbOfTxs>1", "<NbOfTxs>2")).encode().partition(b"\n")[2]
    of = verdict(b"<a>" + VALID.partition(b"\n")[2] + broken + b"</a>")
    assert {each.rule for each in of.findings} == {"MUF-FILE-03", "MUF-TOT-01"}


def test_a_header_of_another_version_is_found_and_the_message_looked_at_all_the_same():
    text = changed(
        "correspondent",
        ("<MsgDefIdr>pacs.008.001.08", "<MsgDefIdr>pacs.008.001.09"),
        ("<Ctry>GB", "<Ctry>UK"),
    )
    assert rules_of(text.encode()) == ["MUF-HDR-01", "MUF-CTRY-01"]


def test_a_header_that_breaks_its_schema_is_found():
    text = changed("correspondent", ("<CreDt>2026-11-24T09:00:00+01:00</CreDt>", ""))
    assert "MUF-XSD-01" in rules_of(text.encode())


@pytest.mark.parametrize("kind", TradeKind)
def test_a_trade_document_is_held_to_the_version_that_it_fits(kind):
    for version, family in ((None, "ubl21"), ("2.1", "ubl21"), ("2.2", "ubl21"), ("2.3", "ubl23")):
        of = verdict(ubl(example(kind), version))
        assert of.is_valid and of.message == f"{family}.{ROOTS[kind]}"


def test_what_only_ubl_2_3_allows_is_valid_whatever_version_the_document_names():
    for version in (None, "2.1", "2.3"):
        of = verdict(ubl(example(TradeKind.CREDIT_NOTE, due="2026-12-24"), version))
        assert of.is_valid and of.message == "ubl23.CreditNote"


def test_an_invoice_of_cii_is_held_to_its_schema():
    assert verdict(cii(example())).message == "cii.CrossIndustryInvoice"
    (finding,) = verdict(cii(example(number=None))).findings
    assert finding.rule == "MUF-XSD-01" and finding.text.endswith(
        "by the schema of cii.CrossIndustryInvoice."
    )


def test_every_breach_of_a_trade_document_is_told_by_the_version_that_it_names():
    data = ubl(example(issued="24/11/2026", payable="much"), "2.3")
    found = verdict(data).findings
    assert {each.path for each in found} == {
        "/Invoice/IssueDate",
        "/Invoice/LegalMonetaryTotal/PayableAmount",
    }
    assert all(each.text.endswith("by the schema of ubl23.Invoice.") for each in found)


def test_what_is_not_known_is_told_which_trade_documents_are():
    (finding,) = verdict(
        b'<Statement xmlns="urn:oasis:names:specification:ubl:schema:xsd:Statement-2"/>'
    ).findings
    assert finding.rule == "MUF-FILE-04" and TAKEN in finding.text


@needs_data
@pytest.mark.parametrize("row", rows(TRADE), ids=lambda row: row["file"])
def test_a_trade_sample_is_valid_when_the_official_schema_of_a_known_document_says_so(row):
    of = verdict(sample(TRADE, row))
    known = row["kind"].removeprefix("UBL-") in KINDS or row["kind"] == "CII-D16B"
    assert of.is_valid == (known and "=valid" in row["xsd_verdicts"])
    assert known or [each.rule for each in of.findings] == ["MUF-FILE-04"]


def test_a_table_of_the_union_is_read_row_by_row():
    good = (ROOT / "examples" / "waiting.csv").read_bytes()
    assert verdict(good) == verdict(good, ()) and verdict(good).is_valid
    assert verdict(good).message == "table of payments"
    bad = good.replace(b"IDR", b"ID", 1)
    (finding,) = verdict(bad).findings
    assert (finding.rule, finding.path, finding.line) == ("MUF-FILE-05", "currency", 2)
    assert verdict((ROOT / "examples" / "obligations.csv").read_bytes()).message == "table of obligations"


def test_a_file_in_utf_16_is_looked_at_as_any_other():
    text = BASES["cleared"].replace("UTF-8", "UTF-16")
    assert verdict(text.encode("utf-16")).is_valid


def test_many_wrong_transactions_are_each_found_at_their_own_place():
    parts = [transaction(number=number, amount="1", currency="XAU") for number in range(1, 301)]
    found = [each for each in verdict(credit_transfer(*parts)).findings if each.rule == "MUF-CCY-03"]
    assert len(found) == 300 and found[299].path.endswith("/CdtTrfTxInf[300]/IntrBkSttlmAmt")


@given(st.binary(max_size=200) | st.integers(0, len(VALID)).map(lambda at: VALID[:at] + b"\xff" + VALID[at:]))
def test_any_bytes_get_a_verdict(data):
    of = verdict(data)
    assert of.is_valid == (of.findings == ())


@needs_data
@pytest.mark.parametrize("row", rows(ISO), ids=lambda row: row["file"])
def test_a_sample_that_its_official_schema_refuses_is_refused(row):
    of = verdict(sample(ISO, row), ())
    if row["xsd_verdict"] in {"invalid", "malformed", "no-iso-root"}:
        assert not of.is_valid
    every = {*RULES, *(each.id for each in OPENING)}
    assert {each.rule for each in verdict(sample(ISO, row), tuple(SETS)).findings} <= every


@needs_data
def test_the_page_of_samples_is_what_the_rules_find():
    page = (ROOT / "docs" / "reference" / "rules-on-samples.md").read_text(encoding="utf-8")
    assert page == rules_on_samples.page(DATA), "run tools/rules_on_samples.py and commit what it changes"


@needs_data
def test_what_a_samples_name_says_is_broken_is_found():
    every = rules_on_samples.looked_at(DATA)
    broken = list(rules_on_samples._violated(every))
    assert len(broken) == 19 and all("| yes, line " in each for each in broken)
