from contextlib import closing

from rich.console import Console

from mufakat.console import firm as pages
from mufakat.projections import firm
from tests.projections.conftest import folded
from tests.strategies import play, world
from tests.union import lei


def made(number=6):
    union = world()
    asked = [("ask", each, currency, 1, 9_000, [10], True) for each in (6, 8) for currency in ("IDR", "VND")]
    owed = [("owe", 6, 8, "IDR", 4_000, 9, False), ("owe", 8, 6, "VND", 30, 9, False)]
    ring = [("owe", 6, 8, "VND", 8, 9, False), ("owe", 8, 6, "VND", 11, 9, False)]
    play(union, [*asked, *owed, ("cycle",), ("fixed", 6), *ring, ("cycle",)])
    with closing(folded(union)) as views:
        return views.charter, firm.statement(views.sql, views.charter, lei(number))


def text(parts):
    console = Console(width=200, record=True, file=None)
    with console.capture() as caught:
        for part in parts:
            console.print(part)
    return caught.get()


def test_a_statement_tells_what_was_set_off_and_why_the_rest_is_open():
    said = text(pages.told(*made()))
    assert (
        "of each debt or claim 0.01 is left to pay; at most 90.00 of its debts is set off in a cycle" in said
    )
    assert f"nothing with {lei(10)}; also across currencies" in said
    assert "no fixing of it was in force" in said
    assert "VND of what the firm owed was paid with as much of what it was owed" in said
    assert "points of debts were paid with" in said
    assert "so much is to be left to pay" in said


def test_a_firm_of_which_nothing_is_known_reads_so():
    said = text(pages.told(*made(0)))
    assert "Nothing: all may be set off, in its own currency." in said
    assert "No cycle has set anything of this firm off." in said
    assert "Nothing is open." in said


def test_the_page_is_one_file_that_runs_nothing():
    page = pages.page(*made())
    assert page.startswith("<!doctype html>")
    assert page.count("<section>") == page.count("</section>") >= 4
    assert "<script" not in page and "http" not in page
    assert '<td class="right">' in page


def test_a_long_ranking_says_how_much_of_it_is_shown():
    said = text([pages.ranking("firms", "IDR", [("A", 3), ("B", 1)], 9)])
    assert "firms: one more unit of" in said
    assert "the first 2 of 9" in said
