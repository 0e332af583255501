"""The tables that payments and bookings are kept in, and the views that say in words what they hold.

A payment that settled on entry, gross and for the day, is one row and nothing else: its step and both its movements
follow from it. `movement` is then the number of its debit's movement, the credit's is the next; where `movement` is
NULL, steps and movements have rows of their own. NULL is also: a status of settled on entry and nothing since, the
channel RTGS, the value date of the entry, no change since the entry. Accounts are numbers, which `account_name`
names; an entry says how many payments and movements there are after it.
"""

from typing import Final

from mufakat.projections.lookup import SLICE

UETR_TEXT: Final = (
    "lower(substr(hex(p.uetr), 1, 8) || '-' || substr(hex(p.uetr), 9, 4) || '-' || substr(hex(p.uetr), 13, 4)"
    " || '-' || substr(hex(p.uetr), 17, 4) || '-' || substr(hex(p.uetr), 21))"
)
"""The UETR of a row `p` of payments, as people write it."""
TABLES: Final = f"""
CREATE TABLE entry (
    number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, date TEXT NOT NULL, digest BLOB NOT NULL,
    payments INTEGER NOT NULL, movements INTEGER NOT NULL
);
CREATE INDEX entry_by_digest ON entry ((number / {SLICE}), digest);
CREATE TABLE account_name (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, holder TEXT NOT NULL, currency TEXT NOT NULL
);
CREATE TABLE payment_row (
    number INTEGER PRIMARY KEY, uetr BLOB NOT NULL, debtor INTEGER NOT NULL, creditor INTEGER NOT NULL,
    amount INTEGER NOT NULL, details BLOB NOT NULL, entry INTEGER NOT NULL, movement INTEGER,
    debtor_balance INTEGER, creditor_balance INTEGER, status TEXT, channel TEXT, value_date TEXT, reason INTEGER,
    cycle INTEGER, changed INTEGER
);
CREATE UNIQUE INDEX payment_by_uetr ON payment_row ((number / {SLICE}), uetr);
CREATE INDEX payment_by_debtor ON payment_row (debtor, number) WHERE movement IS NOT NULL;
CREATE INDEX payment_by_creditor ON payment_row (creditor, number) WHERE movement IS NOT NULL;
CREATE INDEX payment_waited_by_debtor ON payment_row (debtor, number) WHERE movement IS NULL;
CREATE INDEX payment_waited_by_creditor ON payment_row (creditor, number) WHERE movement IS NULL;
CREATE INDEX payment_by_status ON payment_row (status, number) WHERE status IS NOT NULL;
CREATE INDEX payment_by_cycle ON payment_row (cycle, number) WHERE cycle IS NOT NULL;
CREATE TABLE step_row (
    number INTEGER PRIMARY KEY, payment INTEGER NOT NULL, entry INTEGER NOT NULL, status TEXT NOT NULL,
    date TEXT NOT NULL
);
CREATE INDEX step_by_payment ON step_row (payment, number);
CREATE TABLE booking (
    number INTEGER PRIMARY KEY, entry INTEGER NOT NULL, date TEXT NOT NULL, account INTEGER NOT NULL,
    amount INTEGER NOT NULL, balance INTEGER NOT NULL, kind TEXT NOT NULL, reference TEXT NOT NULL,
    counterparty TEXT NOT NULL
);
CREATE INDEX booking_by_account ON booking (account, number);
CREATE INDEX booking_by_entry ON booking (entry);
CREATE VIEW payment AS SELECT {UETR_TEXT} AS uetr, d.holder AS debtor_agent, c.holder AS creditor_agent,
    d.currency AS currency, p.amount AS amount, coalesce(p.value_date, e.date) AS value_date,
    coalesce(p.channel, 'RTGS') AS channel, p.details AS details, coalesce(p.status, 'settled') AS status,
    p.reason AS reason, p.cycle AS cycle, e.at_us AS submitted_us, l.at_us AS changed_us, p.number AS arrival
    FROM payment_row p JOIN account_name d ON d.number = p.debtor JOIN account_name c ON c.number = p.creditor
    JOIN entry e ON e.number = p.entry JOIN entry l ON l.number = coalesce(p.changed, p.entry);
CREATE VIEW step AS SELECT 0 AS number, p.number AS payment, {UETR_TEXT} AS uetr, p.entry AS entry,
    e.at_us AS at_us, 'settled' AS status, e.date AS date
    FROM payment_row p JOIN entry e ON e.number = p.entry WHERE p.movement IS NOT NULL
    UNION ALL SELECT s.number, s.payment, {UETR_TEXT}, s.entry, e.at_us, s.status, s.date
    FROM step_row s JOIN payment_row p ON p.number = s.payment JOIN entry e ON e.number = s.entry;
CREATE VIEW movement AS SELECT b.number AS number, b.entry AS entry, e.at_us AS at_us, b.date AS date,
    a.id AS account, b.amount AS amount, b.balance AS balance, b.kind AS kind, b.reference AS reference,
    b.counterparty AS counterparty
    FROM booking b JOIN account_name a ON a.number = b.account JOIN entry e ON e.number = b.entry
    UNION ALL SELECT p.movement, p.entry, e.at_us, e.date, d.id, -p.amount, p.debtor_balance, 'payment',
    {UETR_TEXT}, c.id
    FROM payment_row p JOIN entry e ON e.number = p.entry JOIN account_name d ON d.number = p.debtor
    JOIN account_name c ON c.number = p.creditor WHERE p.movement IS NOT NULL
    UNION ALL SELECT p.movement + 1, p.entry, e.at_us, e.date, c.id, p.amount, p.creditor_balance, 'payment',
    {UETR_TEXT}, d.id
    FROM payment_row p JOIN entry e ON e.number = p.entry JOIN account_name d ON d.number = p.debtor
    JOIN account_name c ON c.number = p.creditor WHERE p.movement IS NOT NULL;
"""
