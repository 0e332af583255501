"""Coverage as plain data, and the events of default on the wire."""

import msgspec
import pytest

from mufakat.model.default import AnyFailure, Coverage, LossRecovered, Tier
from mufakat.model.event import AnyEvent


@pytest.mark.parametrize(("exposure", "resources", "short"), [(5, 3, 2), (3, 3, 0), (0, 9, 0)])
def test_what_is_short_is_what_resources_do_not_reach(exposure, resources, short):
    assert Coverage("IDR", True, ("QM",), exposure, resources).short == short


def test_every_event_of_default_is_an_event():
    assert set(AnyFailure.__args__) <= set(AnyEvent.__args__)


@pytest.mark.parametrize("tier", [None, *Tier])
def test_an_event_is_read_back_from_its_bytes(tier):
    event = LossRecovered(1, tier, "settlement/a/IDR", "swing/b/IDR", None, 5)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=AnyEvent) == event
