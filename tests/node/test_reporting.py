"""Reports say all that is known, add up, and go to those who may have them."""

import shutil
from decimal import Decimal

import pytest
from lxml import etree

from mufakat.gateway.preference import Preference, Preferences
from mufakat.messages.camt import read_bookings
from mufakat.messages.versions import WRITTEN
from mufakat.model.calendar import Phase
from mufakat.node.outgoing import Outgoing
from mufakat.node.reporting import known, write_notifications, write_statements
from mufakat.projections import statement
from tests.messages import banking
from tests.messages.official import NS, needs_data, official
from tests.node.conftest import UETR


def test_a_statement_adds_up_and_names_the_payments_reference(small, examples):
    small.take(examples / "payment.xml")
    assert write_statements(small.node, small.vault, small.answers.outgoing) == 5
    path = small.home.out / "camt.053" / "2026-11-24" / "LUALQMA0XXX-IDR.xml"
    tree = etree.parse(path)
    amounts = {
        bal.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd"): bal.findtext("{*}Amt") for bal in tree.iter("{*}Bal")
    }
    assert Decimal(amounts["OPBD"]) - Decimal("125000.50") == Decimal(amounts["CLBD"])
    assert next(tree.iter("{*}EndToEndId")).text == "E2E-0001"


def test_an_erased_detail_leaves_the_statement_without_it(small, examples):
    small.take(examples / "payment.xml")
    small.vault._sql.execute("DELETE FROM part")
    view = statement.statement(small.node.views.sql, "settlement/LUALQMA0XXX/IDR")
    assert known(small.node.views.sql, small.vault, view.movements, "camt.053.001.08") == {}
    write_statements(small.node, small.vault, small.answers.outgoing)
    path = small.home.out / "camt.053" / "2026-11-24" / "LUALQMA0XXX-IDR.xml"
    assert len(list(etree.parse(path).iter("{*}Ntry"))) == len(view.movements)


def read(path):
    """A file's header and document, each as its official schema wants it."""
    header, document = etree.parse(path).getroot()
    for each in (header, document):
        official(etree.QName(each).namespace.removeprefix(NS)).assertValid(each)
    return header, document


def texts(document, name: str) -> list[str]:
    return [each.text for each in document.iter(f"{{*}}{name}")]


def ask(small, **change):
    (receipt,) = small.take(small.file("ask.xml", banking.report_request(**change)))
    return receipt


@needs_data
def test_debtor_and_creditor_are_told_all_that_the_message_said(small, examples):
    small.take(examples / "payment.xml")
    write_statements(small.node, small.vault, small.answers.outgoing)
    for owner in ("LUALQMA0XXX", "TANGQMA0XXX"):
        path = small.home.out / "camt.053" / "2026-11-24" / f"{owner}-IDR.xml"
        _, document = read(path)
        assert (texts(document, "UETR"), texts(document, "Ustrd")) == ([UETR], ["Invoice 77"])
        assert "E2E-0001" in texts(document, "EndToEndId")
        assert len(document.findall(".//{*}RltdPties/{*}Dbtr/{*}Pty/{*}Nm")) == 1
        assert document.findtext(".//{*}RltdAgts/{*}DbtrAgt//{*}BICFI") == "LUALQMA0XXX"
        booked = read_bookings(path.read_bytes()).entries[-1]
        assert (booked.uetr, booked.end_to_end_id, booked.remittance) == (UETR, "E2E-0001", ("Invoice 77",))


@needs_data
def test_who_wants_it_is_told_each_booking_once(small, examples):
    chosen = Preferences({"TANGQMA0XXX": Preference(notify=True)})
    outgoing = Outgoing(small.node.views.sql, lambda: small.node.charter, small.home.out, chosen)
    write_notifications(small.node, small.vault, outgoing)  # what founding booked
    before = set(small.home.out.glob("camt.054/*"))
    small.take(examples / "payment.xml")
    assert write_notifications(small.node, small.vault, outgoing) == 1
    (path,) = set(small.home.out.glob("camt.054/*")) - before
    header, document = read(path)
    assert header.findtext("{*}MsgDefIdr") == "camt.054.001.08"
    assert path.name.startswith("TANGQMA0XXX-IDR-")
    assert (texts(document, "UETR"), texts(document, "CdtDbtInd")[-1]) == ([UETR], "CRDT")
    assert write_notifications(small.node, small.vault, outgoing) == 0


@needs_data
@pytest.mark.parametrize("asked", ["camt.052", "camt.054", *WRITTEN["camt.052"], *WRITTEN["camt.054"]])
def test_an_owner_asks_for_the_day_under_way(small, examples, asked):
    small.take(examples / "payment.xml")
    assert [each.status for each in ask(small, asked=asked).results] == ["answered"]
    (path,) = small.home.out.glob(f"{asked[:8]}/LUALQMA0XXX-*.xml")
    header, document = read(path)
    assert header.findtext("{*}MsgDefIdr").startswith(asked)
    assert texts(document, "UETR") == [UETR]
    if asked[:8] == "camt.052":
        amounts = dict(zip(texts(document.find(".//{*}Rpt"), "Cd")[:3], texts(document, "Amt"), strict=False))
        assert set(amounts) == {"OPBD", "ITBD", "ITAV"}
        assert len(document.findall(".//{*}CdtLine")) == 1


@needs_data
def test_a_statement_is_of_a_closed_day(small, examples):
    small.take(examples / "payment.xml")
    (wrong,) = ask(small, asked="camt.053").results
    assert (wrong.status, wrong.rejection.code) == ("refused", "NARR")
    for phase in (Phase.CUT_OFF, Phase.CLOSED):
        small.phase(phase)
    assert [each.status for each in ask(small, asked="camt.053").results] == ["answered"]
    (path,) = small.home.out.glob("camt.053/LUALQMA0XXX-*.xml")
    assert texts(read(path)[1], "UETR") == [UETR]


@needs_data
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sender": "TANGQMA0XXX"}, "AG08"),
        ({"owner": "TANGQMA0XXX", "sender": "TANGQMA0XXX"}, "AC01"),
        ({"account": "LUALQMA0XXXUSD"}, "AC01"),
        ({"asked": "camt.086"}, "NARR"),
        ({"first": "2027-01-01"}, "NARR"),
    ],
)
def test_nobody_else_is_told_and_the_answer_says_why(small, change, code):
    (result,) = ask(small, **{"asked": "camt.052", **change}).results
    assert (result.status, result.rejection.code) == ("refused", code)
    (path,) = small.home.out.glob("admi.002/*.xml")
    _, document = read(path)
    assert (texts(document, "RjctgPtyRsn"), texts(document, "Ref")) == ([code], ["ASK-1"])
    assert not list(small.home.out.glob("camt.05*/*"))


def test_who_has_not_the_key_is_not_told(small):
    shutil.rmtree(small.home.keys / "LUALQMA0XXX", ignore_errors=True)
    for each in small.home.keys.rglob("LUALQMA0XXX*"):
        each.unlink()
    (result,) = ask(small, asked="camt.052").results
    assert result.status == "refused"
    assert not list(small.home.out.glob("camt.052/*"))


@needs_data
def test_the_servicer_asks_too(small):
    servicer = small.node.charter.issuer("IDR").bic
    assert [each.status for each in ask(small, asked="camt.052", sender=servicer).results] == ["answered"]
    (path,) = small.home.out.glob("camt.052/*.xml")
    assert path.name.startswith(servicer)
