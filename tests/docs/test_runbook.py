"""The runbook, done as it says, from the first part to the last."""

from tests.docs.desk import ROOT, steps

PAGE = ROOT / "docs" / "how-to" / "runbook.md"


def test_a_union_of_four_lives_through_its_runbook(desk):
    assert desk.play(PAGE) == len(list(steps(PAGE))) > 80
