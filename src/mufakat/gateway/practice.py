"""The union's market practice: what a message must say beyond its schema to be settled here.

Each rule refuses with a reason of the union; the ISO 20022 code follows from the reason. Rule source: charter;
HVPS+ usage guidelines for settlement method CLRG.
"""

import datetime
from typing import Final, Protocol

from mufakat.gateway.preference import Preference
from mufakat.messages.rules import corridors
from mufakat.messages.transaction import CreditTransfer, SettlementTimes
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.command import Channel, PaymentOrder
from mufakat.model.money import Amount, parse_amount
from mufakat.model.queueing import Priority
from mufakat.model.refusal import Reason, Refusal

CLEARING_SYSTEM: Final = corridors.CLEARING_SYSTEM
IN_PARTS: Final = "PARTS"
"""The proprietary local instrument of a payment that may settle in parts."""
_CHANNELS: Final = {None: Channel.RTGS, "RTGS": Channel.RTGS, "RTNS": Channel.MPNS, "MPNS": Channel.MPNS}
_PRIORITIES: Final = {
    None: Priority.NORMAL,
    "NORM": Priority.NORMAL,
    "HIGH": Priority.HIGH,
    "URGT": Priority.URGENT,
}
_EPOCH: Final = datetime.datetime.fromtimestamp(0, datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)


class Settling(Protocol):
    """What a message of ISO 20022 says about how it is to be settled."""

    @property
    def settlement_method(self) -> str:
        """CLRG, INDA, INGA or COVE."""

    @property
    def clearing_system(self) -> str | None:
        """The clearing system that is to settle it, None when it names none."""


def refuse_method(message: Settling, preference: Preference) -> Refusal | None:
    """Check what holds for a whole message: it is to be cleared, and by this union."""
    if message.settlement_method not in preference.methods:
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


def moment_of(text: str | None, date: datetime.date) -> int | Refusal:
    """Read a time with its offset from UTC, of `date` or with a date of its own, as UTC microseconds; 0 for none.

    A time without its offset is refused: nobody can know which clock it means.
    """
    if text is None:
        return 0
    text = text.strip()
    try:
        moment = datetime.datetime.fromisoformat(text if "T" in text else f"{date}T{text}")
    except ValueError:
        return Refusal(Reason.TIME_INVALID, text[:35])
    if moment.tzinfo is None:
        return Refusal(Reason.TIME_INVALID, f"{text[:35]} has no offset.")
    return (moment - _EPOCH) // _MICROSECOND


def times_of(times: SettlementTimes, date: datetime.date) -> tuple[int, int] | Refusal:
    """Return the earliest and the latest time of a payment, UTC microseconds, 0 for none."""
    found: list[int] = []
    for text in (times.earliest, times.till, times.reject_after):
        moment = moment_of(text, date)
        if isinstance(moment, Refusal):
            return moment
        found.append(moment)
    earliest, *latest = found
    return earliest, min((each for each in latest if each), default=0)


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
    priority = _PRIORITIES.get(transfer.settlement_priority or transfer.instruction_priority)
    if priority is None:
        return Refusal(
            Reason.SETTLEMENT_METHOD, f"Priority {transfer.settlement_priority} is not known here."
        )
    if transfer.times is not None and transfer.times.cls is not None:
        return Refusal(Reason.SETTLEMENT_METHOD, "CLSTm asks for CLS.")
    uetr = identifier.uetr(transfer.uetr or "")
    if uetr is None:
        return Refusal(Reason.UETR_INVALID, transfer.uetr or "It is missing.")
    code = identifier.Currency(transfer.currency)
    times = (0, 0) if transfer.times is None else times_of(transfer.times, date)
    if isinstance(times, Refusal):
        return times
    parties = debtor_agent, creditor_agent, code, amount
    return PaymentOrder(
        uetr, *parties, date, channel, details, priority, *times, transfer.local_instrument == IN_PARTS
    )
