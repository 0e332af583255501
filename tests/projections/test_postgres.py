"""Views in a real PostgreSQL are those in SQLite, row by row and answer by answer; a break leaves them whole."""

from contextlib import closing

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mufakat.model.money import MAX_AMOUNT
from mufakat.projections import balance, lookup, search, statement, timeline, trade
from mufakat.projections import postgres as own
from mufakat.projections.dialect import DatabaseFailed
from mufakat.projections.search import Wanted
from mufakat.projections.store import VERSION
from tests.projections.conftest import folded, published
from tests.projections.test_trade import SOUGHT
from tests.strategies import large, play, steps, world

TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"


def both(union, database, size=10_000):
    """The views of a union in SQLite and, begun anew, in PostgreSQL, folded in groups of `size` entries."""
    views, entries = own.open_views(database, anew=True), list(published(union))
    for at in range(0, len(entries), size):
        group = entries[at : at + size]
        views.fold(group, at + len(group))
    return closing(folded(union)), closing(views)


def assert_the_rows_are_the_same(sqlite, postgres):
    for (table,) in sqlite.sql.execute(TABLES).fetchall():
        query = f"SELECT * FROM {table}" if table != "progress" else "SELECT entries, version FROM progress"
        here, there = (sorted(each.sql.execute(query).fetchall(), key=repr) for each in (sqlite, postgres))
        assert here == there, table


WANTED = (
    Wanted(),
    Wanted(currency="IDR", least=6, most=1_000),
    Wanted(currency="XXX"),
    Wanted(debtor_agent="BK01QMA1XXX", creditor_agent="BK02QMA1XXX", status="settled"),
    Wanted(creditor_agent="BK01QMA1XXX", channel="MPNS"),
    Wanted(debtor_agent="NOBKQMA1XXX"),
    Wanted(status="rejected", reason=1, value_date="2026-11-24"),
    Wanted(cycle=1),
)


def searched(sql, wanted):
    """All pages of a search, a few payments each."""
    after = None
    while True:
        page = search.search(sql, wanted, 5, after=after)
        yield page
        if (after := page.after) is None:
            return


def answers(sql):
    """All that the readers say of payments, statements and positions."""
    uetrs = [row[0] for row in sql.execute("SELECT uetr FROM payment ORDER BY arrival")]
    days = dict.fromkeys(date for date, _, _ in timeline.phases(sql))
    accounts = statement.accounts(sql)
    return (
        balance.positions(sql),
        balance.owners(sql),
        [statement.statement(sql, account) for account in accounts],
        [timeline.payment(sql, uetr) for uetr in uetrs],
        [timeline.steps(sql, uetr) for uetr in uetrs],
        [timeline.payments(sql, status) for status in ("queued", "settled", "rejected")],
        [
            part(sql, date)
            for date in days
            for part in (timeline.settled, timeline.waiting, timeline.sent_back)
        ],
        [
            list(searched(sql, wanted))
            for wanted in (*WANTED, *(Wanted(first=date, last=date) for date in days))
        ],
        [statement.period(sql, account, date, date, limit=3) for account in accounts for date in days],
        [balance.held_after(sql, count, currency="IDR") for count in range(0, lookup.entries(sql) + 1, 20)],
        timeline.queue_over_time(sql),
        timeline.obligations(sql),
        timeline.obligations(sql, status="set off"),
        timeline.cycles(sql),
        timeline.phases(sql),
        [trade.records(sql, sought) for sought in SOUGHT],
    )


def test_when_everything_has_happened_rows_and_answers_are_the_same(busy, database):
    sqlite, postgres = both(busy, database, size=7)
    with sqlite as here, postgres as there:
        assert_the_rows_are_the_same(here, there)
        assert answers(here.sql) == answers(there.sql)
        assert there.entries == len(busy.log) + 1
        assert there.charter == busy.state.charter


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps(amounts=large), st.integers(1, 30))
def test_after_any_history_of_the_largest_amounts_rows_and_answers_are_the_same(database, said, size):
    union = world(max_payment=MAX_AMOUNT)
    play(union, said)
    sqlite, postgres = both(union, database, size)
    with sqlite as here, postgres as there:
        assert_the_rows_are_the_same(here, there)
        assert answers(here.sql) == answers(there.sql)


def test_a_row_that_is_lost_would_be_noticed(busy, database):
    sqlite, postgres = both(busy, database)
    with sqlite as here, postgres as there:
        there.sql.execute("DELETE FROM loss WHERE number = 1")
        with pytest.raises(AssertionError, match="loss"):
            assert_the_rows_are_the_same(here, there)


def test_a_group_that_cannot_be_folded_leaves_the_rows_of_the_last_whole_one(busy, database):
    entries = list(published(busy))
    with closing(own.open_views(database)) as views:
        views.fold(entries[:100], 100)
        with pytest.raises(KeyError):
            views.fold([*entries[100:200], (entries[200][0], (object(),))], 201)
    with closing(own.open_views(database)) as again:
        assert again.entries == 100
        again.fold(entries[100:], len(entries))
        with closing(folded(busy)) as here:
            assert answers(here.sql) == answers(again.sql)


def test_views_are_read_while_another_connection_writes_them(busy, database):
    entries = list(published(busy))
    with closing(own.open_views(database)) as writer:
        writer.fold(entries, len(entries))
        with closing(own.open_to_read(database)) as reader:
            assert answers(reader.sql) == answers(writer.sql)


def test_one_process_at_a_time_writes_the_views_of_a_database(database):
    with closing(own.open_views(database)), pytest.raises(DatabaseFailed, match="another process is writing"):
        own.open_views(database)
    own.open_views(database).close()


def test_views_of_another_version_are_left_until_they_are_asked_for_anew(database):
    with closing(own.open_views(database)) as views:
        views.sql.execute("UPDATE progress SET version = version - 1")
    for each in (own.open_views, own.open_to_read):
        with pytest.raises(
            DatabaseFailed, match=f"of version {VERSION - 1}, this program's of {VERSION}; .*anew"
        ):
            each(database)
    own.open_views(database, anew=True).close()
    own.open_to_read(database).close()


def test_where_there_are_no_views_to_read_it_is_said(database):
    with pytest.raises(DatabaseFailed, match="progress"):
        own.open_to_read(database)


@pytest.fixture
def clerk(database):
    """The database as a user sees it who may connect and nothing else."""
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS clerk")
        admin.execute("CREATE ROLE clerk LOGIN")
        yield admin, database.replace("user=postgres", "user=clerk")
        admin.execute("DROP OWNED BY clerk")
        admin.execute("DROP ROLE clerk")


def test_who_may_not_make_a_schema_is_told_what_is_needed(clerk):
    admin, database = clerk
    with pytest.raises(DatabaseFailed, match=r"permission denied for database .* needs CREATE on"):
        own.open_views(database)
    admin.execute(f"CREATE SCHEMA {own.NAME} AUTHORIZATION clerk")
    own.open_views(database).close()


def test_a_connection_lost_midway_leaves_whole_entries_and_it_goes_on(busy, database):
    entries = list(published(busy))
    with closing(own.open_views(database)) as views:
        views.fold(entries[:50], 50)
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'mufakat' AND datname = current_database()"
            )
        with pytest.raises(DatabaseFailed, match=r"kept; run it again when the server is there"):
            views.fold(entries[50:], len(entries))
    with closing(own.open_views(database)) as again:
        assert again.entries == 50
        again.fold(entries[50:], len(entries))
        with closing(folded(busy)) as here:
            assert_the_rows_are_the_same(here, again)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.errors.DiskFull("could not extend file"), "could not extend file; make room on the server"),
        (psycopg.errors.ReadOnlySqlTransaction("cannot execute"), "name the primary server"),
        (
            psycopg.errors.NumericValueOutOfRange("out of range\nLINE 1"),
            "NumericValueOutOfRange: out of range",
        ),
    ],
)
def test_what_the_server_says_is_one_line_that_says_what_to_do(database, error, said):
    def fail(query):
        raise error

    with closing(own.connect(database)) as connected:
        connected._connection.execute = fail
        with pytest.raises(DatabaseFailed) as failed, connected:
            pass
    assert said in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_statement_at_whose_answer_nobody_looked_fails_its_transaction(database):
    with closing(own.open_views(database)) as views:

        def fill(firm, table):
            with views.sql as sql:
                sql.execute("INSERT INTO firm VALUES (?, ?)", (firm, "BIC"))
                sql.execute(f"INSERT INTO {table} VALUES (?)", (1,))

        with pytest.raises(DatabaseFailed, match="nowhere"):
            fill("LEI", "nowhere")
        with views.sql as sql:
            assert sql.execute("SELECT * FROM firm").fetchall() == []
            sql.executemany("INSERT INTO firm (lei, agent) VALUES (?, ?)", [("LEI1", "BIC"), ("LEI2", "BIC")])
            rows = sql.execute("SELECT * FROM firm ORDER BY lei")
            sql.execute("DELETE FROM firm WHERE lei = ?", ("LEI1",))
            assert list(rows) == [("LEI1", "BIC"), ("LEI2", "BIC")]
            assert [column[0] for column in rows.description] == ["lei", "agent"]
        assert views.sql.execute("SELECT lei FROM firm").fetchone() == ("LEI2",)


def test_an_older_server_is_refused(database, monkeypatch):
    monkeypatch.setattr(own, "OLDEST_SERVER", 990_000)
    with pytest.raises(DatabaseFailed, match="is too old"):
        own.connect(database)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("postgresql://me:geheim@127.0.0.1:1/x", "PostgreSQL cannot be reached: .*refused"),
        ("host=/nowhere password=geheim", "PostgreSQL cannot be reached: .*No such file"),
        ("geheim", "that is no connection string"),
        ("postgresql://me:@geheim@host/x", "that is no connection string"),
        ("postgresql://me:geheim@host:ge:heim/x", "that is no connection string"),
        (
            "service=nobody_wrote_it password=geheim",
            'PostgreSQL cannot be reached: .*"nobody_wrote_it" not found',
        ),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_in_one_line_without_the_password(target, said):
    with pytest.raises(DatabaseFailed, match=said) as failed:
        own.connect(target)
    assert "geheim" not in str(failed.value) and "\n" not in str(failed.value)


def test_parameters_are_numbered_and_literals_left_alone():
    assert own.translated("SELECT '?', ?, ? WHERE a = '?1' AND b = ?") == (
        "SELECT '?', $1, $2 WHERE a = '?1' AND b = $3"
    )
    assert own.translated("SELECT ?2, ?1, ?2") == "SELECT $2, $1, $2"
