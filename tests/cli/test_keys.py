import json
import shutil
from pathlib import Path

import msgspec
import pytest

from mufakat.model.charter import Role
from mufakat.node.keys import KeyRing
from tests.cli.conftest import EXAMPLES, run


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
