import re

from mufakat.model import calendar, identifier
from mufakat.simulation.region import DEMO_DATE, DEMO_HOLIDAY, make_region

USER_ASSIGNED = re.compile(r"Q[M-Z]|X[A-Z]")


def test_the_same_seed_makes_the_same_region_and_another_seed_another():
    assert make_region(5) == make_region(5)
    assert make_region(5) != make_region(6)


def test_no_member_uses_a_real_country_code(region):
    assert [issuer.id for issuer in region.members] == ["QM", "QN", "QO", "QP", "QR"]
    assert all(USER_ASSIGNED.fullmatch(issuer.id) for issuer in region.members)
    assert all(bank.bic[4:6] == bank.member for bank in region.banks)


def test_currencies_have_their_iso_4217_decimals(region):
    decimals = {issuer.currency: issuer.decimals for issuer in region.members}

    assert decimals == {"IDR": 2, "MYR": 2, "THB": 2, "PHP": 2, "VND": 0}


def test_there_are_25_banks_and_400_firms_with_valid_identifiers(region):
    leis = [each.lei for each in (*region.members, *region.banks, *region.firms)]
    bics = [each.bic for each in (*region.members, *region.banks)]

    assert (len(region.banks), len(region.firms)) == (25, 400)
    assert all(identifier.lei(lei) == lei for lei in leis)
    assert all(identifier.bic(bic) == bic for bic in bics)
    assert len(set(leis)) == len(leis)
    assert len(set(bics)) == len(bics)


def test_each_bank_settles_at_home_and_in_two_to_four_currencies_abroad(region):
    for bank in region.banks:
        currencies = [account.currency for account in bank.accounts]
        assert currencies[0] == region.member(bank.member).currency
        assert 3 <= len(set(currencies)) == len(currencies) <= 5
        assert all(account.opening > account.reserve >= 0 for account in bank.accounts)


def test_the_closed_account_is_none_of_the_open_ones(region):
    bank, currency = region.closed

    assert not region.bank(bank).holds(currency)


def test_all_members_work_on_the_day_and_one_does_not_on_the_next(region):
    assert all(calendar.works(DEMO_DATE, issuer.holidays) for issuer in region.members)
    assert [issuer.id for issuer in region.members if not calendar.works(DEMO_HOLIDAY, issuer.holidays)] == [
        "QP"
    ]


def test_each_member_has_a_swing_line_to_each_other(region):
    pairs = {(line.creditor, line.debtor) for line in region.swing_lines}

    assert len(pairs) == len(region.swing_lines) == 20
    assert all(line.limit > 0 and line.creditor != line.debtor for line in region.swing_lines)
