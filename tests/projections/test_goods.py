"""What goods rules flagged is in the views as the log says it, and lists of rules are as they were brought."""

from contextlib import closing

from mufakat.model.goods import Effect, GoodsFlagged
from mufakat.model.listing import UNION_GOODS
from mufakat.projections import goods, listings
from tests.core.test_goods import LOOK, TUBES, WATCH, bring, named, record, world
from tests.projections.conftest import folded
from tests.union import invoice


def assert_the_flags_are_what_goods_rules_said(sql, union):
    said = [
        (event.record, event.document, each.entry, each.effect.name.lower(), each.line, each.goods)
        for event in union.events
        if isinstance(event, GoodsFlagged)
        for each in event.met
    ]
    shown = [
        (each.record, each.document, each.rule, each.effect, each.line, each.goods)
        for each in goods.flags(sql)
    ]
    assert sorted(shown) == sorted(said)


def test_each_flag_is_a_row_the_latest_first_and_the_strictest_before_others():
    union = world(WATCH)
    record(union, number="INV-1")
    bring(union, "QM", LOOK)
    record(union, number="INV-2", document=bytes(32))
    with closing(folded(union)) as views:
        rows = goods.flags(views.sql)
        assert [(each.record[-5:], each.effect) for each in rows] == [
            ("INV-2", "review"),
            ("INV-2", "watch"),
            ("INV-1", "watch"),
        ]
        assert_the_flags_are_what_goods_rules_said(views.sql, union)
        name = invoice(number="INV-2").id
        assert [each.effect for each in goods.flags(views.sql, name)] == ["review", "watch"]
        assert goods.flags(views.sql, name, Effect.REFUSE) == []
        assert len(goods.flags(views.sql, effect=Effect.WATCH)) == 2
        assert len(goods.flags(views.sql, limit=1)) == 1
        assert rows[0].text == "Line 1: goods; UNSCR 1 (2017), paragraph 1 (rule un-goods/look): review."


def test_a_list_of_rules_is_in_the_views_as_it_is_in_force():
    union = world(TUBES, LOOK)
    bring(union, "QM", WATCH, gone=(named(LOOK),))
    with closing(folded(union)) as views:
        held = {each.id: each for each in listings.listed(views.sql, UNION_GOODS)}
        assert {name: each.rule for name, each in held.items()} == {
            "tubes": TUBES,
            "look": LOOK,
            "watch": WATCH,
        }
        assert held["look"].leaving == "QM"
        assert (held["tubes"].what.name, held["tubes"].what.programme) == (TUBES.goods, TUBES.cited)
        (view,) = listings.listings(views.sql)
        assert (view.name, view.entries, view.leaving) == (UNION_GOODS, 3, 1)
        assert view.version == union.state.listings[UNION_GOODS].version
