"""Somebody with the file who knows its format: what they can do to a journal, and what the audit says of it."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from mufakat.audit.reading import IntegrityFault
from mufakat.audit.replay import verify
from mufakat.core import apply
from mufakat.journal.layout import BLOCK, HASH_BYTES, HEADER_BYTES
from mufakat.journal.log import Journal, JournalDamaged
from mufakat.model import outcome as outcomes
from mufakat.model.merkle import leaf_hash
from mufakat.model.outcome import DONE
from mufakat.node.embedded import Node
from tests.journal import histories
from tests.journal.editing import edit, flipped, frame_at, headers, put, with_header, with_slot
from tests.union import NOON_US

SIZE = 7
LAST = len(histories.day().log)


@pytest.fixture
def home(tmp_path):
    histories.write(tmp_path / "u", histories.day(), SIZE)
    return tmp_path / "u"


def fault(home):
    with pytest.raises(IntegrityFault) as found:
        verify(home / "journal.db")
    return found.value


def outcome(data, seq):
    return flipped(data, frame_at(data, seq)[1] - 1)


def command(data, seq):
    return put(data, frame_at(data, seq)[0] + 24, bytes(40))


def time(data, seq):
    return flipped(data, frame_at(data, seq)[0] + 15)


def leaf(data, seq):
    return flipped(data, data.index(leaf_hash(data[slice(*frame_at(data, seq))])))


def subtree(data):
    return flipped(data, headers(data)[1].offset + HEADER_BYTES + HASH_BYTES)


@pytest.mark.parametrize(
    ("change", "entry"),
    [
        *((partial(outcome, seq=9), 9), (partial(command, seq=30), 30)),
        *((partial(time, seq=12), 12), (partial(time, seq=0), 0), (partial(leaf, seq=20), 20)),
        (subtree, 1),
        *(
            (partial(with_header, height=2, **{name: bytes(32)}), 1 + SIZE)
            for name in ("state_root", "tree_root")
        ),
        *((partial(with_header, height=2, **{name: bytes(32)}), 1 + SIZE) for name in ("sealed", "seal")),
        (partial(with_header, height=2, chain=bytes(32)), 2 * SIZE),
        *((partial(with_header, height=2, count=count), None) for count in (0, SIZE - 1, SIZE + 1, 1 << 60)),
        *((partial(with_header, height=2, first=first), 1 + SIZE) for first in (SIZE, 2 + SIZE)),
        *(
            (partial(with_header, height=2, **{name: 4096}), 1 + SIZE)
            for name in ("offset", "before", "skip")
        ),
        *((partial(with_header, height=2, durable=height), 1 + SIZE) for height in (-1, 2, 7)),
        *((partial(with_header, height=2, length=length), None) for length in (0, 100, 1 << 62)),
        *((partial(with_slot, number=1, **{name: bytes(32)}), LAST) for name in ("chain", "seal")),
        (partial(with_slot, number=1, entries=LAST), LAST),
        *((partial(with_slot, number=1, end=end), None) for end in (0, (1 << 64) - 1)),
        *((partial(with_slot, number=1, offset=offset), LAST) for offset in (0, (1 << 64) - 1)),
    ],
)
def test_what_is_changed_with_a_check_that_fits_is_found_at_its_entry(home, change, entry):
    edit(home / "journal.db", change)
    found = fault(home).entry
    assert found == entry or entry is None
    with suppress(JournalDamaged), Journal.open(home / "journal.db") as journal:  # never anything but that
        list(journal.entries())
        journal.inclusion_proof(12)


def test_a_block_of_the_engine_that_does_not_follow_is_found_though_every_hash_is_made_anew(tmp_path):
    with Journal.create(tmp_path / "journal.db") as journal:
        for (rows, root), block in zip(histories.batches(histories.day(), SIZE), (1, 4, 4), strict=False):
            journal.append(rows, root, block)
    found = fault(tmp_path)
    assert found.entry == 1 + SIZE
    assert "names a block that does not follow" in str(found)


def test_two_swapped_entries_are_found_at_the_first(home):
    data = (home / "journal.db").read_bytes()
    (begin, middle), (_, end) = frame_at(data, 10), frame_at(data, 11)
    (home / "journal.db").write_bytes(put(data, begin, data[middle:end] + data[begin:middle]))
    assert fault(home).entry == 10


def test_a_deleted_batch_is_found(home):
    data = (home / "journal.db").read_bytes()
    gone = headers(data)[3]
    (home / "journal.db").write_bytes(data[: gone.offset] + data[gone.end :])
    assert fault(home).entry == gone.batch.first


def test_a_history_cut_short_by_deleting_its_last_batch_is_found(home):
    data = (home / "journal.db").read_bytes()
    last = headers(data)[-1]
    (home / "journal.db").write_bytes(data[: last.offset])
    assert fault(home).entry == last.batch.first


def test_a_batch_put_after_the_last_is_found(home):
    data = (home / "journal.db").read_bytes()
    third = headers(data)[3]
    (home / "journal.db").write_bytes(data + data[third.offset : third.end])
    assert fault(home).entry == LAST + 1


def forge(folder, alter):
    """Write a journal whose hashes all fit, from batches that `alter` may change."""
    folder.mkdir()
    with Journal.create(folder / "journal.db") as journal:
        for height, (rows, root) in enumerate(histories.batches(histories.day(), SIZE)):
            journal.append(*alter(height, rows, root))
    return folder


def test_a_rewritten_outcome_is_found_by_replay_though_every_hash_is_made_anew(tmp_path):
    def refuse_the_third(height, rows, root):
        if height != 3:
            return rows, root
        at, command, _ = rows[2]
        refused, _ = apply.execute(histories.day().state, b"not a command", at)
        return [*rows[:2], (at, command, outcomes.encode(refused)), *rows[3:]], root

    home = forge(tmp_path / "u", refuse_the_third)
    found = fault(home)
    assert found.entry == 1 + 2 * SIZE + 2
    assert "the rules give another outcome" in str(found)
    with pytest.raises(JournalDamaged) as damage:
        Node.open(home, lambda: NOON_US)
    assert damage.value.entry == found.entry


def test_a_left_out_command_is_found_by_replay_though_every_hash_is_made_anew(tmp_path):
    home = forge(tmp_path / "u", lambda height, rows, root: (rows[:-1] if height == 3 else rows, root))
    assert fault(home).entry == 1 + 2 * SIZE


def test_another_state_root_is_found_by_replay_though_every_hash_is_made_anew(tmp_path):
    home = forge(tmp_path / "u", lambda height, rows, root: (rows, bytes(32) if height == 4 else root))
    found = fault(home)
    assert found.entry == 1 + 3 * SIZE
    assert "another state root in batch 4" in str(found)


def test_time_that_goes_back_is_found_though_every_hash_is_made_anew(tmp_path):
    def earlier(height, rows, root):
        # The refused bytes that are no command change nothing: their time alone gives the forger away.
        return [(NOON_US if data == b"not a command" else at, data, out) for at, data, out in rows], root

    found = fault(forge(tmp_path / "u", earlier))
    assert "time is before" in str(found)


@pytest.mark.parametrize("genesis", [b"", b"\xc1", b"\x80", b"\x92\x90\x90"])
def test_a_genesis_that_is_none_is_told(tmp_path, genesis):
    with Journal.create(tmp_path / "journal.db") as journal:
        journal.append([(NOON_US, genesis, outcomes.encode(DONE))], bytes(32))
    assert fault(tmp_path).entry == 0
    with pytest.raises(JournalDamaged) as damage:
        Node.open(tmp_path, lambda: NOON_US)
    assert damage.value.entry == 0


@pytest.mark.parametrize("place", [0, 15, 19, 25, 40, 100])
def test_another_first_block_is_no_journal(home, place):
    edit(home / "journal.db", flipped, place)
    assert fault(home).entry == 0


def test_two_damaged_heads_are_no_journal(home):
    for slot in (1, 2):
        edit(home / "journal.db", flipped, slot * BLOCK + 60)
    assert fault(home).entry == 0


def test_a_file_that_is_not_there_or_not_a_journal_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not there"):
        verify(tmp_path / "journal.db")
    with pytest.raises(
        FileNotFoundError, match=r"is a folder; name the journal in it, such as .*journal\.db"
    ):
        verify(tmp_path)
    with pytest.raises(FileNotFoundError, match="is not a file"):
        verify(Path("/dev/null"))
    (tmp_path / "journal.db").write_bytes(b"no journal" * 1_000)
    assert fault(tmp_path).entry == 0
