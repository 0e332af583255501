"""A reader of ISO 20022 that is not ours, Prowide's pw-iso20022, reads all that leaves as it was meant.

It needs Java and Maven, which fetch it as `pom.xml` says. It keeps what it knows and drops the rest, so what it
writes anew must say all that we wrote.
"""

import base64
import datetime
import io
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from mufakat.messages.header import Speaker, enveloped
from mufakat.messages.initiation import ORDER
from mufakat.messages.onward import GIVEN_ON, Leg, excerpts, write_onward
from mufakat.messages.versions import READ, WRITTEN
from tests.messages.invented import Invention
from tests.messages.test_onward import GROUPS, NAMES, leaves

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "examples" / "flows"
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+(Z|[+-]\d{2}:\d{2})?")
NOT_KNOWN = ("pacs.002.001.15", "pacs.004.001.14", "pacs.008.001.13", "pacs.009.001.12")
"""Versions of the year after the reader's."""
SPEAKER = Speaker("QM", "CBMEQMA0XXX", "MUFAKAT")
pytestmark = pytest.mark.skipif(
    shutil.which("mvn") is None or shutil.which("java") is None,
    reason="Java and Maven are not here: install them to let another reader read what we write",
)


@pytest.fixture(scope="module")
def classes(tmp_path_factory) -> str:
    """The class path of the reader."""
    listing = tmp_path_factory.mktemp("maven") / "classpath"
    subprocess.run(
        [
            "mvn",
            "-q",
            "-B",
            "-f",
            HERE / "pom.xml",
            "dependency:build-classpath",
            f"-Dmdep.outputFile={listing}",
        ],
        check=True,
        capture_output=True,
    )
    return listing.read_text()


def read(classes: str, paths: list[Path]) -> list[tuple[str, str, str, Any]]:
    """What each file is, from whom, to whom, and its document as the reader writes it anew."""
    words = ["java", "-cp", classes, HERE / "Reader.java", *paths]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [str(path) for path in paths]
    return [(*row[1:4], etree.fromstring(base64.b64decode(row[4]))) for row in rows]


def said(document: Any) -> Counter[str]:
    """Each leaf with its path, times as moments; of foreign parts only that they are there."""
    return Counter(
        f"{path} {moment(text) if isinstance(text, str) else ''}" for path, text, *_ in leaves(document)
    )


def moment(text: str) -> str:
    """A date and time as seconds since 1970, all else as it is."""
    if not TIME.fullmatch(text):
        return text
    return str(datetime.datetime.fromisoformat(text).timestamp())


def test_it_reads_every_example_of_what_leaves(classes):
    paths = sorted(EXAMPLES.glob("*.out-*.xml"))
    for path, (what, sender, receiver, document) in zip(paths, read(classes, paths), strict=True):
        header, ours = etree.parse(path).getroot()
        assert what == header.findtext("{*}MsgDefIdr")
        assert (sender, receiver) == ("CBMEQMA0XXX", header.findtext("{*}To//{*}BICFI"))
        assert said(document) == said(ours)


def test_it_reads_whatever_goes_on_with_every_header_and_loses_nothing(classes, tmp_path):
    wrote: dict[Path, Any] = {}
    for kind in sorted(GIVEN_ON - {ORDER}):
        for definition in (each for each in READ[kind] if each not in NOT_KNOWN):
            for seed in range(6):
                invented = Invention(definition, seed, 0.4).document(
                    **{NAMES[kind]: 1}, **dict.fromkeys(GROUPS, 1)
                )
                path = tmp_path / f"{definition}-{seed}.xml"
                wrote[path] = given_on(path, definition, etree.tostring(invented), seed)
    paths = list(wrote)
    for path, (what, _, receiver, document) in zip(paths, read(classes, paths), strict=True):
        assert (what, receiver) == (path.name[:15], "TANGQMA0XXX")
        assert said(document) == said(wrote[path]), path.name


def given_on(path: Path, definition: str, data: bytes, seed: int) -> Any:
    leg = Leg(message_id="GV-1", created="2026-11-24T08:00:00Z", receiver="TANGQMA0XXX", system="MUFAKAT")
    (excerpt,) = excerpts(io.BytesIO(data), definition, {0})
    written, document = write_onward(excerpt, leg, definition)
    versions = WRITTEN["head.001"]
    path.write_bytes(
        b"".join(
            enveloped(
                [document],
                message_id="GV-1",
                created=leg.created,
                definition=written,
                speaker=SPEAKER,
                receiver=leg.receiver,
                service="mufakat.01",
                head=versions[seed % len(versions)],
            )
        )
    )
    return etree.fromstring(document)
