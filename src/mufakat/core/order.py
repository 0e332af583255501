"""A payment order that comes to the log: why it is refused, before it is asked whether it can settle.

In order of precedence of the reasons: whose it is and under which identifier, between whom and how much, for which
date. Rule source: charter, payments.
"""

from mufakat.core import ledger
from mufakat.core.accounts import settlement_account
from mufakat.core.standing import refuse_counterparty, refuse_currency
from mufakat.core.state import State
from mufakat.model.calendar import Phase
from mufakat.model.command import PaymentOrder
from mufakat.model.money import MAX_AMOUNT, refuse_amount
from mufakat.model.refusal import Reason, Refusal


def is_on_log(state: State, uetr: str) -> bool:
    """Tell whether an identifier is a payment's or an exchange's on the log."""
    return any(uetr in held for held in (state.payments, state.register, state.reservations, state.exchanges))


def refuse_identity(state: State, signers: tuple[str, ...], order: PaymentOrder) -> Refusal | None:
    """Check that the identifier is new, that the payer signed, and that the ledger can hold the amount."""
    if is_on_log(state, order.uetr):
        return Refusal(Reason.DUPLICATE, f"UETR {order.uetr}.")
    if order.debtor_agent not in signers:
        return Refusal(Reason.NOT_OWN_AFFAIR, f"Debtor agent {order.debtor_agent}.")
    return Refusal(Reason.AMOUNT_TOO_LARGE) if abs(order.amount) > MAX_AMOUNT else None


def refuse_parties(state: State, order: PaymentOrder) -> Refusal | None:
    """Check agents, accounts and amount, in order of precedence of the reasons."""
    if order.creditor_agent not in state.participants:
        return Refusal(Reason.UNKNOWN_CREDITOR_AGENT, order.creditor_agent)
    issuer = state.charter.issuer(order.currency)
    if issuer is None:
        return Refusal(Reason.UNKNOWN_CURRENCY, order.currency)
    debit = ledger.usable(state, settlement_account(order.debtor_agent, order.currency))
    if isinstance(debit, Reason):
        return Refusal(debit, f"{order.debtor_agent}, {order.currency}.")
    credit = ledger.usable(state, settlement_account(order.creditor_agent, order.currency))
    if isinstance(credit, Reason):
        closed = credit is Reason.ACCOUNT_CLOSED
        reason = Reason.CREDITOR_ACCOUNT_CLOSED if closed else credit
        return Refusal(reason, f"{order.creditor_agent}, {order.currency}.")
    if order.creditor_agent == order.debtor_agent:
        return Refusal(Reason.SAME_PARTY, order.debtor_agent)
    closed_to_new = refuse_counterparty(state, order.creditor_agent) or refuse_currency(state, issuer)
    if closed_to_new is not None:
        return closed_to_new
    wrong = refuse_amount(order.amount)
    if wrong is not None:
        return Refusal(wrong)
    if order.amount > issuer.max_payment:
        return Refusal(Reason.ABOVE_PAYMENT_LIMIT, f"Limit: {issuer.max_payment} minor units.")
    return None


def refuse_order(state: State, order: PaymentOrder) -> Refusal | None:
    """Check an order's agents, accounts, amount, date and times, in order of precedence of the reasons."""
    return (
        refuse_parties(state, order)
        or refuse_value_date(state, order)
        or refuse_times(state, order.earliest_us, order.latest_us)
    )


def refuse_times(state: State, earliest_us: int, latest_us: int) -> Refusal | None:
    """Return LATEST_TIME_PASSED or TIMES_CROSSED, or None when a payment can settle between two times."""
    if latest_us and latest_us < state.now_us:
        return Refusal(Reason.LATEST_TIME_PASSED)
    if latest_us and latest_us < earliest_us:
        return Refusal(Reason.TIMES_CROSSED)
    return None


def refuse_value_date(state: State, order: PaymentOrder) -> Refusal | None:
    """Check that the day is open for the value date, and that date not past or too far ahead."""
    day, date = state.day, order.value_date
    if day.phase is Phase.CLOSED:
        return Refusal(Reason.DAY_NOT_OPEN)
    if day.phase is Phase.CUT_OFF and date == day.date:
        return Refusal(Reason.AFTER_CUT_OFF)
    if not state.charter.settles(order.currency, date):
        return Refusal(Reason.CURRENCY_CLOSED, f"{order.currency} on {date}.")
    if date < day.date:
        return Refusal(Reason.VALUE_DATE_PAST, f"{date}; the business date is {day.date}.")
    horizon = state.charter.rules.value_date_horizon_days
    if date.toordinal() - day.date.toordinal() > horizon:
        return Refusal(Reason.VALUE_DATE_TOO_FAR, f"At most {horizon} days ahead.")
    return None
