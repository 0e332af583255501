"""A newer copy of a list becomes what comes and goes, in commands that the rules take one after the other."""

import datetime

from mufakat.model.listing import Alias, Entry, Kind, digest_of, version_of
from mufakat.node.bringing import change
from mufakat.projections import listings
from tests.node.listed import say
from tests.union import TUESDAY

LARGE = 1 << 20


def entry(number: int, name: str = "SOMEBODY") -> Entry:
    return Entry(id=str(number), kind=Kind.PERSON, names=(Alias(f"{name} {number}"),))


def bring(small, entries, *, member="QM", name="un", dated=TUESDAY, most=LARGE):
    made = change(small.node.views.sql, member, name, entries, dated, most)
    for body in made.commands:
        say(small, member, body)
    return made


def in_force(small, name="un"):
    return {each.id: each.what for each in listings.listed(small.node.views.sql, name)}


def test_a_first_copy_comes_whole(small):
    made = bring(small, [entry(1), entry(2)])

    assert (len(made.came), len(made.gone), len(made.commands)) == (2, 0, 1)
    (view,) = listings.listings(small.node.views.sql)
    assert view.version == version_of((each.id, digest_of(each)) for each in (entry(1), entry(2)))


def test_a_large_copy_comes_in_several_commands_of_which_each_follows_the_one_before(small):
    entries = [entry(number) for number in range(400)]
    made = bring(small, entries, most=9_000)

    assert len(made.commands) > 2
    assert [each.base == b"" for each in made.commands] == [True] + [False] * (len(made.commands) - 1)
    assert len(in_force(small)) == 400


def test_the_same_copy_again_says_nothing(small):
    bring(small, [entry(1)])

    assert bring(small, [entry(1)]).commands == ()


def test_the_same_entries_of_a_later_day_are_a_newer_copy(small):
    bring(small, [entry(1)], dated=TUESDAY - datetime.timedelta(1))
    made = bring(small, [entry(1)])

    assert (made.came, len(made.commands)) == ((), 1)
    assert listings.listings(small.node.views.sql)[0].dated == TUESDAY.isoformat()


def test_what_changed_comes_anew_and_goes_from_an_own_list_at_once(small):
    old = [entry(number) for number in range(5)]
    bring(small, old, name="QM/own")
    made = bring(small, [*old[:4], entry(4, "SOMEBODY ELSE")], name="QM/own")

    assert (made.came, made.gone) == ((entry(4, "SOMEBODY ELSE"),), (("4", digest_of(entry(4))),))
    assert in_force(small, "QM/own")["4"] == entry(4, "SOMEBODY ELSE")


def test_what_goes_from_the_unions_list_stays_until_a_second_member_brings_the_copy(small):
    bring(small, [entry(1), entry(2), entry(3)])
    bring(small, [entry(1), entry(2)])
    assert set(in_force(small)) == {"1", "2", "3"}
    assert bring(small, [entry(1), entry(2)]).commands == ()

    made = bring(small, [entry(1), entry(2)], member="QN")

    assert len(made.repeated) == 2
    assert set(in_force(small)) == {"1", "2"}
    said = {each.id: each.said for each in listings.listed(small.node.views.sql, "un")}
    assert said == {"1": ("QM", "QN"), "2": ("QM", "QN")}
