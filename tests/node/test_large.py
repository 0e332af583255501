"""Large files: what comes of them is what comes of small ones, in memory that does not grow with them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from mufakat.messages import pieces
from mufakat.model.calendar import Phase
from mufakat.node import large
from mufakat.node.large import LargeFiles
from mufakat.node.putting import Putting
from mufakat.node.reporting import write_statements
from mufakat.projections import compliance, timeline
from mufakat.projections.balance import positions
from mufakat.screening.evidence import decoded
from tests import program
from tests.node.conftest import EXAMPLES, PAYMENT, UETR, Small, message, transaction, uetr_of
from tests.node.listed import LISTED, NAME, bring

DEAR, WRONG = "9000000000.00", "0.001"
COUNT = 800
"""Transactions of a file of several pieces."""


@pytest.fixture
def low(monkeypatch):
    """From here on nearly every credit transfer is a large file."""
    monkeypatch.setattr(pieces, "LARGE", 1_000)


def lines(number: int, amount: str = "0.01") -> str:
    return "\n" + transaction(number, amount)


def large_file(world: Small, name: str = "large.xml", **amounts: str) -> Path:
    """A file of several pieces, all of whose amounts are small but for those named, such as _5="9.00"."""
    named = {int(number[1:]): amount for number, amount in amounts.items()}
    path = world.file(name, message(*(lines(number, named.get(number, "0.01")) for number in range(COUNT))))
    with path.open("rb") as file:
        assert len(list(pieces.pieces(file))) > 1
    return path


def left(world: Small) -> dict[str, bytes]:
    return {
        str(path.relative_to(world.home.out)): path.read_bytes() for path in world.home.out.rglob("*.xml")
    }


def balances(world: Small) -> list[tuple[str, int]]:
    return [(each.account, each.balance) for each in positions(world.node.views.sql)]


MIXED = {"_7": WRONG, f"_{COUNT - 1}": DEAR, f"_{COUNT - 2}": WRONG}


def test_what_comes_of_a_large_file_is_what_comes_of_a_small_one(tmp_path, monkeypatch):
    worlds = Small(tmp_path / "a"), Small(tmp_path / "b")
    small, large_one = worlds
    (first,) = small.take(large_file(small, **MIXED))
    monkeypatch.setattr(pieces, "LARGE", 1_000)
    (second,) = large_one.take(large_file(large_one, **MIXED))
    assert second.counts == {"settled": COUNT - 3, "queued": 1, "refused": 2} == first.became()
    assert (second.refused, second.message_id, second.kind) == (first.refused, first.message_id, first.kind)
    assert list(second.results) == [each for each in first.results if each.status == "refused"]
    assert left(small).keys() == left(large_one).keys()
    clock = re.compile(rb"T\d\d:\d\d:\d\dZ")
    for name, said in left(small).items():
        assert clock.sub(b"", left(large_one)[name]) == clock.sub(b"", said), name
    assert balances(small) == balances(large_one)
    for world in worlds:
        world.phase(Phase.CUT_OFF)
        world.phase(Phase.CLOSED)
        assert world.answers.write_missing() == 1
        write_statements(world.node, world.vault, world.answers.outgoing)
    statements = [sorted(name for name in left(world) if "camt.053" in name) for world in worlds]
    assert statements[0] == statements[1]
    for name in statements[0]:
        told = [left(world)[name].count(b"<Ustrd>") for world in worlds]
        assert told[0] == told[1], "statements say what the payments said"
    for world in worlds:
        world.close()


def test_an_answer_to_a_large_file_is_a_valid_report_of_each_transaction(small, low):
    (receipt,) = small.take(large_file(small))
    tree = etree.parse(receipt.report)
    told = zip(tree.iter("{*}OrgnlUETR"), tree.iter("{*}TxSts"), strict=True)
    assert [(each.text, status.text) for each, status in told] == [
        (uetr_of(number), "ACSC") for number in range(COUNT)
    ]
    assert tree.findtext(".//{*}OrgnlNbOfTxs") == str(COUNT)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (
            lambda text: text.replace(lines(COUNT - 1), lines(COUNT - 1, "+1")),
            "AM12",
            rf"CdtTrfTxInf\[{COUNT}\]/Int",
        ),
        (lambda text: text.replace(uetr_of(COUNT - 1), UETR), "RF01", "CdtTrfTxInf/PmtId/UETR"),
        (lambda text: text.replace(f"<NbOfTxs>{COUNT}<", "<NbOfTxs>5<"), "AM19", "GrpHdr/NbOfTxs"),
        (lambda text: "<X/><ChrgBr>".join(text.rsplit("<ChrgBr>", 1)), "FF01", rf"CdtTrfTxInf\[{COUNT}\]/X"),
        (lambda text: text[:-20], "FF01", ""),
    ],
)
def test_a_fault_at_the_end_refuses_the_whole_and_nothing_is_half_done(small, low, change, code, path):
    text = change(large_file(small).read_text())
    entries, before = small.node.entries, balances(small)
    (receipt,) = small.take(small.file("wrong.xml", text))
    assert (receipt.rejection.code, receipt.results, receipt.counts) == (code, (), {})
    assert re.search(path, receipt.rejection.path)
    assert receipt.rejection.line
    if path and code != "AM19":
        assert receipt.rejection.line >= text.count("\n", 0, text.rindex("<CdtTrfTxInf>"))
    if path:
        tree = etree.parse(receipt.report)
        assert tree.findtext(".//{*}GrpSts") == "RJCT"
        assert tree.findtext(".//{*}StsRsnInf/{*}Rsn/{*}Cd") == code
        assert tree.find(".//{*}TxInfAndSts") is None
    assert (small.node.entries, balances(small)) == (entries, before)
    assert small.vault.owed() == []
    assert small.vault._sql.execute("SELECT count(*) FROM part").fetchone() == (0,)
    assert small.vault._sql.execute("SELECT count(*) FROM detail").fetchone() == (0,)


def test_a_large_file_sent_again_changes_nothing(small, low):
    path = large_file(small, **MIXED)
    (first,) = small.take(path)
    entries, files = small.node.entries, left(small)
    (again,) = small.take(small.file("copy.xml", path.read_bytes()))
    assert (again.counts, again.results, again.report) == (first.counts, first.results, first.report)
    assert (small.node.entries, left(small)) == (entries, files)


def test_a_large_file_that_was_broken_off_goes_on_where_it_was(small, low, monkeypatch):
    path, put, calls = large_file(small), Putting.put, []

    def broken(self, taken):
        calls.append(len(taken[0].document.parts))
        if len(calls) == 2:
            raise OSError("the power is cut")
        return put(self, taken)

    monkeypatch.setattr(Putting, "put", broken)
    with pytest.raises(OSError, match="power"):
        small.take(path)
    settled = len(timeline.payments(small.node.views.sql, "settled"))
    assert 0 < settled == calls[0] < COUNT
    assert small.answers.write_missing() == 0, "nobody is told of a part of it"
    assert left(small) == {}
    monkeypatch.setattr(Putting, "put", put)
    (receipt,) = small.take(path)
    assert receipt.counts == {"settled": COUNT}
    assert len(timeline.payments(small.node.views.sql, "settled")) == COUNT
    assert len(left(small)) == COUNT + 1


def test_of_a_large_file_who_may_be_meant_by_a_list_waits_and_the_rest_settles(small, low):
    bring(small, LISTED)
    path = large_file(small)
    text = path.read_text()
    at = text.index("<Nm>Karet Utama</Nm>", len(text) // 2)
    path.write_text(text[:at] + f"<Nm>{NAME}</Nm>" + text[at + len("<Nm>Karet Utama</Nm>") :])
    (receipt,) = small.take(path)

    assert receipt.counts == {"settled": COUNT - 1, "held": 1}
    (case,) = compliance.cases(small.node.views.sql)
    (data,) = small.vault.evidence(case.evidence)
    assert [subject.text for subject, _ in decoded(data).hits] == [NAME]


def test_small_files_around_a_large_one_are_taken_in_their_order(small, low, monkeypatch):
    monkeypatch.setattr(pieces, "LARGE", 100_000)
    files = [small.file(f"{number}.xml", message(transaction(COUNT + number, "1.00"))) for number in range(3)]
    files.insert(1, large_file(small))
    done = []
    receipts = list(small.intake.take(files, progress=lambda now, of: done.append((now, of))))
    assert [each.file for each in receipts] == [str(path) for path in files]
    assert done == [(1, 4), (2, 4), (4, 4)]


def test_what_is_too_large_is_refused_unread(small, low, monkeypatch):
    monkeypatch.setattr(large, "LARGEST", 2_000)
    (receipt,) = small.take(large_file(small))
    assert receipt.kind == "unread" and "more than the 2000 taken" in receipt.rejection.text
    assert not LargeFiles.takes(small.home.folder / "nothing.xml")


def test_a_file_that_changes_while_it_is_read_is_not_taken(small, low, monkeypatch):
    path = large_file(small)
    read = Putting.read

    def change(self, taken, author):
        path.write_text(path.read_text().replace("E2E-0001", "E2E-9999"))
        return read(self, taken, author)

    monkeypatch.setattr(Putting, "read", change)
    entries = small.node.entries
    with pytest.raises(ValueError, match="changed while it was read"):
        small.take(path)
    assert small.node.entries == entries and small.vault.owed() == []


def test_what_the_union_itself_sent_is_not_taken_back(small, low):
    (receipt,) = small.take(small.file("a.xml", message(transaction())))
    (given,) = small.home.out.glob("pacs.008/*.xml")
    entries = small.node.entries
    (again,) = small.take(given)
    assert again.rejection.code == "AGNT" and "Hand it to that bank" in again.rejection.text
    assert receipt.counts == {"settled": 1} and small.node.entries == entries


MEASURED = """
import resource, sys
sys.argv = ["mufakat", *sys.argv[1:]]
from mufakat.cli import main
try:
    main()
finally:
    sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
"""
BOUND = 100
"""Megabytes that a large file may take beside what the node takes for one payment."""


def megabytes(home: Path, path: Path) -> int:
    line = [sys.executable, "-c", MEASURED, "--home", str(home), "submit", str(path), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = json.loads(done.stdout)["files"]
    assert file["rejection"] is None
    return int(done.stderr.splitlines()[-1])


def taken_beside_a_payment(folder: Path, count: int, lines_of_text: int) -> int:
    """Return how many megabytes a file of so many transactions takes beside what a node takes for one payment."""
    home = folder / "union"
    for words in (("init", "--charter", EXAMPLES / "charter.toml"), ("day", "open", "2026-11-24")):
        assert program.run("--home", home, *words).returncode == 0
    before = megabytes(home, EXAMPLES / "payment.xml")
    text = "<Ustrd>" + "What was bought. " * 8 + "</Ustrd>"
    first, end = (
        PAYMENT.replace("LUAL-2026-0001", "LUAL-2026-0002").split("<CdtTrfTxInf>")[0],
        "</CdtTrfTxInf>",
    )
    path = folder / "large.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(first.replace("<NbOfTxs>1<", f"<NbOfTxs>{count}<"))
        for number in range(1, count + 1):
            one = transaction(number, "0.01")
            assert "</RmtInf>" in one
            file.write("\n" + one.replace("</RmtInf>", text * lines_of_text + "</RmtInf>"))
        file.write(PAYMENT.split(end)[-1])
    return megabytes(home, path) - before


def test_a_file_of_5_000_transactions_is_taken_in_bounded_memory(tmp_path):
    assert taken_beside_a_payment(tmp_path, 5_000, 20) < BOUND


@pytest.mark.long
def test_a_file_of_100_000_transactions_is_taken_in_the_same_memory(tmp_path):
    assert taken_beside_a_payment(tmp_path, 100_000, 3) < BOUND
