import pytest

from mufakat.audit.optimum import ClearedDebt, NotAtOptimum, Proved, check_optimum

RING = [ClearedDebt("a", "b", 5, 3), ClearedDebt("b", "c", 3, 3), ClearedDebt("c", "a", 4, 3)]


def test_a_certificate_of_the_optimum_is_proved():
    assert check_optimum(RING, {"a": 0, "b": 1, "c": -1}) == Proved(3, 12, 9)


def test_firms_without_a_potential_stand_at_zero():
    assert check_optimum([ClearedDebt("a", "b", 2, 2), ClearedDebt("b", "a", 2, 2)], {}).cleared == 4


@pytest.mark.parametrize(
    ("debts", "potentials", "said"),
    [
        ([*RING[:2], ClearedDebt("c", "a", 2, 3)], {}, "debt 3, c to a: 3 cleared of 2"),
        ([ClearedDebt("a", "b", 2, -1)], {}, "-1 cleared of 2"),
        ([*RING[:2], ClearedDebt("c", "a", 4, 2)], {}, "a: its net position is moved by -1"),
        (RING, {}, "9 cleared, and the certificate bounds it by 12"),
        ([each._replace(cleared=2) for each in RING], {"b": 1, "c": -1}, "6 cleared, .* bounds it by 9"),
    ],
)
def test_what_is_not_proved_is_told_with_its_place(debts, potentials, said):
    with pytest.raises(NotAtOptimum, match=said):
        check_optimum(debts, potentials)


def test_amounts_beyond_64_bits_are_exact():
    big = 2**80 + 1
    debts = [ClearedDebt("a", "b", big, big), ClearedDebt("b", "a", big, big)]
    assert check_optimum(debts, {}).total == 2 * big
