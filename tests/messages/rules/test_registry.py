"""All sets together: valid messages pass, each rule has its example, no message makes a rule fail."""

import importlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages.rules.registry import ABOUT, ALWAYS, RULES, SETS, findings, fitting
from mufakat.messages.schema import violations
from tests.messages.official import needs_data, official
from tests.messages.rules.examples import BASES, changed, message_of

HERE = Path(__file__).parent
FIT = {
    "cleared": "hvps",
    "banks cleared": "hvps",
    **dict.fromkeys(
        ("correspondent", "cover", "status", "return", "recall", "answer", "initiation", "statement"), "cbpr"
    ),
}


def cases():
    modules = (
        importlib.import_module(f"{__package__}.{path.stem}") for path in sorted(HERE.glob("test_*.py"))
    )
    return [each for module in modules for each in getattr(module, "CASES", ())]


def test_each_rule_has_an_example_that_passes_and_one_that_breaks_it():
    of = [each.rule for each in cases()]
    assert sorted(of) == sorted(RULES), "each test module of a rule has a CASES with its example"


@pytest.mark.parametrize("base", BASES)
def test_a_valid_message_passes_the_sets_that_fit_it(base):
    message = message_of(BASES[base])
    assert fitting(message) == (*ALWAYS, FIT[base])
    assert findings(message, fitting(message)) == ()
    assert violations(message.definition, message.document) == []


@pytest.mark.parametrize("base", ["cleared", "correspondent", "cover", "status", "return"])
def test_a_valid_message_meets_the_harmonised_requirements(base):
    assert findings(message_of(BASES[base]), ["cpmi"]) == ()


@needs_data
@pytest.mark.parametrize("base", BASES)
def test_the_official_schema_takes_each_valid_message(base):
    message = message_of(BASES[base])
    assert official(message.definition).validate(message.document)


def test_every_set_is_described():
    assert set(ABOUT) == set(SETS) and set(ALWAYS) < set(SETS)


def test_an_identifier_stands_for_one_rule():
    every = [rule for rules in SETS.values() for rule in rules]
    assert len(every) == len({rule.id for rule in every}) == len(RULES)


def test_the_leg_of_another_clearing_system_is_held_to_no_leg():
    text = changed("cleared", ("<Prtry>MUFAKAT</Prtry>", "<Cd>TGT</Cd>"))
    assert fitting(message_of(text)) == ALWAYS


def test_all_is_found_in_the_order_of_its_lines():
    text = changed("cleared", ("<NbOfTxs>1", "<NbOfTxs>2"), ("<Ctry>GB", "<Ctry>UK"), ("<Nm>Ana Co</Nm>", ""))
    found = findings(message_of(text), ALWAYS)
    assert {"MUF-TOT-01", "MUF-CTRY-01", "MUF-FATF-01"} <= {each.rule for each in found}
    assert [each.line for each in found] == sorted(each.line for each in found)


LEAF = re.compile(r"<(\w+)([^>]*)>([^<\n]+)</\1>")


@given(st.data())
def test_rules_look_at_any_disturbed_message_without_a_fault(data):
    text = BASES[data.draw(st.sampled_from(sorted(BASES)))]
    for _ in range(data.draw(st.integers(1, 4))):
        leaves = list(LEAF.finditer(text))
        leaf = data.draw(st.sampled_from(leaves))
        value = data.draw(
            st.sampled_from(["", "x", "1e9", "-1", "9" * 40, "2026-13-45T99:99", "Ü", "/", "   "])
        )
        gone = data.draw(st.booleans())
        text = (
            text[: leaf.start()]
            + ("" if gone else f"<{leaf[1]}{leaf[2]}>{value}</{leaf[1]}>")
            + text[leaf.end() :]
        )
    for finding in findings(message_of(text), SETS):
        assert finding.text.endswith(".") and finding.path and "\n" not in finding.text
