"""Whatever happens to the bytes of a journal: it is found, or the history is the same. Never another history."""

import errno
import io
import random
import shutil

import pytest

from mufakat.audit.reading import IntegrityFault
from mufakat.audit.replay import verify
from mufakat.journal.layout import BLOCK, SECTOR
from mufakat.journal.log import JournalError
from mufakat.node.embedded import Node
from tests.journal import histories
from tests.journal.editing import flipped, headers
from tests.union import NOON_US, Union

SLOTS = (range(BLOCK, BLOCK + SECTOR), range(2 * BLOCK, 2 * BLOCK + SECTOR))
"""Where the head slots lie: one of them is enough."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a journal."""
    folder = tmp_path_factory.mktemp("whole")
    histories.write(folder, histories.day(), 7)
    return (folder / "journal.db").read_bytes()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The bytes of a journal as small as they come: genesis and one refused command."""
    folder, union = tmp_path_factory.mktemp("small"), Union()
    union.send(b"not a command")
    histories.write(folder, union)
    return (folder / "journal.db").read_bytes()


class Home:
    """A union's home into which damaged copies of its journal are put; `honest` is what the whole one says."""

    def __init__(self, folder, whole):
        self.folder, self.path = folder, folder / "journal.db"
        folder.mkdir()
        self.path.write_bytes(whole)
        self.honest = verify(self.path)

    def put(self, damaged):
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.path.write_bytes(damaged)

    def is_found_by_audit(self, damaged):
        """Verify; returns False when the damage is found nowhere, and then the history must be the same."""
        self.put(damaged)
        try:
            verdict = verify(self.path)
        except IntegrityFault:
            return True
        assert verdict == self.honest
        return False

    def is_refused_by_node(self, damaged):
        """Open for writing; returns False when it opens, and then the state must be the same."""
        self.put(damaged)
        try:
            node = Node.open(self.folder, lambda: NOON_US)
        except JournalError:
            return True
        with node:
            assert (node.state_root(), node.entries) == (self.honest.state_root, self.honest.entries)
            assert sum(1 for _ in node.log()) == node.entries
        return False


def flips(whole, number, seed, single_bit):
    chance = random.Random(seed)
    for _ in range(number):
        place = chance.randrange(len(whole))
        change = 1 << chance.randrange(8) if single_bit else chance.randrange(1, 256)
        yield place, change


@pytest.mark.parametrize("single_bit", [False, True])
def test_the_audit_finds_any_flipped_byte(whole, tmp_path, single_bit):
    home = Home(tmp_path / "u", whole)
    for place, change in flips(whole, 200, 11, single_bit):
        found = home.is_found_by_audit(flipped(whole, place, change))
        assert found or any(place in slot for slot in SLOTS)


@pytest.mark.parametrize("single_bit", [False, True])
def test_a_node_opens_a_journal_with_a_flipped_byte_to_the_same_state_or_not_at_all(
    whole, tmp_path, single_bit
):
    home, refused = Home(tmp_path / "u", whole), 0
    for place, change in flips(whole, 200, 12, single_bit):
        refused += home.is_refused_by_node(flipped(whole, place, change))
    assert refused > 20


@pytest.mark.parametrize("change", [0xFF, 0x01, 0x03])
def test_damage_to_the_header_of_the_file_is_no_crash(small, tmp_path, change):
    home = Home(tmp_path / "u", small)
    for place in range(100):
        home.is_found_by_audit(flipped(small, place, change))
        home.is_refused_by_node(flipped(small, place, change))


@pytest.mark.long
@pytest.mark.parametrize("change", [0x01, 0x80, 0xFF])
def test_every_single_byte_of_a_journal(small, tmp_path, change):
    home = Home(tmp_path / "u", small)
    for place in range(len(small)):
        damaged = flipped(small, place, change)
        if not home.is_found_by_audit(damaged):
            continue
        home.is_refused_by_node(damaged)


def test_a_truncated_journal_is_refused_by_audit_and_node(whole, tmp_path):
    home, chance = Home(tmp_path / "u", whole), random.Random(13)
    lengths = [*range(0, len(whole), BLOCK), *(chance.randrange(len(whole)) for _ in range(60))]
    for length in lengths:
        assert home.is_found_by_audit(whole[:length]), f"{length} of {len(whole)} bytes"
        assert home.is_refused_by_node(whole[:length]), f"{length} of {len(whole)} bytes"


def test_of_a_truncated_journal_the_first_entry_that_cannot_be_read_is_named(whole, tmp_path):
    home, named = Home(tmp_path / "u", whole), []
    for length in (0, 100, *range(BLOCK, len(whole), BLOCK)):
        home.put(whole[:length])
        with pytest.raises(IntegrityFault, match=r"^entry \d+: ") as found:
            verify(home.path)
        named.append(found.value.entry)
    cut = [each.batch.first for each in headers(whole) for _ in range(each.offset, each.end, BLOCK)]
    assert named == [*(0,) * 4, *cut]


def test_a_page_of_zeros_or_another_page_in_its_place_is_found(whole, tmp_path):
    home = Home(tmp_path / "u", whole)
    pages = [whole[at : at + BLOCK] for at in range(0, len(whole), BLOCK)]
    for at in range(len(pages)):
        for other in (bytes(BLOCK), pages[at - 1]):
            damaged = b"".join([*pages[:at], other, *pages[at + 1 :]])
            home.is_refused_by_node(damaged)
            home.is_found_by_audit(damaged)


def test_what_follows_the_last_batch_is_found_unless_it_is_nothing(whole, tmp_path):
    home, chance = Home(tmp_path / "u", whole), random.Random(14)
    last = headers(whole)[-1]
    again = whole[last.offset : last.end]
    for noise in (
        chance.randbytes(3_000),
        again,
        whole[:BLOCK],
        b"mufbatch" + bytes(BLOCK),
        bytes(SECTOR - 1) + b"x",
    ):
        assert home.is_found_by_audit(whole + noise)
        assert home.is_refused_by_node(whole + noise)
    for nothing in (bytes(5), bytes(3_000), bytes(1 << 21)):
        assert not home.is_found_by_audit(whole + nothing)
        assert not home.is_refused_by_node(whole + nothing)


def test_the_beginning_of_a_write_that_was_broken_off_is_left_out_and_not_touched_by_the_audit(
    whole, tmp_path
):
    home = Home(tmp_path / "u", whole)
    header = bytearray(whole[headers(whole)[-1].offset :][:BLOCK])
    for rest in (b"mufb", bytes(SECTOR) + b"what it wrote", bytes(BLOCK) + bytes(header)[SECTOR:]):
        assert not home.is_found_by_audit(whole + rest)
        assert home.path.read_bytes() == whole + rest
        assert not home.is_refused_by_node(whole + rest)
        assert home.path.read_bytes() == whole


@pytest.mark.parametrize(("call", "entry"), [("read", 8), ("readinto", 1)])
def test_a_disk_that_cannot_be_read_is_told_with_the_first_entry_that_is_not(
    tmp_path, monkeypatch, call, entry
):
    """`readinto`: the rest of a batch that is longer than a block."""
    histories.write(tmp_path, histories.day(), 7 if call == "read" else 40)

    class Failing(io.BufferedReader):
        def read(self, *args):
            if call == "read" and self.tell() == 5 * BLOCK:
                raise OSError(errno.EIO, "Input/output error")
            return super().read(*args)

        def readinto(self, into):
            if call == "readinto":
                raise OSError(errno.EIO, "Input/output error")
            return super().readinto(into)

    monkeypatch.setattr(io, "BufferedReader", Failing)
    with pytest.raises(IntegrityFault, match="from here on it cannot be read: Input/output error") as found:
        verify(tmp_path / "journal.db")
    assert found.value.entry == entry
