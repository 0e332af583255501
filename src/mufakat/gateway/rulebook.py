"""The rules that need the union: what neither a schema nor a message alone can say.

Who is a participant, which currency a member issues, which date is a business day and when the cut-off is, the
union knows. Each of its reasons to refuse a payment that a message asks for is one rule; its identifier has the
reason's permanent number. They are checked in `gateway.practice` before the command is made, and in
`core.order` and `core.payment` after.
"""

from typing import Final

from mufakat.model.refusal import Reason

UNION_RULES: Final = (
    Reason.SETTLEMENT_METHOD,
    Reason.CLEARING_SYSTEM,
    Reason.UETR_INVALID,
    Reason.UNKNOWN_DEBTOR_AGENT,
    Reason.UNKNOWN_CREDITOR_AGENT,
    Reason.NOT_OWN_AFFAIR,
    Reason.SAME_PARTY,
    Reason.COUNTERPARTY_SUSPENDED,
    Reason.COUNTERPARTY_IN_DEFAULT,
    Reason.UNKNOWN_CURRENCY,
    Reason.CURRENCY_LEAVING,
    Reason.UNKNOWN_ACCOUNT,
    Reason.ACCOUNT_CLOSED,
    Reason.CREDITOR_ACCOUNT_CLOSED,
    Reason.AMOUNT_INVALID,
    Reason.AMOUNT_ZERO,
    Reason.AMOUNT_DECIMALS,
    Reason.AMOUNT_TOO_LARGE,
    Reason.ABOVE_PAYMENT_LIMIT,
    Reason.DATE_INVALID,
    Reason.VALUE_DATE_PAST,
    Reason.VALUE_DATE_TOO_FAR,
    Reason.CURRENCY_CLOSED,
    Reason.DAY_NOT_OPEN,
    Reason.AFTER_CUT_OFF,
    Reason.TIME_INVALID,
    Reason.TIMES_CROSSED,
    Reason.LATEST_TIME_PASSED,
    Reason.LIMIT_EXCEEDED,
    Reason.INSUFFICIENT_FUNDS,
    Reason.DUPLICATE,
)


def identifier(reason: Reason) -> str:
    """Return the identifier of the rule whose breach is a reason."""
    return f"MUF-UNION-{reason:03d}"
