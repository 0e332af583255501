import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.commitment import Table
from mufakat.core.state import Firm

pairs = st.dictionaries(st.text("abc/01", min_size=1, max_size=6), st.integers(0, 9), max_size=30)


def table(of, root_after=()):
    made = Table()
    for number, (key, value) in enumerate(of):
        made.put(key, Firm(key, str(value)))
        if number in root_after:
            made.root()
    return made


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pairs.flatmap(lambda of: st.tuples(st.just(of), st.permutations(list(of.items())))))
def test_a_root_depends_on_what_is_held_and_not_on_the_order_of_writing(case):
    held, order = case
    assert table(held.items()).root() == table(order).root()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pairs, st.sets(st.integers(0, 30)))
def test_a_root_kept_up_to_date_is_that_of_a_fresh_table(held, places):
    first = [(key, value + 1) for key, value in held.items()]
    assert table([*first, *held.items()], places).root() == table(held.items()).root()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pairs.filter(bool), st.data())
def test_a_root_differs_when_any_record_does(held, data):
    key = data.draw(st.sampled_from(sorted(held)))
    other = table(held.items())
    before = other.root()
    other.put(key, Firm(key, "another"))
    assert other.root() != before
    without = {each: value for each, value in held.items() if each != key}
    assert table(without.items()).root() != before


def test_a_root_is_what_its_description_says():
    made = table([("a", 1), ("b", 2)])
    nodes = {1024 + place: hashlib.sha256(b"\2").digest() for place in range(1024)}
    for key, value in (("a", 1), ("b", 2)):
        place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:2], "big") >> 6
        record = msgspec.msgpack.encode(Firm(key, str(value)))
        leaf = hashlib.sha256(b"\0" + key.encode() + b"\0" + record).digest()
        nodes[1024 + place] = hashlib.sha256(b"\2" + leaf).digest()
    for place in range(1023, 0, -1):
        nodes[place] = hashlib.sha256(b"\1" + nodes[2 * place] + nodes[2 * place + 1]).digest()
    assert made.root() == nodes[1]


def test_a_table_gives_back_what_it_holds_in_order_of_key():
    made = table([("b", 2), ("a", 1), ("b", 3)])
    assert [(key, each.agent) for key, each in made.items()] == [("a", "1"), ("b", "3")]
    assert [each.agent for each in made.records()] == ["1", "3"]
    assert (len(made), "a" in made, "c" in made, made.get("c")) == (2, True, False, None)
    with pytest.raises(KeyError):
        made["c"]
