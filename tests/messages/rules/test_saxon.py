"""The process that runs stylesheets: what it answers, what it may not reach, and what ends it."""

import io
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages.rules import saxon
from mufakat.messages.rules.saxon import Answer, Broken, Job, failures, put, take
from tests.messages.rules.invoices import needs_rules

SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
 xmlns:system="java:java.lang.System"><xsl:template match="/"><svrl:schematron-output
 xmlns:svrl="http://purl.oclc.org/dsdl/svrl"><svrl:failed-assert id="{id}" flag="fatal" location="/a[1]">
 <svrl:text>{body}</svrl:text></svrl:failed-assert></svrl:schematron-output></xsl:template></xsl:stylesheet>"""


OPEN = "from mufakat.messages.rules import saxon; saxon._SETTINGS.clear(); saxon.main()"
"""The same process without what closes it: what must be found out when the settings no longer work."""


@contextmanager
def started(*words):
    with subprocess.Popen(
        [sys.executable, "-I", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield process
        process.kill()


@pytest.fixture
def process():
    """The process, with pipes."""
    with started("-m", saxon.__name__) as running:
        yield running


def asked(process, body: str, document: str = "<a>7</a>", name: str = "one") -> Answer:
    put(process.stdin, Job(name=name, text=SHEET.format(id="X", body=body), document=document))
    return msgspec.msgpack.decode(take(process.stdout), type=Answer)


def value(select: str) -> str:
    return f'<xsl:value-of select="{select}"/>'


@given(st.lists(st.text()))
def test_what_is_put_is_taken(texts):
    stream = io.BytesIO()
    for text in texts:
        put(stream, Answer(stopped=text))
    stream.seek(0)
    assert [msgspec.msgpack.decode(take(stream), type=Answer).stopped for _ in texts] == texts
    assert take(stream) is None
    stream.truncate(max(len(stream.getvalue()) - 1, 0))
    stream.seek(0)
    assert [take(stream) for _ in texts][-1:] == [None] * bool(texts)


def test_failures_are_read_from_a_report_in_their_order():
    report = """<?xml version="1.0" encoding="UTF-8"?><o xmlns:s="http://purl.oclc.org/dsdl/svrl">
    <s:fired-rule context="a"/><s:failed-assert id="A" flag="fatal" location="/a[1]">
    <s:text>a &amp; <b>c</b></s:text></s:failed-assert>
    <s:successful-report id="B"><s:text>d</s:text></s:successful-report></o>"""
    first, second = failures(report)
    assert first == Broken(id="A", flag="fatal", location="/a[1]", text="a & c")
    assert (second.id, second.flag) == ("B", "")


@needs_rules
def test_a_stylesheet_stays_for_the_next_document(process):
    assert asked(process, value("a")).broken[0].text.strip() == "7"
    put(process.stdin, Job(name="one", text="", document="<a>8</a>"))
    assert "8" in msgspec.msgpack.decode(take(process.stdout), type=Answer).broken[0].text


@needs_rules
def test_what_cannot_be_run_is_told_and_the_next_is_run(process):
    assert asked(process, value("1 +")).stopped
    assert (
        "Cannot convert string"
        in asked(process, value("a cast as Q{http://www.w3.org/2001/XMLSchema}int"), "<a>b</a>").stopped
    )
    assert asked(process, value("a"), "<a").stopped
    assert asked(process, value("a")).stopped == ""


def reaching(folder: Path) -> dict[str, str]:
    """Return stylesheets' bodies that reach for a secret in a folder, the network or this machine."""
    (folder / "secret.xml").write_text("<s>SECRET</s>")
    secret = (folder / "secret.xml").as_uri()
    return {
        "doc": value(f"doc('{secret}')"),
        "document": value(f"document('{secret}')"),
        "text": value(f"unparsed-text('{secret}')"),
        "folder": value(f"collection('{folder.as_uri()}?select=*.xml')"),
        "written": f'<xsl:result-document href="{folder.as_uri()}/out.xml"><x/></xsl:result-document>',
        "network": value("doc('http://127.0.0.1:1/')"),
        "function": value("system:nanoTime()"),
    }


ENTITY = '<!DOCTYPE a [<!ENTITY e SYSTEM "{address}">]><a>&e;</a>'


@needs_rules
def test_nothing_outside_is_reached(process, tmp_path):
    for name, body in reaching(tmp_path).items():
        answer = asked(process, body, name=name)
        assert re.search("prohibited|disallowed|disabled|Cannot find a 0-argument", answer.stopped), name
        assert not answer.broken and "SECRET" not in answer.stopped
    assert not (tmp_path / "out.xml").exists()
    assert asked(process, value("environment-variable('HOME')"), name="home").broken[0].text.strip() == ""
    entity = ENTITY.format(address=(tmp_path / "secret.xml").as_uri())
    assert "prohibited" in asked(process, value("a"), entity, name="entity").stopped


@needs_rules
def test_without_what_closes_it_the_same_would_be_reached(tmp_path):
    bodies = reaching(tmp_path)
    with started("-c", OPEN) as process:
        for name in ("doc", "document", "text", "folder"):
            assert "SECRET" in asked(process, bodies[name], name=name).broken[0].text, name
        assert asked(process, bodies["written"], name="written").stopped == ""
        assert (tmp_path / "out.xml").exists()
        entity = ENTITY.format(address=(tmp_path / "secret.xml").as_uri())
        assert "SECRET" in asked(process, value("a"), entity, name="entity").broken[0].text


@needs_rules
def test_too_much_memory_ends_it_not_the_machine(process):
    doubling = "string-length(string-join((for $i in 1 to 400000000 return concat('abcdefgh', $i)), ''))"
    put(process.stdin, Job(name="big", text=SHEET.format(id="X", body=value(doubling)), document="<a/>"))
    data = take(process.stdout)
    assert data is None or "emory" in msgspec.msgpack.decode(data, type=Answer).stopped
    assert data is not None or process.wait() != 0
