"""The peer of the ledger on a real PostgreSQL server, where this machine has one."""

import pytest

from mufakat.cli import postgres
from mufakat.cli.peers import Missing


@pytest.fixture
def programs():
    try:
        return postgres._programs()
    except Missing as missing:
        pytest.skip(str(missing))


def test_every_payment_is_a_row_with_two_postings_and_no_money_is_made(programs, reachable, monkeypatch):
    monkeypatch.setattr(postgres, "_SECONDS", 1)
    monkeypatch.setattr(postgres, "_BATCHES", 2)
    told = {}

    class Asked(postgres._Ask):
        def __call__(self, program, *words):
            if program == "pg_ctl" and words[-1] == "stop":
                query = (
                    "SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM posting),"
                    " (SELECT sum(amount) FROM posting), (SELECT sum(balance) FROM account)"
                )
                told["sums"] = super().__call__("psql", "-At", "-c", query).strip().split("|")
            return super().__call__(program, *words)

    monkeypatch.setattr(postgres, "_Ask", Asked)
    batch, single = postgres.payments_per_second(reachable, 1, 50)
    payments, postings, moved, balances = map(int, told["sums"])
    assert payments > 100 and postings == 2 * payments and moved == 0
    assert balances == postgres._ACCOUNTS * 10**14
    assert batch > 0 < single


def test_what_the_server_refuses_is_told_and_the_server_stopped(programs, reachable):
    with pytest.raises(Missing, match=r"psql failed: .*nowhere"), postgres._cluster(reachable) as ask:
        ask("psql", "-c", "SELECT * FROM nowhere")
    assert not (reachable / "postgres" / "data" / "postmaster.pid").exists()


def test_without_its_programs_it_is_said_how_to_get_them(monkeypatch):
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    monkeypatch.setattr(postgres.Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(Missing, match="apt-get install postgresql"):
        postgres._programs()
