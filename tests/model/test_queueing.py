import msgspec
import pytest

from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model import queueing as q
from mufakat.model.fact import Command, Event


def test_its_commands_and_events_are_among_those_of_the_union():
    assert set(q.AnyQueueCommand.__args__) <= set(c.AnyCommand.__args__)
    assert set(q.AnyQueueing.__args__) <= set(e.AnyEvent.__args__)
    assert all(issubclass(kind, Command) for kind in q.AnyQueueCommand.__args__)
    assert all(issubclass(kind, Event) for kind in q.AnyQueueing.__args__)


def test_a_higher_priority_is_a_larger_number():
    assert sorted(q.Priority) == [q.Priority.NORMAL, q.Priority.HIGH, q.Priority.URGENT]


@pytest.mark.parametrize(
    "limit",
    [q.LimitPayments("IDR", None, None), q.LimitPayments("IDR", "BK01QMA1XXX", 0)],
)
def test_no_counterparty_and_no_limit_are_not_an_empty_one(limit):
    data = msgspec.msgpack.encode(limit)
    assert msgspec.msgpack.decode(data, type=q.LimitPayments) == limit
