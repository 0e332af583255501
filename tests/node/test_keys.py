import shutil

import pytest

from mufakat.model.charter import KeyGrant, Role
from mufakat.model.signing import Domain, is_signed, public_key, sign
from mufakat.node import keyfile
from mufakat.node.keys import (
    KeyDamaged,
    KeyExposed,
    KeyMissing,
    KeyRing,
    Passphrase,
    PassphraseMissing,
    PassphraseWrong,
    generate,
)

ROLES = (Role.SUBMIT, Role.APPROVE, Role.VOTE)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch):
    monkeypatch.setattr(keyfile, "MEMORY_KIB", 64)
    monkeypatch.setattr(keyfile, "ITERATIONS", 1)


def said(text: str = "correct horse") -> Passphrase:
    return Passphrase(lambda: text)


def known(text: str = "correct horse") -> Passphrase:
    """A passphrase that could be asked for, though nobody gave it."""
    return Passphrase(lambda: text, given=False)


def encrypted(folder) -> dict[str, bool]:
    return {f"{each.author}/{each.role}": each.encrypted for each in KeyRing(folder).held()}


def test_a_key_comes_back_from_the_ring(tmp_path):
    private = generate()
    assert KeyRing(tmp_path).add("QM", Role.VOTE, private) == public_key(private)
    assert KeyRing(tmp_path).pair("QM", Role.VOTE) == (public_key(private), private)
    assert KeyRing(tmp_path).public("QM", Role.VOTE) == public_key(private)
    assert KeyRing(tmp_path).has("QM", Role.VOTE)
    assert not KeyRing(tmp_path).has("QM", Role.SUBMIT)


def test_new_keys_differ_and_sign(tmp_path):
    first, second = generate(), generate()
    assert first != second
    assert is_signed(public_key(first), Domain.COMMAND, b"x", sign(first, Domain.COMMAND, b"x"))


def test_a_key_is_never_written_over(tmp_path):
    ring = KeyRing(tmp_path)
    ring.add("QM", Role.VOTE, generate())
    with pytest.raises(FileExistsError):
        ring.add("QM", Role.VOTE, generate())


def test_what_is_missing_or_broken_is_named(tmp_path):
    ring = KeyRing(tmp_path)
    with pytest.raises(KeyMissing, match="no submit key of QM"):
        ring.pair("QM", Role.SUBMIT)
    (tmp_path / "QM").mkdir()
    (tmp_path / "QM" / "submit.key").write_text("nothing")
    with pytest.raises(KeyExposed, match="chmod"):
        ring.pair("QM", Role.SUBMIT)
    (tmp_path / "QM" / "submit.key").chmod(0o600)
    with pytest.raises(KeyDamaged, match="no usable key"):
        ring.pair("QM", Role.SUBMIT)


@pytest.mark.parametrize("author", ["../QM", "", "qm", "QM/..", "A" * 12])
def test_an_author_is_never_a_way_out_of_the_folder(tmp_path, author):
    with pytest.raises(KeyMissing, match="neither"):
        KeyRing(tmp_path / "keys").add(author, Role.VOTE, generate())
    assert list(tmp_path.iterdir()) == []


def test_a_file_put_under_another_name_is_found_out(tmp_path):
    ring = KeyRing(tmp_path, said())
    ring.granted("QM", ROLES)
    ring.granted("QN", ROLES)
    shutil.copy(tmp_path / "QN" / "vote.key", tmp_path / "QM" / "vote.key")
    with pytest.raises(KeyDamaged, match="holds the vote key of QN, not the vote key of QM"):
        KeyRing(tmp_path, said()).pair("QM", Role.VOTE)
    shutil.copy(tmp_path / "QN" / "submit.key", tmp_path / "QN" / "approve.key")
    with pytest.raises(KeyDamaged, match="holds the submit key of QN"):
        KeyRing(tmp_path, said()).public("QN", Role.APPROVE)
    faults = [each for each in KeyRing(tmp_path).held() if each.fault]
    assert [(each.author, each.role) for each in faults] == [("QM", Role.VOTE), ("QN", Role.APPROVE)]


def test_keys_that_are_here_are_granted_again(tmp_path):
    first = KeyRing(tmp_path).granted("QM", ROLES[:2])
    again = KeyRing(tmp_path).granted("QM", ROLES)
    assert again[:2] == first
    assert again[2] == KeyGrant(KeyRing(tmp_path).public("QM", Role.VOTE), (Role.VOTE,))


def test_a_ring_with_a_passphrase_costs_one_derivation(tmp_path, monkeypatch):
    KeyRing(tmp_path, said()).granted("QM", ROLES)
    KeyRing(tmp_path, said()).granted("QN", ROLES)
    derived = []
    real = keyfile.Argon2id
    monkeypatch.setattr(keyfile, "Argon2id", lambda **each: derived.append(1) or real(**each))
    ring = KeyRing(tmp_path, said())
    assert len({ring.pair(author, role) for author in ("QM", "QN") for role in ROLES}) == 6
    assert len(derived) == 1


def test_a_passphrase_is_not_asked_for_without_need(tmp_path):
    KeyRing(tmp_path, said()).add("QM", Role.VOTE, generate())
    ring = KeyRing(tmp_path, Passphrase(pytest.fail, given=False))
    assert ring.has("QM", Role.VOTE)
    assert ring.held()[0].encrypted
    with pytest.raises(PassphraseMissing, match="--passphrase-file"):
        KeyRing(tmp_path).pair("QM", Role.VOTE)


def test_a_new_key_in_a_sealed_ring_is_sealed_with_its_passphrase(tmp_path):
    KeyRing(tmp_path, said()).add("QM", Role.VOTE, generate())
    with pytest.raises(PassphraseMissing):
        KeyRing(tmp_path).add("QM", Role.SUBMIT, generate())
    with pytest.raises(PassphraseWrong):
        KeyRing(tmp_path, said("battery staple")).add("QM", Role.SUBMIT, generate())
    KeyRing(tmp_path, known()).add("QM", Role.SUBMIT, generate())
    assert encrypted(tmp_path) == {"QM/submit": True, "QM/vote": True}


def test_plain_files_are_sealed_in_place(tmp_path):
    grants = KeyRing(tmp_path).granted("QM", ROLES)
    KeyRing(tmp_path).granted("QN", (Role.SUBMIT,))
    ring = KeyRing(tmp_path, said())
    assert len(ring.encrypt()) == 4
    assert set(encrypted(tmp_path).values()) == {True}
    assert tuple(KeyGrant(ring.pair("QM", role)[0], (role,)) for role in ROLES) == grants
    assert KeyRing(tmp_path, said()).encrypt() == []


def test_nothing_is_sealed_when_one_file_is_broken(tmp_path):
    KeyRing(tmp_path).granted("QM", ROLES)
    (tmp_path / "QM" / "vote.key").write_text("nothing")
    with pytest.raises(KeyDamaged):
        KeyRing(tmp_path, said()).encrypt()
    assert encrypted(tmp_path) == {"QM/approve": False, "QM/submit": False, "QM/vote": False}


class Crash(BaseException):
    """The machine stops."""


@pytest.mark.parametrize("after", range(6))
def test_sealing_that_is_broken_off_goes_on_where_it_stopped(tmp_path, monkeypatch, after):
    grants = KeyRing(tmp_path).granted("QM", ROLES)
    crash_after(monkeypatch, after)
    with pytest.raises(Crash):
        KeyRing(tmp_path, said()).encrypt()
    monkeypatch.undo()
    assert tuple(KeyRing(tmp_path, said()).granted("QM", ROLES)) == grants
    KeyRing(tmp_path, said()).encrypt()
    assert set(encrypted(tmp_path).values()) == {True}
    assert tuple(KeyGrant(KeyRing(tmp_path, said()).pair("QM", r)[0], (r,)) for r in ROLES) == grants


@pytest.mark.parametrize("after", range(6))
def test_a_change_of_passphrase_that_is_broken_off_goes_on_where_it_stopped(tmp_path, monkeypatch, after):
    grants = KeyRing(tmp_path, said()).granted("QM", ROLES)
    crash_after(monkeypatch, after)
    with pytest.raises(Crash):
        KeyRing(tmp_path, said()).change_passphrase(said("battery staple"))
    monkeypatch.undo()
    KeyRing(tmp_path, said()).change_passphrase(said("battery staple"))
    ring = KeyRing(tmp_path, said("battery staple"))
    assert tuple(KeyGrant(ring.pair("QM", role)[0], (role,)) for role in ROLES) == grants
    assert len({keyfile.read(path).kdf for path in tmp_path.glob("*/*.key")}) == 1
    with pytest.raises(PassphraseWrong, match="change-passphrase"):
        KeyRing(tmp_path, said()).pair("QM", Role.VOTE)


def crash_after(monkeypatch, syncs: int) -> None:
    """Stop the machine at the sync of a file or folder that comes after so many."""
    real, left = keyfile.os.fsync, [syncs]

    def fsync(descriptor: int) -> None:
        if left[0] == 0:
            raise Crash
        left[0] -= 1
        real(descriptor)

    monkeypatch.setattr(keyfile.os, "fsync", fsync)


def test_a_change_of_passphrase_takes_a_new_salt_and_leaves_plain_files_plain(tmp_path):
    KeyRing(tmp_path).add("QN", Role.VOTE, generate())
    KeyRing(tmp_path, said()).add("QM", Role.VOTE, generate())
    before = keyfile.read(tmp_path / "QM" / "vote.key")
    changed = KeyRing(tmp_path, said()).change_passphrase(said("battery staple"))
    assert [each.author for each in changed] == ["QM"]
    assert keyfile.read(tmp_path / "QM" / "vote.key").kdf.salt != before.kdf.salt
    assert encrypted(tmp_path) == {"QM/vote": True, "QN/vote": False}
    with pytest.raises(PassphraseWrong):
        KeyRing(tmp_path, said()).change_passphrase(said("a third"))


def test_a_current_key_and_the_next_one_stand_side_by_side(tmp_path):
    ring = KeyRing(tmp_path, said())
    current = ring.add("QM", Role.VOTE, generate())
    waiting = ring.prepare("QM", Role.VOTE)
    assert waiting != current
    assert ring.prepare("QM", Role.VOTE) == waiting
    assert ring.pair("QM", Role.VOTE)[0] == current
    assert [(each.next, each.public) for each in ring.held()] == [(False, current), (True, waiting)]
    ring.promote("QM", Role.VOTE)
    assert ring.pair("QM", Role.VOTE)[0] == waiting
    assert [(each.next, each.public) for each in ring.held()] == [(False, waiting)]


def test_the_next_key_is_discarded_and_the_current_one_stays(tmp_path):
    ring = KeyRing(tmp_path)
    ring.add("QM", Role.VOTE, generate())
    before, following = ring.pair("QM", Role.VOTE), ring.prepare("QM", Role.VOTE)
    ring.discard("QM", Role.VOTE)
    assert ring.pair("QM", Role.VOTE) == before
    with pytest.raises(KeyMissing, match="waits"):
        ring.discard("QM", Role.VOTE)
    assert ring.prepare("QM", Role.VOTE) != following


def test_files_of_something_else_are_let_be(tmp_path):
    KeyRing(tmp_path).add("QM", Role.VOTE, generate())
    (tmp_path / "QM" / "notes.key").write_text("mine")
    (tmp_path / "readme").write_text("mine")
    assert [each.role for each in KeyRing(tmp_path).held()] == [Role.VOTE]
    assert KeyRing(tmp_path / "none").held() == []
