"""Versions of a list: by content, whatever the list says of itself; and what may follow what."""

from collections import Counter
from datetime import date
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.listing import Alias, Entry, Kind
from mufakat.screening.entry import ListFaulty
from mufakat.screening.listing import HalfGone, Listing, Outdated, delta, listing, succeed
from mufakat.screening.loading import load
from tests.screening.lists import UN, UN_2024


def entry(id_: str, name: str = "A NAME") -> Entry:
    return Entry(id=id_, kind=Kind.PERSON, names=(Alias(name),))


def listed(*ids: str, dated: date | None = None, name: str = "UN") -> Listing:
    return listing(name, dated, [entry(each) for each in ids])


def test_a_version_is_what_a_list_says_whatever_the_order():
    assert listed("1", "2").version == listed("2", "1").version
    assert listed("1", "2").version != listed("1", "3").version
    assert listed("1").version != listing("UN", None, [entry("1", "OTHER")]).version


@given(st.dictionaries(st.text("0123", min_size=1, max_size=2), st.sampled_from("ab"), min_size=1), st.data())
def test_a_delta_makes_the_new_list_of_the_old(old, data):
    new = data.draw(
        st.dictionaries(st.text("0123", min_size=1, max_size=2), st.sampled_from("ab"), min_size=1)
    )
    before, after = (listing("UN", None, [entry(*each) for each in those.items()]) for those in (old, new))
    came, went, changed = delta(before, after)
    kept = {id_: name for id_, name in old.items() if id_ not in went} | {
        id_: new[id_] for id_ in (*came, *changed)
    }
    assert kept == new
    assert (not came and not went and not changed) is (before.version == after.version)


def test_an_older_list_and_another_one_do_not_follow():
    old = listed("1", "2", dated=date(2025, 4, 19))
    with pytest.raises(Outdated, match="2025-04-18, and the one in force on 2025-04-19"):
        succeed(old, listed("1", "2", dated=date(2025, 4, 18)))
    with pytest.raises(ListFaulty, match="the list in force is UN"):
        succeed(old, listed("1", name="EU"))


def test_half_a_list_gone_wants_a_second_person():
    old = listed("1", "2", "3", "4")
    assert succeed(old, listed("1", "2", "3")).went == ("4",)
    with pytest.raises(HalfGone, match="2 of 4 entries are gone"):
        succeed(old, listed("1", "2", "9"))
    assert succeed(old, listed("1", "2", "9"), confirmed=True).came == ("9",)


def test_a_list_with_no_entry_or_one_twice_is_refused():
    with pytest.raises(ListFaulty, match="no entry"):
        listing("UN", None, [])
    with pytest.raises(ListFaulty, match="two entries have the identifier 1"):
        listed("1", "1")


def elements(path) -> dict[str, ElementTree.Element]:
    """Return the entries of the UN's XML by DATAID, read without the loader."""
    root = ElementTree.parse(path).getroot()
    found = [*root.iterfind("INDIVIDUALS/INDIVIDUAL"), *root.iterfind("ENTITIES/ENTITY")]
    return {each.findtext("DATAID", ""): each for each in found}


def plain(element: ElementTree.Element) -> list[tuple[str, str]]:
    """Return tags and texts, without blanks, of what holds any."""
    return [
        (each.tag, "".join((each.text or "").split())) for each in element.iter() if (each.text or "").strip()
    ]


def test_the_real_list_of_the_un_changes_by_content_alone():
    """Between these two dates, seven months apart, 4 came, 2 went, and 90 say something else.

    Of the 90, 85 have other birth dates alone, mostly more of them than before. Others
    were changed in what a screening does not look at. A second reading, of the bare elements, says the same.
    """
    old, new = load(UN_2024), load(UN)
    found = succeed(old, new)
    before, after = elements(UN_2024), elements(UN)
    assert (len(before), len(after)) == (875, 877)
    assert set(found.came) == after.keys() - before.keys() and len(found.came) == 4
    assert set(found.went) == before.keys() - after.keys() and len(found.went) == 2
    differs = {id_ for id_ in before.keys() & after.keys() if plain(before[id_]) != plain(after[id_])}
    assert set(found.changed) <= differs
    was, now = ({each.id: each for each in each.entries} for each in (old, new))
    fields = Counter(
        tuple(name for name in Entry.__struct_fields__ if getattr(was[id_], name) != getattr(now[id_], name))
        for id_ in found.changed
    )
    assert fields == {("born",): 85, ("names",): 4, ("countries", "addresses"): 1}
    tags = {"INDIVIDUAL_DATE_OF_BIRTH", "DATE", "YEAR", "FROM_YEAR", "TO_YEAR", "TYPE_OF_DATE"}

    def years(element: ElementTree.Element) -> list[str]:
        parts = element.iterfind("INDIVIDUAL_DATE_OF_BIRTH")
        return sorted(text for part in parts for tag, text in plain(part) if tag in tags)

    other_dates = {id_ for id_ in differs if years(before[id_]) != years(after[id_])}
    assert {id_ for id_ in found.changed if was[id_].born != now[id_].born} <= other_dates
    assert load(UN).version == new.version
    with pytest.raises(Outdated):
        succeed(new, old)


def test_whatever_changes_in_an_entry_changes_the_version():
    one = entry("1")
    for field in ("reference", "programme"):
        assert (
            listing("UN", None, [msgspec.structs.replace(one, **{field: "x"})]).version != listed("1").version
        )
