"""The union as an application of the consensus engine: ABCI 2.0 on one replica.

What the engine orders is dealt with by the same rules as on an embedded node. `finalize_block` moves memory alone,
`commit` writes and syncs before it answers: a crash before it replays the block, a crash after it does not. Heights
without commands leave no batch; the engine replays them after a restart and nothing changes.
"""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from mufakat import __version__
from mufakat.core import apply
from mufakat.core.standing import validators
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter, Genesis, union_id
from mufakat.model.refusal import Refusal
from mufakat.node.abci import ordering, wire
from mufakat.node.abci.query import SNAPSHOT, answer
from mufakat.node.abci.snapshots import Snapshots
from mufakat.node.publishing import Pace
from mufakat.node.replica import Clock, NodeStopped, Replica

T: Final = wire.TYPES
POWER: Final = 10
"""Voting power of a member's validator: every member counts the same."""
ACCEPT: Final = 1
REJECT: Final = 2
RETAIN_BLOCKS: Final = 100_000
"""Blocks that the engine keeps for members who catch up; the journal keeps everything."""

_OF_CONSENSUS: Final = frozenset(("check_tx", "prepare_proposal", "process_proposal", "finalize_block"))

NO_ANSWER: Final = 1
ASK_AGAIN: Final = 2
"""Codes of a question without an answer: there is none; there is none while a block is being committed."""

Note = Callable[[dict[str, Any]], None]
"""Is told evidence of a validator's misbehaviour, as plain data."""


class WrongChain(Exception):
    """The engine belongs to another union, or its data do not belong to this journal."""


class Application:
    """One member's replica, driven by its engine. Not safe for threads: the server lets in one call at a time."""

    def __init__(
        self, home: Path, note: Note, clock: Clock, *, snapshot_every: int, retain: int = RETAIN_BLOCKS
    ) -> None:
        self._home: Final = home
        self._clock: Final = clock
        self._note: Final = note
        self._retain: Final = retain
        self._replica: Replica | None = self._open()
        self._height = 0
        self.charter: Charter | None = None
        """The charter in force after the last block that this run made durable; any thread may read it."""
        self._validators: dict[str, bytes] = self._validators_now()
        self._snapshots: Final = Snapshots(home, snapshot_every)
        self._handlers: Final[dict[str, Callable[[Any], Any]]] = {
            "echo": lambda request: T["AbciResponseEcho"](message=request.message),
            "flush": lambda request: T["AbciResponseFlush"](),
            "info": self.info,
            "init_chain": self.init_chain,
            "check_tx": self.check_tx,
            "prepare_proposal": self.prepare_proposal,
            "process_proposal": self.process_proposal,
            "finalize_block": self.finalize_block,
            "commit": self.commit,
            "query": self.query,
            "list_snapshots": self.list_snapshots,
            "load_snapshot_chunk": self.load_snapshot_chunk,
            "offer_snapshot": self.offer_snapshot,
            "apply_snapshot_chunk": self.apply_snapshot_chunk,
            "extend_vote": lambda request: T["AbciResponseExtendVote"](),
            "verify_vote_extension": lambda request: T["AbciResponseVerifyVoteExtension"](status=ACCEPT),
        }

    def handle(self, kind: str, request: Any) -> Any:
        """Answer one request of the engine."""
        handler = self._handlers.get(kind)
        if handler is None:
            raise NotImplementedError(f"the engine asks for {kind!r}, which ABCI 2.0 does not need")
        if kind in _OF_CONSENSUS and self._replica is not None:
            self._replica.stir()
        return handler(request)

    def close(self) -> None:
        """Close the replica."""
        if self._replica is not None:
            self._replica.close()

    def _open(self) -> Replica | None:
        return Replica.open(self._home, Pace.SOON) if (self._home / "journal.db").exists() else None

    @property
    def replica(self) -> Replica:
        """The replica; raises NodeStopped before the chain has begun."""
        if self._replica is None:
            raise NodeStopped("the chain has not begun")
        return self._replica

    def _reload(self) -> None:
        """Go back to what is durable, when a block was dealt with and its commit never came."""
        if self._replica is not None and (self._replica.staged or self._replica.stopped):
            self._replica.close()
            self._replica = self._open()
            self._validators = self._validators_now()

    def _validators_now(self) -> dict[str, bytes]:
        return {} if self._replica is None else dict(validators(self._replica.state))

    # -- the chain ------------------------------------------------------------------------------------

    def info(self, _: Any) -> Any:
        """Say up to where this node is durable."""
        self._reload()
        response = T["AbciResponseInfo"](data="mufakat", version=__version__, app_version=1)
        if self._replica is not None and self._replica.journal.head.block:
            response.last_block_height = self._replica.journal.head.block
            response.last_block_app_hash = self._replica.head_hash()
        return response

    def init_chain(self, request: Any) -> Any:
        """Found the union from the genesis that the engine's own genesis carries."""
        genesis = genesis_of(request.app_state_bytes)
        if chain_id(union_id(genesis.charter)) != request.chain_id:
            raise WrongChain(f"chain {request.chain_id} is not that of this charter")
        if self._replica is None:
            self._replica = Replica.create(self._home, genesis, micros(request.time), Pace.SOON)
        elif self._replica.state.union != union_id(genesis.charter) or self._replica.journal.head.block:
            raise WrongChain(f"{self._home}: the journal is not this chain's beginning; rebuild this node")
        self._validators = self._validators_now()
        updates = [update(public, POWER) for public in self._validators.values()]
        return T["AbciResponseInitChain"](validators=updates, app_hash=self.replica.head_hash())

    def check_tx(self, request: Any) -> Any:
        """Let a command into the pool: signatures, size, and a sequence number that can still come.

        This is each node's own look at its own clock; what counts is the time of the block.
        """
        if self._replica is None:
            return T["AbciResponseCheckTx"](code=NO_ANSWER, codespace="node", log="there is no history yet")
        admitted = apply.admit(self._replica.state, request.tx, self._clock())
        if isinstance(admitted, Refusal):
            return T["AbciResponseCheckTx"](
                code=int(admitted.reason), codespace="mufakat", log=admitted.detail
            )
        return T["AbciResponseCheckTx"](code=0)

    def prepare_proposal(self, request: Any) -> Any:
        """Choose the commands of a block that this node proposes."""
        commands = ordering.chosen(
            self.replica.state, request.txs, micros(request.time), request.max_tx_bytes
        )
        return T["AbciResponsePrepareProposal"](txs=commands)

    def process_proposal(self, request: Any) -> Any:
        """Judge a block that another node proposes."""
        wrong = ordering.refuse_block(self.replica.state, request.txs, micros(request.time))
        if wrong is not None:
            self._note(
                {
                    "kind": "proposal refused",
                    "height": request.height,
                    "proposer": request.proposer_address.hex().upper(),
                    "what": wrong,
                }
            )
        return T["AbciResponseProcessProposal"](status=ACCEPT if wrong is None else REJECT)

    def finalize_block(self, request: Any) -> Any:
        """Deal with a decided block in memory."""
        self._reload()
        for each in request.misbehavior:
            self._note(
                {
                    "kind": {1: "double signing", 2: "light client attack"}.get(each.type, "unknown"),
                    "height": each.height,
                    "validator": each.validator.address.hex().upper(),
                    "what": f"evidence in block {request.height}",
                }
            )
        at_us = micros(request.time)
        results = self.replica.stage(request.txs, lambda: at_us)
        self._height = request.height
        response = T["AbciResponseFinalizeBlock"](app_hash=self.replica.head_hash())
        for outcome in results:
            code = int(outcome.refusal.reason) if outcome.refusal is not None else 0
            response.tx_results.add(code=code, codespace="mufakat", data=outcomes.encode(outcome))
        response.validator_updates.extend(self._updates())
        return response

    def _updates(self) -> list[Any]:
        """Tell the engine what changed among the validators, nothing else: it halts on an unknown one."""
        before, now = self._validators, self._validators_now()
        assert now, "the rules leave at least one validator"
        self._validators = now
        gone = [public for public in before.values() if public not in now.values()]
        come = [public for public in now.values() if public not in before.values()]
        return [update(public, 0) for public in gone] + [update(public, POWER) for public in come]

    def commit(self, _: Any) -> Any:
        """Make the block durable, then answer."""
        self.replica.commit(self._height)
        self.charter = self.replica.state.charter
        self._snapshots.taken_when_due(self.replica, self._height)
        # The engine replays from the last block that left a batch: it must still have the blocks since then.
        # So must a new member that begins at a snapshot; while there is none, it begins at the first block.
        block = self.replica.journal.head.block
        oldest = min(self._height - self._retain, block, self._snapshots.oldest())
        return T["AbciResponseCommit"](retain_height=max(0, oldest))

    def query(self, request: Any) -> Any:
        """Answer a reader from what is durable; the value is msgpack, as `node.abci.query` says."""
        if request.path == SNAPSHOT:
            return T["AbciResponseQuery"](value=msgspec.msgpack.encode(self._snapshots.newest()))
        if self._replica is None:
            return T["AbciResponseQuery"](code=NO_ANSWER, log="there is no history yet")
        if self._replica.staged:
            return T["AbciResponseQuery"](code=ASK_AGAIN, log="a block is being committed")
        value = answer(self._replica, request.path, request.data)
        if value is None:
            return T["AbciResponseQuery"](code=NO_ANSWER, log=f"no answer to {request.path}")
        return T["AbciResponseQuery"](value=value, height=self._replica.journal.head.block)

    # -- state sync -----------------------------------------------------------------------------------

    def list_snapshots(self, _: Any) -> Any:
        """Name the snapshots that a new node can have from here."""
        return T["AbciResponseListSnapshots"](snapshots=self._snapshots.offers())

    def load_snapshot_chunk(self, request: Any) -> Any:
        """Give one part of a snapshot; empty when it is no longer here."""
        chunk = self._snapshots.chunk(self._replica, request.height, request.chunk)
        return T["AbciResponseLoadSnapshotChunk"](chunk=chunk)

    def offer_snapshot(self, request: Any) -> Any:
        """Begin to restore from a peer's snapshot."""
        if self._replica is not None:
            return T["AbciResponseOfferSnapshot"](result=2)  # abort: this node has a history of its own
        accepted = self._snapshots.begin(request.snapshot, request.app_hash)
        return T["AbciResponseOfferSnapshot"](result=1 if accepted else 3)

    def apply_snapshot_chunk(self, request: Any) -> Any:
        """Take one part; after the last the history must be the one whose hash the members signed."""
        done = self._snapshots.take(request.index, request.chunk)
        if done is None:
            return T["AbciResponseApplySnapshotChunk"](result=ACCEPT)
        if not done:
            return T["AbciResponseApplySnapshotChunk"](result=5, reject_senders=[request.sender])
        self._replica = self._open()
        self._validators = self._validators_now()
        return T["AbciResponseApplySnapshotChunk"](result=ACCEPT)


def chain_id(union: bytes) -> str:
    """Name the engine's chain of a union."""
    return f"mufakat-{union.hex()[:32]}"


def app_state(genesis: Genesis) -> str:
    """Write a genesis as the engine's genesis carries it: one JSON text."""
    return base64.b64encode(msgspec.msgpack.encode(genesis)).decode("ascii")


def genesis_of(app_state_bytes: bytes) -> Genesis:
    """Read the genesis back; raises WrongChain when it is none."""
    try:
        packed = base64.b64decode(json.loads(app_state_bytes), validate=True)
        return msgspec.msgpack.decode(packed, type=Genesis)
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        raise WrongChain(f"the engine's genesis carries no charter: {error}") from None


def micros(timestamp: Any) -> int:
    """Return an engine's time as UTC microseconds."""
    seconds: int = timestamp.seconds
    nanos: int = timestamp.nanos
    return seconds * 1_000_000 + nanos // 1_000


def update(public: bytes, power: int) -> Any:
    """Make one change of the validator set."""
    return T["AbciValidatorUpdate"](pub_key=T["CryptoPublicKey"](ed25519=public), power=power)
