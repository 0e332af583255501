"""Obligations as rows: what is owed, what of it was set off, and what is still open."""

from mufakat.model import event as e
from mufakat.model import setoff as asked
from mufakat.projections import setoff
from mufakat.projections.rows import Entry, Fold


def obligation(fold: Fold, entry: Entry, event: e.ObligationRegistered) -> None:
    """Put a new obligation in."""
    item = event.item
    fold.sql.execute(
        "INSERT INTO obligation VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, NULL, ?, ?, ?)",
        (
            item.id,
            item.debtor,
            item.creditor,
            event.debtor_agent,
            event.creditor_agent,
            item.currency,
            item.amount,
            item.amount,
            item.due.isoformat(),
            "accepted" if event.accepted else "registered",
            item.document,
            fold.date,
            fold.date if event.accepted else None,
        ),
    )
    asked_for(fold, entry, event)


def asked_for(fold: Fold, entry: Entry, event: e.AnyEvent) -> None:
    """Note what set-off was asked for and did."""
    setoff.FOLDS[type(event)](fold.sql, fold.date, event)


def obligation_accepted(fold: Fold, entry: Entry, event: e.ObligationAccepted) -> None:
    """Note that the debtor owns the debt."""
    fold.sql.execute(
        "UPDATE obligation SET status = 'accepted', accepted = ? WHERE id = ?", (fold.date, event.id)
    )
    asked_for(fold, entry, event)


def obligation_disputed(fold: Fold, entry: Entry, event: e.ObligationDisputed) -> None:
    """Note that the debtor disputes the debt."""
    fold.sql.execute("UPDATE obligation SET status = 'disputed' WHERE id = ?", (event.id,))


def _discharge(fold: Fold, event: e.ObligationsSetOff | asked.ObligationsAcrossSetOff) -> None:
    fold.sql.executemany(
        "UPDATE obligation SET open = open - ?1, set_off = set_off + ?1, cycle = ?2,"
        " status = CASE WHEN open = ?1 THEN 'set off' ELSE status END WHERE id = ?3",
        [(cleared, event.cycle, each) for each, cleared in event.cleared],
    )
    fold.sql.executemany(
        "INSERT INTO discharge VALUES (?, ?, ?)",
        [(each, fold.date, cleared) for each, cleared in event.cleared],
    )


def set_off(fold: Fold, entry: Entry, event: e.ObligationsSetOff) -> None:
    """Take what was set off in one currency off the obligations."""
    _discharge(fold, event)
    cycle_row(fold, entry, event.cycle, event.currency)
    fold.sql.execute(
        "UPDATE cycle SET set_off = ? WHERE number = ? AND currency = ?",
        (sum(cleared for _, cleared in event.cleared), event.cycle, event.currency),
    )
    asked_for(fold, entry, event)


def set_off_across(fold: Fold, entry: Entry, event: asked.ObligationsAcrossSetOff) -> None:
    """Take what was set off across currencies off the obligations."""
    _discharge(fold, event)
    names = dict(event.cleared)
    rows = fold.sql.execute("SELECT id, currency FROM obligation WHERE cycle = ?", (event.cycle,)).fetchall()
    for currency in sorted({currency for each, currency in rows if each in names}):
        cycle_row(fold, entry, event.cycle, currency)
        total = sum(names[each] for each, of in rows if each in names and of == currency)
        fold.sql.execute(
            "UPDATE cycle SET set_off = set_off + ? WHERE number = ? AND currency = ?",
            (total, event.cycle, currency),
        )
    asked_for(fold, entry, event)


def cycle_row(fold: Fold, entry: Entry, number: int, currency: str) -> None:
    """Put a cycle's row of a currency in, once."""
    fold.sql.execute(
        "INSERT INTO cycle VALUES (?, ?, ?, 0, 0, 0, 0, 0, 0, ?) ON CONFLICT (number, currency) DO NOTHING",
        (number, currency, entry.at_us, fold.date),
    )
