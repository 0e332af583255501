"""A firm's order through its bank: paid, told in a pain.002, given on to the creditor's bank."""

from lxml import etree

from mufakat.node.reporting import write_statements
from tests.messages.official import NS, needs_data, official
from tests.messages.ordering import order, payment, transfer, uetr_of
from tests.node.test_giving import left, only, texts


def take(small, data: bytes, name: str = "order.xml"):
    (receipt,) = small.take(small.file(name, data))
    return receipt


@needs_data
def test_an_order_is_paid_told_and_given_on(small):
    receipt = take(small, order())
    assert [each.status for each in receipt.results] == ["settled"]
    told = only(small, "pain.002")
    assert (texts(told, "OrgnlMsgId"), texts(told, "OrgnlPmtInfId"), texts(told, "TxSts")) == (
        *(["O-1"], ["P-1"], ["ACSC"]),
    )
    given = only(small, "pacs.008")
    assert texts(given, "UETR") == [uetr_of(1)]
    assert {"Sawah Utara", "Karet Selatan", "INV-77"} <= {each.text for each in given.iter()}


@needs_data
def test_parts_of_an_order_fare_each_as_they_do(small):
    later = payment(transfer(4), name="P-2", date="<Dt>2026-11-25</Dt>")
    cheque = payment(transfer(5), name="P-3", method="CHK")
    foreign = transfer(3).replace('Ccy="IDR"', 'Ccy="EUR"')
    poor = payment(transfer(1), transfer(2, amount="1500000.00"), foreign)
    receipt = take(small, order(poor, later, cheque))
    assert [each.status for each in receipt.results] == [
        "settled",
        "queued",
        "refused",
        "accepted",
        "refused",
    ]
    told = only(small, "pain.002")
    assert texts(told, "TxSts") == ["ACSC", "PDNG", "RJCT", "ACCP", "RJCT"]
    assert texts(told, "OrgnlPmtInfId") == ["P-1", "P-2", "P-3"]
    assert texts(told, "GrpSts") == ["PART"]
    assert [texts(each, "Cd") for each in told.iter("{*}StsRsnInf")] == [["AM03"], ["CH17"]]


def test_an_order_sent_again_changes_nothing(small):
    take(small, order())
    before = {path: path.read_bytes() for path in small.home.out.rglob("*.xml")}
    take(small, order(), "again.xml")
    assert {path: path.read_bytes() for path in small.home.out.rglob("*.xml")} == before


def test_an_order_of_a_bank_whose_key_is_not_here_is_refused(small):
    receipt = take(small, order(payment(transfer(), agent="AAAAQMQMXXX")))
    assert receipt.refused == 1


@needs_data
def test_an_order_that_is_refused_whole_is_told_so(small):
    receipt = take(small, order(count=7))
    assert receipt.rejection is not None
    told = only(small, "pain.002")
    assert texts(told, "GrpSts") == ["RJCT"]


@needs_data
def test_the_statement_tells_what_the_order_said(small):
    take(small, order())
    write_statements(small.node, small.vault, small.answers.outgoing)
    (path,) = (each for each in left(small, "camt.053/*") if each.name.startswith("LUALQMA0XXX-IDR"))
    tree = etree.parse(path).getroot()
    document = tree if tree.tag.endswith("}Document") else tree[1]
    official(etree.QName(document).namespace.removeprefix(NS)).assertValid(document)
    assert {"E-1", "INV-77", "Karet Utama", "Sawah Utara"} <= {each.text for each in document.iter()}
