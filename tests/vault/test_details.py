"""Vaults: a commitment binds its message and says nothing of it; an erased detail is gone; damage is told."""

import hashlib
import io
import sqlite3
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.vault import details
from mufakat.vault.details import Owed, Part, Vault, VaultDamaged, Whole, part_of

MESSAGE = b"<Dbtr><Nm>Sawah Emas</Nm></Dbtr>" * 200
SECRET = bytes(range(32))
messages = st.binary(max_size=300)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vault.db"


@pytest.fixture
def vault(path):
    opened = Vault.open(path, SECRET)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    """A vault that properties ask for commitments and that none writes to."""
    opened = Vault.open(tmp_path_factory.mktemp("bound") / "vault.db", SECRET)
    yield opened
    opened.close()


def keep(vault: Vault, message: bytes = MESSAGE, parts: int = 2) -> bytes:
    """Keep a message of some parts; returns the commitment to it."""
    whole = vault.commitment(message)
    vault.keep([Whole(whole, message, b"label")], [Part(whole, n, b"part %d" % n) for n in range(parts)])
    return whole


def found(vault: Vault, whole: bytes) -> Whole | None:
    """What the vault has under a commitment."""
    label = vault.label(whole)
    if label is None:
        return None
    with vault.message(whole) as message:
        return Whole(whole, message.read(), label)


def rewrite(vault: Vault, query: str, *values: object) -> None:
    """Change the file behind the vault's back."""
    with vault._sql:
        vault._sql.execute(query, values)


def test_what_was_kept_comes_back_under_its_commitment(vault):
    whole = keep(vault)
    assert found(vault, whole) == Whole(whole, MESSAGE, b"label")
    assert vault.part(part_of(whole, 1)) == Part(whole, 1, b"part 1")
    assert list(vault.parts(whole)) == [Part(whole, 0, b"part 0"), Part(whole, 1, b"part 1")]


def test_the_receipt_of_the_first_file_of_the_same_bytes_is_known_for_good(path):
    first = Vault.open(path)
    assert first.receive(bytes(32), "one") == "one"
    first.close()
    again = Vault.open(path)
    assert again.receive(bytes(32), "two") == "one"
    assert again.receive(bytes([1]) * 32, "three") == "three"
    again.close()


def test_what_was_kept_is_there_when_the_vault_is_opened_again(path):
    first = Vault.open(path)
    whole = keep(first)
    first.close()
    again = Vault.open(path)
    assert found(again, whole).message == MESSAGE
    assert again.commitment(MESSAGE) == whole
    again.close()


def test_what_is_kept_survives_a_power_cut_as_the_journal_does(vault):
    assert vault._sql.execute("PRAGMA synchronous").fetchone() == (3,)


def test_only_its_owner_reads_a_vault(vault, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_message_that_is_kept_again_changes_nothing_but_what_is_noted_of_its_parts(vault):
    whole = keep(vault)
    vault.keep([Whole(whole, MESSAGE, b"another label")], [Part(whole, 0, b"another part")])
    assert found(vault, whole).label == b"label"
    assert [each.label for each in vault.parts(whole)] == [b"another part", b"part 1"]


def test_an_answer_is_owed_until_the_last_one_was_given(path):
    first = Vault.open(path, SECRET)
    one, other = first.commitment(b"one"), first.commitment(b"other")
    first.keep([Whole(one, b"one", b"", owed=True), Whole(other, b"other", b"", owed=True)], [])
    first.settle([(one, False)])
    first.close()
    again = Vault.open(path)
    again.keep([Whole(one, b"one", b"", owed=True)], [])
    assert again.owed() == [Owed(one, answered=True), Owed(other, answered=False)]
    again.settle([(one, True), (other, True)])
    assert again.owed() == []
    again.close()


def test_a_group_is_kept_whole_or_not_at_all(vault):
    whole = vault.commitment(MESSAGE)
    with pytest.raises(OverflowError):
        vault.keep([Whole(whole, MESSAGE, b"")], [Part(whole, 0, b""), Part(whole, -1, b"")])
    assert found(vault, whole) is None
    assert list(vault.parts(whole)) == []


# -- a commitment -------------------------------------------------------------------------------------


@given(messages, messages)
def test_two_messages_have_one_commitment_only_when_they_are_equal(bound, one, other):
    assert (bound.commitment(one) == bound.commitment(other)) == (one == other)
    assert len(bound.commitment(one)) == 32


@given(messages.filter(len), st.data())
def test_a_changed_bit_of_a_message_breaks_its_commitment(bound, message, data):
    changed = bytearray(message)
    changed[data.draw(st.integers(0, len(message) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert bound.commitment(bytes(changed)) != bound.commitment(message)


def test_two_vaults_commit_to_one_message_differently(vault, tmp_path):
    other = Vault.open(tmp_path / "other.db")
    assert other.commitment(MESSAGE) != vault.commitment(MESSAGE)
    other.close()


@given(messages)
def test_who_knows_a_message_but_not_the_secret_cannot_tell_its_commitment(bound, message):
    domain = b"mufakat/details/v1\0"
    unsalted = [message, domain + message, domain + bytes(16) + message]
    assert bound.commitment(message) not in [hashlib.sha256(each).digest() for each in unsalted]


@given(st.lists(st.tuples(st.binary(min_size=32, max_size=32), st.integers(0, 2**63 - 1)), unique=True))
def test_each_part_of_each_message_has_a_commitment_of_its_own(parts):
    found = {part_of(whole, number) for whole, number in parts}
    assert len(found) == len(parts)
    assert found.isdisjoint(whole for whole, _ in parts)


# -- erasure ------------------------------------------------------------------------------------------


def test_an_erased_message_is_absent_and_the_rest_stays(vault):
    gone, left = keep(vault), keep(vault, b"another message")
    rewrite(vault, "DELETE FROM detail WHERE commitment = ?", gone)
    rewrite(vault, "DELETE FROM part WHERE whole = ?", gone)
    assert found(vault, gone) is None
    assert vault.part(part_of(gone, 0)) is None
    assert list(vault.parts(gone)) == []
    assert found(vault, left).message == b"another message"
    assert len(list(vault.parts(left))) == 2


def test_an_erased_message_still_fits_its_commitment_when_a_party_shows_it(vault):
    whole = keep(vault)
    rewrite(vault, "DELETE FROM detail")
    assert vault.commitment(MESSAGE) == whole
    assert vault.commitment(MESSAGE + b" ") != whole


def test_nothing_of_an_erased_message_is_left_in_the_file(vault, path):
    keep(vault)
    assert b"Sawah Emas" in path.read_bytes()
    rewrite(vault, "DELETE FROM detail")
    assert b"Sawah Emas" not in path.read_bytes()
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_was_never_here_is_absent(vault):
    assert found(vault, bytes(32)) is None
    assert vault.part(bytes(32)) is None


# -- damage -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["message", "salt"])
@pytest.mark.parametrize("place", [0, 7, 15])
def test_a_changed_byte_of_a_message_or_its_salt_is_told(vault, path, column, place):
    whole = keep(vault)
    (value,) = vault._sql.execute(f"SELECT {column} FROM detail").fetchone()
    rewrite(
        vault,
        f"UPDATE detail SET {column} = ?",
        value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :],
    )
    with pytest.raises(VaultDamaged) as damage:
        found(vault, whole)
    assert str(path) in str(damage.value)
    assert whole.hex()[:16] in str(damage.value)


@pytest.mark.parametrize("change", ["number = number + 5", "whole = zeroblob(32)"])
def test_a_part_that_was_moved_to_another_place_is_told(vault, change):
    whole = keep(vault)
    rewrite(vault, f"UPDATE part SET {change}")
    with pytest.raises(VaultDamaged, match="does not fit that commitment"):
        vault.part(part_of(whole, 0))


@pytest.mark.parametrize(
    "content", [b"a letter " * 99, bytes(range(256)) * 16, MESSAGE[:16]], ids=["text", "bytes", "short"]
)
def test_a_file_that_is_no_vault_is_told_and_left_as_it_is(path, content):
    path.write_bytes(content)
    with pytest.raises(VaultDamaged, match=r"vault\.db cannot be read as a vault: .*Restore it from a copy"):
        Vault.open(path)
    assert path.read_bytes() == content


def test_a_vault_that_lost_its_first_page_is_told(path):
    first = Vault.open(path)
    keep(first)
    first.close()
    data = path.read_bytes()
    path.write_bytes(bytes(100) + data[100:])
    with pytest.raises(VaultDamaged):
        Vault.open(path)


def test_damage_is_told_as_any_fault_of_the_database_is():
    assert issubclass(VaultDamaged, sqlite3.DatabaseError)


def test_a_vault_that_cannot_be_opened_is_not_called_damaged(tmp_path):
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        Vault.open(tmp_path)
    with pytest.raises(FileNotFoundError):
        Vault.open(tmp_path / "missing" / "vault.db")


LARGE = MESSAGE * 200
"""More than one block of what is read at once."""


def keep_large(vault: Vault, message: bytes = LARGE, parts: int = 3) -> bytes:
    source = io.BytesIO(message)
    whole = vault.commitment_of(source)
    noted = (Part(whole, number, b"part %d" % number) for number in range(parts))
    vault.keep_large(whole, source, noted, lambda: b"label")
    return whole


@given(messages)
def test_a_message_read_in_parts_has_the_commitment_that_it_has_at_once(bound, message):
    assert bound.commitment_of(io.BytesIO(message)) == bound.commitment(message)


def test_a_large_message_is_kept_as_a_small_one_and_its_answer_is_owed(vault, path):
    whole = keep_large(vault)
    assert whole == vault.commitment(LARGE)
    assert found(vault, whole) == Whole(whole, LARGE, b"label")
    assert [each.label for each in vault.parts(whole)] == [b"part 0", b"part 1", b"part 2"]
    assert vault.owed() == [Owed(whole, answered=False)]
    vault.settle([(whole, True)])
    assert keep_large(vault) == whole
    assert found(vault, whole) == Whole(whole, LARGE, b"label")
    vault.close()
    again = Vault.open(path)
    assert found(again, whole).message == LARGE
    again.close()


def test_nothing_is_kept_of_a_large_message_when_something_fails(vault):
    def broken():
        yield Part(bytes(32), 0, b"part")
        raise OSError("stop")

    def unnamed() -> bytes:
        raise OSError("stop")

    whole = vault.commitment(LARGE)
    for parts, label in ((broken(), bytes), (iter([Part(whole, 0, b"part")]), unnamed)):
        with pytest.raises(OSError, match="stop"):
            vault.keep_large(whole, io.BytesIO(LARGE), parts, label)
    with pytest.raises(ValueError, match="changed while it was read"):
        vault.keep_large(whole, io.BytesIO(LARGE[:-1] + b"?"), [], lambda: b"label")
    assert (found(vault, whole), vault.owed(), list(vault.parts(whole))) == (None, [], [])
    assert list(vault.parts(bytes(32))) == []


def test_a_large_message_that_does_not_fit_its_commitment_is_not_given(vault):
    whole = keep_large(vault)
    rewrite(vault, "UPDATE detail SET message = ? WHERE commitment = ?", LARGE[:-1] + b"?", whole)
    with pytest.raises(VaultDamaged, match="does not fit that commitment"):
        found(vault, whole)


def test_a_message_that_is_not_here_cannot_be_read(vault):
    with pytest.raises(KeyError), vault.message(bytes(32)):
        pass


EVIDENCES = [b'{"verdict":"clear"}' * 20, b'{"verdict":"hit"}']


def test_what_a_screening_left_behind_is_kept_under_its_commitment_and_found_by_item(vault, path):
    vault.keep_evidence(b"c" * 32, EVIDENCES, ["one", "two"])
    vault.keep_evidence(b"d" * 32, EVIDENCES[1:], ["two"])
    vault.close()
    again = Vault.open(path)

    assert again.evidence(b"c" * 32) == EVIDENCES
    assert (again.examined("one"), again.examined("two")) == ([b"c" * 32], [b"c" * 32, b"d" * 32])
    assert (again.evidence(b"e" * 32), again.examined("three")) == ([], [])
    again.close()


def test_with_its_salt_anybody_can_make_a_commitment_again(vault):
    whole = keep(vault)

    assert details.bound(vault.salt(whole), MESSAGE) == whole
    assert details.bound(bytes(16), MESSAGE) != whole
    with pytest.raises(KeyError):
        vault.salt(b"x" * 32)
