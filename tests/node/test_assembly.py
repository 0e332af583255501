"""A whole union on one machine: homes, keys of their own, one charter that all signed."""

import base64
import datetime
import stat

import msgspec
import pytest

from mufakat.core import apply
from mufakat.core.state import State
from mufakat.model.charter import Role, union_id
from mufakat.model.signing import public_key
from mufakat.node import assembly, founding
from mufakat.node.assembly import PORTS_A_NODE, Keychain, UnionFaulty, assemble, planned
from mufakat.node.engine import genesis_in, settings_of
from mufakat.node.enginekeys import node_id, node_key, validator_public
from mufakat.node.home import Home
from mufakat.node.keys import KeyMissing, KeyRing
from tests.node.conftest import EXAMPLES

AT = datetime.datetime(2026, 11, 23, 8, tzinfo=datetime.UTC)
PLAN = founding.read_plan(EXAMPLES / "charter.toml")


def ring_of(home):
    return KeyRing(home.keys)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Genesis and folder of a union; look at it only."""
    folder = tmp_path_factory.mktemp("assembly") / "u"
    return assemble(PLAN, folder, ring_of, 30_000, AT), folder


def test_every_members_home_has_the_genesis_that_all_signed(made):
    genesis, folder = made
    assert isinstance(apply.found(genesis), State)
    for member in ("QM", "QN"):
        assert genesis_in(Home(folder / member)) == genesis
        written = founding.charter_of_plan(founding.read_plan(folder / member / "charter.toml"))
        assert union_id(written) == union_id(genesis.charter)
    assert union_id(founding.charter_of_plan(founding.read_plan(folder / "charter.toml"))) == union_id(
        genesis.charter
    )


def test_each_member_has_the_keys_that_the_charter_names_and_no_others(made):
    genesis, folder = made
    for member in genesis.charter.members:
        home = Home(folder / member.id)
        ring = ring_of(home)
        own = {ring.public(member.id, role) for role in founding.MEMBER_ROLES}
        assert {key.public for key in member.keys} == own | {validator_public(home)}
        assert [key.roles for key in member.keys][-1] == (Role.VALIDATE,)
        sponsored = {founding.bic_of(bank) for bank in PLAN.participants if bank.sponsor == member.id}
        assert {held.author for held in ring.held()} == {member.id} | sponsored


def test_every_private_key_is_in_its_own_file_for_its_owner_alone(made):
    _, folder = made
    secrets = []
    for home in (Home(folder / "QM"), Home(folder / "QN")):
        files = [*home.keys.rglob("*.key"), *(home.engine / "config").glob("*_key.json")]
        assert len(files) > 8
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        for held in ring_of(home).held():
            secrets.append(ring_of(home).pair(held.author, held.role)[1])
    elsewhere = b"".join(
        path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".key" and not path.name.endswith("_key.json")
    )
    for secret in secrets:
        assert secret.hex().encode() not in elsewhere
        assert base64.b64encode(secret) not in elsewhere


def test_nodes_listen_on_loopback_ports_of_their_own_and_know_each_other_by_the_charter(made):
    genesis, folder = made
    for number, member in enumerate(genesis.charter.members):
        home = Home(folder / member.id)
        port = 30_000 + PORTS_A_NODE * number
        settings = settings_of(home)
        assert (settings.member, settings.p2p, settings.rpc_port) == (
            member.id,
            f"127.0.0.1:{port}",
            port + 1,
        )
        assert member.peer == f"{node_id(node_key(home))}@127.0.0.1:{port}"


def test_the_plan_is_kept_with_public_keys_for_whoever_enacts_it(made):
    genesis, folder = made
    plan = planned(folder)
    assert plan is not None and plan.has_keys
    assert founding.charter_of_plan(plan) == genesis.charter
    assert plan.participants and all(bank.keys for bank in plan.participants)
    assert planned(folder / "QM") is None


def test_a_charter_that_founds_nothing_makes_no_home_with_a_node(tmp_path):
    rules = {**PLAN.rules, "day_quorum": 9}
    with pytest.raises(UnionFaulty, match="day_quorum") as faulty:
        assemble(msgspec.structs.replace(PLAN, rules=rules), tmp_path, ring_of, 30_000, AT)
    assert faulty.value.faults
    assert not list(tmp_path.rglob("node.toml")) and not list(tmp_path.rglob("genesis.json"))


def test_a_signature_that_is_missing_founds_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(assembly.ceremony, "genesis_of", lambda *_: ["QM: no signature"])
    with pytest.raises(UnionFaulty, match="no signature"):
        assemble(PLAN, tmp_path, ring_of, 30_000, AT)
    assert not list(tmp_path.rglob("node.toml"))


def test_a_keychain_signs_with_the_keys_of_all_its_rings_and_no_others(made):
    _, folder = made
    chain = Keychain(ring_of(Home(folder / member)) for member in ("QM", "QN"))
    for member in ("QM", "QN"):
        public, private = chain.pair(member, Role.SUBMIT)
        assert public == public_key(private)
        assert chain.has(member, Role.VOTE)
    assert [grant.roles for grant in chain.granted("QN", (Role.VOTE, Role.AUDIT))] == [
        (Role.VOTE,),
        (Role.AUDIT,),
    ]
    assert not chain.has("QO", Role.SUBMIT)
    with pytest.raises(KeyMissing, match="no submit key of QO"):
        chain.pair("QO", Role.SUBMIT)
