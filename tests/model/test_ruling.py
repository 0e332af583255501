import msgspec

from mufakat.model.event import AnyEvent
from mufakat.model.ruling import AnyRuling
from tests.strategies import governed_once, play, world


def test_every_ruling_is_an_event():
    assert set(AnyRuling.__args__) < set(AnyEvent.__args__)


def test_every_ruling_is_read_back_from_its_bytes():
    union = world()
    first = len(union.events)
    play(union, list(governed_once()))
    rulings = [event for event in union.events[first:] if type(event) in AnyRuling.__args__]
    assert {type(event) for event in rulings} == set(AnyRuling.__args__)
    decoder = msgspec.msgpack.Decoder(AnyEvent)
    assert all(decoder.decode(msgspec.msgpack.encode(event)) == event for event in rulings)
