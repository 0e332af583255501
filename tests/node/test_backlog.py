"""What waits comes back in order and as it was, from memory or from files, and leaves nothing behind."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply
from mufakat.model.event import PaymentsSettled, UnionFounded
from mufakat.model.record import RECORD_BYTES, batch
from mufakat.node import backlog
from mufakat.node.backlog import Backlog, Kept, keep, payments_of, whole
from mufakat.projections.rows import Entry
from tests.journal import histories
from tests.union import A1, settled_world


@pytest.fixture(scope="module")
def entries():
    """All entries of a day with their events, and one whose payments settled on entry."""
    found = []
    for union in (histories.day(), settled_world(1_000)):
        if found:
            union.must(A1, batch(tuple(union.order(amount=amount) for amount in range(1, 20))))
        state = apply.found(union.genesis)
        genesis = msgspec.msgpack.encode(union.genesis)
        found.append((Entry(0, 0, genesis), (UnionFounded(union.genesis.charter),)))
        for number, (data, at_us) in enumerate(union.log, start=1):
            found.append((Entry(number, at_us, data), apply.execute(state, data, at_us)[1]))
    return [
        (msgspec.structs.replace(entry, number=number), events)
        for number, (entry, events) in enumerate(found)
    ]


def kept(data: bytes) -> Kept:
    return msgspec.msgpack.decode(data, type=Kept)


def completed(taken, entries):
    return whole(taken, entries[taken.number][0].command) if isinstance(taken, Kept) else taken


def test_what_is_kept_is_what_it_was(entries):
    assert [completed(kept(keep(each)), entries) for each in entries] == entries
    assert sum(payments_of(each) for each in entries) > len(entries)


def test_payments_that_settled_are_kept_in_the_command_that_submitted_them_alone(entries):
    batch_of = next(each for each in entries if payments_of(each) == 20)
    (settled,) = (event for event in batch_of[1] if isinstance(event, PaymentsSettled))
    assert settled.records in batch_of[0].command
    assert len(keep(batch_of)) < 10 * RECORD_BYTES
    elsewhere = (Entry(1, 1, b"another command"), batch_of[1])
    assert whole(kept(keep(elsewhere)), b"another command") == elsewhere


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=300), st.integers(0, 20_000), st.integers(0, 20_000))
def test_first_in_is_first_out_from_memory_and_files_of_any_size(
    tmp_path_factory, entries, puts, memory, most
):
    folder = tmp_path_factory.mktemp("backlog")
    waiting, model, coming = Backlog(folder), [], iter(entries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backlog, "MEMORY_BYTES", memory)
        patch.setattr(backlog, "_FILE_BYTES", most)
        for put in puts:
            if put and (each := next(coming, None)) is not None:
                waiting.put(each)
                model.append(each)
            else:
                assert completed(waiting.take(), entries) == (model.pop(0) if model else None)
            assert len(waiting) == len(model)
            assert waiting.payments == sum(map(payments_of, model))
            assert waiting.first_us == (model[0][0].at_us if model else 0)
        assert [completed(waiting.take(), entries) for _ in model] == model
    assert waiting.take() is None
    assert waiting.spilled == 0
    assert not waiting._files
    waiting.close()
    assert not any(folder.iterdir())


def test_what_is_in_files_takes_no_memory_and_has_no_name(entries, tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "MEMORY_BYTES", 5_000)
    waiting = Backlog(tmp_path)
    for each in entries:
        waiting.put(each)
    assert 0 < waiting._bytes <= 5_000
    assert waiting.spilled > len(entries) // 2
    assert not any(tmp_path.iterdir())
    waiting.close()
    assert len(waiting) == waiting.payments == 0


def test_the_digest_is_that_of_the_command(entries):
    first = entries[0][0]
    assert first.digest == hashlib.sha256(first.command).digest()
