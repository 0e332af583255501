"""From an event to the rows it changes: one function an event, in one literal table."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from mufakat.model import default as d
from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model import ruling as r
from mufakat.model import setoff as asked
from mufakat.model.charter import Charter, union_id
from mufakat.model.dealing import ExchangeSettled, QuoteExpired, QuoteOffered, QuoteWithdrawn
from mufakat.model.swing import SwingSettlementCalled
from mufakat.model.trade import TradeRecordRegistered
from mufakat.projections import (
    certificate,
    compliance,
    debts,
    default,
    exchanges,
    fixings,
    goods,
    listings,
    payments,
    queue,
    rules,
    settled,
    swing,
    trade,
)
from mufakat.projections.dialect import Sql
from mufakat.projections.rows import Entry, Fold, open_account


def _ignore(fold: Fold, entry: Entry, event: e.AnyEvent) -> None:
    """Change nothing: no view asks for this."""


def _place(fold: Fold, entry: Entry) -> rules.Place:
    return rules.Place(entry.number, entry.at_us, fold.date)


def _founded(fold: Fold, entry: Entry, event: e.UnionFounded) -> None:
    for member in event.charter.members:
        open_account(fold, f"issue/{member.currency}/{member.currency}", member.id)
    _put_in_force(fold, event.charter)
    rules.founded(fold.sql, _place(fold, entry), event, union_id(event.charter))


def _rule(fold: Fold, entry: Entry, event: e.AnyEvent) -> None:
    rules.FOLDS[type(event)](fold.sql, _place(fold, entry), event)


def _certificate(fold: Fold, entry: Entry, event: e.AnyEvent) -> None:
    certificate.FOLDS[type(event)](fold.sql, _place(fold, entry), event)


def _put_in_force(fold: Fold, charter: Charter) -> None:
    fold.sql.execute("DELETE FROM charter")
    fold.sql.execute("INSERT INTO charter VALUES (?)", (msgspec.msgpack.encode(charter),))


def charter_in_force(sql: Sql) -> Charter:
    """Return the charter in force."""
    (packed,) = sql.execute("SELECT in_force FROM charter").fetchone()
    return msgspec.msgpack.decode(packed, type=Charter)


def _amended(fold: Fold, entry: Entry, event: r.CharterAmended) -> None:
    _put_in_force(fold, event.charter)


def _protocol(fold: Fold, entry: Entry, event: r.ProtocolAdopted) -> None:
    _put_in_force(fold, msgspec.structs.replace(charter_in_force(fold.sql), protocol=event.version))
    _rule(fold, entry, event)


def _admitted(fold: Fold, entry: Entry, event: r.MemberAdmitted) -> None:
    account = f"issue/{event.member.currency}/{event.member.currency}"
    if account not in fold.balances:
        open_account(fold, account, event.member.id)
    _rule(fold, entry, event)


def _participant(fold: Fold, entry: Entry, event: e.ParticipantRegistered) -> None:
    fold.sql.execute("INSERT INTO participant VALUES (?, ?, ?)", (event.bic, event.lei, event.sponsor))


def _account_opened(fold: Fold, entry: Entry, event: e.AccountOpened) -> None:
    open_account(fold, event.account, event.participant)


def _account_closed(fold: Fold, entry: Entry, event: e.AccountClosed) -> None:
    fold.sql.execute("UPDATE account SET closed = 1, credit_limit = 0 WHERE id = ?", (event.account,))


def _firms(fold: Fold, entry: Entry, event: e.FirmsEnrolled) -> None:
    fold.sql.executemany("INSERT INTO firm VALUES (?, ?)", [(firm, event.agent) for firm in event.firms])


def _issued(fold: Fold, entry: Entry, event: e.MoneyIssued) -> None:
    issue = f"issue/{event.currency}/{event.currency}"
    fold.transfer(entry, issue, event.account, event.amount, "issue", f"entry {entry.number}")


def _redeemed(fold: Fold, entry: Entry, event: e.MoneyRedeemed) -> None:
    issue = f"issue/{event.currency}/{event.currency}"
    fold.transfer(entry, event.account, issue, event.amount, "redemption", f"entry {entry.number}")


def _limit(fold: Fold, entry: Entry, event: e.LimitSet) -> None:
    fold.sql.execute("UPDATE account SET credit_limit = ? WHERE id = ?", (event.limit, event.account))


def _swing_line(fold: Fold, entry: Entry, event: e.SwingLineSet) -> None:
    account = f"swing/{event.debtor}/{event.currency}"
    if account not in fold.balances:
        open_account(fold, account, event.debtor)
    fold.sql.execute("UPDATE account SET credit_limit = ? WHERE id = ?", (event.limit, account))


def _reserved(fold: Fold, entry: Entry, event: e.LiquidityReserved) -> None:
    fold.sql.execute("UPDATE account SET reserved = ? WHERE id = ?", (event.amount, event.account))


def _phase(fold: Fold, entry: Entry, event: e.PhaseEntered) -> None:
    fold.date = event.date.isoformat()
    fold.sql.execute(
        "INSERT INTO day (date, phase, at_us) VALUES (?, ?, ?)", (fold.date, event.phase.name, entry.at_us)
    )


def _netted(fold: Fold, entry: Entry, event: e.PositionsNetted) -> None:
    fold.netted.append(event)
    debts.cycle_row(fold, entry, event.cycle, event.currency)
    fold.sql.execute(
        "UPDATE cycle SET gross = ?, items = ?, net = ?, swing = ?, deferred = ?"
        " WHERE number = ? AND currency = ?",
        (
            event.gross,
            len(event.payments) + len(event.obligations),
            sum(position for _, position in event.positions if position > 0),
            fold.swing.pop((event.cycle, event.currency), 0),
            event.deferred,
            event.cycle,
            event.currency,
        ),
    )


def _drawn(fold: Fold, entry: Entry, event: e.SwingDrawn) -> None:
    if event.swing.startswith("swing/"):
        key = (event.cycle, event.account.rpartition("/")[2])
        fold.swing[key] = fold.swing.get(key, 0) + event.amount
    fold.transfer(entry, event.swing, event.account, event.amount, "swing drawn", f"cycle {event.cycle}")


def _repaid(fold: Fold, entry: Entry, event: e.SwingRepaid) -> None:
    fold.transfer(entry, event.account, event.swing, event.amount, "swing repaid", f"entry {entry.number}")


def _cycle_settled(fold: Fold, entry: Entry, event: e.CycleSettled) -> None:
    for netted in fold.netted:
        for account, position in netted.positions:
            fold.move(entry, account, position, "cycle", f"cycle {event.number}", "the union")
        # A net debit uses up first what its account had set aside for the cycles.
        fold.sql.executemany(
            "UPDATE account SET reserved = CASE WHEN reserved + ?1 > 0 THEN reserved + ?1 ELSE 0 END WHERE id = ?2",
            [(position, account) for account, position in netted.positions if position < 0],
        )
        for uetr in netted.payments:
            queue.netted(fold, payments.change(fold, entry, uetr, "settled", cycle=event.number))
        fold.sql.executemany(
            "INSERT INTO discharge SELECT id, ?, open FROM obligation WHERE id = ?",
            [(fold.date, each) for each in netted.obligations],
        )
        fold.sql.executemany(
            "UPDATE obligation SET open = 0, status = 'settled', cycle = ? WHERE id = ?",
            [(event.number, each) for each in netted.obligations],
        )
    fold.netted.clear()


def _fixing(fold: Fold, entry: Entry, event: e.AnyEvent) -> None:
    fixings.FOLDS[type(event)](fold.sql, entry.number, event)


# A fold takes the event type of its own row; a literal dictionary cannot say that of each row.
FOLDS: Final[dict[type, Callable[[Fold, Entry, Any], None]]] = {
    e.UnionFounded: _founded,
    e.SequenceAdvanced: _ignore,
    e.ParticipantRegistered: _participant,
    e.AccountOpened: _account_opened,
    e.AccountClosed: _account_closed,
    e.FirmsEnrolled: _firms,
    e.MoneyIssued: _issued,
    e.MoneyRedeemed: _redeemed,
    e.LimitSet: _limit,
    e.SwingLineSet: _swing_line,
    e.LiquidityReserved: _reserved,
    e.PhaseDeclared: _ignore,
    e.PhaseEntered: _phase,
    e.CycleCalled: _ignore,
    e.ObligationRegistered: debts.obligation,
    e.ObligationAccepted: debts.obligation_accepted,
    e.ObligationDisputed: debts.obligation_disputed,
    e.ObligationsSetOff: debts.set_off,
    e.PositionsNetted: _netted,
    e.SwingDrawn: _drawn,
    e.SwingRepaid: _repaid,
    e.NetDebitReserved: _ignore,
    e.CycleSettled: _cycle_settled,
    q.PaymentAmended: queue.amended,
    q.PaymentPartSettled: queue.part_settled,
    q.BypassAllowed: queue.bypass_allowed,
    q.PaymentsLimited: queue.limited,
    QuoteOffered: exchanges.offered,
    QuoteWithdrawn: exchanges.withdrawn,
    QuoteExpired: exchanges.expired,
    ExchangeSettled: exchanges.settled,
    asked.SetOffTermsStated: debts.asked_for,
    asked.ObligationsAcrossSetOff: debts.set_off_across,
    asked.SetOffAcrossOmitted: debts.asked_for,
    r.ChangeProposed: _rule,
    r.VoteCast: _rule,
    r.ProposalPassed: _rule,
    r.ProposalWithdrawn: _rule,
    r.ProposalExpired: _rule,
    r.ProposalLapsed: _rule,
    r.ChangeEnacted: _rule,
    r.CharterAmended: _amended,
    r.KeysRotated: _ignore,
    r.MemberAdmitted: _admitted,
    r.StandingChanged: _rule,
    r.MemberLeft: _rule,
    r.UnionHalted: _ignore,
    r.UnionResumed: _ignore,
    r.ProtocolScheduled: _ignore,
    r.ProtocolAdopted: _protocol,
    d.DefaultCalled: _ignore,
    e.FixingsSubmitted: _fixing,
    e.FixingsAgreed: _fixing,
    SwingSettlementCalled: _ignore,
    **swing.FOLDS,
    e.CycleCertified: _certificate,
    e.CycleSigned: _certificate,
    e.CycleAttested: _certificate,
    **default.FOLDS,
    TradeRecordRegistered: trade.registered,
    **payments.FOLDS,
    **listings.FOLDS,
    **compliance.FOLDS,
    **goods.FOLDS,
}


def fold_entry(fold: Fold, entry: Entry, events: tuple[e.AnyEvent, ...]) -> None:
    """Note the changes of one entry's events, in order."""
    fold.begin()
    for event in events:
        change = FOLDS[type(event)]
        if change is _ignore:
            continue
        if change is not payments.settled_on_entry and fold.settled:
            settled.book(fold)
        change(fold, entry, event)
    fold.end(entry)


def flush(fold: Fold) -> None:
    """Write all that was noted."""
    if fold.settled:
        settled.book(fold)
    fold.flush()
