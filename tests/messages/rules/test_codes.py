"""Codes of the external code sets, by the types of the official schemas."""

import sys

import pytest

from mufakat.messages.rules import codes
from mufakat.messages.rules.registry import RULES
from tests.messages.official import DATA, ROOT, needs_data
from tests.messages.rules.examples import case, changed, each, found_in, holds, message_of

sys.path.insert(0, str(ROOT / "tools"))

import code_facts

ACCOUNT = "<Id><IBAN>DE89370400440532013000</IBAN></Id>"
CASES = (
    case("CODE-01", "status", ("<TxSts>RJCT", "<TxSts>XXXX")),
    case("CODE-02", "status", ("<Cd>AC04", "<Cd>XT99")),
    case("CODE-03", "return", ("<Rsn><Cd>AC04", "<Rsn><Cd>XT99")),
    case("CODE-04", "recall", ("<Cd>DUPL", "<Cd>XT99")),
    case("CODE-05", "cleared", ("<Purp><Cd>GDDS", "<Purp><Cd>XXXX")),
    case("CODE-06", "cleared", ("<CtgyPurp><Cd>SUPP", "<CtgyPurp><Cd>XXXX")),
    case("CODE-07", "cleared", ("<SvcLvl><Cd>G001", "<SvcLvl><Cd>XXXX")),
    case("CODE-08", "cleared", ("<LclInstrm><Cd>INST", "<LclInstrm><Cd>XXXX")),
    case(
        "CODE-09",
        "cleared",
        ("<LEI>5493001KJTIIGC8Y1R12</LEI>", "<Othr><Id>7</Id><SchmeNm><Cd>XXXX</Cd></SchmeNm></Othr>"),
    ),
    case("CODE-10", "cleared", (ACCOUNT, "<Id><Othr><Id>7</Id><SchmeNm><Cd>XXXX</Cd></SchmeNm></Othr></Id>")),
    case("CODE-11", "cleared", ("<ClrSys><Prtry>MUFAKAT</Prtry>", "<ClrSys><Cd>XXX</Cd>")),
    case(
        "CODE-12",
        "statement",
        ("</Ntry>", '<Chrgs><Rcrd><Amt Ccy="EUR">1</Amt><Tp><Cd>XXXX</Cd></Tp></Rcrd></Chrgs></Ntry>'),
    ),
    case("CODE-20", "statement", ("<Cd>OPBD</Cd>", "<Cd>XXXX</Cd>")),
)


@each(CASES)
def test_a_code_of_the_set_passes_and_another_is_found(each):
    holds(each)


@needs_data
def test_the_table_is_what_the_official_code_sets_say():
    table = (ROOT / "src/mufakat/messages/rules/code_sets.json").read_text(encoding="utf-8")
    assert table == code_facts.written(DATA), "run tools/code_facts.py"


def test_every_code_of_a_rejection_is_a_status_reason_of_the_official_set():
    reasons = codes.code_sets()["ExternalStatusReason1Code"]
    assert {rule.code for rule in RULES.values()} <= reasons


def test_a_rule_of_a_code_set_names_sets_of_the_table():
    assert set(codes.code_sets()) >= codes._NAMED


def test_an_own_code_is_not_looked_up():
    text = changed("cleared", ("<Purp><Cd>GDDS</Cd>", "<Purp><Prtry>XXXX</Prtry>"))
    assert found_in("MUF-CODE-05", text) == []


@pytest.mark.parametrize("base", ["cleared", "statement"])
def test_codes_are_found_by_the_schemas_types(base):
    kinds = {kind for _, kind in message_of(changed(base)).coded}
    assert len(kinds) > 1 and all(kind.startswith("External") for kind in kinds)


def test_a_message_without_facts_has_no_codes_that_could_be_looked_up():
    text = changed("cleared").replace("pacs.008.001.08", "pacs.008.001.99")
    assert message_of(text).coded == ()
