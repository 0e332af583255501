import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model import identifier
from tests.union import lei, uetr


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("BK01QMA1", "BK01QMA1XXX"),
        ("BK01QMA1XXX", "BK01QMA1XXX"),
        ("BK01QMA1002", "BK01QMA1002"),
        ("bk01qma1", None),
        ("BK01QMA", None),
        ("BK01QMA1X", None),
        ("BK0111A1", None),
        ("BK01QMA1\n", None),
        ("", None),
    ],
)
def test_a_bic_has_eight_or_eleven_characters_and_one_form(text, read):
    assert identifier.bic(text) == read


@pytest.mark.parametrize(
    "text",
    ["", lei(1)[:-1], lei(1) + "0", lei(1)[:-1] + "x", lei(1).replace("9845", "984é"), lei(1)[:-2] + "00"],
)
def test_what_is_no_lei_is_none(text):
    assert identifier.lei(text) is None


def test_an_lei_in_lower_case_is_none():
    assert identifier.lei("5493006mhb84dd0zwv18") is None
    assert identifier.lei("5493006MHB84DD0ZWV18") == "5493006MHB84DD0ZWV18"


@given(st.integers(0, 10**9), st.integers(0, 17), st.integers(1, 9))
def test_an_lei_with_one_wrong_digit_is_noticed(number, place, step):
    right = lei(number)
    wrong = right[:place] + str((int(right[place]) + step) % 10) + right[place + 1 :]
    assert identifier.lei(right) == right
    assert identifier.lei(wrong) is None


def test_a_uetr_is_a_uuid_of_version_4_in_lower_case():
    right = uetr(1)
    assert identifier.uetr(right.upper()) == right
    for wrong in ("", right[:-1], right.replace("-4", "-1", 1), right.replace("-", ""), right + "\n"):
        assert identifier.uetr(wrong) is None


@pytest.mark.parametrize(("text", "read"), [("IDR", "IDR"), ("idr", None), ("IDRX", None), ("ID", None)])
def test_a_currency_has_three_capital_letters(text, read):
    assert identifier.currency(text) == read


@pytest.mark.parametrize(("text", "read"), [("QM", "QM"), ("qm", None), ("Q", None), ("QMM", None)])
def test_a_member_has_two_capital_letters(text, read):
    assert identifier.member_id(text) == read


@pytest.mark.parametrize("reference", ["", " x", "x ", "x" * 71, "ä", "a\nb"])
def test_a_reference_that_is_not_printable_or_too_long_is_none(reference):
    assert identifier.obligation_id(lei(1), reference) is None


@pytest.mark.parametrize("reference", ["x", "INV 1/2", "x" * 70])
def test_an_obligation_is_named_by_its_creditor_and_reference(reference):
    assert identifier.obligation_id(lei(1), reference) == f"{lei(1)}/{reference}"


@given(st.text(max_size=40))
def test_no_text_makes_an_identifier_raise(text):
    for read in (identifier.bic, identifier.lei, identifier.uetr, identifier.currency, identifier.member_id):
        value = read(text)
        assert value is None or read(value) == value


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (f"{'0a' * 20}@127.0.0.1:26656", True),
        (f"{'0a' * 20}@node-1.bank.example:1", True),
        (f"{'0a' * 20}@[::1]:65535", True),
        (f"{'0A' * 20}@127.0.0.1:26656", False),
        (f"{'0a' * 19}@127.0.0.1:26656", False),
        (f"{'0a' * 20}@127.0.0.1:0", False),
        (f"{'0a' * 20}@127.0.0.1:65536", False),
        (f"{'0a' * 20}@127.0.0.1", False),
        (f"{'0a' * 20}@:26656", False),
        (f"{'0a' * 20}@a,b:26656", False),
        (f"tcp://{'0a' * 20}@127.0.0.1:26656", False),
        ("", False),
    ],
)
def test_a_members_node_is_named_by_its_identifier_host_and_port(text, right):
    assert identifier.peer(text) == (text if right else None)


def test_a_quote_is_named_by_its_quoter_and_a_reference():
    assert identifier.quote_id("BK01QMA1XXX", "2026-1") == "BK01QMA1XXX/2026-1"
    for reference in ("", " 1", "ä", "x" * 71):
        assert identifier.quote_id("BK01QMA1XXX", reference) is None
