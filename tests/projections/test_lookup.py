"""What people call things leads to the numbers they have in the views, however the index is sliced."""

import hashlib
from contextlib import closing

import pytest

from mufakat.projections import lookup
from mufakat.projections.store import Views
from tests.projections.conftest import IN_MEMORY


@pytest.mark.parametrize("size", [1, 3, 100, lookup.SLICE])
def test_each_payment_is_found_by_its_uetr_in_slices_of_any_size(sql, busy, monkeypatch, size):
    monkeypatch.setattr(lookup, "SLICE", size)
    found = [lookup.number_of(sql, uetr) for uetr in busy.payments]
    assert found == [*range(len(busy.payments))]
    for unknown in ("", "not a UETR", "00000000-0000-4000-8000-000000000000"):
        assert lookup.number_of(sql, unknown) is None


@pytest.mark.parametrize("size", [1, 7, lookup.SLICE])
def test_each_command_is_found_by_its_digest_at_its_first_entry(sql, busy, monkeypatch, size):
    monkeypatch.setattr(lookup, "SLICE", size)
    first: dict[bytes, int] = {}
    for number, (data, _) in enumerate(busy.log, start=1):
        first.setdefault(data, number)
    assert len(first) < len(busy.log), "some command was said twice"
    for data, number in first.items():
        assert lookup.entry_of(sql, hashlib.sha256(data).digest()) == number
    assert lookup.entry_of(sql, bytes(32)) is None


@pytest.mark.parametrize(("table", "column"), [("payment_row", "uetr"), ("entry", "digest")])
def test_looking_up_goes_by_an_index(sql, table, column):
    query = f"SELECT number FROM {table} WHERE number / {lookup.SLICE} = 0 AND {column} = x'00'"
    (plan,) = [row[-1] for row in sql.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert plan.startswith(f"SEARCH {table} USING")
    assert "INDEX" in plan


@pytest.mark.parametrize("column", ["at_us", "date", "payments", "movements"])
def test_entries_are_counted_up_to_any_value_of_what_rises_with_them(sql, column):
    values = [value for (value,) in sql.execute(f"SELECT {column} FROM entry ORDER BY number")]
    assert values == sorted(values)
    assert lookup.entries(sql) == len(values)
    beyond = ("", "9999-12-31") if column == "date" else (-1, 1 << 60)
    for value in {*values, *beyond}:
        assert lookup.entries_until(sql, column, value) == sum(each <= value for each in values)
        assert lookup.entries_before(sql, column, value) == sum(each < value for each in values)


def test_an_account_has_one_number_and_an_entry_its_counts(sql):
    names = sql.execute("SELECT number, id FROM account_name").fetchall()
    assert [(lookup.account_number(sql, name), name) for _, name in names] == names
    assert lookup.account_number(sql, "settlement/NOBODY/IDR") is None
    last = lookup.booked_until(sql, lookup.entries(sql))
    assert last == tuple(
        sql.execute("SELECT (SELECT count(*) FROM payment), (SELECT count(*) FROM movement)").fetchone()
    )
    assert lookup.booked_until(sql, 0) == (0, 0)


def test_in_empty_views_nothing_is_found():
    with closing(Views.open(IN_MEMORY)) as views:
        assert lookup.entries(views.sql) == lookup.entries_until(views.sql, "at_us", 1) == 0
        assert lookup.number_of(views.sql, "00000000-0000-4000-8000-000000000000") is None
        assert lookup.entry_of(views.sql, bytes(32)) is None
