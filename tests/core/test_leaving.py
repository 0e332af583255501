"""A member leaves by an exit that it can carry out: nothing new, run-off, final positions, keys revoked."""

import msgspec
import pytest

from mufakat.core import apply, leaving
from mufakat.core.dump import dump, load
from mufakat.core.standing import standing_of, validators
from mufakat.model import command as c
from mufakat.model import proposal as p
from mufakat.model import ruling as r
from mufakat.model.charter import KeyGrant, Role, Standing
from mufakat.model.default import RepayLoss
from mufakat.model.outcome import Status
from mufakat.model.record import batch
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from tests.core.defaulting import declare, with_pledges
from tests.strategies import world
from tests.union import A1, A2, B1, C1, TEXT, admission, grants, lei, newcomer, private, settled_world


def reason(outcome):
    return outcome.refusal and outcome.refusal.reason


def leave(union, member="QM"):
    union.must(member, c.Propose(p.LeaveUnion(member), TEXT))


def is_out(union, member="QM"):
    return standing_of(union.state, member) is Standing.LEFT


def test_a_member_with_nothing_open_is_out_when_the_day_closes():
    union = world()
    leave(union)
    assert not is_out(union)
    union.close_day()
    assert is_out(union)
    assert [each for each, _ in validators(union.state)] == ["QN", "QO"]
    (left,) = [event for event in union.events if isinstance(event, r.MemberLeft)]
    assert left.member == "QM"
    positions = dict(left.positions)
    assert positions["issue/IDR/IDR"] == -1_200
    assert positions[f"settlement/{A1}/VND"] == 200
    assert positions[f"settlement/{C1}/IDR"] == 200
    assert f"settlement/{C1}/MYR" not in positions
    assert sum(amount for account, amount in left.positions if account.endswith("/IDR")) == 0


def open_items(kind, union):
    """Leave something open, and return how it is closed."""
    date = union.state.day.date
    if kind == "a waiting payment of its bank":
        later = date.replace(day=date.day + 2)
        order = union.order(value_date=later)
        union.must(A1, batch((order,)))
        return lambda: union.must(A1, c.CancelPayment(order.uetr))
    if kind == "a waiting payment to its bank":
        order = union.order(
            debtor_agent=B1, creditor_agent=A1, currency="VND", value_date=date.replace(day=date.day + 2)
        )
        union.must(B1, batch((order,)))
        return lambda: union.must(B1, c.CancelPayment(order.uetr))
    if kind == "a waiting payment in its currency":
        order = union.order(debtor_agent=B1, creditor_agent=C1, value_date=date.replace(day=date.day + 2))
        union.must(B1, batch((order,)))
        return lambda: union.must(B1, c.CancelPayment(order.uetr))
    if kind == "an obligation of its bank's firm":
        union.owe(0, 4, 9, currency="VND", due=date)
        return union.cycle
    if kind == "an obligation in its currency":
        union.owe(4, 8, 9, due=date)
        return union.cycle
    raise AssertionError(kind)


KINDS = (
    "a waiting payment of its bank",
    "a waiting payment to its bank",
    "a waiting payment in its currency",
    "an obligation of its bank's firm",
    "an obligation in its currency",
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_registered_runs_off_first(kind):
    union = world()
    close = open_items(kind, union)
    leave(union)
    union.pass_days(1)
    assert not is_out(union)
    (item,) = leaving.open_items(union.state, union.state.charter.member("QM"))
    assert item.split()[0] in {"payment", "obligation"}
    if "obligation" in kind:
        union.pass_days(1)  # the day after is a holiday of one issuer
    close()
    union.close_day()
    assert is_out(union)


@pytest.mark.parametrize(("lender", "debtor"), [("QM", "QN"), ("QN", "QM")])
def test_swing_is_paid_back_first(lender, debtor):
    union = settled_world(0)
    currency = {"QM": "IDR", "QN": "VND"}[lender]
    bank, other = (B1, A1) if lender == "QM" else (A1, B1)
    union.must(lender, c.SetSwingLine(debtor, 500), (debtor, "approve"))
    union.pay(debtor_agent=bank, creditor_agent=other, currency=currency, amount=400, channel=c.Channel.MPNS)
    union.cycle()
    leave(union)
    union.pass_days(2)
    assert not is_out(union)
    assert list(leaving.open_items(union.state, union.state.charter.member("QM"))) == [
        f"swing swing/{debtor}/{currency}"
    ]
    union.issue(bank, currency, 400)
    union.close_day()
    assert is_out(union)


def test_what_nobody_accepted_holds_nobody_back_and_is_accepted_no_more():
    union = world()
    date = union.state.day.date
    for number, answer in enumerate((None, c.DisputeObligations)):
        item = c.ObligationItem(f"{lei(0)}/{number}", lei(4), lei(0), "VND", 5, date, bytes(32))
        union.must(A1, c.RegisterObligations((item,)))
        if answer is not None:
            union.must(B1, answer((item.id,)))
    leave(union)
    union.close_day()
    assert is_out(union)
    union.open_day(date.replace(day=date.day + 1))
    (refused,) = union.tell(B1, c.AcceptObligations((f"{lei(0)}/0",))).items
    assert refused.refusal.reason is Reason.COUNTERPARTY_SUSPENDED


def test_all_keys_of_who_left_are_revoked_and_its_banks_too():
    union = world()
    leave(union)
    union.close_day()
    for author, role in (("QM", "submit"), ("QM", "vote"), (A1, "submit"), (A2, "approve")):
        assert union.state.keys[public_key(private(author, role)).hex()].revoked
    assert reason(union.tell("QM", c.CallCycle(1))) is Reason.REVOKED_KEY
    assert reason(union.tell(A1, c.ReserveLiquidity("IDR", 1))) is Reason.REVOKED_KEY
    assert not union.state.keys[public_key(private(B1, "submit")).hex()].revoked


def out_of_three():
    union = world()
    order = union.order(debtor_agent=B1, creditor_agent=A1, currency="VND", amount=3)
    union.must(B1, batch((order,)))
    back = union.order(debtor_agent=A1, creditor_agent=B1, currency="MYR", amount=3)
    union.must(A1, batch((back,)))
    own = union.order(debtor_agent=B1, creditor_agent=C1, currency="IDR", amount=3)
    union.must(B1, batch((own,)))
    leave(union)
    union.pass_days(2)
    assert is_out(union)
    return union, back, own


def test_nothing_new_is_entered_with_who_left_or_in_its_currency():
    union, back, own = out_of_three()
    date = union.state.day.date
    for change, why in (
        ({"creditor_agent": A1, "currency": "VND"}, Reason.COUNTERPARTY_SUSPENDED),
        ({"creditor_agent": C1, "currency": "IDR"}, Reason.CURRENCY_LEAVING),
    ):
        (item,) = union.pay(debtor_agent=B1, value_date=date, **change).items
        assert item.refusal.reason is why
    assert reason(union.tell(B1, c.ReturnPayment(back.uetr, "AC04"))) is Reason.COUNTERPARTY_SUSPENDED
    assert reason(union.tell(C1, c.ReturnPayment(own.uetr, "AC04"))) is Reason.CURRENCY_LEAVING
    for body in (c.IssueMoney(A1, "VND", 5), c.SetLimit(A1, "VND", 5)):
        assert reason(union.tell("QN", body)) is Reason.COUNTERPARTY_SUSPENDED
    assert reason(union.tell("QN", c.SetSwingLine("QM", 1), ("QM", "approve"))) is Reason.REVOKED_KEY


def test_other_issuers_pay_who_left_out_and_close_its_accounts():
    union, *_ = out_of_three()
    union.must("QN", c.RedeemMoney(A1, "VND", 203))
    union.must("QN", c.CloseAccount(A1, "VND"))
    assert union.state.accounts[f"settlement/{A1}/VND"].closed


def test_an_account_for_a_bank_of_who_left_is_not_opened():
    union = world()
    union.enact(newcomer())
    leave(union)
    union.close_day()
    assert reason(union.tell("QP", c.OpenAccount(A1, "THB"))) is Reason.COUNTERPARTY_SUSPENDED
    assert union.tell("QP", c.OpenAccount(B1, "THB")).status is Status.DONE


def test_the_union_goes_on_without_who_left_and_its_history_verifies():
    union, *_ = out_of_three()
    date = union.state.day.date
    union.pay(debtor_agent=B1, creditor_agent=C1, currency="MYR", amount=9, value_date=date)
    union.cycle()
    settled = [event for event in union.events if type(event).__name__ == "CycleSettled"][-1]
    assert settled.currencies == ("MYR", "VND")
    replayed = apply.found(union.genesis)
    for number, (data, at_us) in enumerate(union.log):
        apply.execute(replayed, data, at_us)
        if number % 50 == 0:
            replayed = load(dump(replayed))
    assert replayed.root() == union.state.root()


def test_the_union_does_not_open_for_who_left():
    union = world()
    free = tuple(union.state.day.date.replace(month=12, day=day) for day in (1, 2))
    for member in ("QN", "QO"):
        union.must(member, c.Propose(p.AmendEntry(member, holidays=free), TEXT))
    leave(union)
    union.close_day()
    assert reason(union.tell("QN", c.DeclarePhase(free[0], c.Phase.OPEN))) is Reason.NOT_A_BUSINESS_DAY


def test_the_last_member_stays_to_keep_the_log():
    union = world()
    for member in ("QM", "QN", "QO"):
        leave(union, member)
    union.close_day()
    assert [is_out(union, member) for member in ("QM", "QN", "QO")] == [True, True, False]
    assert [each for each, _ in validators(union.state)] == ["QO"]


def test_the_last_validator_stays_until_another_validates():
    union = world()
    for member in ("QN", "QO"):
        key = public_key(private(member, "validate"))
        union.must(member, c.Propose(p.RotateKeys(member, (), (key,)), TEXT))
    leave(union)
    union.pass_days(1)
    assert not is_out(union)
    grant = (KeyGrant(public_key(private("QN", "new")), (Role.VALIDATE,)),)
    union.must("QN", c.Propose(p.RotateKeys("QN", grant, ()), TEXT))
    union.close_day()
    assert is_out(union)


def test_a_released_member_is_out_without_its_vote():
    union = world()
    union.enact(newcomer())
    union.enact(p.ReleaseMember("QM"))
    assert reason(union.tell("QM", c.CastVote(1, True))) is Reason.MEMBER_SUSPENDED
    union.must("QM", c.RedeemMoney(A1, "IDR", 5), ("QM", "approve"))
    union.close_day()
    assert is_out(union)


def test_who_left_comes_back_with_new_keys_and_its_own_currency():
    union = world()
    before = union.state.charter.member("QM")
    leave(union)
    union.pass_days(1)
    new = msgspec.structs.replace(before, keys=grants("QM again", (Role.SUBMIT, Role.VOTE)))
    for entry, why in (
        (before, Reason.ALREADY_REGISTERED),
        (msgspec.structs.replace(new, currency="THB"), Reason.RULE_INVALID),
        (msgspec.structs.replace(new, decimals=0), Reason.RULE_INVALID),
    ):
        signer = "QM" if entry is before else "QM again"
        assert reason(union.tell("QN", c.Propose(admission(entry, signer), TEXT))) is why
    union.enact(admission(new, "QM again"))
    assert standing_of(union.state, "QM") is Standing.ACTIVE
    assert [each.id for each in union.state.charter.members] == ["QM", "QN", "QO"]
    assert union.state.accounts["issue/IDR/IDR"].balance == -1_200
    paid = union.pay(debtor_agent=B1, creditor_agent=C1, value_date=union.state.day.date)
    assert paid.items[0].status is Status.SETTLED


def test_once_the_issuer_is_out_no_loss_in_its_currency_is_repaid():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=600)
    union.issue(C1, "IDR", 5)
    declare(union)
    leave(union)
    union.pass_days(1)
    assert is_out(union)
    assert reason(union.tell(C1, RepayLoss(1, "IDR", 5))) is Reason.CURRENCY_LEAVING


def test_neither_the_member_of_a_party_in_default_nor_who_bore_its_loss_is_out_before_that_is_settled():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=600)
    declare(union)
    for member in ("QN", "QO"):
        union.must(member, c.Propose(p.LeaveUnion(member), TEXT))
    union.pass_days(1)
    assert [standing_of(union.state, each) for each in ("QN", "QO")] == [Standing.LEAVING] * 2
    union.must(A1, RepayLoss(1, "IDR", 600))
    union.pass_days(1)
    assert [standing_of(union.state, each) for each in ("QN", "QO")] == [Standing.LEAVING, Standing.LEFT]
