"""The demonstration day on four nodes: the same files, the same rules, and no machine that rules over the others.

The region's first four members run a validator each, on loopback. The day is played through the node of one of
them; what the four then hold is compared with an embedded node that is given the same log.
"""

import datetime
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from mufakat.journal.frame import Entry
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Genesis
from mufakat.node.assembly import install
from mufakat.node.engine import NodeSettings
from mufakat.node.home import Home
from mufakat.node.replica import Replica
from mufakat.simulation.founding import VALIDATORS, genesis_of, port_of, private_key
from mufakat.simulation.region import Region

_GROUP: Final = 100
SNAPSHOT_EVERY: Final = 200


class Diverged(Exception):
    """The two engines did not decide alike."""


def found_homes(region: Region, folder: Path, at: datetime.datetime) -> Genesis:
    """Make the homes of the four members that validate under `folder`; `at` is the chain's first time."""
    genesis = genesis_of(region)
    for number, member in enumerate(region.members[:VALIDATORS]):
        port = port_of(number)
        install(
            Home(folder / member.id),
            genesis,
            NodeSettings(member.id, f"127.0.0.1:{port}", port + 1, snapshot_every=SNAPSHOT_EVERY),
            at,
            validator=private_key(region.seed, member.id, "validate"),
            node=private_key(region.seed, member.id, "node"),
        )
    return genesis


def embedded_root(folder: Path, log: Iterable[Entry], progress: Callable[[int], None]) -> bytes:
    """Deal with a whole log on an embedded node in `folder`, from genesis on; return its state root, 32 bytes.

    Raises Diverged when the embedded engine decides any command otherwise.
    """
    entries = iter(log)
    first = next(entries)
    replica = Replica.create(folder, msgspec.msgpack.decode(first.command, type=Genesis), first.at_us)
    try:
        group: list[Entry] = []
        for entry in entries:
            group.append(entry)
            if len(group) == _GROUP:
                _deal(replica, group)
                progress(replica.entries)
                group = []
        _deal(replica, group)
        progress(replica.entries)
        return replica.state.root()
    finally:
        replica.close()


def _deal(replica: Replica, group: list[Entry]) -> None:
    times = iter([entry.at_us for entry in group])
    found = replica.stage([entry.command for entry in group], lambda: next(times))
    replica.commit()
    for entry, outcome in zip(group, found, strict=True):
        if outcomes.encode(outcome) != entry.outcome:
            raise Diverged(f"entry {entry.seq}: the embedded engine decides otherwise")
