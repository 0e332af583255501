"""Rules for goods: how they are written, and what is wrong with one that cannot be so."""

import datetime

import msgspec
import pytest

from mufakat.model.goods import Effect, GoodsRule, Place, faults_of, is_hs_prefix

DAY = datetime.date(2026, 11, 24)
COAL = GoodsRule(
    id="coal",
    effect=Effect.REFUSE,
    hs="2701",
    goods="coal",
    places=(Place.ORIGIN, Place.DISPATCH),
    countries=("KP",),
    source="UNSCR 2371 (2017)",
    paragraph="8",
    exemption="Coal from elsewhere, exported through the port of Rajin",
    since=DAY,
    until=DAY,
)


def changed(**change):
    return msgspec.structs.replace(COAL, **change)


@pytest.mark.parametrize(
    "rule",
    [
        COAL,
        changed(hs="", goods="arms and related materiel"),
        changed(places=(), countries=()),
        changed(since=None, until=None, exemption=""),
        changed(places=tuple(Place), countries=("IR", "KP", "XK")),
    ],
)
def test_a_rule_in_order_has_no_fault(rule):
    assert faults_of(rule) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 71}, "id"),
        ({"source": " UNSCR"}, "source"),
        ({"paragraph": "8\n9"}, "paragraph"),
        ({"goods": ""}, "goods"),
        ({"goods": "x" * 71}, "goods"),
        ({"goods": "coal  and ore"}, "goods"),
        ({"exemption": "\u202enone"}, "exemption"),
        ({"exemption": "word " * 100 + "more"}, "exemption"),
        ({"hs": "1"}, "hs"),
        ({"hs": "270"}, "hs"),
        ({"hs": "27011"}, "hs"),
        ({"hs": "27011234567"}, "hs"),
        ({"hs": "77"}, "hs"),
        ({"hs": "9901"}, "hs"),
        ({"hs": "27.01"}, "hs"),
        ({"hs": "", "places": (), "countries": ()}, "hs"),
        ({"places": ()}, "places"),
        ({"countries": ()}, "places"),
        ({"places": (Place.DISPATCH, Place.ORIGIN)}, "places"),
        ({"places": (Place.ORIGIN, Place.ORIGIN)}, "places"),
        ({"countries": ("KP", "IR")}, "countries"),
        ({"countries": ("KP", "KP")}, "countries"),
        ({"countries": ("DPRK",)}, "countries"),
        ({"until": datetime.date(2026, 11, 23)}, "until"),
    ],
)
def test_a_fault_names_its_field(change, field):
    faults = faults_of(changed(**change))
    assert [each.split(":")[0] for each in faults] == [field]


def test_a_rule_is_in_force_from_its_first_to_its_last_day():
    days = [DAY + datetime.timedelta(n) for n in (-1, 0, 1)]
    assert [COAL.is_in_force(day) for day in days] == [False, True, False]
    assert all(changed(since=None, until=None).is_in_force(day) for day in days)


def test_a_rule_is_cited_with_its_paragraph():
    assert COAL.cited == "UNSCR 2371 (2017), paragraph 8"


def test_a_prefix_is_a_chapter_a_heading_or_a_code():
    assert [n for n in range(12) if is_hs_prefix("2701123456789"[:n])] == [2, 4, 6, 7, 8, 9, 10]


def test_a_rule_is_read_as_it_was_written():
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(COAL), type=GoodsRule) == COAL
