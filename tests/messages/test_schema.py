"""Our schemas, made from facts, give the verdicts of the official ones: on real messages and on mutants."""

import copy
import random
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from mufakat.messages import facts, schema
from mufakat.messages.trade.standard import versions
from tests.messages.mutants import mutant
from tests.messages.official import ISO, NS, TRADE, credit_transfer, needs_data, official, rows, sample

MUTANTS_PER_PART = 45
MUTANTS_PER_DOCUMENT = 6


def iso_parts() -> Iterator[tuple[str, str, Any]]:
    """Yield (file, module, element) of every sample's part whose message we have facts of."""
    for row in rows(ISO):
        try:
            root = etree.fromstring(sample(ISO, row))
        except etree.XMLSyntaxError:
            continue
        for node in root.iter(etree.Element):
            if node.tag.startswith("{" + NS) and node.tag.endswith(("}Document", "}AppHdr")):
                module = etree.QName(node).namespace.removeprefix(NS)
                if module in facts.modules():
                    yield row["file"], module, alone(node)


def trade() -> Iterator[tuple[str, str, Any]]:
    """Yield (file, module, element) of every trade sample and each version of its schema."""
    for row in rows(TRADE):
        root = etree.fromstring(sample(TRADE, row))
        for module in versions(root):
            yield row["file"], module, root


def alone(node: Any) -> Any:
    return etree.fromstring(etree.tostring(node, with_tail=False))


def verdicts(module: str, element: Any) -> tuple[str, str]:
    """Return the first error of the official schema and of ours, empty where it fits."""
    found = []
    for checker in (official(module), schema.schema(module)):
        fits = checker.validate(element)
        found.append("" if fits else checker.error_log[0].message)
    return found[0], found[1]


@needs_data
def test_every_sample_gets_the_verdict_of_the_official_schema():
    seen = 0
    for file, module, element in iso_parts():
        theirs, ours = verdicts(module, element)
        assert ours == theirs, f"{file}: {module}"
        seen += 1
    assert seen > 150


@needs_data
def test_every_mutant_gets_the_verdict_of_the_official_schema():
    chance = random.Random(20022)
    fits = breaks = 0
    for file, module, element in iso_parts():
        for number in range(MUTANTS_PER_PART):
            changed = mutant(element, chance)
            theirs, ours = verdicts(module, changed)
            assert ours == theirs, f"{file}: {module}: mutant {number}"
            breaks, fits = breaks + bool(theirs), fits + (not theirs)
    assert fits + breaks > 2_000
    assert breaks > 1_000 < fits + breaks


@needs_data
@pytest.mark.parametrize(
    "loosened", ["ChargeBearerType1Code", "Max35Text", "ActiveCurrencyAndAmount_SimpleType"]
)
def test_canary_mutants_notice_a_facet_that_is_lost(monkeypatch, loosened):
    def loose(module: str) -> Any:
        imports, elements, types = copy.deepcopy(read(module))
        for name, body in types:
            if name == loosened:
                body[2] = []
        return imports, elements, types

    read = facts._module
    monkeypatch.setattr(facts, "_module", loose)
    monkeypatch.setattr(schema, "_kept", threading.local())
    chance = random.Random(20022)
    assert any(
        theirs != ours
        for _, module, element in iso_parts()
        for _ in range(MUTANTS_PER_PART)
        for theirs, ours in [verdicts(module, mutant(element, chance))]
    )


@needs_data
def test_every_trade_document_and_its_mutants_get_the_verdict_of_the_official_schema():
    chance = random.Random(21)
    breaks: Counter[str] = Counter()
    for file, module, element in trade():
        assert verdicts(module, element) == ("", ""), file
        for number in range(MUTANTS_PER_DOCUMENT):
            theirs, ours = verdicts(module, mutant(element, chance))
            assert ours == theirs, f"{file}: {module}: mutant {number}"
            breaks[module] += bool(theirs)
    assert sum(breaks.values()) > 600
    assert set(breaks) > {"ubl21.Invoice", "ubl23.Invoice", "ubl23.Order", "cii.CrossIndustryInvoice"}


@needs_data
@pytest.mark.parametrize(
    "signature", ["<ds:Signature/>", '<ds:Signature Id="1"><ds:KeyInfo/></ds:Signature>']
)
def test_a_signature_in_an_invoice_extension_is_checked_like_officially(signature):
    element = next(e for f, _, e in trade() if "2.1-Example-Trivial" in f)
    ext = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
    csc = "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2"
    inner = f'<c:UBLDocumentSignatures xmlns:c="{csc}"/>'
    for content in (inner, f'<b xmlns="urn:b" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{signature}</b>'):
        changed = copy.deepcopy(element)
        changed.insert(
            0,
            etree.fromstring(
                f'<e:UBLExtensions xmlns:e="{ext}"><e:UBLExtension><e:ExtensionContent>{content}'
                "</e:ExtensionContent></e:UBLExtension></e:UBLExtensions>"
            ),
        )
        theirs, ours = verdicts("ubl21.Invoice", changed)
        assert ours == theirs
        assert ours


def test_a_breach_names_line_and_path_in_element_names():
    document = etree.fromstring(credit_transfer().replace(b">SHAR<", b">FREE<"))
    found = schema.violation("pacs.008.001.08", document)
    assert found is not None
    assert found.path == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr"
    assert found.line == 5
    assert "urn:" not in found.text
    assert "FREE" in found.text


def test_a_breach_in_prefixed_elements_is_found_too():
    root = etree.fromstring(credit_transfer().replace(b">SHAR<", b">FREE<"))
    renamed = etree.Element(root.tag, nsmap={"p": NS + "pacs.008.001.08"})
    renamed.extend(list(root))
    prefixed = etree.fromstring(etree.tostring(renamed))
    assert prefixed[0].prefix == "p"
    found = schema.violation("pacs.008.001.08", prefixed)
    assert found is not None
    assert found.path == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/ChrgBr"


def test_a_breach_in_an_attribute_is_placed_at_its_element():
    document = etree.fromstring(credit_transfer().replace(b'Ccy="QMD"', b'Ccy="qmd"'))
    found = schema.violation("pacs.008.001.08", document)
    assert found is not None
    assert found.path == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf/IntrBkSttlmAmt"


def test_a_name_too_long_for_a_path_is_placed_at_the_nearest_element():
    bad = etree.fromstring(
        f'<Document xmlns="{NS}pacs.008.001.08"><p:{"x" * 200} xmlns:p="urn:p"/></Document>'
    )
    found = schema.violation("pacs.008.001.08", bad)
    assert found is not None
    assert found.path == "/Document"
    assert len(found.text) <= 401


def test_a_breach_far_down_a_file_names_its_line():
    far = (
        credit_transfer()
        .replace(b"SHAR", b"FREE")
        .replace(b"<CdtTrfTxInf>", b"\n" * 99_995 + b"<CdtTrfTxInf>")
    )
    found = schema.violation("pacs.008.001.08", etree.fromstring(far))
    assert found is not None
    assert found.line == 100_000


def test_a_schema_that_the_file_names_is_not_asked():
    instance = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    hint = b"<Document " + instance + b' xsi:schemaLocation="urn:x /none.xsd" '
    assert (
        schema.violation("pacs.008.001.08", etree.fromstring(credit_transfer().replace(b"<Document ", hint)))
        is None
    )


def test_a_path_gives_a_position_where_several_elements_have_one_name():
    root = etree.fromstring("<a><b/><b><c/></b></a>")
    assert schema.path_of(root[1][0]) == "/a/b[2]/c"
    assert schema.path_of(root[1][0], root[1]) == "/b/c"


def test_each_thread_has_a_schema_of_its_own_and_keeps_it():
    ours = schema.schema("pacs.002.001.10")
    theirs: list[Any] = []
    thread = threading.Thread(target=lambda: theirs.append(schema.schema("pacs.002.001.10")))
    thread.start()
    thread.join()
    assert schema.schema("pacs.002.001.10") is ours
    assert theirs[0] is not ours
