import msgspec

from mufakat.model import event as e
from tests.strategies import each_once, play, world


def test_events_are_named_in_the_past_tense_and_all_in_the_union_type():
    assert set(e.Event.__subclasses__()) == set(e.AnyEvent.__args__)
    irregular = (
        "SetOff",
        "Offset",
        "LimitSet",
        "LineSet",
        "TermsSet",
        "Drawn",
        "Repaid",
        "Cast",
        "Withdrawn",
        "Left",
        "Brought",
        "Held",
    )
    for kind in e.AnyEvent.__args__:
        assert kind.__name__.endswith(("ed", *irregular)), kind.__name__


def test_every_event_of_a_day_is_read_back_from_its_bytes():
    union = world()
    play(union, list(each_once()))
    decoder = msgspec.msgpack.Decoder(e.AnyEvent)
    for event in union.events:
        assert decoder.decode(msgspec.msgpack.encode(event)) == event
