"""PostgreSQL as a peer of the ledger: the same double entry, durable, on the same disk, by its own load generator.

The server is a throw-away one with the settings that PostgreSQL comes with. A payment is a row under its unique
identifier, two postings, and both balances, none below zero. A batch goes in by COPY and moves each balance once:
that is its fastest way.
"""

import re
import statistics
import time
import uuid
from pathlib import Path
from typing import Final

import numpy as np

from mufakat.cli.peers import Missing
from mufakat.cli.postgres_cluster import Cluster, cluster

_ACCOUNTS: Final = 100
_SECONDS: Final = 5
_BATCHES: Final = 20
_MOST: Final = 1_000
_SEED: Final = 1
_TABLES: Final = """
CREATE TABLE account (
    id integer PRIMARY KEY, balance bigint NOT NULL CHECK (balance BETWEEN 0 AND 999999999999999999)
);
CREATE TABLE payment (
    uetr uuid PRIMARY KEY, debit integer NOT NULL, credit integer NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0)
);
CREATE TABLE posting (uetr uuid NOT NULL, account integer NOT NULL, amount bigint NOT NULL);
INSERT INTO account SELECT n, 100000000000000 FROM generate_series(0, {last}) AS n;
"""
_STAGED: Final = """CREATE TEMP TABLE staged (
    uetr uuid, debit integer, credit integer, amount bigint
) ON COMMIT DELETE ROWS;
"""
_BATCH: Final = """BEGIN;
COPY staged FROM STDIN;
{rows}
\\.
INSERT INTO payment SELECT * FROM staged;
WITH posted AS (
    INSERT INTO posting SELECT uetr, debit, -amount FROM staged UNION ALL SELECT uetr, credit, amount FROM staged
    RETURNING account, amount
), moved AS (SELECT account, sum(amount) AS amount FROM posted GROUP BY account)
UPDATE account SET balance = balance + moved.amount FROM moved WHERE id = moved.account;
COMMIT;
"""
_SINGLE: Final = """\\set debit random(0, {last})
\\set credit (:debit + 1) % {accounts}
BEGIN;
WITH made AS (INSERT INTO payment VALUES (gen_random_uuid(), :debit, :credit, 7) RETURNING *)
INSERT INTO posting SELECT uetr, debit, -amount FROM made UNION ALL SELECT uetr, credit, amount FROM made;
UPDATE account SET balance = balance - 7 WHERE id = :debit;
UPDATE account SET balance = balance + 7 WHERE id = :credit;
COMMIT;
"""


def payments_per_second(folder: Path, runs: int, per_batch: int) -> tuple[int, int]:
    """Return the medians of payments a second, in batches and one a transaction; raises Missing."""
    chance = np.random.default_rng(_SEED)
    with cluster(folder) as server:
        server.ask("psql", "-q", "-c", _TABLES.format(last=_ACCOUNTS - 1))
        single, batches = folder / "single.sql", folder / "batches.sql"
        single.write_text(_SINGLE.format(accounts=_ACCOUNTS, last=_ACCOUNTS - 1))
        in_batches, one_by_one = [], []
        for _ in range(runs):
            texts = (_BATCH.format(rows=_rows(chance, per_batch)) for _ in range(_BATCHES))
            batches.write_text("".join((_STAGED, *texts)))
            start = time.perf_counter()
            server.ask("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(batches))
            in_batches.append(_BATCHES * per_batch / (time.perf_counter() - start))
            one_by_one.append(_transactions(server, single))
    return round(statistics.median(in_batches)), round(statistics.median(one_by_one))


def _rows(chance: np.random.Generator, count: int) -> str:
    """Return so many payments as COPY reads them."""
    uetrs = (uuid.UUID(bytes=chance.bytes(16), version=4) for _ in range(count))
    debtors = chance.integers(0, _ACCOUNTS, count)
    creditors = (debtors + chance.integers(1, _ACCOUNTS, count)) % _ACCOUNTS
    amounts = chance.integers(1, _MOST, count)
    rows = zip(uetrs, debtors.tolist(), creditors.tolist(), amounts.tolist(), strict=True)
    return "\n".join("\t".join(map(str, row)) for row in rows)


def _transactions(server: Cluster, script: Path) -> float:
    """Return how many transactions one client completes in a second."""
    told = server.ask("pgbench", "-n", "-M", "prepared", "-c", "1", "-T", str(_SECONDS), "-f", str(script))
    found = re.search(r"tps = ([0-9.]+)", told)
    if found is None:
        raise Missing(f"pgbench says no transactions a second: {told[-200:]}")
    return float(found[1])
