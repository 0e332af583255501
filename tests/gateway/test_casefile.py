"""The file of a case is read as it was written, and a list in it is what it says, not what it claims."""

import base64

import msgspec
import pytest

from mufakat.gateway import casefile
from mufakat.gateway.casefile import About, CaseFile, CaseFileFaulty, KeptEvidence, KeptList, KeptMessage
from tests.screening.lists import PERSON, SHIP, small

FILE = CaseFile(
    format="mufakat case 1",
    case=About(
        number=1,
        kind="payment",
        item="x",
        participant="LUALQMA0XXX",
        member="QM",
        entries=("un/1/ab",),
        opened="2026-11-24",
        deadline="2026-11-26",
        status="under review",
        blocked=5,
        currency="IDR",
    ),
    proofs=(msgspec.Raw(b'{"a":1}'),),
    message=KeptMessage(salt="00", message=base64.b64encode(b"<a/>").decode(), number=0),
    evidence=(KeptEvidence(commitment="ab", number=0, size=1, path=(), evidence="{}"),),
    lists=(KeptList(name="un", dated="2026-11-24", version="cd", entries=(PERSON, SHIP)),),
)


def test_a_file_is_read_as_it_was_written():
    data = casefile.encode(FILE)

    assert casefile.encode(casefile.decode(data)) == data
    assert casefile.decode(data).message.data == b"<a/>"


def test_the_version_of_a_list_is_of_what_it_says():
    listing = FILE.lists[0].listing()

    assert listing.version == small(PERSON, SHIP, name="un").version
    assert listing.entries == (PERSON, SHIP)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_other_bytes_are_no_file_of_a_case(data):
    with pytest.raises(CaseFileFaulty, match="not that of a case"):
        casefile.decode(data)
