"""Files out at the end of a day: a camt.053 for each settlement account, and the last pacs.002 of each message.

A message that was answered while a payment of it was queued or accepted is answered again when the end of all
its payments is known.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.inbound import Rejection, of_refusal
from mufakat.gateway.outbound import (
    CODE_OF,
    STATUS_OF,
    Answered,
    PartStatus,
    account_statement,
    status_report,
)
from mufakat.messages.fault import References
from mufakat.model.command import PaymentOrder
from mufakat.model.outcome import ItemOutcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.access import UnionNode
from mufakat.node.home import write_whole
from mufakat.projections import statement, timeline
from mufakat.vault.details import Vault

Progress = Callable[[int, int], None]
"""Called with files written and files in all."""
_OPEN: Final = ("queued", "accepted")


def write_statements(
    node: UnionNode,
    vault: Vault,
    out: Path,
    date: str | None = None,
    progress: Progress = lambda done, of: None,
) -> int:
    """Write a camt.053 for each settlement account for a business date (the latest if None); return how many."""
    accounts = statement.accounts(node.views.sql)
    references = end_to_end(node, vault)
    for number, account in enumerate(accounts, start=1):
        write_statement(node, account, references, out, date)
        progress(number, len(accounts))
    return len(accounts)


def write_statement(
    node: UnionNode, account: str, references: dict[str, str], out: Path, date: str | None = None
) -> Path:
    """Write the camt.053 of one account; KeyError when the account is unknown."""
    view = statement.statement(node.views.sql, account, date)
    if view is None:
        raise KeyError(account)
    number = len({day for day, _, _ in timeline.phases(node.views.sql) if day <= view.date})
    path = out / "camt.053" / view.date / f"{view.owner}-{view.currency}.xml"
    write_whole(path, account_statement(node.charter, view, references, number))
    return path


def end_to_end(node: UnionNode, vault: Vault) -> dict[str, str]:
    """Give the end-to-end identification of each payment of which the vault still has the message."""
    found: dict[str, str] = {}
    for status in STATUS_OF:
        for payment in timeline.payments(node.views.sql, status):
            part = vault.part(payment.details)
            if part is not None:
                references = msgspec.msgpack.decode(part.label, type=References)
                if references.end_to_end_id is not None:
                    found[payment.uetr] = references.end_to_end_id
    return found


def write_final_statuses(
    node: UnionNode, vault: Vault, out: Path, progress: Progress = lambda done, of: None
) -> int:
    """Answer each message once more of which a payment ended after its first answer; return how many."""
    messages: dict[bytes, dict[int, PartStatus]] = {}
    unfinished: dict[bytes, None] = {}
    later = timeline.uetrs_with_later_steps(node.views.sql)
    answered_again: dict[bytes, None] = {}
    for status in STATUS_OF:
        for payment in timeline.payments(node.views.sql, status):
            part = vault.part(payment.details)
            if part is None:
                continue
            references = msgspec.msgpack.decode(part.label, type=References)
            messages.setdefault(part.whole, {})[part.number] = _status(payment, references)
            if status in _OPEN:
                unfinished[part.whole] = None
            if payment.uetr in later:
                answered_again[part.whole] = None
    due = [whole for whole in answered_again if whole not in unfinished]
    for number, whole in enumerate(due, start=1):
        _write_status(node, vault, out, whole, messages[whole], "final")
        progress(number, len(due))
    return len(due)


def write_statuses(
    node: UnionNode, vault: Vault, out: Path, items: Iterable[tuple[PaymentOrder, ItemOutcome]], name: str
) -> int:
    """Answer each message of which the vault has an order of `items`, with what became of these; return how many.

    `name` is what the file's name ends with.
    """
    messages: dict[bytes, dict[int, PartStatus]] = {}
    for order, item in items:
        part = vault.part(order.details)
        if part is None:
            continue
        references = msgspec.msgpack.decode(part.label, type=References)
        rejection = of_refusal(item.refusal) if item.refusal is not None else None
        settled = order.value_date.isoformat() if item.status is Status.SETTLED else None
        status = PartStatus(references, CODE_OF[item.status], rejection, settled)
        parts = messages.setdefault(part.whole, {})
        if part.number not in parts or not _is_repeated(item):
            parts[part.number] = status
    for whole, parts in messages.items():
        _write_status(node, vault, out, whole, parts, name)
    return len(messages)


def _is_repeated(item: ItemOutcome) -> bool:
    return item.refusal is not None and item.refusal.reason is Reason.DUPLICATE


def _status(payment: timeline.PaymentView, references: References) -> PartStatus:
    rejection: Rejection | None = None
    if payment.reason is not None:
        rejection = of_refusal(Refusal(Reason(payment.reason)))
    settled = payment.value_date if payment.status in ("settled", "returned") else None
    return PartStatus(references, STATUS_OF[payment.status], rejection, settled)


def _write_status(
    node: UnionNode, vault: Vault, out: Path, whole: bytes, parts: dict[int, PartStatus], name: str
) -> None:
    kept = vault.whole(whole)
    if kept is None:
        return
    to = msgspec.msgpack.decode(kept.label, type=Answered | None)
    if to is None:
        return
    statuses = [parts[number] for number in sorted(parts)]
    file = f"{to.agent or 'unknown'}-{whole.hex()[:16]}-{name}.xml"
    write_whole(out / "pacs.002" / file, status_report(to, statuses, node.now_us()))
