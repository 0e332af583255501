import json
import random

import pytest

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
        told = json.loads(done.stdout)
        assert told["error"].startswith(f"entry {told['entry']}: "), name
    assert told["entry"] == 0, "of noise nothing can be read"


def test_a_missing_journal_is_exit_1(tmp_path):
    assert run("verify", tmp_path / "none.db").returncode == 1
    folder = run("verify", tmp_path)
    assert folder.returncode == 1
    assert "is a folder" in folder.stderr


@pytest.mark.parametrize("data", [b"", b"garbage" * 1_000])
def test_a_home_whose_journal_is_none_is_exit_7(tmp_path, data):
    (tmp_path / "journal.db").write_bytes(data)
    done = run("--home", tmp_path, "positions", "--json")
    assert done.returncode == 7
    assert json.loads(done.stdout)["entry"] == 0
