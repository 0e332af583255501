"""The shipped table of facts is what the official schemas say."""

import importlib.util
import json
import lzma
from importlib import resources
from types import ModuleType
from typing import Any

import pytest
from lxml import etree

from mufakat.messages import facts
from tests.messages.official import DATA, ISO, ROOT, needs_data


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("schema_facts", ROOT / "tools" / "schema_facts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shipped() -> bytes:
    return lzma.decompress(resources.files("mufakat.messages").joinpath("facts.json.xz").read_bytes())


@needs_data
def test_the_table_made_anew_is_the_table_shipped():
    assert tool().encoded(DATA) == shipped()


@needs_data
def test_the_tool_writes_the_table_and_says_its_size(tmp_path, capsys):
    out = tmp_path / "facts.json.xz"
    tool().main([str(DATA), str(out)])
    assert lzma.decompress(out.read_bytes()) == shipped()
    assert "packed" in capsys.readouterr().out


def test_the_tool_says_which_folder_is_missing(tmp_path):
    with pytest.raises(SystemExit, match="is missing or holds no iso20022/xsd"):
        tool().main([str(tmp_path)])
    with pytest.raises(SystemExit, match="usage"):
        tool().main([])


@pytest.mark.parametrize(
    "component",
    [
        '<xs:complexType name="T"><xs:all><xs:element name="a" type="xs:string"/></xs:all></xs:complexType>',
        '<xs:simpleType name="T"><xs:union memberTypes="xs:string xs:date"/></xs:simpleType>',
        '<xs:complexType name="T"><xs:attribute name="a" type="xs:string" default="x"/></xs:complexType>',
        '<xs:attributeGroup name="G"/>',
        '<xs:complexType name="T"><xs:sequence><xs:element name="a" type="xs:date" nillable="true"/>'
        "</xs:sequence></xs:complexType>",
    ],
)
def test_what_the_table_cannot_hold_stops_the_tool(tmp_path, component):
    folder = tmp_path / "iso20022" / "xsd"
    folder.mkdir(parents=True)
    (folder / "head.001.001.01.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified" '
        'xmlns="urn:x:head.001.001.01" targetNamespace="urn:x:head.001.001.01">'
        f'<xs:element name="AppHdr" type="T"/>{component}</xs:schema>'
    )
    with pytest.raises(SystemExit, match="cannot hold"):
        tool().table(tmp_path)


def test_every_message_that_is_taken_or_sent_has_its_facts():
    expected = {f"pacs.008.001.{v:02}" for v in range(1, 14)} | {f"head.001.001.{v:02}" for v in range(1, 5)}
    trade = {f"ubl2{v}.{d}" for v in (1, 3) for d in ("BillOfLading", "CreditNote", "DespatchAdvice")}
    trade |= {f"ubl2{v}.{d}" for v in (1, 3) for d in ("Invoice", "Order", "Waybill")}
    assert expected | trade | {"pacs.002.001.10", "cii.CrossIndustryInvoice"} <= facts.modules()


@needs_data
def test_every_official_schema_has_its_facts():
    official = {path.stem for path in (ISO / "xsd").glob("*.xsd")}
    assert len(official) == 247
    assert official <= facts.modules()


def test_the_table_holds_no_words_of_the_files():
    text = shipped().decode()
    assert "annotation" not in text
    assert "Copyright" not in text
    assert "<" not in text
    bodies = [json.dumps(row) for row in json.loads(text)["types"]]
    assert len(bodies) == len(set(bodies)), "a type that versions share is stored once"


@pytest.mark.parametrize("module", sorted(facts.modules()))
def test_schema_text_of_each_module_is_well_formed_and_of_its_namespace(module):
    root = etree.fromstring(facts.schema_text(module))
    assert root.get("targetNamespace") == facts.namespace(module)


@pytest.mark.parametrize(
    "types",
    [
        [["T", ["?", 1]]],
        [["T", ["c", ["?", 1], [], []]]],
        [["T", ["c", None, [["?"]], []]]],
    ],
)
def test_a_damaged_table_is_noticed(monkeypatch, types: Any):
    module = {"ns": "urn:x", "imports": [], "elements": [], "types": [0]}
    monkeypatch.setattr(facts, "_table", lambda: {"modules": {"x": module}, "types": types})
    with pytest.raises(AssertionError, match="unknown"):
        facts.schema_text("x")


def test_a_type_without_a_name_stands_in_its_element(monkeypatch):
    inline = ["s", "xs:string", [["enumeration", "a&b"]]]
    module = {"ns": "urn:x", "imports": [], "elements": [["X", inline]], "types": []}
    monkeypatch.setattr(facts, "_table", lambda: {"modules": {"x": module}, "types": []})
    made = etree.XMLSchema(etree.fromstring(facts.schema_text("x")))
    assert made.validate(etree.fromstring('<X xmlns="urn:x">a&amp;b</X>'))
    assert not made.validate(etree.fromstring('<X xmlns="urn:x">b</X>'))
