"""Whom lists bind, who stands on them by number, and who has screened against them."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mufakat.core import binding
from mufakat.model.listing import firm_number, ship_number
from mufakat.model.verdict import Rescreen, Screened
from tests.core.test_listing import bring
from tests.strategies import POOL, world
from tests.union import A1, A2, B1, lei

SOMEBODY, A_BANK, A_FIRM, A_SHIP, *_ = POOL


def test_the_unions_list_binds_all_and_a_members_own_its_own_banks():
    union = world()
    assert binding.lists_of(union.state, A1) == b""
    bring(union, "QM", SOMEBODY)
    everybody = binding.lists_of(union.state, B1)
    assert binding.lists_of(union.state, A1) == everybody == binding.lists_of(union.state, "QN")
    bring(union, "QM", A_SHIP, name="QM/own")
    assert binding.lists_of(union.state, B1) == everybody
    own = binding.lists_of(union.state, A1)
    versions = [(each.name, each.version) for each in union.state.listings.records()]
    assert own == binding.lists_digest(sorted(versions)) != everybody
    assert [each.name for each in binding.binding(union.state, "QM")] == ["QM/own", "un"]


@given(st.dictionaries(st.text("ab/", max_size=4), st.binary(min_size=32, max_size=32), max_size=3))
def test_the_digest_is_over_all_names_and_versions(lists):
    said = "".join(f"{name} {version.hex()}\n" for name, version in sorted(lists.items()))
    expected = hashlib.sha256(said.encode()).digest() if lists else b""
    assert binding.lists_digest(sorted(lists.items())) == expected


def test_a_number_names_who_is_listed_for_those_whom_the_list_binds():
    union = world()
    bring(union, "QN", A_FIRM, A_SHIP, name="QN/own")
    ship = ship_number("9319466")
    assert binding.listed_as(union.state, ship, A1) is None
    assert binding.listed_as(union.state, ship, A1, B1).startswith("QN/own/E3/")
    assert binding.listed_as(union.state, firm_number(lei(5)), B1).startswith("QN/own/E2/")
    assert binding.listed_firm(union.state, (lei(0), lei(5)), (A1, A2)) is None
    bring(union, "QN", name="QN/own", gone=(A_SHIP,))
    bring(union, "QM", name="QN/own", gone=(A_SHIP,))
    assert binding.listed_as(union.state, ship, B1) is None


def test_one_member_alone_does_not_stop_another_ones_bank():
    union = world()
    bring(union, "QN", A_BANK)
    assert binding.listed_bank(union.state, A2) is None
    bring(union, "QN", A_BANK)
    assert binding.listed_bank(union.state, A2) is None
    bring(union, "QO", A_BANK)
    assert binding.listed_bank(union.state, A2).startswith("un/E1/")
    assert binding.listed_bank(union.state, A1) is None
    assert binding.listed_bank(union.state, "QM") is None


def test_what_is_open_stands_screened_until_a_list_changes():
    union = world()
    assert binding.is_screened(union.state, A1)
    assert binding.may_pay(union.state, A1, B1)
    bring(union, "QM", SOMEBODY)
    assert not binding.is_screened(union.state, A1)
    assert not binding.may_pay(union.state, A1, B1)
    union.must(A1, Rescreen(Screened()))
    assert binding.may_pay(union.state, A1, B1)
    bring(union, "QN", A_SHIP, name="QN/own")
    assert binding.may_pay(union.state, A1, B1)
    bring(union, "QN", A_SHIP)
    assert not binding.may_pay(union.state, A1, B1)
