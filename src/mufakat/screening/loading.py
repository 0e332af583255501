"""Reads a list from a file, whichever of the known ones it is: told by its content, never by a name alone."""

from pathlib import Path
from typing import Final

from mufakat.screening import eu, member, ofac, ofac_xml, un
from mufakat.screening.entry import MAX_BYTES, ListFaulty
from mufakat.screening.listing import Listing

_LOOKED_AT: Final = 4096


def load(path: Path) -> Listing:
    """Return the list in a file; raise ListFaulty when it is none that is known, or not whole."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ListFaulty(f"{path}: over {MAX_BYTES >> 20} MB. No list is so large; give another file")
        if path.name.lower() in ofac.PARTS:
            return ofac.read(path)
        data = path.read_bytes()
    except OSError as error:
        raise ListFaulty(f"{error.filename or path}: {error.strerror}") from None
    head = data[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise ListFaulty(f"{path}: the file is empty. Fetch the list again")
    if head.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\0<")):
        if b"<" + ofac_xml.ROOT.encode() in head:
            return ofac_xml.read(data, path)
        return eu.read_xml(data, str(path)) if eu.NAMESPACE.encode() in head else un.read(data, str(path))
    if eu.HEADING.encode() in head.split(b"\n", 1)[0]:
        return eu.read_csv(data, str(path))
    return member.read(data, str(path), path.stem)
