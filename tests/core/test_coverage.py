"""Coverage of the one and of the two defaults that would cost the most, compared with trying every pair."""

import functools
import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import coverage
from mufakat.core.accounts import collateral_account, settlement_account
from mufakat.core.commitment import Table
from mufakat.core.fixing import value_of
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.charter import DefaultProcedure, Role
from mufakat.model.default import Coverage, PledgeCollateral
from mufakat.node.rehearsal import costliest
from tests.core.defaulting import declare, pay, pledge, with_pledges
from tests.core.test_fixing import agreed
from tests.union import A1, B1, B2, BANKS, BASKET, C1, C2, MEMBERS, grants, lei, newcomer, settled_world


def of(union, currency="IDR"):
    return [each for each in coverage.measure(union.state) if each.currency == currency]


def test_without_lines_there_is_nothing_to_cover():
    assert coverage.measure(settled_world(0).state) == ()
    assert coverage.short(settled_world(0).state, "IDR", {}, {}) == [0, 0]


def test_a_line_that_nobody_drew_on_is_an_exposure_under_stress_alone():
    union = settled_world(0)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.must("QM", c.SetSwingLine("QO", 300), ("QO", "approve"))
    pledge(union, "QM", 600)
    assert of(union) == [
        Coverage("IDR", True, ("QN",), 500, 600),
        Coverage("IDR", True, ("QN", "QO"), 800, 600),
    ]
    assert [each.short for each in of(union)] == [0, 200]


def test_a_banks_pledge_bears_its_own_advance_alone_and_a_members_all_of_its_banks():
    union = with_pledges(own=100, sponsor=200, issuer=0, other=0)
    pledge(union, B2, 250)
    drawn, again, *_ = of(union)
    assert drawn == again == Coverage("IDR", False, ("QN",), 600, 300)
    assert drawn.short == 300
    assert of(union)[2] == Coverage("IDR", True, ("QN",), 2_000, 550)


def test_survivors_count_up_to_their_caps_and_not_for_their_own_default():
    union = with_pledges(own=0, sponsor=0, issuer=100, other=300, default=DefaultProcedure(cap_bp=5_000))
    assert of(union)[0].resources == 200
    union.must("QM", c.SetSwingLine("QO", 50), ("QO", "approve"))
    assert of(union)[3] == Coverage("IDR", True, ("QN", "QO"), 2_050, 350)


BY_EXPOSURE = DefaultProcedure(by_exposure=1)


def test_by_exposure_who_has_nothing_coming_from_a_party_does_not_count():
    union = with_pledges(own=0, sponsor=0, issuer=100, other=300, default=BY_EXPOSURE)
    assert of(union)[0] == Coverage("IDR", False, ("QN",), 600, 100)
    union.owe(4, 8, 50)
    assert of(union)[0] == Coverage("IDR", False, ("QN",), 600, 400)


def test_by_exposure_a_waiting_payment_counts_as_much_as_a_debt():
    union = with_pledges(own=0, sponsor=0, issuer=100, other=300, default=BY_EXPOSURE)
    pay(union, B2, C2, 5)
    assert of(union)[0].resources == 400


def test_by_exposure_who_has_something_coming_from_one_of_two_bears_no_more_than_what_that_one_owes():
    union = settled_world(1_000)
    union.enact(newcomer())
    union.enact(p.SetRule("default.by_exposure", 1))
    bank = "BK01QPA1XXX"
    union.must("QP", c.RegisterParticipant(bank, lei(300), grants(bank, (Role.SUBMIT,))))
    union.must("QM", c.OpenAccount(bank, "IDR"))
    union.issue(bank, "IDR", 300)
    union.must(bank, c.EnrolFirms((lei(20),)))
    pledge(union, bank, 300, "QP")
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.must("QM", c.SetSwingLine("QO", 20), ("QO", "approve"))
    assert of(union)[1] == Coverage("IDR", True, ("QN", "QO"), 520, 0)
    union.owe(8, 20, 1)
    assert of(union)[1] == Coverage("IDR", True, ("QN", "QO"), 520, 20)
    union.owe(4, 20, 1)
    assert of(union)[1] == Coverage("IDR", True, ("QN", "QO"), 520, 300)


def test_after_a_default_what_is_left_is_still_to_cover_and_the_party_lends_and_bears_nothing_more():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=450)
    declare(union, "QN")
    assert of(union) == [
        Coverage("IDR", stressed, ("QN",), 150, 0) for stressed in (False, False, True, True)
    ]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from((*BANKS, "QM")), st.booleans(), st.integers(1, 90)), max_size=8),
    st.tuples(st.integers(0, 400), st.integers(0, 400)),
    st.tuples(st.integers(0, 300), st.integers(0, 300)),
    st.sampled_from((0, 2_500, 10_000)),
)
def test_the_worst_is_the_worst_of_all_ones_and_of_all_pairs(pledges, limits, draws, cap):
    union = settled_world(1_000, default=DefaultProcedure(cap_bp=cap))
    for debtor, limit in zip(("QN", "QO"), limits, strict=True):
        union.must("QM", c.SetSwingLine(debtor, limit), (debtor, "approve"))
    for author, for_member, amount in pledges:
        holder = BANKS.get(author, author) if for_member else author
        union.tell(author, PledgeCollateral(holder, "IDR", amount))
    for bank, draw in zip((B1, C1), draws, strict=True):
        pay(union, bank, A1, union.balance(bank) + draw)
    union.cycle()
    for stressed, count in itertools.product((False, True), (1, 2)):
        found = [each for each in of(union) if each.stressed is stressed]
        owing = {member: exposure(union.state, member, stressed) for member in MEMBERS}
        owing = {member: amount for member, amount in owing.items() if amount}
        if not owing:
            assert found == []
            continue
        sets = list(itertools.combinations(owing, min(count, len(owing))))
        worst = max(shortage(union.state, parties, owing, stressed, cap) for parties in sets)
        assert found[count - 1].short == max(0, worst)


def exposure(state, member, stressed):
    line = state.accounts.get(f"swing/{member}/IDR")
    return max(-line.balance, line.limit * stressed) if line else 0


def balance(state, holder):
    account = state.accounts.get(collateral_account(holder, "IDR"))
    return account.balance if account else 0


def shortage(state, parties, owing, stressed, cap):
    total = sum(owing[each] for each in parties) - sum(balance(state, each) for each in parties)
    for bank, member in BANKS.items():
        advance = state.advances.get(settlement_account(bank, "IDR"))
        most = 10**9 if stressed else advance.amount if advance else 0
        total -= min(most, balance(state, bank)) if member in parties else 0
    return total - sum(balance(state, each) * cap // 10_000 for each in MEMBERS if each not in parties)


def test_with_fixings_in_force_all_currencies_are_covered_together_in_the_unit():
    union = settled_world(1_000, fixing=BASKET)
    union.must("QM", c.SetSwingLine("QN", 800_000), ("QN", "approve"))
    union.must("QM", c.SetSwingLine("QO", 400_000), ("QO", "approve"))
    union.must("QN", c.SetSwingLine("QO", 26_000), ("QO", "approve"))
    assert coverage.UNIT not in {each.currency for each in coverage.measure(union.state)}
    agreed(union)
    pledge(union, "QM", 300_000)
    pledge(union, "QN", 13_000, currency="VND")
    value = functools.partial(value_of, union.state)
    one, two = of(union, coverage.UNIT)
    # QO owes in two currencies; what QM pledged in IDR bears nothing of what is owed in VND.
    assert (one.parties, one.stressed) == (("QO",), True)
    assert abs(one.exposure - value(400_000, "IDR") - value(26_000, "VND")) <= 1
    assert abs(one.resources - value(300_000, "IDR") - value(13_000, "VND")) <= 1
    assert two.parties == ("QN", "QO")
    assert abs(two.exposure - value(1_200_000, "IDR") - value(26_000, "VND")) <= 1
    assert abs(two.resources - value(300_000, "IDR")) <= 1, "QN bears nothing while it is in default itself"
    assert costliest(union.state) == "QO"


def test_a_currency_without_a_price_leaves_the_unit_out():
    union = settled_world(0, fixing=BASKET)
    agreed(union)
    union.must("QM", c.SetSwingLine("QN", 5), ("QN", "approve"))
    assert of(union, coverage.UNIT)
    union.state.fixings = Table()
    assert not of(union, coverage.UNIT)


def test_pledges_are_listed_by_who_holds_them():
    union = settled_world(100)
    pledge(union, B1, 7)
    pledge(union, C2, 9, "QO")
    assert coverage.pledges_in(union.state, "IDR") == {B1: 7, "QO": 9}
    assert coverage.pledges_in(union.state, "VND") == {}
