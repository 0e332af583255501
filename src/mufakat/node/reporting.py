"""Files out at the end of a day: a camt.053 for each settlement account."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from mufakat.gateway.outbound import Noted, account_statement
from mufakat.model.charter import Charter
from mufakat.node.access import UnionNode
from mufakat.node.home import write_whole
from mufakat.projections import statement, timeline
from mufakat.projections.dialect import Sql
from mufakat.projections.statement import Statement
from mufakat.vault.details import Vault

Progress = Callable[[int, int], None]
"""Called with files written and files in all."""


def write_statements(
    node: UnionNode,
    vault: Vault,
    out: Path,
    date: str | None = None,
    progress: Progress = lambda done, of: None,
) -> int:
    """Write a camt.053 for each settlement account for a business date (the latest if None); return how many."""
    accounts = statement.accounts(node.views.sql)
    for number, account in enumerate(accounts, start=1):
        view = statement.statement(node.views.sql, account, date)
        assert view is not None, "the views name the accounts"
        write_statement(node.views.sql, node.charter, vault, view, out)
        progress(number, len(accounts))
    return len(accounts)


def write_statement(sql: Sql, charter: Charter, vault: Vault, view: Statement, out: Path) -> Path:
    """Write a statement as camt.053, with what the views and the vault say of its payments."""
    number = len({day for day, _, _ in timeline.phases(sql) if day <= view.date})
    path = out / "camt.053" / view.date / f"{view.owner}-{view.currency}.xml"
    write_whole(path, account_statement(charter, view, end_to_end(sql, vault, view), number))
    return path


def end_to_end(sql: Sql, vault: Vault, view: Statement) -> dict[str, str]:
    """Give the end-to-end identification of each payment of a statement, where the vault still has it."""
    found: dict[str, str] = {}
    for movement in view.movements:
        payment = timeline.payment(sql, movement.reference)
        part = None if payment is None else vault.part(payment.details)
        if part is not None:
            noted = msgspec.msgpack.decode(part.label, type=Noted)
            if noted.references.end_to_end_id is not None:
                found[movement.reference] = noted.references.end_to_end_id
    return found
