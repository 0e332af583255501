from mufakat.model.event import AnyEvent
from mufakat.model.fact import Event


def test_every_event_is_a_fact_that_nothing_changes():
    assert all(issubclass(kind, Event) for kind in AnyEvent.__args__)
    assert all(kind.__struct_config__.frozen for kind in AnyEvent.__args__)
