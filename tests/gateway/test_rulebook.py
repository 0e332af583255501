"""The rules that need the union: each reason for which a payment order is refused is one."""

import re
from pathlib import Path

import pytest

from mufakat.gateway.rulebook import UNION_RULES, identifier
from mufakat.model.refusal import EXPLANATIONS, Reason

SOURCE = Path(__file__).parent.parent.parent / "src" / "mufakat"


@pytest.mark.parametrize("module", ["gateway/practice.py", "core/order.py"])
def test_each_reason_of_a_payment_order_is_a_rule(module):
    named = set(re.findall(r"Reason\.([A-Z_]+)", (SOURCE / module).read_text(encoding="utf-8")))
    assert len(named) > 8
    assert named <= {each.name for each in UNION_RULES}


def test_an_identifier_has_the_reasons_permanent_number():
    assert identifier(Reason.AFTER_CUT_OFF) == "MUF-UNION-061"
    assert len({identifier(each) for each in UNION_RULES}) == len(UNION_RULES)
    assert all(each in EXPLANATIONS for each in UNION_RULES)
