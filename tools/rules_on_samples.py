"""Write how far the rules' verdicts on real files agree with what those files are called.

Usage: python tools/rules_on_samples.py SHARED_DATA_DIR [OUTPUT]

Files of `iso20022/samples`: a name such as `..._violates_pacs.008-R41_...` says which rule of CBPR+ a file breaks; the label of its
repository says valid or invalid. Each disagreement has a reason here, by the rule that found something or by the file.
"""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from mufakat.messages.rules.registry import RULES
from mufakat.messages.rules.rule import Severity
from mufakat.messages.rules.verdict import Verdict, verdict

OUTPUT: Final = Path(__file__).parent.parent / "docs" / "reference" / "rules-on-samples.md"
VIOLATES: Final = re.compile(r"__violates_([a-z]{4}\.\d{3}-R\d+)_([A-Za-z_]+)\.xml")
BROKEN: Final = {
    "commodity_currency_XAU": "MUF-CCY-03",
    "existing": "MUF-CBPR-14",
    "msgdefidr_mismatch": "MUF-HDR-01",
    "slash_in_instrid": "MUF-REF-02",
}
"""What a name says is broken, and the rule here that says the same."""
STRICTER: Final = {
    "MUF-FILE-02": "It has comments, which can split a value; its own reader passes over them.",
    "MUF-FILE-03": "It is a header without its document, a test of a header's reader.",
    "MUF-FILE-04": "Its root is in no namespace of ISO 20022, or no official schema of its message is known.",
    "MUF-XSD-01": "The official schema refuses it; its repository calls valid what a test of its own reads.",
    "MUF-HDR-01": "Its header names another version than its document's namespace.",
    "MUF-CTRY-01": "It writes UK, which is no code of ISO 3166-1 (GB is).",
    "MUF-BIC-01": "It has a made-up BIC, whose country is none.",
    "MUF-IBAN-01": "Its debtor's IBAN is made up and fails its check digits.",
    "MUF-IBAN-02": "Its creditor's IBAN is made up and fails its check digits.",
    "MUF-IBAN-03": "Its IBAN is made up and fails its check digits.",
    "MUF-IBAN-04": "Its IBAN is made up: not the length or form of its country.",
    "MUF-STMT-01": "Its summary counts entries that it does not hold.",
    "MUF-DATE-01": "It has no settlement date, which the base schema leaves optional and CBPR+ makes obligatory.",
    "MUF-DATE-02": "It was made three years after the date on which it settles.",
    "MUF-DATE-04": "It asks for a day before it was made.",
    "MUF-UETR-02": "It has no UETR, which the base schema leaves optional and CBPR+ makes obligatory.",
    "MUF-TOT-01": "It says another number of transactions than it holds.",
    "MUF-TOT-02": "Its control sum is not the sum of its amounts.",
    "MUF-CHQ-0": "It names an account for who is paid by cheque.",
    "MUF-FX-03": "It gives a rate where nothing is converted.",
    "MUF-STTL-01": "It names reimbursement agents beside settlement on an account.",
    "MUF-AGT-01": "It has an agent's address without the agent's name.",
    "MUF-CODE-": "A code of it is in no external code set: made up, such as EXCd, or of one scheme's own.",
    "MUF-FATF-": "It lacks data of originator or beneficiary that FATF Recommendation 16 asks for across borders.",
    "MUF-HVPS-": "It names no clearing system, so it is held to the union's leg, whose agents have a BIC.",
}
"""Why a file that is called valid is found wrong, by the rule, or by the beginning of several rules' identifiers."""
LOOSER: Final = {
    "bad-aba-checksum": "Check digits of routing numbers of the USA are that country's rule.",
    "missing-category-purpose": "A category purpose is FedNow's demand, optional elsewhere.",
    "non-usd": "Which currencies a system settles is its own rule.",
    "wrapper-document-mismatch": "Names of a wrapper's elements are FedNow's own rule; header and document agree.",
    "tag_mismatch_issue": "The names of its wrapper's elements differ, and any wrapper is opened.",
    "R8_existing": "PmtInfId differs from MsgId, a rule of CBPR+ of 2026: found, as a warning (MUF-CBPR-14).",
    "invalid_eur": "FedNow settles in USD only, its own rule.",
    "invalid_usd": "SEPA settles in EUR only, its own rule.",
}
"""Why nothing is found in a file that is called invalid, by a part of its name."""
HEAD: Final = """# Rules on real files

What `mufakat message check` says of the {whole} files of real banks, schemes and products among the samples, without `--rules`: held to
`iso`, `market`, `fatf` and the leg that fits. Made by `tools/rules_on_samples.py`; a test makes it again.

## What a name says is broken

{violated} files were made by breaking one rule of CBPR+ in a valid message; the name says which one.

| file | broken | rule here | found | found beside it |
|---|---|---|---|---|
"""
LABELS: Final = """
## What a label says

| label of the repository | official schema | found valid | found not valid |
|---|---|---|---|
"""
DISAGREE: Final = """
Of {labelled} files with a label, the verdict is the label's for {agreed}. Of the {rest} others, {strict} are called valid and found wrong
by the official schema or in their wrapper; the remaining ones are here, each with the reason.

| file | label | found | reason |
|---|---|---|---|
"""
PUBLISHED: Final = """
## Published examples

Of {whole} example messages of CBPR+ and HVPS+ that a translator's tests carry, with comments that its authors added (MUF-FILE-02) and
{renamed} of them raised to a newer version under an old header (MUF-HDR-01), {clean} break no rule of what they say. The others:

| file | found | what it says |
|---|---|---|
"""
EXAMPLES: Final = re.compile(r"__ballerina-mx2mt__(CBPR\+|HVPS)_")
OF_THE_TESTS: Final = frozenset({"MUF-FILE-02", "MUF-HDR-01"})
AT_OPENING: Final = frozenset({"MUF-FILE-04", "MUF-XSD-01"})


class Looked(NamedTuple):
    """A sample's row of the list, and the verdict on it."""

    row: dict[str, str]
    of: Verdict

    @property
    def errors(self) -> list[str]:
        """The rules that found an error, each once."""
        return sorted({each.rule for each in self.of.findings if each.severity is Severity.ERROR})

    @property
    def agrees(self) -> bool | None:
        """Tell whether the verdict is the label's, None without a label."""
        labels = {"valid": True, "invalid": False}
        label = labels.get(self.row["repo_label"])
        return None if label is None else label == self.of.is_valid


def looked_at(data: Path) -> list[Looked]:
    """Return every sample with its verdict."""
    folder = data / "iso20022"
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [Looked(row, verdict((folder / "samples" / row["file"]).read_bytes())) for row in rows]


def reasons(each: Looked) -> list[str]:
    """Return why a verdict is not the label's; stops when there is no reason for it here."""
    if each.of.is_valid:
        found = [why for part, why in LOOSER.items() if part in each.row["file"]]
    else:
        found = [
            next((why for part, why in STRICTER.items() if rule.startswith(part)), "") for rule in each.errors
        ]
    if not found or "" in found:
        sys.exit(
            f"{each.row['file']}: {each.errors}: give the reason of this disagreement in STRICTER or LOOSER"
        )
    return list(dict.fromkeys(found))


def _violated(every: list[Looked]) -> Iterator[str]:
    for each in every:
        said = VIOLATES.search(each.row["file"])
        if said is None:
            continue
        rule = BROKEN[said[2]]
        hits = [finding for finding in each.of.findings if finding.rule == rule]
        beside = ", ".join(id_ for id_ in each.errors if id_ != rule) or "nothing"
        where = f"yes, line {hits[0].line}" if hits else "no"
        assert rule in RULES, "the rule is one of those that are there"
        yield f"| {_short(each)} | {said[1]} | {rule} | {where} | {beside} |\n"


def _short(each: Looked) -> str:
    """Return a file's name without message and repository before it."""
    message, _, name = each.row["file"].partition("__")
    return f"{message} {name.partition('__')[2] or name}"


def _published(every: list[Looked]) -> Iterator[str]:
    """Yield what is found in the published examples, but for what the tests that carry them did to them."""
    those = [
        each for each in every if EXAMPLES.search(each.row["file"]) and each.row["xsd_verdict"] == "valid"
    ]
    others = [each for each in those if set(each.errors) - OF_THE_TESTS]
    renamed = sum("MUF-HDR-01" in each.errors for each in those)
    yield PUBLISHED.format(whole=len(those), renamed=renamed, clean=len(those) - len(others))
    for each in others:
        for finding in each.of.findings:
            if finding.severity is Severity.ERROR and finding.rule not in OF_THE_TESTS:
                yield f"| {_short(each)} | {finding.rule} | {finding.text} |\n"


def page(data: Path) -> str:
    """Return the page."""
    every = looked_at(data)
    violated = list(_violated(every))
    counted = Counter((each.row["repo_label"], each.row["xsd_verdict"], each.of.is_valid) for each in every)
    parts = [HEAD.format(whole=len(every), violated=len(violated)), *violated, *_published(every), LABELS]
    for label, schema in sorted({key[:2] for key in counted}):
        numbers = counted[label, schema, True], counted[label, schema, False]
        parts.append(f"| {label} | {schema} | {numbers[0]} | {numbers[1]} |\n")
    differ = [each for each in every if each.agrees is False]
    strict = [each for each in differ if AT_OPENING & set(each.errors)]
    labelled = sum(each.agrees is not None for each in every)
    numbers_of = {
        "labelled": labelled,
        "agreed": labelled - len(differ),
        "rest": len(differ),
        "strict": len(strict),
    }
    parts.append(DISAGREE.format(**numbers_of))
    for each in differ:
        if each not in strict:
            why = reasons(each)
            parts.append(
                f"| {_short(each)} | {each.row['repo_label']} | {', '.join(each.errors) or 'nothing'} | {' '.join(why)} |\n"
            )
    return "".join(parts)


def main() -> None:
    """Write the page."""
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT
    output.write_text(page(Path(sys.argv[1])), encoding="utf-8")


if __name__ == "__main__":
    main()
