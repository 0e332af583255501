"""Every real sample's wrapper is opened by namespace: what `samples.csv` says is in the file is what is found."""

from collections import Counter

import pytest
from lxml import etree

from mufakat.messages import facts
from mufakat.messages.envelope import Opened, open_message, read_header
from mufakat.messages.fault import Fault
from mufakat.messages.schema import violation
from tests.messages.official import ISO, NS, needs_data, official, rows, sample

ISO_ROWS = rows(ISO)


def uncommented(data: bytes) -> bytes:
    """Return a sample without comments and processing instructions, which a message may not hold."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True))
    return etree.tostring(root)


def opened(row: dict[str, str]) -> Opened | Fault:
    data = sample(ISO, row)
    return open_message(data if row["xsd_verdict"] == "malformed" else uncommented(data))


@needs_data
@pytest.mark.parametrize("row", ISO_ROWS, ids=[row["file"] for row in ISO_ROWS])
def test_a_sample_is_opened_to_what_is_in_it(row):
    found = opened(row)
    parts = row["parts"].split()
    documents = [part for part in parts if not part.startswith("head.001.")]
    if isinstance(found, Opened):
        assert documents == [found.definition]
        header = [part for part in parts if part.startswith("head.001.")]
        assert header == (
            [] if found.header is None else [etree.QName(found.header).namespace.removeprefix(NS)]
        )
        assert found.header is None or read_header(found.header).definition == found.definition
        if found.definition in facts.modules():
            broken = violation(found.definition, found.document) is not None
            assert broken == (row["xsd_verdict"] == "invalid")
        else:
            assert row["xsd_verdict"] == "no-schema"
    elif documents:
        assert isinstance(found, Fault)
        head = next(etree.fromstring(sample(ISO, row)).iter("{*}AppHdr"))
        named = head.findtext("{*}MsgDefIdr")
        if found.text.startswith("The header says "):
            assert named not in documents
        else:
            assert found.text.startswith("Application header: ")
            assert not official(etree.QName(head).namespace.removeprefix(NS)).validate(head)
    else:
        assert isinstance(found, Fault)
        assert "Document" in found.text or row["xsd_verdict"] == "malformed", found.text


@needs_data
def test_the_samples_hold_many_wrappers():
    kinds = Counter(etree.QName(etree.fromstring(sample(ISO, row))).text for row in ISO_ROWS if row["parts"])
    assert len(ISO_ROWS) == 418
    assert len(kinds) > 15
