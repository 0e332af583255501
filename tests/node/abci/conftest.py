"""The engine's part, played in process: the calls that CometBFT makes on an application, in its order."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mufakat.model.charter import Genesis, Governance, union_id
from mufakat.node.abci import wire
from mufakat.node.abci.application import Application, app_state, chain_id
from tests.union import NOON_US, Union, settled_world

Block = tuple[tuple[bytes, ...], int]
"""Commands and time, UTC microseconds."""


def timestamp(at_us: int) -> Any:
    return wire.TYPES["ProtobufTimestamp"](seconds=at_us // 1_000_000, nanos=at_us % 1_000_000 * 1_000)


def request(kind: str, **fields: Any) -> Any:
    """A request as it comes off the socket."""
    name = "AbciRequest" + "".join(part.capitalize() for part in kind.split("_"))
    whole = wire.Request.FromString(
        wire.Request(**{kind: wire.TYPES[name](**fields)}).SerializeToString(),
    )
    return getattr(whole, kind)


class Played:
    """One node's application, and the chain that it is told; `noted` is the evidence that it saw."""

    def __init__(
        self, home: Path, genesis: Genesis, *, snapshot_every: int = 1_000, retain: int = 100
    ) -> None:
        self.home, self.genesis = home, genesis
        self.noted: list[dict[str, Any]] = []
        self.now_us = NOON_US
        self.blocks: list[Block] = []
        self.hashes: list[bytes] = []
        self._limits = {"snapshot_every": snapshot_every, "retain": retain}
        self.application = self._opened()

    def _opened(self) -> Application:
        return Application(self.home, self.noted.append, lambda: self.now_us, **self._limits)

    def ask(self, kind: str, **fields: Any) -> Any:
        return self.application.handle(kind, request(kind, **fields))

    @property
    def replica(self):
        return self.application.replica

    @property
    def state(self):
        return self.replica.state

    def begin(self) -> Any:
        assert self.ask("info").last_block_height == 0
        return self.ask(
            "init_chain",
            chain_id=chain_id(union_id(self.genesis.charter)),
            app_state_bytes=json.dumps(app_state(self.genesis)).encode(),
            time=timestamp(NOON_US),
        )

    def finalize(self, *commands: bytes, at_us: int | None = None, misbehavior: tuple[Any, ...] = ()) -> Any:
        """Decide the next block; nothing of it is durable yet."""
        at_us = self.now_us if at_us is None else at_us
        self.blocks.append((commands, at_us))
        return self._decided(len(self.blocks), misbehavior)

    def _decided(self, height: int, misbehavior: tuple[Any, ...] = ()) -> Any:
        commands, at_us = self.blocks[height - 1]
        decided = self.ask(
            "finalize_block", txs=commands, time=timestamp(at_us), height=height, misbehavior=misbehavior
        )
        if len(self.hashes) < height:
            self.hashes.append(decided.app_hash)
        assert decided.app_hash == self.hashes[height - 1], "a replayed block comes to the same hash"
        return decided

    def commit(self) -> Any:
        return self.ask("commit")

    def block(self, *commands: bytes, at_us: int | None = None) -> Any:
        decided = self.finalize(*commands, at_us=at_us)
        self.commit()
        return decided

    def handshake(self) -> int:
        """Replay what the application does not have, as the engine does; returns how many blocks that were."""
        told = self.ask("info")
        if told.last_block_height:
            assert told.last_block_app_hash == self.hashes[told.last_block_height - 1]
        for height in range(told.last_block_height + 1, len(self.blocks) + 1):
            self._decided(height)
            self.commit()
        return len(self.blocks) - told.last_block_height

    def restart(self) -> int:
        """End the application and begin it anew on what is durable."""
        self.application.close()
        self.application = self._opened()
        return self.handshake()


def play_log(node: Played, union: Union, size: int = 40) -> None:
    """Give a node the whole log of a union, in blocks that have one time each."""
    for at in range(0, len(union.log), size):
        group = union.log[at : at + size]
        node.block(*(data for data, _ in group), at_us=group[-1][1])


@pytest.fixture
def nodes(tmp_path):
    """Make nodes of a union's genesis, each in a home of its own, closed at the end."""
    made: list[Played] = []

    def make(union: Union, *, begun: bool = True, **limits: int) -> Played:
        node = Played(tmp_path / f"n{len(made)}", union.genesis, **limits)
        made.append(node)
        if begun:
            node.begin()
        return node

    yield make
    for node in made:
        node.application.close()


@pytest.fixture
def union() -> Union:
    """A union whose founding is not on any node's log yet."""
    return Union()


@pytest.fixture(scope="session")
def _settled(tmp_path_factory) -> tuple[Played, Union]:
    world = settled_world(governance=Governance(constitutional_notice_days=1))
    node = Played(tmp_path_factory.mktemp("settled") / "n", world.genesis)
    node.begin()
    play_log(node, world)
    assert node.state.root() == world.state.root()
    node.now_us = world.now_us
    node.application.close()
    return node, world


@pytest.fixture
def settled(nodes, tmp_path, _settled):
    """A node with banks, accounts and money, day open; and the union that says more to it."""
    made, world = _settled
    shutil.copytree(made.home, tmp_path / "n0")
    node = nodes(world, begun=False)
    node.blocks, node.hashes, node.now_us = [*made.blocks], [*made.hashes], made.now_us
    assert node.handshake() == 0
    return node, copy.deepcopy(world)
