"""What the terminal shows of the island: nothing as settled while it waits, and what came otherwise in red."""

import io

import pytest
from rich.console import Console

from mufakat.console import island as pages
from mufakat.model import command as c
from mufakat.model.outcome import AWAITING_QUORUM, DONE, ItemOutcome, Outcome, Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.island import Reconciled, Registered
from tests.console.test_tables import lines
from tests.union import A1, NOON_US, Union, settled_world

DUPLICATE = Refusal(Reason.DUPLICATE)


def settled(*ids: str) -> Outcome:
    return Outcome(Status.DONE, items=tuple(ItemOutcome(each, Status.SETTLED) for each in ids))


@pytest.fixture(scope="module")
def union() -> Union:
    return settled_world()


def registered(union: Union, body: c.AnyCommand, expected: Outcome, number: int = 1) -> Registered:
    return Registered(number, NOON_US, union.signed(A1, body), expected)


def test_what_waits_is_listed_and_nothing_of_it_is_called_settled(union):
    payment = registered(union, batch((union.order(),)), settled("a", "b"))
    money = registered(union, c.ReserveLiquidity("IDR", 5), DONE, 2)

    rows = lines(pages.waiting([payment, money]))

    assert rows[0] == ["2 provisional, no finality"]
    assert ["1", A1, "SubmitPayments", "2026-11-24 06:00:00", "2 queued"] in rows
    assert ["2", A1, "ReserveLiquidity", "2026-11-24 06:00:00", "accepted"] in rows
    plain = pages.waiting_row(payment)
    assert (plain["number"], plain["author"], plain["command"], plain["at_us"]) == (
        *(1, A1, "SubmitPayments", NOON_US),
    )
    assert [item["status"] for item in plain["provisional"]["items"]] == ["queued", "queued"]


def test_what_was_reconciled_shows_what_was_expected_and_what_came(union):
    body = batch((union.order(),))
    other = Outcome(Status.DONE, items=(ItemOutcome("a", Status.REFUSED, DUPLICATE),))
    same = Reconciled(registered(union, body, settled("a")), settled("a"), 1_234)
    differing = Reconciled(registered(union, body, settled("a"), 2), other, 1_235)
    kept_out = Outcome(Status.REFUSED, Refusal(Reason.EXPIRED))
    nowhere = Reconciled(registered(union, body, settled("a"), 3), kept_out, None)

    rows = lines(pages.reconciled([same, differing, nowhere]))

    assert rows[0] == ["3 reconciled, 1 as expected"]
    assert [A1, "SubmitPayments", "1 settled", "1 settled", "1,234"] in rows
    assert [A1, "SubmitPayments", "1 settled", "1 refused, DUPLICATE", "1,235"] in rows
    assert [A1, "SubmitPayments", "1 settled", "refused, EXPIRED"] in rows
    assert [pages.reconciled_row(each)["same"] for each in (same, differing, nowhere)] == [True, False, False]
    assert pages.reconciled_row(nowhere)["final"]["refusal"]["reason"] == "expired"


def test_what_came_otherwise_is_red(union):
    rows = [
        Reconciled(registered(union, c.ReserveLiquidity("IDR", 5), DONE), final, 7)
        for final in (DONE, Outcome(Status.REFUSED, DUPLICATE))
    ]
    text = io.StringIO()
    Console(file=text, width=200, force_terminal=True, color_system="standard").print(pages.reconciled(rows))
    red = [line for line in text.getvalue().splitlines() if "\x1b[31m" in line]
    assert len(red) == 1 and "DUPLICATE" in red[0]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (DONE, "done"),
        (AWAITING_QUORUM, "awaiting quorum"),
        (Outcome(Status.REFUSED, DUPLICATE), "refused, DUPLICATE"),
        (settled("a"), "1 settled"),
        (
            Outcome(
                Status.DONE,
                items=(
                    ItemOutcome("a", Status.QUEUED),
                    ItemOutcome("b", Status.REFUSED, DUPLICATE),
                    ItemOutcome("c", Status.QUEUED),
                ),
            ),
            "2 queued; 1 refused, DUPLICATE",
        ),
    ],
)
def test_an_outcome_is_said_in_a_few_words(outcome, words):
    assert pages.said(outcome) == words


def test_a_command_without_anything_is_an_empty_table():
    assert lines(pages.waiting([]))[0] == ["0 provisional, no finality"]
    assert lines(pages.reconciled([]))[0] == ["0 reconciled, 0 as expected"]
