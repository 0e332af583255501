import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from mufakat.cli.terminal import clock_us
from mufakat.model import command as c
from mufakat.model.charter import Role
from mufakat.model.proposal import RotateKeys
from mufakat.node import rotation
from mufakat.node.embedded import Node
from mufakat.node.keys import KeyRing
from mufakat.node.session import Session
from tests.cli.conftest import EXAMPLES
from tests.program import run


@pytest.fixture
def secret(tmp_path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text("correct horse battery\n")
    return file


def listed(home) -> dict[str, dict]:
    done = run("--home", home, "keys", "list", "--json")
    return {f"{each['author']}/{each['role']}": each for each in json.loads(done.stdout)["keys"]}


def test_new_keys_are_encrypted_and_their_public_halves_are_lines_for_the_charter(tmp_path, secret):
    done = run("--home", tmp_path, "--passphrase-file", secret, "keys", "make", "QM")
    assert done.returncode == 0, done.stderr
    keys = msgspec.toml.decode(done.stdout)["keys"]
    assert [each["roles"] for each in keys] == [
        [role] for role in ("submit", "approve", "vote", "audit", "validate")
    ]
    rows = listed(tmp_path)
    assert {row["public"] for row in rows.values()} == {each["public"] for each in keys}
    assert all(row["encrypted"] and row["standing"] is None for row in rows.values())
    again = run("--home", tmp_path, "keys", "make", "QM")
    assert again.stdout == done.stdout


def test_without_a_passphrase_no_key_is_made_unless_one_says_plain(tmp_path):
    refused = run("--home", tmp_path, "keys", "make", "QM")
    assert refused.returncode == 1
    assert "--passphrase-file" in refused.stderr
    done = run("--home", tmp_path, "keys", "make", "LUALQMA0", "--role", "submit", "--plain", "--json")
    assert json.loads(done.stdout)["author"] == "LUALQMA0XXX"
    assert run("--home", tmp_path, "keys", "list").stdout.count("NOT encrypted") == 2


@pytest.mark.parametrize(
    "words", [("qm",), ("../QM",), ("LUALQMA0XXX", "--role", "vote"), ("QM", "--role", "king"), ()]
)
def test_keys_are_made_for_members_and_banks_in_roles_that_they_can_have(tmp_path, words):
    assert run("--home", tmp_path / "home", "keys", "make", *words, "--plain").returncode == 2
    assert not (tmp_path / "home").exists()


def test_the_list_says_what_the_log_has_of_each_key(union, tmp_path):
    home = tmp_path / "union"
    run("--home", home, "keys", "make", "QM", "--role", "validate", "--plain")
    other = KeyRing(tmp_path / "other")
    other.add("QN", Role.AUDIT, KeyRing(home / "keys").pair("QM", Role.VOTE)[1])
    shutil.copy(tmp_path / "other" / "QN" / "audit.key", home / "keys" / "QN" / "audit.key")
    rows = listed(home)
    assert rows["QM/vote"]["standing"] == "in force"
    assert rows["LUALQMA0XXX/submit"]["standing"] == "in force"
    assert rows["QM/validate"]["standing"] == "not on the log"
    assert rows["QN/audit"]["standing"] == "vote of QM"


def test_a_broken_file_is_listed_with_what_to_do_and_exit_1(union):
    path = union / "keys" / "QM" / "vote.key"
    path.write_bytes(path.read_bytes()[:-5])
    (union / "keys" / "QM" / "submit.key").chmod(0o644)
    done = run("--home", union, "keys", "list", "--json")
    assert done.returncode == 1
    faults = [each["fault"] for each in json.loads(done.stdout)["keys"] if each["fault"]]
    assert "chmod 600" in faults[0]
    assert "from your copy" in faults[1]
    assert str(path) in done.stderr
    told = run(
        "--home", union, "tell", "QM", "IssueMoney", "participant=LUALQMA0XXX", "currency=IDR", "amount=1"
    )
    assert told.returncode == 1
    assert "chmod 600" in told.stderr


def test_a_union_whose_keys_are_encrypted_goes_on_with_the_passphrase(union, secret, tmp_path):
    assert run("--home", union, "keys", "encrypt").returncode == 1
    done = run("--home", union, "--passphrase-file", secret, "keys", "encrypt", "--json")
    assert len(json.loads(done.stdout)["changed"]) == 17
    locked = run("--home", union, "cycle", "run")
    assert locked.returncode == 1
    assert "submit.key is encrypted" in locked.stderr
    assert run("--home", union, "positions").returncode == 0
    assert run("--home", union, "--passphrase-file", secret, "cycle", "run").returncode == 0
    wrong = tmp_path / "wrong"
    wrong.write_text("battery staple horse")
    refused = run("--home", union, "--passphrase-file", wrong, "cycle", "run")
    assert refused.returncode == 1
    assert "another passphrase" in refused.stderr


def test_a_passphrase_is_changed(union, secret, tmp_path):
    new = tmp_path / "new"
    new.write_text("battery staple horse")
    words = ("--home", union, "--passphrase-file", secret, "keys", "change-passphrase")
    none = run(*words, "--new-passphrase-file", new)
    assert none.returncode == 1
    assert "keys encrypt" in none.stderr
    run("--home", union, "--passphrase-file", secret, "keys", "encrypt")
    done = run(*words, "--new-passphrase-file", new, "--json")
    assert len(json.loads(done.stdout)["changed"]) == 17
    assert run("--home", union, "--passphrase-file", secret, "cycle", "run").returncode == 1
    assert run("--home", union, "--passphrase-file", new, "cycle", "run").returncode == 0


def test_a_union_is_founded_with_encrypted_keys_where_a_passphrase_is_given(tmp_path, secret):
    home = tmp_path / "u"
    words = ("--home", home, "--passphrase-file", secret)
    assert run(*words, "init", "--charter", EXAMPLES / "charter.toml").returncode == 0
    assert all(row["encrypted"] for row in listed(home).values())
    assert run("--home", home, "day", "open", "2026-11-24").returncode == 1
    assert run(*words, "day", "open", "2026-11-24").returncode == 0


# -- on the log --------------------------------------------------------------------------------------------


@pytest.fixture
def why(tmp_path) -> Path:
    path = tmp_path / "why.txt"
    path.write_text("The year is over.")
    return path


def files(home: Path, author: str) -> list[str]:
    return sorted(path.name for path in (home / "keys" / author).iterdir())


def issue(home: Path) -> subprocess.CompletedProcess[str]:
    words = ("tell", "QM", "IssueMoney", "participant=LUALQMA0XXX", "currency=IDR", "amount=1")
    return run("--home", home, *words)


def test_after_a_rotation_the_new_key_signs_and_the_old_one_is_refused(union, why):
    roles = (Role.SUBMIT, Role.VOTE)
    old = [KeyRing(union / "keys").pair("QM", role) for role in roles]
    words = ("keys", "rotate", "QM", "--role", "submit", "--role", "vote", "--role", "submit")
    done = run("--home", union, *words, "--text", why, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["revoked"] == [public.hex() for public, _ in old]
    rows = listed(union)
    assert all(rows[f"QM/{role}"]["standing"] == "in force" for role in roles)
    assert not {rows[f"QM/{role}"]["public"] for role in roles} & set(told["revoked"])
    assert "submit.next.key" not in files(union, "QM")
    assert issue(union).returncode == 0

    (union / "keys" / "QM" / "submit.key").unlink()
    KeyRing(union / "keys").add("QM", Role.SUBMIT, old[0][1])
    refused = issue(union)
    assert (refused.returncode, "REVOKED_KEY" in refused.stderr) == (1, True)
    assert listed(union)["QM/submit"]["standing"] == "revoked"


def test_a_rotation_that_was_broken_off_before_the_swap_is_finished_by_the_next_command(union, why):
    """The log has the new key, and the machine stopped before its file took the old one's place."""
    ring = KeyRing(union / "keys")
    (granted,) = rotation.prepare(ring, "QM", (Role.SUBMIT,))
    change = RotateKeys("QM", (granted,), (ring.public("QM", Role.SUBMIT),))
    with Node.open(union, clock_us) as node:
        assert Session(node, ring).say("QM", c.Propose(change, bytes(32))).refusal is None
    assert "submit.next.key" in files(union, "QM")
    assert issue(union).returncode == 0
    assert ring.public("QM", Role.SUBMIT) == granted.public
    assert "submit.next.key" not in files(union, "QM")


def test_a_rotation_that_is_refused_changes_nothing_and_says_what_becomes_of_the_new_key(union, why):
    ring, before = KeyRing(union / "keys"), KeyRing(union / "keys").public("TANGQMA0XXX", Role.SUBMIT)
    words = ("--home", union, "keys", "rotate", "TANGQMA0XXX", "--role", "submit", "--text", why)
    refused = run(*words, "--by", "QN", "--json")
    assert refused.returncode == 1
    assert json.loads(refused.stdout)["reason"] == "NOT_OWN_AFFAIR"
    assert "The old keys stay in force" in refused.stderr
    assert "mufakat keys discard TANGQMA0XXX" in refused.stderr
    assert ring.public("TANGQMA0XXX", Role.SUBMIT) == before
    assert (
        listed(union)["TANGQMA0XXX/submit"]["standing"] == "not on the log"
    )  # the one that waits, listed last

    dropped = json.loads(run("--home", union, "keys", "discard", "TANGQMA0XXX", "--json").stdout)
    assert len(dropped["discarded"]) == 1 and dropped["discarded"] != [before.hex()]
    assert "submit.next.key" not in files(union, "TANGQMA0XXX")
    again = run("--home", union, "keys", "discard", "TANGQMA0XXX")
    assert (again.returncode, "no new key of TANGQMA0XXX waits" in again.stderr) == (1, True)
    assert (
        run(*words, "--by", "QM").stdout == "1 keys of TANGQMA0XXX are in force; the old ones are revoked.\n"
    )
    assert ring.public("TANGQMA0XXX", Role.SUBMIT) != before


def test_a_new_key_that_the_log_knows_is_not_discarded(union, why):
    ring = KeyRing(union / "keys")
    public = ring.public("QM", Role.AUDIT)
    assert (
        run("--home", union, "keys", "revoke", "QM", "--public", public.hex(), "--text", why).returncode == 0
    )
    path = union / "keys" / "QM" / "audit.key"
    path.with_name("audit.next.key").write_bytes(path.read_bytes())
    exposed = run("--home", union, "keys", "discard", "QM")
    assert (exposed.returncode, "chmod 600" in exposed.stderr) == (1, True)
    path.with_name("audit.next.key").chmod(0o600)
    refused = run("--home", union, "keys", "discard", "QM")
    assert (refused.returncode, f"the log knows {public.hex()}" in refused.stderr) == (1, True)
    assert path.with_name("audit.next.key").exists()


def test_a_lost_key_is_revoked_by_its_public_half(union, why):
    public = KeyRing(union / "keys").public("QM", Role.APPROVE).hex()
    words = ("--home", union, "keys", "revoke", "QM", "--public", public.upper(), "--text", why)
    done = run(*words, "--json")
    assert json.loads(done.stdout) == {"author": "QM", "revoked": [public]}
    assert listed(union)["QM/approve"]["standing"] == "revoked"
    refused = issue(union)
    assert (refused.returncode, "REVOKED_KEY" in refused.stderr) == (1, True)
    again = run(*words)
    assert (again.returncode, "REVOKED_KEY" in again.stderr) == (1, True)


def test_the_last_vote_key_is_not_revoked(union, why):
    public = KeyRing(union / "keys").public("QM", Role.VOTE).hex()
    done = run("--home", union, "keys", "revoke", "QM", "--public", public, "--text", why)
    assert (done.returncode, "RULE_INVALID" in done.stderr) == (1, True)
    assert listed(union)["QM/vote"]["standing"] == "in force"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("rotate", "QM", "--role", "validate"), 2, "node rotate-validator"),
        (
            ("rotate", "LUALQMA0XXX", "--role", "vote", "--by", "QM"),
            2,
            "have the roles submit, approve, audit",
        ),
        (("rotate", "LUALQMA0XXX", "--role", "submit"), 2, "its member speaks for its keys: --by"),
        (("rotate", "qm", "--role", "submit"), 2, "neither a member's code"),
        (("rotate", "QM"), 2, ""),
        (("revoke", "QM", "--public", "00"), 2, "64 hex digits"),
        (("revoke", "QM", "--public", "z" * 64), 2, "64 hex digits"),
        (("revoke", "LUALQMA0XXX", "--public", "00" * 32), 2, "--by"),
        (("revoke", "QM", "--public", "00" * 32), 1, "UNKNOWN_KEY"),
        (("rotate", "QM", "--role", "submit", "--text", "none.txt"), 1, "none.txt"),
    ],
)
def test_keys_are_changed_by_whom_they_belong_to_and_in_roles_that_they_can_have(founded, words, code, told):
    text = () if "--text" in words else ("--text", __file__)
    done = run("--home", founded, "keys", *words, *text)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert not list(founded.glob("keys/*/*.next.key"))


@pytest.fixture(scope="module")
def founded(tmp_path_factory) -> Path:
    """A union, day open, in which nothing is changed."""
    home = tmp_path_factory.mktemp("founded") / "u"
    assert run("--home", home, "init", "--charter", EXAMPLES / "charter.toml").returncode == 0
    assert run("--home", home, "day", "open", "2026-11-24").returncode == 0
    return home
