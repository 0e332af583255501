import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.model.money import MAX_AMOUNT
from mufakat.model.swing import (
    CHARGE_PARTS,
    DAY_COUNTS,
    FULL_BP,
    MOST_POSITION,
    PARTS,
    Swing,
    charge_of,
    fault_of_terms,
    faults_of_swing,
    interest_of_a_day,
    most_more,
    quotas_of,
    split,
)

TIERS = ((2_500, 0), (5_000, 100), (10_000, 300))


@pytest.mark.parametrize("day_count", DAY_COUNTS)
def test_a_year_of_days_bears_the_interest_of_a_year(day_count):
    a_day = interest_of_a_day(1_000_000, 1_000_000, ((10_000, 100),), day_count)
    assert split(a_day * day_count) == (10_000, 0)


def test_each_tier_counts_for_what_is_drawn_inside_it():
    a_day = [interest_of_a_day(drawn, 1_000, TIERS, 360) * 360 for drawn in (0, 250, 500, 1_000)]
    assert a_day == [
        0,
        0,
        250 * 100 * FULL_BP * 360 * 73 // FULL_BP,
        PARTS * (250 * 100 + 500 * 300) // FULL_BP,
    ]


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(tuple(DAY_COUNTS)))
def test_more_drawn_never_costs_less(drawn, more, day_count):
    limit = 20_000
    less = interest_of_a_day(drawn, limit, TIERS, day_count)
    assert 0 <= less <= interest_of_a_day(drawn + more, limit, TIERS, day_count)


def test_without_tiers_there_is_no_interest():
    assert interest_of_a_day(500, 1_000, (), 365) == 0


@given(st.integers(0, MAX_AMOUNT - 1), st.integers(0, PARTS - 1))
def test_whole_units_and_parts_are_all_of_it(whole, rest):
    assert split(whole * PARTS + rest) == (whole, rest)


def test_no_more_is_owed_than_the_ledger_holds():
    assert split((MAX_AMOUNT + 5) * PARTS + 7) == (MAX_AMOUNT, 0)


@pytest.mark.parametrize(
    ("tiers", "day_count", "field"),
    [
        (TIERS, 366, "day_count: "),
        (((100, 5),), 360, "tiers: the last one"),
        (((5_000, 5), (5_000, 6)), 360, "tiers[2]: each goes further"),
        (((10_001, 5),), 360, "tiers[1]: each goes further"),
        (((0, 5),), 360, "tiers[1]: each goes further"),
        (((10_000, -1),), 360, "tiers[1]: 0 to 10000"),
        (((10_000, 10_001),), 360, "tiers[1]: 0 to 10000"),
        (tuple((n, 1) for n in range(1, 12)), 360, "tiers: at most 10"),
    ],
)
def test_terms_that_do_not_hold_together_are_named_by_field(tiers, day_count, field):
    assert fault_of_terms(tiers, day_count).startswith(field)


@pytest.mark.parametrize("tiers", [(), TIERS, ((10_000, 0),)])
def test_terms_that_hold_together_have_no_fault(tiers):
    assert fault_of_terms(tiers, 365) == ""


@pytest.mark.parametrize(("days", "faults"), [(0, 0), (366, 0), (-1, 1), (367, 1)])
def test_the_period_of_settlement_is_none_or_at_most_a_year(days, faults):
    assert len(faults_of_swing(Swing(settle_every_days=days), [], has_unit=True)) == faults


@pytest.mark.parametrize(
    ("swing", "field"),
    [
        (Swing(10, ("QX", 5)), "quotas"),
        (Swing(10, ("QM", 0)), "quotas"),
        (Swing(10, ("QM", "QN")), "quotas"),
        (Swing(10, ("QM",)), "quotas"),
        (Swing(10, ("QN", 5, "QM", 5)), "quotas"),
        (Swing(10, ("QM", MOST_POSITION + 1)), "quotas"),
        (Swing(0, ("QM", 5)), "quotas: charges are paid at the periodic settlement"),
        (Swing(10, charge_tiers=(5_000, 1, 2_500, 2)), "charge_tiers"),
        (Swing(10, charge_tiers=(2_500, 2, 5_000, 1)), "charge_tiers"),
        (Swing(10, charge_tiers=(2_500, 2, 5_000, 10_001)), "charge_tiers"),
        (Swing(currency_shares=(6_000, 5_000), concentration_floor=1), "currency_shares"),
        (Swing(line_shares=(0, 5_000), concentration_floor=1), "line_shares"),
        (Swing(line_shares=(1, 10_001), concentration_floor=1), "line_shares"),
        (Swing(concentration_floor=-1), "concentration_floor"),
        (Swing(concentration_floor=MOST_POSITION + 1), "concentration_floor"),
        (Swing(currency_shares=(5_000, 10_000)), "concentration_floor: shares need one"),
    ],
)
def test_quotas_and_charges_that_do_not_hold_together_are_named_by_field(swing, field):
    (fault,) = faults_of_swing(swing, ["QM", "QN"], has_unit=True)
    assert fault.startswith(f"rules.swing.{field}")


def test_quotas_are_of_members():
    swing = Swing(10, ("QM", 5, "QN", MOST_POSITION))
    assert faults_of_swing(swing, ["QM", "QN"], has_unit=True) == []
    assert quotas_of(swing) == {"QM": 5, "QN": MOST_POSITION}


def test_a_position_is_charged_above_a_quarter_and_more_above_half_of_the_quota():
    def a_year(position):
        return charge_of(position * 360, 360, 10_000, (2_500, 100, 5_000, 200))

    assert a_year(2_500) == a_year(0) == 0
    # 1 % of 2,500 above a quarter; then 2 % of 1,000 above half.
    assert a_year(5_000) == 25 * CHARGE_PARTS
    assert a_year(6_000) == 45 * CHARGE_PARTS
    assert charge_of(10**9, 360, 0, (0, 100, 5_000, 200)) == 0


@given(st.integers(0, 10**18), st.integers(0, 400), st.integers(0, MOST_POSITION), st.integers(1, 50))
def test_a_surplus_is_charged_as_a_deficit_of_the_same_size(total, days, quota, times):
    tiers = (2_500, 100, 5_000, 200)
    charge = charge_of(total, days, quota, tiers)
    assert charge == charge_of(-total, days, quota, tiers) >= 0
    assert charge_of(total * times, days * times, quota, tiers) == charge * times


def test_shares_need_a_unit_to_be_measured_in():
    swing = Swing(line_shares=(5_000, 6_000), concentration_floor=1)
    assert faults_of_swing(swing, [], has_unit=True) == []
    assert len(faults_of_swing(swing, [], has_unit=False)) == 1


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(1, 9_999))
def test_what_a_share_lets_grow_is_the_most_that_fits(part, others, floor, brake_bp):
    def fits(more):
        return (part + more) * 10_000 <= brake_bp * max(part + others + more, floor)

    most = most_more(part, part + others, floor, brake_bp)
    assert fits(most) or most == 0
    assert not fits(most + 1)


def test_a_share_of_all_holds_nothing_back():
    assert most_more(5, 5, 0, 10_000) is None
