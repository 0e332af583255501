"""What goes into a block: every command its author's own and in its turn, whoever proposes it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model.charter import Standing
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.ruling import StandingChanged
from mufakat.node.abci import ordering
from tests.strategies import world
from tests.union import A1, A2, B1, Union, settled_world

MOST = 1 << 20
AUTHORISATION = range(Reason.MALFORMED, Reason.UNION_HALTED + 1)
AUTHORS = (A1, A2, B1)


def pay(of, ahead=0, author=A1, **change):
    """A payment whose sequence number is so many ahead of the next, signed and not sent."""
    order = of.order(debtor_agent=author, creditor_agent=A2 if author != A2 else A1)
    body = batch((order,))
    if "sequence" not in change:
        change["sequence"] = c.decode(of.signed(author, body)).instruction.sequence + ahead
    return of.signed(author, body, **change)


def chosen(union, commands, most=MOST):
    return ordering.chosen(union.state, commands, union.now_us, most)


def wrong(union, *commands):
    return ordering.refuse_block(union.state, commands, union.now_us)


def flipped(data, at=-1):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def test_commands_that_came_turned_round_are_put_in_order():
    union = world()
    in_order = [pay(union, n) for n in range(6)]
    assert chosen(union, reversed(in_order)) == in_order
    assert chosen(union, [in_order[n] for n in (2, 0, 5, 4, 1, 3)]) == in_order


def test_a_command_whose_turn_has_not_come_waits():
    union = world()
    first, third = pay(union, 0), pay(union, 2)
    assert chosen(union, [third, first]) == [first]
    assert chosen(union, [third]) == []


def test_each_key_has_its_own_order():
    union = world()
    ours, theirs = [pay(union, n) for n in (0, 1)], [pay(union, n, B1) for n in (0, 1)]
    assert chosen(union, [theirs[1], ours[1], ours[0], theirs[0]]) == [*ours, *theirs]


def test_of_two_commands_for_one_place_the_one_that_came_first_is_chosen():
    union = world()
    one, other = pay(union), pay(union)
    assert chosen(union, [other, one, other]) == [other]
    assert chosen(union, [pay(union, 1), one, one]) != [one, one]


def test_a_block_is_never_larger_than_the_engine_lets_it_be():
    union = world()
    commands = [pay(union, n) for n in range(5)]
    whole = sum(len(data) + 5 for data in commands)  # the engine's own tag and length beside each
    for most in range(0, whole + 60, 97):
        got = chosen(union, commands, most)
        assert sum(len(data) + 5 for data in got) <= most
        assert got == commands[: len(got)], "what is left out leaves out what comes after it"
    assert chosen(union, commands, whole + 60) == commands


def test_a_command_that_is_too_large_for_what_is_left_does_not_keep_out_other_keys():
    union = world()
    orders = tuple(union.order() for _ in range(50))
    large = union.signed(A1, batch(orders))
    small = pay(union, 0, B1)
    assert chosen(union, [large, small], len(large)) == [small]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("MALFORMED", lambda u: b""),
        ("MALFORMED", lambda u: b"noise"),
        ("MALFORMED", lambda u: pay(u) + b"\0"),
        ("BAD_SIGNATURE", lambda u: flipped(pay(u))),
        ("OVERSIZE", lambda u: bytes(u.state.charter.rules.max_command_bytes + 1)),
        ("WRONG_UNION", lambda u: pay(u, union=bytes(32))),
        ("UNKNOWN_KEY", lambda u: u.signed("NOBKQMA1XXX", c.EnrolFirms(()))),
        ("SEQUENCE_REPLAYED", lambda u: u.log[-1][0]),
        ("SEQUENCE_GAP", lambda u: pay(u, apply.MOST_AHEAD + 1)),
        ("where", lambda u: pay(u, 1)),
        ("EXPIRED", lambda u: pay(u, valid_from_us=0, valid_until_us=u.now_us - 1)),
        ("NOT_YET_VALID", lambda u: pay(u, valid_from_us=u.now_us + 1)),
        ("VALIDITY_TOO_LONG", lambda u: pay(u, valid_from_us=0)),
        ("APPROVAL_MISSING", lambda u: u.signed("QM", c.IssueMoney(A1, "IDR", 1))),
    ],
)
def test_a_block_with_a_command_that_may_not_stand_there_is_refused_and_none_is_made(name, make):
    union = world()
    bad, good = make(union), pay(union, 0, B1)
    assert f"command 1: {'sequence' if name == 'where' else name}" in wrong(union, good, bad)
    assert chosen(union, [bad, good]) == [good]
    assert wrong(union, good) is None


def test_the_same_command_twice_is_refused():
    union = world()
    good = pay(union)
    assert "command 1" in wrong(union, good, good)


def test_commands_turned_round_are_refused():
    union = world()
    assert "command 0: sequence" in wrong(union, pay(union, 1), pay(union, 0))


def test_each_command_is_read_once_to_judge_a_block_and_once_to_make_it(monkeypatch):
    union = world()
    block, read = [pay(union, n) for n in range(3)], []
    decode = c.decode
    monkeypatch.setattr(c, "decode", lambda data: read.append(data) or decode(data))
    assert wrong(union, *block) is None
    assert read == block
    read.clear()
    assert chosen(union, block) == block
    assert read == block


def test_an_empty_block_is_a_block():
    assert wrong(world()) is None
    assert chosen(world(), []) == []


def governed(change, voters):
    """A union that took a decision of the kind that holds at once."""
    union = settled_world()
    union.must("QM", c.Propose(change, bytes(32)))
    for voter in voters:
        union.must(voter, c.CastVote(len(union.state.proposals), in_favour=True))
    return union


def test_a_halted_union_orders_votes_alone():
    union = governed(p.HaltUnion(), ["QN"])
    assert union.state.halted
    vote = union.signed("QM", c.Propose(p.ResumeUnion(), bytes(32)))
    assert "UNION_HALTED" in wrong(union, pay(union))
    assert wrong(union, vote) is None
    assert chosen(union, [pay(union), vote]) == [vote]


def test_a_suspended_members_commands_and_its_banks_are_not_ordered():
    union = settled_world()
    apply.evolve(union.state, StandingChanged("QM", Standing.SUSPENDED))
    assert "MEMBER_SUSPENDED" in wrong(union, pay(union))
    assert "MEMBER_SUSPENDED" in wrong(union, union.signed("QM", c.OpenAccount(A1, "IDR")))
    other = pay(union, 0, B1)
    assert chosen(union, [pay(union), other]) == [other]


def test_what_the_union_decides_within_a_block_holds_for_the_rest_of_it():
    """A halt is not held up by a payment beside it: the payment is then an outcome, and changes nothing."""
    union = settled_world()
    union.must("QM", c.Propose(p.HaltUnion(), bytes(32)))
    vote, late = union.signed("QN", c.CastVote(1, in_favour=True)), pay(union)
    assert wrong(union, vote, late) is None
    apply.execute(union.state, vote, union.now_us)
    root = union.state.root()
    outcome, events = apply.execute(union.state, late, union.now_us)
    assert (outcome.refusal.reason, events, union.state.root()) == (Reason.UNION_HALTED, (), root)


picks = st.tuples(
    st.sampled_from(("pay", "pay", "pay", "again", "forged", "noise", "stale", "stranger", "early")),
    st.sampled_from(AUTHORS),
    st.integers(0, 7),
)


def command(union: Union, kind: str, author: str, number: int) -> bytes:
    match kind:
        case "pay":
            return pay(union, number, author)
        case "again":
            return union.log[number][0]
        case "forged":
            data = pay(union, number, author)
            return flipped(data, (number * 37) % len(data))
        case "noise":
            return bytes([number]) * number
        case "stale":
            return pay(union, number, author, valid_from_us=0, valid_until_us=number)
        case "stranger":
            return union.signed("NOBKQMA1XXX", c.EnrolFirms(()))
        case _:
            return pay(union, 9_995 + number, author)


@settings(max_examples=40, deadline=None)
@given(st.lists(picks, max_size=30), st.integers(0, 16_000))
def test_whatever_comes_what_is_chosen_is_a_block_that_all_accept_and_that_is_all_heard(made, most):
    union = world()
    commands = [command(union, *each) for each in made]
    block = ordering.chosen(union.state, commands, union.now_us, most)

    assert ordering.refuse_block(union.state, block, union.now_us) is None
    assert sum(len(data) + 5 for data in block) <= most
    assert set(block) <= set(commands)
    for data in block:
        outcome, _ = apply.execute(union.state, data, union.now_us)
        assert outcome.refusal is None or outcome.refusal.reason not in AUTHORISATION, outcome
    # The canary: without the rule of turns a command is not heard.
    turned = [pay(union, n) for n in (1, 0)]
    refused = [apply.execute(union.state, data, union.now_us)[0].refusal for data in turned]
    assert refused[0].reason is Reason.SEQUENCE_GAP
