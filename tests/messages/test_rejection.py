"""A message that is rejected is named, with the reason and the place, within the lengths of an admi.002."""

import io

import pytest
import xmlschema
from lxml import etree

from mufakat.messages.rejection import DEFINITION, write_rejection
from tests.messages.official import needs_data, official, official_path


def rejected(**change: str) -> bytes:
    told = {"reference": "M-1", "code": "FF01", "text": "Send it <so>. " * 50, "at": "line 7 /Document" * 40}
    return write_rejection(**{**told, "created": "2026-11-24T08:00:00Z", **change})


@needs_data
@pytest.mark.parametrize("change", [{}, {"at": "", "text": ""}])
def test_a_rejection_is_official_for_two_validators(change):
    official(DEFINITION).assertValid(etree.fromstring(rejected(**change)))
    xmlschema.XMLSchema(str(official_path(DEFINITION))).validate(io.BytesIO(rejected(**change)))


def test_a_rejection_says_of_what_it_is_and_why():
    found = etree.fromstring(rejected(text="Send it so.", at="line 7"))
    assert [each.text for each in found.iter() if each.text] == [
        "M-1",
        "FF01",
        "2026-11-24T08:00:00Z",
        "line 7",
        "Send it so.",
    ]


def test_a_message_without_a_name_cannot_be_rejected():
    with pytest.raises(ValueError, match="Ref"):
        rejected(reference="")
