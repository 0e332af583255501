"""The peer of the ledger on a real PostgreSQL server."""

from mufakat.cli import postgres
from mufakat.cli.postgres_cluster import Cluster


def test_every_payment_is_a_row_with_two_postings_and_no_money_is_made(reachable, monkeypatch):
    monkeypatch.setattr(postgres, "_SECONDS", 1)
    monkeypatch.setattr(postgres, "_BATCHES", 2)
    told, stop = {}, Cluster.stop

    def asked(server):
        query = (
            "SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM posting),"
            " (SELECT sum(amount) FROM posting), (SELECT sum(balance) FROM account)"
        )
        told["sums"] = server.ask("psql", "-At", "-c", query).strip().split("|")
        stop(server)

    monkeypatch.setattr(Cluster, "stop", asked)
    batch, single = postgres.payments_per_second(reachable, 1, 50)
    payments, postings, moved, balances = map(int, told["sums"])
    assert payments > 100 and postings == 2 * payments and moved == 0
    assert balances == postgres._ACCOUNTS * 10**14
    assert batch > 0 < single
