import json
import os

import pytest

from tests.cli.conftest import EXAMPLES
from tests.program import run


def test_a_bad_charter_makes_no_folder_and_names_the_field(tmp_path):
    charter = tmp_path / "charter.toml"
    charter.write_text((EXAMPLES / "charter.toml").read_text().replace("day_quorum = 2", "day_quorum = 1"))
    done = run("--home", tmp_path / "u", "init", "--charter", charter)
    assert done.returncode == 1
    assert "rules.day_quorum" in done.stderr
    assert not (tmp_path / "u").exists()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("XQM000QLTR5HXJW1R939", "XQM000QLTR5HXJW1R930", "participant LUALQMA0XXX: lei"),
        ("[rules]", "[rules]\nmax_batch_items = 1", "LUALQMA0XXX: EnrolFirms"),
    ],
    ids=["told by the file", "told by the rules"],
)
def test_a_union_is_founded_whole_or_not_at_all(tmp_path, old, new, told):
    charter, home = tmp_path / "charter.toml", tmp_path / "u"
    firms = 'firms = ["XQM000Z25M79K5DF5N82"'
    text = (EXAMPLES / "charter.toml").read_text().replace(firms, f'{firms}, "XQM000YRWB8Q4JRT0S31"')
    charter.write_text(text.replace(old, new))
    done = run("--home", home, "init", "--charter", charter, "--json")
    assert done.returncode == 1
    assert told in json.loads(done.stdout)["faults"][0]
    assert "is founded" not in done.stdout.replace("no union is founded", "")
    assert "RegisterParticipant(" not in done.stderr
    assert [path.name for path in home.rglob("*.*") if path.suffix in {".db", ".toml"}] == []
    charter.write_text(text)
    assert run("--home", home, "init", "--charter", charter).returncode == 0


def test_a_union_is_founded_once(union):
    done = run("--home", union, "init", "--charter", EXAMPLES / "charter.toml")
    assert done.returncode == 1
    assert "founded once" in done.stderr


def test_a_file_that_is_refused_gives_exit_1_its_code_and_place(union, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text((EXAMPLES / "obligations.csv").read_text().replace("420000.00", "0.00"))
    done = run("--home", union, "submit", bad, EXAMPLES / "payment.xml", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["refused"] == 1
    assert answer["files"][0]["results"][1]["rejection"]["line"] == 3
    assert answer["files"][1]["results"][0]["status"] == "settled"
    again = run("--home", union, "submit", bad)
    assert f"{bad}:3:" in again.stderr


def test_a_pipe_is_not_waited_for(union, tmp_path):
    os.mkfifo(tmp_path / "pipe.xml")
    done = run("--home", union, "submit", tmp_path / "pipe.xml")
    assert done.returncode == 2
    assert "pipe.xml is a pipe or a device" in done.stderr
    (tmp_path / "payment.xml").write_bytes((EXAMPLES / "payment.xml").read_bytes())
    assert run("--home", union, "submit", tmp_path).returncode == 0


def test_a_folder_is_named_as_it_is_called(tmp_path):
    home = tmp_path / ":100: [red]"
    done = run("--home", home, "init", "--charter", EXAMPLES / "charter.toml")
    assert f"is founded in {home}" in done.stdout.replace("\n", "")


def test_the_faults_of_the_made_up_day_get_their_codes_again(played, union):
    faults = [line.split(",") for line in (played / "in" / "faults.csv").read_text().splitlines()[1:]]
    for path, line, *_, code in faults:
        if line == "0" and code == "FF01":
            done = run("--home", union, "submit", played / "in" / path, "--json")
            assert done.returncode == 1
            assert json.loads(done.stdout)["files"][0]["rejection"]["code"] == code


def test_a_day_goes_through_its_phases_and_leaves_statements(union):
    run("--home", union, "submit", EXAMPLES / "obligations.csv")
    assert json.loads(run("--home", union, "cycle", "run", "--json").stdout)["cycle"] == 1
    assert run("--home", union, "day", "close").returncode == 1
    assert run("--home", union, "day", "cutoff").returncode == 0
    closed = json.loads(run("--home", union, "day", "close", "--json").stdout)
    assert closed["statements"] == 5
    late = run("--home", union, "cycle", "run")
    assert late.returncode == 1
    assert "DAY_NOT_OPEN" in late.stderr
    assert run("verify", union / "journal.db").returncode == 0


def test_a_close_that_was_broken_off_is_taken_up_again(union):
    text = (EXAMPLES / "payment.xml").read_text().replace("125000.50", "1500000.00")
    (union / "large.xml").write_text(text)
    run("--home", union, "submit", union / "large.xml")
    run("--home", union, "day", "cutoff")
    (union / "out" / "camt.053").write_bytes(b"in the way")
    broken = run("--home", union, "day", "close")
    assert broken.returncode == 1
    assert "camt.053" in broken.stderr
    (union / "out" / "camt.053").unlink()
    again = json.loads(run("--home", union, "day", "close", "--json").stdout)
    assert (again["statements"], again["statuses"]) == (5, 1)
    assert len(list(union.glob("out/camt.053/2026-11-24/*.xml"))) == 5
    assert any(b">RJCT<" in path.read_bytes() for path in union.glob("out/pacs.002/*.xml"))
    assert json.loads(run("--home", union, "day", "close", "--json").stdout)["statuses"] == 0
    assert run("--home", union, "day", "cutoff").returncode == 1


def test_answers_that_were_lost_are_written_with_the_next_submit(union):
    (union / "out").write_bytes(b"in the way")
    lost = run("--home", union, "submit", EXAMPLES / "payment.xml")
    assert lost.returncode == 1
    assert "out/pacs.008" in lost.stderr
    (union / "out").unlink()
    done = json.loads(run("--home", union, "submit", EXAMPLES / "obligations.csv", "--json").stdout)
    assert done["answers"] == 1
    (path,) = union.glob("out/pacs.002/*.xml")
    assert b"<GrpSts>ACSC<" in path.read_bytes()
    again = run("--home", union, "submit", EXAMPLES / "payment.xml")
    assert again.returncode == 0
    assert "settled" in again.stdout


def test_before_the_first_day_there_is_none_to_close_or_to_look_at(tmp_path):
    home = tmp_path / "union"
    run("--home", home, "init", "--charter", EXAMPLES / "charter.toml")
    for words in (("day", "cutoff"), ("day", "close", "2026-11-24"), ("statement", "LUALQMA0XXX/IDR")):
        done = run("--home", home, *words)
        assert done.returncode == 1
        assert "no business day has been opened yet" in done.stderr


def test_a_creditors_obligation_waits_for_the_debtors_answer(union):
    run("--home", union, "submit", EXAMPLES / "obligations.csv", "--as", "UDAYQNA0XXX")
    done = run("--home", union, "accept", "--as", "TANGQMA0XXX", "--all", "--json")
    assert [each["refusal"] for each in json.loads(done.stdout)["items"]] == [None]
    name = "XQM0007X97ZCCCP9WN26/INV-2"
    late = run("--home", union, "dispute", "--as", "TANGQMA0XXX", name)
    assert late.returncode == 1
    assert "status" in late.stderr
    assert run("--home", union, "accept", "--as", "TANGQMA0XXX").returncode == 2


def test_any_command_can_be_told_and_is_refused_with_its_reason(union):
    words = ("participant=LUALQMA0XXX", "currency=IDR", "amount=500")
    assert run("--home", union, "tell", "QM", "IssueMoney", *words).returncode == 0
    done = run("--home", union, "tell", "QN", "IssueMoney", *words, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["reason"] == "NOT_OWN_AFFAIR"


@pytest.mark.parametrize(
    "words",
    [
        ("tell", "QM", "PrintMoney"),
        ("tell", "QM", "IssueMoney", "amount"),
        ("tell", "QM", "IssueMoney", "amount=many"),
        ("day", "tomorrow"),
        ("day", "open", "24/11/2026"),
        ("statement", "LUALQMA0XXX/IDR", "--date", "2026-13-45"),
        ("submit",),
        ("payment",),
        ("nothing",),
    ],
)
def test_wrong_usage_is_exit_2(union, words):
    assert run("--home", union, *words).returncode == 2
