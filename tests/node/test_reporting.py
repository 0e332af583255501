from decimal import Decimal

from lxml import etree

from mufakat.node.reporting import known, write_statements
from mufakat.projections import statement


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
    assert known(small.node.views.sql, small.vault, view.movements) == {}
    write_statements(small.node, small.vault, small.answers.outgoing)
    path = small.home.out / "camt.053" / "2026-11-24" / "LUALQMA0XXX-IDR.xml"
    assert len(list(etree.parse(path).iter("{*}Ntry"))) == len(view.movements)
