"""Headers out: official in every version, naming the document beside them, and read as they were written."""

import io

import pytest
import xmlschema
from lxml import etree

from mufakat.messages import status
from mufakat.messages.envelope import Opened, open_message, read_header
from mufakat.messages.fault import Original
from mufakat.messages.header import Speaker, agent_of, enveloped
from mufakat.messages.versions import WRITTEN
from tests.messages.official import needs_data, official, official_path

SPEAKER = Speaker("QM", "CBNKQMA1XXX", "MUFAKAT")
CREATED = "2026-11-24T08:00:00Z"
ORIGINAL = Original(message_id="M-1", definition="pacs.008.001.08")
REPORT = b"".join(status.write_payment_status(message_id="S-1", created=CREATED, original=ORIGINAL))


def message(**change: str) -> bytes:
    told = {
        "message_id": "S-1",
        "created": CREATED,
        "definition": status.DEFINITION,
        "receiver": "LUALQMA0XXX",
        "service": "mufakat.01",
    }
    return b"".join(enveloped([REPORT], speaker=SPEAKER, **{**told, **change}))


@needs_data
@pytest.mark.parametrize("version", WRITTEN["head.001"])
def test_a_header_is_official_for_two_validators_in_every_version(version):
    header, document = etree.fromstring(message(head=version))
    official(version).assertValid(header)
    xmlschema.XMLSchema(str(official_path(version))).validate(io.BytesIO(etree.tostring(header)))
    assert etree.tostring(document, method="c14n", exclusive=True) == etree.tostring(
        etree.fromstring(REPORT), method="c14n", exclusive=True
    )


@pytest.mark.parametrize("version", WRITTEN["head.001"])
def test_what_was_written_is_read_again(version):
    opened = open_message(message(head=version))
    assert isinstance(opened, Opened), opened
    read = read_header(opened.header)
    assert (read.sender, read.receiver, read.system) == ("CBNKQMA1XXX", "LUALQMA0XXX", "MUFAKAT")
    assert (read.message_id, read.definition, read.created) == ("S-1", status.DEFINITION, CREATED)


def test_a_header_that_names_another_document_is_never_taken():
    assert not isinstance(open_message(message(definition="pacs.002.001.11")), Opened)


@pytest.mark.parametrize(
    ("change", "what"),
    [({"receiver": "x"}, "BICFI"), ({"message_id": ""}, "BizMsgIdr"), ({"created": "now"}, "CreDt")],
)
def test_a_value_that_breaks_its_type_is_not_written(change, what):
    with pytest.raises(ValueError, match=what):
        message(**change)


def test_the_union_is_an_agent_by_its_clearing_system_and_a_members_bic():
    agent = etree.fromstring(agent_of("Agt", SPEAKER))
    assert [each.text for each in agent.iter() if each.text] == ["CBNKQMA1XXX", "MUFAKAT", "QM"]
