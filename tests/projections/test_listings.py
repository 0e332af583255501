"""Lists in the views are those in force, with each entry as the log says it."""

from contextlib import closing

from mufakat.projections import listings
from tests.core.test_listing import A_SHIP, A_THIRD, CHANGED, SOMEBODY, bring
from tests.projections.conftest import folded
from tests.strategies import world
from tests.union import TUESDAY


def assert_the_lists_are_what_is_in_force(sql, union):
    state = union.state
    seen = listings.listings(sql)
    assert [(x.name, x.version, x.dated, x.member, x.entries) for x in seen] == [
        (x.name, x.version, x.dated.isoformat(), x.member, x.entries) for x in state.listings.records()
    ]
    for name, listing in state.listings.items():
        in_force = [each for each in state.listed.records() if each.list == name and not each.gone]
        entries = listings.listed(sql, name)
        assert [(x.key, x.said, x.leaving) for x in entries] == [
            (x.key, x.said, x.leaving) for x in sorted(in_force, key=lambda each: (each.id, each.digest))
        ]
        assert [(x.what.id, x.gone) for x in entries] == [(x.id, None) for x in entries]
        versions = listings.versions(sql, name)
        assert (versions[-1].version, versions[-1].dated) == (listing.version, listing.dated.isoformat())
    for key, each in state.listed.items():
        found = listings.listed_entry(sql, key)
        assert (found.key, found.gone is not None) == (key, each.gone)


def test_a_list_is_told_with_its_versions_and_entries():
    union = world()
    bring(union, "QM", SOMEBODY, A_SHIP)
    bring(union, "QN", CHANGED, gone=(SOMEBODY,))
    bring(union, "QO", gone=(SOMEBODY,))
    bring(union, "QM", A_THIRD, name="QM/own")
    with closing(folded(union)) as views:
        own, un = listings.listings(views.sql)
        assert (own.name, un.name, un.entries, un.leaving) == ("QM/own", "un", 2, 0)
        assert un.dated == TUESDAY.isoformat()
        of = [(x.member, x.came, x.went, x.leaving) for x in listings.versions(views.sql, "un")]
        assert of == [("QM", 2, 0, 0), ("QN", 1, 0, 1), ("QO", 0, 1, 0)]
        assert [x.what for x in listings.listed(views.sql, "un")] == [CHANGED, A_SHIP]
        gone = listings.listed_entry(views.sql, f"un/E0/{'0' * 64}")
        assert gone is None
        (third,) = listings.listed(views.sql, "QM/own")
        assert listings.listed_entry(views.sql, third.key) == third
