import hashlib

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mufakat.core.commitment import MOST_LEAVES, Table, Way, root_by
from mufakat.core.state import Firm

keys = st.one_of(st.text("abc/01", min_size=1, max_size=6), st.text(max_size=3))
pairs = st.dictionaries(keys, st.integers(0, 9), max_size=60)
many = st.integers(0, 400).map(lambda count: {str(number): number % 10 for number in range(count)})


def table(of, root_after=()):
    made = Table()
    for number, (key, value) in enumerate(of):
        made.put(key, Firm(key, str(value)))
        if number in root_after:
            made.root()
    return made


def packed(key, value):
    return msgspec.msgpack.encode(Firm(key, str(value)))


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_said(held, bits=""):
    """The root, or a node, by the words of the module: the records whose digest begins with `bits`."""
    digests = {key: f"{int.from_bytes(sha(key.encode()), 'big'):0256b}" for key in held}
    here = sorted((digests[key], key) for key in held if digests[key].startswith(bits))
    if len(here) <= MOST_LEAVES:
        leaves = [sha(b"\0\x92", msgspec.msgpack.encode(key), packed(key, held[key])) for _, key in here]
        return sha(b"\2", *leaves)
    return sha(b"\1", root_said(held, bits + "0"), root_said(held, bits + "1"))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.one_of(pairs, many))
def test_a_root_is_what_its_description_says(held):
    assert table(held.items()).root() == root_said(held)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pairs.flatmap(lambda of: st.tuples(st.just(of), st.permutations(list(of.items())))))
def test_a_root_depends_on_what_is_held_and_not_on_the_order_of_writing(case):
    held, order = case
    assert table(held.items()).root() == table(order).root()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.one_of(pairs, many), st.sets(st.integers(0, 800)), st.randoms(use_true_random=False))
def test_a_root_kept_up_to_date_is_that_of_a_fresh_table(held, places, chance):
    """Whatever is written twice, in any order, and however often the root is asked for in between."""
    writing = [(key, value + 1) for key, value in held.items()] + list(held.items())
    chance.shuffle(writing)
    last = dict(writing)
    assert table(writing, places).root() == table(last.items()).root() == root_said(last)


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


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.one_of(pairs, many), st.sets(st.integers(0, 400)), keys)
def test_each_record_is_proved_and_no_other(held, places, key):
    made = table(held.items(), places)
    for each, value in held.items():
        way = made.prove(each)
        assert root_by(each, packed(each, value), way) == made.root()
        assert root_by(each, packed(each, value + 1), way) is None
        if key != each:
            assert root_by(key, packed(each, value), way) is None


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_a_way_is_as_long_as_the_logarithm_of_the_records(count):
    made = table((str(number), 0) for number in range(count))
    ways = [made.prove(str(number)) for number in range(0, count, count // 500)]
    assert all(len(way.leaves) <= MOST_LEAVES for way in ways)
    assert max(len(way.beside) for way in ways) <= 2 * count.bit_length()
    assert sum(len(way.beside) for way in ways) <= len(ways) * count.bit_length()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.data())
def test_a_changed_way_leads_elsewhere(data):
    made = table((str(number), 0) for number in range(64))
    key = str(data.draw(st.integers(0, 63)))
    way = made.prove(key)
    other = {
        "leaves": list(way.leaves),
        "beside": list(way.beside),
        "number": way.number,
        "count": way.count,
    }
    name = data.draw(st.sampled_from(sorted(other)))
    part = other[name]
    if isinstance(part, int):
        other[name] = data.draw(st.one_of(st.integers(-1, 2), st.integers()))
    else:
        # A leaf for a node, a node for a leaf, another record's, the same twice, none, one too many.
        theirs = made.prove(str(data.draw(st.integers(0, 63))))
        parts = [*way.leaves, *way.beside, *theirs.leaves, *theirs.beside, made.root(), b"", bytes(32)]
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(part)))
            part[at : at + data.draw(st.integers(0, 2))] = data.draw(
                st.lists(st.sampled_from(parts), max_size=2)
            )
    changed = Way(tuple(other["leaves"]), tuple(other["beside"]), other["number"], other["count"])
    assume(changed != way)
    assert root_by(key, packed(key, 0), changed) != made.root()


def test_a_way_of_any_size_is_looked_at_and_refused():
    made = table((str(number), 0) for number in range(64))
    way = made.prove("7")
    for leaves, beside in (
        (way.leaves * 10_000, way.beside),
        (way.leaves, way.beside * 10_000),
        ((way.leaves[0] + bytes(2**20),), way.beside),
        (way.leaves, (way.beside[0] + way.beside[1],)),
    ):
        assert root_by("7", packed("7", 0), Way(leaves, beside)) is None


def test_a_table_gives_back_what_it_holds_in_order_of_key():
    made = table([("b", 2), ("a", 1), ("b", 3)])
    assert [(key, each.agent) for key, each in made.items()] == [("a", "1"), ("b", "3")]
    assert [each.agent for each in made.records()] == ["1", "3"]
    assert (len(made), "a" in made, "c" in made, made.get("c")) == (2, True, False, None)
    assert (made.row_of("b"), made.row_of("a"), made.at(0).agent) == (0, 1, "3")
    with pytest.raises(KeyError):
        made["c"]


def test_what_was_not_written_is_not_hashed(monkeypatch):
    made = table((str(number), 0) for number in range(1_000))
    before, hashed = made.root(), []
    honest = hashlib.sha256
    monkeypatch.setattr(hashlib, "sha256", lambda data: hashed.append(data) or honest(data))
    assert made.root() == before
    assert hashed == []
    made.put("7", Firm("7", "0"))
    assert made.root() == before
    assert len(hashed) == 2 + len(made.prove("7").beside)
