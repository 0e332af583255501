"""The official rules on invoices: known breaches are found by identifier, line and path, and nothing else."""

import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.messages.rules import official, saxon, schematron
from mufakat.messages.rules.rule import Severity
from mufakat.messages.rules.schematron import Sheets
from mufakat.messages.schema import Places
from tests.messages.official import DATA, ROOT, needs_data
from tests.messages.rules.invoices import (
    BREACHES,
    CII,
    CREDIT_NOTE,
    INVOICE,
    altered,
    changed,
    needs_rules,
    root_of,
)

sys.path.insert(0, str(ROOT / "tools"))

import invoices_on_samples

BOTH = ("en16931", "peppol-bis-3")


@pytest.fixture(scope="module")
def sheets():
    """The official rules at work, once for all tests here."""
    with Sheets(official.home()) as started:
        yield started


def errors(sheets, text, names=None):
    _, found = sheets.findings(root_of(text), names)
    return {each.rule: each for each in found if each.severity is Severity.ERROR}


@needs_rules
@pytest.mark.parametrize(
    ("text", "looked"),
    [(INVOICE, BOTH), (CREDIT_NOTE, BOTH), (CII, ("en16931",))],
    ids=["ubl", "credit", "cii"],
)
def test_a_good_invoice_breaks_no_rule(sheets, text, looked):
    assert sheets.findings(root_of(text), None) == (looked, [])


@needs_rules
@pytest.mark.parametrize("rule", BREACHES)
def test_a_breach_is_found_by_its_identifier_where_it_is(sheets, rule):
    old, new, path = BREACHES[rule]
    text = changed(INVOICE, (old, new))
    found = errors(sheets, text)[rule]
    assert found.path == path and found.text
    last = path.rpartition("/")[2]
    lines = text.splitlines()
    if path == "/Invoice":
        assert lines[found.line - 1].endswith('CommonBasicComponents-2">'), "the end of the root's tag"
    else:
        assert f":{last}" in lines[found.line - 1]


@needs_rules
def test_a_breach_in_cii_and_in_a_credit_note_is_found(sheets):
    assert "BR-CO-16" in errors(sheets, changed(CII, ("DuePayableAmount>1500", "DuePayableAmount>1")))
    assert "BR-CO-16" in errors(
        sheets,
        changed(CREDIT_NOTE, ('PayableAmount currencyID="EUR">1500', 'PayableAmount currencyID="EUR">1')),
    )


@needs_rules
def test_of_several_like_elements_the_one_to_blame_is_named(sheets):
    begin, end = INVOICE.index("  <cac:InvoiceLine>"), INVOICE.index("</Invoice>")
    line = INVOICE[begin:end]
    bad = changed(line, ("C62", "PCS"), ("<cbc:ID>1<", "<cbc:ID>2<"))
    text = INVOICE[:begin] + line + "<!-- one more -->\n" + bad + line + "</Invoice>"
    found = errors(sheets, text)["BR-CL-23"]
    assert found.path == "/Invoice/InvoiceLine[2]/InvoicedQuantity"
    assert "PCS" in text.splitlines()[found.line - 1]


@needs_rules
@pytest.mark.parametrize("odd", ['<x xmlns=""></x>', '<x xmlns="a\'b"><y/></x>', "<e:x xmlns:e='urn:e'/>"])
def test_an_element_of_any_namespace_is_found_where_it_is(sheets, odd):
    text = changed(INVOICE, ("  <cbc:DocumentCurrencyCode>", f"<!-- 😀 -->{odd}<cbc:DocumentCurrencyCode>"))
    found = errors(sheets, text)["PEPPOL-EN16931-R008"]
    assert found.path == ("/Invoice/x/y" if "<y/>" in odd else "/Invoice/x")
    assert odd in text.splitlines()[found.line - 1]


_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (f"/*:Invoice[namespace-uri()='u'][1]/*:ID[namespace-uri()='{_CBC}'][1]", "/Invoice/ID"),
        (
            f"/*:Invoice[namespace-uri()='u'][1]/*:ID[namespace-uri()='{_CBC}'][1]/@schemeID",
            "/Invoice/ID/@schemeID",
        ),
        ("/*:Invoice[namespace-uri()='u'][1]/@*[local-name()='a' and namespace-uri()='b']", "/Invoice/@a"),
        (f"/*:Invoice[namespace-uri()='u'][1]/*:ID[namespace-uri()='{_CBC}'][2]/@x", "/Invoice"),
        ("/Invoice[1]/ID[1]", "/Invoice"),
        ("", "/Invoice"),
    ],
)
def test_a_location_leads_to_its_element_or_the_nearest_above(location, path):
    answer = saxon.Answer(broken=(saxon.Broken(id="R", flag="fatal", location=location, text="t"),))
    root = root_of(INVOICE)
    (found,) = schematron._told(answer, root, Places(root))
    assert found.path == path


@needs_rules
@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=6), st.sampled_from([0, 0, 1, -1]))
def test_the_sum_of_the_lines_is_what_a_sum_of_decimals_says(sheets, cents, off):
    begin, end = INVOICE.index("  <cac:InvoiceLine>"), INVOICE.index("</Invoice>")
    amounts = [Decimal(each) / 100 for each in cents]
    lines = "".join(INVOICE[begin:end].replace(">1250.00<", f">{each:.2f}<") for each in amounts)
    total = sum(amounts) + Decimal(off) / 100
    head = INVOICE[:begin].replace(
        'LineExtensionAmount currencyID="EUR">1250.00', f'LineExtensionAmount currencyID="EUR">{total:.2f}'
    )
    assert ("BR-CO-10" in errors(sheets, head + lines + "</Invoice>")) == (off != 0)


@needs_rules
def test_sets_that_are_named_look_and_those_that_do_not_speak_of_it_are_passed_over(sheets):
    bare = changed(
        INVOICE, ("urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", "x")
    )
    assert sheets.findings(root_of(bare), None) == ((), [])
    looked, found = sheets.findings(root_of(bare), ("iso", "peppol-bis-3"))
    assert looked == ("peppol-bis-3",) and [each.rule for each in found] == ["PEPPOL-EN16931-R004"]
    assert sheets.findings(root_of(CII), ("peppol-bis-3",)) == ((), [])
    assert sheets.findings(root_of(INVOICE), ()) == ((), [])


@needs_rules
def test_where_the_files_are_not_here_or_not_those_meant_a_warning_says_so(tmp_path):
    for folder in (tmp_path / "none", altered(tmp_path / "other")):
        with Sheets(folder) as sheets:
            looked, (found,) = sheets.findings(root_of(INVOICE), None)
        assert looked == () and (found.rule, found.severity) == ("MUF-SCH-01", Severity.WARNING)
        assert found.text.startswith("The rules of en16931, peppol-bis-3 were not run. ")
        assert found.text.endswith("Run mufakat message fetch-rules.")


def test_where_saxonche_is_not_here_a_warning_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "saxonche", None)
    with Sheets(official.home()) as sheets:
        _, (found,) = sheets.findings(root_of(INVOICE), None)
    assert found.rule == "MUF-SCH-01" and "pip install 'mufakat[invoices]'" in found.text


@needs_rules
def test_rules_that_stop_at_a_value_say_so(sheets):
    found = errors(
        sheets,
        changed(INVOICE, ('PayableAmount currencyID="EUR">1500.00', 'PayableAmount currencyID="EUR">much')),
    )
    assert set(found) >= {"MUF-SCH-02"}
    assert "The rules of en16931 did not come to their end: " in found["MUF-SCH-02"].text
    assert "much" in found["MUF-SCH-02"].text


@needs_rules
def test_an_invoice_that_takes_too_long_is_refused_and_the_process_ended():
    begin, end = INVOICE.index("    <cac:TaxSubtotal>"), INVOICE.index("  </cac:TaxTotal>")
    lines = INVOICE[INVOICE.index("  <cac:InvoiceLine>") : INVOICE.index("</Invoice>")]
    slow = (
        INVOICE[:begin]
        + INVOICE[begin:end] * 4_000
        + INVOICE[end:].replace("</Invoice>", lines * 4_000 + "</Invoice>")
    )
    with Sheets(official.home(), seconds=3) as sheets:
        began = time.monotonic()
        looked, found = sheets.findings(root_of(slow), ("en16931",))
        assert looked == ("en16931",) and [each.rule for each in found] == ["MUF-SCH-02"]
        assert "more than 3 s went by" in found[0].text and time.monotonic() - began < 20
        assert sheets._process is None


@needs_rules
def test_when_the_process_dies_the_document_is_refused_and_the_next_is_looked_at():
    with Sheets(official.home()) as sheets:
        assert errors(sheets, INVOICE) == {}
        sheets._process.kill()
        assert "the program that runs them ended" in errors(sheets, INVOICE)["MUF-SCH-02"].text
        assert errors(sheets, INVOICE) == {}
        process = sheets._process
    assert process.returncode is not None, "it ends with its owner"


@needs_rules
def test_an_invoice_that_is_too_large_is_refused_before_it_is_run():
    note = "<cbc:Note>" + "x" * (saxon.MAX_CHARACTERS // 2) + "</cbc:Note>"
    text = changed(INVOICE, ("  <cbc:DocumentCurrencyCode>", note * 2 + "<cbc:DocumentCurrencyCode>"))
    with Sheets(official.home()) as sheets:
        assert "more than 16777216 characters" in errors(sheets, text)["MUF-SCH-02"].text
        assert sheets._process is None


@needs_data
@needs_rules
def test_the_page_of_invoices_is_what_the_rules_find():
    page = (ROOT / "docs" / "reference" / "invoices-on-samples.md").read_text(encoding="utf-8")
    assert page == invoices_on_samples.page(DATA), (
        "run tools/invoices_on_samples.py and commit what it changes"
    )
