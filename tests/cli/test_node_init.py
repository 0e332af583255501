"""A member makes its node and changes the key with which it validates: `node key`, `init`, `rotate-validator`.

`node run`, `status` and `rebuild` are in test_node.py. The change of the validator's key runs on a real node with
the engine (`make engine`), a process that is ended by its number.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mufakat.model.charter import Role, union_id
from mufakat.model.signing import public_key
from mufakat.node import ceremony
from mufakat.node.charterfile import write_charter
from mufakat.node.engine import genesis_in, settings_of
from mufakat.node.enginekeys import (
    address_of,
    node_id,
    node_key,
    prepare_next_validator,
    validator_public,
    write_validator,
)
from mufakat.node.home import Home
from mufakat.node.keys import KeyRing
from mufakat.node.rpc import EngineUnreachable, Refused, Rpc
from tests.engines import lone_home, wait
from tests.program import run
from tests.union import MEMBERS, charter, private

STARTS = "2026-12-01T08:00:00"


@pytest.fixture
def ceremonial(tmp_path) -> Path:
    """A folder with a charter file, the signatures of all members, and QM's validate key."""
    whole = charter()
    (tmp_path / "charter.toml").write_text(write_charter(whole), encoding="utf-8")
    for member in MEMBERS:
        ring = KeyRing(tmp_path / "rings" / member)
        ring.add(member, Role.VOTE, private(member, "vote"))
        signature = ceremony.sign_charter(whole, member, ring)
        (tmp_path / f"{member}.sig").write_bytes(ceremony.encode_signature(signature))
    KeyRing(tmp_path / "h" / "keys").add("QM", Role.VALIDATE, private("QM", "validate"))
    return tmp_path


def init(
    folder: Path,
    *words: object,
    home: str = "h",
    member: str = "QM",
    signed: tuple[str, ...] = tuple(MEMBERS),
):
    signatures = [folder / f"{each}.sig" for each in signed]
    named = ("--member", member, "--starts", STARTS)
    return run("--home", folder / home, "node", "init", folder / "charter.toml", *signatures, *named, *words)


def test_the_line_for_the_charter_names_a_key_that_is_made_once(tmp_path):
    done = run("--home", tmp_path, "node", "key", "--address", "bank.example:26656")
    assert done.stdout == f'peer = "{node_id(node_key(Home(tmp_path)))}@bank.example:26656"\n'
    again = run("--home", tmp_path, "node", "key", "--address", "10.0.0.1:1", "--json")
    assert json.loads(again.stdout)["peer"] == f"{node_id(node_key(Home(tmp_path)))}@10.0.0.1:1"
    for wrong in ("bank.example", ":1", "bank.example:x", "bank.example:70000"):
        assert run("--home", tmp_path, "node", "key", "--address", wrong).returncode == 2


def test_a_members_node_is_made_of_what_all_signed(ceremonial):
    done = init(ceremonial, "--p2p", "127.0.0.1:4001", "--rpc-port", 4002, "--json")
    assert done.returncode == 0, done.stderr
    home = Home(ceremonial / "h")
    assert json.loads(done.stdout) == {
        "home": str(home.folder),
        "union": union_id(charter()).hex(),
        "member": "QM",
    }
    assert genesis_in(home).charter == charter()
    assert home.charter.read_text(encoding="utf-8") == write_charter(charter())
    settings = settings_of(home)
    assert (settings.member, settings.p2p, settings.rpc_port) == ("QM", "127.0.0.1:4001", 4002)
    assert validator_public(home) == public_key(private("QM", "validate"))
    genesis = json.loads((home.engine / "config" / "genesis.json").read_bytes())
    assert genesis["genesis_time"] == "2026-12-01T08:00:00.000000Z"

    again = init(ceremonial)
    assert (again.returncode, "holds a node already" in again.stderr) == (1, True)


def test_a_time_with_its_zone_is_the_same_moment_for_all(ceremonial):
    assert init(ceremonial, "--starts", "2026-12-01T15:00:00+07:00").returncode == 0
    genesis = json.loads((ceremonial / "h" / "engine" / "config" / "genesis.json").read_bytes())
    assert genesis["genesis_time"] == "2026-12-01T08:00:00.000000Z"


def test_making_a_node_that_was_broken_off_goes_on(ceremonial):
    assert init(ceremonial).returncode == 0
    home = Home(ceremonial / "h")
    node = node_key(home)
    home.configuration.unlink()  # what is written last
    assert init(ceremonial).returncode == 0
    assert home.configuration.exists()
    assert node_key(home) == node


def test_what_is_wrong_is_named_and_nothing_is_made(ceremonial):
    missing = init(ceremonial, signed=("QM", "QN"))
    assert (missing.returncode, "QO: its signature is missing" in missing.stderr) == (1, True)
    for code, told, words in (
        (2, "has no member 'QX'", {"member": "QX"}),
        (2, "is no time", {"words": ("--starts", "tomorrow")}),
        (2, "is no HOST:PORT", {"words": ("--p2p", "nowhere")}),
        (2, "", {"words": ("--rpc-port", 70_000)}),
        (1, "no validate key of QM is on this machine", {"home": "other"}),
    ):
        done = init(ceremonial, *words.pop("words", ()), **words)
        assert (done.returncode, told in done.stderr) == (code, True), (told, done.stderr)
    ring = KeyRing(ceremonial / "third" / "keys")
    ring.add("QM", Role.VALIDATE, private("QN", "validate"))
    other = init(ceremonial, home="third")
    assert (other.returncode, "is not in the charter" in other.stderr) == (1, True)
    assert not list(ceremonial.glob("*/node.toml"))


# -- the validator's key, on a real node --------------------------------------------------------------------


@pytest.fixture
def why(tmp_path) -> Path:
    path = tmp_path / "why.txt"
    path.write_text("The year is over.")
    return path


@pytest.fixture
def lone() -> Iterator[Home]:
    """The home of a node that is its union's only validator; in a short folder, because of its socket's name."""
    with tempfile.TemporaryDirectory(prefix="m") as folder:
        yield lone_home(Path(folder))


def day(home: Home, *words: object) -> None:
    done = run("--home", home.folder, "day", *words)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def run_node(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    with (home.folder / "node.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mufakat", "--home", str(home.folder), "node", "run"],
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def signers(home: Home) -> dict[int, list[str]]:
    """Addresses of those who signed each block, as the next one says."""
    rpc = Rpc(settings_of(home).rpc_port)
    try:
        latest = int(rpc.get("status")["sync_info"]["latest_block_height"])
        commits = {
            height: rpc.get("commit", height=height)["signed_header"] for height in range(1, latest + 1)
        }
    except (EngineUnreachable, Refused):
        return {}
    finally:
        rpc.close()
    return {
        height: [each["validator_address"] for each in signed["commit"]["signatures"] if each["signature"]]
        for height, signed in commits.items()
    }


def validators(home: Home) -> list[str]:
    rpc = Rpc(settings_of(home).rpc_port)
    try:
        return [each["address"] for each in rpc.get("validators")["validators"]]
    except (EngineUnreachable, Refused):
        return []
    finally:
        rpc.close()


def test_a_node_validates_with_its_new_key_and_with_no_other(lone, why):
    """It is the whole quorum: had the old key gone a block too early, nothing would ever move again."""
    old = address_of(validator_public(lone))
    with run_node(lone):
        wait(lambda: signers(lone))
        day(lone, "open", "2026-11-24")
        waiting = prepare_next_validator(lone)  # an earlier attempt left it
        done = run("--home", lone.folder, "node", "rotate-validator", "--text", why, "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["validator"] == waiting.hex() == validator_public(lone).hex()
        assert address_of(bytes.fromhex(told["revoked"])) == old
        new = address_of(waiting)
        wait(lambda: validators(lone) == [new])
        day(lone, "cutoff")
        by_height = signers(lone)
        assert (by_height[1], by_height[max(by_height)]) == ([old], [new])
        assert json.loads(run("--home", lone.folder, "node", "status", "--json").stdout)["validators"] == [
            "QM"
        ]
    with run_node(lone):
        wait(lambda: validators(lone) == [new])
        height = max(wait(lambda: signers(lone)))
        day(lone, "close")
        later = {block: by for block, by in signers(lone).items() if block > height}
        assert later and all(by == [new] for by in later.values())


def test_a_change_that_the_log_has_is_finished_when_the_node_runs_again(lone, why):
    """The command and the node ended between the log's word and the swap of the file."""
    with run_node(lone):
        wait(lambda: signers(lone))
        day(lone, "open", "2026-11-24")
        old, new = validator_public(lone), prepare_next_validator(lone)
        path = lone.engine / "config" / "priv_validator_key.next.json"
        path.rename(lone.folder / "aside.json")  # so that the node does not swap it yet
        granted = json.dumps([{"public": new.hex(), "roles": ["validate"]}])
        words = ("propose", "QM", "RotateKeys", "owner=QM", f"granted={granted}", f'revoked=["{old.hex()}"]')
        assert run("--home", lone.folder, *words, "--text", why).returncode == 0
        wait(lambda: validators(lone) == [address_of(new)])
    (lone.folder / "aside.json").rename(path)
    assert validator_public(lone) == old
    with run_node(lone):
        wait(lambda: validator_public(lone) == new)
        wait(lambda: validators(lone) == [address_of(new)])
        day(lone, "cutoff")
    assert not path.exists()


def test_a_change_that_is_refused_leaves_the_key_that_was(lone, why):
    before = validator_public(lone)
    with run_node(lone):
        wait(lambda: signers(lone))
        following = lone.engine / "config" / "priv_validator_key.next.json"
        write_validator(Home(lone.folder / "other"), private("QM", "submit"))
        (lone.folder / "other" / "engine" / "config" / "priv_validator_key.json").rename(following)
        refused = run("--home", lone.folder, "node", "rotate-validator", "--text", why)
        assert (refused.returncode, "ALREADY_REGISTERED" in refused.stderr) == (1, True)
        assert validators(lone) == [address_of(before)]
    assert validator_public(lone) == before
