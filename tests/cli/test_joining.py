import json
import shutil
from pathlib import Path

import pytest

from mufakat.cli.fields import struct_of
from mufakat.model.charter import union_id
from mufakat.model.proposal import AdmitMember, consents
from mufakat.node.engine import genesis_in, settings_of
from mufakat.node.enginekeys import validator_public
from mufakat.node.home import Home
from tests.cli.conftest import EXAMPLES
from tests.program import run

ENTRY = """
[[members]]
id = "QR"
name = "Central Bank of Vanlac"
bic = "CBVAQRA0XXX"
lei = "XQR0006MUM9M909PM677"
currency = "VND"
decimals = 0
max_payment = "2800000000000"
holidays = [2026-12-25]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A union of four, and the home of a fifth with its keys; look at it only."""
    folder = tmp_path_factory.mktemp("joining")
    done = run("--home", folder / "four", "union", "init", "--members", EXAMPLES / "consortium.toml")
    assert done.returncode == 0, done.stderr
    keys = run("--home", folder / "QR", "keys", "make", "QR", "--plain").stdout
    peer = run("--home", folder / "QR", "node", "key", "--address", "127.0.0.1:26690").stdout
    charter = (folder / "four" / "charter.toml").read_text()
    (folder / "entry.toml").write_text(charter + ENTRY + keys + peer)
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "made"))


def union_of(folder: Path) -> bytes:
    return union_id(genesis_in(Home(folder / "four" / "QM")).charter)


def agree(folder: Path, *more: str):
    words = ("charter", "consent", folder / "entry.toml", "--as", "QR", "--out", folder / "QR.consent", *more)
    return run("--home", folder / "QR", *words)


def join(folder: Path, union: str, *more: str):
    genesis = folder / "four" / "QN" / "engine" / "config" / "genesis.json"
    return run("--home", folder / "QR", "node", "join", genesis, "--member", "QR", "--union", union, *more)


def test_a_new_member_agrees_to_its_entry_for_this_union_and_no_other(folder):
    done = agree(folder)
    assert done.returncode == 0, done.stderr
    assert union_of(folder).hex() in done.stdout
    change = struct_of([AdmitMember], "AdmitMember", (folder / "QR.consent").read_text().splitlines())
    assert (change.member.id, change.member.currency, len(change.member.keys)) == ("QR", "VND", 5)
    assert consents(union_of(folder), change)
    assert not consents(bytes(32), change)
    told = json.loads(agree(folder, "--json").stdout)
    assert (told["union"], told["consent"]) == (union_of(folder).hex(), change.consent.hex())


def test_without_its_entry_or_its_own_vote_key_nothing_is_agreed(folder):
    founding = folder / "four" / "charter.toml"
    done = run("--home", folder / "QR", "charter", "consent", founding, "--as", "QR")
    assert (done.returncode, "QR is no member" in done.stderr) == (1, True)
    (folder / "QR" / "keys" / "QR" / "vote.key").unlink()
    run("--home", folder / "QR", "keys", "make", "QR", "--role", "vote", "--plain")
    done = agree(folder)
    assert (done.returncode, "is not in the charter" in done.stderr) == (1, True)
    assert not (folder / "QR.consent").exists()


def test_its_node_begins_as_the_others_did(folder):
    done = join(folder, union_of(folder).hex(), "--p2p", "127.0.0.1:26690", "--rpc-port", "26691", "--json")
    assert json.loads(done.stdout)["member"] == "QR"
    home, other = Home(folder / "QR"), Home(folder / "four" / "QN")
    genesis, theirs = ((each.engine / "config" / "genesis.json").read_bytes() for each in (home, other))
    assert genesis == theirs
    assert settings_of(home).p2p == "127.0.0.1:26690"
    entry = (folder / "entry.toml").read_text().rpartition('id = "QR"')[2]
    assert validator_public(home).hex() in entry
    configuration = (home.engine / "config" / "config.toml").read_text()
    for member in genesis_in(other).charter.members:
        assert member.peer in configuration
    again = join(folder, union_of(folder).hex())
    assert (again.returncode, "holds a node already" in again.stderr) == (1, True)


def test_a_genesis_of_another_union_or_of_none_is_not_used(folder):
    done = join(folder, "0" * 64)
    assert (done.returncode, "do not use it" in done.stderr) == (1, True)
    path = folder / "four" / "QN" / "engine" / "config" / "genesis.json"
    whole = json.loads(path.read_text())
    for text in (
        "",
        "{}",
        json.dumps({**whole, "app_state": "AAAA"}),
        json.dumps({**whole, "genesis_time": "noon"}),
    ):
        path.write_text(text)
        done = join(folder, union_of(folder).hex())
        assert done.returncode == 1
        assert "genesis" in done.stderr
    assert not (folder / "QR" / "node.toml").exists()
