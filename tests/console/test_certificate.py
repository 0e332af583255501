"""A certificate for people: every figure in its currency's places, nothing fetched, every name as it is."""

import html
import re
from contextlib import closing

import msgspec
import pytest

from mufakat.audit import certificate as files
from mufakat.audit.cycle import Holding
from mufakat.console import certificate as pages
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model.certificate import CycleItem, Total
from mufakat.projections import certificate as views
from tests.audit.test_certificate import attested, made
from tests.console.test_tables import lines, said
from tests.projections.conftest import folded
from tests.union import A1, B1, charter, settled_world

CHARTER = charter()


def verdict(holder: str = A1) -> files.Verdict:
    return files.check(files.encode(made(attested(), holder)), CHARTER)


def items() -> tuple[CycleItem, ...]:
    return next(each for each in attested().events if isinstance(each, e.CycleCertified)).items


def held(currency: str = "IDR") -> dict[str, Holding]:
    own = [each for each in items() if each.currency == currency]
    pays = [each for each in own if each.payer == A1]
    return {currency: Holding(pays, [each for each in own if each.payee == A1])}


def text_of(page: str) -> str:
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", page.partition("</style>")[2]).split()))


def test_the_page_says_what_was_due_what_became_of_it_and_where_it_settled():
    text = text_of(pages.page(verdict(), CHARTER, held()))
    assert f"{A1} Cycle 1, 24 November 2026" in text
    assert "to pay , 3 items 96.00 2.00 0.00 4.00 90.00" in text
    assert "to receive , 1 item 2.00 2.00 0.00 0.00 0.00" in text
    assert "Net -4.00, saved 2.00." in text
    assert f"Settled in central-bank money of Central Bank of QM (QM), on account settlement/{A1}/IDR" in text
    assert (
        "Left open to pay: 90.00 in 1 item, for the payer's funds and its swing line did not cover it."
        in text
    )
    assert "Signed by Central Bank of QM (QM), Central Bank of QN (QN) ; 2 members were needed." in text
    assert "VND" in text and "Net 50, saved 0." in text


def test_the_page_lists_the_items_and_says_when_there_are_more(monkeypatch):
    page = pages.page(verdict(), CHARTER, held())
    for item in items():
        assert (item.id in page) == (item.currency == "IDR")
    assert "payer short of funds" in page and "more items" not in page
    monkeypatch.setattr(pages, "MOST_ITEMS", 2)
    assert "2 more items are in the CSV." in pages.page(verdict(), CHARTER, held())


def test_the_page_of_a_member_is_of_all_its_banks():
    text = text_of(pages.page(verdict("QM"), CHARTER, {}))
    assert "Central Bank of QM (QM) and all its banks" in text
    assert "on its banks' accounts there: no third currency" in text


def test_the_page_needs_no_network_and_no_script_and_is_the_same_each_time():
    page = pages.page(verdict(), CHARTER, held())
    assert page == pages.page(verdict(), CHARTER, held())
    assert not re.search(r"https?:|<script|src=|@import|url\(", page)
    assert "size: A4" in page


def test_what_a_name_holds_is_text_on_the_page():
    named = msgspec.structs.replace(CHARTER.members[0], name="<b>Bank & Co</b>")
    of = msgspec.structs.replace(CHARTER, members=(named, *CHARTER.members[1:]))
    assert "&lt;b&gt;Bank &amp; Co&lt;/b&gt; (QM)" in pages.page(verdict(), of, {})


def test_swing_credit_and_signatures_that_do_not_count_are_on_the_page():
    union = settled_world(100)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.cycle()
    root = next(each.root for each in union.events if isinstance(each, e.CycleCertified))
    for member in ("QM", "QN"):
        union.must(member, c.CertifyCycle(1, root))
    of = {holder: files.check(files.encode(made(union, holder)), CHARTER) for holder in (B1, "QM")}
    assert "Advanced to settle: 3.00; 0.00 paid back." in text_of(pages.page(of[B1], CHARTER, {}))
    others = msgspec.structs.replace(of["QM"], not_counted=("QO",))
    text = text_of(pages.page(others, CHARTER, {}))
    assert "Lent to other members by swing lines: 3.00; 0.00 came back." in text
    assert "does not name: QO." in text
    assert "Not counted, for this charter does not name the key: QO." in list(
        pages.shown(others, compared=True)
    )


@pytest.mark.parametrize("part", pages.row_of("", made(attested()).currencies[0].leaf.pays, 400).amounts)
def test_the_parts_of_a_row_are_amounts(part):
    assert part >= 0


def test_the_parts_of_a_row_come_to_its_gross():
    for holder in (A1, B1, "QM", "QN"):
        for leaf in verdict(holder).leaves:
            for side, moved in ((leaf.pays, leaf.paid), (leaf.receives, leaf.received)):
                gross, *parts = pages.row_of("", side, moved).amounts
                assert gross == sum(parts)


def test_a_date_that_is_none_and_a_currency_that_nobody_issues_are_shown_as_they_stand():
    shown = verdict()
    leaf = msgspec.structs.replace(shown.leaves[0], date="some day", currency="XXX", issuer="QX")
    odd = msgspec.structs.replace(shown, leaves=(leaf,))
    text = text_of(pages.page(odd, CHARTER, {}))
    assert "some day" in text and "central-bank money of QX" in text and "Net -400" in text


def test_the_table_has_a_row_for_each_currency():
    rows = lines(pages.table(verdict(), CHARTER))
    assert f"Netting certificate of {A1}, cycle 1" in said(rows)
    assert "96.00" in said(rows) and "-4.00" in said(rows) and "90.00" in said(rows)


def test_a_verdict_says_who_signed_where_it_settled_and_what_it_does_not_prove():
    text = list(pages.shown(verdict(), compared=False))
    assert text[1] == "Signed by 2 members, 2 were needed: QM, QN."
    assert text[2] == f"IDR settled in central-bank money of QM, on account settlement/{A1}/IDR."
    assert any("--items" in each for each in text)
    compared = list(pages.shown(verdict(), compared=True))
    assert "The items come to the same figures." in compared
    assert not any("--items" in each for each in compared)
    assert any("member's banks" in each for each in pages.shown(verdict("QM"), compared=False))


def test_a_cycle_says_who_has_signed_it_and_whether_that_is_enough():
    with closing(folded(attested())) as made_views:
        certified, signatures = views.certified(made_views.sql, 1), views.signatures(made_views.sql, 1)
    first, second = pages.attested(certified, signatures, 2)
    assert first == f"{certified.leaves} certificates, root {certified.root.hex()}."
    assert second == f"Signed by QN, QM; attested in entry {certified.attested}."
    waiting = msgspec.structs.replace(certified, attested=None)
    assert (
        list(pages.attested(waiting, [], 2))[1]
        == "Signed by nobody yet; attested when 2 members have signed."
    )


def test_nothing_of_nothing_is_a_bar_without_parts():
    leaf = verdict().leaves[0]
    none = msgspec.structs.replace(leaf.pays, **dict.fromkeys(leaf.pays.__struct_fields__, Total(0, 0)))
    empty = msgspec.structs.replace(leaf, pays=none, paid=0, position=0, saved=0, drawn=0)
    assert "No money moved." in text_of(
        pages.page(msgspec.structs.replace(verdict(), leaves=(empty,)), CHARTER, {})
    )
