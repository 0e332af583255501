"""Payments as rows: how each comes to the log, the steps that it takes, and the money that it moves."""

from collections.abc import Callable
from typing import Any, Final

from mufakat.model import case as held
from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model.command import PaymentOrder, SubmitPayments
from mufakat.model.queueing import Action
from mufakat.model.record import orders_of
from mufakat.model.refusal import Reason
from mufakat.model.verdict import Verdict
from mufakat.projections import compliance, queue
from mufakat.projections.rows import Entry, Fold


def _arrive(fold: Fold, entry: Entry, order: PaymentOrder, status: str, reason: int | None = None) -> int:
    """Write a payment that did not settle with others on entry; returns its number."""
    number = fold.arrivals
    debtor, creditor = (
        fold.number(f"settlement/{agent}/{order.currency}")
        for agent in (order.debtor_agent, order.creditor_agent)
    )
    fold.sql.execute(
        "INSERT INTO payment_row (number, uetr, debtor, creditor, amount, details, entry, status, channel,"
        " value_date, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(number, bytes.fromhex(order.uetr.replace("-", "")), debtor, creditor, order.amount),
            *(order.details, entry.number, status, order.channel.name, order.value_date.isoformat(), reason),
        ),
    )
    fold.arrivals += 1
    queue.arrived(fold, number, order)
    fold.step(entry, number, status)
    return number


def change(
    fold: Fold, entry: Entry, uetr: str, status: str, reason: int | None = None, cycle: int | None = None
) -> int:
    """Note how a payment stands now; returns its number."""
    number = fold.payment(uetr)
    fold.sql.execute(
        "UPDATE payment_row SET status = ?, reason = ?, cycle = coalesce(?, cycle), changed = ? WHERE number = ?",
        (status, reason, cycle, entry.number, number),
    )
    fold.step(entry, number, status)
    return number


def _payment_accepted(fold: Fold, entry: Entry, event: e.PaymentAccepted) -> None:
    _arrive(fold, entry, event.order, "accepted")


def _payment_queued(fold: Fold, entry: Entry, event: e.PaymentQueued) -> None:
    if event.order is None:
        queue.queued(fold, change(fold, entry, event.uetr, "queued"))
    else:
        _arrive(fold, entry, event.order, "queued")


def _payment_settled(fold: Fold, entry: Entry, event: e.PaymentSettled) -> None:
    _settle(fold, entry, event.uetr, event.debit, event.credit, event.amount)


def _settle(fold: Fold, entry: Entry, uetr: str, debit: str, credit: str, amount: int) -> None:
    number = change(fold, entry, uetr, "settled")
    fold.transfer(entry, debit, credit, amount, "payment", uetr)
    queue.counted(fold, number, debit, credit, amount)


def _settled_together(fold: Fold, entry: Entry, event: q.PaymentsOffset | q.QueuesResolved) -> None:
    """Write each payment with its own movements, though only the net had to be covered."""
    for transfer in event.payments:
        _settle(fold, entry, *transfer)
    if isinstance(event, q.QueuesResolved):
        queue.resolved(fold, entry, event)


def settled_on_entry(fold: Fold, entry: Entry, event: e.PaymentsSettled) -> None:
    """Note payments whose rows are written later, all together."""
    fold.settle(entry, event.records)


def _records_posted(fold: Fold, entry: Entry, event: e.RecordsPosted) -> None:
    """Write what records of every kind did, in order."""
    for order in orders_of(SubmitPayments(event.records)):
        parties = order.debtor_agent, order.creditor_agent
        debit, credit = (f"settlement/{each}/{order.currency}" for each in parties)
        match order.action:
            case Action.PAY:
                number = _arrive(fold, entry, order, "settled")
                fold.transfer(entry, debit, credit, order.amount, "payment", order.uetr)
                queue.counted(fold, number, debit, credit, order.amount)
            case Action.RESERVE:
                _arrive(fold, entry, order, "reserved")
            case Action.POST:
                fold.sql.execute(
                    "UPDATE payment_row SET amount = ? WHERE number = ?",
                    (order.amount, fold.payment(order.uetr)),
                )
                _settle(fold, entry, order.uetr, debit, credit, order.amount)
            case Action.VOID:
                change(fold, entry, order.uetr, "voided")


def _payment_rejected(fold: Fold, entry: Entry, event: e.PaymentRejected) -> None:
    if event.order is None:
        change(fold, entry, event.uetr, "rejected", int(event.reason))
    else:
        _arrive(fold, entry, event.order, "rejected", int(event.reason))


def _payment_cancelled(fold: Fold, entry: Entry, event: e.PaymentCancelled) -> None:
    change(fold, entry, event.uetr, "cancelled")


def _status(fold: Fold, uetr: str) -> str:
    query = "SELECT coalesce(status, 'settled') FROM payment_row WHERE number = ?"
    status: str = fold.sql.execute(query, (fold.payment(uetr),)).fetchone()[0]
    return status


def _payment_held(fold: Fold, entry: Entry, event: held.PaymentHeld) -> None:
    if event.order is not None:
        _arrive(fold, entry, event.order, "held")
    elif _status(fold, event.uetr) == "reserved":
        change(fold, entry, event.uetr, "rejected", int(Reason.PARTY_LISTED))
    else:
        change(fold, entry, event.uetr, "held")
    compliance.payment_held(fold, entry, event)


_AFTER: Final = {
    Verdict.CLEAR: ("accepted", None),
    Verdict.HIT: ("frozen", None),
    Verdict.RETURN: ("rejected", int(Reason.PARTY_LISTED)),
}


def _case_decided(fold: Fold, entry: Entry, event: held.CaseDecided) -> None:
    uetr = compliance.decided(fold, entry, event)
    if uetr is not None and _status(fold, uetr) in ("held", "frozen"):
        change(fold, entry, uetr, *_AFTER[event.verdict])


def _payment_returned(fold: Fold, entry: Entry, event: e.PaymentReturned) -> None:
    change(fold, entry, event.uetr, "returned")
    fold.transfer(entry, event.debit, event.credit, event.amount, "return", event.uetr)
    queue.returned(fold, event)


FOLDS: Final[dict[type, Callable[[Fold, Entry, Any], None]]] = {
    e.PaymentAccepted: _payment_accepted,
    e.PaymentQueued: _payment_queued,
    e.PaymentSettled: _payment_settled,
    e.PaymentsSettled: settled_on_entry,
    e.RecordsPosted: _records_posted,
    e.PaymentRejected: _payment_rejected,
    e.PaymentCancelled: _payment_cancelled,
    e.PaymentReturned: _payment_returned,
    q.PaymentsOffset: _settled_together,
    q.QueuesResolved: _settled_together,
    held.PaymentHeld: _payment_held,
    held.CaseDecided: _case_decided,
}
"""What becomes of payments."""
