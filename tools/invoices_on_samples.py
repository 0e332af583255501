"""Write what the official rules of invoices find in the real invoices among the samples.

Usage: python tools/invoices_on_samples.py SHARED_DATA_DIR [OUTPUT]

It needs the rule files: mufakat message fetch-rules.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from mufakat.messages.envelope import parse
from mufakat.messages.fault import Fault
from mufakat.messages.rules import official
from mufakat.messages.rules.rule import Finding, Severity
from mufakat.messages.rules.schematron import Sheets

OUTPUT: Final = Path(__file__).parent.parent / "docs" / "reference" / "invoices-on-samples.md"
HEAD: Final = """# Official rules on real invoices

What the official rules of EN 16931 and Peppol BIS Billing 3.0 find in the {whole} invoices and credit notes among the samples,
each held to the sets that it says to follow; {silent} others name neither. Made by `tools/invoices_on_samples.py`; a test makes it
again, and another lets phive, the validator of the packages that carry the rule files, check the same files with Saxon for Java: it
must find the same rules at the same places.

| file of rules | licence |
|---|---|
{files}
Of {whole} invoices {clean} break no rule, {warned} of them with warnings.

## The invoices in which rules fail

| sample | held to | fails | warnings |
|---|---|---|---|
"""
RULES: Final = """
## What those rules say

| rule | invoices | says |
|---|---|---|
"""


class Looked(NamedTuple):
    """A sample's name, the sets that looked at it, and what they found."""

    name: str
    sets: tuple[str, ...]
    found: list[Finding]

    def ids(self, severity: Severity) -> list[str]:
        """Return the rules that failed, each once."""
        return sorted({each.rule for each in self.found if each.severity is severity})


def looked_at(data: Path) -> list[Looked]:
    """Return every invoice among the samples with what was found, also those that name no set."""
    folder = data / "trade"
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    every = []
    with Sheets(official.home()) as sheets:
        sheets.usable(tuple(official.SETS))
        for name in names:
            root = parse((folder / "samples" / name).read_bytes())
            if not isinstance(root, Fault) and official.speaking_of(root, tuple(official.SETS)):
                every.append(Looked(name, *sheets.findings(root, None)))
    return every


def _rows(failing: list[Looked]) -> Iterator[str]:
    for each in failing:
        warnings = len(each.ids(Severity.WARNING))
        yield f"| {each.name} | {', '.join(each.sets)} | {', '.join(each.ids(Severity.ERROR))} | {warnings} |\n"


def page(data: Path) -> str:
    """Return the page."""
    every = looked_at(data)
    held = [each for each in every if each.sets]
    failing = [each for each in held if each.ids(Severity.ERROR)]
    warned = [each for each in held if each not in failing and each.found]
    files = "".join(
        f"| {file.title} | {file.licence} |\n" for those in official.SETS.values() for file in those
    )
    numbers = {
        "whole": len(held),
        "silent": len(every) - len(held),
        "clean": len(held) - len(failing),
        "warned": len(warned),
    }
    counted = Counter(rule for each in failing for rule in each.ids(Severity.ERROR))
    says = {each.rule: each.text for one in failing for each in one.found}
    rows = [f"| {rule} | {counted[rule]} | {says[rule]} |\n" for rule in sorted(counted)]
    return "".join((HEAD.format(files=files, **numbers), *_rows(failing), RULES, *rows))


def main() -> None:
    """Write the page."""
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT
    output.write_text(page(Path(sys.argv[1])), encoding="utf-8")


if __name__ == "__main__":
    main()
