"""Trade documents on their way in: which bank registers what they say, once, and what is told of it."""

import pytest

from mufakat.messages.trade.document import Delivery, Identification, TradeParty
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.model.trade import TradeKind
from mufakat.projections import timeline, trade
from mufakat.projections.trade import Sought
from tests.messages.trade.writing import example, ubl

SELLER, BUYER = "XQM000Z25M79K5DF5N82", "XQM0007X97ZCCCP9WN26"
SELLERS_BANK, BUYERS_BANK = "LUALQMA0XXX", "UDAYQNA0XXX"
REGISTERED = ("registered", None)


def party(lei):
    return TradeParty(name="Firm", legal=Identification(lei, "0199"), country="QM")


def document(kind=TradeKind.INVOICE, **change):
    """A document in UBL of two firms of the region, as goods go by way of Singapore."""
    route = Delivery(destinations=("QN",), origins=("QM",), transshipments=("SG",))
    terms = {"seller": party(SELLER), "buyer": party(BUYER), "delivery": route}
    return ubl(example(kind, **{**terms, **change}))


@pytest.fixture
def take(small):
    """Let the union take in a trade document."""

    def taking(data, **how):
        (receipt,) = small.intake.take([small.file("trade.xml", data)], **how)
        return [(each.status, each.rejection and each.rejection.code) for each in receipt.results]

    return taking


def records(small):
    return trade.records(small.node.views.sql, Sought())


def put_aside(small, bank):
    key = small.home.keys.joinpath(bank, "submit.key")
    key.rename(key.with_suffix(".aside"))


def test_an_invoice_becomes_an_obligation_and_the_record_that_proves_it(small, take):
    assert take(document()) == [REGISTERED, REGISTERED]
    (seen,) = records(small)
    (owed,) = (each for each in timeline.obligations(small.node.views.sql) if each.id == f"{SELLER}/DOC-7")
    assert (trade.proven(small.node.views.sql, seen.id), seen.author) == ([owed.id], SELLERS_BANK)


def test_a_document_sent_again_changes_nothing_and_is_told_as_it_stands(small, take):
    first, entries = take(document()), small.node.entries
    assert take(document()) == first
    assert small.node.entries == entries


def test_another_document_under_the_number_is_refused(small, take):
    take(document())
    other = document(delivery=Delivery(destinations=("SG",), origins=("QM",)))
    assert take(other)[1] == ("refused", EXPLANATIONS[Reason.DOCUMENT_DIFFERS].code)
    assert [each.destination for each in records(small)] == ["QN"]


def test_the_buyers_bank_registers_where_the_sellers_is_not_here(small, take):
    put_aside(small, SELLERS_BANK)
    assert take(document(TradeKind.ORDER)) == [REGISTERED]
    assert [each.author for each in records(small)] == [BUYERS_BANK]


def test_the_bank_that_is_named_registers(small, take):
    assert take(document(TradeKind.ORDER), author=BUYERS_BANK) == [REGISTERED]
    assert [each.author for each in records(small)] == [BUYERS_BANK]


def test_a_record_of_nobodys_firm_or_of_banks_that_are_not_here_is_refused(small, take):
    stranger = document(TradeKind.ORDER, buyer=party("5493001KJTIIGC8Y1R12"))
    assert take(stranger) == [("refused", EXPLANATIONS[Reason.UNKNOWN_FIRM].code)]
    put_aside(small, SELLERS_BANK)
    put_aside(small, BUYERS_BANK)
    assert take(document(TradeKind.ORDER)) == [("refused", EXPLANATIONS[Reason.KEY_NOT_HERE].code)]


@pytest.mark.parametrize("kind", [TradeKind.DESPATCH_ADVICE, TradeKind.BILL_OF_LADING])
def test_goods_that_are_carried_are_recorded_with_their_route_and_ship(small, take, kind):
    assert take(document(kind)) == [REGISTERED]
    (seen,) = records(small)
    assert (seen.dispatch, seen.transshipments, seen.destination, seen.vessel) == (
        *("QM", ("SG",), "QN"),
        "9319466",
    )
