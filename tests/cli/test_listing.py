"""Lists from the command line: brought, shown, and how participants stand; what is wrong is told."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import said
from tests.program import run

OWN = "id,name,type,country\n1,Karet Terlarang Trading,entity,QM\n2,Somebody Else,person,\n"
UN = """<?xml version='1.0' encoding='UTF-8'?><CONSOLIDATED_LIST dateGenerated='2025-04-19T23:00:04Z'>
<INDIVIDUALS><INDIVIDUAL><DATAID>7</DATAID><FIRST_NAME>SOMEBODY</FIRST_NAME><SECOND_NAME>LISTED</SECOND_NAME>
<REFERENCE_NUMBER>QDi.1</REFERENCE_NUMBER></INDIVIDUAL></INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def bring(home: Path, file: Path, *words: str):
    return json.loads(said(home, "list", "bring", file, *words, "--json"))


def test_a_list_is_brought_and_shown(union, tmp_path):
    own = write(tmp_path, "own.csv", OWN)
    told = bring(union, own, "--as", "QM", "--dated", "2026-11-24")
    assert (told["list"], told["entries"], told["came"], told["commands"]) == ("QM/own", 2, 2, 1)
    assert bring(union, own, "--as", "QM", "--dated", "2026-11-24")["commands"] == 0

    assert "QM/own" in said(union, "list", "show")
    (view,) = json.loads(said(union, "list", "show", "--json"))["lists"]
    assert (view["name"], view["dated"], view["version"]) == ("QM/own", "2026-11-24", told["version"])
    one = json.loads(said(union, "list", "show", "QM/own", "--json"))
    assert [each["names"] for each in one["entries"]] == [["Karet Terlarang Trading"], ["Somebody Else"]]
    assert len(one["versions"]) == 1
    assert "Karet Terlarang Trading" in said(union, "list", "show", "QM/own")


def test_the_un_list_is_the_unions_and_has_its_own_date(union, tmp_path):
    told = bring(union, write(tmp_path, "un.xml", UN), "--as", "QN")

    assert (told["list"], told["dated"]) == ("un", "2025-04-19")
    again = said(union, "list", "bring", tmp_path / "un.xml", "--as", "QM")
    assert again.startswith("un of 2025-04-19")


def test_how_participants_stand(union, tmp_path):
    bring(union, write(tmp_path, "own.csv", OWN), "--as", "QM", "--dated", "2026-11-24")
    rows = {
        each["participant"]: each
        for each in json.loads(said(union, "list", "status", "--json"))["participants"]
    }

    assert (rows["LUALQMA0XXX"]["lists"], rows["LUALQMA0XXX"]["screened"]) == (["QM/own"], False)
    assert (rows["UDAYQNA0XXX"]["lists"], rows["UDAYQNA0XXX"]["screened"]) == ([], True)
    assert "to be screened anew" in said(union, "list", "status")
    assert "LUALQMA0XXX: 0 screened anew" in said(union, "rescreen")
    assert "screened against the lists in force" in said(union, "rescreen")
    assert "to be screened anew" not in said(union, "list", "status")


@pytest.mark.parametrize(
    ("text", "words", "code", "told"),
    [
        (OWN, ("--as", "QM"), 2, "--dated"),
        (OWN, ("--as", "QM", "--dated", "yesterday"), 2, "is not a date"),
        (OWN, ("--as", "QX", "--dated", "2026-11-24"), 2, "'QX' is no member"),
        (OWN, ("--as", "QM", "--dated", "2026-11-24", "--name", "--"), 2, "letters, digits"),
        (OWN, ("--as", "QM", "--dated", "2036-11-24"), 1, "LIST_INVALID"),
        ("id,name\n1\n", ("--as", "QM", "--dated", "2026-11-24"), 1, "Mend the line"),
        (UN[:200], ("--as", "QM"), 1, "list.csv"),
    ],
)
def test_what_is_wrong_is_told(union, tmp_path, text, words, code, told):
    done = run("--home", union, "list", "bring", write(tmp_path, "list.csv", text), *words)

    assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_there_is_no_such_list(union):
    done = run("--home", union, "list", "show", "QM/none")

    assert (done.returncode, "no list 'QM/none'" in done.stderr) == (2, True)
