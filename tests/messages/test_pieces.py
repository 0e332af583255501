import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import pieces as own
from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault
from mufakat.messages.pieces import LARGE, LARGEST_PIECE, Piece, is_large, pieces
from mufakat.simulation.messages import credit_transfers
from tests.node.conftest import message, transaction

TEN = next(credit_transfers(1, 1, 10))


def cut(data: bytes, piece: int = 1) -> list[Piece | Fault]:
    return list(pieces(io.BytesIO(data), piece))


def enveloped(data: bytes) -> bytes:
    """The same message in an envelope, with prefixes, and with something after it."""
    body = data.partition(b"?>\n")[2].replace(b"<", b"<d:").replace(b"<d:/", b"</d:")
    return (
        b'<?xml version="1.0"?>\n<e:Env xmlns:e="urn:e">\n'
        + body.replace(b"xmlns=", b"xmlns:d=")
        + b"</e:Env>"
    )


def transactions(document: object) -> list[bytes]:
    return [etree.tostring(each, method="c14n") for each in document.iter("{*}CdtTrfTxInf")]


@pytest.mark.parametrize(
    "data", [TEN, enveloped(TEN), b"\xef\xbb\xbf" + TEN], ids=["bare", "enveloped", "marked"]
)
@pytest.mark.parametrize("size", [1, 3_000, 10**6])
def test_the_pieces_are_messages_and_have_all_transactions_once_in_order(data, size):
    found = cut(data, size)
    whole = open_message(data)
    assert isinstance(whole, Opened)
    opened = [open_message(each.data) for each in found]
    assert [text for each in opened for text in transactions(each.document)] == transactions(whole.document)
    counts = [each.count for each in found]
    assert [each.first for each in found] == [sum(counts[:n]) for n in range(len(counts))]
    assert sum(counts) == 10
    assert len(found) == {1: 10, 3_000: len(found), 10**6: 1}[size]
    for each, part in zip(found, opened, strict=True):
        assert len(transactions(part.document)) == each.count
        lines = [element.sourceline for element in whole.document.iter("{*}CdtTrfTxInf")]
        inside = [each.line(element.sourceline) for element in part.document.iter("{*}CdtTrfTxInf")]
        assert inside == lines[each.first : each.first + each.count]


@settings(deadline=None)
@given(st.integers(1, 20_000), st.integers(1, 5_000))
def test_where_a_file_is_read_and_cut_changes_nothing(size, block):
    class Slow(io.BytesIO):
        def read(self, length: int = -1, /) -> bytes:
            return super().read(min(length, block))

    assert list(pieces(Slow(TEN), size)) == cut(TEN, size)


def test_what_looks_like_a_transaction_and_is_none_cuts_nothing():
    text = "<![CDATA[<CdtTrfTxInf>]]>"
    inside = f"<SplmtryData><Envlp><CdtTrfTxInf>{text}</CdtTrfTxInf></Envlp></SplmtryData></CdtTrfTxInf>"
    data = message(*(transaction(number).replace("</CdtTrfTxInf>", inside) for number in range(4))).encode()
    assert [each.count for each in cut(data)] == [1, 1, 1, 1]
    assert all(isinstance(open_message(each.data), Opened) for each in cut(data))


def test_a_second_document_is_in_the_last_piece_for_who_reads_it():
    data = b"<Both>" + TEN.partition(b"?>\n")[2] * 2 + b"</Both>"
    *others, last = cut(data)
    assert all(isinstance(open_message(each.data), Opened) for each in others)
    assert "holds 2 documents" in open_message(last.data).text


@pytest.mark.parametrize(
    ("data", "line", "text"),
    [
        (TEN[:-30], None, "not well-formed"),
        (TEN.replace(b"</Nm>", b"</Mn>", 1), None, "mismatched tag"),
        (TEN.replace(b"Pelabuhan", b"\xff", 1), None, "invalid token"),
        (TEN.replace(b"Pelabuhan", b"\0", 1), None, "invalid token"),
        (TEN.decode().encode("utf-16"), 1, "in UTF-8 alone"),
        (TEN.replace(b"<Document", b"<!DOCTYPE d [<!ENTITY a 'b'>]><Document"), 2, "A DOCTYPE is not taken"),
        (TEN.replace(b"<Nm>", b"<a:Nm>", 1), None, "unbound prefix"),
        (b"<a>" * 300, 1, "nested deeper than 200"),
        (b"", 1, "no element found"),
    ],
)
def test_what_cannot_be_cut_is_a_fault_with_its_line(data, line, text):
    *_, last = cut(data)
    assert isinstance(last, Fault) and text in last.text
    assert last.line == line if line else last.line > 1


def test_entities_are_not_expanded_before_they_are_refused():
    bomb = "<!DOCTYPE d [<!ENTITY a0 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
    )
    (fault,) = cut(f"{bomb}]><Document>&a11;</Document>".encode())
    assert "DOCTYPE" in fault.text


def test_a_transaction_without_end_is_refused_before_it_fills_the_memory():
    read = 0

    class Endless(io.BytesIO):
        def read(self, length: int = -1, /) -> bytes:
            nonlocal read
            read += length
            return super().read(length) or b" " * length

    head, mark, _ = TEN.partition(b"<Nm>")
    (fault,) = pieces(Endless(head + mark))
    assert f"more than {LARGEST_PIECE} bytes" in fault.text
    assert read < LARGEST_PIECE + 2**20


def test_a_piece_has_no_more_lines_than_a_tree_counts(monkeypatch):
    monkeypatch.setattr(own, "_MOST_LINES", 100)
    data = TEN.replace(b"<CdtTrfTxInf>", b"\n" * 60 + b"<CdtTrfTxInf>")
    assert len(cut(data, 10**6)) > 4
    assert all(each.data.count(b"\n") < 300 for each in cut(data, 10**6))


@pytest.mark.parametrize(
    ("path", "line", "told", "at"),
    [
        ("/Document/A/CdtTrfTxInf/B", 9, "/Document/A/CdtTrfTxInf[101]/B", 1004),
        ("/Document/A/CdtTrfTxInf[3]/B/CdtTrfTxInf", 9, "/Document/A/CdtTrfTxInf[103]/B/CdtTrfTxInf", 1004),
        ("/Document/A/CdtTrfTxInf[3]", 6, "/Document/A/CdtTrfTxInf[103]", 1001),
        ("/Document/A/GrpHdr/NbOfTxs", 3, "/Document/A/GrpHdr/NbOfTxs", 3),
        ("/Document/A/GrpHdr/NbOfTxs", 6, "/Document/A/GrpHdr/NbOfTxs", 6),
        ("/Document/A/SplmtryData", 20, "/Document/A/SplmtryData", 1015),
        ("/Document/A/SplmtryData", None, "/Document/A/SplmtryData", None),
    ],
)
def test_a_fault_of_a_piece_is_told_as_one_of_the_file(path, line, told, at):
    piece = Piece(b"", 100, 5, 1000, 5)
    fault = piece.in_file(Fault(code="FF01", text="Wrong.", line=line, path=path, message_id="M"))
    assert (fault.path, fault.line, fault.message_id) == (told, at, "M")


def test_large_is_a_credit_transfer_of_more_than_so_many_bytes():
    padding = b" " * LARGE
    assert is_large(io.BytesIO(TEN + padding))
    assert not is_large(io.BytesIO(TEN))
    assert not is_large(io.BytesIO(TEN.replace(b"pacs.008", b"pacs.004") + padding))
    assert not is_large(io.BytesIO(b"uetr,amount\n" + padding))


def test_a_message_of_another_kind_is_not_large_whatever_its_text_names():
    space = b"urn:iso:std:iso:20022:tech:xsd:"
    other = b'<Document xmlns="%spacs.004.001.09" xmlns:x="%spacs.008.001.08">' % (space, space)
    assert not is_large(io.BytesIO(other + b" " * LARGE + b"</Document>"))
    held = b'<AppHdr xmlns="%shead.001.001.02"><Document xmlns="%spacs.008.001.08"/></AppHdr>' % (
        space,
        space,
    )
    assert not is_large(io.BytesIO(b"<E>" + held + other + b" " * LARGE + b"</Document></E>"))


def test_what_stands_before_the_transactions_is_bounded():
    (found,) = cut(TEN.replace(b"<GrpHdr>", b"<GrpHdr>" + b" " * own.LARGEST_HEAD, 1))
    assert isinstance(found, Fault)
    assert "before the transactions" in found.text
