"""The drawing of who owes whom."""

import re

import pytest
from lxml import etree

from mufakat.console.network import Debt, by_pair, draw_network, largest

MEMBERS = ("QI", "QM", "QT")


def _draw(debts, *, scale=None, members=MEMBERS, **options):
    scale = largest(debts) if scale is None else scale
    return draw_network(members, debts, decimals=2, scale=scale, title="Debts", **options)


def _widths(svg):
    """Widths of the debts by what their title says, read back from the drawing."""
    groups = etree.fromstring(svg).findall("g[@class='debt']")
    return {
        group.findtext("title"): float(group[-2 if len(group) > 2 else -1].get("stroke-width"))
        for group in groups
    }


def test_width_is_proportional_to_the_amount():
    widths = _widths(_draw([Debt("QI", "QM", "IDR", 40_000), Debt("QM", "QI", "IDR", 10_000)]))

    assert widths == {"QI owes QM IDR 400.00": 12.0, "QM owes QI IDR 100.00": 3.0}


def test_before_and_after_are_drawn_at_one_scale():
    before, after = [Debt("QI", "QM", "IDR", 40_000)], [Debt("QI", "QM", "IDR", 20_000)]

    assert _widths(_draw(after, scale=largest(before, after))) == {"QI owes QM IDR 200.00": 6.0}


def test_a_tiny_debt_stays_visible_and_the_largest_amount_is_drawn():
    widths = _widths(_draw([Debt("QI", "QM", "IDR", 1), Debt("QM", "QI", "IDR", 2**62)]))

    assert sorted(widths.values()) == [0.8, 12.0]
    assert "QM owes QI IDR 46,116,860,184,273,879.04" in widths


def test_debts_of_one_pair_are_added_and_empty_ones_left_out():
    debts = [Debt("QI", "QM", "IDR", 1), Debt("QI", "QM", "IDR", 2), Debt("QT", "QM", "IDR", 0)]

    assert by_pair(debts) == {("QI", "QM"): 3}


def test_a_negative_debt_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="turn the debt around"):
        by_pair([Debt("QI", "QM", "IDR", -1)])


def test_a_debt_within_a_member_is_a_ring():
    ring = etree.fromstring(_draw([Debt("QI", "QI", "IDR", 5)])).find("g[@class='debt']/circle")

    assert ring.get("stroke-width") == "12.0"


def test_a_debt_that_is_gone_leaves_a_dotted_line():
    gone = [Debt("QI", "QM", "IDR", 5), Debt("QM", "QM", "IDR", 5), Debt("QT", "QM", "IDR", 5)]

    assert _draw([Debt("QT", "QM", "IDR", 1)], gone=gone).count('class="ghost"') == 1


def test_the_description_says_in_words_what_is_drawn():
    assert "<desc>QI owes QM IDR 0.05.</desc>" in _draw([Debt("QI", "QM", "IDR", 5)])
    assert "Nobody owes anything." in _draw([])
    assert "Nobody owes anything." in _draw([], members=())


def test_a_member_that_only_a_debt_names_is_drawn_and_names_are_escaped():
    svg = _draw([Debt('<b>&"', "QM", "<i>", 5)])

    assert "<b>" not in svg
    assert "<i>" not in svg
    assert "&lt;b&gt;&amp;&#34; owes QM" in svg
    assert len(etree.fromstring(svg).findall("g[@class='member']")) == 4


def test_the_order_of_debts_does_not_matter_and_all_lies_inside():
    debts = [Debt(a, b, "IDR", 3 + len(a + b)) for a in MEMBERS for b in MEMBERS]
    svg = _draw(debts)

    assert svg == _draw(debts[::-1])
    assert all(-1 <= float(x) <= 301 for pair in re.findall(r"[ML]([\d.-]+),([\d.-]+)", svg) for x in pair)
