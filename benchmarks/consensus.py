"""How fast a union of several nodes commits payments on this machine, beside the engine's own example application.

Usage: python benchmarks/consensus.py [--runs 5] [--count 100] [--write docs/performance.md] [--json]

For 1, 4 and 7 validators: the same engine, the same configuration, and transactions of the same size, in turn with
mufakat's application and with the engine's `kvstore`. Reported are payments and bytes committed a second, how long
the views follow behind, and the time from putting one command to a node until that node has it durable and shows
it, p50 and p99.
"""

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from report import machine, put_section
from stdnum.iso7064 import mod_97_10

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.charter import Role
from mufakat.model.record import batch
from mufakat.node.assembly import Keychain, assemble, planned
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.enactment import enact
from mufakat.node.engine import VERSION, binary
from mufakat.node.fleet import Fleet
from mufakat.node.founding import AccountPlan, MemberPlan, ParticipantPlan, Plan
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing
from mufakat.node.rpc import Refused, Rpc
from mufakat.node.session import Session

BATCH = 500
"""Payments a command."""
CURRENCIES = ("IDR", "MYR", "THB", "PHP", "VND", "SGD", "BND")
DATE = datetime.date(2026, 11, 24)
BASE_PORT, PEER_PORT = 30_600, 30_800
SINGLES = 60
WARM = 5


def lei(number: int) -> str:
    """Return the nth made-up LEI."""
    stem = f"9845{number:014d}"
    return stem + mod_97_10.calc_check_digits(stem)


def plan(validators: int) -> Plan:
    """Return a union of so many members; two banks of the first pay each other."""
    members = tuple(
        MemberPlan(
            f"Q{chr(65 + n)}",
            f"Central Bank {n}",
            f"CBNKQ{chr(65 + n)}A1",
            lei(n),
            CURRENCIES[n],
            2,
            "1000000.00",
        )
        for n in range(max(2, validators))
    )
    account = AccountPlan(CURRENCIES[0], "900000000000.00")
    banks = tuple(ParticipantPlan(f"BK0{n}QAA1", lei(100 + n), "QA", (account,)) for n in (1, 2))
    return Plan(
        "Bench",
        {"day_quorum": max(2, validators // 2 + 1), "four_eyes": [], "max_validity_seconds": 172_800},
        members,
        banks,
    )


def unmanned(validators: int) -> tuple[str, ...]:
    """Name the members that run no node: a union has two members at least."""
    return ("QB",) if validators == 1 else ()


class Load:
    """Payments between two banks, signed as commands of one size."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._union = session.node.union
        self._pair = session.keys.pair("BK01QAA1XXX", Role.SUBMIT)
        self._sequence = session.node.next_sequence(self._pair[0])
        self._number = self._sequence << 32

    def command(self, payments: int) -> bytes:
        """Return the next command with so many payments."""
        now = self._session.node.now_us()
        orders = tuple(self._order() for _ in range(payments))
        instruction = c.Instruction(
            self._union,
            "BK01QAA1XXX",
            self._pair[0],
            self._sequence,
            now,
            now + 3_600_000_000,
            batch(orders),
        )
        self._sequence += 1
        return c.encode(c.signed_by(instruction, self._pair))

    def _order(self) -> c.PaymentOrder:
        self._number += 1
        text = f"{self._number:020x}"
        uetr = f"{text[:8]}-{text[8:12]}-4{text[12:15]}-8{text[15:18]}-{text[18:20]:0>12}"
        return c.PaymentOrder(
            uetr, "BK01QAA1XXX", "BK02QAA1XXX", CURRENCIES[0], 100, DATE, c.Channel.RTGS, bytes(32)
        )


@contextmanager
def union(folder: Path, validators: int) -> Iterator[tuple[Fleet, ConsortiumNode, Session]]:
    """Run a union of so many nodes, its day open."""
    rings: dict[Path, KeyRing] = {}

    def ring_of(home: Home) -> KeyRing:
        return rings.setdefault(home.folder, KeyRing(home.keys))

    assemble(
        plan(validators),
        folder,
        ring_of,
        BASE_PORT,
        datetime.datetime.now(datetime.UTC),
        without_node=unmanned(validators),
    )
    written = planned(folder)
    assert written is not None, "the union was assembled here"
    with Fleet(folder) as fleet:
        fleet.wait_until_up()
        first = next(iter(fleet.homes.values()))
        with ConsortiumNode(first, patience=300) as node:
            session = Session(node, Keychain(rings.values()))
            enact(written, session)
            for member in node.charter.members:
                session.say(member.id, c.DeclarePhase(DATE, Phase.OPEN))
                if node.views.sql.execute("SELECT count(*) FROM day").fetchone()[0]:
                    break
            yield fleet, node, session


@contextmanager
def kvstore(folder: Path, validators: int) -> Iterator[list[Rpc]]:
    """Run the engine's own example application on so many nodes, with the configuration that mufakat gives."""
    homes: list[Home] = []
    assemble(
        plan(validators),
        folder,
        lambda home: KeyRing(home.keys),
        PEER_PORT,
        datetime.datetime.now(datetime.UTC),
    )
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for path in sorted(folder.glob("*/node.toml")):
            home = Home(path.parent)
            homes.append(home)
            configuration = home.engine / "config" / "config.toml"
            text = configuration.read_text()
            configuration.write_text(re.sub(r"proxy_app = .*", 'proxy_app = "persistent_kvstore"', text))
            genesis = home.engine / "config" / "genesis.json"
            genesis.write_text(json.dumps({**json.loads(genesis.read_text()), "app_state": {}}))
            with (home.folder / "engine.log").open("wb") as log:
                command = [str(binary()), "start", "--home", str(home.engine)]
                processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        ports = [PEER_PORT + 10 * number + 1 for number in range(validators)]
        rpcs = [Rpc(port) for port in ports]
        until = time.monotonic() + 60
        while not all(_height(rpc) >= 1 for rpc in rpcs):
            assert time.monotonic() < until, "kvstore is not up"
            time.sleep(0.1)
        yield rpcs
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def _height(rpc: Rpc) -> int:
    try:
        return int(rpc.get("status")["sync_info"]["latest_block_height"])
    except Exception:
        return 0


def put(rpc: Rpc, data: bytes) -> None:
    """Put a transaction into the pool; wait while it is full."""
    while True:
        try:
            rpc.put(data)
        except Refused as refused:
            if "mempool is full" not in refused.text:
                raise
            time.sleep(0.005)
        else:
            return


class Figures:
    """What one application did.

    Bytes a second; latencies of single commands in milliseconds; seconds until the views of all nodes followed.
    """

    def __init__(self) -> None:
        self.bytes_a_second: list[float] = []
        self.singles: list[float] = []
        self.behind: list[float] = []


def throughput(rpc: Rpc, transactions: list[bytes], is_there: Callable[[bytes], bool]) -> float:
    """Put all transactions to one node and wait until the last is committed there; return bytes a second."""
    began = time.perf_counter()
    for each in transactions:
        put(rpc, each)
    while not is_there(transactions[-1]):
        time.sleep(0.002)
    return sum(map(len, transactions)) / (time.perf_counter() - began)


def single(rpc: Rpc, transaction: bytes, is_there: Callable[[bytes], bool]) -> float:
    """Put one transaction and return the milliseconds until it is committed at that node."""
    began = time.perf_counter()
    put(rpc, transaction)
    while not is_there(transaction):
        time.sleep(0.001)
    return (time.perf_counter() - began) * 1_000


def settle(fleet: Fleet, entries: int) -> None:
    """Wait until the views of every node show so many entries, so that no run pays for the one before it."""
    for home in fleet.homes.values():
        with ConsortiumNode(home) as node:
            while node.views.entries < entries:
                time.sleep(0.01)


class Own:
    """A union under load."""

    def __init__(self, fleet: Fleet, node: ConsortiumNode, session: Session) -> None:
        self.figures = Figures()
        self._fleet, self._node = fleet, node
        self._rpc, self._load = Rpc(BASE_PORT + 1), Load(session)
        self.sizes = len(self._load.command(BATCH)), len(self._load.command(1))
        self._load = Load(session)

    def _is_there(self, data: bytes) -> bool:
        return self._node.told(hashlib.sha256(data).digest()) is not None

    def warm(self) -> None:
        """Say a few things first."""
        for _ in range(WARM):
            for payments in (1, BATCH):
                single(self._rpc, self._load.command(payments), self._is_there)

    def many(self, count: int) -> None:
        """Measure so many batches, and how long the views follow."""
        commands = [self._load.command(BATCH) for _ in range(count)]
        durable = self._node.entries + count
        speed = throughput(self._rpc, commands, lambda _: self._node.entries >= durable)
        self.figures.bytes_a_second.append(speed)
        began = time.perf_counter()
        settle(self._fleet, durable)
        self.figures.behind.append(time.perf_counter() - began)

    def one(self) -> None:
        """Measure one command of one payment."""
        self.figures.singles.append(single(self._rpc, self._load.command(1), self._is_there))


class Peer:
    """The engine's own application under transactions of the same sizes."""

    def __init__(self, rpc: Rpc, sizes: tuple[int, int]) -> None:
        self.figures = Figures()
        self._rpc, self._sizes, self._number = rpc, sizes, 0

    def _transaction(self, size: int) -> bytes:
        self._number += 1
        key = f"k{self._number:09d}="
        return (key + base64.b64encode(os.urandom(size)).decode().rstrip("=")[: size - len(key)]).encode()

    def _is_there(self, data: bytes) -> bool:
        key = data.partition(b"=")[0]
        found = self._rpc.get("abci_query", path='""', data=f"0x{key.hex()}")["response"]
        return found.get("log") == "exists"

    def warm(self) -> None:
        """Say a few things first."""
        for _ in range(WARM):
            for size in self._sizes:
                single(self._rpc, self._transaction(size), self._is_there)

    def many(self, count: int) -> None:
        """Measure so many transactions of the size of a batch."""
        transactions = [self._transaction(self._sizes[0]) for _ in range(count)]
        self.figures.bytes_a_second.append(throughput(self._rpc, transactions, self._is_there))

    def one(self) -> None:
        """Measure one transaction of the size of a single payment's."""
        self.figures.singles.append(single(self._rpc, self._transaction(self._sizes[1]), self._is_there))


def measure(runs: int, count: int) -> list[dict[str, object]]:
    """Measure both with 1, 4 and 7 validators, in turn: what else the machine does, it does to both."""
    return [measured(validators, runs, count) for validators in (1, 4, 7)]


def measured(validators: int, runs: int, count: int) -> dict[str, object]:
    """Measure both with so many validators."""
    with (
        tempfile.TemporaryDirectory(prefix="mub-") as name,
        union(Path(name) / "u", validators) as running,
        kvstore(Path(name) / "k", validators) as rpcs,
    ):
        own = Own(*running)
        peer = Peer(rpcs[0], own.sizes)
        for each in (own, peer):
            each.warm()
        for _ in range(runs):
            own.many(count)
            peer.many(count)
        for _ in range(SINGLES):
            own.one()
            peer.one()
    both = zip(own.figures.bytes_a_second, peer.figures.bytes_a_second, strict=True)
    percentiles = {
        f"{who}_{at}_ms": sorted(figures.singles)[int(len(figures.singles) * part)]
        for who, figures in (("own", own.figures), ("kvstore", peer.figures))
        for at, part in (("p50", 0.5), ("p99", 0.99))
    }
    speed = statistics.median(own.figures.bytes_a_second)
    return {
        "validators": validators,
        "payments_per_second": round(speed / own.sizes[0] * BATCH),
        "bytes_per_second": round(speed),
        "kvstore_bytes_per_second": round(statistics.median(peer.figures.bytes_a_second)),
        "ratio": round(statistics.median(mine / theirs for mine, theirs in both), 3),
        "views_behind_seconds": round(statistics.median(own.figures.behind), 2),
        **{each: round(value, 1) for each, value in percentiles.items()},
    }


def page(rows: list[dict[str, object]], runs: int, count: int) -> list[str]:
    """Write the figures as a section of the page."""
    lines = [
        f"Median of {runs} runs of {count} commands of {BATCH} payments, all nodes on one machine: {machine()}.",
        f"In turn with it CometBFT {VERSION}'s own `persistent_kvstore`, with transactions of the same size and",
        "the same configuration; the ratio is the median of the pairs.",
        "Committed: decided by the members and durable on the node that was asked;",
        "the SQL views of all nodes show it so many seconds after the last (views). Latency: one command of one",
        f"payment at a time until it is durable and shown, {SINGLES} of them.",
        "",
        "| validators | payments/s | MB/s | kvstore MB/s | ratio | views s | p50 ms | p99 ms | kvstore p50 | p99 |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    return lines + [
        f"| {r['validators']} | {r['payments_per_second']:,} | {r['bytes_per_second'] / 1e6:.2f} "
        f"| {r['kvstore_bytes_per_second'] / 1e6:.2f} | {r['ratio']:.2f} "
        f"| {r['views_behind_seconds']} | {r['own_p50_ms']} | {r['own_p99_ms']} "
        f"| {r['kvstore_p50_ms']} | {r['kvstore_p99_ms']} |"
        for r in rows
    ]


def main() -> None:
    """Measure, print, and write the page if asked."""
    options = argparse.ArgumentParser(description="How fast several nodes commit payments.")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--count", type=int, default=100)
    options.add_argument("--write", type=Path)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    rows = measure(chosen.runs, chosen.count)
    lines = page(rows, chosen.runs, chosen.count)
    print(json.dumps(rows) if chosen.json else "\n".join(lines))
    if chosen.write:
        put_section(chosen.write, "Several nodes", lines)


if __name__ == "__main__":
    main()
