"""The day as a whole: deterministic, every planted fault answered, every file out valid by the official schemas."""

import io
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from mufakat.audit.replay import verify
from mufakat.projections.store import Views
from mufakat.simulation.demo import DayClock, Played, created, embedded_day, unanswered
from mufakat.simulation.region import DEMO_DATE, make_region
from mufakat.simulation.workload import Day, write_day
from tests.messages.official import needs_data, official, official_path


def play(folder: Path) -> tuple[Day, Played, bytes]:
    region = make_region(7)
    day = write_day(region, folder / "in", seed=7, payments=700, invoices=30, obligations=2_000)
    actors = embedded_day(region, folder)
    actors.found()
    played = actors.play(lambda what, done, of: None)
    root = actors.node.state_root()
    actors.close()
    return day, played, root


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("day")


@pytest.fixture(scope="module")
def played(folder):
    return play(folder)


def test_the_same_seed_gives_the_same_root_and_the_journal_is_whole(folder, played, tmp_path):
    assert play(tmp_path)[2] == played[2] == verify(folder / "journal.db").state_root


def test_every_planted_fault_is_answered_with_its_code(folder, played):
    day, what, _ = played
    assert len(day.faults) > 40
    assert unanswered(day, what.receipts, folder) == []


def test_no_sound_file_is_refused(folder, played):
    day, what, _ = played
    planted = {fault.path for fault in day.faults}
    refused = {str(Path(each.file).relative_to(folder / "in")) for each in what.receipts if each.refused}
    assert refused <= planted


def test_each_payment_message_that_can_be_named_is_answered(played):
    _, what, _ = played
    unanswered_files = [each for each in what.receipts if each.kind == "pacs.008" and each.report is None]
    for each in unanswered_files:
        assert each.rejection is not None
        assert any(cause in each.rejection.text for cause in ("not well-formed", "DOCTYPE", "( MsgId )"))


@needs_data
@pytest.mark.parametrize(
    ("kind", "name"),
    [("pacs.002", "pacs.002.001.10"), ("pacs.008", "pacs.008.001.08"), ("camt.053", "camt.053.001.08")],
)
def test_every_file_out_is_valid_by_the_official_schema(folder, played, kind, name):
    files = sorted((folder / "out" / kind).rglob("*.xml"))
    schema = official(name)
    assert len(files) >= 90
    second = xmlschema.XMLSchema(official_path(name))
    for number, file in enumerate(files):
        *header, document = etree.parse(file).iter("{*}AppHdr", "{*}Document")
        assert schema.validate(document), f"{file.name}: {schema.error_log}"
        assert all(official("head.001.001.02").validate(each) for each in header)
        if number % max(1, len(files) // 40) == 0:
            second.validate(io.BytesIO(etree.tostring(document)))


def test_each_statement_opens_where_money_was_issued_and_closes_at_the_balance(folder, played):
    views = Views.open(folder / "views.db")
    rows = views.sql.execute(
        "SELECT owner, currency, balance FROM account WHERE kind = 'settlement'"
    ).fetchall()
    for owner, currency, balance in rows:
        path = folder / "out" / "camt.053" / DEMO_DATE.isoformat() / f"{owner}-{currency}.xml"
        closing = [bal for bal in etree.parse(path).iter("{*}Bal") if bal.findtext(".//{*}Cd") == "CLBD"]
        sign = -1 if closing[0].findtext("{*}CdtDbtInd") == "DBIT" else 1
        minor = int(closing[0].findtext("{*}Amt").replace(".", "")) * sign
        assert minor == balance, (owner, currency)
    views.close()


def test_the_days_clock_moves_with_each_look_and_never_back():
    clock = DayClock(DEMO_DATE)
    clock.set("10:00")
    first = clock()
    clock.set("09:00")
    assert clock() > first


def test_a_message_that_does_not_say_when_it_was_made_comes_first(tmp_path):
    (tmp_path / "a.xml").write_text("<Document/>")
    (tmp_path / "b.xml").write_text("<CreDtTm>2026-11-24T13:45:00+07:00</CreDtTm>")
    assert (created(tmp_path / "a.xml"), created(tmp_path / "b.xml")) == ("08:00", "13:45")
