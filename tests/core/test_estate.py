"""The keys under which the records of defaults stand."""

from mufakat.core.estate import bearer_key, default_key
from mufakat.model.default import Tier


def test_in_order_of_their_keys_defaults_stand_in_order_of_their_numbers():
    numbers = [1, 2, 9, 10, 99, 100, 99_999]
    assert sorted(default_key(number) for number in numbers) == [default_key(number) for number in numbers]


def test_in_order_of_their_keys_bearers_stand_in_the_order_in_which_they_bear():
    keys = [bearer_key(1, "IDR", tier, holder) for tier, holder in zip(Tier, "ZYX", strict=True)]
    assert sorted(keys) == keys
    assert keys[0] == "000001/IDR/0/Z"
