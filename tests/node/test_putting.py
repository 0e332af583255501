"""What goes into one command, and in which order commands come."""

from mufakat.gateway.document import Part
from mufakat.messages.fault import References
from mufakat.model import command as c
from mufakat.model.charter import Rules
from mufakat.model.record import orders_of
from mufakat.model.trade import GoodsLine, RegisterTradeRecords, TradeItem
from mufakat.node.putting import chains, chunks, command_of, speaking, turn
from tests.union import A1, A2, TUESDAY, invoice, lei, settled_world, uetr


def order(number: int) -> c.PaymentOrder:
    return c.PaymentOrder(uetr(number), A1, A2, "IDR", 100, TUESDAY, c.Channel.RTGS, bytes(32))


DEBT = c.ObligationItem(f"{lei(1)}/I-1", lei(2), lei(1), "IDR", 100, TUESDAY, bytes(32))


def test_payments_go_together_and_what_is_about_one_goes_alone():
    assert orders_of(command_of([order(1), order(2)])) == (order(1), order(2))
    assert command_of([DEBT]) == c.RegisterObligations((DEBT,))
    assert command_of([c.CancelPayment(uetr(1))]) == c.CancelPayment(uetr(1))
    one, other = c.CancelPayment(uetr(1)), c.ReturnPayment(uetr(2), "AC04")
    assert list(chunks([{b"1": one}, {b"2": other}], Rules(2, ()))) == [{b"1": one}, {b"2": other}]
    assert command_of([invoice(), invoice(number="2")]) == RegisterTradeRecords(
        (invoice(), invoice(number="2"))
    )


def test_debts_come_before_their_documents_then_payments_and_what_is_about_them():
    items = [c.CancelPayment(uetr(1)), order(1), invoice(), DEBT, c.ReturnPayment(uetr(2), "AC04")]
    assert [type(each) for each in sorted(items, key=turn)] == [
        c.ObligationItem,
        TradeItem,
        c.PaymentOrder,
        c.CancelPayment,
        c.ReturnPayment,
    ]


def test_chunks_never_part_a_chain_and_hold_so_many_at_most_otherwise():
    asked = [{bytes([n, m]): order(n) for m in range(size)} for n, size in enumerate((2, 2, 1, 5, 1))]
    assert [len(chunk) for chunk in chunks(asked, Rules(2, (), max_batch_items=3))] == [2, 3, 5, 1]


def test_trade_records_with_many_lines_go_into_several_commands_that_the_union_takes():
    union = settled_world(0)
    lines = tuple(GoodsLine("7304310000", "QN", 10**17, "x" * 70) for _ in range(1_000))
    items = [invoice(number=f"L-{n}", goods=lines if n % 5 else lines[:1]) for n in range(70)]
    found = list(chunks([{bytes([n]): item} for n, item in enumerate(items)], union.state.charter.rules))
    assert [item for chunk in found for item in chunk.values()] == items
    assert 2 < len(found) < 10
    for chunk in found:
        union.must(A2, command_of(list(chunk.values())))


def test_what_is_linked_is_one_chain():
    parts = [
        Part(n, str(n), References(), order(n), None, linked=linked)
        for n, linked in enumerate((False, True, True, False, False))
    ]
    assert [[part.number for part in chain] for chain in chains(parts)] == [[0], [1, 2, 3], [4]]


def test_the_bank_of_the_seller_is_asked_before_that_of_the_buyer_and_for_an_invoice_the_creditors():
    assert speaking("bill of lading", invoice()) == (lei(2), lei(0))
    assert (speaking("invoice", DEBT), speaking("obligations", DEBT)) == ((lei(1),), (lei(2),))
