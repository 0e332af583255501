"""Events become rows in one place, and every row says what the rules know."""

import sqlite3
from contextlib import closing

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core.state import PaymentStatus
from mufakat.model import event as e
from mufakat.model.charter import Charter
from mufakat.model.money import MAX_AMOUNT
from mufakat.projections import store
from mufakat.projections.fold import FOLDS, Entry
from mufakat.projections.store import Views
from tests.journal import histories
from tests.projections.conftest import folded, published
from tests.projections.test_certificate import assert_the_certificates_are_what_they_are
from tests.projections.test_compliance import assert_cases_and_allowances_are_what_they_are
from tests.projections.test_default import assert_the_defaults_are_what_they_are
from tests.projections.test_exchanges import assert_quotes_and_exchanges_are_what_they_are
from tests.projections.test_fixings import assert_the_fixings_are_what_they_are
from tests.projections.test_goods import assert_the_flags_are_what_goods_rules_said
from tests.projections.test_listings import assert_the_lists_are_what_is_in_force
from tests.projections.test_queue import assert_the_queues_are_what_they_are
from tests.projections.test_rules import assert_the_rules_are_what_they_are
from tests.projections.test_setoff import assert_what_was_set_off_is_what_it_is
from tests.projections.test_swing import assert_the_lines_are_what_they_are
from tests.projections.test_trade import assert_the_trade_records_are_what_they_are
from tests.strategies import governed_once, large, play, steps, world
from tests.union import NOON_US

TABLES = (
    *("charter", "day", "participant", "firm", "account", "entry", "account_name", "payment_row", "step_row"),
    *("booking", "obligation"),
    *("discharge", "cycle"),
    *("proposal", "ballot", "law", "standing"),
    *("payment_terms", "part", "payment_limit", "bypass", "resolution"),
    *("rate_submitted", "fixing", "outlier", "swing_terms", "swing_interest", "swing_settlement"),
    *("swing_position", "swing_charge"),
    *("certified", "certificate", "cycle_item", "cycle_signature"),
    *("quote", "exchange", "fill"),
    *("party_default", "called", "loss", "coverage"),
    *("cleared", "candidate", "terms", "across"),
    *("trade_record", "trade_line", "trade_proof"),
    *("listing", "listing_version", "listed", "screening"),
    *("compliance_case", "case_debt", "case_decision", "allowance"),
)


def rows(sql, table, columns="*", order="rowid"):
    return sql.execute(f"SELECT {columns} FROM {table} ORDER BY {order}").fetchall()


def all_rows(sql):
    return {table: rows(sql, table) for table in TABLES}


def assert_the_rows_are_what_the_rules_know(sql, union):
    state = union.state
    accounts = [
        (a.id, a.id.split("/")[0], a.owner, a.currency, a.balance, a.limit, a.reserved, a.closed)
        for a in state.accounts.records()
    ]
    assert rows(sql, "account", order="id") == sorted(accounts)
    assert rows(sql, "participant", order="bic") == sorted(
        (p.bic, p.lei, p.sponsor) for p in state.participants.records()
    )
    assert rows(sql, "firm", order="lei") == sorted((f.lei, f.agent) for f in state.firms.records())
    _assert_payments(sql, union)
    assert_the_queues_are_what_they_are(sql, union)
    _assert_obligations(sql, state)
    _assert_movements(sql, state)
    assert_the_rules_are_what_they_are(sql, union)
    assert_the_fixings_are_what_they_are(sql, union)
    assert_the_lines_are_what_they_are(sql, union)
    assert_the_certificates_are_what_they_are(sql, union)
    assert_quotes_and_exchanges_are_what_they_are(sql, state)
    assert_the_defaults_are_what_they_are(sql, union)
    assert_what_was_set_off_is_what_it_is(sql, union)
    assert_the_trade_records_are_what_they_are(sql, union)
    assert_the_lists_are_what_is_in_force(sql, union)
    assert_the_flags_are_what_goods_rules_said(sql, union)
    assert_cases_and_allowances_are_what_they_are(sql, union)
    ((packed,),) = rows(sql, "charter")
    assert msgspec.msgpack.decode(packed, type=Charter) == state.charter
    date, phase = rows(sql, "day", "date, phase")[-1]
    assert (date, phase) == (state.day.date.isoformat(), state.day.phase.name)
    assert sql.execute("SELECT coalesce(max(number), 0) FROM cycle").fetchone() == (state.cycle,)


def _assert_payments(sql, union):
    columns = (
        "uetr, debtor_agent, creditor_agent, currency, amount, value_date, channel, details, status, reason"
    )
    assert rows(sql, "payment", columns, "arrival") == [
        (
            *(p.order.uetr, p.order.debtor_agent, p.order.creditor_agent, p.order.currency, p.order.amount),
            *(p.order.value_date.isoformat(), p.order.channel.name, p.order.details),
            *(p.status.name.lower(), p.reason),
        )
        for p in union.payments.values()
    ]
    steps_of: dict[str, list[str]] = {}
    for uetr, status in rows(sql, "step", "uetr, status", "number"):
        steps_of.setdefault(uetr, []).append(status)
    assert {uetr: all_of_it[-1] for uetr, all_of_it in steps_of.items()} == {
        key: "part settled" if p.paid and p.status is PaymentStatus.QUEUED else p.status.name.lower()
        for key, p in union.payments.items()
    }


def _assert_obligations(sql, state):
    columns = (
        "id, debtor, creditor, debtor_agent, creditor_agent, currency, amount, open, due, status, document"
    )
    assert rows(sql, "obligation", columns, "id") == sorted(
        (
            *(o.item.id, o.item.debtor, o.item.creditor, o.debtor_agent, o.creditor_agent),
            *(o.item.currency, o.item.amount, o.open, o.item.due.isoformat()),
            *(o.status.name.lower().replace("_", " "), o.item.document),
        )
        for o in state.obligations.records()
    )
    for amount, left, set_off, status in rows(sql, "obligation", "amount, open, set_off, status"):
        if status == "settled":
            assert left == 0 <= set_off < amount
        else:
            assert left + set_off == amount
    gone = dict.fromkeys((o.item.id for o in state.obligations.records()), 0)
    for name, amount in rows(sql, "discharge", "obligation, amount"):
        gone[name] += amount
    assert gone == {o.item.id: o.item.amount - o.open for o in state.obligations.records()}
    for registered, accepted, status in rows(sql, "obligation", "registered, accepted, status"):
        assert (accepted is None) == (status in {"registered", "disputed"})
        assert accepted is None or registered <= accepted <= state.day.date.isoformat()


def _assert_movements(sql, state):
    sums = dict.fromkeys((account.id for account in state.accounts.records()), 0)
    for account, amount, balance in rows(sql, "movement", "account, amount, balance", "number"):
        sums[account] += amount
        assert balance == sums[account], "a movement carries the balance after it"
    assert sums == {account.id: account.balance for account in state.accounts.records()}


@settings(max_examples=80, deadline=None, derandomize=True)
@given(steps())
def test_after_any_history_every_row_is_what_the_rules_know(said):
    union = world()
    play(union, said)
    with closing(folded(union)) as views:
        assert_the_rows_are_what_the_rules_know(views.sql, union)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps(amounts=large))
def test_after_any_history_of_the_largest_amounts_too(said):
    union = world(max_payment=MAX_AMOUNT)
    play(union, said)
    with closing(folded(union)) as views:
        assert_the_rows_are_what_the_rules_know(views.sql, union)


def test_when_everything_has_happened_every_row_is_what_the_rules_know(busy, sql):
    assert_the_rows_are_what_the_rules_know(sql, busy)
    assert all(rows(sql, table) for table in TABLES)


def test_the_charter_is_the_one_in_force(tmp_path):
    union = world()
    play(union, list(governed_once()))
    assert union.state.charter != union.genesis.charter
    folded(union, tmp_path / "views.db").close()
    with closing(Views.open_to_read(tmp_path / "views.db")) as views:
        assert views.charter == union.state.charter


SEEN = [kind for kind, fold in FOLDS.items() if fold is not FOLDS[e.SequenceAdvanced]]


@pytest.mark.parametrize("kind", SEEN, ids=lambda kind: kind.__name__)
def test_an_event_that_left_no_trace_in_the_views_would_be_noticed(busy, monkeypatch, kind):
    monkeypatch.setitem(FOLDS, kind, FOLDS[e.SequenceAdvanced])

    def compared():
        with closing(folded(busy)) as views:
            assert_the_rows_are_what_the_rules_know(views.sql, busy)

    with pytest.raises((AssertionError, LookupError)):
        compared()


def test_every_kind_of_event_has_a_fold_and_the_busy_union_saw_it(busy):
    assert set(FOLDS) == set(e.AnyEvent.__args__)
    assert {type(event) for event in busy.events} | {e.UnionFounded} == set(FOLDS)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps(), st.integers(1, 30))
def test_any_group_size_gives_the_same_rows(said, size):
    union = world()
    play(union, said)
    with closing(folded(union)) as at_once, closing(folded(union, size=size)) as in_groups:
        assert all_rows(in_groups.sql) == all_rows(at_once.sql)
        assert in_groups.entries == at_once.entries == len(union.log) + 1


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 130))
def test_views_that_are_closed_at_any_entry_go_on_as_if_they_never_were(tmp_path_factory, busy, stop):
    path, entries = tmp_path_factory.mktemp("views") / "views.db", list(published(busy))
    with closing(Views.open(path)) as views:
        views.fold(entries[:stop], stop)
    with closing(Views.open(path)) as again, closing(folded(busy)) as whole:
        assert again.entries == stop
        again.fold(entries[stop:], len(entries))
        assert all_rows(again.sql) == all_rows(whole.sql)


def test_a_nodes_views_are_those_of_its_journal(tmp_path):
    union = histories.day()
    histories.write(tmp_path / "home", union, size=5)
    with closing(Views.open(tmp_path / "home" / "views.db")) as live, closing(folded(union)) as rebuilt:
        assert all_rows(live.sql) == all_rows(rebuilt.sql)
        assert_the_rows_are_what_the_rules_know(live.sql, union)


def test_a_group_that_cannot_be_folded_leaves_the_rows_of_the_last_whole_one(tmp_path, busy):
    path, entries = tmp_path / "views.db", list(published(busy))
    with closing(Views.open(path)) as views:
        views.fold(entries[:100], 100)
        before = all_rows(views.sql)
        with pytest.raises(KeyError):
            views.fold([*entries[100:], (Entry(999, NOON_US, bytes(32)), (object(),))], len(entries) + 1)
    with closing(Views.open(path)) as again:
        assert all_rows(again.sql) == before
        assert again.entries == 100


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"not a database" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:700]),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
    ],
    ids=["noise", "cut off", "empty", "missing"],
)
def test_views_that_cannot_be_read_start_anew(tmp_path, busy, spoil):
    path = tmp_path / "views.db"
    folded(busy, path).close()
    spoil(path)
    with closing(Views.open(path)) as views:
        assert views.entries == 0
        assert not any(all_rows(views.sql).values())


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE progress SET version = {store.VERSION + 1}",
        "DELETE FROM progress",
        "DROP TABLE progress",
        "DROP TABLE account",
    ],
)
def test_views_of_another_program_start_anew(tmp_path, busy, change):
    path = tmp_path / "views.db"
    folded(busy, path).close()
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute(change)
    with closing(Views.open(path)) as views:
        assert views.entries == 0
        views.fold(published(busy), len(busy.log) + 1)
        assert_the_rows_are_what_the_rules_know(views.sql, busy)


def left_open(busy, path, monkeypatch, boot):
    """Views that hold something and were not closed, as a kill leaves them, seen from a boot."""
    folded(busy, path).sql.close()
    monkeypatch.setattr(store, "_boot", lambda: boot)
    return Views.open(path)


def test_views_that_a_killed_process_left_are_kept(busy, tmp_path, monkeypatch):
    same = store._boot()
    with closing(left_open(busy, tmp_path / "views.db", monkeypatch, same)) as views:
        assert views.entries > 1


def test_views_that_were_being_written_when_the_power_went_are_made_anew(busy, tmp_path, monkeypatch):
    with closing(left_open(busy, tmp_path / "views.db", monkeypatch, "another boot")) as views:
        assert views.entries == 0


def test_views_that_were_closed_are_kept_over_a_boot(busy, tmp_path, monkeypatch):
    views = folded(busy, tmp_path / "views.db")
    entries = views.entries
    views.close()
    monkeypatch.setattr(store, "_boot", lambda: "another boot")
    with closing(Views.open(tmp_path / "views.db")) as again:
        assert again.entries == entries


def test_where_a_boot_has_no_name_every_batch_waits_for_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_boot", lambda: "")
    with closing(Views.open(tmp_path / "views.db")) as views:
        assert views.sql.execute("PRAGMA synchronous").fetchone() == (2,)
