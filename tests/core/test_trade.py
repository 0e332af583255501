"""Trade records: what a bank may register, what a record must name, and that a document is registered once."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.model.calendar import Phase
from mufakat.model.charter import DefaultProcedure
from mufakat.model.default import Cause, DeclareDefault
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from mufakat.model.trade import DocumentKind, GoodsLine, RegisterTradeRecords, TradeRecordRegistered
from tests.strategies import world
from tests.union import A1, A2, B1, invoice, lei, settled_world, suspend

BILL, ADVICE = DocumentKind.BILL_OF_LADING, DocumentKind.DESPATCH_ADVICE
LINE = GoodsLine("730431", "QN")
NOTHING = {"goods": (), "dispatch": "", "destination": "", "transshipments": (), "incoterm": "", "place": ""}
SHIPLESS = {"vessel": "", "vessel_name": "", "voyage": ""}
SERVICES = {**NOTHING, **SHIPLESS, "services": True}


def only(outcome):
    (item,) = outcome.items
    return None if item.refusal is None else item.refusal.reason


def refused(outcome):
    return None if outcome.refusal is None else outcome.refusal.reason


def of_origin(code):
    return {"goods": (GoodsLine("730431", code),)}


def of_code(code):
    return {"goods": (LINE, GoodsLine(code, "QN"))}


@pytest.mark.parametrize("author", [A1, A2])
def test_the_bank_of_the_seller_or_of_the_buyer_registers_a_record(author):
    union = settled_world(0)
    outcome = union.record(author, invoice())
    assert (outcome.items[0].id, outcome.items[0].status) == (f"{lei(2)}/invoice/INV-1", Status.REGISTERED)
    event = union.events[-1]
    assert event == TradeRecordRegistered(invoice(), author, A2, A1)
    assert union.state.trade_records[event.item.id].document == invoice().document


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seller": lei(60)}, Reason.UNKNOWN_FIRM),
        ({"buyer": "nobody"}, Reason.UNKNOWN_FIRM),
        ({"seller": lei(4), "buyer": lei(6)}, Reason.NOT_OWN_AFFAIR),
        ({"number": ""}, Reason.IDENTIFIER_INVALID),
        ({"number": "x" * 71}, Reason.IDENTIFIER_INVALID),
        ({"number": "INV\n1"}, Reason.IDENTIFIER_INVALID),
        ({"document": bytes(31)}, Reason.IDENTIFIER_INVALID),
        ({"vessel": "9319467"}, Reason.IDENTIFIER_INVALID),
        ({"vessel": "IMO 9319466"}, Reason.IDENTIFIER_INVALID),
        ({"currency": "JPY"}, Reason.UNKNOWN_CURRENCY),
        ({"seller": lei(0)}, Reason.SAME_PARTY),
        ({"goods": (msgspec.structs.replace(LINE, amount=0),)}, Reason.AMOUNT_ZERO),
        ({"goods": (msgspec.structs.replace(LINE, amount=-1),)}, Reason.AMOUNT_INVALID),
        ({"goods": (msgspec.structs.replace(LINE, amount=MAX_AMOUNT + 1),)}, Reason.AMOUNT_TOO_LARGE),
        ({"obligations": (f"{lei(2)}/none",)}, Reason.UNKNOWN_OBLIGATION),
        ({"goods": ()}, Reason.GOODS_MISSING),
        ({"goods": (), "kind": BILL}, Reason.GOODS_MISSING),
        (of_code("73043"), Reason.HS_CODE_INVALID),
        (of_code("7304.31"), Reason.HS_CODE_INVALID),
        (of_code("73043112345"), Reason.HS_CODE_INVALID),
        (of_code("770100"), Reason.HS_CODE_INVALID),
        (of_code("990500"), Reason.HS_CODE_INVALID),
        (of_code(""), Reason.HS_CODE_INVALID),
        (of_origin(""), Reason.COUNTRY_MISSING),
        ({"dispatch": ""}, Reason.COUNTRY_MISSING),
        ({"destination": ""}, Reason.COUNTRY_MISSING),
        ({"goods": (), "destination": "", "kind": ADVICE}, Reason.COUNTRY_MISSING),
        (of_origin("UK"), Reason.COUNTRY_INVALID),
        (of_origin("ZZ"), Reason.COUNTRY_INVALID),
        (of_origin("QP"), Reason.COUNTRY_INVALID),
        ({"dispatch": "id"}, Reason.COUNTRY_INVALID),
        ({"destination": "XX"}, Reason.COUNTRY_INVALID),
        ({"transshipments": ("SG", "")}, Reason.COUNTRY_INVALID),
        ({"refers_to": (f"{lei(2)}/order/O-1",)}, Reason.UNKNOWN_TRADE_RECORD),
        ({"refers_to": (f"{lei(2)}/invoice/INV-1",)}, Reason.UNKNOWN_TRADE_RECORD),
        ({"incoterm": "DAT"}, Reason.TRADE_RECORD_INVALID),
        ({"incoterm": ""}, Reason.TRADE_RECORD_INVALID),
        ({"place": "Port\u200b of Melati"}, Reason.TRADE_RECORD_INVALID),
        ({"vessel_name": "x" * 71}, Reason.TRADE_RECORD_INVALID),
        ({"voyage": " 1"}, Reason.TRADE_RECORD_INVALID),
        ({"payment_means": "100"}, Reason.TRADE_RECORD_INVALID),
        ({"currency": None}, Reason.TRADE_RECORD_INVALID),
        ({"services": True}, Reason.TRADE_RECORD_INVALID),
        ({**SERVICES, "kind": BILL}, Reason.TRADE_RECORD_INVALID),
        ({**SERVICES, "destination": "SG"}, Reason.TRADE_RECORD_INVALID),
        ({"goods": (LINE,) * 1_001}, Reason.TRADE_RECORD_INVALID),
        ({"transshipments": ("SG",) * 21}, Reason.TRADE_RECORD_INVALID),
        ({"goods": (msgspec.structs.replace(LINE, quantity="x" * 71),)}, Reason.TRADE_RECORD_INVALID),
    ],
)
def test_a_record_that_is_not_right_leaves_no_trace(change, why):
    union = settled_world(0)
    assert only(union.record(A1, invoice(**change))) is why
    assert len(union.state.trade_records) == 0


@pytest.mark.parametrize(
    "change",
    [
        SERVICES,
        {**NOTHING, "kind": DocumentKind.ORDER},
        {**NOTHING, "kind": DocumentKind.CREDIT_NOTE},
        {"goods": (), "kind": ADVICE},
        {"kind": BILL},
        {**of_origin("XK"), "dispatch": "KP"},
        {**SHIPLESS, "transshipments": (), "incoterm": "", "place": "", "payment_means": "", "due": None},
        {"payment_means": "ZZZ", "goods": (LINE,) * 1_000},
    ],
)
def test_a_record_says_no_more_than_its_document(change):
    assert only(settled_world(0).record(A1, invoice(**change))) is None


def test_a_document_sent_again_is_a_duplicate_and_another_one_under_its_number_is_refused():
    union = settled_world(0)
    assert only(union.record(A2, invoice())) is None
    root = union.state.trade_records.root()
    assert only(union.record(A2, invoice())) is Reason.DUPLICATE
    assert only(union.record(A1, invoice(goods=(LINE,)))) is Reason.DUPLICATE
    assert only(union.record(A1, invoice(document=bytes(32)))) is Reason.DOCUMENT_DIFFERS
    assert union.state.trade_records.root() == root
    for change in ({"kind": BILL}, {"number": "INV-2"}, {"seller": lei(3)}):
        assert only(union.record(A2, invoice(**change))) is None


def test_the_lowest_reason_is_the_one_that_is_reported():
    union = settled_world(0)
    union.record(A2, invoice())
    changes = (
        ({"buyer": lei(60)}, Reason.UNKNOWN_FIRM),
        ({"vessel": "1"}, Reason.IDENTIFIER_INVALID),
        ({"currency": "JPY"}, Reason.UNKNOWN_CURRENCY),
        ({"obligations": ("none",)}, Reason.UNKNOWN_OBLIGATION),
        ({"document": bytes(32)}, Reason.DOCUMENT_DIFFERS),
        ({"goods": (GoodsLine("1", "QN"),)}, Reason.HS_CODE_INVALID),
        ({"dispatch": ""}, Reason.COUNTRY_MISSING),
        ({"destination": "UK"}, Reason.COUNTRY_INVALID),
        ({"refers_to": ("none",)}, Reason.UNKNOWN_TRADE_RECORD),
        ({"incoterm": "DAT"}, Reason.TRADE_RECORD_INVALID),
    )
    assert [why for _, why in changes] == sorted(why for _, why in changes)
    for place, (_, why) in enumerate(changes):
        wrong = {name: value for each, _ in reversed(changes[place:]) for name, value in each.items()}
        if "document" not in wrong:
            wrong["number"] = "another"
        assert only(union.record(A2, invoice(**wrong))) is why


def test_a_record_proves_obligations_between_its_firms_and_refers_to_earlier_records():
    union = settled_world(0)
    union.owe(0, 2, 50, id=f"{lei(2)}/INV-1")
    union.owe(0, 4, 50, id=f"{lei(4)}/INV-1")
    order = invoice(kind=DocumentKind.ORDER, number="O-1")
    proven = {"obligations": (f"{lei(2)}/INV-1",), "refers_to": (order.id,)}
    outcome = union.record(A2, order, invoice(**proven))
    assert [each.status for each in outcome.items] == [Status.REGISTERED] * 2
    others = union.record(A2, invoice(number="INV-2", obligations=(f"{lei(4)}/INV-1",)))
    assert only(others) is Reason.TRADE_RECORD_INVALID
    for name, each in proven.items():
        twice = union.record(A2, invoice(number="INV-2", **{name: each * 2}))
        assert only(twice) is Reason.TRADE_RECORD_INVALID
        assert (
            only(union.record(A2, invoice(number="INV-2", **{name: each * 101})))
            is Reason.TRADE_RECORD_INVALID
        )


def test_each_record_of_a_batch_has_its_own_outcome():
    union = settled_world(0)
    outcome = union.record(
        A2, invoice(), invoice(), invoice(number="INV-2", goods=()), invoice(number="INV-3")
    )
    reasons = [None if each.refusal is None else each.refusal.reason for each in outcome.items]
    assert reasons == [None, Reason.DUPLICATE, Reason.GOODS_MISSING, None]
    assert len(union.state.trade_records) == 2


def test_participants_register_records_in_batches_while_the_day_is_open():
    union = settled_world(0, max_batch_items=2)
    assert refused(union.record("QM", invoice())) is Reason.NOT_OWN_AFFAIR
    assert refused(union.record(A1)) is Reason.EMPTY_BATCH
    assert refused(union.record(A1, *[invoice()] * 3)) is Reason.BATCH_TOO_LARGE
    union.phase(Phase.CUT_OFF)
    assert refused(union.record(A1, invoice())) is Reason.AFTER_CUT_OFF
    union.phase(Phase.CLOSED)
    assert refused(union.record(A1, invoice())) is Reason.DAY_NOT_OPEN


def test_nothing_is_registered_with_a_bank_that_is_suspended_or_in_default():
    union = settled_world(0, default=DefaultProcedure())
    change = {"seller": lei(4)}
    suspend(union, "QN")
    assert only(union.record(A1, invoice(**change))) is Reason.COUNTERPARTY_SUSPENDED
    assert refused(union.record(B1, invoice(**change))) is Reason.MEMBER_SUSPENDED
    for member in union.quorum():
        union.must(member, DeclareDefault(A2, Cause.INSOLVENT))
    assert only(union.record(A1, invoice())) is Reason.COUNTERPARTY_IN_DEFAULT


_texts = st.text(max_size=80)
_codes = st.one_of(st.text(max_size=12), st.sampled_from(("730431", "QM", "SG", "DE")))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_whatever_a_record_says_it_ends_in_an_outcome(data):
    lines = st.builds(GoodsLine, _codes, _codes, st.one_of(st.none(), st.integers(-5, 2**63)), _texts)
    fields = {
        "kind": st.sampled_from(DocumentKind),
        "goods": st.lists(lines, max_size=3).map(tuple),
        "transshipments": st.lists(_codes, max_size=3).map(tuple),
        "obligations": st.lists(_texts, max_size=2).map(tuple),
        "services": st.booleans(),
        **dict.fromkeys(("number", "place", "vessel", "vessel_name", "voyage", "payment_means"), _texts),
        **dict.fromkeys(("dispatch", "destination", "incoterm", "seller"), _codes),
    }
    chosen = data.draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    union = world()
    item = invoice(**{name: data.draw(fields[name]) for name in sorted(chosen)})
    (found,) = union.tell(A1, RegisterTradeRecords((item,))).items
    assert (found.refusal is None) == (item.id in union.state.trade_records)
