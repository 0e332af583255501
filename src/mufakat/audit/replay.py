"""Replay: from genesis through every entry, each outcome and state root recomputed and compared.

The rules are the union's own (`core.apply`); the reading of the file is the auditor's. Invariants are
checked after the last batch.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from mufakat.audit.reading import IntegrityFault, ReadBatch, Reading, reading
from mufakat.core import apply
from mufakat.core.invariant import INVARIANTS, violations
from mufakat.core.state import State
from mufakat.kernels import lookup
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Genesis
from mufakat.model.outcome import DONE

Progress = Callable[[int, int], None]
"""Called with entries verified and entries in all."""


class Verdict(msgspec.Struct, frozen=True):
    """A journal that is whole. Roots are 32 bytes; `invariants` names those that were checked and hold."""

    union: bytes
    name: str
    entries: int
    batches: int
    state_root: bytes
    tree_root: bytes
    last_us: int
    invariants: tuple[str, ...]


def verify(path: Path, progress: Progress = lambda done, of: None) -> Verdict:
    """Recompute a journal from genesis.

    Raises IntegrityFault, naming the first entry at fault, and FileNotFoundError when there is no file.
    """
    if path.is_dir():
        raise FileNotFoundError(f"{path} is a folder; name the journal in it, such as {path / 'journal.db'}")
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file" if path.exists() else f"{path} is not there")
    lookup.scatter(secrets.token_bytes(16))
    with reading(path) as journal:
        return _verify(journal, progress)


def final_state(path: Path, progress: Progress = lambda done, of: None) -> State:
    """Recompute a journal from genesis, and return the state that it ends in; raises as `verify` does.

    The file is read, never written.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there")
    lookup.scatter(secrets.token_bytes(16))
    with reading(path) as journal:
        return _replayed(journal, progress)[0]


def _verify(journal: Reading, progress: Progress) -> Verdict:
    state, last, last_us, done = _replayed(journal, progress)
    broken = violations(state)
    if broken:
        raise IntegrityFault(done - 1, f"an invariant does not hold: {broken[0]}")
    checked = tuple(check.__name__ for check in INVARIANTS)
    return Verdict(
        state.union,
        state.charter.name,
        done,
        last.height + 1,
        last.state_root,
        last.tree_root,
        last_us,
        checked,
    )


def _replayed(journal: Reading, progress: Progress) -> tuple[State, ReadBatch, int, int]:
    """Return the last state and batch, the last log time, and how many entries there are."""
    state: State | None = None
    last: ReadBatch | None = None
    last_us, done = 0, 0
    for batch in journal.read():
        for entry in batch.entries:
            if entry.at_us < last_us:
                raise IntegrityFault(entry.seq, "its time is before the time of the entry before it")
            last_us = entry.at_us
            if state is None:
                state = _found(entry.command, entry.outcome)
                continue
            try:
                outcome, _ = apply.execute(state, entry.command, entry.at_us)
            except apply.ProtocolUnknown as unknown:
                raise IntegrityFault(entry.seq, f"from here on it cannot be verified: {unknown}") from None
            if outcomes.encode(outcome) != entry.outcome:
                raise IntegrityFault(entry.seq, "the rules give another outcome than the one recorded")
        assert state is not None, "a batch has entries"
        if state.root() != batch.state_root:
            raise IntegrityFault(
                batch.entries[0].seq, f"the rules give another state root in batch {batch.height}"
            )
        last, done = batch, done + len(batch.entries)
        progress(done, journal.entries)
    if state is None or last is None:
        raise IntegrityFault(0, "the journal holds no genesis")
    return state, last, last_us, done


def _found(command: bytes, outcome: bytes) -> State:
    try:
        genesis = msgspec.msgpack.decode(command, type=Genesis)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IntegrityFault(0, f"the genesis cannot be read: {error}") from None
    state = apply.found(genesis)
    if not isinstance(state, State):
        raise IntegrityFault(0, f"the genesis founds no union: {state[0]}")
    if outcome != outcomes.encode(DONE):
        raise IntegrityFault(0, "the genesis has another outcome than the one recorded")
    return state
