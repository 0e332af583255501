"""Faults carry official codes only, and print as file:line: path: text."""

import ast
import json

import pytest

from mufakat.messages import fault
from mufakat.messages.fault import CODES, Fault
from tests.messages.official import ISO, ROOT, needs_data


@needs_data
def test_every_code_that_leaves_the_package_is_in_the_official_set():
    text = (ISO / "codesets" / "json" / "external_status_reason_code.json").read_text(encoding="utf-8")
    assert set(json.loads(text)["codes"]) >= CODES


def test_the_set_of_codes_is_every_constant_of_the_module():
    constants = {value for name, value in vars(fault).items() if name.isupper() and isinstance(value, str)}
    assert constants == CODES


def test_each_code_is_used():
    used = set()
    for file in (ROOT / "src" / "mufakat" / "messages").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "fault"
            ):
                used.add(getattr(fault, node.attr, None))
    assert (used - {None}) | {fault.MALFORMED} == CODES


def test_a_code_outside_the_set_is_a_mistake():
    with pytest.raises(AssertionError, match="X999"):
        Fault(code="X999", text="")


@pytest.mark.parametrize(
    ("line", "path", "printed"),
    [
        (7, "amount", "day.csv:7: amount: wrong"),
        (7, "", "day.csv:7: wrong"),
        (None, "", "day.csv: wrong"),
    ],
)
def test_a_fault_prints_its_place(line, path, printed):
    assert Fault(code="FF01", text="wrong", line=line, path=path).place("day.csv") == printed


def test_foreign_text_is_told_on_one_short_line():
    assert fault.told(" a\n b ") == "a b"
    assert len(fault.told("x" * 100_000)) == 400
