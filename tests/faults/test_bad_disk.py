"""A disk that lies: bits flip, writes are lost, go elsewhere or end early, though it said that all is well.

Whatever it does to a journal in one place: node and audit find the very history that was acknowledged, or refuse
it. Of one thing alone nobody can tell that it was there: the last write, when the disk lost it before any head slot
named it. Then all before it is found.
"""

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mufakat.audit.reading import IntegrityFault, reading
from mufakat.journal.frame import Entry
from mufakat.journal.layout import BLOCK, SECTOR
from mufakat.journal.log import Journal, JournalError
from tests.faults.power import PowerDisk, power
from tests.journal.editing import flipped, put

ROOT = b"r" * 32


class History:
    """What was acknowledged, write by write, and the file after each."""

    def __init__(self, folder):
        chance, path = random.Random(5), folder / "journal.db"
        self.entries, self.ends, self.files = [], [], []
        with power():
            journal = Journal.create(path)
            for number in range(9):
                rows = [
                    (number, chance.randbytes(chance.choice((20, 600, 9_000))), chance.randbytes(90))
                    for _ in range(chance.randrange(1, 4))
                ]
                if number == 4:
                    rows.append((number, bytes(3_000), b"empty"))
                self.entries += [Entry(len(self.entries) + at, *row) for at, row in enumerate(rows)]
                journal.append(rows, ROOT)
                self.ends.append(len(self.entries))
                self.files.append(bytes(PowerDisk.made[path].synced))
            self.crashed = self.files[-1]
            journal.close()
            self.closed = bytes(PowerDisk.made[path].content)
        self.path = folder / "bad.db"

    def of_node(self, image):
        """The entries that a node finds in a damaged file, or None when it refuses it."""
        self.path.write_bytes(image)
        try:
            with Journal.open(self.path) as journal:
                found = list(journal.entries())
                for seq in range(0, len(found), 5):
                    journal.inclusion_proof(seq)
        except JournalError:
            return None
        return found

    def of_audit(self, image):
        """The numbers and commands that an audit finds in a damaged file, or None when it refuses it."""
        self.path.write_bytes(image)
        try:
            with reading(self.path) as journal:
                return [
                    Entry(entry.seq, entry.at_us, entry.command, entry.outcome)
                    for batch in journal.read()
                    for entry in batch.entries
                ]
        except IntegrityFault:
            return None

    def is_whole_or_refused(self, image, *, may_lose_the_last=False):
        """Check both; returns whether the audit refused it."""
        allowed = [None, self.entries]
        if may_lose_the_last:
            allowed.append(self.entries[: self.ends[-2]])
        node, audit = self.of_node(image), self.of_audit(image)
        assert node in allowed
        assert audit in allowed
        if node is None:
            assert audit is None, "what the node refuses, the audit does not call whole"
        return audit is None


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return History(tmp_path_factory.mktemp("bad"))


def has_empty_sector(block):
    return any(not any(block[at : at + SECTOR]) for at in range(0, len(block), SECTOR))


either = pytest.mark.parametrize("left", ["closed", "crashed"])
many = settings(max_examples=150, deadline=None)
places = st.integers(0, 1 << 40)


@either
@many
@given(places, st.integers(0, 7))
def test_a_flipped_bit_never_loses_or_changes_anything(history, left, place, bit):
    image = getattr(history, left)
    history.is_whole_or_refused(flipped(image, place % len(image), 1 << bit))


@either
def test_each_flipped_bit_of_an_entry_is_found(history, left):
    image = getattr(history, left)
    at = image.index(history.entries[-1].command)
    for place in range(at, at + 10):
        assert history.is_whole_or_refused(flipped(image, place))


@either
@many
@given(places, st.sampled_from((SECTOR, BLOCK)))
def test_sectors_that_come_back_empty_are_found_or_the_last_write_is_gone(history, left, place, size):
    image = getattr(history, left)
    at = place % len(image) // size * size
    history.is_whole_or_refused(
        put(image, at, bytes(len(image[at : at + size]))), may_lose_the_last=left == "crashed"
    )


@either
@many
@given(places)
def test_a_file_that_is_too_short_is_found_or_the_last_write_is_gone(history, left, place):
    image = getattr(history, left)
    history.is_whole_or_refused(image[: place % len(image)], may_lose_the_last=left == "crashed")


@either
@many
@given(places, places)
def test_a_block_in_the_place_of_another_is_found(history, left, place, other):
    image = getattr(history, left)
    at, source = place % len(image) // BLOCK * BLOCK, other % len(image) // BLOCK * BLOCK
    block = image[source : source + BLOCK]
    history.is_whole_or_refused(
        put(image, at, block), may_lose_the_last=left == "crashed" and has_empty_sector(block)
    )


@many
@given(st.integers(1, 8), st.integers(0, 8), places)
def test_a_write_that_was_lost_is_found_unless_it_was_the_last(history, lost, until, place):
    """The disk never wrote one block of write `lost`, and all went on until write `until` or the close."""
    before = history.files[lost - 1]
    after = history.closed if until < lost else history.files[until]
    changed = [
        at
        for at in range(0, len(history.files[lost]), BLOCK)
        if history.files[lost][at : at + BLOCK] != before[at : at + BLOCK].ljust(BLOCK, b"\0")
    ]
    at = changed[place % len(changed)]
    old = before[at : at + BLOCK].ljust(BLOCK, b"\0")
    if after[at : at + BLOCK] != history.files[lost][at : at + BLOCK]:
        return  # written again since: a head slot
    image, entries = (
        put(after, at, old),
        history.entries[: history.ends[max(lost, until)] if until >= lost else None],
    )
    allowed = [None, entries]
    if until == lost:
        allowed.append(history.entries[: history.ends[lost - 1]])
    assert history.of_node(image) in allowed
    assert history.of_audit(image) in allowed


@many
@given(st.integers(1, 8), places)
@example(8, 40)
def test_a_write_that_went_elsewhere_is_found_unless_it_was_the_last_and_hurt_nothing(history, number, place):
    """Write `number` lies over something else, and where it should lie is what was there before."""
    before, after = history.files[number - 1], history.files[number]
    at = next(
        at
        for at in range(3 * BLOCK, len(after), BLOCK)
        if after[at : at + BLOCK] != before[at : at + BLOCK].ljust(BLOCK, b"\0")
    )
    elsewhere = place % (len(after) + 4 * BLOCK) // BLOCK * BLOCK
    written = after[at : at + BLOCK]
    image = put(after, at, before[at : at + BLOCK].ljust(BLOCK, b"\0"))
    image = put(image.ljust(elsewhere, b"\0"), elsewhere, written)
    whole, fewer = history.entries[: history.ends[number]], history.entries[: history.ends[number - 1]]
    allowed = [None, whole] if elsewhere == at else [None, fewer, whole]
    assert history.of_node(image) in allowed
    assert history.of_audit(image) in allowed
    if elsewhere != at and written.startswith(b"mufbatch"):
        assert history.of_node(image) is None, "its header says where it should lie"


def test_another_journal_of_the_same_entries_lends_no_block(history, tmp_path):
    """A block that was freed by one file and comes back in another does not pass for its own."""
    other = History(tmp_path)
    assert [entry.command for entry in other.entries] == [entry.command for entry in history.entries]
    for at in range(0, len(history.closed), BLOCK):
        image = put(history.closed, at, other.closed[at : at + BLOCK])
        history.is_whole_or_refused(image)
        if history.closed[at:].startswith((b"mufbatch", b"mufakat")):
            assert history.of_node(image) is None
