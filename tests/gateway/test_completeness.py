"""Data of originator and beneficiary that are missing lead to what the rule says, or the participant chose."""

import pytest

from mufakat.gateway.completeness import CHECKS, completed, fault_of, gaps, leads_of
from mufakat.gateway.document import Part
from mufakat.gateway.preference import Preference
from mufakat.messages.envelope import Opened, open_message
from mufakat.messages.fault import Fault, References
from mufakat.messages.pacs import read_credit_transfer
from mufakat.messages.rules import parties
from mufakat.messages.rules.rule import Leads
from mufakat.messages.transaction import CreditTransfer
from mufakat.model.command import CancelPayment
from tests.messages.official import PLACE, credit_transfer
from tests.messages.official import transaction as payment
from tests.messages.rules.examples import changed, found_in
from tests.messages.rules.test_parties import (
    CASES,
    CREDITORS_ADDRESS,
    DEBTORS_ADDRESS,
    LEI,
    PERSON,
)

NOTHING = Preference()
OPEN = [rule.id for rule in parties.RULES if rule.is_open]
CLOSED = [rule.id for rule in parties.RULES if not rule.is_open]


def transfers_of(data: bytes) -> tuple[CreditTransfer, ...]:
    opened = open_message(data)
    assert isinstance(opened, Opened), opened
    message = read_credit_transfer(opened)
    assert not isinstance(message, Fault), message
    return message.transactions


def transfer(*changes: tuple[str, str], **kwargs: str) -> CreditTransfer:
    text = credit_transfer(payment(**kwargs)).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return transfers_of(text.encode())[0]


def found(of: CreditTransfer, preference: Preference = NOTHING) -> dict[str, Leads]:
    return {each.rejection.text.split("Rule ")[1].rstrip("."): each.leads for each in gaps(of, preference)}


def part_of(of: CreditTransfer) -> Part:
    return Part(0, "P", References(), CancelPayment(of.uetr or ""), None)


def test_each_rule_of_the_set_is_looked_at_and_leads_to_something() -> None:
    assert list(CHECKS) == [rule.id for rule in parties.RULES]
    assert all(rule.leads is not None for rule in parties.RULES)


TEXTS = [
    *(changed(case.base, *case.before, *changes) for case in CASES for changes in ((), case.changes)),
    changed("cleared", (LEI, PERSON)),
    changed("cleared", (LEI, "<Id><PrvtId><Othr><Id>7</Id></Othr></PrvtId></Id>")),
    changed("cleared", ('Ccy="EUR">2500.00', 'Ccy="EUR">1000.00'), (DEBTORS_ADDRESS, "")),
    changed("cleared", ('Ccy="EUR">2500.00', 'Ccy="EUR">1000.01'), (DEBTORS_ADDRESS, "")),
    changed("cleared", ('Ccy="EUR">2500.00', 'Ccy="IDR">1000.00'), (CREDITORS_ADDRESS, "")),
    changed("cleared", (DEBTORS_ADDRESS, "<PstlAdr><AdrLine>Long Street, Frankfurt</AdrLine></PstlAdr>")),
    changed("cleared", (DEBTORS_ADDRESS, "<PstlAdr><TwnNm>Frankfurt</TwnNm></PstlAdr>")),
    changed("cleared", ("<Nm>Ana Co</Nm>", "<Nm> </Nm>")),
    changed("cover", (CREDITORS_ADDRESS, ""), ("<Nm>Ana Co</Nm>", "")),
    changed("banks cleared"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_door_and_the_check_of_a_message_find_the_same(text: str) -> None:
    opened = open_message(text.encode())
    assert isinstance(opened, Opened)
    message = read_credit_transfer(opened)
    if isinstance(message, Fault):
        pytest.skip("it never comes so far")
    checked = {rule.id for rule in parties.RULES if found_in(rule.id, text)}

    assert found(message.transactions[0]).keys() == checked


def test_what_is_complete_passes() -> None:
    assert gaps(transfers_of(changed("cleared").encode())[0], NOTHING) == []


WITHOUT_NAME = ("<Dbtr><Nm>Ana &amp; Co</Nm>", "<Dbtr>")
WITHOUT_PAYEE = ("<Cdtr><Nm>Budi</Nm>", "<Cdtr>")
WITHOUT_ADDRESS = (f"Co</Nm>{PLACE}", "Co</Nm>")
UNPLACED = (f"Budi</Nm>{PLACE}", "Budi</Nm>")
UNIDENTIFIED = ("<Id><OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId></Id></Dbtr>", "</Dbtr>")


@pytest.mark.parametrize(
    ("change", "rule", "code", "leads"),
    [
        (WITHOUT_NAME, "MUF-FATF-01", "BE08", Leads.REJECT),
        (WITHOUT_PAYEE, "MUF-FATF-03", "BE22", Leads.REJECT),
        (WITHOUT_ADDRESS, "MUF-FATF-05", "BE07", Leads.REJECT),
        (UNIDENTIFIED, "MUF-FATF-06", "BE16", Leads.WARN),
        (UNPLACED, "MUF-FATF-07", "BE04", Leads.REJECT),
    ],
)
def test_what_is_missing_leads_to_what_the_rule_says(
    change: tuple[str, str], rule: str, code: str, leads: Leads
) -> None:
    gap = next(each for each in gaps(transfer(change), NOTHING) if rule in each.rejection.text)

    assert (gap.leads, gap.rejection.code, gap.rejection.line) == (leads, code, 5)
    assert gap.rejection.text.endswith(f"Rule {rule}.")


def test_what_is_rejected_is_not_put_to_the_union_and_what_is_warned_of_is() -> None:
    rejected = completed(part_of(transfer(WITHOUT_NAME)), transfer(WITHOUT_NAME), NOTHING)
    warned = completed(part_of(transfer()), transfer(UNIDENTIFIED), NOTHING)

    assert rejected.item is None
    assert rejected.rejection is not None
    assert rejected.rejection.code == "BE08"
    assert warned.item is not None
    assert [each.code for each in warned.warnings] == ["BE16", "BE17"]


def test_a_participant_chooses_where_fatf_leaves_it_open() -> None:
    chosen = Preference(leads={"MUF-FATF-05": Leads.HOLD, "MUF-FATF-06": Leads.REJECT})

    held = completed(part_of(transfer()), transfer(WITHOUT_ADDRESS), chosen)
    assert held.item is not None
    assert held.held is not None
    assert held.held.code == "BE07"
    assert found(transfer(UNIDENTIFIED), chosen)["MUF-FATF-06"] is Leads.REJECT


@pytest.mark.parametrize("rule", CLOSED)
def test_what_every_transfer_needs_nobody_chooses(rule: str) -> None:
    chosen = Preference(leads={rule: Leads.WARN})

    assert leads_of(next(each for each in parties.RULES if each.id == rule), chosen) is Leads.REJECT
    wrong = fault_of(chosen)
    assert wrong is not None
    assert rule in wrong
    assert OPEN[0] in wrong


@pytest.mark.parametrize(
    ("amount", "small", "is_small"),
    [("1500.00", {}, False), ("1500.00", {"QMD": "1500"}, True), ("1500.01", {"QMD": "1500"}, False)],
)
def test_a_participant_says_which_amounts_are_small_in_its_currencies(
    amount: str, small: dict[str, str], is_small: bool
) -> None:
    missing = found(transfer(WITHOUT_ADDRESS, amount=amount), Preference(small=small))

    assert ("MUF-FATF-05" not in missing) is is_small


@pytest.mark.parametrize("amount", ["", "many", "-1", "NaN", "Infinity"])
def test_an_amount_that_is_none_is_told(amount: str) -> None:
    assert fault_of(Preference(small={"IDR": amount})) == f"small: {amount!r} is no amount of IDR"


def test_a_part_that_is_refused_already_stays_so() -> None:
    part = Part(0, "P", References(), None, None)

    assert completed(part, transfer(WITHOUT_NAME), NOTHING) is part
