"""A file is opened safely, whatever wraps its document, or refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import envelope
from mufakat.messages.envelope import Header, Opened, open_message, parse, read_header
from mufakat.messages.fault import Fault
from tests.messages.official import NS, credit_transfer, head, transaction


def document() -> str:
    return credit_transfer().decode().partition("?>\n")[2]


def refusal(data: bytes) -> Fault:
    found = open_message(data)
    assert isinstance(found, Fault)
    assert found.code == "FF01"
    return found


@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        "<Envelope>{}</Envelope>",
        '<BizMsgEnvlp xmlns="urn:iso:std:iso:20022:tech:xsd:nvlp.001.001.01"><Hdr/>{}</BizMsgEnvlp>',
        '<a:X xmlns:a="urn:a"><a:Y><a:Z/>{}</a:Y></a:X>',
    ],
)
def test_a_document_is_found_in_any_wrapper(wrapper):
    found = open_message(wrapper.format(document()).encode())
    assert isinstance(found, Opened)
    assert found.definition == "pacs.008.001.08"
    assert found.header is None


def test_the_header_beside_a_document_is_read():
    found = open_message(f"<E>{head()}{document()}</E>".encode())
    assert isinstance(found, Opened)
    assert read_header(found.header) == Header(
        sender="AAAAQMQM",
        receiver="BBBBQNQN",
        message_id="B-1",
        definition="pacs.008.001.08",
        created="2026-11-23T09:00:00Z",
    )


def test_a_header_without_bics_reads_as_none():
    text = head().replace("<BICFI>AAAAQMQM</BICFI>", "<Nm>A</Nm>").replace("<AnyBIC>BBBBQNQN</AnyBIC>", "")
    found = open_message(f"<E>{text}{document()}</E>".encode())
    assert isinstance(found, Opened)
    assert (read_header(found.header).sender, read_header(found.header).receiver) == (None, None)


def test_a_header_of_another_message_is_refused_with_both_names():
    found = refusal(f"<E>\n{head('pacs.009.001.08')}{document()}</E>".encode())
    assert "pacs.009.001.08" in found.text
    assert "pacs.008.001.08" in found.text
    assert found.path == "/E/AppHdr/MsgDefIdr"
    assert found.message_id == "M-1"
    assert found.instructing_agent == "AAAAQMQM"
    assert found.transactions[0].end_to_end_id == "E-1"


def test_a_header_of_an_unknown_version_or_broken_is_refused():
    assert "head.001.001.09" in refusal(f"<E>{head(version='09')}{document()}</E>".encode()).text
    broken = head().replace("<BizMsgIdr>B-1</BizMsgIdr>", "")
    assert refusal(f"<E>{broken}{document()}</E>".encode()).text.startswith("Application header: ")


def test_a_namespace_that_names_no_message_is_refused_in_few_words():
    for name in ("pacs.008.001.8", "x" * 100_000, ""):
        found = refusal(f'<Document xmlns="{NS}{name}"><MsgId>M-1</MsgId></Document>'.encode())
        assert "names no message" in found.text
        assert len(found.text) < 500
    commented = refusal(f'<!-- --><Document xmlns="{NS}x"><MsgId>M-1</MsgId></Document>'.encode())
    assert (commented.definition, commented.message_id) == (None, "M-1")


def test_two_documents_two_headers_or_none_are_refused():
    assert "2 documents" in refusal(f"<E>{document()}{document()}</E>".encode()).text
    assert "2 application headers" in refusal(f"<E>{head()}{head()}{document()}</E>".encode()).text
    assert "no ISO 20022 Document" in refusal(b"<E/>").text
    assert "no ISO 20022 namespace" in refusal(b"<E><Document/></E>").text


def test_what_is_no_iso_20022_message_is_called_what_it_is_before_its_comments_are():
    found = refusal(b'<!-- made by hand --><o:Order xmlns:o="urn:orders"><!-- x --></o:Order>')
    assert found.text == "The file holds no ISO 20022 Document element. It is Order of urn:orders."


def test_a_document_inside_the_document_is_part_of_it():
    inner = f'<SplmtryData><Envlp><Document xmlns="{NS}pacs.008.001.08"/></Envlp></SplmtryData>'
    found = open_message(credit_transfer(transaction(tail=inner)))
    assert isinstance(found, Opened)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("150.25", "1<!---->50.25"),
        ("150.25", "1<?x y?>50.25"),
        ("<GrpHdr>", "<!-- batch -->\n<GrpHdr>"),
        ("<Document ", "<!-- made by hand --><Document "),
        ("</Document>", "</Document><?end?>"),
        ("<Document ", '<?xml-stylesheet href="x"?><Document '),
    ],
)
def test_comments_and_instructions_anywhere_are_refused_with_their_line(before, after):
    found = refusal(credit_transfer().replace(before.encode(), after.encode()))
    assert "is not taken in a payment message" in found.text
    assert found.line is not None
    assert found.message_id == "M-1"


def test_an_identifier_that_a_comment_splits_is_read_whole_for_the_reply():
    assert refusal(credit_transfer().replace(b">M-1<", b">M<!-- x -->-1<")).message_id == "M-1"


def test_comment_marks_inside_character_data_are_text():
    found = open_message(credit_transfer().replace(b">Budi<", b"><![CDATA[<!-- <?Budi <!DOCTYPE]]><"))
    assert isinstance(found, Opened)


BOMB = "<!DOCTYPE a [<!ENTITY l0 'ha'>" + "".join(
    f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd">',
        BOMB + "]>",
        "\n <!-- a > -- b --><?p ? q?>\n<!DOCTYPE a>",
        "<!DOCTYPE a [" + "x" * 5_000,
    ],
)
def test_a_doctype_is_refused_before_parsing(prolog):
    body = document().replace("150.25", "&x;")
    for data in (f"{prolog}{body}".encode(), f'<?xml version="1.0"?>{prolog}{body}'.encode()):
        found = refusal(data)
        assert "DOCTYPE" in found.text
        assert found.line is not None


def test_a_doctype_check_takes_time_in_proportion_to_the_file():
    hostile = b" \n" * 200_000 + b"<a><!DOCTYPE"
    assert "well-formed" in refusal(hostile).text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"%PDF-1.7", "well-formed"),
        (credit_transfer()[:400], "well-formed"),
        (credit_transfer() + b"<a/>", "well-formed"),
        (credit_transfer().replace(b"Budi", b"Bu\0di"), "null byte"),
        (credit_transfer().replace(b"Budi", b"Bud\xe9"), "not UTF-8"),
        (credit_transfer().replace(b"Budi", b"&undefined;"), "well-formed"),
        (credit_transfer().replace(b"UTF-8", b"ISO-8859-1"), "ISO-8859-1"),
        (credit_transfer().replace(b"UTF-8", b"UTF-7"), "UTF-7"),
        (credit_transfer().replace(b"UTF-8", b"UTF-16"), "UTF-16"),
        (credit_transfer().replace(b'version="1.0"', b'version="1.1"'), "declaration"),
        (credit_transfer().replace(b"?>", b" " * 2000 + b"?>"), "declaration"),
        (credit_transfer().decode().encode("utf-32"), "null byte"),
        (b"\xff\xfe<", "not UTF-8 nor UTF-16"),
        (b"<a>" * 300 + b"</a>" * 300, "well-formed"),
        (b"<a/>" * (envelope.MAX_MARKUP + 1), "tags"),
        (b"<a " + b"b='' " * envelope.MAX_MARKUP + b"/>", "attributes"),
    ],
)
def test_what_cannot_be_read_safely_is_refused_with_the_reason(data, words):
    assert words in refusal(data).text


def test_an_oversize_file_is_refused_unread(monkeypatch):
    monkeypatch.setattr(envelope, "MAX_BYTES", 100)
    assert "more than the 100 taken" in refusal(credit_transfer()).text


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["UTF-8", "UTF-16", None])
def test_utf_8_and_utf_16_are_read_with_and_without_mark(code, declared):
    text = credit_transfer().decode().replace("Budi", "Budi Ō")
    text = text.partition("?>")[2].lstrip() if declared is None else text.replace("UTF-8", declared)
    if (code, declared) == ("utf-8-sig", "UTF-16"):
        return
    found = open_message(text.encode(code))
    assert isinstance(found, Opened)
    assert found.document.findtext(".//{*}Cdtr/{*}Nm") == "Budi Ō"


def test_lines_count_from_the_file_even_when_the_declaration_spans_some():
    data = credit_transfer().replace(b'version="1.0" encoding', b'\nversion="1.0"\nencoding')
    found = parse(data)
    assert not isinstance(found, Fault)
    assert found.sourceline == 4


def test_identifiers_that_a_reply_cannot_repeat_are_left_out():
    data = (
        credit_transfer()
        .replace(b">I-1<", b">" + b"x" * 36 + b"<")
        .replace(b"00000001-ca16-48ba", b"00000001-ca16-18ba")
        .replace(b"<InstgAgt><FinInstnId><BICFI>AAAAQMQM", b"<InstgAgt><FinInstnId><BICFI>aaaa")
        .replace(b">M-1<", b"><")
        .replace(b"<GrpHdr>", b"<!-- --><GrpHdr>")
    )
    found = refusal(data)
    assert (found.message_id, found.instructing_agent) == (None, None)
    assert found.transactions[0].instruction_id is None
    assert found.transactions[0].uetr is None
    assert found.transactions[0].tx_id == "T-1"


def test_a_reply_names_a_bounded_number_of_transactions(monkeypatch):
    monkeypatch.setattr(envelope, "_MAX_REFERENCES", 2)
    parts = [transaction(number=n) for n in range(1, 5)]
    assert len(refusal(credit_transfer(*parts).replace(b"<GrpHdr>", b"<!-- --><GrpHdr>")).transactions) == 2


@given(st.binary(max_size=300))
def test_any_bytes_are_opened_or_refused_without_an_exception(data):
    assert isinstance(open_message(data), Opened | Fault)


@given(st.data())
def test_any_damage_to_a_message_is_a_value(data):
    whole = credit_transfer()
    at = data.draw(st.integers(0, len(whole) - 1))
    with_damage = whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 6)) :]
    assert isinstance(open_message(with_damage), Opened | Fault)


def test_hidden_finds_nothing_in_a_plain_tree():
    assert envelope.hidden(etree.fromstring(credit_transfer())) is None
