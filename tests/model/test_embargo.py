"""Which goods rules a record meets: the index against a plain twin, and what a list of rules costs."""

import datetime
import time

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.model.embargo import Met, RuleBook
from mufakat.model.goods import Effect, GoodsRule, Place, faults_of
from mufakat.model.trade import DocumentKind, GoodsLine
from tests.naive import goods_rules_met
from tests.union import TUESDAY, invoice

CODES = ("2701", "270112", "27011210", "2701121099", "72", "720810", "7304", "730431", "73043110", "93")
COUNTRIES = ("KP", "SO", "SG", "QM", "QN")


def rule(id_="a", hs="7304", effect=Effect.REFUSE, places=(Place.ORIGIN,), countries=("QN",), **more):
    said = {"goods": "goods", "source": "UNSCR 1 (2017)", "paragraph": "1", **more}
    return GoodsRule(id=id_, effect=effect, hs=hs, places=places, countries=countries, **said)


@st.composite
def rules(draw):
    found = []
    for number in range(draw(st.integers(0, 8))):
        countries = draw(st.lists(st.sampled_from(sorted(COUNTRIES)), unique=True, max_size=3).map(sorted))
        places = draw(st.lists(st.sampled_from(Place), unique=True, min_size=1).map(sorted))
        hs = draw(st.sampled_from(("", *CODES) if countries else CODES))
        days = st.one_of(st.none(), st.integers(-1, 1).map(lambda n: TUESDAY + datetime.timedelta(n)))
        since, until = draw(days), draw(days)
        if since and until and until < since:
            since, until = until, since
        effect = draw(st.sampled_from(Effect))
        where = (tuple(places), tuple(countries)) if countries else ((), ())
        found.append(rule(str(number), hs, effect, *where, since=since, until=until))
    return found


countries = st.sampled_from(COUNTRIES)
lines = st.builds(GoodsLine, st.sampled_from([code for code in CODES if len(code) >= 6]), countries)
items = st.builds(
    lambda goods, dispatch, destination, stops: invoice(
        kind=DocumentKind.DESPATCH_ADVICE,
        goods=tuple(goods),
        dispatch=dispatch,
        destination=destination,
        transshipments=tuple(stops),
    ),
    st.lists(lines, max_size=5),
    countries,
    countries,
    st.lists(countries, max_size=3),
)


@settings(max_examples=400, deadline=None)
@given(rules(), items)
def test_the_rules_that_are_met_are_those_of_the_plain_twin(listed, item):
    assert all(faults_of(each) == [] for each in listed)
    met = RuleBook(listed).met_by(item, TUESDAY)
    assert [(each.rule.id, int(each.effect), each.line) for each in met] == goods_rules_met(
        listed, item, TUESDAY
    )


def met(item, *listed):
    return RuleBook(listed).met_by(item, TUESDAY)


def test_a_rule_looks_at_its_own_places_alone():
    item = invoice(
        goods=(GoodsLine("730431", "QN"),), dispatch="QM", destination="KP", transshipments=("SG",)
    )
    told = {
        (place, country)
        for place in Place
        for country in COUNTRIES
        if met(item, rule(places=(place,), countries=(country,)))
    }
    assert told == {
        (Place.ORIGIN, "QN"),
        (Place.DISPATCH, "QM"),
        (Place.TRANSSHIPMENT, "SG"),
        (Place.DESTINATION, "KP"),
    }


def test_a_code_that_is_less_exact_than_the_rule_goes_to_review():
    exact = rule(hs="73043110")
    assert met(invoice(goods=(GoodsLine("730431", "QN"),)), exact) == (Met(exact, 1, Effect.REVIEW),)
    goods = (GoodsLine("730431", "QN"), GoodsLine("7304311099", "QN"))
    assert met(invoice(goods=goods), exact) == (Met(exact, 2, Effect.REFUSE),)
    watch = rule(hs="73043110", effect=Effect.WATCH)
    assert met(invoice(goods=(GoodsLine("730431", "QN"),)), watch) == (Met(watch, 1, Effect.WATCH),)


def test_a_record_that_names_no_goods_meets_rules_for_all_goods_by_its_route():
    item = invoice(kind=DocumentKind.DESPATCH_ADVICE, goods=())
    all_goods = rule(hs="", places=(Place.DISPATCH,))
    (found,) = met(item, all_goods, rule("b", places=(Place.DISPATCH,)))
    assert found == Met(all_goods, 0, Effect.REFUSE)
    assert found.told_of(item) == "The route: goods; UNSCR 1 (2017), paragraph 1 (rule a)."


def test_the_strictest_rule_comes_first_and_then_the_order_of_the_list():
    listed = [rule(name, effect=effect) for name, effect in zip("abcd", (2, 0, 1, 0), strict=True)]
    listed = [msgspec.structs.replace(each, effect=Effect(each.effect)) for each in listed]
    found = met(invoice(goods=(GoodsLine("730431", "QN"),)), *listed)
    assert [each.rule.id for each in found] == ["b", "d", "c", "a"]


def test_a_thousand_lines_and_a_thousand_rules_take_little_time():
    """As many lines as a record has, each of another code, through twenty countries that rules name."""
    stops = [f"{a}{b}" for a in "ABCD" for b in "ABCDE"]
    listed = [
        rule(str(n), f"{n % 90 + 1:02}", Effect.WATCH, tuple(Place), tuple(sorted({stops[n % 20], "KP"})))
        for n in range(1_000)
    ]
    goods = tuple(GoodsLine(f"{n % 90 + 1:02}{n:04}", "KP") for n in range(1_000))
    book = RuleBook(listed)
    began = time.process_time()
    found = book.met_by(invoice(goods=goods, transshipments=tuple(stops)), TUESDAY)
    assert time.process_time() - began < 2
    assert len(found) > 900
