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
from tests.messages.official import DATA, ISO, ROOT, needs_data, official_path


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
        tool().encoded(tmp_path)


@needs_data
def test_every_official_schema_has_its_facts():
    official = {path.stem for path in (ISO / "xsd").glob("*.xsd")}
    trade = {f"ubl{v}.{d}" for v in (21, 23) for d in tool().UBL_DOCUMENTS} | {"cii.CrossIndustryInvoice"}
    assert len(official) == 247
    assert official | trade <= facts.modules()
    assert all(official_path(module).is_file() for module in official | trade)


def test_the_table_holds_no_words_of_the_files():
    text = shipped().decode()
    assert "annotation" not in text
    assert "Copyright" not in text
    assert "<" not in text
    lines = text.split("\n")
    types = lines[1 + len(json.loads(lines[0])) :]
    assert len(types) == len(set(types)) > 3_000, "a type that versions share is stored once"


@pytest.mark.parametrize("module", sorted(facts.modules()))
def test_schema_text_of_each_module_is_well_formed_and_of_its_namespace(module):
    root = etree.fromstring(facts.schema_text(module))
    assert root.get("targetNamespace") == facts.namespace(module)


@pytest.mark.parametrize(
    "body",
    [["?", 1], ["c", ["?", 1], [], []], ["c", None, [["?"]], []]],
    ids=["type", "particle", "attribute"],
)
def test_a_damaged_table_is_noticed(monkeypatch, body: Any):
    given(monkeypatch, types=[["T", body]])
    with pytest.raises(AssertionError, match="unknown"):
        facts.schema_text("x")


def test_a_type_without_a_name_stands_in_its_element(monkeypatch):
    given(monkeypatch, elements=[["X", ["s", "xs:string", [["enumeration", "a&b"]]]]])
    made = etree.XMLSchema(etree.fromstring(facts.schema_text("x")))
    assert made.validate(etree.fromstring('<X xmlns="urn:x">a&amp;b</X>'))
    assert not made.validate(etree.fromstring('<X xmlns="urn:x">b</X>'))


def test_an_attribute_keeps_the_value_that_it_is_fixed_to(monkeypatch):
    body = ["v", "extension", "xs:string", [], [["@", "at", "xs:string", "optional", 'a"b']]]
    given(monkeypatch, elements=[["X", "T"]], types=[["T", body]])
    made = etree.XMLSchema(etree.fromstring(facts.schema_text("x")))
    assert made.validate(etree.fromstring("<X xmlns='urn:x' at='a\"b'/>"))
    assert not made.validate(etree.fromstring('<X xmlns="urn:x" at="b"/>'))


def given(
    monkeypatch, elements: tuple[Any, ...] | list[Any] = (), types: tuple[Any, ...] | list[Any] = ()
) -> None:
    """Put a table in the shipped one's place that holds the module x of the namespace urn:x."""
    lines = [[[], elements, list(range(len(types)))], *types]
    table = {"x": "urn:x"}, [json.dumps(line).encode() for line in lines]
    monkeypatch.setattr(facts, "_table", lambda: table)
    monkeypatch.setattr(facts, "_places", lambda: {"x": 0})
    monkeypatch.setattr(facts, "_module", facts._module.__wrapped__)
