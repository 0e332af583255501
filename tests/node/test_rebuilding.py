"""A node is taken from its peers anew only when they agree, and only when it does not run."""

import base64
import tomllib
from contextlib import ExitStack, contextmanager

import msgspec
import pytest

from mufakat.node.embedded import Node
from mufakat.node.engine import SettingsFaulty, dialled, write_peers
from mufakat.node.rebuilding import NodeRuns, PeersDisagree, prepare, trusted
from mufakat.node.rpc import EngineUnreachable, Refused
from tests.engines import false_engine, free_ports, lone_genesis, lone_home
from tests.union import NOON_US

HASH = "AB" * 32


def peer(newest=100, digest=HASH, asked=None, snapshot=64):
    def answer(path):
        if asked is not None:
            asked.append(path)
        if path.startswith("/status"):
            return {"result": {"sync_info": {"latest_block_height": str(newest)}}}
        if path.startswith("/abci_query"):
            value = base64.b64encode(msgspec.msgpack.encode(snapshot)).decode()
            return {"result": {"response": {"value": value}}}
        return {"result": {"signed_header": {"commit": {"block_id": {"hash": digest}}}}}

    return answer


@contextmanager
def peers(*answers):
    with ExitStack() as held:
        yield [("127.0.0.1", held.enter_context(false_engine(answer))) for answer in answers]


def contents(folder):
    return {
        path.relative_to(folder): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def home(tmp_path):
    """A node that is stopped, with a history."""
    made = lone_home(tmp_path)
    Node.create(made.folder, lone_genesis(), lambda: NOON_US).close()
    (made.folder / "snapshots").mkdir()
    (made.folder / "snapshots" / "9.state").write_bytes(b"old")
    (made.state / "9.snapshot").write_bytes(b"old")
    made.vault.write_bytes(b"messages")
    signed = made.engine / "data" / "priv_validator_state.json"
    signed.write_text('{"height": "700", "round": 1, "step": 3}', encoding="ascii")
    (made.engine / "data" / "blockstore.db").mkdir()
    return made


def test_peers_that_agree_are_trusted_on_a_header_that_all_have():
    asked = []
    with peers(peer(100, asked=asked), peer(90), peer(95)) as named:
        assert trusted(named) == (88, HASH)
    assert asked == ["/status", "/commit?height=88"]
    with peers(peer(1), peer(1)) as named:
        assert trusted(named) == (1, HASH)


def test_one_peer_alone_touches_nothing(home):
    before = contents(home.folder)
    with peers(peer()) as (only,):
        for named in ([], [only], [only, only]):
            with pytest.raises(PeersDisagree, match="at least two peers"):
                prepare(home, lone_genesis().charter, named)
    assert contents(home.folder) == before


def test_peers_that_disagree_are_told_apart_and_nothing_is_touched(home):
    before = contents(home.folder)
    with (
        peers(peer(), peer(), peer(digest="CD" * 32)) as named,
        pytest.raises(PeersDisagree, match="block 98 has different hashes") as told,
    ):
        prepare(home, lone_genesis().charter, named)
    for (host, port), digest in zip(named, ("AB", "AB", "CD"), strict=True):
        assert f"{host}:{port} {digest * 8}" in str(told.value)
    assert contents(home.folder) == before


def test_a_peer_that_does_not_answer_or_refuses_touches_nothing(home):
    before = contents(home.folder)
    (port,) = free_ports(1)
    refusing = {"error": {"message": "no", "data": "such block"}}
    with peers(peer(), lambda path: refusing) as named:
        with pytest.raises(EngineUnreachable):
            prepare(home, lone_genesis().charter, [named[0], ("127.0.0.1", port)])
        with pytest.raises(Refused, match="no: such block"):
            prepare(home, lone_genesis().charter, named)
    assert contents(home.folder) == before


def test_a_history_is_put_aside_whole_and_what_signs_and_what_is_private_stays(home):
    journal = home.journal.read_bytes()
    with peers(peer(), peer()) as named:
        aside = prepare(home, lone_genesis().charter, named)
    left = {path.name for path in home.folder.iterdir()}

    assert left >= {"keys", "node.toml", "charter.toml", "vault.db", "engine"}
    assert not left & {"journal.db", "views.db", "state", "snapshots"}
    assert {path.name for path in home.folder.joinpath(aside).iterdir()} >= {
        *("journal.db", "views.db", "state", "snapshots", "data")
    }
    assert (home.folder / aside / "journal.db").read_bytes() == journal
    state = home.engine / "data" / "priv_validator_state.json"
    assert '"700"' in state.read_text(encoding="ascii"), "a validator that forgot could sign twice"
    assert [path.name for path in state.parent.iterdir()] == [state.name]
    assert (home.engine / "config" / "priv_validator_key.json").exists()


def test_the_engine_is_told_whom_to_ask_and_what_to_trust(home):
    with peers(peer(), peer()) as named:
        prepare(home, lone_genesis().charter, named)
    told = tomllib.loads((home.engine / "config" / "config.toml").read_text(encoding="utf-8"))
    sync = told["statesync"]

    assert sync["enable"] is True
    assert sync["rpc_servers"] == ",".join(f"http://{host}:{port}" for host, port in named)
    assert (sync["trust_height"], sync["trust_hash"]) == (98, HASH)


def test_a_remote_signer_and_peers_that_moved_since_the_founding_stay(home):
    path, signer = home.configuration, "unix:///run/signer.sock"
    path.write_text(f'priv_validator_laddr = "{signer}"\n' + path.read_text(encoding="utf-8"))
    moved = [f"{'a' * 40}@elsewhere.example:26656"]
    write_peers(home, moved)
    with peers(peer(), peer()) as named:
        prepare(home, lone_genesis().charter, named)
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    assert told["priv_validator_laddr"] == signer, "else the engine would sign with a key of its own"
    assert dialled(home) == moved
    assert told["statesync"]["enable"] is True


def test_a_configuration_that_cannot_be_read_touches_nothing(home):
    home.configuration.write_text("[p2p", encoding="utf-8")
    before = contents(home.folder)
    with peers(peer(), peer()) as named, pytest.raises(SettingsFaulty, match=r"config\.toml: "):
        prepare(home, lone_genesis().charter, named)
    assert contents(home.folder) == before


def test_where_no_peer_has_a_snapshot_all_blocks_are_taken(home):
    with peers(peer(snapshot=0), peer(snapshot=0)) as named:
        prepare(home, lone_genesis().charter, named)
    told = tomllib.loads((home.engine / "config" / "config.toml").read_text(encoding="utf-8"))
    assert told["statesync"]["enable"] is False


def test_a_node_that_lost_everything_is_prepared_too(tmp_path):
    home = lone_home(tmp_path)
    (home.engine / "data" / "priv_validator_state.json").unlink()
    with peers(peer(), peer()) as named:
        prepare(home, lone_genesis().charter, named)
    assert '"height": "0"' in (home.engine / "data" / "priv_validator_state.json").read_text(encoding="ascii")


def test_a_node_whose_journal_is_broken_is_prepared_too(home):
    home.journal.write_bytes(b"noise" * 1_000)
    with peers(peer(), peer()) as named:
        prepare(home, lone_genesis().charter, named)
    assert not home.journal.exists()


def test_a_node_whose_application_runs_is_left_alone(home):
    node = Node.open(home.folder, lambda: NOON_US)
    before = contents(home.folder)
    with peers(peer(), peer()) as named, pytest.raises(NodeRuns, match="runs; stop it, then rebuild it"):
        prepare(home, lone_genesis().charter, named)
    assert contents(home.folder) == before
    node.close()


def test_a_node_whose_engine_runs_is_left_alone(home):
    before = contents(home.folder)
    with peers(peer(), peer()) as named:
        text = home.settings.read_text(encoding="utf-8")
        port = next(line for line in text.splitlines() if line.startswith("rpc_port"))
        home.settings.write_text(text.replace(port, f"rpc_port = {named[0][1]}"), encoding="utf-8")
        with pytest.raises(NodeRuns):
            prepare(home, lone_genesis().charter, named)
        home.settings.write_text(text, encoding="utf-8")
    after = contents(home.folder)
    assert {path: told[1] for path, told in after.items()} == {path: told[1] for path, told in before.items()}
