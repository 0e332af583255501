"""The process that runs stylesheets with Saxon, beside the one that asks: `python -m mufakat.messages.rules.saxon`.

It reads jobs from standard input and writes answers to standard output, each MessagePack behind its length (four
bytes, big-endian). A process of its own can be stopped when it takes too long or too much memory. Saxon gets no
address to read (ALLOWED_PROTOCOLS is empty: no file, no network, no external entity) and no function from outside.
"""

import os
import resource
import struct
import sys
from typing import IO, Any, Final

import msgspec
from lxml import etree

MAX_CHARACTERS: Final = 16 * 1024 * 1024
"""An invoice's text; Saxon takes some sixty bytes of memory for each of them."""
MAX_MEMORY: Final = 1024 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")
_FEATURE: Final = "http://saxon.sf.net/feature/"
_SETTINGS: Final = {"allowedProtocols": "", "allow-external-functions": "false"}
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A document to hold to a stylesheet; `text` is the stylesheet's, only when its `name` is new here."""

    name: str
    text: str
    document: str


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """An assertion that failed (SVRL `failed-assert` or `successful-report`)."""

    id: str
    flag: str
    location: str
    text: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What failed; `stopped` says why the stylesheet did not come to its end, empty when it did."""

    broken: tuple[Broken, ...] = ()
    stopped: str = ""


def put(stream: IO[bytes], message: Job | Answer) -> None:
    """Write one message."""
    data = msgspec.msgpack.encode(message)
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def take(stream: IO[bytes]) -> bytes | None:
    """Read one message, None when the other side has gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None


class Saxon:
    """Stylesheets that stay compiled, and the processor that runs them."""

    def __init__(self) -> None:
        from saxonche import PySaxonProcessor  # noqa: PLC0415 - only this process has need of it

        self._processor: Final = PySaxonProcessor(license=False)
        for name, value in _SETTINGS.items():
            self._processor.set_configuration_property(_FEATURE + name, value)
        self._compiler: Final = self._processor.new_xslt30_processor()
        self._sheets: Final[dict[str, Any]] = {}

    def answer(self, job: Job) -> Answer:
        """Run a job."""
        from saxonche import PySaxonApiError  # noqa: PLC0415 - only this process has need of it

        try:
            if job.text:
                self._sheets[job.name] = self._compiler.compile_stylesheet(stylesheet_text=job.text)
            node = self._processor.parse_xml(xml_text=job.document)
            report = self._sheets[job.name].transform_to_string(xdm_node=node)
        except PySaxonApiError as error:
            return Answer(stopped=" ".join(str(error).split()))
        return Answer(broken=failures(report or ""))


def failures(report: str) -> tuple[Broken, ...]:
    """Return what an SVRL report says has failed, in its order."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    root = etree.fromstring(report.encode().partition(b"?>")[2], parser)
    return tuple(
        Broken(
            id=each.get("id", ""),
            flag=each.get("flag", ""),
            location=each.get("location", ""),
            text="".join(each.find(f"{_SVRL}text").itertext()),
        )
        for each in root.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
    )


def main() -> None:
    """Answer jobs until there are no more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what Saxon itself prints is no answer
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
    saxon = Saxon()
    while (data := take(sys.stdin.buffer)) is not None:
        put(answers, saxon.answer(msgspec.msgpack.decode(data, type=Job)))


if __name__ == "__main__":
    main()
