import functools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply
from mufakat.core.decision import refused
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model.outcome import Outcome, Status
from mufakat.model.rate import Rate
from mufakat.model.refusal import Reason, Refusal
from tests.core.test_authorisation import COMMANDS, made
from tests.model.test_proposal import EACH as CHANGES
from tests.strategies import each_once, play, world
from tests.union import NOON_US, TEXT


def test_every_command_has_a_handler_and_every_event_an_evolver():
    assert {kind.__name__ for kind in apply.HANDLERS} == c.COMMAND_NAMES
    assert set(apply.EVOLVERS) == set(e.AnyEvent.__args__)


def test_a_refusal_is_an_outcome():
    assert refused(Reason.MALFORMED, "why") == Outcome(Status.REFUSED, Refusal(Reason.MALFORMED, "why"))
    assert refused(Reason.MALFORMED).refusal.detail == ""


@functools.cache
def shared():
    return world()


@functools.cache
def valid(kind):
    return made(shared(), *COMMANDS[kind])


def assert_an_outcome_without_trace(data):
    union = shared()
    before = union.state.root()
    outcome, events = apply.execute(union.state, data, NOON_US)
    assert (outcome.status, events, union.state.root()) == (Status.REFUSED, (), before)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_an_outcome(data):
    assert_an_outcome_without_trace(data)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(COMMANDS, key=lambda kind: kind.__name__)), st.data())
def test_a_command_changed_anywhere_ends_in_an_outcome(kind, data):
    whole = valid(kind)
    at = data.draw(st.integers(0, len(whole) - 1))
    new = data.draw(st.binary(max_size=4).filter(lambda new: new != whole[at : at + 1]))
    assert_an_outcome_without_trace(whole[:at] + new + whole[at + 1 :])


text = st.one_of(
    st.text(max_size=50), st.sampled_from(("", "IDR", "IDR/IDR", "settlement/x", "\x00", "ä" * 40))
)
numbers = st.one_of(st.integers(-(2**63), 2**64 - 1), st.sampled_from((0, -1, 2**62 - 1, 2**62, 2**64 - 1)))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(COMMANDS, key=lambda kind: kind.__name__)), st.data())
def test_a_signed_command_with_any_content_ends_in_an_outcome(kind, data):
    union = world()
    author, body = COMMANDS[kind]
    fields = {}
    for name in kind.__struct_fields__:
        value = getattr(body, name)
        if type(value) is str and data.draw(st.booleans()):
            fields[name] = data.draw(text)
        elif type(value) is int and data.draw(st.booleans()):
            fields[name] = data.draw(numbers)
        elif isinstance(value, tuple) and value and hasattr(value[0], "__struct_fields__"):
            fields[name] = tuple(changed(each, data) for each in value)
        elif isinstance(value, Rate):
            fields[name] = changed(value, data)
        elif isinstance(value, tuple):
            fields[name] = tuple(data.draw(st.lists(text, max_size=3)))
    odd = kind(**{each: fields.get(each, getattr(body, each)) for each in kind.__struct_fields__})
    outcome = union.send(
        made(union, author, odd) if kind is not c.SetSwingLine else union.signed(author, odd)
    )
    assert outcome.status in Status


def changed(item, data):
    fields = {name: getattr(item, name) for name in item.__struct_fields__}
    for name, value in fields.items():
        if type(value) is str and data.draw(st.booleans()):
            fields[name] = data.draw(text)
        elif type(value) is int and data.draw(st.booleans()):
            fields[name] = data.draw(numbers)
        elif type(value) is bytes and data.draw(st.booleans()):
            fields[name] = data.draw(st.binary(max_size=40))
    return type(item)(**fields)


def test_a_command_larger_than_the_charter_allows_is_not_even_read(monkeypatch):
    state = world().state
    monkeypatch.setattr(c, "decode", None)
    outcome, events = apply.execute(state, bytes(2_097_153), NOON_US)
    assert (outcome.refusal.reason, events) == (Reason.OVERSIZE, ())


def test_each_command_that_is_heard_uses_up_one_sequence_number():
    union = world()
    play(union, list(each_once()))
    used = sum(isinstance(event, e.SequenceAdvanced) for event in union.events)
    assert used == sum(key.sequence for key in union.state.keys.records())


def test_a_sequence_with_a_gap_stops_the_program():
    union = world()
    key = next(iter(union.state.keys.records()))
    with pytest.raises(AssertionError, match="no gaps"):
        apply.evolve(union.state, e.SequenceAdvanced(key.public, key.sequence + 2))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(CHANGES), st.data())
def test_a_change_of_any_content_ends_in_an_outcome(change, data):
    union = world()
    odd = mutated(change, data)
    outcome = union.tell("QM", c.Propose(odd, TEXT))
    assert outcome.status in Status
    if outcome.refusal is None:
        number = int(outcome.items[0].id)
        for member in ("QN", "QO"):
            union.tell(member, c.CastVote(number, in_favour=True))
        play(union, [("wait", 5)])
    assert len(union.state.root()) == 32


def mutated(value, data):
    """Put other content into a struct, at any depth; of the kinds that the wire allows."""
    match value:
        case msgspec.Struct():
            return type(value)(*(mutated(getattr(value, name), data) for name in value.__struct_fields__))
        case tuple() if value and data.draw(st.integers(0, 3)) == 0:
            return value[:-1] if data.draw(st.booleans()) else (*value, value[-1])
        case tuple():
            return tuple(mutated(each, data) for each in value)
        case str() if type(value) is str and data.draw(st.integers(0, 2)) == 0:
            return data.draw(text)
        case int() if type(value) is int and data.draw(st.integers(0, 2)) == 0:
            return data.draw(numbers)
        case bytes() if data.draw(st.integers(0, 3)) == 0:
            return data.draw(st.binary(max_size=40))
    return value
