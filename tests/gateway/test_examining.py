"""Who is named in a part has the part's number, whatever kind of file it came in."""

import io
import re
from pathlib import Path

import pytest

from mufakat.gateway.document import Reading
from mufakat.gateway.examining import (
    ListInForce,
    by_numbers,
    customer,
    examine,
    examiner,
    named,
    named_in_large,
    sealed,
)
from mufakat.gateway.inbound import read_document
from mufakat.model.listing import Alias, Entry, Kind, digest_of
from mufakat.model.verdict import MOST_HITS
from mufakat.screening.evidence import nobody
from mufakat.screening.listing import in_force
from mufakat.screening.parties import Subject
from tests.messages.official import credit_transfer, needs_data, transaction
from tests.screening.lists import PERSON, SHIP
from tests.union import charter

READING = Reading(charter(), bytes(32))
EXAMPLES = sorted(
    each
    for each in Path("examples").rglob("*")
    if each.suffix in (".xml", ".csv") and ".out" not in each.name and "screening" not in each.parts
)
SAMPLES = Path(__file__).parents[3] / "shared/data"
_COMMENTS = re.compile(rb"<!--.*?-->", re.DOTALL)


def paths() -> list[Path]:
    kinds = ("pacs.008*", "pacs.009*", "pacs.004*", "pain.001*")
    iso = [each for kind in kinds for each in (SAMPLES / "iso20022/samples").glob(kind)]
    return sorted([*EXAMPLES, *iso, *(SAMPLES / "trade/samples").glob("*.xml")])


@needs_data
def test_each_part_that_is_put_to_the_union_has_somebody_named():
    parts = 0
    for path in paths():
        data = _COMMENTS.sub(b"", path.read_bytes()) if "iso20022" in str(path) else path.read_bytes()
        document = read_document(data, READING)
        if document.fault is not None or not document.parts:
            continue
        found = named(data)
        for part in document.parts:
            if part.item is not None or "iso20022" in str(path):
                assert found[part.number], f"{path.name} {part.number}"
                parts += 1
    assert parts > 100


def test_a_message_in_pieces_names_the_same_as_whole():
    data = credit_transfer(*(transaction(number=number) for number in range(40)))
    found = {
        number: subjects
        for each in named_in_large(io.BytesIO(data), 2_000)
        for number, subjects in each.items()
    }

    assert found == named(data)
    assert len(found) == 40


@pytest.mark.parametrize("data", [b"", b"<broken", b"<Invoice xmlns='urn:oasis:names:specification:ubl:'"])
def test_nobody_is_named_in_what_cannot_be_read(data):
    assert named(data) == {}


def test_what_is_examined_names_the_entries_and_keeps_the_evidence():
    by = examiner([ListInForce("un", "2026-11-24", (PERSON, SHIP))])
    subjects = [Subject("creditor", "Cdtr/Nm", "Mohammad Taher Anwari"), *by_numbers(("ship", "7406784"))]
    found = examine(by, "item", subjects, bytes(16), nobody)

    assert found.entries == (f"un/1/{digest_of(PERSON).hex()}", f"un/3/{digest_of(SHIP).hex()}")
    assert sealed([found])[0] == [found.evidence]


def test_no_more_entries_are_named_than_the_log_takes():
    same = [Entry(id=str(n), kind=Kind.VESSEL, names=(Alias("EBANO STAR"),)) for n in range(300)]
    subjects = [Subject("vessel", str(n), f"Ebano Star {n}") for n in range(300)]
    by = examiner([ListInForce("un", "2026-11-24", tuple(same))])

    assert len(examine(by, "item", subjects, bytes(16), nobody).entries) <= MOST_HITS


def test_a_list_in_which_an_entry_stands_old_and_new_is_taken():
    older = Entry(id="1", kind=Kind.PERSON, names=(Alias("SOMEBODY"),))
    listing = in_force("un", "2026-11-24", (older, PERSON))

    assert listing.entries == (older, PERSON)


def test_a_customer_is_who_it_is_in_whatever_role():
    one, other = (Subject(role, place, "Jane Roe") for role, place in (("debtor", "a"), ("creditor", "b")))

    assert customer(one) == customer(other)
    assert customer(one) != customer(Subject("debtor", "a", "Jane Row"))


@pytest.mark.parametrize("path", ["examples/linked.csv", "examples/obligations.csv"])
def test_a_table_is_read_as_what_the_union_reads_it_as_wherever_its_heading_begins(path):
    for before in (b"", b"\xef\xbb\xbf", b"\n\n"):
        data = before + Path(path).read_bytes()
        parts = read_document(data, READING).parts
        assert parts
        assert {part.number for part in parts if part.item is not None} <= named(data).keys()
