"""Obligations from what documents say: whole, or refused by the first rule that they break."""

import pytest

from mufakat.gateway.obligation import obligation_of
from mufakat.model.command import ObligationItem
from mufakat.model.refusal import Reason, Refusal
from tests.union import TUESDAY, charter

CREDITOR, DEBTOR = "5493001KJTIIGC8Y1R12", "213800WSGIIZCXF1P572"
TERMS = ("150.25", "IDR", TUESDAY.isoformat())


def made(
    parties: tuple[str, str] = (CREDITOR, DEBTOR),
    reference: str = "INV-7",
    terms: tuple[str, str, str] = TERMS,
) -> ObligationItem | Refusal:
    return obligation_of(charter(), parties, reference, terms, bytes(32))


def test_an_obligation_is_named_after_its_creditor():
    assert made() == ObligationItem(f"{CREDITOR}/INV-7", DEBTOR, CREDITOR, "IDR", 15_025, TUESDAY, bytes(32))


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"parties": ("", "")}, Reason.LEI_INVALID, "The creditor has no LEI."),
        ({"parties": (CREDITOR, "X")}, Reason.LEI_INVALID, "The debtor has LEI X."),
        (
            {"reference": "x" * 71},
            Reason.IDENTIFIER_INVALID,
            "The reference is not 1 to 70 printable characters.",
        ),
        ({"terms": ("1", "QMD", "")}, Reason.UNKNOWN_CURRENCY, "QMD"),
        ({"terms": ("1.005", "IDR", "")}, Reason.AMOUNT_DECIMALS, "IDR has 2."),
        ({"terms": ("1", "IDR", "tomorrow")}, Reason.DATE_INVALID, "tomorrow"),
    ],
)
def test_what_is_wrong_is_told_by_the_first_rule_that_it_breaks(change, reason, detail):
    assert made(**change) == Refusal(reason, detail)
