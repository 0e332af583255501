import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import x25519

from mufakat.model.charter import Role
from mufakat.model.signing import Domain, is_signed, public_key, sign
from mufakat.node.keys import KeyMissing, KeyRing, generate


def test_a_key_comes_back_and_only_its_owner_reads_the_file(tmp_path):
    private = generate()
    assert KeyRing(tmp_path).add("QM", Role.VOTE, private) == public_key(private)
    assert KeyRing(tmp_path).pair("QM", Role.VOTE) == (public_key(private), private)
    assert stat.S_IMODE((tmp_path / "QM" / "vote.pem").stat().st_mode) == 0o600


def test_new_keys_differ_and_sign(tmp_path):
    first, second = generate(), generate()
    assert first != second
    assert is_signed(public_key(first), Domain.COMMAND, b"x", sign(first, Domain.COMMAND, b"x"))


def test_a_key_is_never_written_over(tmp_path):
    ring = KeyRing(tmp_path)
    ring.add("QM", Role.VOTE, generate())
    with pytest.raises(FileExistsError):
        ring.add("QM", Role.VOTE, generate())


def test_what_is_missing_broken_or_of_another_kind_is_named(tmp_path):
    ring = KeyRing(tmp_path)
    with pytest.raises(KeyMissing, match="no submit key of QM"):
        ring.pair("QM", Role.SUBMIT)
    (tmp_path / "QM").mkdir()
    (tmp_path / "QM" / "submit.pem").write_text("nothing")
    with pytest.raises(KeyMissing, match="no usable key"):
        ring.pair("QM", Role.SUBMIT)
    other = x25519.X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "QM" / "submit.pem").write_bytes(other)
    with pytest.raises(KeyMissing, match="Ed25519 is wanted"):
        ring.pair("QM", Role.SUBMIT)
