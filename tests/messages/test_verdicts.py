"""Two validators with the official schemas, and ours from facts, agree on messages made up by a seed.

libxml2 reads the official files and is the first opinion; xmlschema, which shares no code with it, the second.
"""

import functools
import random
from typing import Any

import pytest
import xmlschema
from lxml import etree

from mufakat.messages import schema
from tests.messages.invented import Invention
from tests.messages.mutants import mutant
from tests.messages.official import ISO, needs_data, official, official_path

NAMES = sorted(path.stem for path in (ISO / "xsd").glob("*.xsd"))
FAMILIES = sorted({name[:8] for name in NAMES})
MUTANTS = 12
LATEST = {name[:8]: name for name in NAMES}
AT_LEAST = {"fits": 200, "breaks": 1_500}


def versions(definition: str, seed: int, mutants: int) -> list[Any]:
    """Return a message made up that fits, and mutants of it, each as it is after it was written and read."""
    chance = random.Random(f"{definition} {seed}")
    made = Invention(definition, seed).document()
    every = [made, *(mutant(made, chance) for _ in range(mutants))]
    return [etree.fromstring(etree.tostring(each)) for each in every]


def verdict(checker: Any, element: Any) -> str:
    return "" if checker.validate(element) else checker.error_log[0].message


@functools.cache
def second(definition: str) -> Any:
    return xmlschema.XMLSchema(str(official_path(definition)))


def compared(seed: int, mutants: int) -> dict[str, int]:
    """Compare verdict and first error with the official schema's; return how many fitted and broke it."""
    count = {"fits": 0, "breaks": 0}
    for definition in NAMES:
        for number, element in enumerate(versions(definition, seed, mutants)):
            theirs = verdict(official(definition), element)
            assert verdict(schema.schema(definition), element) == theirs, f"{definition} {seed} {number}"
            assert number or not theirs, f"{definition} {seed} was made to fit: {theirs}"
            count["breaks" if theirs else "fits"] += 1
    return count


def agreed(definition: str, seed: int, mutants: int) -> None:
    """Compare with the second validator. libxml2 refuses space around a date or time, which XML Schema allows."""
    for number, element in enumerate(versions(definition, seed, mutants)):
        fits = second(definition).is_valid(element)
        if fits and schema.violation(definition, element) is not None:
            for leaf in element.iter(etree.Element):
                leaf.text = leaf.text and leaf.text.strip()
        assert (schema.violation(definition, element) is None) == fits, f"{definition} {seed} {number}"


@needs_data
def test_messages_of_all_official_schemas_and_their_mutants_get_the_official_verdict():
    count = compared(seed=1, mutants=MUTANTS)
    assert count["fits"] > AT_LEAST["fits"]
    assert count["breaks"] > AT_LEAST["breaks"]


@needs_data
@pytest.mark.parametrize("family", ["head.001", "pacs.002", "pacs.008", "camt.053", "pain.001"])
def test_a_second_validator_agrees(family):
    agreed(LATEST[family], seed=2, mutants=MUTANTS)


@pytest.mark.long
@needs_data
@pytest.mark.parametrize("seed", range(10, 30))
def test_many_more_messages_get_the_official_verdict(seed):
    compared(seed, mutants=40)


@pytest.mark.long
@needs_data
@pytest.mark.parametrize("definition", NAMES)
def test_a_second_validator_agrees_on_every_message(definition):
    for seed in range(3):
        agreed(definition, seed, mutants=25)
