"""Parts of the messages about a payment that is there: returns, recalls, what was resolved of them, and questions.

Who may speak follows from the payment on the log: its creditor's agent returns it and answers a recall, its
debtor's agent recalls it, and either asks how it stands.
"""

from collections.abc import Sequence

from mufakat.gateway.document import Asks, Item, Part, Reading, Rejection, of_refusal
from mufakat.gateway.practice import refuse_method
from mufakat.messages.fault import References
from mufakat.messages.inquiry import AskedPayment, StatusRequest
from mufakat.messages.recall import Recall, Recalled
from mufakat.messages.report import ReportedPayment, StatusReport
from mufakat.messages.returns import PaymentReturn, ReturnedPayment
from mufakat.model import identifier
from mufakat.model.command import CancelPayment, ReturnPayment
from mufakat.model.identifier import Bic
from mufakat.model.money import parse_amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.projections.timeline import PaymentView

_SETTLED = ("settled", "returned")


def returns(message: PaymentReturn, reading: Reading) -> list[Part]:
    """Make the return of each payment, or say why not."""
    parts = []
    for number, transaction in enumerate(message.transactions):
        preference = reading.preferences.of(transaction.instructing_agent)
        wrong: Rejection | Refusal | None = refuse_method(message, preference)
        payment = _payment(transaction.references, reading)
        wrong = wrong or _refuse_unknown(transaction.references, payment)
        item: Item | None = None
        speaker = None
        if wrong is None and payment is not None:
            speaker = payment.creditor_agent
            wrong = _refuse_speaker(transaction.instructing_agent, (speaker,), "creditor") or _refuse_return(
                transaction, payment, reading
            )
            item = ReturnPayment(identifier.Uetr(payment.uetr), transaction.reason or "")
        parts.append(_part(number, transaction, Asks.RETURN, item, wrong, speaker))
    return parts


def recalls(message: Recall, reading: Reading) -> list[Part]:
    """Make the cancellation of each payment: what has settled meanwhile is not cancelled, but asked back."""
    parts = []
    for number, transaction in enumerate(message.transactions):
        payment = _payment(transaction.references, reading)
        uetr = identifier.uetr(transaction.references.uetr or "")
        wrong: Rejection | Refusal | None = None
        speaker = identifier.bic(message.assigner or "")
        if uetr is None:
            wrong = Refusal(Reason.UETR_INVALID, transaction.references.uetr or "It is missing.")
        elif speaker is None:
            wrong = Rejection("AGNT", "The assigner has no BIC. Name the debtor's agent by its BIC.")
        elif payment is not None:
            wrong = _refuse_speaker(speaker, (payment.debtor_agent,), "debtor")
        item = None if uetr is None else CancelPayment(uetr)
        parts.append(_part(number, transaction, Asks.RECALL, item, wrong, speaker))
    return parts


def resolutions(message: Recall, reading: Reading) -> list[Part]:
    """Make an advice for the debtor's agent of what the creditor's agent says about each recall."""
    parts = []
    for number, transaction in enumerate(message.transactions):
        payment = _payment(transaction.references, reading)
        wrong = _refuse_unknown(transaction.references, payment) or _refuse_speaker(
            message.assigner, () if payment is None else (payment.creditor_agent,), "creditor"
        )
        speaker = identifier.bic(message.assigner or "")
        parts.append(_part(number, transaction, Asks.ADVICE, None, wrong, speaker))
    return parts


def confirmations(message: StatusReport, reading: Reading) -> list[Part]:
    """Make an advice for the debtor's agent of what the creditor's agent says became of each payment."""
    parts = []
    for number, transaction in enumerate(message.transactions):
        payment, speaker = _payment(transaction.references, reading), transaction.instructing_agent
        wrong: Rejection | Refusal | None = _refuse_unknown(transaction.references, payment)
        if wrong is None and payment is not None:
            wrong = _refuse_speaker(speaker, (payment.creditor_agent,), "creditor")
        if wrong is None and transaction.status == "RJCT":
            wrong = Rejection("NARR", "What has settled is final. Return it with a pacs.004.")
        parts.append(_part(number, transaction, Asks.ADVICE, None, wrong, identifier.bic(speaker or "")))
    return parts


def inquiries(message: StatusRequest, reading: Reading) -> list[Part]:
    """Make a question of each payment that is asked about."""
    parts = []
    for number, transaction in enumerate(message.transactions):
        payment = _payment(transaction.references, reading)
        speaker, asker = None, identifier.bic(transaction.instructing_agent or "")
        wrong: Rejection | Refusal | None = None
        if identifier.uetr(transaction.references.uetr or "") is None:
            wrong = Refusal(Reason.UETR_INVALID, transaction.references.uetr or "It is missing.")
        elif payment is not None:
            parties = payment.debtor_agent, payment.creditor_agent
            wrong = _refuse_speaker(asker, parties, "debtor or creditor")
            speaker = asker or payment.debtor_agent
        parts.append(_part(number, transaction, Asks.STATUS, None, wrong, speaker or asker))
    return parts


def _payment(references: References, reading: Reading) -> PaymentView | None:
    uetr = identifier.uetr(references.uetr or "")
    return None if uetr is None else reading.payment_of(uetr)


def _refuse_unknown(references: References, payment: PaymentView | None) -> Refusal | None:
    if identifier.uetr(references.uetr or "") is None:
        return Refusal(Reason.UETR_INVALID, references.uetr or "It is missing.")
    return Refusal(Reason.UNKNOWN_PAYMENT, references.uetr or "") if payment is None else None


def _refuse_speaker(speaker: str | None, allowed: Sequence[str], side: str) -> Rejection | None:
    """Refuse one who is not the agent whose affair it is; one that is not named is asked for its key later."""
    if speaker is None or identifier.bic(speaker) in allowed:
        return None
    return Rejection("AGNT", f"{speaker} is not the payment's {side} agent. Let that one send it.")


def _refuse_return(
    transaction: ReturnedPayment, payment: PaymentView, reading: Reading
) -> Rejection | Refusal | None:
    """Check what a return says against what was settled: the union returns all of it, on the day under way."""
    issuer = reading.charter.issuer(payment.currency)
    assert issuer is not None, "what is on the log is in a currency of the union"
    settled = payment.amount if payment.status in _SETTLED else payment.paid
    if transaction.currency != payment.currency:
        return Rejection("AM03", f"The payment was in {payment.currency}. Return it in that currency.")
    if settled and parse_amount(transaction.amount, issuer.decimals) != settled:
        return Rejection("AM09", "The amount is not what was settled. Return all of it, and pay a part anew.")
    if transaction.date is not None and reading.date is not None and transaction.date != reading.date:
        return Refusal(Reason.DATE_INVALID, f"It is {reading.date}, and a return settles at once.")
    return None


def _part(
    number: int,
    transaction: ReturnedPayment | Recalled | ReportedPayment | AskedPayment,
    asks: Asks,
    item: Item | None,
    wrong: Rejection | Refusal | None,
    speaker: Bic | str | None,
) -> Part:
    references = transaction.references
    rejection = of_refusal(wrong, transaction.line) if isinstance(wrong, Refusal) else wrong
    return Part(
        number,
        references.uetr or references.end_to_end_id or str(number + 1),
        references,
        item if rejection is None else None,
        rejection,
        transaction.line,
        asks=asks,
        speaker=speaker,
    )
