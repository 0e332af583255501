import pytest

from mufakat.gateway.document import Asks, Part, Rejection
from mufakat.gateway.outbound import ACCEPTED, FORWARDED, IN_PROCESS, PENDING, REJECTED, SETTLED, PartStatus
from mufakat.messages.fault import References
from mufakat.messages.resolution import CANCELLED
from mufakat.model.queueing import Action
from mufakat.node.receipt import Receipt, Result, result_of
from mufakat.node.standing import Standing
from tests.node.test_putting import order

WHY = Rejection("AM04", "Too little.")
GONE = Rejection("DS02", "Withdrawn.")


def said(status: str | None, rejection: Rejection | None = None, **about: object) -> Result:
    part = Part(0, "E-1", References(), about.pop("item", None), None, **about)
    return result_of(part, Standing(PartStatus(References(), status, rejection)))


@pytest.mark.parametrize(
    ("status", "rejection", "word"),
    [
        (SETTLED, None, "settled"),
        (PENDING, None, "queued"),
        (IN_PROCESS, None, "accepted"),
        (ACCEPTED, None, "accepted"),
        (REJECTED, WHY, "refused"),
        (None, WHY, "refused"),
        (CANCELLED, None, "cancelled"),
    ],
)
def test_how_a_part_stands_is_said_in_a_word_with_the_reason(status, rejection, word):
    assert said(status, rejection) == Result("E-1", word, rejection)


def test_what_went_on_or_was_withdrawn_by_its_sender_is_no_refusal():
    assert said(FORWARDED, WHY) == Result("E-1", "given on")
    assert said(REJECTED, GONE) == Result("E-1", "cancelled")


def test_a_question_is_answered_whatever_the_answer_is():
    assert said(REJECTED, WHY, asks=Asks.STATUS).status == "answered"
    assert said(None, WHY, asks=Asks.STATUS).status == "refused"
    assert said(None, None, asks=Asks.REPORT).status == "answered"
    assert said(None, WHY, asks=Asks.REPORT).status == "refused"


def test_of_a_reservation_other_words_are_said():
    item = order(1)
    reserving = type(item)(*(getattr(item, name) for name in item.__struct_fields__[:-2]), Action.RESERVE)
    assert [said(status, None, item=reserving).status for status in (PENDING, SETTLED)] == [
        "reserved",
        "settled",
    ]


def test_a_file_refused_whole_counts_as_one_and_a_large_one_counts_for_itself():
    assert Receipt("a", "pacs.008", (), WHY).refused == 1
    two = (Result("1", "refused", WHY), Result("2", "settled"))
    assert (Receipt("a", "pacs.008", two).refused, Receipt("a", "pacs.008", two).became()["settled"]) == (
        1,
        1,
    )
    large = Receipt("a", "pacs.008", two[:1], counts={"refused": 9, "settled": 90})
    assert (large.refused, large.became().total()) == (9, 99)
