"""The union's market practice: what a message must say beyond its schema to be settled here.

Each rule refuses with a reason of the union; the ISO 20022 code follows from the reason. Rule source: charter;
HVPS+ usage guidelines for settlement method CLRG.
"""

import datetime
from typing import Final

from mufakat.messages.pacs import CreditTransfer, CustomerCreditTransfer
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.money import Amount, parse_amount
from mufakat.model.refusal import Reason, Refusal

CLEARING_SYSTEM: Final = "MUFAKAT"
_CHANNELS: Final = {None: Channel.RTGS, "RTGS": Channel.RTGS, "RTNS": Channel.MPNS, "MPNS": Channel.MPNS}


def refuse_message(message: CustomerCreditTransfer) -> Refusal | None:
    """Check what holds for a whole message: it is to be cleared, and by this union."""
    if message.settlement_method != "CLRG":
        return Refusal(Reason.SETTLEMENT_METHOD, f"SttlmMtd is {message.settlement_method}.")
    if message.clearing_system not in (None, CLEARING_SYSTEM):
        return Refusal(Reason.CLEARING_SYSTEM, f"ClrSys is {message.clearing_system}, not {CLEARING_SYSTEM}.")
    return None


def amount_of(charter: Charter, text: str, currency: str) -> Amount | Refusal:
    """Read an amount in minor units of a currency that a member issues."""
    issuer = charter.issuer(currency)
    if issuer is None:
        return Refusal(Reason.UNKNOWN_CURRENCY, currency)
    amount = parse_amount(text, issuer.decimals)
    if isinstance(amount, Reason):
        places = f"{currency} has {issuer.decimals}." if amount is Reason.AMOUNT_DECIMALS else ""
        return Refusal(amount, places)
    return amount


def date_of(text: str | None) -> datetime.date | Refusal:
    """Read an ISO 8601 calendar date; a time zone after it, which the schema allows, is refused."""
    try:
        return datetime.date.fromisoformat(text or "")
    except ValueError:
        return Refusal(Reason.DATE_INVALID, text or "It is missing.")


def order_of(charter: Charter, transfer: CreditTransfer, details: bytes) -> PaymentOrder | Refusal:
    """Make the payment order of one transaction, or say by which rule it is refused: the first in precedence."""
    debtor_agent = identifier.bic(transfer.debtor.agent or "")
    if debtor_agent is None:
        return Refusal(Reason.UNKNOWN_DEBTOR_AGENT, transfer.debtor.agent or "It is missing.")
    creditor_agent = identifier.bic(transfer.creditor.agent or "")
    if creditor_agent is None:
        return Refusal(Reason.UNKNOWN_CREDITOR_AGENT, transfer.creditor.agent or "It is missing.")
    amount = amount_of(charter, transfer.amount, transfer.currency)
    if isinstance(amount, Refusal):
        return amount
    date = date_of(transfer.value_date)
    if isinstance(date, Refusal):
        return date
    channel = _CHANNELS.get(transfer.clearing_channel)
    if channel is None:
        return Refusal(Reason.SETTLEMENT_METHOD, f"ClrChanl {transfer.clearing_channel} is not cleared here.")
    uetr = identifier.uetr(transfer.uetr or "")
    if uetr is None:
        return Refusal(Reason.UETR_INVALID, transfer.uetr or "It is missing.")
    code = identifier.Currency(transfer.currency)
    return PaymentOrder(uetr, debtor_agent, creditor_agent, code, amount, date, channel, details)
