"""Files made to harm a reader are refused, each within 2 s of processor time and 256 MiB, by every reader."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable

import pytest

from mufakat.gateway.document import Reading
from mufakat.gateway.inbound import read_document
from mufakat.messages import pacs
from mufakat.messages.amount import is_plain
from mufakat.messages.envelope import open_message
from mufakat.messages.fault import Fault
from mufakat.messages.trade.document import TradeDocument
from mufakat.messages.trade.reading import read_trade_document
from tests.messages.hostile import READERS
from tests.messages.official import NS, ROOT, credit_transfer, head, transaction
from tests.messages.trade.writing import cii, example, ubl
from tests.union import charter

MOST_SECONDS = 2
MOST_MIB = 256
DOCUMENT = f'<Document xmlns="{NS}pacs.008.001.08">'.encode()


def zipped(inner: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pacs.008.xml", inner)
    return file.getvalue()


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE Document [<!ENTITY e0 "ha">{entities}]><Document>&e11;</Document>'.encode()


UNREADABLE: dict[str, Callable[[], bytes]] = {
    "external entity": lambda: (
        b'<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + DOCUMENT + b"&x;</Document>"
    ),
    "entity expansion": laughs,
    "quadratic expansion": lambda: (
        b'<!DOCTYPE D [<!ENTITY a "' + b"a" * 100_000 + b'">]><D>' + b"&a;" * 50_000 + b"</D>"
    ),
    "external subset": lambda: b'<!DOCTYPE D SYSTEM "http://127.0.0.1:9/x.dtd">' + DOCUMENT + b"</Document>",
    "parameter entity": lambda: b'<!DOCTYPE D [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]><D/>',
    "empty doctype": lambda: b"<!DOCTYPE D>" + credit_transfer().split(b"?>\n", 1)[1],
    "undefined entity": lambda: credit_transfer().replace(b"Budi", b"&nobody;"),
    "deep nesting": lambda: DOCUMENT + b"<a>" * 500_000 + b"</a>" * 500_000 + b"</Document>",
    "huge text": lambda: DOCUMENT + b"x" * 30_000_000 + b"</Document>",
    "huge attribute": lambda: DOCUMENT + b'<a b="' + b"x" * 30_000_000 + b'"/></Document>',
    "too many tags": lambda: DOCUMENT + b"<a/>" * 4_000_001 + b"</Document>",
    "too large": lambda: b" " * (65 * 1024 * 1024) + DOCUMENT + b"</Document>",
    "zip bomb": lambda: zipped(b"<a>" + b" " * 100_000_000),
    "gzip bomb": lambda: gzip.compress(b" " * 100_000_000, 9),
    "null byte": lambda: credit_transfer().replace(b"Budi", b"Bu\0di"),
    "wrong encoding": lambda: credit_transfer().replace(b"Budi", b"B\xfcdi"),
    "undeclared encoding": lambda: credit_transfer().replace(b"UTF-8", b"UTF-7"),
    "mark of another encoding": lambda: b"\xff\xfe" + credit_transfer(),
    "UTF-32": lambda: credit_transfer().decode().encode("utf-32"),
    "duplicate attributes": lambda: credit_transfer().replace(b'Ccy="QMD"', b'Ccy="QMD" Ccy="QPD"'),
    "undeclared prefix": lambda: b'<p:Invoice xmlns="urn:x"/>',
    "undeclared prefix inside": lambda: (
        credit_transfer().replace(b"<Cdtr>", b"<p:Cdtr>").replace(b"</Cdtr>", b"</p:Cdtr>")
    ),
    "cut off": lambda: credit_transfer()[:-40],
    "nothing": lambda: b"",
}
"""What no reader may take, whatever it reads."""

AMOUNTS = ["1e5", "NaN", "INF", "-0", "-1", "+1", "1,5", "0x10", "1" * 19, "0.1234567", "", " ", "١٢"]

OWED: dict[str, Callable[[], bytes]] = {
    "split value": lambda: credit_transfer().replace(b">150.25<", b">1<!---->50.25<"),
    "split by instruction": lambda: credit_transfer().replace(b">150.25<", b">1<?x?>50.25<"),
    "mixed versions": lambda: credit_transfer().replace(
        b"<CdtTrfTxInf>", f'<CdtTrfTxInf xmlns="{NS}pacs.008.001.09">'.encode()
    ),
    "unknown namespace inside": lambda: credit_transfer().replace(b"<Cdtr>", b'<Cdtr xmlns="urn:x">'),
    "two groups": lambda: credit_transfer().replace(
        b"</FIToFICstmrCdtTrf>", b"<GrpHdr/></FIToFICstmrCdtTrf>"
    ),
    "header of another message": lambda: (
        b"<Envelope>"
        + head("pacs.009.001.08").encode()
        + credit_transfer().split(b"?>\n", 1)[1]
        + b"</Envelope>"
    ),
    "duplicate UETR": lambda: credit_transfer(transaction(), transaction(number=2), transaction()),
    "duplicate message identifier": lambda: credit_transfer().replace(
        b"</MsgId>", b"</MsgId><MsgId>M-1</MsgId>"
    ),
    **{f"amount {text!r}": lambda text=text: credit_transfer(transaction(amount=text)) for text in AMOUNTS},
}
"""What reads as a payment from a known sender and is none: its refusal names what the reply must repeat."""


LINE = ubl(example()).partition(b"<cac:InvoiceLine>")[2].partition(b"</cac:InvoiceLine>")[0]
WHOLE_LINE = b"<cac:InvoiceLine>" + LINE + b"</cac:InvoiceLine>"

TRADE: dict[str, Callable[[], bytes]] = {
    "comments in a value": lambda: ubl(example()).replace(b">DOC-7<", b">" + b"<!-- -->" * 300_000 + b"D<"),
    "comments before values": lambda: ubl(example(payable="-1")).replace(
        b"<cbc:ID>DOC-7<", b"<!-- -->" * 300_000 + b"<cbc:ID>DOC-7<"
    ),
    "the last of many lines is wrong": lambda: ubl(example()).replace(
        b"</Invoice>", WHOLE_LINE * 40_000 + b"<cac:InvoiceLine/></Invoice>"
    ),
    "lines in lines": lambda: ubl(example()).replace(
        b"</cac:InvoiceLine>",
        b"<cac:SubInvoiceLine>" * 400 + b"</cac:SubInvoiceLine>" * 400 + b"</cac:InvoiceLine>",
    ),
    "another standard inside": lambda: ubl(example()).replace(
        b"<cac:InvoiceLine>", b'<ram:ID xmlns:ram="urn:un:unece:uncefact">1</ram:ID><cac:InvoiceLine>'
    ),
    "another document's namespace": lambda: ubl(example()).replace(b":Invoice-2", b":Order-2"),
    "two payable amounts": lambda: ubl(example()).replace(
        b"</cac:LegalMonetaryTotal>",
        b'<cbc:PayableAmount currencyID="IDR">1</cbc:PayableAmount></cac:LegalMonetaryTotal>',
    ),
    "two payable amounts of CII": lambda: cii(example()).replace(
        b"<ram:DuePayableAmount>", b"<ram:DuePayableAmount>1</ram:DuePayableAmount><ram:DuePayableAmount>"
    ),
    **{
        f"amount {amount!r} in {write.__name__}": lambda amount=amount, write=write: write(example()).replace(
            b"150.25</cbc:Pay" if write is ubl else b"150.25</ram:Due",
            amount.encode() + (b"</cbc:Pay" if write is ubl else b"</ram:Due"),
        )
        for amount in AMOUNTS
        if not is_plain(amount)
        for write in (ubl, cii)
    },
}
"""What reads as an invoice and is none."""


def outcome(reader: str, data: bytes, folder: pytest.TempPathFactory) -> dict[str, object]:
    """Return what a process of its own says of a file."""
    file = folder.mktemp("hostile") / "file"
    file.write_bytes(data)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.messages.hostile", reader, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    report: dict[str, object] = json.loads(ran.stdout)
    return report


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", UNREADABLE)
def test_every_reader_refuses_what_cannot_be_read_safely(name, reader):
    answer = READERS[reader](UNREADABLE[name]())
    assert isinstance(answer, Fault)
    assert answer.text.endswith(".")
    assert len(answer.text) < 600


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_refusal_stays_within_its_time_and_memory(name, tmp_path_factory):
    report = outcome("pacs", UNREADABLE[name](), tmp_path_factory)
    assert report["refused"]
    assert report["cpu"] < MOST_SECONDS
    assert report["mib"] < MOST_MIB


@pytest.mark.parametrize("name", OWED)
def test_a_payment_that_is_none_is_refused_with_what_the_reply_repeats(name):
    answer = pacs.read_customer_credit_transfer(OWED[name]())
    assert isinstance(answer, Fault)
    assert answer.message_id == "M-1"
    assert answer.definition == "pacs.008.001.08"


@pytest.mark.parametrize("name", TRADE)
def test_an_invoice_that_is_none_is_refused_within_its_time_and_memory(name, tmp_path_factory):
    report = outcome("trade", TRADE[name](), tmp_path_factory)
    assert report["refused"]
    assert report["cpu"] < MOST_SECONDS
    assert report["mib"] < MOST_MIB


@pytest.mark.parametrize("text", ["9" * 18, "0.00001"])
def test_an_amount_that_no_account_holds_refuses_its_payment(text):
    data = credit_transfer(transaction(amount=text, currency="IDR"))
    (part,) = read_document(data, Reading(charter(), bytes(32))).parts
    assert part.item is None
    assert part.rejection.code in {"AM12", "AM02"}


def test_the_unharmed_message_is_taken():
    assert all(isinstance(read_trade_document(write(example())), TradeDocument) for write in (ubl, cii))
    assert not isinstance(open_message(credit_transfer()), Fault)
    assert not isinstance(pacs.read_customer_credit_transfer(credit_transfer()), Fault)
