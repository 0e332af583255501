import msgspec
import pytest

from mufakat.core import apply, credit, ledger
from mufakat.core.accounts import Account, reserve_account, settlement_account, swing_account
from mufakat.core.estate import bearer_key
from mufakat.core.state import Advance
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.event import SwingRepaid
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.refusal import Reason
from tests.core.defaulting import ACCOUNT, declare, with_pledges
from tests.union import A1, A2, B1, B2, settled_world

LINE = swing_account("QN", "IDR")


def drawn(union, bank, amount):
    union.pay(debtor_agent=bank, creditor_agent=A1, amount=amount, channel=c.Channel.MPNS)


def lending(limit, money=0, **rules):
    union = settled_world(money, **rules)
    union.must("QM", c.SetSwingLine("QN", limit), ("QN", "approve"))
    return union


@pytest.mark.parametrize(
    ("author", "debtor", "why"),
    [
        (A1, "QN", Reason.NOT_OWN_AFFAIR),
        ("QM", "QM", Reason.SAME_PARTY),
        ("QM", "QN", None),
    ],
)
def test_a_member_lends_its_own_currency_to_another(author, debtor, why):
    union = settled_world(0)
    outcome = union.tell(author, c.SetSwingLine(debtor, 5), (debtor, "approve"))
    assert (outcome.refusal and outcome.refusal.reason) is why


def test_nobody_can_sign_for_a_member_that_is_not_there():
    union = settled_world(0)
    assert union.tell("QM", c.SetSwingLine("QX", 5)).refusal.reason is Reason.APPROVAL_MISSING
    decision = credit.set_swing_line(union.state, "QM", c.SetSwingLine("QX", 5))
    outcome, events = apply._run(union.state, decision)
    assert (outcome.refusal.reason, events) == (Reason.UNKNOWN_MEMBER, [])


def test_there_is_no_room_without_a_line():
    assert credit.free_on_line(settled_world(0).state, "QN", "IDR") == 0


def test_room_is_the_limit_less_what_is_drawn():
    union = lending(500)
    drawn(union, B1, 200)
    union.cycle()
    assert credit.free_on_line(union.state, "QN", "IDR") == 300


def test_one_line_covers_all_banks_of_its_member_in_order_of_account():
    union = lending(500)
    drawn(union, B1, 300)
    drawn(union, B2, 300)
    union.cycle()
    assert union.state.accounts[LINE].balance == -300
    assert union.state.advances[settlement_account(B1, "IDR")].amount == 300
    assert settlement_account(B2, "IDR") not in union.state.advances


def test_an_advance_grows_with_each_draw():
    union = lending(500)
    for _ in range(2):
        drawn(union, B1, 200)
        union.cycle()
    assert union.state.advances[settlement_account(B1, "IDR")].amount == 400


def test_an_advance_is_paid_back_from_free_funds_alone():
    union = lending(500)
    drawn(union, B1, 400)
    union.cycle()
    union.must("QM", c.SetLimit(B1, "IDR", 1_000))
    union.issue(B1, "IDR", 150)
    union.must(B1, c.ReserveLiquidity("IDR", 50))
    union.cycle()
    assert union.balance(B1) == 50
    assert union.state.accounts[LINE].balance == -300


def test_an_advance_is_paid_back_at_the_close_and_no_more_than_is_owed():
    union = lending(500)
    drawn(union, B1, 400)
    union.cycle()
    union.issue(B1, "IDR", 1_000)
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    repaid = [event for event in union.events if isinstance(event, SwingRepaid)]
    assert [event.amount for event in repaid] == [400]
    assert (union.balance(B1), union.state.accounts[LINE].balance) == (600, 0)


def test_a_line_can_be_raised_while_it_is_drawn():
    union = lending(400)
    drawn(union, B1, 400)
    union.cycle()
    union.must("QM", c.SetSwingLine("QN", 900), ("QN", "approve"))
    assert credit.free_on_line(union.state, "QN", "IDR") == 500


def test_gross_payments_never_draw_on_a_line():
    union = lending(500)
    union.pay(debtor_agent=B1, creditor_agent=A2, amount=5)
    assert union.state.accounts[LINE].balance == 0


@pytest.mark.parametrize(("room", "paid"), [(60, 50), (50, 50), (7, 7), (0, None)])
def test_a_sponsor_gets_back_no_more_than_its_account_holds(room, paid):
    union = lending(500, money=80)
    full = Account(reserve_account("QN", "IDR"), "QN", "IDR", balance=MAX_AMOUNT - room)
    union.state.accounts.put(full.id, full)
    union.state.advances.put(ACCOUNT, Advance(ACCOUNT, LINE, 0, own=50))
    repaid = []
    for event in credit.repay(union.state):
        apply.evolve(union.state, event)
        repaid.append(event.amount)
    assert repaid == ([] if paid is None else [paid])
    assert union.state.advances[ACCOUNT].own == 50 - sum(repaid)


def test_what_a_bank_owes_its_sponsor_stays_within_what_an_amount_holds():
    union = lending(MAX_AMOUNT)
    share = ledger.share_of_range(union.state)
    advance = Advance(ACCOUNT, LINE, 0, own=MAX_AMOUNT - share)
    union.state.advances.put(ACCOUNT, advance)
    drawn(union, B1, 1_000)
    union.cycle()
    assert union.state.advances[ACCOUNT] == msgspec.structs.replace(advance, amount=1_000)
    drawn(union, B1, 1_000)
    drawn(union, B2, 30)
    union.cycle()
    assert union.state.advances[ACCOUNT].amount == 1_000
    assert union.state.advances[settlement_account(B2, "IDR")].amount == 30


def test_with_the_largest_amounts_a_draw_lets_no_account_overflow():
    union = lending(MAX_AMOUNT, max_payment=MAX_AMOUNT)
    share = ledger.share_of_range(union.state)
    union.issue(A1, "IDR", MAX_AMOUNT - share)
    for amount in (share, 5):
        drawn(union, B1, amount)
        union.cycle()
    assert (union.balance(A1), union.balance(B1)) == (MAX_AMOUNT, 0)
    assert union.state.advances[ACCOUNT].amount == share


def test_in_default_who_bore_the_loss_is_paid_back_before_the_sponsors_own_money():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=600)
    declare(union)
    advance = msgspec.structs.replace(union.state.advances[ACCOUNT], own=50)
    union.state.advances.put(ACCOUNT, advance)
    reserve = reserve_account("QN", "IDR")
    union.state.accounts.put(reserve, Account(reserve, "QN", "IDR"))
    union.issue(B1, "IDR", 700)
    assert list(credit.repay(union.state)) == []
    (bearer,) = union.state.bearers.records()
    key = bearer_key(bearer.default, bearer.currency, bearer.tier, bearer.holder)
    union.state.bearers.put(key, msgspec.structs.replace(bearer, recovered=bearer.paid))
    (repaid,) = credit.repay(union.state)
    assert (repaid.swing, repaid.amount) == ("reserve/QN/IDR", 50)
