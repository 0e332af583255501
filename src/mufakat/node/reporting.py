"""Reports out: a camt.053 for each settlement account at a close, camt.054 as booked, and what is asked for."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.document import Answered, Part, Rejection
from mufakat.gateway.outbound import Noted
from mufakat.gateway.reports import PAYMENTS, Known, Report, Told, account_report
from mufakat.messages import camt
from mufakat.messages.details import Details, details
from mufakat.messages.onward import GIVEN_ON, excerpts
from mufakat.messages.versions import WRITTEN
from mufakat.model.calendar import Phase
from mufakat.model.charter import Charter
from mufakat.node.access import UnionNode
from mufakat.node.answer import Answers, Kept
from mufakat.node.outgoing import Outgoing
from mufakat.node.standing import Standing
from mufakat.projections import statement, timeline
from mufakat.projections.balance import Position, positions
from mufakat.projections.dialect import Sql
from mufakat.projections.statement import Movement, Statement
from mufakat.vault.details import Vault

Progress = Callable[[int, int], None]
"""Called with files written and files in all."""
_FIRST, _LAST = "0001-01-01", "9999-12-31"
_REJECTION: Final = "admi.002"


def write_statements(
    node: UnionNode,
    vault: Vault,
    outgoing: Outgoing,
    date: str | None = None,
    progress: Progress = lambda done, of: None,
) -> int:
    """Write a camt.053 for each settlement account for a business date (the latest if None); return how many."""
    accounts = statement.accounts(node.views.sql)
    for number, account in enumerate(accounts, start=1):
        view = statement.statement(node.views.sql, account, date)
        assert view is not None, "the views name the accounts"
        write_statement(node.views.sql, node.charter, vault, view, outgoing)
        progress(number, len(accounts))
    return len(accounts)


def write_statement(sql: Sql, charter: Charter, vault: Vault, view: Statement, outgoing: Outgoing) -> Path:
    """Write a statement as camt.053, with what the views and the vault say of its payments."""
    path = outgoing.path(f"{camt.STATEMENT}/{view.date}", view.owner, view.currency)
    definition = outgoing.preferences.of(view.owner).definition(camt.STATEMENT)
    report = account_report(
        charter, view, known(sql, vault, view.movements, definition), definition, _sequence(sql, view.date)
    )
    _leave(outgoing, path, report, definition, view.owner, view.currency)
    return path


def write_notifications(node: UnionNode, vault: Vault, outgoing: Outgoing) -> int:
    """Write a camt.054 for each account whose owner wants them, of what was booked since the last; return how many.

    After a stop in between, the same file is written again, with what was booked meanwhile.
    """
    sql, count = node.views.sql, 0
    for account in () if node.provisional else statement.accounts(sql):
        owner = account.split("/")[1]
        if not outgoing.preferences.of(owner).notify:
            continue
        found = statement.period(sql, account, _FIRST, _LAST, after=vault.notified(account))
        assert found is not None, "the views name the accounts"
        if found.movements:
            first, last = found.movements[0], found.movements[-1]
            view = _of(found.account, owner, found.currency, last.date, found.movements)
            path = outgoing.path(camt.NOTIFICATION, owner, f"{found.currency}-{first.number}")
            _report(node, vault, outgoing, (view, camt.NOTIFICATION, None), path, owner)
            vault.notify(account, last.number)
            count += 1
    return count


class Asked:
    """What one node reports when it is asked with a camt.060."""

    def __init__(self, node: UnionNode, vault: Vault, answers: Answers) -> None:
        self._node: Final = node
        self._vault: Final = vault
        self._answers: Final = answers

    def answer(
        self, whole: bytes, parts: Sequence[Part], standings: Sequence[Standing]
    ) -> list[tuple[list[Path], Rejection | None]]:
        """Write each report that is asked for, and an admi.002 for each that is refused; return files, and why."""
        return [
            self._answer(whole, part, found.told.rejection)
            for part, found in zip(parts, standings, strict=True)
        ]

    def _answer(
        self, whole: bytes, part: Part, rejection: Rejection | None
    ) -> tuple[list[Path], Rejection | None]:
        views = self._views(part) if rejection is None else rejection
        original = part.references.original
        assert part.report is not None, "a request asks for a report"
        assert original is not None, "a request has an identifier"
        if isinstance(views, Rejection):
            to = Answered(original, part.asker, _REJECTION)
            return [self._answers.write(whole, to, (), views)], views
        outgoing, paths = self._answers.outgoing, list[Path]()
        for view in views:
            name = f"{whole.hex()[:16]}-{part.number}-{view.date}"
            receiver = part.asker or view.owner
            path = outgoing.path(part.report.kind, receiver, name)
            _report(
                self._node, self._vault, outgoing, (view, part.report.kind, part.report.asked), path, receiver
            )
            paths.append(path)
        return paths, None

    def _views(self, part: Part) -> list[Statement] | Rejection:
        """Return what is asked of an account, a business date each."""
        asked, sql = part.report, self._node.views.sql
        assert asked is not None, "a request asks for a report"
        phases = timeline.phases(sql)
        if not phases:
            return Rejection("NARR", "No business day has been opened yet.", asked.line)
        latest = phases[-1][0]
        closed = {date for date, phase, _ in phases if phase == Phase.CLOSED.name}
        first = asked.first or latest
        last = asked.last or first
        dates = sorted({date for date, _, _ in phases if first <= date <= last})
        if asked.kind == camt.INTRADAY:
            dates = [date for date in dates if date == latest]
        elif asked.kind == camt.STATEMENT:
            dates = [date for date in dates if date in closed]
        if not dates:
            text = f"No {asked.kind} from {first} to {last}. Statements are of closed days, camt.052 of {latest}."
            return Rejection("NARR", text, asked.line)
        account = f"settlement/{(asked.account or '')[:-3]}/{asked.currency}"
        found = [statement.statement(sql, account, date) for date in dates]
        views = [view for view in found if view is not None]
        return views or Rejection("AC01", f"{asked.account} is no settlement account.", asked.line)


def known(sql: Sql, vault: Vault, movements: Sequence[Movement], definition: str) -> Known:
    """Return what the vault still has of each payment that made movements, by UETR, as `definition` can tell it."""
    found: dict[str, Told] = {}
    wanted: dict[bytes, dict[int, str]] = {}
    for movement in movements:
        payment = timeline.payment(sql, movement.reference) if movement.kind in PAYMENTS else None
        part = None if payment is None else vault.part(payment.details)
        if part is not None:
            noted = msgspec.msgpack.decode(part.label, type=Noted)
            found[movement.reference] = Told(noted.references)
            wanted.setdefault(part.whole, {})[part.number] = movement.reference
    for whole, numbers in wanted.items():
        for number, told in _details(vault, whole, numbers, definition):
            found[numbers[number]] = msgspec.structs.replace(found[numbers[number]], details=told)
    return found


def _details(
    vault: Vault, whole: bytes, numbers: dict[int, str], report: str
) -> Iterator[tuple[int, Details]]:
    label = vault.label(whole)
    if label is None:
        return
    definition = msgspec.msgpack.decode(label, type=Kept).definition
    if definition[:8] in GIVEN_ON:
        with vault.message(whole) as message:
            for excerpt in excerpts(message, definition, numbers):
                yield excerpt.number, details(excerpt, report)


def _report(
    node: UnionNode,
    vault: Vault,
    outgoing: Outgoing,
    what: tuple[Statement, str, str | None],
    path: Path,
    receiver: str,
) -> None:
    """Write a view as a kind of report, in the version asked for where it is written, to who gets it."""
    view, kind, asked = what
    sql = node.views.sql
    definition = asked if asked in WRITTEN[kind] else outgoing.preferences.of(receiver).definition(kind)
    position = _position(sql, view) if kind == camt.INTRADAY else None
    report = account_report(
        node.charter,
        view,
        known(sql, vault, view.movements, definition),
        definition,
        _sequence(sql, view.date),
        position,
    )
    _leave(outgoing, path, report, definition, receiver, view.currency)


def _leave(
    outgoing: Outgoing, path: Path, report: Report, definition: str, receiver: str, currency: str
) -> None:
    speaker = outgoing.speaker(receiver, currency)
    outgoing.write(path, [report.document], speaker, receiver, definition, report.message_id, report.at_us)


def _position(sql: Sql, view: Statement) -> Position:
    of_owner = positions(sql, owner=view.owner, currency=view.currency)
    return next(each for each in of_owner if each.account == view.account)


def _of(account: str, owner: str, currency: str, date: str, movements: tuple[Movement, ...]) -> Statement:
    """Make a view of what was booked: its balances are those before and after."""
    first, last = movements[0], movements[-1]
    return Statement(account, owner, currency, date, first.balance - first.amount, last.balance, movements)


def _sequence(sql: Sql, date: str) -> int:
    return len({day for day, _, _ in timeline.phases(sql) if day <= date})
