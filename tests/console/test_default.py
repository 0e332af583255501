"""What a terminal and a page say of coverage, defaults and rehearsals."""

import msgspec
import pytest
from rich.console import Console

from mufakat.console import default as pages
from mufakat.model.charter import DefaultProcedure
from mufakat.node.rehearsal import rehearse
from mufakat.projections.default import CallView, CoverageView, DefaultView, LossView
from tests.core.defaulting import with_pledges
from tests.union import B1, charter, settled_world


def shown(renderable):
    console = Console(width=160)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_coverage_says_whose_default_leaves_how_much_uncovered():
    text = shown(
        pages.coverage(
            charter(),
            [
                CoverageView("2026-11-24", "IDR", False, 1, ("QN",), 60_000, 45_000),
                CoverageView("2026-11-24", "VND", True, 2, ("QM", "QO"), 5_000, 9_000),
            ],
        )
    )
    assert "QN" in text and "600.00" in text and "150.00" in text and "short" in text
    assert "QM and QO" in text and "5,000" in text and "covered" in text and "the lines' limits" in text


def test_defaults_and_the_steps_of_a_loss_are_told_in_words():
    text = shown(
        pages.defaults(
            [
                DefaultView(1, B1, "advance_overdue", "2026-11-24", 70, "2026-11-30", None),
                DefaultView(2, "QO", "insolvent", "2026-11-25", 80, None, "2026-11-29"),
            ]
        )
    )
    assert "advance overdue" in text and "2026-11-30" in text and "open" in text and "2026-11-29" in text
    losses = [
        LossView(1, "covered", "own", f"collateral/{B1}/IDR", "swing/QN/IDR", "IDR", 100, "2026-11-24", 70),
        LossView(1, "recovered", None, "settlement/x/IDR", "swing/QN/IDR", "IDR", 40, "2026-11-25", 81),
    ]
    calls = [CallView(1, "IDR", "QM", 50, 25_000, "2026-11-24", 70)]
    text = shown(pages.losses(charter(), calls, losses))
    assert "at most 250.00" in text and "its own pledge" in text and "back to the line" in text


@pytest.mark.parametrize("unwind", [0, 1])
def test_a_rehearsal_is_told_in_sentences_a_table_and_a_page(unwind):
    rules = DefaultProcedure(unwind=unwind, by_exposure=1 - unwind, cap_bp=5_000)
    union = with_pledges(own=100, sponsor=0, issuer=0, other=300, default=rules)
    told = rehearse(union.state, B1)
    text = "\n".join(pages.facts(charter(), told))
    assert ("0 payments that are not final end" in text) == bool(unwind)
    assert ("what each pledged" in text) == bool(unwind)
    assert "each up to 50.00 % of its pledge" in text
    assert "QO can be called for 1.50 IDR at most." in text
    assert "IDR is borne by nobody yet" in text
    assert "a surviving member's pledge" in shown(pages.steps(charter(), told)) or not unwind
    page = pages.page(charter(), told)
    assert page.startswith("<!doctype html>") and page.count("<table>") == 3
    assert "If BK01QNA1XXX could not pay" in page and "6.00 IDR advanced" in page and "16.66" in page
    assert "short by" in page


def test_without_a_loss_a_rehearsal_says_so():
    told = rehearse(settled_world(0).state, B1)
    assert pages.facts(charter(), told)[-1] == "It owes no advance: there is no loss to share."
    assert "<section>" not in pages.page(charter(), told)


def test_what_comes_from_a_file_is_escaped():
    told = rehearse(settled_world(0).state, B1)
    named = msgspec.structs.replace(charter(), name="<b>")
    assert "&lt;b&gt;" in pages.page(named, told)
