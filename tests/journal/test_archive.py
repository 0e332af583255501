"""A history in parts: the same parts everywhere, and a journal that takes no part but the next one of its own."""

import itertools
import zlib

import msgspec
import pytest

from mufakat.journal import archive
from mufakat.journal.archive import PartRefused, pack, parts, unpack
from mufakat.journal.log import Journal
from tests.journal import histories


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A day's journal; look at it only."""
    home = tmp_path_factory.mktemp("archive") / "u"
    histories.write(home, histories.day(), 7)
    journal = Journal.open(home / "journal.db")
    yield journal
    journal.close()


@pytest.fixture
def empty(tmp_path):
    journal = Journal.create(tmp_path / "j.db")
    yield journal
    journal.close()


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(archive, "PART_BYTES", 4_000)


def ranges(journal, through=None):
    return list(parts(journal, journal.head.height if through is None else through))


def test_parts_follow_on_each_other_and_end_where_they_are_asked_to(source, small_parts):
    for through in (0, 1, source.head.height // 2, source.head.height):
        found = ranges(source, through)
        assert found[0][0] == 0 and found[-1][1] == through
        assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(found))
        assert all(first <= last for first, last in found)
    assert len(found) > 3


def test_a_history_that_went_on_has_the_same_parts_up_to_where_they_were_full(source, small_parts):
    whole = ranges(source)
    assert ranges(source, whole[2][1]) == whole[:3]


def test_two_nodes_with_one_history_make_the_same_parts(source, small_parts, empty):
    for each in ranges(source):
        unpack(empty, pack(source, *each))
    assert ranges(empty) == ranges(source)
    assert [pack(empty, *each) for each in ranges(empty)] == [pack(source, *each) for each in ranges(source)]


def test_a_history_that_travelled_is_the_same_to_the_last_byte(source, small_parts, empty):
    for each in ranges(source):
        unpack(empty, pack(source, *each))
    assert empty.head == source.head
    assert list(empty.entries()) == list(source.entries())
    assert list(empty.batches()) == list(source.batches())


@pytest.mark.parametrize("wrong", [b"", b"noise", zlib.compress(b"noise"), zlib.compress(b"\x90")])
def test_what_is_no_part_is_refused(empty, wrong):
    with pytest.raises(PartRefused):
        unpack(empty, wrong)


def test_a_part_of_batches_without_entries_is_refused(source, empty):
    batches = msgspec.msgpack.decode(zlib.decompress(pack(source, 0, 0)))
    batches[0][0] = []
    with pytest.raises(PartRefused, match="empty"):
        unpack(empty, zlib.compress(msgspec.msgpack.encode(batches)))


def test_a_part_that_would_fill_the_memory_is_refused(empty, monkeypatch):
    monkeypatch.setattr(archive, "_MOST_BYTES", 1 << 20)
    with pytest.raises(PartRefused):
        unpack(empty, zlib.compress(bytes(16 << 20)))


def test_parts_out_of_order_or_twice_are_refused(source, small_parts, empty):
    first, second, third, *_ = (pack(source, *each) for each in ranges(source))
    with pytest.raises(PartRefused, match="does not continue"):
        unpack(empty, second)
    # What was written of it is for whoever takes the parts to throw away: a journal of its own for each try.
    other = Journal.create(empty.path.with_name("k.db"))
    unpack(other, first)
    with pytest.raises(PartRefused, match="does not continue"):
        unpack(other, third)
    other.close()


def changed(part, change):
    batches = msgspec.msgpack.decode(zlib.decompress(part))
    change(batches)
    return zlib.compress(msgspec.msgpack.encode(batches), 1)


def flip(data):
    return bytes([data[0] ^ 1]) + data[1:]


def change_time(batches):
    batches[1][0][0][0] += 1


def change_command(batches):
    batches[1][0][-1][1] = flip(batches[1][0][-1][1])


def change_outcome(batches):
    batches[0][0][0][2] = flip(batches[0][0][0][2])


def change_root(batches):
    batches[1][1] = flip(batches[1][1])


def change_block(batches):
    batches[1][2] += 1


def change_seal(batches):
    batches[-1][3] = flip(batches[-1][3])


def leave_out_an_entry(batches):
    batches[1][0].pop()


def leave_out_a_batch(batches):
    del batches[1]


def turn_entries_round(batches):
    batches[1][0].reverse()


@pytest.mark.parametrize(
    "change",
    [
        *(change_time, change_command, change_outcome, change_root, change_block, change_seal),
        *(leave_out_an_entry, leave_out_a_batch, turn_entries_round),
    ],
)
def test_a_part_in_which_anything_was_changed_is_refused(source, empty, change):
    with pytest.raises(PartRefused, match="does not continue"):
        unpack(empty, changed(pack(source, 0, 2), change))


@pytest.mark.parametrize("value", [-1, 2**64 - 1, None, "text"])
@pytest.mark.parametrize("place", ["log time", "block"])
def test_a_part_with_a_value_that_no_journal_holds_is_refused(source, empty, value, place):
    def change(batches):
        if place == "block":
            batches[1][2] = value
        else:
            batches[1][0][0][0] = value

    with pytest.raises(PartRefused):
        unpack(empty, changed(pack(source, 0, 2), change))
