from decimal import Decimal

import pytest
from lxml import etree

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.node.reporting import end_to_end, write_final_statuses, write_statement, write_statements
from mufakat.projections import statement


def queued(small, examples):
    """A payment that is larger than what its bank holds."""
    text = (examples / "payment.xml").read_text().replace("125000.50", "1500000.00")
    (receipt,) = small.take(small.file("large.xml", text))
    assert [each.status for each in receipt.results] == ["queued"]


def test_a_statement_adds_up_and_names_the_payments_reference(small, examples):
    small.take(examples / "payment.xml")
    assert write_statements(small.node, small.vault, small.home.out) == 5
    path = small.home.out / "camt.053" / "2026-11-24" / "LUALQMA0XXX-IDR.xml"
    tree = etree.parse(path)
    amounts = {
        bal.findtext("{*}Tp/{*}CdOrPrtry/{*}Cd"): bal.findtext("{*}Amt") for bal in tree.iter("{*}Bal")
    }
    assert Decimal(amounts["OPBD"]) - Decimal("125000.50") == Decimal(amounts["CLBD"])
    assert next(tree.iter("{*}EndToEndId")).text == "E2E-0001"


def test_an_unknown_account_has_no_statement(small):
    with pytest.raises(KeyError):
        write_statement(small.node, "settlement/NOBODY/IDR", {}, small.home.out)


def test_a_message_is_answered_again_only_when_its_payment_ended_later(small, examples):
    small.take(examples / "payment.xml")
    assert write_final_statuses(small.node, small.vault, small.home.out) == 0
    queued_text = (examples / "payment.xml").read_text().replace("7f0c2a64", "8f0c2a64")
    small.take(small.file("q.xml", queued_text.replace("125000.50", "1500000.00")))
    assert write_final_statuses(small.node, small.vault, small.home.out) == 0
    assert small.session.say("QM", c.IssueMoney("LUALQMA0XXX", "IDR", 10**8)).refusal is None
    assert write_final_statuses(small.node, small.vault, small.home.out) == 1
    (path,) = small.home.out.glob("pacs.002/*final.xml")
    assert next(etree.parse(path).iter("{*}TxSts")).text == "ACSC"


def test_what_lacked_funds_at_the_close_is_answered_with_its_reason(small, examples):
    queued(small, examples)
    small.phase(Phase.CUT_OFF)
    small.phase(Phase.CLOSED)
    assert write_final_statuses(small.node, small.vault, small.home.out) == 1
    (path,) = small.home.out.glob("pacs.002/*final.xml")
    tree = etree.parse(path)
    assert next(tree.iter("{*}TxSts")).text == "RJCT"
    assert "AM04" in [each.text for each in tree.iter("{*}Cd")]


def test_an_erased_detail_leaves_the_statement_without_it(small, examples):
    small.take(examples / "payment.xml")
    small.vault._sql.execute("DELETE FROM part")
    assert end_to_end(small.node, small.vault) == {}
    write_statements(small.node, small.vault, small.home.out)
    view = statement.statement(small.node.views.sql, "settlement/LUALQMA0XXX/IDR")
    path = small.home.out / "camt.053" / "2026-11-24" / "LUALQMA0XXX-IDR.xml"
    assert len(list(etree.parse(path).iter("{*}Ntry"))) == len(view.movements)
