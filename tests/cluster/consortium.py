"""A union of several nodes as a test needs it: real engines, keys of tests.union, ended whatever happens.

`Consortium` makes the homes, runs a process a node and ends them by their numbers. `Running` speaks to it as
tests.union speaks to a union in memory, and is beside it the embedded engine: each entry of the log is dealt with
here too, and has to end in the same outcome.
"""

import datetime
import os
import random
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from mufakat.audit.replay import Verdict, verify
from mufakat.core import apply
from mufakat.core.dump import dump, load
from mufakat.core.state import State
from mufakat.journal.frame import Batch, Entry
from mufakat.journal.log import Journal
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Governance, Member, Role
from mufakat.model.outcome import Outcome
from mufakat.model.record import batch
from mufakat.model.signing import public_key
from mufakat.node.assembly import _settings_text as settings_text
from mufakat.node.assembly import install
from mufakat.node.consortium import ConsortiumNode
from mufakat.node.engine import NodeSettings, settings_of
from mufakat.node.enginekeys import node_id
from mufakat.node.fleet import Fleet
from mufakat.node.home import Home
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc
from mufakat.node.session import Said, Session
from mufakat.node.status import NodeStatus, status_of
from tests.union import A1, A2, B1, B2, Union, charter, genesis, grants, lei, newcomer, private

LAUNCHER = Path(__file__).with_name("launch.py")
FIRST_PORT, LAST_PORT = 29_000, 32_000
"""Below the ports that systems give to outgoing connections, so that what is free stays free."""
PATIENCE = 90.0
"""Seconds in which what a test waits for comes, also on a busy machine."""
RULES: dict[str, object] = {
    "day_quorum": 3,
    "max_command_bytes": 65_536,
    "governance": Governance(ordinary_notice_days=1, constitutional_notice_days=1),
}
EACH_PART = (
    {"engine": True},
    {"application": True},
    {"application": True, "engine": True},
    {"application": True, "freeze": True},
)
"""What of a node can be killed; an engine that is frozen hangs when its application is killed."""
FIFTH = newcomer("QR", "PHP", lei=lei(111)).member


def wait(holds: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until something holds, and return what it gave; fails with `what` when it does not in time."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, what
        time.sleep(0.05)
    return found


def free_ports(count: int) -> list[int]:
    """Find TCP ports that nobody uses, a row of them for each node."""
    found: list[int] = []
    for port in random.sample(range(FIRST_PORT, LAST_PORT), LAST_PORT - FIRST_PORT):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"no {count} ports are free from {FIRST_PORT} to {LAST_PORT}")


class Keys:
    """The keys of tests.union, of everybody."""

    def has(self, author: str, role: Role) -> bool:
        return True

    def pair(self, author: str, role: Role) -> tuple[bytes, bytes]:
        key = private(author, role.value)
        return public_key(key), key

    def granted(self, author: str, roles: tuple[Role, ...]):
        return grants(author, roles)


class Place:
    """Where a node runs: this machine as it is. `before` stands before its command line."""

    host = "127.0.0.1"
    before: Sequence[str] = ()

    def call(self, what: Callable[..., Any], *args: Any) -> Any:
        return what(*args)

    def close(self) -> None:
        pass


class Nodes(Fleet):
    """A fleet of which some nodes lie or are old, and which may be spread over places."""

    def __init__(self, folder: Path, places: dict[str, Place]) -> None:
        super().__init__(folder)
        self.places = places
        self.tricks: dict[str, str] = {}

    def program(self, member: str) -> list[str]:
        _, _, _, *options = super().program(member)
        trick = self.tricks.get(member)
        what = ["-m", "mufakat"] if trick is None else [str(LAUNCHER), trick]
        return [*self.places[member].before, sys.executable, *what, *options]

    def status(self, member: str) -> NodeStatus:
        return self.places[member].call(status_of, self.homes[member])

    def statuses(self) -> list[NodeStatus]:
        return [self.status(member) for member in self.homes]


class Consortium:
    """Nodes of a union that was made for one test."""

    def __init__(
        self,
        folder: Path,
        *,
        places: dict[str, Place] | None = None,
        snapshot_every: int = 1_000,
        **rules: object,
    ) -> None:
        self.folder = folder
        self.founded = datetime.datetime.now(datetime.UTC)
        self.snapshot_every = snapshot_every
        entries = (*charter().members, newcomer("QP").member)
        names = [entry.id for entry in entries]
        self.places = places or {name: Place() for name in names}
        free = iter(free_ports(2 * len(names)))
        self.ports = {name: (next(free), next(free)) for name in names}
        entries = tuple(msgspec.structs.replace(each, peer=self._peer(each.id)) for each in entries)
        of = msgspec.structs.replace(charter(**{**RULES, **rules}), members=sort(entries))
        self.genesis = genesis(of)
        for name in names:
            self.install(name)
        self.fleet = Nodes(folder, self.places)
        self.numbers = iter(range(1_000_000))

    def _peer(self, name: str) -> str:
        node = node_id(public_key(private(name, "node")))
        return f"{node}@{self.places[name].host}:{self.ports[name][0]}"

    def install(self, name: str) -> Home:
        """Make a home for a member of the charter or to be."""
        p2p, rpc = self.ports[name]
        host = self.places[name].host
        settings = NodeSettings(name, f"{host}:{p2p}", rpc, snapshot_every=self.snapshot_every)
        home = Home(self.folder / name)
        keys = {"validator": private(name, "validate"), "node": private(name, "node")}
        install(home, self.genesis, settings, self.founded, **keys)
        return home

    def join(self, name: str) -> Home:
        """Make a home for a newcomer, from the same genesis as all."""
        self.places[name] = Place()
        self.ports[name] = (*free_ports(2),)
        home = self.install(name)
        self.fleet.homes[name] = home
        return home

    def copy(self, name: str, other: str) -> Home:
        """Copy the home of a node that is stopped, to run it a second time at other ports."""
        shutil.copytree(self.fleet.homes[name].folder, self.folder / other)
        home = self.fleet.homes[other] = Home(self.folder / other)
        self.places[other] = Place()
        self.ports[other] = p2p, rpc = (*free_ports(2),)
        settings = msgspec.structs.replace(settings_of(home), p2p=f"127.0.0.1:{p2p}", rpc_port=rpc)
        home.settings.write_text(settings_text(settings))
        return home

    def forget(self, name: str) -> None:
        """Leave a copy that is stopped out of what is looked at."""
        del self.fleet.homes[name]

    # -- running --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self.fleet.start()
            self.fleet.wait_until_up(PATIENCE)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that was started, politely, and then whatever is left of it."""
        try:
            self.fleet.stop()
        finally:
            for pid in self.processes():
                end(pid)
            for place in self.places.values():
                place.close()

    @property
    def members(self) -> list[str]:
        return list(self.fleet.homes)

    def processes(self, name: str | None = None) -> list[int]:
        """Name the processes that run for this union, or for one of its nodes: application and engine."""
        return [
            int(path.name)
            for path in Path("/proc").glob("[0-9]*")
            if self._is_ours(path, self.folder if name is None else self.folder / name)
        ]

    @staticmethod
    def _is_ours(path: Path, folder: Path) -> bool:
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            return False  # it has ended meanwhile
        return any(folder == each or folder in each.parents for each in map(Path, map(os.fsdecode, words)))

    def engine_of(self, name: str) -> int | None:
        """Return the number of the process of a node's engine."""
        application = self.fleet.process(name).pid
        return next((pid for pid in self.processes(name) if pid != application), None)

    def kill(
        self, name: str, *, application: bool = False, engine: bool = False, freeze: bool = False
    ) -> None:
        """kill -9 of a node's application, of its engine, or of both; or only freeze the engine before."""
        pid = wait(lambda: self.engine_of(name), f"{name}: an engine runs")
        if freeze:
            os.kill(pid, signal.SIGSTOP)
        if application:
            os.kill(self.fleet.process(name).pid, signal.SIGKILL)
        if engine:
            os.kill(pid, signal.SIGKILL)
        if application:
            self.fleet.process(name).wait(20)

    def revive(self) -> None:
        """Start again what fell, as a supervisor does, until all answer."""

        def whole() -> bool:
            self.fleet.revive()
            return not self.fleet.fallen() and all(each.up and each.entries for each in self.fleet.statuses())

        wait(whole, "what fell is started again")

    def restart(self, name: str, trick: str | None = None) -> None:
        """Stop a node, and start it with another program."""
        self.fleet.stop(name)
        self.start(name, trick)

    def start(self, name: str, trick: str | None = None) -> None:
        """Start a node, perhaps with a program that lies or is old."""
        self.fleet.tricks.pop(name, None)
        if trick is not None:
            self.fleet.tricks[name] = trick
        self.fleet.start(name)

    def take_snapshots(self, name: str, every: int) -> None:
        """Let a node take snapshots so often, from its next start on."""
        home = self.fleet.homes[name]
        settings = msgspec.structs.replace(settings_of(home), snapshot_every=every)
        home.settings.write_text(settings_text(settings))

    # -- looking --------------------------------------------------------------------------------------

    def status(self, name: str) -> NodeStatus:
        return self.fleet.status(name)

    def level(self, *names: str, seconds: float = PATIENCE) -> NodeStatus:
        """Wait until nodes stand at one entry with one root; returns how the first of them stands."""

        def alike() -> NodeStatus | None:
            found = [self.status(name) for name in names or self.members]
            heads = {(each.entries, each.state_root, each.tree_root) for each in found}
            whole = len(heads) == 1 and found[0].entries and not any(each.catching_up for each in found)
            return found[0] if whole else None

        return wait(
            alike, f"nodes at one head: {[self.brief(each) for each in names or self.members]}", seconds
        )

    def brief(self, name: str) -> str:
        at = self.status(name)
        return f"{name} up={at.up} block={at.block} entries={at.entries} {at.state_root[:8]} {at.problem}"

    def rpc(self, name: str, method: str, **parameters: object) -> dict[str, Any]:
        """Ask a node's engine; an empty answer when it does not give one."""

        def ask() -> dict[str, Any]:
            rpc = Rpc(settings_of(self.fleet.homes[name]).rpc_port)
            try:
                return rpc.get(method, **parameters)
            except (EngineUnreachable, Refused):
                return {}
            finally:
                rpc.close()

        return self.places[name].call(ask)

    def log_of(self, name: str) -> str:
        return (self.fleet.homes[name].folder / "node.log").read_text(encoding="utf-8")

    def stop(self) -> None:
        """Stop all nodes, so that their journals can be read."""
        self.fleet.stop()

    def verdicts(self) -> dict[str, Verdict]:
        """Recompute each node's journal from genesis; nodes must be stopped."""
        return {name: verify(home.journal) for name, home in self.fleet.homes.items()}

    def histories(self) -> dict[str, tuple[list[Entry], list[Batch]]]:
        """Return each node's entries and batches, seals among them; nodes must be stopped."""
        return {name: history(home.journal) for name, home in self.fleet.homes.items()}

    def one_history(self) -> tuple[list[Entry], list[Batch]]:
        """Stop all; check that all nodes hold one history, each verified from genesis; return it."""
        self.level()
        self.stop()
        verdicts, found = self.verdicts(), self.histories()
        first = self.members[0]
        for name in self.members:
            assert verdicts[name].state_root == verdicts[first].state_root, name
            assert verdicts[name].tree_root == verdicts[first].tree_root, name
            assert found[name] == found[first], f"{name} holds another history than {first}"
        return found[first]

    def one_log(self) -> list[Entry]:
        """Wait until all nodes stand at one head; check that each gives one log, as they run; return it."""
        self.level()
        found = {name: self.places[name].call(self._log, name) for name in self.members}
        for name, entries in found.items():
            assert entries == found[self.members[0]], f"{name} holds another log"
        return found[self.members[0]]

    def _log(self, name: str) -> list[Entry]:
        with ConsortiumNode(self.fleet.homes[name]) as node:
            return list(node.log())

    # -- speaking -------------------------------------------------------------------------------------

    def settle(self, money: int = 100_000) -> None:
        """Two banks each of QM and QN with money in IDR, and the day open: said through the first node."""
        self.places["QM"].call(self._settle, money)

    def _settle(self, money: int) -> None:
        with ConsortiumNode(self.fleet.homes["QM"], patience=PATIENCE) as node:
            session = Session(node, Keys())
            banks = {A1: "QM", A2: "QM", B1: "QN", B2: "QN"}
            roles = (Role.SUBMIT, Role.APPROVE, Role.AUDIT)
            for group in (
                [
                    Said(member, c.RegisterParticipant(bank, lei(200 + n), grants(bank, roles)))
                    for n, (bank, member) in enumerate(banks.items())
                ],
                [Said("QM", c.OpenAccount(bank, "IDR")) for bank in banks],
                [Said("QM", c.IssueMoney(bank, "IDR", money)) for bank in banks],
                [Said(bank, c.EnrolFirms((lei(2 * n), lei(2 * n + 1)))) for n, bank in enumerate(banks)],
            ):
                assert all(each.refusal is None for each in session.say_all(group)), group
        with self.voice() as union:
            union.open_day()

    def voice(self, name: str = "QM") -> "Running":
        """Speak through a node."""
        return Running(self, name)


def sort(entries: Sequence[Member]) -> tuple[Member, ...]:
    return tuple(sorted(entries, key=lambda each: each.id))


def end(pid: int) -> None:
    """End one process for good."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def history(path: Path) -> tuple[list[Entry], list[Batch]]:
    """Return the entries and batches of a journal."""
    with Journal.open(path) as journal:
        return list(journal.entries()), list(journal.batches())


class Running(Union):
    """The union that runs, spoken to as to one in memory; `state` is what the embedded engine makes of its log."""

    def __init__(self, consortium: Consortium, name: str) -> None:
        self.consortium, self.name, self.genesis = consortium, name, consortium.genesis
        state = apply.found(self.genesis)
        assert isinstance(state, State), state
        self.state, self.log, self.events = state, [], []
        self.numbers = consortium.numbers
        self.node = ConsortiumNode(consortium.fleet.homes[name], patience=PATIENCE)
        self.follow()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.node.close()

    @property
    def now_us(self) -> int:
        return self.node.now_us()

    def send(self, data: bytes) -> Outcome:
        [told] = self.node.submit([data])
        self.follow()
        return told

    def follow(self) -> None:
        """Deal with what came on the log since; each outcome must be the one that the node recorded."""
        while page := self.node.page(len(self.log) + 1):
            for entry in page:
                outcome, events = apply.execute(self.state, entry.command, entry.at_us)
                assert outcomes.encode(outcome) == entry.outcome, f"entry {entry.seq}: {outcome}"
                self.log.append((entry.command, entry.at_us))
                self.events.extend(events)
        assert self.node.state_root() == self.state.root() or self.node.entries > len(self.log) + 1

    def transfer(self, debtor: str = A1, creditor: str = A2) -> Outcome:
        """Pay once, in a block of its own."""
        order = self.order(debtor_agent=debtor, creditor_agent=creditor, value_date=self.state.day.date)
        return self.must(debtor, batch((order,)))

    def shadow(self) -> Union:
        """Return a union in memory that stands where this one does."""
        union = Union.__new__(Union)
        vars(union).update(
            genesis=self.genesis, state=load(dump(self.state)), log=[], events=[], numbers=self.numbers
        )
        union.now_us = self.now_us
        return union
