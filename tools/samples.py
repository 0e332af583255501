"""Write the table of what is said of each real sample, from the samples and the program itself.

Usage: python tools/samples.py SHARED_DATA_DIR [OUTPUT]

A row says what is expected (the official schema's verdict, and the verdict that the sample's source gives it), what
the schema's side of the program says, and, where the two differ, why.
"""

import csv
import sys
from pathlib import Path
from typing import Final, NamedTuple

from lxml import etree

from mufakat.messages import facts
from mufakat.messages.envelope import Opened, open_message, parse
from mufakat.messages.fault import Fault
from mufakat.messages.schema import violation
from mufakat.messages.trade.reading import read_trade_document
from mufakat.messages.trade.standard import versions

OUTPUT: Final = Path(__file__).parent.parent / "docs" / "reference" / "samples.md"
HEAD: Final = """# Samples

What is said of each real sample: {iso} messages of ISO 20022 and {trade} trade documents, from public repositories. *Expected* is
the official schema's verdict, then, after a stroke, the one of the sample's own source if it gives one. *Got* is what opening and
schema check say, with the reason code and the place, and of a trade document as what it is read; rules beyond the schema are
not in this table.
{same} of {all} agree with the official schema; the others have the reason in the last column.

"""
COLUMNS: Final = "| sample | expected | got | why it differs |\n|---|---|---|---|\n"
WHY: Final = {
    "A comment is not": "comments are not taken: one can split a value",
    "A processing instruction is not": "processing instructions are not taken: one can split a value",
    "The header says": "the header names another message, which no schema sees",
    "Application header": "the header breaks the schema of its own",
    "The file holds no ISO 20022 Document element": "no document of ISO 20022 is in it",
    "The Document element is in no ISO 20022 namespace": "it names no version, so no schema holds",
    "The Document's namespace": "its namespace names no message of the catalogue",
    "No facts": "no official schema of it is at hand",
    "The payable amount is -": "what is owed the other way round is another document",
    "The payable amount is in": "it names two currencies",
}


class Row(NamedTuple):
    """A line of the table; `why` is empty where the schema's verdict is what is expected."""

    sample: str
    expected: str
    got: str
    why: str

    def __str__(self) -> str:
        return f"| {' | '.join(each.replace('|', '&#124;') for each in self)} |\n"


def said(fault: Fault) -> str:
    """Return a refusal as the table shows it."""
    place = f", line {fault.line}" if fault.line is not None else ""
    return f"refused {fault.code}{place}: {fault.text}"


def iso_row(line: dict[str, str], data: bytes) -> Row:
    """Open and check a message of ISO 20022."""
    found = open_message(data)
    wrong = checked(found.definition, found.document) if isinstance(found, Opened) else found
    label = line["repo_label"]
    return row(line["file"], line["xsd_verdict"], "" if label == "unlabelled" else label, wrong)


def trade_row(line: dict[str, str], data: bytes) -> Row:
    """Read a trade document; one of no known schema is told so. A version that takes it is enough."""
    verdicts = dict(each.split("=") for each in line["xsd_verdicts"].split())
    root = parse(data)
    if isinstance(root, Fault):
        return row(line["file"], "valid" if "valid" in verdicts.values() else "invalid", "", root)
    modules = versions(root)
    taken = {each.split(".")[0].replace("cii", "cii-d16b") for each in modules} or verdicts.keys()
    expected = "valid" if "valid" in {verdicts[each] for each in taken} else "invalid"
    if not modules:
        return row(line["file"], expected, "", checked(line["kind"].replace("-", " "), root))
    found = read_trade_document(data)
    if isinstance(found, Fault):
        return row(line["file"], expected, "", found)
    return row(line["file"], expected, "", None)._replace(got=f"accepted: {found.kind}")


def row(sample: str, verdict: str, label: str, wrong: Fault | None) -> Row:
    """Make a line of the table; stop when a difference has no reason here."""
    expected = verdict + (f" / {label}" if label else "")
    if wrong is None:
        if verdict != "valid":
            sys.exit(f"{sample}: taken, but the official schema says {verdict}")
        return Row(sample, expected, "accepted", "")
    if verdict == "malformed" or (verdict == "invalid" and not wrong.text.startswith(tuple(WHY))):
        return Row(sample, expected, said(wrong), "")
    why = next((reason for start, reason in WHY.items() if wrong.text.startswith(start)), None)
    if why is None:
        sys.exit(f"{sample}: the official schema says {verdict}, but: {said(wrong)}")
    return Row(sample, expected, said(wrong), why)


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the lines of a folder's samples.csv."""
    with (folder / "samples.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def page(data: Path) -> str:
    """Return the page."""
    tables = []
    for folder, make in (("iso20022", iso_row), ("trade", trade_row)):
        lines = rows(data / folder)
        tables.append([make(each, (data / folder / "samples" / each["file"]).read_bytes()) for each in lines])
    every = [each for table in tables for each in table]
    same = sum(not each.why for each in every)
    head = HEAD.format(iso=len(tables[0]), trade=len(tables[1]), same=same, all=len(every))
    return head + COLUMNS + "".join(map(str, every))


def main(arguments: list[str]) -> None:
    """Write the page."""
    if len(arguments) not in {1, 2} or not (Path(arguments[0]) / "iso20022" / "samples.csv").is_file():
        sys.exit(
            "usage: python tools/samples.py SHARED_DATA_DIR [OUTPUT], where the folder holds iso20022 and trade"
        )
    output = Path(arguments[1]) if len(arguments) == 2 else OUTPUT
    output.write_text(page(Path(arguments[0])), encoding="utf-8")


def checked(module: str, element: etree._Element) -> Fault | None:
    """Check an element that was opened by its schema."""
    if module not in facts.modules():
        return Fault(
            code="FF01",
            text=f"No facts of {module} are at hand; its schema is not among the official ones.",
            line=element.sourceline,
            path="",
        )
    broken = violation(module, element)
    return broken and Fault(code="FF01", text=broken.text, line=broken.line, path=broken.path)


if __name__ == "__main__":
    main(sys.argv[1:])
