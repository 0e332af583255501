"""An obligation as the union wants it, from what an invoice or a row of a table says.

Rule source: charter, obligations.
"""

from mufakat.gateway.practice import amount_of, date_of
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.command import ObligationItem
from mufakat.model.identifier import Lei
from mufakat.model.refusal import Reason, Refusal


def obligation_of(
    charter: Charter, parties: tuple[str, str], reference: str, terms: tuple[str, str, str], document: bytes
) -> ObligationItem | Refusal:
    """Make an obligation from the LEIs of (creditor, debtor), a reference, and (amount, currency, due date).

    `document` is the commitment to what it rests on. Returns the first rule that refuses it, in this order.
    """
    leis = leis_of(parties, ("creditor", "debtor"))
    if isinstance(leis, Refusal):
        return leis
    creditor, debtor = leis
    name = identifier.obligation_id(creditor, reference)
    if name is None:
        return Refusal(Reason.IDENTIFIER_INVALID, "The reference is not 1 to 70 printable characters.")
    amount = amount_of(charter, terms[0], terms[1])
    if isinstance(amount, Refusal):
        return amount
    due = date_of(terms[2])
    if isinstance(due, Refusal):
        return due
    return ObligationItem(name, debtor, creditor, identifier.Currency(terms[1]), amount, due, document)


def leis_of(parties: tuple[str, str], roles: tuple[str, str]) -> tuple[Lei, Lei] | Refusal:
    """Read the LEIs of two firms; the refusal names the role of the first that has none, or a wrong one."""
    first, second = (identifier.lei(party) for party in parties)
    if first is not None and second is not None:
        return first, second
    party, role = (parties[0], roles[0]) if first is None else (parties[1], roles[1])
    return Refusal(Reason.LEI_INVALID, f"The {role} has {'no LEI' if not party else f'LEI {party}'}.")
