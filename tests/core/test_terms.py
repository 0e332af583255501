from hypothesis import given
from hypothesis import strategies as st

from mufakat.core.terms import FirmTerms, offered, terms_key
from mufakat.model.command import ObligationItem
from tests.union import TUESDAY

FIRMS = ("A", "B")


def item(amount=100, *, indivisible=False):
    return ObligationItem("B/1", "A", "B", "IDR", amount, TUESDAY, bytes(32), indivisible)


def of(firm, least=0, not_with=(), currency="IDR"):
    return {terms_key(firm, currency): FirmTerms(firm, currency, least, None, not_with, across=False)}


def test_a_firm_that_asks_for_nothing_offers_all_that_is_open():
    assert offered(item(), 70, {}) == 70


def test_the_larger_residual_of_both_sides_is_left():
    assert offered(item(), 70, of("A", 10) | of("B", 30)) == 40
    assert offered(item(), 20, of("A", 10) | of("B", 30)) == 0
    assert offered(item(), 70, of("A", 10, currency="VND")) == 70


def test_either_firm_can_keep_apart_from_the_other():
    assert offered(item(), 70, of("A", not_with=("B",))) == 0
    assert offered(item(), 70, of("B", not_with=("A",))) == 0
    assert offered(item(), 70, of("A", not_with=("C",))) == 70


@given(st.integers(0, 100), st.integers(0, 100))
def test_of_what_is_indivisible_all_is_offered_or_nothing(owed, least):
    whole = offered(item(indivisible=True), owed, of("A", least))
    assert whole in {0, 100}
    assert (whole == 100) == (owed == 100 and least == 0)
