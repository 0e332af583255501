"""The last lines of a demonstration: shares that fit what they are shares of, words that fit a count."""

import io
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from mufakat.console import story
from mufakat.console.report import PARTS, Counts, CurrencyRow
from tests.console.conftest import make_day

HOME = Path("demo")


FIELDS = [part.field for part in PARTS]


def row(*amounts: int, currency="IDR", **parts: int) -> CurrencyRow:
    """A currency of which these parts are the whole."""
    parts |= dict(zip(FIELDS, amounts, strict=False))
    return CurrencyRow(currency=currency, decimals=2, debts=sum(parts.values()), **parts)


def printed(*drawn) -> str:
    text = io.StringIO()
    console = Console(file=text, width=300)
    for each in drawn:
        console.print(each)
    return text.getvalue()


def cells(*rows: CurrencyRow) -> dict[str, list[str]]:
    """What the table shows of each currency."""
    text = printed(story.table(make_day(currencies=rows)))
    lines = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]
    return {line[0]: line[1:] for line in lines if line and line[0] in {each.currency for each in rows}}


def told(files=5_000, folder=HOME, **changes) -> str:
    """The whole story as running text."""
    return " ".join(printed(*story.lines(files, make_day(**changes), folder)).split())


def number(share: str) -> int:
    return int(share.removesuffix(" %"))


some = st.one_of(st.integers(1, 10), st.integers(1, 2**63))
parts_of = st.lists(some, min_size=len(FIELDS), max_size=len(FIELDS))


@given(parts_of)
def test_the_parts_of_a_currency_add_up_to_all_that_was_owed_and_sent(parts):
    shares = [number(share) for share in cells(row(*parts))["IDR"][1:]]
    # Each of the seven is rounded by at most half a per cent.
    assert abs(sum(shares) - 100) <= 3
    for part, share in zip(parts, shares, strict=True):
        assert abs(200 * part - 2 * share * sum(parts)) <= sum(parts)


@given(st.lists(parts_of, min_size=1, max_size=5))
def test_the_words_name_the_least_and_the_greatest_share_of_the_table(parts):
    rows = [row(*each, currency=f"XX{'ABCDE'[n]}") for n, each in enumerate(parts)]
    table, text = cells(*rows), told(currencies=tuple(rows))

    def span(part: str) -> str:
        shares = sorted(number(shares[1 + FIELDS.index(part)]) for shares in table.values())
        return f"{shares[0]} %" if shares[0] == shares[-1] else f"{shares[0]} to {shares[-1]} %"

    assert f"in a circle cancelled {span('set_off')} of all that was owed and sent, with no money" in text
    assert f"against what goes out: another {span('netted')}." in text
    assert f"{span('later')} is debts that are not due yet." in text


def test_a_currency_in_which_nothing_was_paid_does_not_lower_the_least_share():
    busy, idle = row(set_off=60, settled_gross=40), row(currency="VND")
    text = told(currencies=(busy, idle))
    assert "Debts in a circle cancelled 60 % of all" in text
    assert "40 % was paid, each in its own central bank's money." in text
    assert cells(busy, idle)["VND"] == ["0", "-", "-"]


def test_a_part_that_no_currency_has_is_no_column():
    assert "sent back" not in printed(story.table(make_day(currencies=(row(set_off=1, later=2),))))
    assert "sent back" in printed(story.table(make_day(currencies=(row(set_off=1, sent_back=2),))))


def test_a_day_without_money_says_so():
    text = told(currencies=(row(), row(currency="VND")))
    assert "Nothing was owed or sent." in text
    assert "cancelled" not in text


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (
            0,
            (
                "sent no payment file, and no debt of their firms was on record.",
                "No payment settled for good; none was refused; none lacked funds at the close.",
            ),
        ),
        (
            1,
            (
                "sent 1 payment file, and 1 debt of their firms was on record.",
                "1 payment settled for good; 1 was refused, with the reason;",
                "1 lacked funds at the close and was sent back.",
            ),
        ),
        (
            1_234,
            (
                "sent 1,234 payment files, and 1,234 debts of their firms were on record.",
                "1,234 payments settled for good; 1,234 were refused, with the reason;",
                "1,234 lacked funds at the close and were sent back.",
            ),
        ),
    ],
)
def test_nothing_one_and_many_are_told_in_words_that_fit(count, words):
    counts = Counts(
        payments_settled=count,
        payments_refused=count,
        sent_back_queued=count,
        debts=count,
    )
    text = told(files=count, counts=counts)
    for each in words:
        assert each in text


def test_the_story_ends_with_the_root_and_commands_for_this_folder(day):
    text = told(folder=Path("/tmp/my demo"))
    assert f"State root {day().state_root}" in text
    assert "The journal of 1,873 signed entries was recomputed from genesis and is whole." in text
    assert "mufakat verify /tmp/my demo/journal.db" in text
    assert "mufakat --home /tmp/my demo positions" in text


@pytest.mark.parametrize("name", ["[red]union", "[/]", "[bold]"])
def test_a_name_is_told_as_it_is_and_styles_nothing(name):
    assert f"{name}, 2026-11-23" in printed(story.table(make_day(union=name)))
    assert f"open {name}/report.html" in told(folder=Path(name))


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "-"),
        (0, 7, "0 %"),
        (7, 7, "100 %"),
        (1, 3, "33 %"),
        (2, 3, "67 %"),
        (1, 200, "1 %"),
        (1, 201, "0 %"),
    ],
)
def test_shares_are_whole_per_cents_rounded_half_up(part, whole, text):
    assert story.percent(part, whole) == text


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [
        (0, 2, "0"),
        (199, 2, "1"),
        (99_999_999, 2, "999,999"),
        (100_000_000, 2, "1.0 m"),
        (199_999_999, 2, "1.9 m"),
        (999_999_999, 0, "999.9 m"),
        (1_234_000_000_000, 0, "1,234.0 bn"),
    ],
)
def test_amounts_are_cut_off_to_millions_and_billions(minor, decimals, text):
    assert story.short(minor, decimals) == text


def test_the_table_shows_one_row_for_each_currency_of_the_day(day):
    rows = cells(*day().currencies)
    assert list(rows) == ["IDR", "MYR", "THB", "PHP", "VND"]
    assert rows["VND"][0] == "771.9 bn"
    assert rows["IDR"][0] == "482.1 bn"
    assert cells(msgspec.structs.replace(day().currencies[0], decimals=0))["IDR"][0] == "48,213.7 bn"
