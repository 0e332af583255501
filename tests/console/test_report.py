"""The page of the day: complete, safe, self-contained, and the same for the same day."""

import datetime
import html.parser
import itertools
import re
import stat

import lxml.html
import msgspec
import pytest

from mufakat.console.network import Debt
from mufakat.console.report import (
    CurrencyRow,
    CycleRow,
    DayReport,
    MemberRow,
    PositionRow,
    QueuePoint,
    RejectedRow,
    long_date,
    render_report,
    share,
    short_amount,
    write_report,
)

EMPTY = DayReport(union="Empty", business_date=datetime.date(2026, 1, 2))
VOID = {"meta", "br", "hr", "link", "img", "input"}
EVIL = '<script>alert("x")</script>\'&\x00\ud800\u202e ធនាគារ'


class Balance(html.parser.HTMLParser):
    """Follows every tag: `problems` stays empty when each is closed in its turn."""

    def __init__(self):
        super().__init__()
        self.open, self.problems, self.tags = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append((tag, self.getpos()))


def _parse(page):
    balance = Balance()
    balance.feed(page)
    balance.close()
    assert balance.problems == []
    assert balance.open == []
    return balance


def _text(page):
    return re.sub(r"\s+", " ", lxml.html.fromstring(page).text_content()).replace("\u00a0", " ")


@pytest.fixture
def hostile(day):
    """Return a day in which every text is an attack, every amount huge, and one currency has no decimals."""
    huge = 2**62
    return day(
        union=EVIL,
        note=EVIL,
        members=(MemberRow(EVIL, EVIL, "VND", 0, huge, huge),),
        currencies=(
            CurrencyRow("VND", 0, huge, huge - 1, 1, 0, 0, huge, 0, 0, huge, huge),
            CurrencyRow("IDR", 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        ),
        queue=(QueuePoint(0, "08:00", huge, (("VND", huge),)),),
        owes_before=(Debt(EVIL, "QV", "VND", huge), Debt("QV", "QV", "VND", huge)),
        owes_after=(),
        positions=(PositionRow(EVIL, EVIL, EVIL, "VND", huge, huge, huge, 0),),
        cycles=(CycleRow(1, "09:00", "VND", huge, 1, huge, 1, 0),),
        rejected=(RejectedRow(EVIL, EVIL, EVIL, EVIL, EVIL),),
        invariants=((EVIL, False),),
        state_root=EVIL,
        verify_command=EVIL,
    )


@pytest.fixture(params=["full", "empty", "hostile"])
def page(request, day, hostile):
    return render_report({"full": day(), "empty": EMPTY, "hostile": hostile}[request.param])


def test_the_page_is_well_formed(page):
    _parse(page)
    assert lxml.html.fromstring(page).xpath("//main")
    page.encode()  # no surrogate is left in it


def test_the_page_loads_nothing_and_runs_nothing(page):
    tags = _parse(page).tags
    attributes = {name for _, attrs in tags for name in attrs}

    assert "://" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert not {tag for tag, _ in tags} & {
        "script",
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
    }
    assert not attributes & {"src", "href", "srcset", "action", "xlink:href"}
    assert not [name for name in attributes if name.startswith("on")]


def test_the_page_can_be_read_by_a_screen_reader(page):
    tree = lxml.html.fromstring(page)
    ids = tree.xpath("//@id")
    headings = [int(tag.tag[1]) for tag in tree.xpath("//h1|//h2|//h3")]

    assert len(ids) == len(set(ids))
    assert {word for value in tree.xpath("//@aria-labelledby") for word in value.split()} <= set(ids)
    assert headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(headings))
    assert all(table.xpath("caption[normalize-space()]") for table in tree.xpath("//table"))
    assert not tree.xpath("//th[not(@scope)]")
    assert not tree.xpath("//svg[not(@aria-label or @aria-labelledby or @aria-hidden or title)]")


def test_every_row_of_a_table_has_as_many_cells_as_its_head(page):
    for table in lxml.html.fromstring(page).xpath("//table"):
        assert {len(row.xpath("th|td")) for row in table.xpath(".//tr")} == {len(table.xpath("thead/tr/th"))}


def test_text_from_outside_is_shown_and_never_obeyed(hostile):
    page = render_report(hostile)

    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&#39;&amp;\ufffd\ufffd" in page
    assert "ធនាគារ" in page
    assert "\x00" not in page


def test_amounts_are_written_in_full_with_separators(day, hostile):
    assert "482,137,751,045.00" in render_report(day())
    assert "771,904,318,000 " in _text(render_report(day()))
    assert "4,611,686,018,427,387,904" in render_report(hostile)


def test_the_headline_says_how_much_money_moved(day):
    text = _text(render_report(day()))

    assert "Only 19.1 % to 31.9 % of the value, depending on the currency, had to move" in text
    assert "IDR: firms and banks owed or paid each other 482.1 billion. 41.2 % of it was cancelled" in text
    assert (
        "of the rest, 66.5 % was netted; only 19.1 % of the value had to move as central-bank money" in text
    )


def test_a_day_on_which_most_value_moved_is_not_praised():
    row = CurrencyRow("IDR", 2, 100, 0, 10, 90, 0, 0, 0, 0, 0, 0)
    text = _text(render_report(DayReport("U", EMPTY.business_date, currencies=(row,))))

    assert "90.0 % of the value had to move as central-bank money. The rest was set off or netted." in text
    assert "nly 90.0 %" not in text


def test_one_share_in_all_currencies_does_not_depend_on_the_currency():
    rows = tuple(CurrencyRow(code, 2, 100, 60, 0, 0, 40, 0, 0, 0, 0, 0) for code in ("IDR", "MYR"))
    text = _text(render_report(DayReport("U", EMPTY.business_date, currencies=rows)))

    assert "Only 40.0 % of the value had to move as central-bank money." in text


def test_an_empty_day_says_so():
    text = _text(render_report(EMPTY))

    assert "Nothing was owed or paid on this day." in text
    assert "No payment had to wait on this day." in text
    assert "Nothing was refused on this day." in text
    assert "Not verified." in text


def test_a_currency_without_activity_is_named(hostile):
    assert "IDR: nothing was owed or paid on this day." in _text(render_report(hostile))


def test_parts_that_do_not_add_up_are_admitted(day):
    row = msgspec.structs.replace(day().currencies[0], unsettled=0)

    assert "The parts of IDR add up to" not in _text(render_report(day()))
    assert "The parts of IDR add up to" in _text(render_report(day(currencies=(row, *day().currencies[1:]))))


def test_a_broken_invariant_and_a_failed_replay_are_shown(day):
    text = _text(render_report(day(verified=False, invariants=(("Debits equal credits", False),))))

    assert "✗ broken Debits equal credits" in text
    assert "Not verified." in text
    assert "Verified: the replay gave the same state root." in _text(render_report(day()))


def test_refusals_are_counted_by_reason_and_cut_off_at_sixty(day):
    rows = [RejectedRow(f"f{n}.xml", f"line {n}", "AM05", "Used.", "Nothing.") for n in range(100)]
    tree = lxml.html.fromstring(render_report(day(rejected=(*rows, RejectedRow("g", "1", "AM01", "Zero.")))))
    by_reason, each = (tree.xpath(f"//table[caption='{name}']")[0] for name in ("By reason", "Refused items"))

    assert [row.text_content() for row in by_reason.xpath("tbody/tr")] == [
        "100AM05Used.Nothing.",
        "1AM01Zero.\u2013",
    ]
    assert len(each.xpath("tbody/tr")) == 60
    assert "41 more are not shown." in tree.text_content()


def test_a_currency_without_a_row_is_refused(day):
    with pytest.raises(ValueError, match="no currency row for XTS: add it"):
        render_report(day(owes_after=(Debt("QI", "QM", "XTS", 1),)))


def test_the_same_day_gives_the_same_bytes_and_replaces_the_old_page(day, tmp_path):
    path = tmp_path / "report.html"
    write_report(EMPTY, path)
    write_report(day(), path)
    first = path.read_bytes()
    write_report(day(), path)

    assert path.read_bytes() == first == render_report(day()).encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_page_that_cannot_be_written_leaves_nothing_behind(day, tmp_path):
    (tmp_path / "report.html").mkdir()

    with pytest.raises(OSError, match="report"):
        write_report(EMPTY, tmp_path / "report.html")
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "\u2013"),
        (0, 7, "0.0 %"),
        (7, 7, "100.0 %"),
        (1, 10**6, "less than 0.1 %"),
        (10**6 - 1, 10**6, "more than 99.9 %"),
        (1, 3, "33.3 %"),
        (2, 3, "66.7 %"),
        (1, 2000, "0.1 %"),
        (2**62 - 1, 2**63, "50.0 %"),
    ],
)
def test_shares_are_exact_and_never_claim_all_or_nothing(part, whole, text):
    assert share(part, whole).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("minor", "decimals", "text"),
    [
        (0, 2, "0.00"),
        (99_949, 2, "999.49"),
        (123_456_78, 2, "123,457"),
        (1_250_000_00, 2, "1.3 million"),
        (999_999_999, 0, "1.0 billion"),
        (184_200_000_000, 0, "184.2 billion"),
        (2**62, 0, "4,611,686.0 trillion"),
    ],
)
def test_amounts_for_the_eye_are_rounded_half_up(minor, decimals, text):
    assert short_amount(minor, decimals).replace("\u00a0", " ") == text


def test_dates_are_written_out():
    assert long_date(datetime.date(2026, 11, 3)) == "3\u00a0November 2026"
