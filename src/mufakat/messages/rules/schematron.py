"""The official rules of invoices, run on a document: what fails becomes findings with line and path.

The stylesheets run in a process beside this one (`saxon`), which is started when the first document needs it and is
ended when it takes too long; the document is one that `envelope.parse` has taken.
"""

import importlib.util
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final, Self

import msgspec
from lxml import etree

from mufakat.messages.fault import MALFORMED, NARRATIVE, told
from mufakat.messages.rules import official, saxon
from mufakat.messages.rules.official import RuleFile, Unusable
from mufakat.messages.rules.rule import Finding, Rule, Severity
from mufakat.messages.schema import Element, Places

SECONDS: Final = 60
"""How long one document may take: four times what the largest takes that is let in."""
HERE: Final = Rule(
    id="MUF-SCH-01",
    title="The official rules that an invoice says to follow are here",
    code=NARRATIVE,
    source="the union's intake",
    severity=Severity.WARNING,
)
ENDED: Final = Rule(
    id="MUF-SCH-02",
    title="The official rules of an invoice run to their end, within bounds of size, time and memory",
    code=MALFORMED,
    source="the union's intake",
)
_ADVICE: Final = "Correct what the schema says first; split an invoice that is too large."
_STEP: Final = re.compile(r"/(?:\*:([^/\[\]@]+)\[namespace-uri\(\)='(.*?)'\]|([^/\[\]@]+))\[(\d+)\]")
_ATTRIBUTE: Final = re.compile(r"/@(?:\*\[local-name\(\)=')?([^/'\[\]]+)")


class Sheets:
    """The official rules at work. `seconds`: how long one document may take.

    It ends the process that it started when it is closed, or used in a `with`.
    """

    def __init__(self, folder: Path, seconds: float = SECONDS) -> None:
        self._folder: Final = folder
        self._seconds: Final = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._sent: Final[set[str]] = set()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        self._sent.clear()
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                _closed(stream)

    def usable(self, names: tuple[str, ...]) -> None:
        """Raise Unusable when the files of some sets, or what runs them, are not here."""
        self._usable([file for name in names for file in official.SETS.get(name, ())])

    def _usable(self, files: list[RuleFile]) -> None:
        unsent = [file for file in files if file.name not in self._sent]
        if unsent and importlib.util.find_spec("saxonche") is None:
            why = "The official rules are run by saxonche, which is not here. pip install 'mufakat[invoices]'"
            raise Unusable(f"{why}, then run mufakat message fetch-rules.")
        for file in unsent:
            official.text_of(file, self._folder)

    def findings(self, root: Element, names: tuple[str, ...] | None) -> tuple[tuple[str, ...], list[Finding]]:
        """Return which sets looked at a document, and what they found; for None those that it says to follow.

        Sets that do not speak of the document are passed over.
        """
        chosen = official.speaking_of(root, official.fitting(root) if names is None else names)
        if not chosen:
            return (), []
        try:
            self._usable(list(chosen.values()))
        except Unusable as why:
            text = f"The rules of {', '.join(chosen)} were not run. {why}"
            return (), [_finding(HERE, text, root, Places(root))]
        text = etree.tostring(root, encoding="unicode", with_tail=False)
        places, found = Places(root), []
        for name, file in chosen.items():
            answer = self._answer(file, text)
            found += _told(answer, root, places)
            if answer.stopped:
                because = told(answer.stopped).rstrip(".")
                said = f"The rules of {name} did not come to their end: {because}. {_ADVICE}"
                found.append(_finding(ENDED, said, root, places))
        return tuple(chosen), found

    def _answer(self, file: RuleFile, document: str) -> saxon.Answer:
        if len(document) > saxon.MAX_CHARACTERS:
            return saxon.Answer(stopped=f"the invoice has more than {saxon.MAX_CHARACTERS} characters")
        sheet = "" if file.name in self._sent else official.text_of(file, self._folder)
        job = saxon.Job(name=file.name, text=sheet, document=document)
        process = self._running()
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        try:
            data = _asked(process, job)
            is_late = not timer.is_alive()
        finally:
            timer.cancel()
            timer.join()
        if data is None:
            self.close()
            what = f"more than {self._seconds:g} s went by" if is_late else "the program that runs them ended"
            return saxon.Answer(stopped=what)
        self._sent.add(file.name)
        return msgspec.msgpack.decode(data, type=saxon.Answer)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, with a module of this package
                [sys.executable, "-I", "-m", saxon.__name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _asked(process: subprocess.Popen[bytes], job: saxon.Job) -> bytes | None:
    """Return the answer to a job, None when the process ends before it."""
    assert process.stdin is not None, "it is a pipe"
    assert process.stdout is not None, "it is a pipe"
    try:
        saxon.put(process.stdin, job)
        return saxon.take(process.stdout)
    except BrokenPipeError:
        return None


def _closed(stream: IO[bytes] | None) -> None:
    try:
        if stream is not None:
            stream.close()
    except BrokenPipeError:
        pass  # what waited to be written went with the process


def _told(answer: saxon.Answer, root: Element, places: Places) -> list[Finding]:
    where = _Where(root)
    found = []
    for each in answer.broken:
        element, rest = where.at(each.location)
        found.append(
            Finding(
                rule=each.id,
                severity=official.severity_of(each.flag),
                code=NARRATIVE,
                line=element.sourceline,
                path=places.path(element) + rest,
                text=official.said(each.id, each.text),
            )
        )
    return found


def _finding(rule: Rule, text: str, element: Element, places: Places) -> Finding:
    line, path = element.sourceline, places.path(element)
    return Finding(rule=rule.id, severity=rule.severity, code=rule.code, line=line, path=path, text=text)


class _Where:
    """Finds elements by the locations of SVRL: names in XPath 2.0's manner, each with its place among its like."""

    def __init__(self, root: Element) -> None:
        self._root: Final = root
        self._twins: Final[dict[tuple[Element, str], list[Element]]] = {}

    def at(self, location: str) -> tuple[Element, str]:
        """Return the element of a location, or the nearest above it, and the attribute behind it as `/@name`."""
        node, step = self._root, _STEP.match(location)
        end = step.end() if step else 0
        while step := _STEP.match(location, end):
            local, namespace, bare, position = step.groups()
            twins = self._named(node, bare or f"{{{namespace}}}{local}")
            if int(position) > len(twins):
                return node, ""
            node, end = twins[int(position) - 1], step.end()
        attribute = _ATTRIBUTE.match(location, end)
        return node, f"/@{attribute[1]}" if attribute else ""

    def _named(self, parent: Element, tag: str) -> list[Element]:
        twins = self._twins.get((parent, tag))
        if twins is None:
            twins = self._twins[parent, tag] = list(parent.iterchildren(tag))
        return twins
