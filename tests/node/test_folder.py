import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from mufakat.model.calendar import Phase
from mufakat.node import folder as own
from mufakat.node.folder import Folder, FolderInUse, Slip
from mufakat.node.intake import GROUP
from mufakat.projections import timeline
from tests.messages import banking
from tests.node.conftest import UETR, message, transaction, uetr_of

DEBTOR, CREDITOR = "LUALQMA0XXX", "TANGQMA0XXX"


@pytest.fixture
def folder(small, tmp_path):
    with Folder(tmp_path / "folder", small.home.out, small.clock) as opened:
        yield opened


def drop(folder: Folder, name: str, data: str | bytes) -> None:
    (folder.path / "in" / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def take(folder: Folder, small) -> list[Slip]:
    return folder.take(small.intake, small.vault)


def there(folder: Folder) -> dict[str, list[str]]:
    """The names in each part of a folder, times left out."""
    found = {}
    for part in ("in", "out", "done", "refused", "receipts", ".taking"):
        paths = [each for each in (folder.path / part).rglob("*") if each.is_file()]
        names = [each.relative_to(folder.path / part).as_posix() for each in paths]
        found[part] = sorted(re.sub(r"^\d{8}T\d{6}\.\d{6}Z-", "", name) for name in names)
    return found


def test_a_file_is_put_to_the_union_answered_and_moved_away_with_a_receipt(folder, small):
    data = message(transaction(0, "5.00"), transaction(1, "1.00"), transaction(2, "9000000000.00"))
    drop(folder, "a.xml", data)
    (slip,) = take(folder, small)
    assert (slip.file, slip.size, slip.kind) == ("a.xml", len(data), "pacs.008")
    assert slip.message_id == "LUAL-2026-0001"
    assert (slip.transactions, slip.accepted, slip.refused, slip.pending) == (3, 2, 0, 1)
    assert slip.before is None and slip.rejection is None and not slip.is_refused
    found = there(folder)
    assert (found["in"], found[".taking"], found["refused"]) == ([], [], [])
    assert (found["done"], found["receipts"]) == (["a.xml"], ["a.xml.json"])
    assert found["out"] == sorted([*slip.answers, *(each for each in found["out"] if "pacs.008/" in each)])
    assert [each.split("/")[0] for each in found["out"]] == ["pacs.002", "pacs.008", "pacs.008"]
    (receipt,) = (folder.path / "receipts").iterdir()
    assert msgspec.json.decode(receipt.read_bytes(), type=Slip) == slip
    assert (folder.path / slip.kept).read_bytes() == data.encode()
    assert not [each for each in small.home.out.rglob("*") if each.is_file()], "all was handed over"


def test_a_refused_file_lies_among_the_refused_and_its_receipt_says_where_it_is_wrong(folder, small):
    drop(folder, "a.xml", message(transaction()).replace("<NbOfTxs>1<", "<NbOfTxs>2<"))
    drop(folder, "b.csv", b"nothing that is known\n")
    drop(folder, "empty", b"")
    whole, table, empty = take(folder, small)
    assert (whole.rejection.code, whole.transactions) == ("AM19", 0)
    assert whole.rejection.line and whole.rejection.path.endswith("/NbOfTxs")
    assert whole.answers[0].startswith("pacs.002/")
    assert all(each.is_refused and each.rejection for each in (whole, table, empty))
    assert there(folder)["refused"] == ["a.xml", "b.csv", "empty"]
    assert len(there(folder)["receipts"]) == 3


def test_a_file_of_which_each_part_is_refused_lies_among_the_refused(folder, small):
    drop(folder, "a.xml", message(transaction(0, "0.001"), transaction(1, "0.001")))
    (slip,) = take(folder, small)
    assert (slip.refused, slip.is_refused, slip.rejection) == (2, True, None)
    assert [each.name for each in slip.refusals] == [UETR, uetr_of(1)]
    assert all(each.code and each.line for each in slip.refusals)


def test_a_receipt_names_a_hundred_refusals_at_most(folder, small):
    drop(folder, "a.xml", message(*(transaction(number, "0.001") for number in range(101))))
    (slip,) = take(folder, small)
    assert (slip.refused, len(slip.refusals)) == (101, 100)


def test_the_same_bytes_under_any_name_change_nothing_and_get_the_same_answers(folder, small):
    data = message(transaction(0, "5.00"))
    drop(folder, "a.xml", data)
    (first,) = take(folder, small)
    entries, given = small.node.entries, there(folder)["out"]
    for name in ("a.xml", "b.xml"):
        drop(folder, name, data)
        (again,) = take(folder, small)
        assert again.before is not None
        assert (folder.path / "receipts" / again.before).read_bytes().count(b'"file": "a.xml"') == 1
        assert (again.answers, again.sha256) == (first.answers, first.sha256)
        assert (again.accepted, again.is_refused) == (1, False)
    assert (small.node.entries, there(folder)["out"]) == (entries, given)
    assert there(folder)["receipts"] == ["a.xml.json", "a.xml.json", "b.xml.json"]


def test_an_answer_that_was_fetched_is_written_again_when_its_file_comes_again(folder, small):
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    (first,) = take(folder, small)
    answer = folder.path / "out" / first.answers[0]
    said = answer.read_bytes()
    answer.unlink()
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    (again,) = take(folder, small)
    assert again.answers == first.answers and answer.read_bytes() == said


def test_what_is_not_there_yet_is_left_alone(folder, small):
    for name in (".hidden.xml", "a.xml.tmp", "a.xml.PART", "b.part"):
        drop(folder, name, message(transaction()))
    (folder.path / "in" / "below").mkdir()
    (folder.path / "in" / "link.xml").symlink_to(small.file("x.xml", message(transaction())))
    os.mkfifo(folder.path / "in" / "pipe.xml")
    assert (folder.waiting(), folder.is_at_work(), take(folder, small)) == ([], False, [])


def test_files_are_taken_in_order_of_name_in_groups(folder, small, monkeypatch):
    monkeypatch.setattr(own, "GROUP", 3)
    for number in (3, 1, 4, 0, 2):
        drop(folder, f"{number}.xml", message(transaction(number, "1.00")))
    assert [each.file for each in take(folder, small)] == ["0.xml", "1.xml", "2.xml"]
    assert [each.file for each in take(folder, small)] == ["3.xml", "4.xml"]
    assert take(folder, small) == []
    assert GROUP > 3


def test_a_group_is_no_larger_than_a_file_may_be(folder, small, monkeypatch):
    data = message(transaction())
    monkeypatch.setattr(own, "LARGEST_FILE", len(data) + 1)
    for name in ("a.xml", "b.xml"):
        drop(folder, name, data)
    assert [each.file for each in take(folder, small)] == ["a.xml"]
    assert [each.file for each in take(folder, small)] == ["b.xml"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (b"caf\xff.xml", "caf\\xff.xml"),
        (b"x" * 251 + b".xml", "x" * 180),
        ("ü".encode() * 120, "ü" * 90),
        (b"two words & more.xml", "two words & more.xml"),
    ],
)
def test_a_file_of_any_name_gets_its_receipt(folder, small, name, kept):
    data = message(transaction()).encode()
    with open(os.fsencode(folder.path / "in") + b"/" + name, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write(data)
    (slip,) = take(folder, small)
    assert (slip.file, slip.accepted) == (kept, 1)
    assert (there(folder)["done"], there(folder)["receipts"]) == ([kept], [f"{kept}.json"])


def test_files_of_one_name_and_time_are_kept_apart(small, tmp_path):
    with Folder(tmp_path / "folder", small.home.out, lambda: 1_000_000) as folder:
        for number in range(3):
            drop(folder, "a.xml", message(transaction(number, "1.00")))
            take(folder, small)
    with Folder(tmp_path / "folder", small.home.out, lambda: 1_000_000) as folder:
        drop(folder, "a.xml", message(transaction(3, "1.00")))
        (slip,) = take(folder, small)
        assert slip.received == "1970-01-01T00:00:01.000003Z"
        assert there(folder)["done"] == ["a.xml"] * 4


def test_what_was_broken_off_is_taken_again_and_a_durable_receipt_stays(folder, small):
    drop(folder, "a.xml", message(transaction(0, "5.00")))
    drop(folder, "b.xml", message(transaction(1, "5.00")))
    first, second = take(folder, small)
    entries = small.node.entries
    for slip in (first, second):  # as a stop before the last step leaves it, and one before the receipt
        (folder.path / slip.kept).rename(folder.path / ".taking" / Path(slip.kept).name)
    (folder.path / "receipts" / f"{Path(second.kept).name}.json").unlink()
    drop(folder, "0.xml", message(transaction(2, "5.00")))
    assert folder.is_at_work()
    assert take(folder, small) == [first, second], "no receipt says that its own file came before"
    assert small.node.entries == entries
    assert [each.file for each in take(folder, small)] == ["0.xml"]


def test_what_the_node_says_later_is_handed_over_too(folder, small):
    drop(folder, "a.xml", message(transaction(0, "9000000000.00")))
    (slip,) = take(folder, small)
    assert slip.pending == 1
    small.phase(Phase.CUT_OFF)
    small.phase(Phase.CLOSED)
    assert small.answers.write_missing() == 1
    assert folder.deliver() == 1
    answers = [name for name in there(folder)["out"] if name.startswith("pacs.002/")]
    assert len(answers) == 2 and slip.answers[0] in answers
    assert timeline.payment(small.node.views.sql, UETR).status == "rejected"


def test_what_is_being_written_is_not_handed_over_and_what_is_there_stays(folder, small):
    (small.home.out / "camt.053").mkdir(parents=True)
    for name in (".a.xml.12", "b.xml", "c.xml"):
        (small.home.out / "camt.053" / name).write_bytes(b"new")
    (folder.path / "out" / "camt.053").mkdir()
    (folder.path / "out" / "camt.053" / "b.xml").write_bytes(b"old")
    assert folder.has_left()
    assert folder.deliver() == 2
    assert not folder.has_left()
    assert there(folder)["out"] == ["camt.053/b.xml", "camt.053/c.xml"]
    assert (folder.path / "out" / "camt.053" / "b.xml").read_bytes() == b"old"
    assert [each.name for each in small.home.out.rglob("*") if each.is_file()] == [".a.xml.12"]


def test_a_request_names_the_reports_that_it_got(folder, small):
    drop(folder, "a.xml", banking.report_request())
    (slip,) = take(folder, small)
    assert slip.kind == "camt.060"
    assert slip.answers and set(slip.answers) <= set(there(folder)["out"])


def test_two_processes_do_not_watch_one_folder(folder, small):
    with pytest.raises(FolderInUse, match="another process watches this folder"):
        Folder(folder.path, small.home.out, small.clock)


def test_what_a_killed_process_left_half_written_is_taken_away(small, tmp_path):
    out = tmp_path / "folder" / "out" / "pacs.002"
    out.mkdir(parents=True)
    (out / ".a.xml.4711").write_bytes(b"<Docu")
    (out / ".fetching").write_bytes(b"its reader's own")
    with Folder(tmp_path / "folder", small.home.out, small.clock):
        assert [each.name for each in out.iterdir()] == [".fetching"]


def test_a_file_that_cannot_be_moved_stops_and_nothing_of_it_is_put_to_the_union(folder, small):
    drop(folder, "a.xml", message(transaction()))
    entries = small.node.entries
    (folder.path / ".taking").rmdir()
    (folder.path / ".taking").write_bytes(b"")
    with pytest.raises(OSError, match="Not a directory"):
        take(folder, small)
    assert small.node.entries == entries and there(folder)["in"] == ["a.xml"]


UNREADABLE = """
import os, sys
from pathlib import Path
from mufakat.node.folder import _digest
os.setuid(65534)
print(_digest(Path(sys.argv[1])))
"""


def test_a_file_that_may_not_be_read_has_no_digest(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(b"<a/>")
    path.chmod(0)
    if os.geteuid() == 0:
        done = subprocess.run(
            [sys.executable, "-c", UNREADABLE, path], capture_output=True, text=True, check=True
        )
        assert done.stdout == "(None, None)\n"
    else:
        assert own._digest(path) == (None, None)
