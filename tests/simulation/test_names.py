"""Disturbed names: from a seed, each other than it is listed, and nothing of the list is lost by it."""

from mufakat.model.listing import Kind
from mufakat.screening.loading import load
from mufakat.simulation.names import FIELD, KINDS, ORIGINAL, customers, disturbed, without_originals
from tests.screening.lists import PERSON, UN, small


def test_names_come_from_the_seed_alone():
    lists = [load(UN)]
    first = disturbed(lists, 20, 5)
    assert first == disturbed(lists, 20, 5)
    assert first != disturbed(lists, 20, 6)
    assert {each.kind for each in first} == set(KINDS)


def test_each_name_is_a_good_one_of_its_entry_and_other_than_listed():
    for each in disturbed([load(UN)], 30, 5):
        good = {alias.text for alias in each.entry.names if not alias.weak}
        assert each.listed in good
        assert (each.text.casefold() == each.listed.casefold()) is (each.kind == ORIGINAL)
        if each.kind == "cut at 35":
            assert each.listed.startswith(each.text) and len(each.text) <= FIELD < len(each.listed)
        if each.kind == "word order":
            assert sorted(each.text.split()) == sorted(each.listed.replace(",", " ").split())
        if each.kind in {"merged words", "split words"}:
            assert each.text.replace(" ", "") == each.listed.replace(" ", "").replace(",", "")
        if each.kind == "initials":
            assert each.entry.kind is Kind.PERSON and "." in each.text


def test_lists_without_originals_keep_every_entry_and_no_other_script():
    (found,) = without_originals([small()])
    assert [each.id for each in found.entries] == ["1", "2", "3", "4", "5"]
    assert PERSON.names[1] not in found.entries[0].names
    assert len(found.entries[0].names) == len(PERSON.names) - 1


def test_customers_have_names_of_words_that_others_have_and_some_are_misspelt():
    parts = [("Anna", "Maria", "Schmidt"), ("Omar", "Haddad"), ("Cher",)]
    made = list(customers(parts, 400, 3))
    assert made == list(customers(parts, 400, 3)) and len({each.id for each in made}) == 400
    right = [each for each in made if set(each.name.split()) <= {word for part in parts for word in part}]
    assert 300 < len(right) < 400
    assert all(each.name.split()[-1] in {"Schmidt", "Haddad", "Cher"} for each in right)
