import json
from pathlib import Path

import pytest

from mufakat.model.refusal import EXPLANATIONS, Reason, Refusal

CODES = Path(__file__).parents[3] / "shared/data/iso20022/codesets/json/external_status_reason_code.json"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_explained(reason):
    refusal = Refusal(reason)
    assert len(refusal.code) == 4
    assert refusal.text.endswith(".")


def test_nothing_is_explained_twice_and_no_number_is_used_twice():
    assert set(EXPLANATIONS) == set(Reason)
    assert len(Reason.__members__) == len(set(Reason))


def test_a_detail_follows_the_explanation():
    assert Refusal(Reason.AMOUNT_ZERO).text == "The amount is zero."
    assert Refusal(Reason.AMOUNT_ZERO, "Item 3.").text == "The amount is zero. Item 3."


@pytest.mark.skipif(not CODES.exists(), reason=f"the ISO 20022 code sets are not at {CODES}")
def test_every_code_is_one_of_the_external_code_set():
    official = json.loads(CODES.read_text(encoding="utf-8"))["codes"]
    assert len(official) > 100
    assert {each.code for each in EXPLANATIONS.values()} <= set(official)
