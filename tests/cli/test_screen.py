"""The command screen: results in the order of rows, each with its entry and why; faults told in a sentence."""

import json

import pytest

from tests import program
from tests.screening import lists

NAMES = """name,type,birth_date,country,identifier
Mohamed Taher,person,1970,,
Ingeborg Schneider,,,,
,,,,
Ship of Nobody,vessel,,,IMO 9361407
"""


@pytest.fixture
def folder(tmp_path):
    individual = lists.individual(
        more="<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>1970</YEAR></INDIVIDUAL_DATE_OF_BIRTH>"
    )
    (tmp_path / "un.xml").write_bytes(lists.un(individual, lists.entity("Vessel. IMO 9361407")))
    (tmp_path / "own.csv").write_text("id,name\nX1,Budi Santoso\n")
    (tmp_path / "names.csv").write_text(NAMES)
    return tmp_path


def screen(folder, *more, names="names.csv", listed="un.xml"):
    return program.run("screen", names, "--list", listed, *more, cwd=folder)


def test_results_come_in_the_order_of_rows_each_with_its_entry_and_why(folder):
    done = screen(folder, "--list", "own.csv", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["name"] for each in found["results"]] == [
        "Mohamed Taher",
        "Ingeborg Schneider",
        "",
        "Ship of Nobody",
    ]
    assert [each["hit"] for each in found["results"]] == [True, False, False, True]
    assert (found["names"], found["hits"], found["threshold"]) == (4, 2, 0.8)
    assert [(each["list"], each["entries"]) for each in found["lists"]] == [("UN", 2), ("own", 1)]
    first, _, nobody, ship = found["results"]
    assert first["entry"]["id"] == "110447" and first["entry"]["list"] == "UN" and first["line"] == 2
    assert "'Mohamed Taher' and 'MUHAMMAD TAHER'" in first["why"] and "birth year agrees" in first["why"]
    assert first["matches"][0]["corroboration"][1]["what"] == "birth year"
    assert {pair["listed"] for pair in first["matches"][0]["pairs"]} <= {
        "muhammad",
        "taher",
        "muhammad taher",
    }
    assert (nobody["score"], nobody["entry"], nobody["matches"]) == (0, None, [])
    assert ship["why"].startswith("the identifier alone")


def test_hits_are_shown_in_a_table(folder):
    done = screen(folder)
    assert done.returncode == 0
    said = " ".join(done.stdout.split())
    assert "4 names against UN (2 entries" in said and "2 with a hit from 0.8 on" in said


def test_a_threshold_decides_what_is_a_hit(folder):
    found = json.loads(screen(folder, "--threshold", "1", "--json").stdout)
    assert [each["hit"] for each in found["results"]] == [False, False, False, True]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({"names": "missing.csv"}, 1, "missing.csv: No such file"),
        ({"listed": "names.csv"}, 1, "names.csv:1: there is no column 'id'"),
        ({"names": "own.csv", "listed": "cut.xml"}, 1, "cut.xml: The file is not well-formed"),
        ({"names": "bad.csv"}, 1, "bad.csv:3: birth_date 'soon'"),
    ],
)
def test_files_that_are_not_in_order_are_refused_before_anything_is_said(folder, arguments, code, said):
    (folder / "cut.xml").write_bytes((folder / "un.xml").read_bytes()[:-40])
    (folder / "bad.csv").write_text("name,birth_date\nA,1970\nB,soon\n")
    done = screen(folder, "--json", **arguments)
    assert done.returncode == code
    assert said in " ".join(json.loads(done.stdout)["error"].split())


def test_wrong_usage_is_told_apart(folder):
    assert program.run("screen", "names.csv", cwd=folder).returncode == 2
    assert screen(folder, "--threshold", "2").returncode == 2
    twice = screen(folder, "--list", "un.xml")
    assert twice.returncode == 1 and "given twice" in twice.stderr
