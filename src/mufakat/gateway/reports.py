"""Reports of settlement accounts: camt.052, camt.053, camt.054 from views and vault, and who may ask for them.

Identifiers follow from what is reported, so that the same report has the same identifier and bytes. An account
is told to its owner, and to the member whose money it holds.
"""

import datetime
import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from mufakat.gateway.document import Asks, Part, Reading, Rejection
from mufakat.gateway.outbound import iso_time
from mufakat.messages import camt
from mufakat.messages.asking import AskedReport, ReportRequest
from mufakat.messages.details import Details, agents
from mufakat.messages.fault import Original, References
from mufakat.model import identifier
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.projections.balance import Position
from mufakat.projections.statement import Movement, Statement

PAYMENTS: Final = ("payment", "return")
"""The kinds of movements that a payment makes."""
_REPORTS: Final = (camt.INTRADAY, camt.STATEMENT, camt.NOTIFICATION)
_SUB_FAMILIES: Final = {"payment": "XBCT", "return": "RRTN"}
"""ISO 20022 bank transaction codes, domain PMNT: cross-border credit transfer, reversal due to return."""


class Told(msgspec.Struct, frozen=True):
    """What the vault still has of a payment: how its sender named it, and what its message says."""

    references: References = References()
    details: Details | None = None


Known = Mapping[str, Told]
"""By UETR, what is known of payments."""
_NOTHING: Final = Told()


class Report(msgspec.Struct, frozen=True):
    """A report as written: its message identifier, log time (UTC microseconds), and the bare Document."""

    message_id: str
    at_us: int
    document: bytes


def account_report(
    charter: Charter,
    view: Statement,
    known: Known,
    definition: str,
    sequence: int,
    position: Position | None = None,
) -> Report:
    """Write what is reported of one settlement account and business date, as `definition` has it.

    `position`: what the account may use now, for a report during the day.
    """
    issuer = charter.issuer(view.currency)
    assert issuer is not None, "an account's currency is a member's"
    last = view.movements[-1] if view.movements else None
    told = f"{view.account}|{view.date}|{last.number if last else 0}"
    kind = definition[:8]
    if kind != camt.STATEMENT:
        told += f"|{kind}|{view.movements[0].number if last else 0}"
    name = hashlib.sha256(told.encode()).hexdigest()[:24].upper()
    end = iso_time(last.at_us) if last is not None else f"{view.date}T23:59:59Z"
    decimals = issuer.decimals
    available = None if position is None else _balance(position.available, decimals, view.date)
    message_id = f"{_PREFIXES[kind]}{name}"
    document = camt.write_report(
        definition,
        message_id=message_id,
        created=end,
        statement=camt.Statement(
            identifier=f"{view.date.replace('-', '')}{name[:16]}",
            account=f"{view.owner}{view.currency}",
            currency=view.currency,
            servicer=issuer.bic,
            start=f"{view.date}T00:00:00Z",
            end=f"{view.date}T23:59:59Z",
            opening=_balance(view.opening, decimals, view.date),
            closing=_balance(view.closing, decimals, view.date),
            available=available,
            credit=None if position is None else format_amount(position.limit, decimals),
            sequence=sequence,
            entries=tuple(_entry(each, view, decimals, known) for each in view.movements),
        ),
    )
    moment = datetime.datetime.fromisoformat(end)
    return Report(message_id, int(moment.timestamp()) * 1_000_000, document)


def report_requests(message: ReportRequest, reading: Reading) -> list[Part]:
    """Make a question of each account that a report is asked of, or say why it is not told."""
    original = Original(message_id=message.message_id, definition=message.definition, created=message.created)
    parts = []
    for number, asked in enumerate(message.transactions):
        name = asked.account or asked.identifier or str(number + 1)
        speaker, wrong = _entitled(asked, message.sender, reading)
        references = References(original=original)
        parts.append(
            Part(
                number,
                name,
                references,
                None,
                wrong,
                asked.line,
                asks=Asks.REPORT,
                speaker=speaker,
                report=asked,
                asker=message.sender or asked.owner,
            )
        )
    return parts


def _entitled(
    asked: AskedReport, sender: str | None, reading: Reading
) -> tuple[str | None, Rejection | None]:
    """Return whose key has to be here, and why nothing is told, where that is so."""
    line = asked.line
    if asked.kind not in _REPORTS:
        return None, Rejection("NARR", f"{asked.asked} is not reported; {', '.join(_REPORTS)} are.", line)
    issuer = reading.charter.issuer(asked.currency or "")
    owner = identifier.bic(asked.owner or "")
    if owner is None or issuer is None:
        text = "Name the owner by its BIC, and the account as its statements do, such as LUALQMA0XXXIDR."
        return None, Rejection("AC01", text, line)
    if asked.account != f"{owner}{asked.currency}":
        return None, Rejection("AC01", f"{asked.account} is not an account of {owner}.", line)
    asker = identifier.bic(sender or owner)
    if asker == owner:
        return owner, None
    if asker == identifier.bic(issuer.bic):
        return str(issuer.id), None
    return None, Rejection("AG08", f"{sender} is neither owner nor servicer of {asked.account}.", line)


_PREFIXES: Final = {camt.STATEMENT: "CS", camt.INTRADAY: "CI", camt.NOTIFICATION: "CN"}


def _holder(account: str) -> str:
    """Return whose account it is by its name, such as settlement/LUALQMA0XXX/IDR."""
    _, _, rest = account.partition("/")
    return rest.partition("/")[0]


def _side(minor: int) -> camt.Side:
    return "DBIT" if minor < 0 else "CRDT"


def _balance(minor: int, decimals: int, date: str) -> camt.Balance:
    return camt.Balance(amount=format_amount(abs(minor), decimals), side=_side(minor), date=date)


def _entry(movement: Movement, view: Statement, decimals: int, known: Known) -> camt.Entry:
    is_payment = movement.kind in PAYMENTS
    told = known.get(movement.reference, _NOTHING) if is_payment else _NOTHING
    details = told.details
    if is_payment and not (details and details.pieces):
        parties = [view.owner, _holder(movement.counterparty)]
        if movement.amount > 0:
            parties.reverse()
        details = agents(*parties) if all(map(identifier.bic, parties)) else None
    return camt.Entry(
        amount=format_amount(abs(movement.amount), decimals),
        side=_side(movement.amount),
        booked_on=movement.date,
        value_date=movement.date,
        reference=f"MVT{movement.number}",
        code=_code(movement.kind, received=movement.amount > 0),
        uetr=movement.reference if is_payment or movement.kind == "exchange" else None,
        end_to_end_id=told.references.end_to_end_id,
        instruction_id=told.references.instruction_id,
        tx_id=told.references.tx_id,
        details=details,
        information="" if is_payment else f"{movement.kind}, {movement.reference}",
    )


def _code(kind: str, *, received: bool) -> camt.BankCode | str:
    sub_family = _SUB_FAMILIES.get(kind)
    if sub_family is None:
        return kind.upper()
    return camt.BankCode(family="RCDT" if received else "ICDT", sub_family=sub_family)
