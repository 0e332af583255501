"""Answers to recalls: official for every status, version and reason, with codes of the sets that are theirs."""

import io
import json

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mufakat.messages import schema
from mufakat.messages.envelope import open_message
from mufakat.messages.fault import Case, Original, References
from mufakat.messages.header import Speaker
from mufakat.messages.recall import Recall, read_resolution
from mufakat.messages.resolution import (
    CANCELLED,
    DEFINITION,
    IN_PART,
    PENDING,
    REJECTED,
    Resolved,
    confirmation,
    write_resolution,
)
from mufakat.messages.versions import WRITTEN
from tests.messages.banking import UETR
from tests.messages.official import ISO, needs_data, official, official_path

SPEAKER = Speaker("QM", "CBNKQMA1XXX", "MUFAKAT")
ALL = (CANCELLED, PENDING, REJECTED)
FULL = References(
    instruction_id="I-1",
    end_to_end_id="E-1",
    tx_id="T-1",
    uetr=UETR,
    original=Original(message_id="M-1", definition="pacs.008.001.08", created="2026-11-24T08:00:00Z"),
    case=Case("C-1", "LUALQMA0XXX"),
)


def answer(*payments: Resolved, assignee: str | None = "LUALQMA0XXX", definition: str = DEFINITION) -> bytes:
    return write_resolution(
        message_id="R-1",
        created="2026-11-24T08:00:00Z",
        speaker=SPEAKER,
        assignee=assignee,
        payments=payments,
        definition=definition,
    )


def codes(name: str) -> set[str]:
    sets = json.loads((ISO / "codesets" / "external_code_sets.json").read_text(encoding="utf-8"))
    return set(sets["definitions"][name]["enum"])


@needs_data
@pytest.mark.parametrize("version", WRITTEN["camt.029"])
@pytest.mark.parametrize("status", ALL)
def test_each_answer_is_official_for_two_validators_in_every_version(version, status):
    why = {"code": "PTNA", "text": "Some <words> & more. " * 20}
    data = answer(
        Resolved(references=FULL, status=status, **why),
        Resolved(references=References(), status=status),
        assignee=None,
        definition=version,
    )
    official(version).assertValid(etree.fromstring(data))
    xmlschema.XMLSchema(str(official_path(version))).validate(io.BytesIO(data))


@needs_data
def test_confirmations_are_codes_of_their_set():
    assert {CANCELLED, PENDING, REJECTED, IN_PART} <= codes("ExternalInvestigationExecutionConfirmation1Code")


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        *(((each, each), each) for each in ALL),
        ((CANCELLED, REJECTED), IN_PART),
        ((CANCELLED, PENDING), IN_PART),
        ((PENDING, REJECTED), PENDING),
        ((), REJECTED),
    ],
)
def test_an_answer_sums_up_what_became_of_its_payments(statuses, whole):
    assert confirmation(statuses) == whole


@given(st.lists(st.sampled_from(ALL), max_size=5))
def test_whatever_became_of_recalls_the_answer_fits_its_schema(statuses):
    data = answer(*(Resolved(references=FULL, status=each) for each in statuses))
    assert schema.violation(DEFINITION, etree.fromstring(data)) is None


def test_what_was_written_is_read_again():
    opened = open_message(answer(Resolved(references=FULL, status=REJECTED, code="CUST")))
    read = read_resolution(opened)
    assert isinstance(read, Recall), read
    assert (read.status, read.assigner, read.assignee) == (REJECTED, "CBNKQMA1XXX", "LUALQMA0XXX")
    assert [each.references for each in read.transactions] == [FULL]
