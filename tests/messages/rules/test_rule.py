"""Rules and findings: identifiers that stay, scopes, and how a finding is told."""

import re

import pytest

from mufakat.messages.rules.registry import RULES
from mufakat.messages.rules.rule import IDENTIFIER, Finding, Rule, Severity, found
from mufakat.messages.rules.verdict import OPENING
from tests.messages.rules.examples import changed, message_of


@pytest.mark.parametrize("rule", [*RULES.values(), *OPENING], ids=lambda rule: rule.id)
def test_a_rule_says_what_it_is(rule):
    assert re.fullmatch(IDENTIFIER, rule.id)
    assert re.fullmatch(r"[A-Z0-9]{4}", rule.code)
    assert rule.title and not rule.title.endswith(".") and rule.source
    assert all(re.fullmatch(r"[a-z]{4}\.\d{3}", name) and first > 0 for name, first in rule.scope)


def test_a_rule_speaks_of_messages_from_a_version_on():
    rule = Rule(id="MUF-T-01", title="t", code="NARR", source="s", scope=(("pacs.008", 8),))
    text = changed("cleared")
    assert rule.speaks_of(message_of(text))
    assert not rule.speaks_of(message_of(text.replace("pacs.008.001.08", "pacs.008.001.07")))
    assert not rule.speaks_of(message_of(text.replace("pacs.008.001.08", "pacs.009.001.08")))


def test_a_rule_about_opening_finds_nothing_in_a_message():
    assert not [each for rule in OPENING for each in found(rule, message_of(changed("cleared")))]


def test_a_finding_names_file_line_path_rule_and_code():
    finding = Finding(rule="MUF-T-01", severity=Severity.WARNING, code="NARR", line=7, path="/A", text="Do.")
    assert finding.place("a.xml") == "a.xml:7: /A: warning, MUF-T-01 (NARR): Do."
