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
from mufakat.console.remedy import remedy
from mufakat.console.report import (
    REJECTED_SHOWN,
    Counts,
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
            CurrencyRow(
                currency="VND",
                decimals=0,
                debts=huge,
                set_off=huge - 1,
                netted=1,
                opening_money=huge,
                swing_drawn=huge,
            ),
            CurrencyRow(currency="IDR", decimals=2),
        ),
        queue=(QueuePoint(0, "08:00", huge, (("VND", huge),)),),
        owes_before=(Debt(EVIL, "QV", "VND", huge), Debt("QV", "QV", "VND", huge)),
        owes_after=(),
        positions=(PositionRow(EVIL, EVIL, EVIL, "VND", huge, huge, huge, 0),),
        cycles=(CycleRow(1, "09:00", "VND", huge, 1, huge, 1, 0),),
        rejected=(RejectedRow(EVIL, EVIL, EVIL, EVIL),),
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


def test_the_headline_says_what_needed_no_money_what_was_paid_and_what_the_rest_is(day):
    text = _text(render_report(day()))

    assert (
        "Of all that firms owed and banks sent, 46.8 to 60.3 % needed no money, and 19.1 to 31.9 % was paid in "
        "central-bank money, depending on the currency; the rest is not due yet or was sent back for want of funds."
        in text
    )
    assert (
        "IDR: firms owed 337.5 billion and banks sent 144.6 billion, together 482.1 billion. 60.3 % of it"
        in text
    )
    assert (
        "31.2 % was set off in circles of debt, 29.1 % netted. 19.1 % was paid in central-bank money; 0.6 %"
        in text
    )


def test_one_share_in_all_currencies_does_not_depend_on_the_currency():
    rows = tuple(
        CurrencyRow(currency=code, decimals=2, debts=100, set_off=60, settled_net=40)
        for code in ("IDR", "MYR")
    )
    text = _text(render_report(DayReport("U", EMPTY.business_date, currencies=rows)))

    assert "60.0 % needed no money, and 40.0 % was paid in central-bank money." in text


def numbers(page, caption: str) -> list[list[int]]:
    """The amounts of a table, a row each, without decimal points."""
    (table,) = lxml.html.fromstring(page).xpath(f"//table[starts-with(caption, '{caption}')]")
    for share_of in table.xpath(".//*[@class='share']"):
        share_of.drop_tree()
    rows = [[cell.text_content() for cell in row.xpath("td")] for row in table.xpath("tbody/tr")]
    return [
        [int(re.sub(r"[,.]", "", text)) for text in row if re.fullmatch(r"[0-9,.]+ *", text)] for row in rows
    ]


def test_the_numbers_of_the_page_add_up_to_one_whole_in_each_currency(day):
    page = render_report(day())
    owed, sent, whole, *parts = numbers(page, "The same in numbers")
    assert [a + b for a, b in zip(owed, sent, strict=True)] == whole
    assert [sum(each) for each in zip(*parts, strict=True)] == whole
    for settled, without, with_money, *_ in numbers(page, "What was settled on this day"):
        assert without + with_money == settled


def test_the_debts_of_a_currency_are_told_to_their_end(day):
    row = CurrencyRow(
        currency="IDR", decimals=0, debts=900, payments=100, set_off=300, netted=150, settled_net=50,
        settled_gross=50, left=30, sent_back=20, later=400, debts_after=430,
    )  # fmt: skip
    text = _text(render_report(day(currencies=(row, *day().currencies[1:]))))
    assert (
        "Firms owed 900 in IDR: 300 was set off, 170 settled in netting, and 430 is still owed (47.8 %), "
        "of it 400 not due yet." in text
    )
    assert "3.0 % is carried to the next day" in text


@pytest.mark.parametrize(
    ("queued", "net", "words"),
    [
        (
            16,
            0,
            "When the day closed, 16 payments still waited for funds: all went back to the banks that sent them",
        ),
        (
            16,
            50,
            "16 payments still waited for funds, and 50 net payments were left out of the last cycle: all",
        ),
        (
            0,
            1,
            "1 net payment was left out of the last cycle: it went back to the bank that sent it",
        ),
    ],
)
def test_the_end_of_the_queue_is_explained(day, queued, net, words):
    counts = msgspec.structs.replace(day().counts, sent_back_queued=queued, sent_back_net=net)
    points = (*day().queue[:-1], QueuePoint(540, "17:00", 0))
    text = _text(render_report(day(counts=counts, queue=points)))
    assert words in text
    assert "When the day closed" not in _text(render_report(day(counts=Counts(), queue=points)))


def test_an_empty_day_says_so():
    text = _text(render_report(EMPTY))

    assert "Nothing was owed or sent on this day." in text
    assert "No payment had to wait for funds on this day." in text
    assert "Nothing was refused on this day." in text
    assert "Not verified." in text


def test_a_currency_without_activity_is_named(hostile):
    assert "IDR: nothing was owed or sent on this day." in _text(render_report(hostile))


def test_parts_that_do_not_add_up_are_admitted(day):
    row = msgspec.structs.replace(day().currencies[0], sent_back=0)

    assert "The parts of IDR add up to" not in _text(render_report(day()))
    assert "The parts of IDR add up to" in _text(render_report(day(currencies=(row, *day().currencies[1:]))))


def test_a_broken_invariant_and_a_failed_replay_are_shown(day):
    text = _text(render_report(day(verified=False, invariants=(("Debits equal credits", False),))))

    assert "✗ broken Debits equal credits" in text
    assert "Not verified." in text
    assert "Verified: the replay gave the same state root." in _text(render_report(day()))


def test_refusals_are_counted_by_code_with_what_to_do_and_each_is_listed(day):
    rows = [RejectedRow(f"f{n}.xml", f"line {n}", "AM05", f"Used: {n}.") for n in range(113)]
    tree = lxml.html.fromstring(render_report(day(rejected=(*rows, RejectedRow("g", "1", "AM01", "Zero.")))))
    by_reason, each = (tree.xpath(f"//table[caption='{name}']")[0] for name in ("By reason", "Refused items"))

    assert [[cell.text_content() for cell in row.xpath("td|th")] for row in by_reason.xpath("tbody/tr")] == [
        ["113", "AM05", *remedy("AM05")],
        ["1", "AM01", *remedy("AM01")],
    ]
    assert len(each.xpath("tbody/tr")) == 114
    assert "are not shown" not in tree.text_content()


def test_a_very_long_list_is_cut_off_and_says_so(day):
    rows = tuple(RejectedRow(f"f{n}.xml", f"line {n}", "AM05", "Used.") for n in range(REJECTED_SHOWN + 41))
    text = _text(render_report(day(rejected=rows)))
    assert "The first 1,000 of them" in text
    assert "41 more are not shown." in text


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
