import json
from pathlib import Path

import pytest

from mufakat.model.charter import Role, union_id
from mufakat.node import founding
from mufakat.node.keys import KeyRing
from tests.cli.conftest import EXAMPLES
from tests.program import run


@pytest.fixture
def machines(tmp_path) -> dict[str, Path]:
    """A home for each member with its own keys, and the charter with the public halves of both."""
    text = (EXAMPLES / "charter.toml").read_text()
    homes = {}
    for member in ("QM", "QN"):
        homes[member] = tmp_path / member
        lines = run("--home", homes[member], "keys", "make", member, "--plain").stdout
        text = text.replace(f'[[members]]\nid = "{member}"\n', f'[[members]]\nid = "{member}"\n{lines}')
    (tmp_path / "charter.toml").write_text(text)
    return homes


def sign(machines, member: str, charter: Path, to: Path):
    return run("--home", machines[member], "charter", "sign", charter, "--as", member, "--out", to)


@pytest.fixture
def signed(machines, tmp_path) -> list[Path]:
    files = [tmp_path / f"{member}.sig" for member in machines]
    for member, file in zip(machines, files, strict=True):
        assert sign(machines, member, tmp_path / "charter.toml", file).returncode == 0
    return files


def test_members_found_one_union_on_machines_of_their_own(machines, signed, tmp_path):
    charter = tmp_path / "charter.toml"
    union = json.loads(run("charter", "check", charter, "--json").stdout)["union"]
    for member, home in machines.items():
        done = run("--home", home, "charter", "found", charter, *signed, "--json")
        assert json.loads(done.stdout) == {"home": str(home), "union": union, "entries": 1}
        assert run("verify", home / "journal.db").returncode == 0
        assert {each.name for each in (home / "keys").iterdir()} == {member}
        written = founding.charter_of_plan(founding.read_plan(home / "charter.toml"))
        assert union_id(written).hex() == union
    enacted = json.loads(run("--home", machines["QM"], "charter", "enact", charter, "--json").stdout)
    done = [each for each in enacted["commands"] if each["part"] == "done"]
    assert {each["author"] for each in done} == {"QM", "LUALQMA0XXX", "TANGQMA0XXX"}
    assert [each["note"] for each in enacted["commands"] if each["command"] == "SetSwingLine"] == [
        "needs the approve key of QN: mufakat draft make QM SetSwingLine debtor=QN limit=30000000"
    ]
    again = run("--home", machines["QM"], "charter", "enact", charter)
    assert again.returncode == 0
    assert "there already" in again.stdout
    assert "needs UDAYQNA0XXX to be registered" in " ".join(again.stdout.split())
    used = KeyRing(machines["QM"] / "keys").pair("LUALQMA0XXX", Role.SUBMIT)[0].hex()
    other = f'bic = "LUALQMA1XXX"\nkeys = [{{ public = "{used}", roles = ["submit"] }}]'
    text = charter.read_text()
    charter.write_text(text.replace('bic = "LUALQMA0XXX"', other))
    refused = run("--home", machines["QM"], "charter", "enact", charter)
    assert refused.returncode == 1
    assert "LUALQMA1XXX: ALREADY_REGISTERED" in refused.stderr
    charter.write_text(text.replace("XQM000QLTR5HXJW1R939", "XQM000QLTR5HXJW1R930"))
    assert "LUALQMA0XXX: lei" in run("charter", "check", charter).stderr


def test_the_union_is_not_founded_while_a_signature_is_missing_or_wrong(machines, signed, tmp_path):
    charter, home = tmp_path / "charter.toml", machines["QM"]
    missing = run("--home", home, "charter", "found", charter, signed[0], "--json")
    assert missing.returncode == 1
    assert json.loads(missing.stdout)["faults"] == ["QN: its signature is missing"]
    other = tmp_path / "other.toml"
    other.write_text(charter.read_text().replace("Union of two", "Union of 2"))
    assert sign(machines, "QN", other, signed[1]).returncode == 0
    wrong = run("--home", home, "charter", "found", charter, *signed)
    assert wrong.returncode == 1
    assert "QN: it signed another charter" in wrong.stderr
    assert not (home / "journal.db").exists()
    assert not (home / "charter.toml").exists()


def test_a_member_signs_only_what_its_key_is_in(machines, tmp_path):
    charter = tmp_path / "charter.toml"
    elsewhere = run("--home", machines["QM"], "charter", "sign", charter, "--as", "QN")
    assert elsewhere.returncode == 1
    assert "no vote key of QN is on this machine" in elsewhere.stderr
    stranger = run("--home", machines["QM"], "charter", "sign", charter, "--as", "QX")
    assert "QX is no member" in stranger.stderr
    run("--home", tmp_path / "new", "keys", "make", "QM", "--plain")
    other = run("--home", tmp_path / "new", "charter", "sign", charter, "--as", "QM")
    assert other.returncode == 1
    assert "not in the charter" in other.stderr
    assert not Path("QM.sig").exists()


def test_a_charter_without_keys_is_not_ready(tmp_path):
    done = run("charter", "check", EXAMPLES / "charter.toml")
    assert done.returncode == 1
    assert "member QN: no keys yet; `mufakat keys make QN`" in done.stderr
    assert run("charter", "check", tmp_path / "none.toml").returncode == 1


def test_init_makes_all_keys_itself_or_none(machines, tmp_path):
    done = run("--home", tmp_path / "u", "init", "--charter", tmp_path / "charter.toml")
    assert done.returncode == 1
    assert "charter sign" in done.stderr
    assert not (tmp_path / "u").exists()


def test_a_home_has_the_charter_as_it_was_signed(union, tmp_path):
    done = json.loads(run("charter", "check", union / "charter.toml", "--json").stdout)
    export = tmp_path / "export"
    assert run("--home", union, "export", export).returncode == 0
    genesis = json.loads((export / "entries.jsonl").read_text().splitlines()[0])
    assert genesis["command"]["charter"] == done["charter"]
    rows = json.loads(run("--home", union, "charter", "enact", EXAMPLES / "charter.toml", "--json").stdout)
    assert {each["part"] for each in rows["commands"]} == {"there already"}


def test_a_union_is_founded_once_and_enacts_no_other_plan(union, machines, signed, tmp_path):
    charter = tmp_path / "charter.toml"
    done = run("--home", union, "charter", "found", charter, *signed)
    assert done.returncode == 1
    assert "founded once" in done.stderr
    other = run("--home", union, "charter", "enact", charter)
    assert other.returncode == 1
    assert "this file founds union" in other.stderr
