"""Every real sample's wrapper is opened by namespace: what `samples.csv` says is in the file is what is found."""

import importlib.util
from collections import Counter
from types import ModuleType

import pytest
from lxml import etree

from mufakat.messages import facts
from mufakat.messages.envelope import Opened, open_message, read_header
from mufakat.messages.fault import Fault
from mufakat.messages.schema import violation
from tests.messages.official import DATA, ISO, NS, ROOT, needs_data, official, rows, sample

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


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("samples", ROOT / "tools" / "samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_data
def test_the_page_of_samples_is_what_the_program_says_of_each():
    page = (ROOT / "docs" / "reference" / "samples.md").read_text(encoding="utf-8")
    assert page == tool().page(DATA), "run `make schemas` and commit what it changes"


@pytest.mark.parametrize("verdict", ["invalid", "no-schema"])
def test_the_page_is_not_made_when_a_bad_sample_is_taken(verdict):
    with pytest.raises(SystemExit, match="taken, but the official schema says"):
        tool().row("a.xml", verdict, "", None)


def test_the_page_is_not_made_when_a_refusal_has_no_reason():
    wrong = Fault(code="FF01", text="The moon is full.", line=1, path="")
    with pytest.raises(SystemExit, match="moon"):
        tool().row("a.xml", "valid", "", wrong)
    assert tool().row("a.xml", "invalid", "", wrong).why == ""


def test_the_tool_says_how_it_is_used():
    with pytest.raises(SystemExit, match="usage"):
        tool().main([])


@needs_data
def test_the_samples_hold_many_wrappers():
    kinds = Counter(etree.QName(etree.fromstring(sample(ISO, row))).text for row in ISO_ROWS if row["parts"])
    assert len(ISO_ROWS) == 418
    assert len(kinds) > 15
