"""Every message that the generator makes is valid, and its mutants get the official schema's verdict."""

import random
from itertools import pairwise
from typing import Any

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import facts, schema
from tests.messages.generator import document, mutant
from tests.messages.official import needs_data, official, official_path

MESSAGES = sorted(name for name in facts.modules() if name[:4] in {"admi", "camt", "head", "pacs", "pain"})
SECOND_OPINION = (
    "head.001.001.02",
    "pacs.002.001.10",
    "pacs.004.001.09",
    "pacs.028.001.03",
    "camt.056.001.08",
)


def same_verdict(module: str, element: Any) -> bool:
    """Compare verdict and first error with the official schema's; return whether the element fits."""
    ours, theirs = schema.schema(module), official(module)
    fits: bool = theirs.validate(element)
    assert ours.validate(element) == fits, module
    assert fits or ours.error_log[0].message == theirs.error_log[0].message, module
    return fits


def compared(documents: int, mutants: int) -> tuple[int, int]:
    """Compare so many of each message; return how many mutants fit and how many do not."""
    fits = breaks = 0
    for module in MESSAGES:
        chance = random.Random(f"{module} 20022")
        for number in range(documents):
            made = document(module, chance, fullness=(number + 0.5) / documents)
            assert same_verdict(module, made), f"{module}: document {number} is not valid"
            for _ in range(mutants):
                if same_verdict(module, mutant(made, chance)):
                    fits += 1
                else:
                    breaks += 1
    return fits, breaks


@needs_data
def test_made_messages_are_valid_and_their_mutants_get_the_official_verdict_in_all_families():
    assert len(MESSAGES) == 247
    fits, breaks = compared(documents=2, mutants=8)
    assert fits > 50
    assert breaks > 2_500


@needs_data
@pytest.mark.long
def test_many_made_messages_and_mutants_get_the_official_verdict():
    fits, breaks = compared(documents=20, mutants=20)
    assert fits + breaks == len(MESSAGES) * 400


@needs_data
@pytest.mark.parametrize("module", SECOND_OPINION)
def test_a_second_validator_agrees_on_made_messages(module):
    second = xmlschema.XMLSchema(str(official_path(module)))
    chance = random.Random(module)
    for _ in range(3):
        made = document(module, chance, fullness=0.4)
        assert second.is_valid(etree.fromstring(etree.tostring(made)))
        for changed in (mutant(made, chance) for _ in range(6)):
            whole = etree.fromstring(etree.tostring(changed))
            assert second.is_valid(whole) == schema.schema(module).validate(whole), etree.tostring(whole)


@given(st.sampled_from(MESSAGES), st.randoms(use_true_random=False))
def test_hypothesis_draws_valid_messages(module, chance):
    assert schema.violation(module, document(module, chance)) is None


def test_the_same_chance_makes_the_same_message():
    made = [etree.tostring(document("pacs.008.001.08", random.Random(7), 0.5)) for _ in range(3)]
    assert all(one == other for one, other in pairwise(made))
    assert made[0] != etree.tostring(document("pacs.008.001.08", random.Random(8), 0.5))
