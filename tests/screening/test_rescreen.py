"""Rescreening: who is concerned by a change is who a whole screening finds for it, in order, by any processes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.listing import Alias, Entry, Kind
from mufakat.screening.corroborate import Known
from mufakat.screening.loading import load
from mufakat.screening.rescreen import PART, Customer, changed, concerned
from mufakat.screening.screener import Screener
from tests.screening.lists import FIRM, OTHER, PERSON, SHIP, UN, UN_2024, small

NAMES = (
    "Muhammad Taher Anwari",
    "Gazmash Ltd",
    "Ingeborg Schneider",
    "Kim Jong Nam",
    "Ebano Star",
    "Guihua Li",
)


def test_what_came_and_changed_is_asked_and_what_went_is_not():
    renamed = msgspec.structs.replace(SHIP, names=(Alias("EBANO MOON"),))
    old, new = small(PERSON, FIRM, SHIP), small(PERSON, renamed, OTHER)
    assert changed([old], [new]) == {("small", "3"), ("small", "4")}
    assert changed([], [new]) == {("small", each.id) for each in new.entries}
    assert changed([new], [new]) == frozenset()


@given(st.sets(st.sampled_from("12345")), st.lists(st.sampled_from(NAMES), max_size=8))
def test_who_is_concerned_is_who_a_whole_screening_finds_with_the_same_scores(ids, given_names):
    lists, entries = [small()], {("small", each) for each in ids}
    customers = [Customer(f"c{at}", name) for at, name in enumerate(given_names)]
    found = {
        each.id: {match.entry.id: match.score for match in answer.matches}
        for each, answer in concerned(lists, entries, iter(customers), lambda _: None, processes=1)
    }
    whole = Screener(lists)
    expected = {}
    for each in customers:
        answer = whole.screen(each.name)
        about = {match.entry.id: match.score for match in answer.matches if match.entry.id in ids}
        if answer.hit and about:
            expected[each.id] = about
    assert found == expected


def test_processes_give_the_same_in_the_same_order_and_tell_how_far_they_are():
    customers = [Customer(f"{at}", NAMES[at % len(NAMES)] + " " * (at % 3)) for at in range(PART + 9)]
    told: list[int] = []
    here = list(concerned([small()], {("small", "1")}, iter(customers), lambda _: None, processes=1))
    there = list(concerned([small()], {("small", "1")}, iter(customers), told.append, processes=2))
    assert [each for each, _ in there] == [each for each in customers if each.name.startswith("Muhammad")]
    assert there == here
    assert told == [PART, PART + 9]


def test_an_identifier_of_an_entry_that_is_not_asked_for_is_no_hit():
    ship = Customer("1", "Some ship", Known(identifiers=("IMO 7406784",)))
    for ids, hits in (({("small", "3")}, 1), ({("small", "1")}, 0), (None, 1)):
        assert len(list(concerned([small()], ids, [ship], lambda _: None, processes=1))) == hits


def test_no_customers_are_no_work():
    assert list(concerned([small()], None, iter(()), lambda _: None, processes=2)) == []


def test_a_customer_is_found_on_the_day_of_the_listing():
    old, new = load(UN_2024), load(UN)
    entries = changed([old], [new])
    came = next(each for each in new.entries if each.id not in {entry.id for entry in old.entries})
    stayed = next(each for each in new.entries if ("UN", each.id) not in entries)
    asked = [Customer("new", came.name), Customer("old", stayed.name)]
    found = [each.id for each, _ in concerned([new], entries, asked, lambda _: None, processes=1)]
    assert found == ["new"]


@pytest.mark.parametrize("entries", [None, frozenset({("other", "1")})])
def test_a_list_of_another_name_has_entries_of_its_own(entries):
    entry = Entry(id="1", kind=Kind.PERSON, names=(Alias("Ingeborg Schneider"),))
    lists = [small(), small(entry, name="other")]
    asked = [Customer("1", "Ingeborg Schneider"), Customer("2", PERSON.name)]
    found = [each.id for each, _ in concerned(lists, entries, asked, lambda _: None, processes=1)]
    assert found == (["1", "2"] if entries is None else ["1"])
