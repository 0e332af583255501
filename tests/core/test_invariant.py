"""What must always hold, over random commands; and canaries: each broken rule must be noticed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.core import apply, credit, ledger, payment, settlement
from mufakat.core.netting import Netted
from mufakat.core.state import State, dump, load, swing_account
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from tests.union import A1, A2, B1, B2, NOON_US, Union, settled_world, uetr

BANKS = (A1, A2, B1, B2)
banks, amounts, firms = st.sampled_from(BANKS), st.integers(1, 900), st.integers(0, 7)
actions = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), banks, banks, amounts, st.sampled_from(c.Channel)),
        st.tuples(st.just("owe"), firms, firms, amounts),
        st.tuples(st.just("again"), st.integers(0, 200)),
        st.tuples(st.just("return"), banks, st.integers(0, 200)),
        st.tuples(st.just("reserve"), banks, st.integers(0, 300)),
        st.tuples(st.just("swing"), st.integers(0, 400)),
        st.tuples(st.just("issue"), banks, amounts),
        st.tuples(st.just("cycle")),
    ),
    max_size=25,
)


def play(steps) -> Union:
    """Play steps; the union checks every invariant after each command."""
    union = settled_world(200)
    for step in steps:
        match step:
            case ("pay", debtor, creditor, amount, channel):
                union.pay(debtor_agent=debtor, creditor_agent=creditor, amount=amount, channel=channel)
            case ("owe", debtor, creditor, amount):
                union.owe(debtor, creditor, amount)
            case ("again", number):
                union.send(union.log[number % len(union.log)][0])
            case ("return", bank, number):
                union.tell(bank, c.ReturnPayment(uetr(number), "AC04"))
            case ("reserve", bank, amount):
                union.tell(bank, c.ReserveLiquidity("IDR", amount))
            case ("swing", limit):
                union.tell("QM", c.SetSwingLine("QN", limit), ("QN", "approve"))
            case ("issue", bank, amount):
                union.issue(bank, "IDR", amount)
            case ("cycle",):
                union.cycle()
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    return union


@settings(max_examples=60, deadline=None, derandomize=True)
@given(actions)
def test_every_invariant_holds_and_replay_gives_the_same_root(steps):
    union = play(steps)
    state = apply.found(union.genesis)
    assert isinstance(state, State)
    for number, (data, at_us) in enumerate(union.log):
        if number == len(union.log) // 2:
            state = load(dump(state))
        apply.execute(state, data, at_us)
    assert state.root() == union.state.root()
    assert dump(state) == dump(union.state)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(actions)
def test_the_whole_log_sent_again_changes_nothing(steps):
    union = play(steps)
    before = union.state.root()
    for data, _ in union.log:
        apply.execute(union.state, data, NOON_US + 10**9)
    assert union.state.root() == before


BUSY = [
    ("swing", 400),
    ("pay", A1, A2, 150, c.Channel.RTGS),
    ("pay", A1, A2, 900, c.Channel.RTGS),
    ("pay", B1, A1, 800, c.Channel.MPNS),
    ("owe", 0, 2, 300),
    ("owe", 2, 4, 300),
    ("owe", 4, 0, 250),
    ("cycle",),
    ("issue", B1, 700),
    ("cycle",),
]


def lossy_post(state, debit, credit_to, amount):
    source = state.accounts[debit]
    state.accounts.put(debit, type(source)(source.id, source.owner, source.currency, source.balance - amount))


def endless_room(state, member, currency):
    return 10**6 if swing_account(member, currency) in state.accounts else 0


CANARIES = {
    "a posting with one side": (ledger, "post", lossy_post),
    "payments without cover": (payment, "_covered", lambda state, order: True),
    "swing without a limit": (credit, "room", endless_room),
    "a queue that forgets": (payment, "dequeue", lambda state, payment: None),
    "a netting that never settles": (settlement, "_reserve", lambda *_: iter(())),
    "netting that nobody has to pay": (
        settlement,
        "net",
        lambda items, purses, lines: Netted(tuple(items), {items[0].payer: -1} if items else {}, {}, 0),
    ),
}


@pytest.mark.parametrize("name", CANARIES)
def test_a_broken_rule_is_noticed(name, monkeypatch):
    play(BUSY)
    monkeypatch.setattr(*CANARIES[name])
    with pytest.raises(AssertionError):
        play(BUSY)
