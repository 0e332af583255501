"""A large message of credit transfers in pieces, each a small message that can be read by itself.

A piece is what stands before the transactions, some transactions, and the end of the message: the elements that
are still open are closed after each piece but the last, which has the message's own end. So each byte of the file
is in a piece, and whatever reads small messages reads large ones in the memory of one piece. Where transactions
begin is found by a parser that keeps nothing (expat), not by looking for their name in the text.
"""

import re
from collections.abc import Iterator
from typing import Final, Protocol
from xml.parsers import expat

import msgspec

from mufakat.messages.envelope import ISO, is_part
from mufakat.messages.fault import MALFORMED, Fault, told

LARGE: Final = 4 * 1024 * 1024
"""Bytes from which on a message is read in pieces."""
PIECE: Final = 512 * 1024
"""Bytes after which the next transaction begins another piece."""
LARGEST_HEAD: Final = 256 * 1024
"""Bytes of what stands before the transactions: each piece has them."""
LARGEST_PIECE: Final = 8 * 1024 * 1024
"""Bytes of one transaction, and of what stands behind all of them."""
_MOST_LINES: Final = 50_000
"""Lines of a piece after which the next transaction begins another: up to 65,535 are counted in a tree."""
_DEEPEST: Final = 200
_BLOCK: Final = 64 * 1024
_KINDS: Final = re.compile(re.escape(ISO) + r"pacs\.00[89]\.[0-9.]+")
_TRANSACTION: Final = "CdtTrfTxInf"
_BETWEEN: Final = "\n"
"""What expat puts between namespace, name and prefix; no namespace has it."""


class Source(Protocol):
    """Bytes to be read from their beginning: a file, or a message in the vault."""

    def read(self, length: int = -1, /) -> bytes:
        """Return the next bytes, so many at most."""

    def seek(self, offset: int, origin: int = 0, /) -> object:
        """Go to a place, from the beginning, or from the end where `origin` is 2."""

    def tell(self) -> int:
        """Return the place."""


class Piece(msgspec.Struct, frozen=True):
    """Some transactions of a message, as a message.

    `first` is the number of the first of them in the whole, from 0 on, and `count` how many there are. `before`:
    lines of the file before them, `head`: lines before them in the piece.
    """

    data: bytes
    first: int
    count: int
    before: int
    head: int

    def in_file(self, fault: Fault) -> Fault:
        """Say a fault of the piece as one of the file: by the line and the position of a transaction there.

        References of transactions are left out: those of one piece say nothing of the others.
        """
        is_within = _TRANSACTION in fault.path
        line = fault.line
        if line is not None and (is_within or line > self.head + 1):
            line += self.before - self.head
        return msgspec.structs.replace(fault, line=line, path=self._path(fault.path), transactions=())

    def line(self, line: int) -> int:
        """Say the line of a transaction as one of the file."""
        return line + self.before - self.head

    def _path(self, path: str) -> str:
        def numbered(found: re.Match[str]) -> str:
            return f"/{_TRANSACTION}[{self.first + int(found.group(1) or 1)}]"

        return re.sub(rf"/{_TRANSACTION}(?:\[(\d+)\])?(?=/|$)", numbered, path, count=1)


class _Refused(Exception):
    """What is not taken, and the line; ends the parsing at once."""


class _Splitter:
    """Finds where transactions begin; `starts` are their places and lines, from the last piece's beginning on."""

    def __init__(self) -> None:
        parser = expat.ParserCreate("utf-8", _BETWEEN)
        parser.namespace_prefixes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self.parser: Final = parser
        self.open: list[str] = []
        self.starts: list[tuple[int, int]] = []
        self._depth = 0
        self._at: int | None = None
        self._name = ""
        self._is_over = False

    def _start(self, name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused(f"Elements are nested deeper than {_DEEPEST}.", self.parser.CurrentLineNumber)
        if self._at is None:
            if _is_transaction(name, self.open):
                self._at, self._name = self._depth, name
            else:
                self.open.append(name)
                return
        if self._depth == self._at and name == self._name and not self._is_over:
            self.starts.append((self.parser.CurrentByteIndex, self.parser.CurrentLineNumber))

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._at is None:
            self.open.pop()
        elif self._depth < self._at - 1:
            self._is_over = True

    def _doctype(self, *_: object) -> None:
        text = "A DOCTYPE is not taken: it can define entities. Send the file without it."
        raise _Refused(text, self.parser.CurrentLineNumber)

    @property
    def closing(self) -> bytes:
        """The end tags of the elements in which the transactions stand."""
        return "".join(f"</{_written(name)}>" for name in reversed(self.open)).encode()


def _is_transaction(name: str, around: list[str]) -> bool:
    """Tell whether an element is a transaction of the one document, not of what a header or an envelope holds."""
    space, local = _named(name)
    if local != _TRANSACTION or len(around) < 2 or _KINDS.fullmatch(space) is None:
        return False
    return _named(around[-2]) == (space, "Document") and not any(map(_is_part, around[:-2]))


def _is_part(name: str) -> bool:
    space, local = _named(name)
    return is_part(f"{{{space}}}{local}")


def _named(name: str) -> tuple[str, str]:
    """Return an element's namespace and local name."""
    space, local, *_ = name.split(_BETWEEN) if _BETWEEN in name else ("", name)
    return space, local


def _written(name: str) -> str:
    """Return an element's name as it stands in the file."""
    _, local, *prefix = name.split(_BETWEEN) if _BETWEEN in name else ("", name)
    return f"{prefix[0]}:{local}" if prefix else local


def is_large(source: Source) -> bool:
    """Tell whether a file is read in pieces: a pacs.008 or pacs.009 of more than `LARGE` bytes.

    Its Document begins in the first 64 KiB.
    """
    source.seek(0, 2)
    size = source.tell()
    source.seek(0)
    return size > LARGE and _KINDS.fullmatch(_first_document(source.read(_BLOCK))) is not None


def _first_document(head: bytes) -> str:
    """Return the namespace of the first Document of ISO 20022, not of one within a header; empty for none."""
    around: list[str] = []
    found: list[str] = []

    def start(name: str, _attributes: object) -> None:
        if _named(name)[1] == "Document" and _is_part(name) and not any(map(_is_part, around)):
            found.append(_named(name)[0])
        around.append(name)

    parser = expat.ParserCreate("utf-8", _BETWEEN)
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: around.pop()
    try:
        parser.Parse(head)
    except expat.ExpatError:
        return ""
    return found[0] if found else ""


def pieces(source: Source, piece: int = PIECE) -> Iterator[Piece | Fault]:
    """Give a message in pieces of some `piece` bytes, or a Fault, after which nothing more comes.

    A fault is one of the whole file: it is no XML, has a DOCTYPE, is not UTF-8, or cannot be cut.
    """
    source.seek(0)
    splitter = _Splitter()
    # What was read and not given yet begins at byte `base` of the file; `head` stands before the transactions.
    waiting, base, first, head = bytearray(), 0, 0, b""
    lines = 0
    while block := source.read(_BLOCK):
        if not (base or waiting) and b"\0" in block[:4]:
            yield _fault(f"A file of more than {LARGE} bytes is taken in UTF-8 alone. Write it so.", 1)
            return
        waiting += block
        if fault := _fed(splitter, block, is_final=False):
            yield fault
            return
        if not head and splitter.starts:
            base, lines = splitter.starts[0][0], splitter.starts[0][1] - 1
            head = bytes(waiting[:base])
            del waiting[:base]
        if len(head) > LARGEST_HEAD or (not head and len(waiting) > LARGEST_HEAD):
            yield _fault(f"More than {LARGEST_HEAD} bytes stand before the transactions. Leave them out.", 1)
            return
        while (cut := _cut(splitter.starts, base + piece, lines + _MOST_LINES)) is not None:
            end, line = splitter.starts[cut]
            if line - lines > 2 * _MOST_LINES:
                yield _fault(f"One transaction has more than {_MOST_LINES} lines.", lines + 1)
                return
            data = head + waiting[: end - base] + splitter.closing
            yield Piece(bytes(data), first, cut, lines, head.count(b"\n"))
            del waiting[: end - base]
            del splitter.starts[:cut]
            base, first, lines = end, first + cut, line - 1
        if len(waiting) > LARGEST_PIECE:
            yield _fault(
                f"One transaction, or what is around all, has more than {LARGEST_PIECE} bytes.", lines + 1
            )
            return
    if fault := _fed(splitter, b"", is_final=True):
        yield fault
        return
    yield Piece(head + bytes(waiting), first, len(splitter.starts), lines, head.count(b"\n"))


def _cut(starts: list[tuple[int, int]], end: int, last: int) -> int | None:
    """Return how many transactions the next piece has, None while it is not known where it ends."""
    return next((n for n, (at, line) in enumerate(starts) if n and (at >= end or line > last)), None)


def _fed(splitter: _Splitter, block: bytes, *, is_final: bool) -> Fault | None:
    try:
        splitter.parser.Parse(block, is_final)
    except expat.ExpatError as error:
        text = expat.errors.messages.get(error.code, str(error))
        return _fault(f"The file is not well-formed XML in UTF-8: {told(text)}. Send it whole.", error.lineno)
    except _Refused as refused:
        return _fault(*refused.args)
    return None


def _fault(text: str, line: int) -> Fault:
    return Fault(code=MALFORMED, text=text, line=line)
