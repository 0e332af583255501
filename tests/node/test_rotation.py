import pytest

from mufakat.core.state import Key
from mufakat.model.charter import KeyGrant, Role
from mufakat.node import rotation
from mufakat.node.keys import KeyRing, generate

ROLES = (Role.SUBMIT, Role.VOTE)


@pytest.fixture
def ring(tmp_path) -> KeyRing:
    ring = KeyRing(tmp_path)
    for role in ROLES:
        ring.add("QM", role, generate())
    return ring


def log(*keys: Key):
    known = {key.public: key for key in keys}
    return known.get


def in_force(grants: tuple[KeyGrant, ...], **change: object) -> list[Key]:
    return [Key(**{"public": each.public, "owner": "QM", "roles": each.roles, **change}) for each in grants]


def test_the_old_key_stays_until_the_log_has_the_new_one(ring):
    old = [ring.pair("QM", role) for role in ROLES]
    grants = rotation.prepare(ring, "QM", ROLES)
    assert rotation.settle(ring, log()) == []
    assert [ring.pair("QM", role) for role in ROLES] == old
    swapped = rotation.settle(ring, log(*in_force(grants)))
    assert [each.public for each in swapped] == [each.public for each in grants]
    assert [ring.pair("QM", role)[0] for role in ROLES] == [each.public for each in grants]
    assert not any(each.next for each in ring.held())


def test_preparing_again_grants_the_keys_that_wait(ring):
    assert rotation.prepare(ring, "QM", ROLES) == rotation.prepare(ring, "QM", ROLES)


@pytest.mark.parametrize("change", [{"revoked": True}, {"owner": "QN"}, {"roles": (Role.AUDIT,)}])
def test_a_key_that_the_log_has_otherwise_is_not_taken(ring, change):
    grants = rotation.prepare(ring, "QM", ROLES)
    assert rotation.settle(ring, log(*in_force(grants, **change))) == []


def test_settling_that_is_broken_off_goes_on(ring, monkeypatch):
    grants = rotation.prepare(ring, "QM", ROLES)
    real = ring.promote

    class Crash(BaseException):
        """The machine stops."""

    def once(author, role):
        real(author, role)
        raise Crash

    monkeypatch.setattr(ring, "promote", once)
    with pytest.raises(Crash):
        rotation.settle(ring, log(*in_force(grants)))
    monkeypatch.undo()
    assert len(rotation.settle(ring, log(*in_force(grants)))) == 1
    assert [ring.pair("QM", role)[0] for role in ROLES] == [each.public for each in grants]


def test_a_broken_file_is_no_reason_to_stop(ring, tmp_path):
    rotation.prepare(ring, "QM", ROLES)
    (tmp_path / "QM" / "vote.next.key").write_text("nothing")
    assert rotation.settle(ring, log()) == []
