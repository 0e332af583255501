import msgspec
import pytest

from mufakat.model.outcome import AWAITING_QUORUM, DONE, ItemOutcome, Outcome, Status, decode, encode
from mufakat.model.refusal import Reason, Refusal


@pytest.mark.parametrize(
    "outcome",
    [
        DONE,
        AWAITING_QUORUM,
        Outcome(Status.REFUSED, Refusal(Reason.EXPIRED, "why")),
        Outcome(Status.REFUSED, Refusal(Reason.EXPIRED), rules=7),
        Outcome(
            Status.DONE,
            None,
            (
                ItemOutcome("a", Status.SETTLED),
                ItemOutcome("b", Status.REFUSED, Refusal(Reason.DUPLICATE)),
            ),
        ),
    ],
)
def test_an_outcome_is_read_back_from_its_bytes(outcome):
    assert decode(encode(outcome)) == outcome
    assert encode(decode(encode(outcome))) == encode(outcome)


@pytest.mark.parametrize("data", [b"", b"\x93\x63\xc0\x90", encode(DONE)[:-1]])
def test_what_is_no_outcome_is_not_read(data):
    with pytest.raises(msgspec.MsgspecError):
        decode(data)
