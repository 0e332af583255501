"""What a command carries of a screening, and what is decided, in their bytes."""

import msgspec

from mufakat.model.verdict import Hit, Scope, Screened, Verdict


def test_a_screening_and_a_hit_come_back_from_their_bytes():
    for what in (Screened(), Screened(bytes(32), bytes(range(32))), Hit("x", ("un/E0/00",))):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(what), type=type(what)) == what


def test_nothing_is_screened_unless_somebody_says_so():
    assert Screened() == Screened(b"", b"")
    assert [each.name for each in Verdict] == ["CLEAR", "HIT", "RETURN"]
    assert [each.name for each in Scope] == ["ALL", "PAYMENTS", "TRADE"]
