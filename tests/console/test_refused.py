"""What was refused is told with its place, and its amounts as a person writes them."""

from contextlib import closing

import pytest

from mufakat.console.refused import in_words, refused
from mufakat.console.report import RejectedRow
from mufakat.gateway.document import Rejection, of_refusal
from mufakat.model.calendar import Phase
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.node.receipt import Receipt, Result
from mufakat.projections import timeline
from tests.projections.conftest import folded
from tests.union import TUESDAY, Union, settled_world


def told(union: Union, *receipts: Receipt) -> list[RejectedRow]:
    with closing(folded(union)) as views:
        return list(refused(receipts, "/in", views.sql, union.state.charter, TUESDAY))


def test_a_limit_is_told_in_the_currency_of_the_payment():
    union = settled_world(max_payment=123_456_789)
    outcome = union.pay(amount=200_000_000)
    item = outcome.items[0]
    result = Result(item.id, "refused", of_refusal(item.refusal))
    (row,) = told(union, Receipt("/in/a.xml", "pacs.008", (result,)))
    limit = EXPLANATIONS[Reason.ABOVE_PAYMENT_LIMIT].text
    assert row == RejectedRow("a.xml", item.id, "AM13", f"{limit} Limit: IDR 1,234,567.89.")


@pytest.mark.parametrize(
    ("rejection", "place"),
    [
        (Rejection("FF01", "Why.", 15), "the whole file, line 15"),
        (Rejection("FF01", "Why."), "the whole file"),
    ],
)
def test_a_file_refused_whole_is_said_to_be(rejection, place):
    (row,) = told(settled_world(), Receipt("/in/b/a.xml", "pacs.008", (), rejection))
    assert row == RejectedRow("b/a.xml", place, "FF01", "Why.")


def test_a_part_is_told_by_its_name_and_line():
    parts = (Result("INV-1", "refused", Rejection("AM01", "Zero.", 7)), Result("INV-2", "accepted"))
    rows = told(settled_world(), Receipt("/in/a.csv", "obligations", parts))
    assert rows == [RejectedRow("a.csv", "INV-1, line 7", "AM01", "Zero.")]


def test_what_the_close_sent_back_comes_last():
    union = settled_world(100)
    union.pay(amount=500)
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        union.phase(phase)
    receipt = Receipt("/in/a.xml", "pacs.008", (), Rejection("FF01", "Why."))
    with closing(folded(union)) as views:
        (late,) = timeline.payments(views.sql, "rejected")
    rows = told(union, receipt)
    assert [(row.source, row.locator, row.code) for row in rows] == [
        ("a.xml", "the whole file", "FF01"),
        ("at the close of the day", late.uetr, "AM04"),
    ]


def test_words_without_amounts_stay_as_they_are():
    assert in_words("The amount is zero.", "IDR", 2) == "The amount is zero."
    assert in_words("Limit: 150 minor units.", "VND", 0) == "Limit: VND 150."
