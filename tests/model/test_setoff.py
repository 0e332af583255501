import msgspec

from mufakat.model import setoff
from mufakat.model.event import AnyEvent
from tests.union import lei


def test_events_of_set_off_travel_as_any_other():
    for event in (
        setoff.SetOffTermsStated(lei(0), "IDR", 5, None, (lei(2),), across=True),
        setoff.ObligationsAcrossSetOff(3, (("IDR", 100), ("VND", 63)), 1, ((f"{lei(2)}/INV-1", 70),)),
        setoff.SetOffAcrossOmitted(3, ("VND",)),
    ):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=AnyEvent) == event
