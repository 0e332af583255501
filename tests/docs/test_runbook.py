"""The runbook: its commands exist, and a union of four lives through all of it."""

import re

import pytest

from tests.commandline import check_command
from tests.docs.desk import ROOT, steps

PAGE = ROOT / "docs" / "how-to" / "runbook.md"
CALL = re.compile(r"\.venv/bin/mufakat ([^;|>&)]+)")


def test_each_command_of_the_runbook_exists():
    calls = [call for step in steps(PAGE) for call in CALL.findall(step.command)]
    assert len(calls) > 60
    for call in calls:
        check_command(call.partition('"')[0].split())


@pytest.mark.long
def test_a_union_of_four_lives_through_its_runbook(desk):
    assert desk.play(PAGE) == len(list(steps(PAGE))) > 80
