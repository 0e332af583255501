"""Type codes of invoices: who owes whom, and whether anything is asked for."""

import pytest

from mufakat.messages.trade.codes import ASKS_FOR_NOTHING, is_credit_note


@pytest.mark.parametrize("code", ["381", "261", "396", "81"])
def test_a_credit_note_is_known_by_its_code(code):
    assert is_credit_note(code)
    assert code not in ASKS_FOR_NOTHING


@pytest.mark.parametrize("code", [None, "", "380", "383", "384", "386", "389", "0381"])
def test_any_other_code_is_no_credit_note(code):
    assert not is_credit_note(code)


def test_a_pro_forma_invoice_asks_for_nothing():
    assert "pro forma" in ASKS_FOR_NOTHING["325"]
    assert not any(map(is_credit_note, ASKS_FOR_NOTHING))
