import json
import random
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import EXAMPLES
from tests.program import run


def test_a_verdict_has_root_and_entries(played):
    verdict = json.loads(run("verify", played / "journal.db", "--json").stdout)
    assert len(bytes.fromhex(verdict["state_root"])) == 32
    assert verdict["entries"] > 300
    assert verdict["state_root"] in run("verify", played / "journal.db").stdout


def test_a_damaged_journal_is_exit_7_and_names_the_entry(played, tmp_path):
    whole = (played / "journal.db").read_bytes()
    (tmp_path / "flipped.db").write_bytes(whole.replace(b"Central Bank", b"Central Bunk"))
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


UETR = "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90"


def proved(union: Path, *words: object) -> Path:
    done = run("--home", union, "prove", *words, "--json")
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["file"])


def test_a_payment_is_proved_with_the_charter_alone(union, tmp_path):
    assert run("--home", union, "submit", EXAMPLES / "payment.xml").returncode == 0
    file = proved(union, "payment", UETR.upper())
    assert file == union / "out" / "proofs" / f"payment-{UETR}.json"
    charter = tmp_path / "charter.toml"
    charter.write_bytes((union / "charter.toml").read_bytes())
    proof = tmp_path / "proof.json"
    file.rename(proof)
    shutil.rmtree(union)
    said = run("verify-proof", proof, "--charter", charter)
    assert said.returncode == 0
    assert "125,000.50 IDR from LUALQMA0XXX to TANGQMA0XXX" in said.stdout
    assert "QM, QN" in said.stdout and "Not proved:" in said.stdout
    verdict = json.loads(run("verify-proof", proof, "--charter", charter, "--json").stdout)
    assert verdict["proved"] is True
    assert verdict["payment"]["status"] == "settled"
    assert verdict["payment"]["order"]["amount"] == 12_500_050


def test_an_entry_is_proved_by_its_number(union, tmp_path):
    file = proved(union, "entry", 0, "--out", tmp_path / "founding.json")
    said = run("verify-proof", file, "--charter", union / "charter.toml").stdout
    assert "Entry 0: Genesis; done." in said
    said = run("--home", union, "prove", "entry", 1).stdout
    assert "entry-1.json" in said and "entry 1 of " in said


def test_a_balance_is_proved_with_the_charter_alone(union, tmp_path):
    assert run("--home", union, "submit", EXAMPLES / "payment.xml").returncode == 0
    file = proved(union, "balance", "TANGQMA0XXX/IDR")
    assert file == union / "out" / "proofs" / "balance-settlement-TANGQMA0XXX-IDR.json"
    said = run("verify-proof", file, "--charter", union / "charter.toml")
    assert said.returncode == 0
    held = json.loads(run("--home", union, "positions", "--json").stdout)
    verdict = json.loads(run("verify-proof", file, "--charter", union / "charter.toml", "--json").stdout)
    assert verdict["account"]["id"] == "settlement/TANGQMA0XXX/IDR"
    assert str(verdict["account"]["balance"]) in json.dumps(held)
    assert "Account settlement/TANGQMA0XXX/IDR of TANGQMA0XXX: balance " in said.stdout
    issued = proved(union, "balance", "issue/IDR/IDR", "--out", tmp_path / "issued.json")
    assert "balance -" in run("verify-proof", issued, "--charter", union / "charter.toml").stdout
    nobody = run("--home", union, "prove", "balance", "NOBKQMA0XXX/IDR")
    assert nobody.returncode == 1
    assert "no account settlement/NOBKQMA0XXX/IDR" in nobody.stderr
    for name in ("", "/", "a/b/c/d", "\x7f"):
        assert run("--home", union, "prove", "balance", name).returncode == 1


def test_what_is_not_proved_is_exit_7_in_words(union, tmp_path):
    charter = union / "charter.toml"
    file = proved(union, "entry", 3)
    whole = file.read_bytes()
    for name, data in (
        ("changed", whole.replace(b'"number": 3', b'"number": 2')),
        ("cut", whole[: len(whole) // 2]),
        ("noise", random.Random(7).randbytes(5_000)),
        ("empty", b""),
        ("other", b'{"payment": null}'),
    ):
        (tmp_path / name).write_bytes(data)
        done = run("verify-proof", tmp_path / name, "--charter", charter, "--json")
        assert done.returncode == 7, name
        assert json.loads(done.stdout)["proved"] is False
        assert "not proved: " in done.stderr
    other = tmp_path / "two"
    assert run("--home", other, "init", "--charter", EXAMPLES / "charter.toml").returncode == 0
    assert run("verify-proof", file, "--charter", other / "charter.toml").returncode == 7


def test_what_cannot_be_done_is_exit_1_and_what_cannot_be_meant_is_exit_2(union, tmp_path):
    assert "no payment on the log" in run("--home", union, "prove", "payment", "nothing").stderr
    assert run("--home", union, "prove", "payment", "nothing").returncode == 1
    assert run("--home", union, "prove", "entry", 999).returncode == 1
    assert run("--home", union, "prove", "entry", -1).returncode == 2
    assert run("--home", union, "prove", "entry", 2**70).returncode == 2
    assert run("verify-proof", tmp_path / "none.json", "--charter", union / "charter.toml").returncode == 1
    assert run("verify-proof", tmp_path, "--charter", union / "charter.toml").returncode == 1
    file = proved(union, "entry", 0)
    assert run("verify-proof", file).returncode == 2
    assert run("verify-proof", file, "--charter", EXAMPLES / "charter.toml").returncode == 1  # it has no keys
    assert run("verify-proof", file, "--charter", tmp_path / "none.toml").returncode == 1
    assert run("verify-proof", file, "--charter", file).returncode == 1


def test_a_proof_of_a_union_of_several_is_checked_the_same_way():
    golden = Path(__file__).parent.parent / "golden" / "proofs"
    said = run("verify-proof", golden / "trail.json", "--charter", golden / "charter.toml")
    assert said.returncode == 0
    assert "Committed by the validators of " in said.stdout
    assert "changed 2 times" in said.stdout


@pytest.mark.parametrize("data", [b"", b"garbage" * 1_000])
def test_a_home_whose_journal_is_none_is_exit_7(tmp_path, data):
    (tmp_path / "journal.db").write_bytes(data)
    done = run("--home", tmp_path, "positions", "--json")
    assert done.returncode == 7
    assert json.loads(done.stdout)["entry"] == 0
