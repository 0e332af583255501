import pytest

from mufakat.core import netting
from mufakat.core.netting import Backing, Item, Purse, net


def item(payer, payee, amount, place):
    return Item(payer, payee, amount, (1, place, ""), payment=str(place))


def purses(**funds):
    return {name: Purse(amount, "QN") for name, amount in funds.items()}


def test_only_net_positions_are_paid():
    result = net([item("a", "b", 9, 0), item("b", "a", 7, 1)], purses(a=2, b=0), {})
    assert (result.positions, result.drawn, result.deferred) == ({"a": -2, "b": 2}, {}, 0)


def test_a_shortfall_is_drawn_on_the_sponsors_line_before_anything_is_left_out():
    result = net([item("a", "b", 9, 0)], purses(a=2, b=0), {"QN": Backing(7)})
    assert (result.drawn, result.deferred) == ({"a": 7}, 0)


def test_what_one_cannot_pay_its_payees_cannot_count_on():
    result = net([item("a", "b", 9, 0), item("b", "c", 9, 1)], purses(a=8, b=0, c=0), {"QN": Backing(0)})
    assert (result.items, result.positions, result.deferred) == ((), {}, 2)


def test_a_line_that_covers_a_part_does_not_save_what_stays_uncovered():
    items = [item("a", "b", 5, 0), item("a", "b", 5, 1)]
    result = net(items, purses(a=2, b=0), {"QN": Backing(4)})
    assert (result.positions, result.drawn) == ({"a": -5, "b": 5}, {"a": 3})


def test_nothing_is_netted_of_nothing():
    assert net([], {}, {}) == netting.Netted((), {}, {}, 0, {})


def test_a_shortfall_beyond_all_items_stops_the_program():
    with pytest.raises(AssertionError, match="without items"):
        netting._take_out([], [], [], {}, 1)


def test_a_line_lends_no_further_than_its_brake():
    items = [item("a", "b", 9, 0), item("a", "b", 1, 1)]
    result = net(items, purses(a=2, b=0), {"QN": Backing(3, 20, 4)})
    assert (result.drawn, result.deferred, result.braked) == ({"a": 7}, 1, {"QN": 1})


def shared(together, *needs):
    """Net payments of so much, of a sponsor each without funds, to one account; what each has drawn."""
    items = [item(str(number), "z", need, number) for number, need in enumerate(needs)]
    owners = {str(number): Purse(0, f"Q{number}") for number in range(len(needs))} | {"z": Purse(0, "QZ")}
    backing = {each.sponsor: Backing(0, 10**9) for each in owners.values()}
    result = net(items, owners, backing, together)
    return [result.drawn.get(str(number), 0) for number in range(len(needs))], result.braked


def test_who_lacks_little_is_lent_it_however_much_others_ask_for():
    assert shared(105, 2, 10_000) == ([2, 0], {"Q1": 10_000 - 103})


def test_what_one_takes_out_is_lent_to_who_is_left():
    assert shared(50, 40, 40) == ([40, 0], {"Q0": 15, "Q1": 15})
    assert shared(90, 40, 40, 45) == ([40, 40, 0], {"Q0": 10, "Q1": 10, "Q2": 15})


def test_lines_that_may_lend_all_that_is_lacking_share_nothing():
    assert shared(120, 40, 80) == ([40, 80], {})


def test_who_is_short_beside_the_brake_keeps_nobody_waiting():
    items = [item("a", "z", 30, 0), item("b", "z", 10, 1), item("b", "z", 30, 2)]
    owners = {"a": Purse(0, "QN"), "b": Purse(0, "QO"), "z": Purse(0, "QP")}
    backing = {"QN": Backing(20, 90), "QO": Backing(0, 5), "QP": Backing(0)}
    result = net(items, owners, backing, 14)
    assert (result.drawn, result.deferred, result.braked) == ({"a": 30}, 2, {"QN": 1})
