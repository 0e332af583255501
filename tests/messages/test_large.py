import io
import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.messages.fault import Fault
from mufakat.messages.large import Batch, read_large
from mufakat.messages.pacs import read_customer_credit_transfer
from mufakat.simulation.messages import credit_transfers
from tests.messages import banking
from tests.messages.official import head
from tests.messages.test_pieces import enveloped

TEN = next(credit_transfers(1, 1, 10)).replace(b"<NbOfTxs>", b"<NbOfTxs>", 1)
UETRS = re.findall(rb"<UETR>(.*?)</UETR>", TEN)
AMOUNTS = re.findall(rb'<IntrBkSttlmAmt Ccy="IDR">(.*?)</', TEN) or re.findall(
    rb"<IntrBkSttlmAmt[^>]*>(.*?)</", TEN
)


def read(data: bytes, piece: int = 1) -> list[Batch | Fault]:
    return list(read_large(io.BytesIO(data), piece))


def joined(found: list[Batch | Fault]) -> object:
    """What a reader of the whole would have said: the message, or the fault without what only a tree knows."""
    last = found[-1]
    if isinstance(last, Fault):
        return last
    messages = [each.message for each in found]
    whole = tuple(each for one in messages for each in one.transactions)
    return msgspec.structs.replace(messages[0], transactions=whole)


def with_sum(data: bytes, total: str) -> bytes:
    return data.replace(b"</NbOfTxs>", b"</NbOfTxs><CtrlSum>%s</CtrlSum>" % total.encode())


def total(data: bytes) -> str:
    minor = sum(int(each.replace(b".", b"")) for each in AMOUNTS)
    return f"{minor // 100}.{minor % 100:02}"


@pytest.mark.parametrize(
    "data", [TEN, enveloped(TEN), with_sum(TEN, total(TEN))], ids=["bare", "enveloped", "summed"]
)
@pytest.mark.parametrize("piece", [1, 3_000, 10**6])
def test_what_is_read_in_batches_is_what_is_read_at_once(data, piece):
    found = read(data, piece)
    assert joined(found) == read_customer_credit_transfer(data)
    assert [each.first for each in found] == [
        sum(len(before.message.transactions) for before in found[:n]) for n in range(len(found))
    ]


def test_institutions_own_transfers_are_read_too():
    data = banking.institution_transfer()
    assert joined(read(data)) == read_customer_credit_transfer(data)


def nth(data: bytes, mark: bytes, number: int, by: bytes) -> bytes:
    """Replace the `number`th occurrence of a mark, from 0 on."""
    parts = data.split(mark)
    return mark.join(parts[: number + 1]) + by + mark.join(parts[number + 1 :])


FAULTS = {
    "schema": lambda data, n: nth(data, b"<ChrgBr>", n, b"<Wrong/><ChrgBr>"),
    "amount": lambda data, n: nth(data, AMOUNTS[n] + b"<", 0, b"+" + AMOUNTS[n] + b"<"),
    "metal": lambda data, n: nth(data, b'<IntrBkSttlmAmt Ccy="', n, b'<IntrBkSttlmAmt Ccy="XAU" x="'),
    "count": lambda data, _: data.replace(b"<NbOfTxs>10<", b"<NbOfTxs>11<"),
    "sum": lambda data, _: with_sum(data, "1.00"),
    "twice": lambda data, n: data.replace(UETRS[n], UETRS[(n + 4) % 10]),
    "header": lambda data, _: data.replace(b"<SttlmMtd>CLRG<", b"<SttlmMtd>NONE<"),
    "comment": lambda data, n: nth(data, b"<ChrgBr>", n, b"<!-- --><ChrgBr>"),
    "instruction": lambda data, n: nth(data, b"<ChrgBr>", n, b"<?a b?><ChrgBr>"),
    "end": lambda data, _: data.replace(b"</FIToFICstmrCdtTrf>", b"<More/></FIToFICstmrCdtTrf>"),
    "between": lambda data, n: nth(data, b"<CdtTrfTxInf>", n, b"<More/><CdtTrfTxInf>"),
    "version": lambda data, _: data.replace(b"pacs.008.001.08", b"pacs.008.001.99"),
}


@settings(deadline=None)
@given(st.sampled_from(sorted(FAULTS)), st.integers(0, 9), st.sampled_from([1, 2_500, 10**6]), st.booleans())
def test_a_large_message_has_the_fault_that_a_small_one_has_at_the_same_place(kind, number, piece, wrapped):
    data = FAULTS[kind](TEN, number)
    if wrapped and kind not in {"comment", "instruction"}:
        data = enveloped(data)
    small, large = read_customer_credit_transfer(data), joined(read(data, piece))
    assert isinstance(small, Fault)
    assert large == msgspec.structs.replace(small, transactions=())


@pytest.mark.parametrize("kind", ["schema", "amount", "twice"])
def test_a_fault_in_the_last_transaction_comes_with_its_line_and_position(kind):
    data = FAULTS[kind](TEN, 9)
    fault = read(data)[-1]
    lines = data.split(b"\n")
    start = max(number for number, line in enumerate(lines, 1) if b"<CdtTrfTxInf>" in line)
    assert isinstance(fault, Fault) and fault.line is not None and fault.line >= min(start, 1)
    assert fault.message_id and fault.definition and fault.instructing_agent
    if kind != "twice":
        assert fault.path.startswith("/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[10]/")
        assert fault.line >= start


def test_faults_are_told_in_the_order_of_precedence():
    both = FAULTS["count"](FAULTS["amount"](FAULTS["twice"](with_sum(TEN, "1.00"), 3), 2), 0)
    for wanted, mended in (
        ("AM19", both),
        ("AM12", both.replace(b"<NbOfTxs>11<", b"<NbOfTxs>10<")),
        ("AM10", FAULTS["twice"](with_sum(TEN, "1.00"), 3)),
        ("RF01", FAULTS["twice"](TEN, 3)),
    ):
        assert joined(read(mended)).code == wanted == read_customer_credit_transfer(mended).code


def decoyed(data: bytes) -> bytes:
    """A message behind an element that has the name of a transaction and is none."""
    space = re.search(rb'xmlns="(urn:iso[^"]*)"', data).group(1)
    decoy = b'<X xmlns="%s"><CdtTrfTxInf/></X>' % space
    return b"<E>" + decoy + data.partition(b"?>\n")[2] + b"</E>"


def test_only_the_documents_own_transactions_are_counted():
    found = read(decoyed(TEN))
    assert joined(found) == read_customer_credit_transfer(decoyed(TEN))
    assert sum(len(each.message.transactions) for each in found) == 10


def test_a_header_behind_the_document_is_refused():
    data = b"<Envelope>" + TEN.partition(b"?>\n")[2] + head("pacs.008.001.08").encode() + b"</Envelope>"
    found = read(data)[-1]
    assert isinstance(found, Fault)
    assert "header stands behind" in found.text
