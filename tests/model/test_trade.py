import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.exceptions import ValidationError
from stdnum.imo import validate

from mufakat.model.identifier import is_imo_number, is_reference
from mufakat.model.trade import INCOTERMS, DocumentKind, is_hs_code, wrong_field
from tests.union import invoice, lei


def test_a_record_is_named_by_its_seller_kind_and_number():
    assert invoice(number="A/1").id == f"{lei(2)}/invoice/A/1"
    assert invoice(kind=DocumentKind.BILL_OF_LADING).id == f"{lei(2)}/bill_of_lading/INV-1"


def test_each_chapter_of_goods_has_codes_and_no_other_has():
    chapters = [number for number in range(100) if is_hs_code(f"{number:02}0101")]
    assert chapters == [number for number in range(1, 98) if number != 77]


@pytest.mark.parametrize("text", ["73043", "73043112345", "7304.31", "730431 ", "٧٣٠٤٣١", "73043A", ""])
def test_a_code_of_another_form_is_none(text):
    assert not is_hs_code(text)


@given(st.from_regex(r"[0-9]{6,8}", fullmatch=True))
def test_an_imo_number_has_seven_digits_and_its_check_digit(text):
    try:
        right = len(text) == 7 and validate(text) == text
    except ValidationError:
        right = False
    assert is_imo_number(text) == right


def test_the_forms_of_an_imo_number_with_more_are_none():
    assert is_imo_number("9319466")
    assert not any(is_imo_number(text) for text in ("IMO 9319466", "IMO9319466", "9319466 ", "٩٣١٩٤٦٦", ""))


def test_the_terms_of_delivery_are_those_of_2020():
    assert len(INCOTERMS) == 11
    assert all(wrong_field(invoice(incoterm=code)) is None for code in sorted(INCOTERMS))
    assert wrong_field(invoice(incoterm="DAT")) == "incoterm: DAT is none of Incoterms 2020."


@pytest.mark.parametrize(
    ("change", "begins"),
    [
        ({}, None),
        ({"payment_means": "ZZZ"}, None),
        ({"payment_means": "0"}, "payment_means"),
        ({"payment_means": "ABCDEFGHIJ"}, "payment_means: ABCDEFGH "),
        ({"place": "Sea", "incoterm": ""}, "place"),
        ({"currency": None}, "currency"),
        ({"transshipments": ("SG",) * 21}, "transshipments: 21, at most 20."),
        ({"refers_to": ("a", "a")}, "refers_to: one is named twice."),
        ({"services": True}, "services: services have no goods."),
        ({"services": True, "goods": ()}, "services: services have no dispatch."),
        (
            {"services": True, "kind": DocumentKind.DESPATCH_ADVICE},
            "services: a despatch advice is of goods.",
        ),
    ],
)
def test_the_field_that_cannot_be_so_is_named(change, begins):
    said = wrong_field(invoice(**change))
    assert (said is None) == (begins is None)
    assert begins is None or said.startswith(begins)


def test_a_number_is_printable_and_not_blank_at_an_end():
    assert all(is_reference(text) for text in ("1", "A/1 b", "x" * 70))
    assert not any(is_reference(text) for text in ("", " 1", "1 ", "x" * 71, "é", "1\n"))
