"""Statuses fit together, and whoever refuses says why."""

import pytest

from tests.messages.rules.examples import case, changed, each, found_in, holds

REASON = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
CASES = (
    case("STS-01", "status", ("<Cd>AC04</Cd></Rsn>", "<Cd>NARR</Cd></Rsn>")),
    case("STS-02", "status", ("<GrpSts>PART", "<GrpSts>ACSC")),
    case("STS-03", "status", (REASON, "")),
    case("STS-04", "return", ("<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf>", "")),
    case("STS-05", "recall", ("<CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf>", "")),
    case("STS-06", "answer", ("<CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf>", "")),
)


@each(CASES)
def test_a_status_with_what_it_owes_passes_and_one_without_is_found(each):
    holds(each)


@pytest.mark.parametrize(
    ("group", "single", "wrong"),
    [
        ("ACSC", "ACSC", False),
        ("ACSC", "RJCT", True),
        ("PDNG", "RJCT", True),
        ("RJCT", "RJCT", False),
        ("RJCT", "ACSC", True),
        ("RCVD", "ACSC", True),
        ("PART", "RJCT", False),
    ],
)
def test_the_groups_status_holds_for_each_transaction(group, single, wrong):
    text = changed("status", ("<GrpSts>PART", f"<GrpSts>{group}"), ("<TxSts>RJCT", f"<TxSts>{single}"))
    assert bool(found_in("MUF-STS-02", text)) == wrong


def test_a_reason_of_the_group_is_enough_for_its_transactions():
    text = changed("status", (REASON, ""), ("PART</GrpSts>", "RJCT</GrpSts>" + REASON))
    assert found_in("MUF-STS-03", text) == []


def test_a_group_that_is_rejected_without_any_reason_is_found():
    text = changed("status", ("PART</GrpSts>", "RJCT</GrpSts>"))
    start, end = text.index("<TxInfAndSts>"), text.index("</FIToFIPmtStsRpt>")
    (finding,) = found_in("MUF-STS-03", text[:start] + text[end:])
    assert finding.path.endswith("/GrpSts")


def test_who_agrees_to_a_recall_owes_no_reason():
    text = changed("answer", ("RJCR", "CNCL"), ("<CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf>", ""))
    assert found_in("MUF-STS-06", text) == []
