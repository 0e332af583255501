"""A validator that is not ours, phive with Saxon for Java, finds in every invoice what we find, where we find it.

It needs Java and Maven, which fetch it as `pom.xml` says. Both run the same official files; which rules are run on
which invoice, how they are run, and how their report is read, each does by itself.
"""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from mufakat.messages.envelope import parse
from mufakat.messages.rules import official
from mufakat.messages.rules.schematron import Sheets
from tests.messages.official import ROOT, TRADE, needs_data
from tests.messages.rules.invoices import BREACHES, CREDIT_NOTE, INVOICE, changed, needs_maven, needs_rules

HERE = Path(__file__).parent
EN = "eu.cen.en16931:{syntax}:1.3.16"
PEPPOL = "eu.peppol.bis3:{kind}:2026.5"
"""Its names for rule sets; that of Peppol holds an invoice to EN 16931 first."""
STEP = re.compile(r"/(?:[^:/\[]*:)?([^/\[]+)(\[\d+\])?")


@pytest.fixture(scope="module")
def classes(tmp_path_factory) -> str:
    """The class path of the validator."""
    listing = tmp_path_factory.mktemp("maven") / "classpath"
    words = ["-f", HERE / "pom.xml", "dependency:build-classpath", f"-Dmdep.outputFile={listing}"]
    subprocess.run(["mvn", "-q", "-B", *words], check=True, capture_output=True)
    return listing.read_text()


def theirs(classes: str, jobs: list[tuple[str, Path]], listing: Path) -> dict[Path, Counter]:
    """What it finds in each file: rule, severity and plain path."""
    listing.write_text("".join(f"{name}\t{path}\n" for name, path in jobs))
    words = ["java", "-cp", classes, HERE / "Validator.java", listing]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    found = {path: Counter() for _, path in jobs}
    for line in done.stdout.splitlines():
        path, rule, severity, place = line.split("\t")
        found[Path(path)][rule, severity, plain(place)] += 1
    return found


def plain(place: str) -> str:
    """Return a path by local names, without the places that each of the two leaves out of its own."""
    steps = STEP.findall(place)
    return "".join(f"/{name}{'' if number == '[1]' else number}" for name, number in steps)


def job(root, path: Path) -> tuple[str, Path]:
    kind = "creditnote" if root.tag.endswith("}CreditNote") else "invoice"
    if "peppol-bis-3" in official.fitting(root):
        return PEPPOL.format(kind=kind), path
    syntax = "cii" if root.tag in official.CII_ROOTS else "ubl" if kind == "invoice" else "ubl-creditnote"
    return EN.format(syntax=syntax), path


@needs_data
@needs_maven
@needs_rules
def test_every_invoice_breaks_the_rules_that_another_validator_finds_where_it_finds_them(classes, tmp_path):
    begin, end = INVOICE.index("  <cac:InvoiceLine>"), INVOICE.index("</Invoice>")
    line = INVOICE[begin:end]
    made = {
        "good.xml": INVOICE,
        "credit.xml": CREDIT_NOTE,
        "wrong.xml": (ROOT / "examples" / "invoice-wrong.xml").read_text(),
        "lines.xml": INVOICE[:end] + line.replace("C62", "PCS") + line.replace(">5<", ">6<") + INVOICE[end:],
        **{f"{rule}.xml": changed(INVOICE, (old, new)) for rule, (old, new, _) in BREACHES.items()},
    }
    for name, text in made.items():
        (tmp_path / name).write_text(text)
    ours: dict[Path, Counter] = {}
    jobs = []
    with Sheets(official.home()) as sheets:
        for path in [*sorted((TRADE / "samples").iterdir()), *(tmp_path / name for name in made)]:
            root = parse(path.read_bytes())
            looked, found = sheets.findings(root, None) if hasattr(root, "tag") else ((), [])
            if looked:
                jobs.append(job(root, path))
                ours[path] = Counter((each.rule, each.severity.value, plain(each.path)) for each in found)
    assert len(jobs) > 140 and sum(bool(each) for each in ours.values()) > 40
    assert theirs(classes, jobs, tmp_path / "jobs") == ours
