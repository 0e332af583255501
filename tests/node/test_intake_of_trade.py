"""Trade documents on their way in: which bank registers what they say, once, and what is told of it."""

import datetime
import hashlib

import msgspec
import pytest

from mufakat.gateway.document import Asks, Document, Part
from mufakat.messages.fault import References
from mufakat.model import command as c
from mufakat.model.refusal import EXPLANATIONS, Reason
from mufakat.model.trade import DocumentKind, GoodsLine, TradeItem
from mufakat.node.intake import Intake
from mufakat.projections import timeline, trade
from mufakat.projections.trade import Sought
from mufakat.vault.details import part_of
from tests.union import TUESDAY

SELLER, BUYER = "XQM000Z25M79K5DF5N82", "XQM0007X97ZCCCP9WN26"
SELLERS_BANK, BUYERS_BANK = "LUALQMA0XXX", "UDAYQNA0XXX"


class TradeIntake(Intake):
    """Reads documents that are fields of trade records, line by line; an invoice with the debt that it proves."""

    def _document(self, data: bytes, whole: bytes) -> Document:
        parts = []
        for line in data.splitlines():
            item = msgspec.json.decode(line, type=TradeItem)
            item = msgspec.structs.replace(item, document=hashlib.sha256(data).digest())
            if item.kind is DocumentKind.INVOICE:
                debt = c.ObligationItem(
                    *(f"{item.seller}/{item.number}", item.buyer, item.seller, "IDR", 500, TUESDAY),
                    part_of(whole, len(parts)),
                )
                parts.append(Part(len(parts), debt.id, References(), debt, None, asks=Asks.OBLIGATION))
                item = msgspec.structs.replace(item, obligations=(debt.id,))
            parts.append(Part(len(parts), item.id, References(), item, None, asks=Asks.TRADE))
        return Document("invoice", tuple(parts))


def record(**change):
    item = TradeItem(
        *(DocumentKind.INVOICE, "A-1", bytes(32), SELLER, BUYER, datetime.date(2026, 11, 20)),
        goods=(GoodsLine("730431", "QM", 500),),
        currency="IDR",
        dispatch="QM",
        destination="QN",
    )
    return msgspec.structs.replace(item, **change)


@pytest.fixture
def take(small):
    """Let the union take in documents of trade records."""
    intake = TradeIntake(small.session, small.vault, small.home.out)

    def taking(*items, **how):
        data = b"\n".join(msgspec.json.encode(item) for item in items)
        (receipt,) = intake.take([small.file("trade.json", data)], **how)
        return [(each.status, each.rejection and each.rejection.code) for each in receipt.results]

    return taking


def authors(small):
    return [each.author for each in trade.records(small.node.views.sql, Sought())]


def put_aside(small, bank):
    key = small.home.keys.joinpath(bank, "submit.key")
    key.rename(key.with_suffix(".aside"))


def test_an_invoice_becomes_an_obligation_and_the_record_that_proves_it(small, take):
    assert take(record()) == [("registered", None), ("registered", None)]
    sql = small.node.views.sql
    (seen,) = trade.records(sql, Sought())
    (owed,) = (each for each in timeline.obligations(sql) if each.id == f"{SELLER}/A-1")
    assert (trade.proven(sql, seen.id), seen.author) == ([owed.id], SELLERS_BANK)


def test_a_document_sent_again_changes_nothing_and_is_told_as_it_stands(small, take):
    first, entries = take(record()), small.node.entries
    assert take(record()) == first
    assert small.node.entries == entries


def test_an_order_and_the_invoice_that_refers_to_it_come_in_one_file(small, take):
    order = record(kind=DocumentKind.ORDER, number="O-1")
    assert [status for status, _ in take(order, record(refers_to=(order.id,)))] == ["registered"] * 3


def test_another_document_under_the_number_is_refused(small, take):
    take(record())
    assert take(record(destination="SG"))[1] == ("refused", EXPLANATIONS[Reason.DOCUMENT_DIFFERS].code)
    assert [each.destination for each in trade.records(small.node.views.sql, Sought())] == ["QN"]


def test_the_buyers_bank_registers_where_the_sellers_is_not_here(small, take):
    put_aside(small, SELLERS_BANK)
    assert take(record(kind=DocumentKind.ORDER)) == [("registered", None)]
    assert authors(small) == [BUYERS_BANK]


def test_the_bank_that_is_named_registers(small, take):
    assert take(record(kind=DocumentKind.ORDER), author=BUYERS_BANK) == [("registered", None)]
    assert authors(small) == [BUYERS_BANK]


def test_a_record_of_nobodys_firm_or_of_banks_that_are_not_here_is_refused(small, take):
    stranger = record(kind=DocumentKind.ORDER, buyer="5493001KJTIIGC8Y1R12")
    assert take(stranger) == [("refused", EXPLANATIONS[Reason.UNKNOWN_FIRM].code)]
    put_aside(small, SELLERS_BANK)
    put_aside(small, BUYERS_BANK)
    assert take(record(kind=DocumentKind.ORDER)) == [("refused", EXPLANATIONS[Reason.KEY_NOT_HERE].code)]
