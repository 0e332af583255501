"""Values of trade documents: text, identifiers, ports, and what is to be paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages.amount import is_plain
from mufakat.messages.fault import Fault
from mufakat.messages.trade.document import Identification
from mufakat.messages.trade.values import (
    NS,
    country_of_port,
    distinct,
    every,
    first,
    identification,
    identifications,
    payable,
    tag,
    value,
)
from mufakat.model.trade import TradeKind


def tree(inner: str) -> etree._Element:
    return etree.fromstring(f'<cac:A xmlns:cac="{NS["cac"]}" xmlns:cbc="{NS["cbc"]}">{inner}</cac:A>')


PLACES = tree("<cbc:ID> </cbc:ID><cbc:ID>1</cbc:ID><cbc:Name> two </cbc:Name><cbc:Name>1</cbc:Name>")


def test_a_value_is_the_first_at_its_path_without_space_around_it():
    assert value(PLACES, "cbc:Name") == "two"
    assert value(PLACES, "cbc:ID") is value(PLACES, "cbc:Note") is value(None, "cbc:ID") is None
    assert first(PLACES, "cbc:Note", "cbc:ID", "cbc:Name") == "two"
    assert first(PLACES, "cbc:Note") is None


def test_values_of_several_paths_come_once_each_in_their_order():
    assert every(PLACES, "cbc:Name", "cbc:ID") == ("two", "1")
    assert distinct(["a", None, "b", "a"]) == ("a", "b")


def test_an_identifier_keeps_its_scheme():
    found = tree(
        '<cbc:ID schemeID="0199">X</cbc:ID><cbc:ID listID="HS"> 1 </cbc:ID><cbc:ID schemeID="0088"/>'
    )
    assert identification(found[0]) == Identification("X", "0199")
    assert identification(found[1], "listID") == Identification("1", "HS")
    assert identification(found[2]) is identification(None) is None
    assert identifications(found, "cbc:ID") == (Identification("X", "0199"), Identification("1", None))


def test_a_name_for_iterators_is_the_element_itself():
    assert PLACES.tag == tag("cac:A")


@pytest.mark.parametrize(
    ("code", "scheme", "country"),
    [
        ("SGSIN", "UNLOCODE", "SG"),
        ("SG SIN", "UN/LOCODE", "SG"),
        ("SGSIN", "UN/ECE rec 16", "SG"),
        ("SGSIN", None, "SG"),
        ("Depot", None, None),
        ("SGSIN", "GLN", None),
        ("Depot", "UNLOCODE", None),
        ("SGSIN1", "UNLOCODE", None),
    ],
)
def test_a_port_tells_its_country_where_its_code_can_be_a_locode(code, scheme, country):
    assert country_of_port(Identification(code, scheme)) == country
    assert country_of_port(None) is None


def paid(
    amount: str, currency: str = "IDR", document: str | None = "IDR", kind: TradeKind = TradeKind.INVOICE
):
    named = f' currencyID="{currency}"' if currency else ""
    return payable(kind, tree(f"<cbc:PayableAmount{named}>{amount}</cbc:PayableAmount>")[0], document)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (TradeKind.INVOICE, "The payable amount is -1: the supplier owes it. Send a credit note."),
        (TradeKind.CREDIT_NOTE, "The payable amount is -1: the customer owes it. Send an invoice."),
        (TradeKind.ORDER, "The payable amount '-1' is not plain digits with at most one point. Write it so."),
    ],
)
def test_a_negative_amount_is_owed_the_other_way_round(kind, words):
    found = paid("-1", kind=kind)
    assert (found.code, found.text, found.path) == ("AM12", words, "/A/PayableAmount")


def test_the_currency_is_the_amounts_or_the_documents_and_one():
    assert paid("1.50") == paid("1.50", document=None) == paid("1.50", currency="") == ("1.50", "IDR")
    assert paid("1", currency="VND").code == paid("1", currency="", document=None).code == "AM11"


@given(st.one_of(st.decimals(allow_nan=True).map(str), st.text("0123456789.,+-eE ", max_size=8)))
def test_an_amount_is_plain_digits_or_refused(amount):
    found = paid(amount)
    assert isinstance(found, Fault) != (found == (amount.strip(), "IDR"))
    assert isinstance(found, Fault) or is_plain(found[0])
