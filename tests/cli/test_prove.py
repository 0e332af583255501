import json
import random

from tests.cli.conftest import run


def test_a_verdict_has_root_and_entries(played):
    verdict = json.loads(run("verify", played / "journal.db", "--json").stdout)
    assert len(bytes.fromhex(verdict["state_root"])) == 32
    assert verdict["entries"] > 300
    assert verdict["state_root"] in run("verify", played / "journal.db").stdout


def test_a_damaged_journal_is_exit_7_and_names_the_entry(played, tmp_path):
    whole = (played / "journal.db").read_bytes()
    place = whole.index(b"LUAL") if b"LUAL" in whole else len(whole) // 2
    (tmp_path / "flipped.db").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    (tmp_path / "cut.db").write_bytes(whole[: len(whole) // 3])
    (tmp_path / "noise.db").write_bytes(random.Random(7).randbytes(10_000))
    for name in ("flipped.db", "cut.db", "noise.db"):
        done = run("verify", tmp_path / name, "--json")
        assert done.returncode == 7, name
        assert json.loads(done.stdout)["error"]
    assert "entry " in run("verify", tmp_path / "flipped.db").stderr


def test_a_missing_journal_is_exit_1(tmp_path):
    assert run("verify", tmp_path / "none.db").returncode == 1
    assert run("verify", tmp_path).returncode == 1
