"""Opens a file: bytes to the one ISO 20022 document in it, whatever wraps it.

A business message is a Document, often with a business application header (head.001) beside it, in
any of the wrappers that networks put around the two. Both are found by namespace; the header's
message definition must be the document's. What cannot be read safely is refused before it is read:
DOCTYPE (entities), comments and processing instructions (they split a value in two), null bytes,
encodings but UTF-8 and UTF-16, files above `MAX_BYTES`.
"""

import re
import threading
from typing import Any, Final

import msgspec
from lxml import etree

from mufakat.messages import facts
from mufakat.messages.fault import MALFORMED, Fault, References, told
from mufakat.messages.schema import Element, path_of, violation
from mufakat.model import identifier

MAX_BYTES: Final = 64 * 1024 * 1024
MAX_MARKUP: Final = 4_000_000
"""Tags and attributes in one file: each takes some 131 bytes of memory, however short it is."""
ISO: Final = "urn:iso:std:iso:20022:tech:xsd:"

_DECLARATION: Final = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']([A-Za-z0-9._-]+)["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)
_DECLARATION_BYTES: Final = 1024
_USUAL_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>'
"""UTF-8 is taken of files of either encoding."""
_DOCTYPE: Final = re.compile(rb"(?:\s++|<\?(?:[^?]|\?(?!>))*+\?>|<!--(?:[^-]|-(?!->))*+-->)*+<!DOCTYPE")
_UTF16: Final = {
    b"\xff\xfe": (2, "utf-16-le"),
    b"\xfe\xff": (2, "utf-16-be"),
    b"<\0": (0, "utf-16-le"),
    b"\0<": (0, "utf-16-be"),
}
"""How a file of UTF-16 begins, with or without a mark: where its text does, and the byte order."""
_NARROW: Final = frozenset({b"utf-8", b"utf8"})
_WIDE: Final = frozenset({b"utf-8", b"utf-16"})
"""Encodings that a file of UTF-8, and one of UTF-16, can declare."""
_MAX_REFERENCES: Final = 10_000
_ABOUT: Final = ("OrgnlInstrId", "OrgnlEndToEndId", "OrgnlTxId", "OrgnlUETR")
_IDENTIFIED: Final = {
    "PmtId": ("InstrId", "EndToEndId", "TxId", "UETR"),
    "TxInf": _ABOUT,
    "TxInfAndSts": _ABOUT,
}
"""Elements that identify a transaction, each with the names of the identifiers in it."""
_kept: Final = threading.local()
_BOM: Final = b"\xef\xbb\xbf"
_MESSAGE: Final = re.compile(r"[a-z]{4}\.[0-9]{3}\.[0-9]{3}\.[0-9]{2}")
_NUMBER: Final = re.compile(r"line (\d+)")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the union uses of a business application header: BICs, identifiers, creation as written.

    `system`: the clearing system as whose member the sender speaks, by its proprietary name. `service`: the rules
    that the message follows (BizSvc).
    """

    sender: str | None
    receiver: str | None
    message_id: str
    definition: str
    created: str
    system: str | None = None
    service: str | None = None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A file's document element, its definition such as `pacs.008.001.08`, and the header beside it.

    `text`: what was parsed (UTF-8), empty for a document that came from no file.
    """

    document: Any
    definition: str
    header: Any = None
    text: bytes = b""


def parse(data: bytes) -> Element | Fault:
    """Parse untrusted XML with nothing of it resolved, fetched or recovered; return its root element.

    Comments and processing instructions are still in the tree: `hidden` finds them.
    """
    text = decoded(data)
    return text if isinstance(text, Fault) else _tree(text)


def _tree(text: bytes) -> Element | Fault:
    """Parse decoded text."""
    has_doctype = b"!" in text and b"<!DOCTYPE" in text
    if has_doctype and (found := _DOCTYPE.match(text)):
        line = text.count(b"\n", 0, found.end()) + 1
        return _fault("A DOCTYPE is not taken: it can define entities. Send the file without it.", line)
    parser = _parser()
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        named = _NUMBER.search(str(error))
        at: int | None = error.lineno or (int(named.group(1)) if named else None)
        return _fault(f"The file is not well-formed XML: {told(str(error.msg))}. Send it whole.", at)
    if has_doctype:
        assert root.getroottree().docinfo.internalDTD is None, "a DOCTYPE was refused before parsing"
    # libxml2 goes on after an undeclared prefix, with a colon in the element's name.
    log = parser.error_log
    for wrong in log.filter_from_errors() if len(log) else ():
        return _fault(f"The namespaces are wrong: {told(wrong.message)}. Declare each prefix.", wrong.line)
    return root


def _parser() -> Any:
    """Return this thread's parser; its log is that of the last file."""
    found = getattr(_kept, "parser", None)
    if found is None:
        found = _kept.parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
        )
    return found


def hidden(root: Element) -> Element | None:
    """Return the first comment, processing instruction or entity in or around a tree, or None."""
    before, after = list(root.itersiblings(preceding=True))[::-1], list(root.itersiblings())
    inside = root.iter(etree.Comment, etree.PI, etree.Entity)
    return next((node for group in (before, inside, after) for node in group), None)


def open_message(data: bytes) -> Opened | Fault:
    """Open a file with one ISO 20022 document; check that its header, if any, fits schema and document.

    The document itself is not checked against its schema here.
    """
    text = decoded(data)
    if isinstance(text, Fault):
        return text
    root = _tree(text)
    if isinstance(root, Fault):
        return root
    # Single bytes are looked for first: that is much faster.
    may_hide = (b"!" in text and b"<!--" in text) or (b"?" in text and b"<?" in text)
    unseen = hidden(root) if may_hide else None
    documents, headers = parts(root)
    if unseen is not None and documents:
        what = "comment" if unseen.tag is etree.Comment else "processing instruction"
        why = f"A {what} is not taken in a payment message: it can split a value. Remove it."
        return _with_ids(_fault(why, unseen.sourceline), documents)
    if len(documents) != 1 or len(headers) > 1:
        return _not_one(root, documents, headers)
    document, header = documents[0], headers[0] if headers else None
    definition = definition_of(document)
    if definition is None:
        why = f"The Document's namespace {told(etree.QName(document).namespace)} names no message."
        return _fault(why, document.sourceline, path_of(document))
    if header is not None and (fault := _header_fault(header, definition)):
        return _with_ids(fault, documents)
    return Opened(document=document, definition=definition, header=header, text=text)


def read_header(element: Element) -> Header:
    """Read a business application header that fits its schema."""
    ns = f"{{{etree.QName(element).namespace}}}"

    def bic(end: str) -> str | None:
        for kind in ("FIId", "OrgId"):
            for name in ("BICFI", "AnyBIC"):
                text: str | None = element.findtext(f"{ns}{end}/{ns}{kind}//{ns}{name}")
                if text:
                    return text
        return None

    return Header(
        sender=bic("Fr"),
        receiver=bic("To"),
        message_id=element.findtext(f"{ns}BizMsgIdr"),
        definition=element.findtext(f"{ns}MsgDefIdr"),
        created=element.findtext(f"{ns}CreDt").strip(),
        system=element.findtext(f"{ns}Fr/{ns}FIId/{ns}FinInstnId/{ns}ClrSysMmbId/{ns}ClrSysId/{ns}Prtry"),
        service=element.findtext(f"{ns}BizSvc"),
    )


def identified(fault: Fault, document: Element) -> Fault:
    """Add to a fault what a rejection needs and the refused document lets read, valid or not."""
    ns = etree.QName(document).namespace
    transactions: list[References] = []
    for element in document.iter(*(f"{{{ns}}}{name}" for name in _IDENTIFIED)):
        if len(transactions) == _MAX_REFERENCES:
            break
        own = {etree.QName(child).localname: _value(child) for child in element.iterchildren(etree.Element)}
        instruction, end_to_end, tx, uetr = (
            own.get(name) for name in _IDENTIFIED[etree.QName(element).localname]
        )
        transactions.append(
            References(
                instruction_id=own.get("RtrId") or instruction,
                end_to_end_id=end_to_end,
                tx_id=tx,
                uetr=identifier.uetr(uetr or ""),
            )
        )
    places = (
        f"{agent}/{{{ns}}}FinInstnId/{{{ns}}}{bic}" for bic in ("BICFI", "BIC") for agent in _agents(ns)
    )
    bic = next((found for place in places if (found := _value(document.find(place))) is not None), None)
    named = _value(next(document.iter(f"{{{ns}}}MsgId"), None))
    return msgspec.structs.replace(
        fault,
        definition=definition_of(document),
        message_id=named or _value(document.find(f".//{{{ns}}}Assgnmt/{{{ns}}}Id")),
        instructing_agent=bic if bic is not None and identifier.bic(bic) else None,
        transactions=tuple(transactions),
    )


def _agents(ns: str) -> tuple[str, str, str]:
    """Return where who instructs, or assigns, or is ordered to pay, stands in a document."""
    ordered = f".//{{{ns}}}PmtInf/{{{ns}}}DbtrAgt"
    return f".//{{{ns}}}InstgAgt", f".//{{{ns}}}Assgnr/{{{ns}}}Agt", ordered


def definition_of(document: Element) -> str | None:
    """Return the message definition that a document's namespace names, None when it names none."""
    name: str = document.tag[1:].partition("}")[0].removeprefix(ISO)
    return name if _MESSAGE.fullmatch(name) else None


def _value(element: Element | None) -> str | None:
    """Return the text of an element when a status report can repeat it (Max35Text, a UETR), else None."""
    text: str = "" if element is None else element.xpath("string()").strip()
    longest = 36 if element is not None and etree.QName(element).localname.endswith("UETR") else 35
    return text if 0 < len(text) <= longest else None


def decoded(data: bytes) -> bytes | Fault:
    """Return the file as UTF-8, without byte order mark and XML declaration."""
    if len(data) > MAX_BYTES:
        return _fault(f"The file has {len(data)} bytes, more than the {MAX_BYTES} taken. Split it.", None)
    if not data or data.isspace():
        return _fault("The file is empty. Send the message again.", None)
    if len(data) > MAX_MARKUP and data.count(b"<") + data.count(b"=") > MAX_MARKUP:
        return _fault(f"The file has more than {MAX_MARKUP} tags and attributes. Split it.", None)
    wide = _UTF16.get(data[:2])
    text = data.removeprefix(_BOM)
    try:
        if wide is None:
            text.decode("utf-8")
        else:
            begin, code = wide
            text = data[begin:].decode(code).encode("utf-8")
    except UnicodeError as error:
        line = data.count(b"\n", 0, error.start) + 1 if isinstance(error, UnicodeDecodeError) else None
        return _fault("The file is not UTF-8 nor UTF-16. Write it in UTF-8.", line)
    if b"\0" in text:
        line = text.count(b"\n", 0, text.index(b"\0")) + 1
        return _fault("The file has a null byte. Send the message again.", line)
    return _undeclared(text, _NARROW if wide is None else _WIDE)


def _undeclared(text: bytes, taken: frozenset[bytes]) -> bytes | Fault:
    """Return UTF-8 text without its XML declaration, lines kept, when that declares a taken encoding."""
    if text.startswith(_USUAL_DECLARATION):
        return text[len(_USUAL_DECLARATION) :]
    if not text.startswith(b"<?xml") or not text[5:6].isspace():
        return text
    found = _DECLARATION.match(text[:_DECLARATION_BYTES])
    if found is None:
        return _fault("The XML declaration cannot be read. Write version 1.0 and encoding UTF-8.", 1)
    declared = found.group(1) or b"utf-8"
    if declared.lower() not in taken:
        return _fault(f"The file declares the encoding {declared.decode()}. Write and declare UTF-8.", 1)
    return b"\n" * found.group(0).count(b"\n") + text[found.end() :]


def is_part(tag: str) -> bool:
    """Tell whether a name in Clark's notation is that of a Document or an AppHdr of ISO 20022."""
    return tag.endswith(("}Document", "}AppHdr")) and tag.startswith("{" + ISO)


def parts(root: Element) -> tuple[list[Element], list[Element]]:
    """Return a file's Document and AppHdr elements of ISO 20022, not those inside one of them."""
    if root.tag.endswith("}Document") and is_part(root.tag):
        return [root], []
    documents: list[Element] = []
    headers: list[Element] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        tag = node.tag
        if isinstance(tag, str) and is_part(tag):
            (documents if tag.endswith("}Document") else headers).append(node)
        else:
            waiting.extend(node)
    return documents[::-1], headers[::-1]


def _not_one(root: Element, documents: list[Element], headers: list[Element]) -> Fault:
    if len(documents) > 1:
        text = f"The file holds {len(documents)} documents. Send each in a file of its own."
        return _fault(text, documents[1].sourceline, path_of(documents[1]))
    if documents:
        text = f"The file holds {len(headers)} application headers for one document. Send one."
        return _with_ids(_fault(text, headers[1].sourceline, path_of(headers[1])), documents)
    bare = next(root.iter("Document", "{*}Document"), None)
    if bare is None:
        name = etree.QName(root)
        what = f"It is {told(name.localname)}{f' of {told(name.namespace)}' if name.namespace else ''}."
        text = f"The file holds no ISO 20022 Document element. {what}"
        return _fault(text, root.sourceline, path_of(root))
    text = f"The Document element is in no ISO 20022 namespace ({ISO}...). Declare it."
    return _fault(text, bare.sourceline, path_of(bare))


def _header_fault(header: Element, definition: str) -> Fault | None:
    """Check a business application header against its schema and against the document beside it."""
    version = etree.QName(header).namespace.removeprefix(ISO)
    if not version.startswith("head.001.") or version not in facts.modules():
        text = f"The application header is {told(version)}; head.001.001.01 to .04 are taken."
        return _fault(text, header.sourceline, path_of(header))
    if wrong := violation(version, header):
        return _fault(f"Application header: {wrong.text}", wrong.line, wrong.path)
    named = header.find(f"{{{ISO}{version}}}MsgDefIdr")
    if named.text.strip() != definition:
        text = f"The header says {told(named.text)} but the document is {definition}. Make them agree."
        return _fault(text, named.sourceline, path_of(named))
    return None


def _with_ids(fault: Fault, documents: list[Element]) -> Fault:
    return identified(fault, documents[0]) if len(documents) == 1 else fault


def _fault(text: str, line: int | None, path: str = "") -> Fault:
    return Fault(code=MALFORMED, text=text, line=line, path=path)
