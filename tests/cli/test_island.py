"""A member cut off from the quorum goes on, and what it registered is on the log once when the quorum is back.

A union of two on the real engine, its nodes processes of their own (`make engine` must have built the engine). One
node is stopped by its process's number: then no quorum is left, and the other is the island.
"""

import contextlib
import datetime
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.node import assembly, founding
from mufakat.node.consortium import ConsortiumNode, NotCommitted
from mufakat.node.enactment import Part, enact
from mufakat.node.fleet import Fleet
from mufakat.node.home import Home
from mufakat.node.island import IslandNode, IslandStore
from mufakat.node.keys import KeyRing
from mufakat.node.reconciling import reconcile
from mufakat.node.session import Said, Session
from mufakat.node.status import status_of
from tests.cli.conftest import EXAMPLES
from tests.engines import free_range, wait
from tests.program import run

DAY = datetime.date(2026, 11, 24)
LUAL, TANG, UDAY = "LUALQMA0XXX", "TANGQMA0XXX", "UDAYQNA0XXX"


class Isle:
    """QM and QN on loopback, founded, day open; QM's home is the one that is cut off."""

    def __init__(self, folder: Path, fleet: Fleet) -> None:
        self.folder, self.fleet = folder, fleet
        self.home: Home = fleet.homes["QM"]

    def run(self, *words: object, island: bool = False) -> subprocess.CompletedProcess[str]:
        return run("--home", self.home.folder, *(["--island"] if island else []), *words)

    def said(self, *words: object, island: bool = False) -> Any:
        done = self.run(*words, "--json", island=island)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def cut_off(self) -> Iterator[None]:
        self.fleet.stop("QN")
        try:
            yield
        finally:
            self.fleet.start("QN")
            self.fleet.wait_until_up()

    def payment(self, uetr: str, name: str = "payment") -> Path:
        """The file of a payment of 125,000.50 IDR from LUAL to TANG."""
        text = (EXAMPLES / "payment.xml").read_text(encoding="utf-8")
        text = re.sub(r"<UETR>.*</UETR>", f"<UETR>{uetr}</UETR>", text)
        text = text.replace("LUAL-2026-0001", f"M-{uetr[:8]}").replace("125000.50", "1.50")
        path = self.folder / f"{name}-{uetr[:8]}.xml"
        path.write_text(text, encoding="utf-8")
        return path

    def order(self, **change: Any) -> c.PaymentOrder:
        fields = {
            "uetr": str(uuid.uuid4()),
            "debtor_agent": LUAL,
            "creditor_agent": TANG,
            "currency": "IDR",
            "amount": 150,
            "value_date": DAY,
            "channel": c.Channel.RTGS,
            "details": bytes(32),
        }
        return c.PaymentOrder(**{**fields, **change})

    def register(self, *bodies: c.AnyCommand, ago_us: int = 0, author: str = LUAL) -> None:
        """Register on the island, as it was some time ago."""
        clock = lambda: time.time_ns() // 1_000 - ago_us  # noqa: E731 - it is given away
        with IslandNode(self.home, clock) as node:
            for outcome in Session(node, KeyRing(self.home.keys)).say_all([Said(author, b) for b in bodies]):
                assert outcome.refusal is None and outcome.status is not Status.DONE

    def on_log(self, *bodies: c.AnyCommand) -> list[int]:
        """Which entries carry which of these, in order of the log."""
        with ConsortiumNode(self.home) as node:
            signed = [c.decode(entry.command) for entry in node.log()]
        found = [each.instruction.body for each in signed if each is not None]
        return [bodies.index(body) for body in found if body in bodies]

    def begin_to_reconcile(self, how_many: int, *, settle: bool = True) -> None:
        """Reconcile so many, and end as a machine does that stops; without `settle`, before it keeps the last."""
        store = IslandStore(self.home.island)
        true = store.settle
        with ConsortiumNode(self.home) as node:
            session = Session(node, KeyRing(self.home.keys))
            rows = reconcile(store, node, lambda each: _again(session, each))
            try:
                for number in range(1, how_many + 1):
                    if number == how_many and not settle:
                        store.settle = _stopped  # type: ignore[method-assign]
                    next(rows)
            except _Stop:
                assert not settle
            finally:
                store.settle = true  # type: ignore[method-assign]
                store.close()

    def reports(self, path: Path) -> list[str]:
        """The statuses that this machine ever said of the payment in a file, by the time of saying."""
        uetr = re.search("<UETR>(.*)</UETR>", path.read_text(encoding="utf-8"))
        assert uetr is not None
        files = sorted((self.home.out / "pacs.002").glob("*.xml"), key=lambda each: each.stat().st_mtime_ns)
        texts = [each.read_text(encoding="utf-8") for each in files]
        return [re.findall("<TxSts>(.*?)</TxSts>", text)[0] for text in texts if uetr[1] in text]


class _Stop(Exception):
    pass


def _stopped(*_: object) -> None:
    raise _Stop


def _again(session: Session, instruction: c.Instruction) -> bytes:
    return next(iter(session.signed([Said(instruction.author, instruction.body)])))


@pytest.fixture(scope="module")
def isle() -> Iterator[Isle]:
    # A socket's name is short, and so must the folder's be.
    folder = Path(tempfile.mkdtemp(prefix="m"))
    plan = founding.read_plan(EXAMPLES / "charter.toml")
    assert not isinstance(plan, list)
    now = datetime.datetime.now(datetime.UTC)
    assembly.assemble(plan, folder, lambda home: KeyRing(home.keys), free_range(20), now)
    try:
        with Fleet(folder) as fleet:
            fleet.wait_until_up()
            planned = assembly.planned(folder)
            assert planned is not None
            with ConsortiumNode(fleet.homes["QM"]) as node:
                keys = assembly.Keychain(KeyRing(home.keys) for home in fleet.homes.values())
                rows = enact(planned, Session(node, keys))
                assert not [each for each in rows if each.part is Part.REFUSED]
                for member in ("QM", "QN"):
                    assert Session(node, keys).say(member, c.DeclarePhase(DAY, Phase.OPEN)).refusal is None
            yield Isle(folder, fleet)
    finally:
        shutil.rmtree(folder)


KEPT = """
import sys, time
from mufakat.model import command as c
from mufakat.node.home import Home
from mufakat.node.island import IslandNode
from mufakat.node.keys import KeyRing
from mufakat.node.session import Session
from pathlib import Path
home = Home(Path(sys.argv[1]))
with IslandNode(home, lambda: time.time_ns() // 1_000) as node:
    Session(node, KeyRing(home.keys)).say("LUALQMA0XXX", c.ReserveLiquidity("IDR", 70))
    print("kept", flush=True)
    time.sleep(600)
"""


def test_what_a_member_registers_without_the_quorum_is_pending_is_kept_and_is_settled_and_proved_later(isle):
    first, second = (isle.payment(str(uuid.uuid4()), name) for name in ("first", "second"))
    with isle.cut_off():
        told = isle.run("submit", first, "--json", island=True)
        (result,) = json.loads(told.stdout)["files"][0]["results"]
        assert (told.returncode, result["status"]) == (0, "queued")
        assert "Provisional: nothing is final" in told.stderr
        assert isle.reports(first) == ["PDNG"]

        again = isle.run("submit", first, "--json", island=True)
        assert again.returncode == 0, again.stderr
        assert json.loads(again.stdout)["files"][0]["results"] == [result], "it waits already"
        assert isle.reports(first) == ["PDNG"]

        # Ended without notice between two commands; what it acknowledged is there.
        process = subprocess.Popen(
            [sys.executable, "-c", KEPT, str(isle.home.folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "kept\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()

        assert isle.run("submit", second, island=True).returncode == 0
        waiting = isle.said("island", "status")["provisional"]
        assert [each["command"] for each in waiting] == [
            "SubmitPayments",
            "ReserveLiquidity",
            "SubmitPayments",
        ]
        assert "settled" not in json.dumps(waiting)
        table = isle.run("island", "status").stdout
        assert "3 provisional, no finality" in table and "settled" not in table

    done = isle.said("island", "reconcile")
    assert [each["command"] for each in done["reconciled"]] == [each["command"] for each in waiting]
    entries = [each["entry"] for each in done["reconciled"]]
    assert entries == sorted(set(entries))
    assert done["differing"] == 0
    assert [isle.reports(each)[-1] for each in (first, second)] == ["ACSC", "ACSC"]
    assert isle.said("island", "status")["provisional"] == []
    assert isle.said("island", "reconcile") == {"reconciled": [], "differing": 0, "proofs": []}

    charter = isle.folder / "copy.toml"
    shutil.copy(isle.home.charter, charter)
    assert len(done["proofs"]) == 3
    for file, row in zip(done["proofs"], done["reconciled"], strict=True):
        verdict = run("verify-proof", file, "--charter", charter, "--json")
        assert verdict.returncode == 0, verdict.stderr
        assert json.loads(verdict.stdout)["entry"] == row["entry"]


def test_a_payment_is_proved_over_the_running_engine_and_checked_without_it(isle):
    path = isle.payment(str(uuid.uuid4()))
    assert isle.run("submit", path).returncode == 0
    (uetr,) = re.findall("<UETR>(.*)</UETR>", path.read_text(encoding="utf-8"))
    made = isle.said("prove", "payment", uetr)
    elsewhere = isle.folder / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(isle.home.charter, elsewhere / "charter.toml")
    shutil.copy(made["file"], elsewhere / "proof.json")

    said = run("verify-proof", "proof.json", "--charter", "charter.toml", cwd=elsewhere)
    assert said.returncode == 0, said.stderr
    assert f"1.50 IDR from {LUAL} to {TANG}" in said.stdout
    assert "QM, QN" in said.stdout
    whole = (elsewhere / "proof.json").read_text(encoding="utf-8")
    (elsewhere / "proof.json").write_text(
        whole.replace('"status": "', '"status": "x', 1).replace(uetr, uetr[::-1])
    )
    assert run("verify-proof", "proof.json", "--charter", "charter.toml", cwd=elsewhere).returncode == 7


def test_reconciling_that_is_broken_off_goes_on_and_nothing_is_put_twice(isle):
    bodies = [c.IssueMoney(LUAL, "IDR", amount) for amount in (11, 12, 13)]
    with isle.cut_off():
        isle.register(*bodies, author="QM")
        store = IslandStore(isle.home.island)
        with ConsortiumNode(isle.home, patience=0.5) as node:
            session = Session(node, KeyRing(isle.home.keys))
            rows = reconcile(store, node, lambda each: _again(session, each))
            with pytest.raises(NotCommitted, match="quorum"):
                next(rows)
        assert len(store.waiting()) == 3
        store.close()
    # The first is in the pool since, and comes by itself; the second is put and not noted; the third is left.
    wait(lambda: isle.on_log(*bodies))
    isle.begin_to_reconcile(2, settle=False)
    assert isle.on_log(*bodies) == [0, 1]

    done = isle.said("island", "reconcile")
    assert isle.on_log(*bodies) == [0, 1, 2]
    assert [each["same"] for each in done["reconciled"]] == [True] * 3
    assert len(done["proofs"]) == 3


def test_a_command_whose_signature_ran_out_is_signed_anew_once(isle):
    bodies = [c.IssueMoney(TANG, "IDR", amount) for amount in (21, 22)]
    with isle.cut_off():
        isle.register(*bodies, ago_us=2 * 3_600_000_000, author="QM")
    # It stops after the new form of the first is on the log, and before that is noted.
    isle.begin_to_reconcile(1, settle=False)
    assert isle.on_log(*bodies) == [0]

    done = isle.said("island", "reconcile")
    assert isle.on_log(*bodies) == [0, 1]
    assert [(each["same"], each["expected"]["status"]) for each in done["reconciled"]] == [(True, "done")] * 2


def test_a_command_whose_sequence_number_was_used_meanwhile_is_signed_anew(isle):
    body = batch((isle.order(),))
    with isle.cut_off():
        isle.register(body)
    assert isle.run("submit", isle.payment(str(uuid.uuid4()))).returncode == 0
    assert isle.said("island", "reconcile")["differing"] == 0
    assert isle.on_log(body) == [0]


def test_a_uetr_that_another_used_meanwhile_is_told_as_different(isle):
    uetr = str(uuid.uuid4())
    mine, after = isle.payment(uetr), batch((isle.order(),))
    with isle.cut_off():
        assert isle.run("submit", mine, island=True).returncode == 0
        isle.register(after)
    theirs = batch((isle.order(uetr=uetr, debtor_agent=UDAY),))
    with ConsortiumNode(isle.fleet.homes["QN"]) as node:
        Session(node, KeyRing(isle.fleet.homes["QN"].keys)).say(UDAY, theirs)

    done = isle.run("island", "reconcile", "--json")
    assert done.returncode == 1
    assert "1 of 2 came out otherwise" in done.stderr
    first, second = json.loads(done.stdout)["reconciled"]
    assert (first["same"], second["same"]) == (False, True)
    assert first["final"]["items"][0]["refusal"]["reason"] == "duplicate"
    assert isle.reports(mine) == ["PDNG", "RJCT"]
    assert isle.on_log(theirs, after) == [0, 1]


def test_governing_on_the_island_is_provisional_and_no_key_is_changed_there(isle):
    text = isle.folder / "rule.txt"
    text.write_text("a horizon of twenty days")
    with isle.cut_off():
        told = isle.said(
            "propose", "QM", "SetRule", "name=set_off_horizon_days", "value=20", "--text", text, island=True
        )
        assert told["proposal"]["status"] == "provisional"
        number = told["proposal"]["number"]
        assert "provisional" in isle.run("withdraw", "QM", number, island=True).stdout
        for words in (
            ("keys", "rotate", "QM", "--role", "submit", "--text", text),
            ("keys", "discard", "QM"),
            ("node", "rotate-validator", "--text", text),
            ("island", "reconcile"),
        ):
            refused = isle.run(*words, island=True)
            assert refused.returncode == 2, words
            assert "needs the quorum" in refused.stderr
        closed = isle.run("day", "cutoff", island=True)
        assert closed.returncode == 0, closed.stderr
        assert "waits for the quorum" in closed.stdout
        assert isle.run("prove", "entry", 0, island=True).returncode == 2
    done = isle.said("island", "reconcile")
    assert [each["command"] for each in done["reconciled"]] == ["Propose", "WithdrawProposal", "DeclarePhase"]
    assert isle.said("proposals")["proposals"][number - 1]["status"] == "withdrawn"


def test_the_two_nodes_have_one_history_in_the_end(isle):
    roots = wait(
        lambda: {(each.entries, each.state_root) for each in map(status_of, isle.fleet.homes.values())}
    )
    wait(lambda: len({status_of(home).state_root for home in isle.fleet.homes.values()}) == 1)
    assert roots


def test_an_embedded_union_has_no_quorum_to_be_cut_off_from(union):
    for words in (("island", "status"), ("island", "reconcile"), ("--island", "positions")):
        done = run("--home", union, *words)
        assert done.returncode == 2, words
        assert "cut off" in done.stderr
    assert not (union / "island.db").exists()
