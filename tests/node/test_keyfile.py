import hashlib
import re
import stat

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.charter import Role
from mufakat.model.signing import public_key
from mufakat.node import keyfile
from mufakat.node.keyfile import (
    KeyDamaged,
    KeyExposed,
    KeyMissing,
    KeyUnusable,
    Passphrase,
    PassphraseMissing,
    PassphraseWrong,
)
from tests.union import private

replace = msgspec.structs.replace
VOTE = private("QM", "vote")
CHEAP = keyfile.Kdf("argon2id", 64, 1, 4, "00" * 16)


def said(text: str) -> Passphrase:
    return Passphrase(lambda: text)


def file(*, sealed: bool) -> keyfile.KeyFile:
    if sealed:
        return keyfile.sealed("QM", Role.VOTE, VOTE, CHEAP, said("correct horse"))
    return keyfile.plain("QM", Role.VOTE, VOTE)


def lay(path, data: bytes):
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def opened(path, passphrase: str = "correct horse") -> bytes:
    return keyfile.opened(path, keyfile.read(path), said(passphrase))


@pytest.mark.parametrize("sealed", [True, False])
def test_a_key_comes_back_from_a_file_that_only_its_owner_reads(tmp_path, sealed):
    path = tmp_path / "QM" / "vote.key"
    keyfile.write(path, file(sealed=sealed), over=False)
    assert opened(path) == VOTE
    assert keyfile.read(path).public == public_key(VOTE).hex()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["vote.key"]
    assert (VOTE.hex() in path.read_text()) is not sealed


def test_a_file_is_sealed_as_rfc_9106_recommends(tmp_path):
    kdf = keyfile.new_kdf()
    assert (kdf.memory_kib, kdf.iterations, kdf.lanes, len(kdf.salt)) == (65_536, 3, 4, 32)
    assert keyfile.new_kdf().salt != kdf.salt


@given(st.text(min_size=1))
def test_any_passphrase_opens_what_it_sealed(text):
    closed = keyfile.sealed("QM", Role.VOTE, VOTE, CHEAP, said(text))
    assert keyfile.opened("vote.key", closed, said(text)) == VOTE


def test_two_keyboards_may_spell_one_letter_in_two_ways():
    closed = keyfile.sealed("QM", Role.VOTE, VOTE, CHEAP, said("caf\u00e9"))
    assert keyfile.opened("vote.key", closed, said("cafe\u0301")) == VOTE


@pytest.mark.parametrize("sealed", [True, False])
def test_a_file_cut_short_or_with_one_bit_flipped_gives_no_key(tmp_path, sealed):
    path = tmp_path / "vote.key"
    keyfile.write(path, file(sealed=sealed), over=False)
    whole = path.read_bytes()
    broken = [whole[:length] for length in range(len(whole))]
    broken += [
        whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
        for at in range(len(whole))
        for bit in range(8)
    ]
    for data in broken:
        lay(path, data)
        with pytest.raises(KeyDamaged, match=re.escape(str(path))):
            opened(path)


@pytest.mark.parametrize(
    "change",
    [
        {"author": "QN"},
        {"role": Role.SUBMIT},
        {"public": public_key(private("QN", "vote")).hex()},
        {"nonce": "00" * 12},
        {"private": "00" * 48},
        {"kdf": replace(CHEAP, salt="11" * 16)},
        {"kdf": replace(CHEAP, iterations=2)},
        {"kdf": replace(CHEAP, lanes=2)},
        {"kdf": replace(CHEAP, memory_kib=128)},
    ],
)
def test_whoever_edits_a_sealed_file_and_its_checksum_gets_no_key(tmp_path, change):
    keyfile.write(tmp_path / "vote.key", replace(file(sealed=True), **change), over=False)
    with pytest.raises(PassphraseWrong):
        opened(tmp_path / "vote.key")


@pytest.mark.parametrize(
    ("sealed", "change"),
    [
        (False, {"private": private("QN", "vote").hex()}),
        (False, {"public": public_key(private("QN", "vote")).hex()}),
        (False, {"private": "short"}),
        (False, {"nonce": "00"}),
        (True, {"private": "00" * 32}),
        (True, {"nonce": ""}),
        (True, {"kdf": replace(CHEAP, salt="")}),
        (True, {"kdf": replace(CHEAP, memory_kib=2**40)}),
        (True, {"kdf": replace(CHEAP, memory_kib=1)}),
        (True, {"kdf": replace(CHEAP, iterations=10**6)}),
        (True, {"kdf": replace(CHEAP, lanes=0)}),
    ],
)
def test_a_file_that_no_program_wrote_is_refused_before_its_passphrase_is_asked(tmp_path, sealed, change):
    keyfile.write(tmp_path / "vote.key", replace(file(sealed=sealed), **change), over=False)
    with pytest.raises(KeyDamaged):
        keyfile.opened(tmp_path / "vote.key", keyfile.read(tmp_path / "vote.key"), Passphrase(pytest.fail))


def test_a_key_of_another_kind_or_form_is_no_key_file(tmp_path):
    for number, text in enumerate((b"-----BEGIN PRIVATE KEY-----\n", b"{}", b"\xff\xfe", b"")):
        with pytest.raises(KeyDamaged, match="no usable key"):
            keyfile.read(lay(tmp_path / f"{number}.key", text))


def test_the_right_content_in_another_form_is_not_taken(tmp_path):
    data = msgspec.json.encode(file(sealed=False))
    checked = data.replace(b'"sha256":""', b'"sha256":"%s"' % hashlib.sha256(data).hexdigest().encode())
    with pytest.raises(KeyDamaged, match="edited"):
        keyfile.read(lay(tmp_path / "vote.key", checked))


def test_another_passphrase_and_none_are_told_apart(tmp_path):
    path = tmp_path / "vote.key"
    keyfile.write(path, file(sealed=True), over=False)
    with pytest.raises(PassphraseWrong, match=re.escape(str(path))):
        opened(path, "battery staple")
    with pytest.raises(PassphraseMissing, match=f"{re.escape(str(path))}.*--passphrase-file"):
        keyfile.opened(path, keyfile.read(path), Passphrase(keyfile.nobody))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_can_read_is_not_used(tmp_path, mode):
    path = tmp_path / "vote.key"
    keyfile.write(path, file(sealed=True), over=False)
    path.chmod(mode)
    with pytest.raises(KeyExposed, match="chmod 600"):
        keyfile.read(path)


def test_a_passphrase_is_asked_for_once_and_derived_once_for_each_salt(monkeypatch):
    derived, asked = [], []
    real = keyfile.Argon2id
    monkeypatch.setattr(keyfile, "Argon2id", lambda **said: derived.append(said["salt"]) or real(**said))
    passphrase = Passphrase(lambda: asked.append(1) or "correct horse")
    other = replace(CHEAP, salt="11" * 16)
    files = [keyfile.sealed("QM", Role.VOTE, VOTE, kdf, passphrase) for kdf in (CHEAP, CHEAP, other, other)]
    assert all(keyfile.opened("vote.key", each, passphrase) == VOTE for each in files)
    assert (len(asked), len(derived)) == (1, 2)


def test_a_failed_write_leaves_the_file_that_was_there_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "vote.key"
    keyfile.write(path, file(sealed=False), over=False)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keyfile.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keyfile.write(path, file(sealed=True), over=True)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"vote.key": before}


def test_a_key_is_never_written_over_by_chance(tmp_path):
    keyfile.write(tmp_path / "vote.key", file(sealed=False), over=False)
    with pytest.raises(FileExistsError, match="never written over"):
        keyfile.write(tmp_path / "vote.key", file(sealed=True), over=False)
    assert opened(tmp_path / "vote.key") == VOTE


def test_what_a_crash_left_half_written_is_in_nobodys_way(tmp_path):
    path = tmp_path / "QM" / "vote.key"
    path.parent.mkdir()
    partial = lay(path.with_name(".vote.key.part"), b'{"author"')
    keyfile.write(path, file(sealed=True), over=False)
    assert opened(path) == VOTE
    lay(partial, b'{"author"')
    keyfile.remove_leftovers(tmp_path)
    assert [each.name for each in path.parent.iterdir()] == ["vote.key"]


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(KeyMissing, match="No such file"):
        keyfile.read(tmp_path / "vote.key")
    for kind in (KeyMissing, KeyDamaged, KeyExposed, PassphraseMissing, PassphraseWrong):
        assert issubclass(kind, KeyUnusable)
