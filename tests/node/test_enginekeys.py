"""Keys in the engine's own files: for their owner alone, the next one beside the current one until it counts."""

import stat

import pytest

from mufakat.model.signing import public_key
from mufakat.node import enginekeys as keys
from mufakat.node.home import Home
from mufakat.node.keys import KeyMissing

ONE, TWO = bytes([1]) * 32, bytes([2]) * 32


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def files(home):
    return sorted(path.name for path in (home.engine / "config").iterdir())


def test_the_engines_names_are_the_first_half_of_a_hash():
    """As CometBFT 0.38's own `show-node-id` and addresses: SHA-256 of the public key, cut to 20 bytes."""
    assert keys.node_id(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4"
    assert keys.address_of(b"") == "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4"


def test_a_nodes_key_is_made_once(home):
    first = keys.node_key(home)
    assert keys.node_key(home) == first == public_key(keys.node_private(home))
    keys.write_node(home, ONE)
    assert keys.node_private(home) == ONE


def test_the_next_validators_key_is_made_once_and_waits(home):
    keys.write_validator(home, ONE)
    assert keys.next_validator(home) is None
    waiting = keys.prepare_next_validator(home)
    assert keys.prepare_next_validator(home) == waiting
    assert keys.next_validator(home) == waiting
    assert keys.validator_public(home) == public_key(ONE)


def test_the_next_validators_key_is_put_in_place_when_the_engine_counts_it_and_no_longer_the_old_one(home):
    keys.write_validator(home, ONE)
    old, other = public_key(ONE), public_key(TWO)
    assert not keys.settle_next_validator(home, [other])
    new = keys.prepare_next_validator(home)
    for known in ([], [old, other], [other], [old, new, other]):
        assert not keys.settle_next_validator(home, known), "the old one has blocks to sign yet"
        assert keys.validator_public(home) == old
    assert keys.settle_next_validator(home, [new, other])
    assert keys.validator_public(home) == new
    assert files(home) == ["priv_validator_key.json"]
    assert not keys.settle_next_validator(home, [new, other])


def test_key_files_are_for_their_owner_alone_even_where_another_stood(home):
    keys.write_validator(home, ONE)
    path = home.engine / "config" / "priv_validator_key.json"
    path.chmod(0o644)
    keys.write_validator(home, TWO)
    keys.node_key(home)
    keys.prepare_next_validator(home)
    for name in files(home):
        assert stat.S_IMODE((home.engine / "config" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"priv_key": {"value": "%%"}}', '{"priv_key": 3}'])
def test_a_file_that_holds_no_key_is_named(home, text):
    with pytest.raises(KeyMissing, match="is not there"):
        keys.validator_public(home)
    keys.write_validator(home, ONE)
    path = home.engine / "config" / "priv_validator_key.json"
    path.write_text(text, encoding="ascii")
    with pytest.raises(KeyMissing, match="holds no key"):
        keys.validator_public(home)
