import csv
import hashlib
from pathlib import Path

import pytest
from lxml import etree

from mufakat.simulation.region import make_region
from mufakat.simulation.workload import HEADER, write_day

SMALL = {"payments": 500, "invoices": 10, "obligations": 200}


def digest(directory: Path) -> str:
    """Return one hash over the names and bytes of all files."""
    total = hashlib.sha256()
    for path in sorted(each for each in directory.rglob("*") if each.is_file()):
        total.update(path.relative_to(directory).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(region, tmp_path):
    days = [
        write_day(region, tmp_path / name, seed=seed, **SMALL)
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    ]

    assert days[0] == days[1] != days[2]
    assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_day_has_every_fault_in_every_region(seed, tmp_path):
    day = write_day(make_region(seed), tmp_path, seed=seed, **SMALL)

    assert len(day.faults) == 47


def test_the_demo_day_has_the_promised_size(written):
    directory, day = written

    assert day.payment_files == len(list(directory.glob("payments/*/*.xml"))) >= 5_000
    assert day.invoice_files == len(list(directory.glob("invoices/*/*.xml"))) >= 500
    assert day.obligation_rows == sum(
        len(path.read_text().splitlines()) - 1 for path in directory.glob("obligations/*.csv")
    )
    assert day.obligation_rows >= 20_000
    assert day.transfers > day.payment_files


def test_every_planted_fault_is_in_a_file_that_exists_and_in_the_list(written):
    directory, day = written
    with (directory / "faults.csv").open(newline="") as file:
        listed = [
            (row["path"], int(row["line"]), row["what"], row["expected_code"]) for row in csv.DictReader(file)
        ]

    assert listed == [(f.path, f.line, f.what, f.expected_code) for f in day.faults]
    assert all((directory / path).is_file() for path, *_ in listed)


def test_each_unit_of_opening_money_is_paid_five_to_ten_times(written, region):
    _, day = written

    for currency, opening in region.opening_money().items():
        assert 5 < day.gross[currency] / opening < 10
        assert day.owed[currency] > opening


def test_sound_files_follow_the_official_schemas(written, official):
    directory, day = written
    faulty = {fault.path for fault in day.faults}
    checked = set()
    for path in sorted(directory.glob("*/*/*.xml"))[::7]:
        if path.relative_to(directory).as_posix() in faulty:
            continue
        root = etree.parse(str(path)).getroot()
        for part in root if root.tag == "Envelope" else [root]:
            space = etree.QName(part).namespace
            name = "UBL" if "ubl" in space else space.rpartition(":")[2]
            official(name).assertValid(etree.fromstring(etree.tostring(part)))
            checked.add(name)

    assert checked == {"UBL", "head.001.001.02", *(f"pacs.008.001.{version:02d}" for version in range(8, 14))}


def test_payments_lie_with_the_debtor_s_bank_and_invoices_with_the_creditor_s(written, region):
    directory, day = written
    faulty = {fault.path for fault in day.faults}
    banks = {firm.lei: firm.bank for firm in region.firms}
    for path in sorted(directory.glob("*/*/*.xml"))[::11]:
        if path.relative_to(directory).as_posix() in faulty:
            continue
        root = etree.parse(str(path)).getroot()
        if path.parent.parent.name == "payments":
            assert {each.text for each in root.iterfind(".//{*}DbtrAgt//{*}BICFI")} == {path.parent.name}
            assert {banks[each.text] for each in root.iterfind(".//{*}Dbtr//{*}LEI")} == {path.parent.name}
        else:
            assert banks[root.findtext(".//{*}AccountingSupplierParty//{*}CompanyID")] == path.parent.name


def test_obligations_lie_with_the_debtor_s_bank_or_among_the_creditor_s_receivables(written, region):
    directory, day = written
    faulty = {(fault.path, fault.line) for fault in day.faults}
    banks = {firm.lei: firm.bank for firm in region.firms}
    receivables = rows = 0
    for path in sorted(directory.glob("obligations/*.csv")):
        bank, _, kind = path.stem.partition("-")
        with path.open(newline="") as file:
            header, *lines = csv.reader(file)
        assert tuple(header) == HEADER
        for number, row in enumerate(lines, 2):
            if (f"obligations/{path.name}", number) not in faulty:
                assert banks[row[2 if kind else 1]] == bank
                rows += 1
                receivables += bool(kind)

    assert rows == 20_000
    assert 0.04 < receivables / rows < 0.06


def test_progress_is_told_of_each_part_up_to_its_end(region, tmp_path):
    told: list[tuple[str, int, int]] = []
    write_day(region, tmp_path, seed=1, **SMALL, progress=lambda *step: told.append(step))

    assert {("payments", 500, 500), ("invoices", 10, 10), ("obligations", 200, 200)} <= set(told)


def test_a_day_is_not_written_over_another(region, tmp_path):
    write_day(region, tmp_path, seed=1, **SMALL)

    with pytest.raises(FileExistsError):
        write_day(region, tmp_path, seed=2, **SMALL)


@pytest.mark.parametrize("part", ["payments", "invoices", "obligations"])
def test_a_day_too_small_for_its_faults_is_refused(region, tmp_path, part):
    with pytest.raises(ValueError, match="at least"):
        write_day(region, tmp_path, seed=1, **{**SMALL, part: 0})
