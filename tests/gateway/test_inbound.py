"""Files in: each part becomes the command that it describes or a refusal, and no part decides over another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from mufakat.gateway.document import Document, Reading, Rejection, of_fault, of_refusal
from mufakat.gateway.inbound import FLOWS, UNANSWERED, read_document
from mufakat.gateway.outbound import WRITERS
from mufakat.messages.fault import Fault
from mufakat.messages.pacs import read_customer_credit_transfer
from mufakat.model.command import Channel, ObligationItem, PaymentOrder
from mufakat.model.money import format_amount
from mufakat.model.queueing import Priority
from mufakat.model.refusal import EXPLANATIONS, Reason, Refusal
from mufakat.vault.details import part_of
from tests.messages.official import credit_transfer, head, transaction
from tests.messages.test_tabular import OBLIGATION, PAYMENT, table
from tests.messages.trade.test_ubl import CUSTOMER, SUPPLIER, invoice, party
from tests.messages.trade.writing import cii, example, ubl
from tests.union import MEMBERS, TUESDAY, charter, uetr

CHARTER = charter()
WHOLE = bytes(range(32))
SETTLED_ON = f"<IntrBkSttlmDt>{TUESDAY}</IntrBkSttlmDt>"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
ROW = PAYMENT | {"currency": "IDR"}
DEBT = OBLIGATION | {"currency": "IDR"}
SELLER, BUYER = "5493001KJTIIGC8Y1R12", "213800WSGIIZCXF1P572"


def read(data: bytes) -> Document:
    return read_document(data, Reading(CHARTER, WHOLE))


def payment(number: int = 1, **change: str) -> str:
    """One transaction that the union takes."""
    return transaction(**{"number": number, "currency": "IDR", "extra": SETTLED_ON, **change})


def bill(**change: str) -> bytes:
    """An invoice in a currency that the union has."""
    return invoice(**change).replace(b"QMD", b"IDR")


def items(document: Document) -> list[PaymentOrder | ObligationItem | None]:
    return [part.item for part in document.parts]


def reasons(document: Document) -> list[str | None]:
    return [None if part.rejection is None else part.rejection.code for part in document.parts]


# -- credit transfers ---------------------------------------------------------------------------------


def test_a_credit_transfer_becomes_one_order_a_transaction():
    data = credit_transfer(payment(1), payment(2, amount="7"))
    found, message = read(data), read_customer_credit_transfer(data)
    assert (found.kind, found.rejection, found.fault) == ("pacs.008", None, None)
    assert [part.references for part in found.parts] == [each.references for each in message.transactions]
    assert [part.name for part in found.parts] == [each.uetr for each in message.transactions]
    first, second = items(found)
    assert first == PaymentOrder(
        uetr="00000001-ca16-48ba-b074-65581be6f001",
        debtor_agent="AAAAQMQMXXX",
        creditor_agent="BBBBQNQNXXX",
        currency="IDR",
        amount=15_025,
        value_date=TUESDAY,
        channel=Channel.RTGS,
        details=part_of(WHOLE, 0),
    )
    assert (second.amount, second.details) == (700, part_of(WHOLE, 1))


agents = st.sampled_from(["AAAAQMQM", "CCCCQOQOXXX", "DDDDQMQMA01"])
money = st.tuples(st.sampled_from(sorted(MEMBERS.values())), st.integers(1, 10**15))


@given(st.lists(st.tuples(money, agents), min_size=1, max_size=6))
def test_whatever_a_message_says_its_orders_say(facts):
    parts = [
        payment(number, amount=format_amount(minor, decimals), currency=currency).replace(
            "<DbtrAgt><FinInstnId><BICFI>AAAAQMQM", f"<DbtrAgt><FinInstnId><BICFI>{agent}"
        )
        for number, (((currency, decimals), minor), agent) in enumerate(facts)
    ]
    found = read(credit_transfer(*parts))
    assert reasons(found) == [None] * len(facts)
    assert [(part.number, item.uetr) for part, item in zip(found.parts, items(found), strict=True)] == [
        (number, f"{number:08x}-ca16-48ba-b074-65581be6f001") for number in range(len(facts))
    ]
    assert [(item.currency, item.amount, item.debtor_agent) for item in items(found)] == [
        (currency, minor, agent.ljust(11, "X")) for ((currency, _), minor), agent in facts
    ]
    assert [item.details for item in items(found)] == [part_of(WHOLE, n) for n in range(len(facts))]


def test_a_bad_transaction_leaves_the_others_and_is_told_with_its_line():
    found = read(credit_transfer(payment(1), payment(2, currency="QMD"), payment(3)))
    assert reasons(found) == [None, "AM03", None]
    bad = found.parts[1]
    assert (bad.item, bad.rejection.line, bad.references.end_to_end_id) == (None, 6, "E-2")
    assert bad.rejection == of_refusal(Refusal(Reason.UNKNOWN_CURRENCY, "QMD"), 6)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("<SttlmMtd>INDA</SttlmMtd>", Reason.SETTLEMENT_METHOD),
        ("<SttlmMtd>CLRG</SttlmMtd><ClrSys><Cd>TGT</Cd></ClrSys>", Reason.CLEARING_SYSTEM),
    ],
)
def test_a_message_that_is_not_for_this_union_is_refused_in_each_part(method, reason):
    data = credit_transfer(payment(1), payment(2)).replace(b"<SttlmMtd>CLRG</SttlmMtd>", method.encode())
    found = read(data)
    assert items(found) == [None, None]
    assert [part.rejection.text for part in found.parts] == [found.parts[0].rejection.text] * 2
    assert EXPLANATIONS[reason].text in found.parts[0].rejection.text


def test_a_transaction_without_a_uetr_is_refused_under_its_end_to_end_identification():
    data = credit_transfer(payment().replace("<UETR>00000001-ca16-48ba-b074-65581be6f001</UETR>", ""))
    (part,) = read(data).parts
    assert (part.name, part.rejection.code) == ("E-1", "MINF")


def test_a_message_that_breaks_its_schema_is_refused_whole_and_can_be_answered():
    found = read(credit_transfer(payment(1), payment(2).replace("SHAR", "FREE")))
    assert (found.kind, found.parts) == ("pacs.008", ())
    assert found.rejection == of_fault(found.fault)
    assert (found.rejection.code, found.rejection.line) == ("FF01", 6)
    assert found.rejection.path.endswith("CdtTrfTxInf[2]/ChrgBr")
    assert found.fault.message_id == "M-1"


def test_a_message_in_an_envelope_or_another_encoding_says_the_same():
    plain = credit_transfer(payment())
    inner = plain.partition(b"?>\n")[2]
    enveloped = b"<E>" + head().encode() + inner + b"</E>"
    wide = plain.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    for data in (enveloped, wide, b"\xef\xbb\xbf" + plain, b"\n\n" + inner):
        assert items(read(data)) == items(read(plain))


def test_what_a_debtor_writes_to_a_creditor_does_not_make_a_message_an_invoice():
    note = f"<RmtInf><Ustrd>xmlns {UBL}</Ustrd></RmtInf>"
    assert reasons(read(credit_transfer(payment(tail=note)))) == [None]


# -- invoices -----------------------------------------------------------------------------------------


def test_an_invoice_becomes_what_the_customer_owes_the_supplier():
    found = read(bill())
    assert (found.kind, found.rejection) == ("invoice", None)
    assert found.parts[0].name == found.parts[0].references.end_to_end_id == "INV-7"
    owed, record = items(found)
    assert owed == ObligationItem(
        id=f"{SELLER}/INV-7",
        debtor=BUYER,
        creditor=SELLER,
        currency="IDR",
        amount=15_025,
        due=TUESDAY.replace(month=12, day=23),
        document=part_of(WHOLE, 0),
    )
    assert record.obligations == (owed.id,)


@given(st.integers(1, 10**15))
def test_every_payable_amount_becomes_the_same_amount_owed(minor):
    (item, _) = items(read(bill(payable=format_amount(minor, 2))))
    assert item.amount == minor


def test_an_invoice_without_a_due_date_is_due_when_it_was_issued():
    (item, _) = items(read(bill(dates="")))
    assert item.due == TUESDAY.replace(day=23)


@pytest.mark.parametrize(
    "inner",
    [
        f'<cbc:EndpointID schemeID="0199">{SELLER}</cbc:EndpointID>',
        '<cac:PartyIdentification><cbc:ID schemeID="0088">7300010000001</cbc:ID></cac:PartyIdentification>'
        f'<cac:PartyIdentification><cbc:ID schemeID="0199">{SELLER}</cbc:ID></cac:PartyIdentification>',
    ],
)
def test_a_party_is_known_by_its_lei_wherever_the_invoice_gives_it(inner):
    (item, _) = items(read(bill(supplier=party("AccountingSupplierParty", inner))))
    assert item.creditor == SELLER


@pytest.mark.parametrize(
    ("old", "new", "reason", "detail"),
    [
        (SELLER, SELLER[:-1] + "3", Reason.LEI_INVALID, f"The creditor has LEI {SELLER[:-1]}3."),
        (SUPPLIER, party("AccountingSupplierParty"), Reason.LEI_INVALID, "The creditor has no LEI."),
        (CUSTOMER, party("AccountingCustomerParty"), Reason.LEI_INVALID, "The debtor has no LEI."),
        ("INV-7", "n° 7", Reason.IDENTIFIER_INVALID, "The reference is not 1 to 70 printable characters."),
        ("IDR", "QMD", Reason.UNKNOWN_CURRENCY, "QMD"),
        ("150.25", "150.255", Reason.AMOUNT_DECIMALS, "IDR has 2."),
        ("150.25", "0.00", Reason.AMOUNT_ZERO, ""),
        ("2026-12-23", "2026-12-23Z", Reason.DATE_INVALID, "2026-12-23Z"),
    ],
)
def test_an_invoice_that_makes_no_obligation_is_refused_with_the_reason(old, new, reason, detail):
    found = read(bill().decode().replace(old, new).encode())
    assert (items(found)[0], found.rejection) == (None, None)
    assert found.parts[0].rejection == of_refusal(Refusal(reason, detail))


def test_an_invoice_that_cannot_be_read_is_refused_whole():
    found = read(bill(line=""))
    assert (found.kind, found.parts, found.rejection.code) == ("trade document", (), "FF01")


@pytest.mark.parametrize("name", ["Statement", "StandardBusinessDocument"])
def test_what_is_no_trade_document_is_told_what_it_is(name):
    data = f"<{name}>".encode() + bill().partition(b"?>\n")[2] + f"</{name}>".encode()
    found = read(data)
    assert (found.kind, found.rejection.code) == ("trade document", "FF01")
    assert found.rejection.text.startswith(f"{name} is no trade document that is taken. Taken are ")


@pytest.mark.parametrize("before", ["", "<!-- a licence -->" * 500])
@pytest.mark.parametrize("write", [ubl, cii])
def test_a_trade_document_is_known_however_late_its_namespace_comes(write, before):
    data = write(example()).replace(b"?>\n", b"?>\n" + before.encode(), 1)
    item, _ = items(read(data))
    assert item.amount == 15_025
    wide = data.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert items(read(wide))[0] == item


# -- tables -------------------------------------------------------------------------------------------


def test_a_table_of_payments_becomes_orders():
    options = {"channel": "MPNS", "debtor_name": "Ana", "creditor_account": "77"}
    found = read(table(ROW | options))
    assert (found.kind, found.rejection) == ("payments", None)
    assert items(found) == [
        PaymentOrder(
            uetr="00000001-ca16-48ba-b074-65581be6f001",
            debtor_agent="AAAAQMQMXXX",
            creditor_agent="BBBBQNQNXXX",
            currency="IDR",
            amount=15_025,
            value_date=TUESDAY,
            channel=Channel.MPNS,
            details=part_of(WHOLE, 2),
        )
    ]
    assert found.parts[0].references.end_to_end_id == "E-1"


def test_a_table_says_priority_times_and_whether_a_payment_may_settle_in_parts():
    options = {"priority": "URGT", "earliest": "", "latest": "2026-11-24T15:00:00+07:00", "divisible": "yes"}
    (found,) = items(read(table(ROW | options)))
    assert (found.priority, found.earliest_us, found.divisible) == (Priority.URGENT, 0, True)
    assert found.latest_us == 1_795_507_200_000_000


def test_a_time_in_a_table_that_cannot_be_read_refuses_its_row():
    (part,) = read(table(ROW | {"latest": "15:00"})).parts
    assert (part.rejection.code, part.rejection.line) == ("DT01", 2)


def test_a_table_of_obligations_becomes_obligations():
    found = read(table(DEBT))
    assert (found.kind, found.rejection) == ("obligations", None)
    assert items(found) == [
        ObligationItem(
            id=f"{BUYER}/INV-7",
            debtor=SELLER,
            creditor=BUYER,
            currency="IDR",
            amount=15_025,
            due=TUESDAY.replace(month=12, day=23),
            document=part_of(WHOLE, 2),
        )
    ]


def test_a_payment_is_the_same_in_a_table_and_in_a_message():
    (told,), (written,) = items(read(table(ROW))), items(read(credit_transfer(payment())))
    assert replace(told, details=b"") == replace(written, details=b"")


@given(st.lists(st.sampled_from(["150.25", "0", "-1", "1.005", "x", "7"]), min_size=1, max_size=12))
def test_each_row_of_a_table_stands_or_falls_alone(amounts):
    rows = [ROW | {"uetr": uetr(number), "amount": amount} for number, amount in enumerate(amounts)]
    found = read(table(*rows))
    codes = {"150.25": None, "7": None, "0": "AM01", "-1": "AM12", "1.005": "AM12", "x": "AM12"}
    assert reasons(found) == [codes[amount] for amount in amounts]
    assert [part.number for part in found.parts] == list(range(2, len(amounts) + 2))
    assert all(part.rejection is None or part.rejection.line == part.number for part in found.parts)


@pytest.mark.parametrize("mark", ["\ufeff", "\n\n", "\ufeff\r\n", "  "])
def test_what_stands_before_the_header_does_not_change_what_a_table_is(mark):
    assert read(table(ROW, mark=mark)).kind == "payments"
    assert None not in items(read(table(ROW, mark=mark)))
    assert read(table(DEBT, mark=mark)).kind == "obligations"


def test_a_row_above_a_quote_that_is_never_closed_is_read():
    found = read(table(ROW) + b'"open,')
    assert reasons(found) == [None, "FF02"]
    assert found.rejection is None


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "no header"),
        (b'"open', 1, "not CSV"),
        (table(ROW) + b"\xe9", 3, "not UTF-8"),
        (table(ROW, ROW) + b"\0", 4, "null byte"),
        (b"\n\n" + table(ROW | {"colour": "red"}), 3, "unknown colour"),
        (table({"uetr": "x"}), 1, "lacks end_to_end_id"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_whole(data, line, words):
    found = read(data)
    assert found.parts == ()
    assert (found.rejection.line, words in found.rejection.text) == (line, True), found.rejection
    assert found.fault is not None


def test_an_amount_that_no_ledger_holds_is_too_large_whatever_brings_it():
    huge = "9" * 23
    for found in (
        read(table(ROW | {"amount": huge})),
        read(table(DEBT | {"amount": huge})),
        read(bill(payable=huge)),
    ):
        assert found.parts[0].rejection.code == "AM02"


# -- what is not taken --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["BICFI", "BIC"])
def test_an_old_version_is_refused_to_whom_it_names_as_it_names_it(name):
    data = credit_transfer(payment(), version="pacs.008.001.02").replace(b"BICFI", name.encode())
    assert (read(data).rejection.code, read(data).to.agent) == ("MINF", "AAAAQMQM")


def test_a_message_that_names_no_agent_is_refused_to_the_sender_of_its_header():
    text = credit_transfer(payment()).decode().partition("?>")[2].replace("InstgAgt", "OtherAgt")
    found = read(f"<E>{head()}{text}</E>".encode())
    assert (found.rejection.code, found.to.agent) == ("FF01", "AAAAQMQMXXX")


def test_another_message_is_refused_as_what_it_is():
    found = read(credit_transfer(payment()).replace(b"pacs.008.001.08", b"pacs.010.001.03"))
    assert (found.kind, found.rejection.code) == ("pacs.010", "FF01")
    assert "pacs.010.001.03 is not taken. pacs.008, " in found.rejection.text
    assert (found.to.kind, found.to.agent, found.to.original.message_id) == ("admi.002", "AAAAQMQM", "M-1")


# -- any file -----------------------------------------------------------------------------------------


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: f"{','.join(PAYMENT)}\n{text}".encode()),
        st.builds(
            lambda at, byte: credit_transfer(payment())[:at] + byte + credit_transfer(payment())[at + 1 :],
            st.integers(0, len(credit_transfer(payment())) - 1),
            st.binary(min_size=1, max_size=1),
        ),
    )
)
def test_any_file_is_refused_whole_or_in_parts_that_each_ask_or_are_refused(data):
    found = read(data)
    assert (found.rejection is None) == (found.fault is None)
    assert not (found.parts and found.rejection)
    assert all((part.item is None) != (part.rejection is None) for part in found.parts)
    assert len({part.number for part in found.parts}) == len(found.parts)


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_of_the_rules_keeps_its_code_and_words(reason):
    refusal = Refusal(reason, "Detail.")
    assert of_refusal(refusal, 7) == Rejection(refusal.code, refusal.text, 7)


def test_a_fault_keeps_its_code_words_and_place():
    fault = Fault(code="FF01", text="Wrong.", line=7, path="/Document")
    assert of_fault(fault) == Rejection("FF01", "Wrong.", 7, "/Document")


def test_an_answer_is_never_answered_so_that_two_gateways_come_to_an_end():
    answers = {flow.answer for flow in FLOWS.values()} - {None}
    assert answers
    assert answers <= WRITERS.keys() <= UNANSWERED
    assert all(FLOWS[kind].answer is None for kind in UNANSWERED if kind in FLOWS)


@pytest.mark.parametrize("kind", sorted(UNANSWERED))
def test_no_answer_is_owed_to_an_answer_or_a_report_however_wrong(kind):
    data = credit_transfer(payment()).replace(b"pacs.008.001.08", f"{kind}.001.09".encode())
    assert (read(data).kind, read(data).to) == (kind, None)
