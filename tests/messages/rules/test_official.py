"""Which official rules there are, whom they speak of, and that no other bytes than those meant are used."""

import re

import pytest

from mufakat.messages.rules import official
from mufakat.messages.rules.official import PACKAGES, SETS, Unusable
from mufakat.messages.rules.registry import SETS as OWN
from mufakat.messages.rules.rule import Severity
from tests.messages.rules.invoices import CII, CREDIT_NOTE, INVOICE, altered, changed, needs_rules, root_of

EN = "urn:cen.eu:en16931:2017"
BIS = "urn:fdc:peppol.eu:2017:poacc:billing:3.0"
FILES = [file for those in SETS.values() for file in those]


def test_each_file_is_pinned_and_each_set_is_told_and_named():
    assert set(SETS) == set(official.ABOUT) == set(official.NAMED) and not set(SETS) & set(OWN)
    assert len({file.name for file in FILES}) == len(FILES)
    assert all(re.fullmatch("[0-9a-f]{64}", each.sha256) for each in (*FILES, *PACKAGES))
    assert {file.package for file in FILES} == set(PACKAGES)


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        (INVOICE, ("en16931", "peppol-bis-3")),
        (CREDIT_NOTE, ("en16931", "peppol-bis-3")),
        (changed(INVOICE, (f"{EN}#compliant#{BIS}", EN)), ("en16931",)),
        (changed(INVOICE, (BIS, "urn:xeinkauf.de:kosit:xrechnung_3.0")), ("en16931",)),
        (changed(INVOICE, (f"{EN}#compliant#{BIS}", f"  {EN}\n")), ("en16931",)),
        (changed(INVOICE, (EN, "urn:cen.eu:en16931:20179")), ("peppol-bis-3",)),
        (changed(INVOICE, (f"{EN}#compliant#{BIS}", "OIOUBL-2.1")), ()),
        (CII, ("en16931",)),
        (changed(CII, (f">{EN}<", f">{EN}#compliant#{BIS}<")), ("en16931",)),
        (changed(CII, ("GuidelineSpecified", "BusinessProcessSpecified")), ()),
        (
            changed(INVOICE, ("Invoice-2", "Order-2"), ("<Invoice ", "<Order "), ("</Invoice>", "</Order>")),
            (),
        ),
    ],
)
def test_an_invoice_is_held_to_what_it_says_to_follow(text, sets):
    assert official.fitting(root_of(text)) == sets


def test_a_set_that_is_named_speaks_of_its_documents_only():
    assert set(official.speaking_of(root_of(CII), ("iso", *SETS))) == {"en16931"}
    assert official.speaking_of(root_of("<a/>"), tuple(SETS)) == {}


def test_another_package_than_the_one_meant_is_refused():
    with pytest.raises(Unusable, match=r"phive-rules-peppol-4\.3\.7\.jar: .* SHA-256 differs"):
        official.members_of(PACKAGES[1], b"PK")


def test_a_file_that_is_not_there_says_how_to_get_it(tmp_path):
    with pytest.raises(Unusable, match=r"No such file or directory\. Run mufakat message fetch-rules"):
        official.text_of(FILES[0], tmp_path)


@needs_rules
def test_a_file_with_one_byte_changed_is_refused(tmp_path):
    folder = altered(tmp_path / "rules")
    assert official.text_of(FILES[1], folder) == official.text_of(FILES[1], official.home())
    with pytest.raises(Unusable, match="its SHA-256 is another"):
        official.text_of(FILES[0], folder)


@needs_rules
@pytest.mark.parametrize(
    ("number", "least", "known"), [(0, 900, "BR-CO-10"), (1, 700, "BR-CO-10"), (2, 120, "DE-R-001")]
)
def test_the_rules_of_a_file_are_listed_each_once(number, least, known):
    rules = {each.id: each for each in official.rules_of(FILES[number], official.home())}
    assert len(rules) >= least and len(rules) == len(official.rules_of(FILES[number], official.home()))
    assert rules[known].severity is Severity.ERROR and rules[known].source == FILES[number].title
    assert all(rule.title and not rule.title.startswith((f"[{rule.id}", "-")) for rule in rules.values())
    assert {rule.severity for rule in rules.values()} == set(Severity)


@pytest.mark.parametrize(
    ("flag", "is_error"), [("fatal", True), ("error", True), ("", True), ("warning", False)]
)
def test_only_a_warning_makes_no_invoice_invalid(flag, is_error):
    assert (official.severity_of(flag) is Severity.ERROR) == is_error


def test_an_assertion_is_said_without_its_identifier():
    assert official.said("BR-1", " [BR-1]-An invoice\n shall. ") == "An invoice shall."
    assert official.said("BR-1", "[BR-2] Not this.") == "[BR-2] Not this."
