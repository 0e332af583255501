"""Character data survives writing; values that break their type are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import markup

legal = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\t\n\r<>&"))


@given(legal.filter(lambda text: "\ufffe" not in text and "\uffff" not in text))
def test_text_reads_back_as_it_was_written(text):
    assert (etree.fromstring(f"<a>{markup.escape(text)}</a>").text or "") == text


@given(st.text())
def test_any_text_at_all_is_well_formed(text):
    etree.fromstring(f"<a>{markup.escape(text)}</a>")


def test_an_absent_value_writes_nothing():
    empty = [markup.text("A", None), markup.date("A", None), markup.agent("A", None), markup.cut("A", " ", 9)]
    assert empty == [""] * 4


def test_text_is_cut_to_its_length():
    assert markup.cut("A", " abc def ", 4) == "<A>abc</A>"


@pytest.mark.parametrize("currency", ["", "qmd", "QMDX", '"'])
def test_money_needs_a_currency_code(currency):
    with pytest.raises(ValueError, match="currency code"):
        markup.money("Amt", "1", currency)


def test_money_needs_plain_digits():
    with pytest.raises(ValueError, match="18 digits"):
        markup.money("Amt", "-1", "QMD")
    assert markup.money("Amt", "1.00000", "QMD") == '<Amt Ccy="QMD">1.00000</Amt>'


def test_a_document_declares_its_message_and_encoding():
    root = etree.fromstring(markup.document("pacs.002.001.10", "<A>é</A>"))
    assert root.tag == "{urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10}Document"
    assert root[0].text == "é"
