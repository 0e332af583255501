"""Which version of a standard a trade document is held to."""

import pytest
from lxml import etree

from mufakat.messages import facts
from mufakat.messages.trade.standard import CII, KINDS, TAKEN, fitted, versions
from mufakat.model.trade import TradeKind
from tests.messages.trade.writing import ROOTS, cii, example, ubl

NEW = "<cac:ProjectReference><cbc:ID>P-1</cbc:ID></cac:ProjectReference>"
"""A credit note has a due date, and an order a project, from UBL 2.2 on."""


def root(data: bytes) -> etree._Element:
    return etree.fromstring(data)


@pytest.mark.parametrize(
    ("version", "order"),
    [
        (None, ("ubl21.Order", "ubl23.Order")),
        ("2.0", ("ubl21.Order", "ubl23.Order")),
        ("2.1", ("ubl21.Order", "ubl23.Order")),
        ("2.2", ("ubl21.Order", "ubl23.Order")),
        ("2.3", ("ubl23.Order", "ubl21.Order")),
    ],
)
def test_the_version_that_a_document_names_is_tried_first(version, order):
    assert versions(root(ubl(example(TradeKind.ORDER), version))) == order


@pytest.mark.parametrize("version", [None, "2.0", "2.1", "2.3", "9"])
def test_what_either_version_takes_is_taken_whatever_the_document_names(version):
    document = example(TradeKind.CREDIT_NOTE, due="2026-12-23")
    assert fitted(root(ubl(document, version))) == ("ubl23.CreditNote", None)
    expected = "ubl23.CreditNote" if version == "2.3" else "ubl21.CreditNote"
    assert fitted(root(ubl(example(TradeKind.CREDIT_NOTE), version))) == (expected, None)


@pytest.mark.parametrize(("version", "told"), [(None, "ubl21.CreditNote"), ("2.3", "ubl23.CreditNote")])
def test_what_none_takes_is_told_by_the_one_that_was_tried_first(version, told):
    standard, wrong = fitted(root(ubl(example(TradeKind.CREDIT_NOTE, issued="23/11/2026"), version)))
    assert standard == told
    assert wrong.path == "/CreditNote/IssueDate"


def test_an_invoice_of_cii_has_one_version():
    assert fitted(root(cii(example()))) == ("cii.CrossIndustryInvoice", None)


@pytest.mark.parametrize(
    "data",
    [
        b"<Invoice/>",
        b'<Invoice xmlns="urn:x"/>',
        b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
        b'<Statement xmlns="urn:oasis:names:specification:ubl:schema:xsd:Statement-2"/>',
        b'<ID xmlns="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">x</ID>',
    ],
)
def test_what_is_no_trade_document_has_no_version(data):
    assert versions(root(data)) == ()
    assert fitted(root(data)) is None


def test_each_document_that_is_taken_has_facts_in_both_versions_and_is_named_in_words():
    for name, kind in KINDS.items():
        assert {f"ubl21.{name}", f"ubl23.{name}"} <= facts.modules()
        assert ROOTS[kind] == name
        assert name in TAKEN
    assert f"cii.{CII}" in facts.modules()
    assert CII in TAKEN
