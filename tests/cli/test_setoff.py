import csv
import json
import random
import re

import pytest

from tests.cli.conftest import EXAMPLES
from tests.program import run

EXAMPLE = EXAMPLES / "debts.csv"


def given(tmp_path, text, name="debts.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def told(*words):
    done = run("setoff", *words, "--json")
    return done.returncode, json.loads(done.stdout)


def cleared(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["id"]: row["cleared"] for row in csv.DictReader(stream)}


def test_the_example_is_set_off_proved_and_drawn(tmp_path):
    out, page = tmp_path / "cleared.csv", tmp_path / "page.html"
    code, said = told(EXAMPLE, "--out", out, "--picture", page)
    assert code == 0
    assert (said["obligations"], said["total"], said["cleared"]) == (8, 440_000, 320_000)
    assert [each["currency"] for each in said["currencies"]] == ["IDR", "VND"]
    assert cleared(out) == {
        "INV-1": "60000",
        "INV-2": "90000",
        "INV-3": "40000",
        "INV-4": "50000",
        "INV-5": "30000",
        "INV-6": "25000",
        "INV-7": "25000",
        "INV-8": "0",
    }
    assert set(said["certificate"]["potentials"]) == {"IDR", "VND"}
    assert page.read_text(encoding="utf-8").count("<svg") == 4
    done = run("setoff", out, "--check", said["certificate"]["file"])
    assert done.returncode == 0
    assert "5 debts: 270,000 of 360,000 IDR cleared." in done.stdout


def test_without_json_a_person_reads_a_table(tmp_path):
    done = run("setoff", EXAMPLE, "--out", tmp_path / "cleared.csv")
    assert done.returncode == 0
    assert "75.0 %" in done.stdout and "cleared.certificate.json" in done.stdout


def test_permuted_rows_give_the_same_amount_cleared_of_each(tmp_path):
    rng = random.Random(5)
    firms = [(rng.randrange(30), rng.randrange(23)) for _ in range(600)]
    rows = [
        f"{n},{a} Ltd,{b} Ltd,{rng.randrange(1, 99)},2026-11-{rng.randrange(10, 30)}"
        for n, (a, b) in enumerate(firms)
    ]
    rows = [row for row in rows if row.split(",")[1] != row.split(",")[2]]
    found = []
    for number in range(3):
        path = given(tmp_path, "id,debtor,creditor,amount,due\n" + "\n".join(rows) + "\n", f"{number}.csv")
        assert told(path, "--out", tmp_path / f"out{number}.csv")[0] == 0
        found.append(cleared(tmp_path / f"out{number}.csv"))
        rng.shuffle(rows)
    assert found[0] == found[1] == found[2]
    assert any(amount != "0" for amount in found[0].values())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("INV-2", "90000", "89999"), "not proved, IDR: .*its net position is moved"),
        (("INV-8", "0", "15001"), "not proved, VND: debt 3, .*15001 cleared of 15000"),
    ],
)
def test_a_file_that_was_changed_is_not_proved(tmp_path, change, said):
    out = tmp_path / "cleared.csv"
    told(EXAMPLE, "--out", out)
    name, before, after = change
    lines = out.read_text(encoding="utf-8").splitlines()
    lines = [line[: -len(before)] + after if line.startswith(name) else line for line in lines]
    out.write_text("\n".join(lines), encoding="utf-8")
    code, answer = told(out, "--check", tmp_path / "cleared.certificate.json")
    assert code == 7
    assert answer["proved"] is False
    assert re.search(said, answer["error"])


def test_less_than_the_optimum_is_not_proved(tmp_path):
    out = tmp_path / "cleared.csv"
    told(EXAMPLE, "--out", out)
    rows = out.read_text(encoding="utf-8").replace(",25000\n", ",0\n")
    out.write_text(rows, encoding="utf-8")
    code, answer = told(out, "--check", tmp_path / "cleared.certificate.json")
    assert code == 7
    assert "not proved the most" in answer["error"]


HEAD = "debtor,creditor,amount\n"
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the file is empty"),
        (HEAD, "line 2: the file has a header and no rows"),
        ("debtor,amount\na,1\n", "line 1: column creditor is missing"),
        ("debtor,creditor,amount,amount\n", "line 1: column amount stands twice"),
        (HEAD + "a,b,1\na,a,2\n", "line 3: creditor: 'a' owes itself"),
        (HEAD + "a,b,0\n", "line 2: amount: 0 is zero"),
        (HEAD + "a,b,-5\n", "line 2: amount: '-5' is not a positive whole number"),
        (HEAD + "a,b,12.50\n", "12.50 is 1250 in cents, or say --decimals 2"),
        (HEAD + "a,b,1e3\n", "line 2: amount: '1e3'"),
        (HEAD + "a,b,٣\n", "line 2: amount: '٣'"),
        (HEAD + f"a,b,{2**63}\n", "above 2^63 - 1"),
        (HEAD + "a,b," + "9" * 5_000 + "\n", "above 2^63 - 1"),
        (HEAD + f"a,b,{LARGEST}\nb,a,1\n", f"line 3: amount: the sum of all debts passes {LARGEST}"),
        (HEAD + ",b,1\na,,1\n", "line 2: debtor: is empty"),
        (HEAD + "a,b,1,\n", "line 2: the row has 4 cells, the header 3"),
        (HEAD + 'a,"b\nc",1\nd,d,1\n', "line 4: creditor: 'd' owes itself"),
        (HEAD + 'a,"b,1\n', "this is not CSV"),
        (HEAD.encode() + b"a,b\xff,1\n", "not UTF-8"),
        ("id," + HEAD + "1,a,b,1\n2,a,b,1\n1,b,a,1\n", "line 4: id: '1' is that of line 2 too"),
        ("id," + HEAD + ",a,b,1\n", "line 2: id: is empty"),
        ("currency," + HEAD + "idr,a,b,1\n", "line 2: currency: 'idr' is not three capital letters"),
        ("due," + HEAD + "24/11/2026,a,b,1\n", "line 2: due: '24/11/2026' is not a day such as"),
    ],
)
def test_bad_input_is_refused_by_line_and_nothing_is_written(tmp_path, text, said):
    path, out = given(tmp_path, text), tmp_path / "out.csv"
    code, answer = told(path, "--out", out)
    assert code == 1
    assert answer["error"].startswith(f"{path}: ")
    assert said in answer["error"]
    assert not out.exists()


def test_all_bad_rows_are_told_at_once_up_to_twenty(tmp_path):
    _, answer = told(given(tmp_path, HEAD + "a,b,0\n" * 50))
    assert answer["error"].count("is zero") == 20


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        (HEAD + f"a,b,{2**62 - 1}\nb,a,{2**62}\n", (2**63 - 1, 2**63 - 2)),
        ("\ufeff" + HEAD + "a,b,1\nb,a,1\n", (2, 2)),
        (HEAD + "a,b,5\nb,c,5\n", (10, 0)),
        (HEAD + "".join(f"hub,{n},3\n" for n in range(50)), (150, 0)),
        (HEAD + "a,b,1\n" * 3_000 + "b,a,1000\n", (4_000, 2_000)),
        (HEAD + "".join(f"{n},{(n + 1) % 9_000},{7 + n % 5}\n" for n in range(9_000)), (81_000, 63_000)),
        ("due," + HEAD + '2026-11-01,"Ä, ""b""",株式会社,4\n,株式会社,"Ä, ""b""",4\n\n', (8, 8)),
        ("note," + HEAD + "x,a,b,1\r\n,b,a,1\r\n", (2, 2)),
    ],
    ids=["largest", "BOM", "chain", "star", "parallel", "one cycle", "names", "other column"],
)
def test_odd_input_is_set_off_right(tmp_path, text, figures):
    out = tmp_path / "out.csv"
    code, answer = told(given(tmp_path, text), "--out", out)
    assert code == 0
    assert (answer["total"], answer["cleared"]) == figures
    assert told(out, "--check", answer["certificate"]["file"])[1]["proved"] is True


def test_decimals_are_read_and_written_as_told(tmp_path):
    path = given(tmp_path, "id," + HEAD + "1,a,b,12.5\n2,b,a,3.05\n3,b,a,4\n")
    out = tmp_path / "out.csv"
    code, answer = told(path, "--out", out, "--decimals", "2")
    assert (code, answer["total"], answer["cleared"]) == (0, 1955, 1410)
    assert cleared(out) == {"1": "7.05", "2": "3.05", "3": "4.00"}
    assert told(out, "--check", tmp_path / "out.certificate.json")[0] == 0
    code, answer = told(given(tmp_path, HEAD + "a,b,1.005\n"), "--decimals", "2")
    assert "has not 1 to 2 digits after the point" in answer["error"]


def test_the_file_to_read_is_not_written_over(tmp_path):
    path = given(tmp_path, HEAD + "a,b,1\n")
    assert told(path, "--out", path)[0] == 2
    assert path.read_text() == HEAD + "a,b,1\n"
    assert told(path, "--out", tmp_path / "x.csv", "--check", path)[0] == 2


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"format": "mufakat set-off certificate 1", "decimals": 0, "potentials": {"": {"a": 1.5}}}'],
)
def test_what_is_no_certificate_is_said(tmp_path, text):
    code, answer = told(EXAMPLE, "--check", given(tmp_path, text, "c.json"))
    assert code == 1
    assert "c.json: is not" in answer["error"]


def test_a_missing_file_is_said(tmp_path):
    code, answer = told(tmp_path / "none.csv")
    assert code == 1
    assert "none.csv" in answer["error"]


def test_a_column_that_is_there_already_is_not_written_twice(tmp_path):
    path = given(tmp_path, "cleared," + HEAD + "0,a,b,1\n")
    code, answer = told(path, "--out", tmp_path / "out.csv")
    assert code == 1
    assert "column cleared is there already" in answer["error"]
