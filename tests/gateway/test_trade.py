"""What trade documents ask: the debts of invoices and credit notes, and the records of what is traded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.gateway.document import Asks, Document, Reading, of_refusal
from mufakat.gateway.trade import asked_by
from mufakat.messages.trade.codes import ASKS_FOR_NOTHING
from mufakat.messages.trade.document import Identification, TradeDocument, TradeParty
from mufakat.messages.trade.reading import read_trade_document
from mufakat.model.command import ObligationItem
from mufakat.model.money import format_amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.trade import DocumentKind, TradeKind
from mufakat.vault.details import part_of
from tests.messages.trade.writing import BUYER, LINE, SELLER, cii, claims, example, replace, ubl
from tests.union import TUESDAY, charter

WHOLE = bytes(range(32))
DATA = b"<Invoice/>"
READING = Reading(charter(), WHOLE)
CLAIMS = (TradeKind.INVOICE, TradeKind.CREDIT_NOTE)


def asked(document: TradeDocument) -> Document:
    return asked_by(document, DATA, READING)


def item(document: TradeDocument) -> ObligationItem:
    part = asked(document).parts[0]
    assert isinstance(part.item, ObligationItem), part.rejection
    return part.item


def test_an_invoice_is_what_the_buyer_owes_the_seller():
    found = asked(example())
    assert (found.kind, found.parts[0].name) == ("invoice", "DOC-7")
    assert item(example()) == ObligationItem(
        id=f"{SELLER.lei}/DOC-7",
        debtor=BUYER.lei,
        creditor=SELLER.lei,
        currency="IDR",
        amount=15_025,
        due=TUESDAY.replace(month=12, day=23),
        document=part_of(WHOLE, 0),
    )


def test_a_credit_note_is_what_the_seller_owes_the_buyer():
    found = asked(example(TradeKind.CREDIT_NOTE))
    assert (found.kind, found.parts[0].name) == ("credit note", "DOC-7")
    assert found.parts[0].references.end_to_end_id == "DOC-7"
    assert item(example(TradeKind.CREDIT_NOTE)) == ObligationItem(
        id=f"{BUYER.lei}/{SELLER.lei}/DOC-7",
        debtor=SELLER.lei,
        creditor=BUYER.lei,
        currency="IDR",
        amount=15_025,
        due=TUESDAY.replace(day=23),
        document=part_of(WHOLE, 0),
    )


def test_two_suppliers_may_number_their_credit_notes_alike_and_like_the_buyers_own_invoice():
    other = TradeParty(legal=Identification("XQM000Z25M79K5DF5N82", "0199"))
    note = example(TradeKind.CREDIT_NOTE)
    documents = [note, replace(note, seller=other), example(seller=BUYER, buyer=SELLER)]
    assert len({item(each).id for each in documents}) == 3


@settings(deadline=None)
@given(st.sampled_from(CLAIMS).flatmap(claims), st.integers(1, 10**15), st.sampled_from([ubl, cii]))
def test_a_debt_is_as_large_and_runs_the_way_that_the_document_says(document, minor, write):
    parties = {"seller": SELLER, "buyer": BUYER, "number": "N-1", "currency": "IDR"}
    document = replace(document, payable=format_amount(minor, 2), due="2026-11-24", **parties)
    found = item(read_trade_document(write(document)))
    assert found.amount == minor
    debtor = BUYER if document.kind is TradeKind.INVOICE else SELLER
    assert found.debtor == debtor.lei


@pytest.mark.parametrize("kind", CLAIMS)
@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"currency": "QMD"}, Reason.UNKNOWN_CURRENCY, "QMD"),
        ({"payable": "150.255"}, Reason.AMOUNT_DECIMALS, "IDR has 2."),
        ({"payable": "0.00"}, Reason.AMOUNT_ZERO, ""),
        ({"due": "2026-12-23Z"}, Reason.DATE_INVALID, "2026-12-23Z"),
        ({"due": None, "issued": None}, Reason.DATE_INVALID, ""),
        ({"number": "n° 7"}, Reason.IDENTIFIER_INVALID, "The reference is not 1 to 70 printable characters."),
    ],
)
def test_what_refuses_an_invoice_refuses_a_credit_note(kind, change, reason, detail):
    part = asked(example(kind, **change)).parts[0]
    assert (part.item, part.rejection.code) == (None, of_refusal(Refusal(reason, detail)).code)
    assert part.rejection.text.startswith(of_refusal(Refusal(reason, "")).text[:20])


@pytest.mark.parametrize(
    ("kind", "change", "role"),
    [
        (TradeKind.INVOICE, {"seller": TradeParty()}, "creditor"),
        (TradeKind.INVOICE, {"buyer": TradeParty()}, "debtor"),
        (TradeKind.CREDIT_NOTE, {"buyer": TradeParty()}, "creditor"),
        (TradeKind.CREDIT_NOTE, {"seller": TradeParty()}, "debtor"),
    ],
)
def test_a_party_without_an_lei_owes_nothing_and_is_owed_nothing(kind, change, role):
    part = asked(example(kind, **change)).parts[0]
    assert part.rejection == of_refusal(Refusal(Reason.LEI_INVALID, f"The {role} has no LEI."))


@pytest.mark.parametrize("kind", [TradeKind.ORDER, TradeKind.DESPATCH_ADVICE, TradeKind.BILL_OF_LADING])
def test_what_claims_nothing_is_recorded(kind):
    found = asked(example(kind))
    assert (found.kind, found.rejection, found.to) == (kind.value, None, None)
    (part,) = found.parts
    assert (part.asks, part.name, part.item.obligations) == (Asks.TRADE, "DOC-7", ())
    assert part.item.kind is DocumentKind[kind.name]


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_that_names_goods_by_code_is_recorded_beside_what_is_owed(kind):
    owed, record = asked(example(kind, lines=(LINE,))).parts
    assert (record.number, record.asks, record.name) == (1, Asks.TRADE, "record of DOC-7")
    assert record.item.obligations == (owed.item.id,)


@pytest.mark.parametrize("kind", CLAIMS)
def test_a_claim_that_names_no_goods_by_code_leaves_no_record(kind):
    (part,) = asked(example(kind, lines=(replace(LINE, commodities=()),))).parts
    assert part.asks is Asks.OBLIGATION


def test_what_is_not_owed_is_not_named_in_the_record():
    owed, record = asked(example(lines=(LINE,), payable="0.00")).parts
    assert (owed.item, record.item.obligations) == (None, ())


@pytest.mark.parametrize("code", ASKS_FOR_NOTHING)
def test_an_invoice_that_asks_for_nothing_makes_no_debt(code):
    found = asked(example(type_code=code))
    assert found.parts == ()
    assert f"(type code {code}) makes no obligation" in found.rejection.text
    assert found.rejection.text[0].isupper()
