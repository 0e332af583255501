"""Originator and beneficiary complete? What FATF Recommendation 16 asks for, as a transfer comes to the door.

The rules are those of `messages.rules.parties`, found here in what was read of a transfer rather than in its tree;
a test holds both to the same verdict. What a breach leads to, the rule says: where FATF leaves it open, the
participant that sends the transfer may have chosen otherwise, and which amounts are small in its currencies. A
table of payments has no place for these data: it is not held to them.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from mufakat.gateway.document import Part, Rejection
from mufakat.gateway.preference import Preference
from mufakat.messages.rules import parties
from mufakat.messages.rules.identifiers import country_of
from mufakat.messages.rules.rule import Leads, Rule
from mufakat.messages.transaction import CreditTransfer, Party

_RULES: Final = {rule.id: rule for rule in parties.RULES}
_FIRM: Final = ("AnyBIC", "LEI", "Othr")


class Gap(msgspec.Struct, frozen=True):
    """What is missing, and what that leads to."""

    leads: Leads
    rejection: Rejection


class Order(msgspec.Struct, frozen=True):
    """Who pays whom, as a customer ordered it, and whether all is asked for: across borders and not small."""

    debtor: Party
    creditor: Party
    is_full: bool
    is_referred: bool
    """A UETR or an identifier leads to the transfer."""


def gaps(transfer: CreditTransfer, preference: Preference) -> list[Gap]:
    """Return what is missing in a transfer, in the order of the rules; nothing of a bank's own."""
    order = _order(transfer, preference)
    if order is None:
        return []
    found = [rule for rule, is_broken in _IN_ORDER if is_broken(order)]
    return [_gap(rule, preference, transfer.line) for rule in found]


def completed(part: Part, transfer: CreditTransfer, preference: Preference) -> Part:
    """Refuse, hold or warn of a part by what is missing in its transfer; what is refused already stays so."""
    found = gaps(transfer, preference) if part.item is not None else []
    if not found:
        return part
    first = {leads: [each.rejection for each in found if each.leads is leads] for leads in Leads}
    if first[Leads.REJECT]:
        return msgspec.structs.replace(part, item=None, rejection=first[Leads.REJECT][0])
    held = next(iter(first[Leads.HOLD]), None)
    return msgspec.structs.replace(part, held=held, warnings=tuple(first[Leads.WARN]))


def leads_of(rule: Rule, preference: Preference) -> Leads:
    """Return what a breach of a rule leads to for a participant."""
    assert rule.leads is not None, "each of these rules leads to something"
    return preference.leads.get(rule.id, rule.leads) if rule.is_open else rule.leads


def fault_of(preference: Preference) -> str | None:
    """Say what is wrong with what a participant chose of these rules; None when nothing is."""
    for id_ in preference.leads:
        rule = _RULES.get(id_)
        if rule is None or not rule.is_open:
            chosen = ", ".join(rule.id for rule in parties.RULES if rule.is_open)
            return f"leads: {id_!r} is not for a participant to choose; {chosen} are"
    for currency, amount in preference.small.items():
        try:
            wrong = not Decimal(amount).is_finite() or Decimal(amount) < 0
        except ArithmeticError:
            wrong = True
        if wrong:
            return f"small: {amount!r} is no amount of {currency}"
    return None


def _order(transfer: CreditTransfer, preference: Preference) -> Order | None:
    """Return the order of a customer, None for a transfer between institutions that covers none."""
    if transfer.underlying is not None:
        debtor, creditor = transfer.underlying
    elif transfer.charge_bearer:  # which a pacs.009 has not
        debtor, creditor = transfer.debtor, transfer.creditor
    else:
        return None
    countries = [country_of(each.agent or "") for each in (debtor, creditor)]
    is_domestic = bool(countries[0]) and countries[0] == countries[1]
    small = preference.small.get(transfer.currency, parties.SMALL.get(transfer.currency))
    is_small = small is not None and Decimal(transfer.amount) <= Decimal(small)
    is_referred = bool(transfer.uetr or transfer.tx_id)
    return Order(debtor, creditor, not (is_domestic or is_small), is_referred)


def _is_called(party: Party) -> bool:
    return bool((party.name or "").strip()) or "AnyBIC" in party.tells


def _is_placed(party: Party) -> bool:
    told = party.tells
    return ("TwnNm" in told and "Ctry" in told) or "AnyBIC" in told or "AdrLine" in told


def _is_identified(party: Party) -> bool:
    return "OrgId" in party.tells and any(each in party.tells for each in _FIRM)


def _is_somewhere(party: Party) -> bool:
    account = party.account or ""
    return bool(party.agent) or (account[:2].isalpha() and account[2:4].isdecimal())


def _payer_unknown(order: Order) -> bool:
    told = order.debtor.tells
    if "PrvtId" in told:
        return order.is_full and "DtAndPlcOfBirth" not in told
    return order.is_full and not _is_identified(order.debtor)


def _payee_unknown(order: Order) -> bool:
    is_person = "PrvtId" in order.creditor.tells
    return order.is_full and not is_person and not _is_identified(order.creditor)


CHECKS: Final[dict[str, tuple[Callable[[Order], bool], str]]] = {
    "MUF-FATF-01": (
        lambda order: not _is_called(order.debtor),
        "The originator has no name. Write it.",
    ),
    "MUF-FATF-02": (
        lambda order: not (order.debtor.account or order.is_referred),
        "The originator has no account, and no UETR leads to the transfer. Write one of them.",
    ),
    "MUF-FATF-03": (
        lambda order: not _is_called(order.creditor),
        "The beneficiary has no name. Write it.",
    ),
    "MUF-FATF-04": (
        lambda order: not (order.creditor.account or order.is_referred),
        "The beneficiary has no account, and no UETR leads to the transfer. Write one of them.",
    ),
    "MUF-FATF-05": (
        lambda order: order.is_full and not _is_placed(order.debtor),
        "The originator has no address. Write town and country at least.",
    ),
    "MUF-FATF-06": (
        _payer_unknown,
        "The originator is neither a person with a date of birth nor an organisation with a BIC or LEI. Write it.",
    ),
    "MUF-FATF-07": (
        lambda order: order.is_full and not _is_placed(order.creditor),
        "The beneficiary has no address. Write town and country at least.",
    ),
    "MUF-FATF-08": (
        _payee_unknown,
        "The beneficiary has no BIC, LEI or other identifier. Write one if it is an organisation and has one.",
    ),
    "MUF-FATF-09": (
        lambda order: not (_is_somewhere(order.debtor) and _is_somewhere(order.creditor)),
        "Nobody can tell where an account is held, and in which country. Write the agent's BIC.",
    ),
}
"""Whether a rule is broken, and what is told then."""
_IN_ORDER: Final = tuple((rule, CHECKS[rule.id][0]) for rule in parties.RULES)


def _gap(rule: Rule, preference: Preference, line: int) -> Gap:
    text = f"{CHECKS[rule.id][1]} Rule {rule.id}."
    return Gap(leads_of(rule, preference), Rejection(rule.code, text, line))
