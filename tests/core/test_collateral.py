"""Money is pledged by its owner, out of reach until it is released, and stays where it is needed."""

import pytest

from mufakat.core.accounts import issue_account
from mufakat.model import command as c
from mufakat.model.charter import DefaultProcedure
from mufakat.model.default import PledgeCollateral, ReleaseCollateral
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.proposal import LeaveUnion
from mufakat.model.refusal import Reason
from tests.core.defaulting import declare, indebted, pay, pledge, pledged, with_pledges
from tests.union import A1, A2, B1, B2, C1, settled_world


def refusal(outcome):
    return outcome.refusal.reason if outcome.refusal else None


@pytest.mark.parametrize(
    ("author", "holder", "currency", "amount", "why"),
    [
        (A1, A1, "IDR", 1_000, None),
        (A1, "QM", "IDR", 1_000, None),
        (A1, A1, "IDR", 1_001, Reason.INSUFFICIENT_FUNDS),
        (A1, A2, "IDR", 5, Reason.NOT_OWN_AFFAIR),
        (A1, "QN", "IDR", 5, Reason.NOT_OWN_AFFAIR),
        (A1, A1, "XXX", 5, Reason.UNKNOWN_CURRENCY),
        (A1, A1, "IDR", 0, Reason.AMOUNT_ZERO),
        (A1, A1, "IDR", -1, Reason.AMOUNT_INVALID),
        (A1, A1, "IDR", MAX_AMOUNT + 1, Reason.AMOUNT_TOO_LARGE),
        ("QM", "QM", "IDR", 5, None),
        ("QM", "QM", "VND", 5, Reason.NOT_OWN_AFFAIR),
        ("QM", A1, "IDR", 5, Reason.NOT_OWN_AFFAIR),
        ("QM", "QM", "IDR", MAX_AMOUNT, Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_a_bank_pledges_its_own_money_and_a_member_new_money_of_its_own(
    author, holder, currency, amount, why
):
    union = settled_world()
    outcome = union.tell(author, PledgeCollateral(holder, currency, amount))
    assert refusal(outcome) is why
    assert pledged(union, holder, currency) == (0 if why else amount)


def test_a_pledge_is_out_of_reach_and_intraday_credit_is_no_money_to_pledge():
    union = settled_world(100)
    union.must("QM", c.SetLimit(A1, "IDR", 50), ("QM", "approve"))
    assert refusal(union.tell(A1, PledgeCollateral(A1, "IDR", 101))) is Reason.INSUFFICIENT_FUNDS
    pledge(union, A1, 60)
    pledge(union, A1, 40)
    union.pay(debtor_agent=A1, amount=60)
    assert (union.balance(A1), pledged(union, A1)) == (0, 100)


def lent(union, amount):
    """Put money on A1's account that QM did not issue but lend."""
    union.must("QM", c.SetSwingLine("QN", amount), ("QN", "approve"))
    pay(union, B1, A1, amount)
    union.cycle()


def test_a_pledge_account_that_is_full_takes_no_more():
    union = settled_world(0)
    pledge(union, "QM", MAX_AMOUNT)
    assert refusal(union.tell("QM", PledgeCollateral("QM", "IDR", 1))) is Reason.AMOUNT_TOO_LARGE
    lent(union, 5)
    assert refusal(union.tell(A1, PledgeCollateral("QM", "IDR", 5))) is Reason.AMOUNT_TOO_LARGE
    pledge(union, A1, 5)


def test_a_closed_account_pledges_nothing_and_none_is_closed_beside_a_pledge():
    union = settled_world(0)
    union.issue(A1, "IDR", 5)
    pledge(union, A1, 5)
    assert refusal(union.tell("QM", c.CloseAccount(A1, "IDR"))) is Reason.ACCOUNT_NOT_EMPTY
    union.must(A1, ReleaseCollateral("IDR", 5))
    union.must("QM", c.RedeemMoney(A1, "IDR", 5), ("QM", "approve"))
    union.must("QM", c.CloseAccount(A1, "IDR"))
    assert refusal(union.tell(A1, PledgeCollateral(A1, "IDR", 5))) is Reason.ACCOUNT_CLOSED
    assert refusal(union.tell(A1, ReleaseCollateral("IDR", 5))) is Reason.ACCOUNT_CLOSED


def test_where_the_currency_or_the_member_is_gone_nothing_is_pledged_and_nothing_released():
    union = settled_world(0)
    union.issue(A1, "MYR", 20)
    for holder in (A1, "QM"):
        pledge(union, A1, 10, holder, "MYR")
    union.must("QO", c.Propose(LeaveUnion("QO"), bytes(32)))
    union.pass_days(1)
    assert refusal(union.tell(A1, PledgeCollateral(A1, "MYR", 5))) is Reason.CURRENCY_LEAVING
    assert refusal(union.tell(A1, ReleaseCollateral("MYR", 5))) is Reason.CURRENCY_LEAVING
    assert refusal(union.tell("QM", ReleaseCollateral("MYR", 5, A1))) is Reason.CURRENCY_LEAVING


@pytest.mark.parametrize(
    ("author", "body", "why"),
    [
        (A1, ReleaseCollateral("IDR", 100), None),
        (A1, ReleaseCollateral("IDR", 40, A1), None),
        (A1, ReleaseCollateral("IDR", 40, A2), Reason.NOT_OWN_AFFAIR),
        (A1, ReleaseCollateral("IDR", 101), Reason.INSUFFICIENT_FUNDS),
        (A1, ReleaseCollateral("IDR", 0), Reason.AMOUNT_ZERO),
        (A1, ReleaseCollateral("VND", 5), Reason.UNKNOWN_ACCOUNT),
        (A2, ReleaseCollateral("IDR", 5), Reason.UNKNOWN_ACCOUNT),
        ("QM", ReleaseCollateral("IDR", 70), None),
        ("QM", ReleaseCollateral("IDR", 70, A2), None),
        ("QM", ReleaseCollateral("IDR", 70, B1), Reason.NOT_OWN_AFFAIR),
        ("QM", ReleaseCollateral("IDR", 70, "NOBKQMA1XXX"), Reason.NOT_OWN_AFFAIR),
        ("QN", ReleaseCollateral("IDR", 30), Reason.NOT_OWN_AFFAIR),
        ("QN", ReleaseCollateral("IDR", 30, B2), None),
    ],
)
def test_the_holder_takes_back_what_nothing_needs(author, body, why):
    union = settled_world()
    pledge(union, A1, 100)
    pledge(union, "QM", 70)
    pledge(union, B1, 30, "QN")
    issued = union.state.accounts[issue_account("IDR")].balance
    before = pledged(union, author)
    assert refusal(union.tell(author, body)) is why
    assert before - pledged(union, author) == (0 if why else body.amount)
    back_to_issue = why is None and author == "QM" and not body.participant
    assert union.state.accounts[issue_account("IDR")].balance - issued == (70 if back_to_issue else 0)


def test_what_is_released_lets_a_queued_payment_settle():
    union = settled_world(100)
    pledge(union, A1, 100)
    union.pay(debtor_agent=A1, amount=60)
    union.must(A1, ReleaseCollateral("IDR", 60))
    assert union.balance(A2) == 160


def test_a_bank_does_not_take_back_what_secures_its_own_advance():
    union = with_pledges(own=100, sponsor=0, issuer=0, other=0)
    assert refusal(union.tell(B1, ReleaseCollateral("IDR", 1))) is Reason.COLLATERAL_NEEDED
    union.issue(B1, "IDR", 540)
    union.cycle()
    assert refusal(union.tell(B1, ReleaseCollateral("IDR", 41))) is Reason.COLLATERAL_NEEDED
    union.must(B1, ReleaseCollateral("IDR", 40))


def test_a_member_does_not_take_back_what_coverage_needs():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=700)
    assert refusal(union.tell("QO", ReleaseCollateral("IDR", 101, C1))) is Reason.COLLATERAL_NEEDED
    union.must("QO", ReleaseCollateral("IDR", 100, C1))
    union.issue(B1, "IDR", 600)
    union.cycle()
    union.must("QO", ReleaseCollateral("IDR", 600, C1))


@pytest.mark.parametrize(("author", "to", "needed"), [("QO", C1, True), (C1, C1, False), ("QN", B2, True)])
def test_while_a_loss_is_open_members_take_nothing_back(author, to, needed):
    union = with_pledges(own=0, sponsor=0, issuer=0, other=100, default=DefaultProcedure(cap_bp=5_000))
    pledge(union, C1, 20)
    declare(union)
    pledge(union, B2, 20, "QN")
    outcome = union.tell(author, ReleaseCollateral("IDR", 5, to))
    assert refusal(outcome) is (Reason.COLLATERAL_NEEDED if needed else None)


def test_once_a_loss_is_borne_the_survivors_have_the_rest_of_their_pledges_and_the_partys_member_not():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=1_000)
    declare(union)
    pledge(union, B2, 20, "QN")
    union.must("QO", ReleaseCollateral("IDR", 400, C1))
    assert refusal(union.tell("QN", ReleaseCollateral("IDR", 5, B2))) is Reason.COLLATERAL_NEEDED


def test_money_that_was_lent_is_not_redeemed_by_a_release():
    union = indebted(0, 600)
    union.must(A1, PledgeCollateral("QM", "IDR", 600))
    assert refusal(union.tell("QM", ReleaseCollateral("IDR", 600))) is Reason.LIMIT_IN_USE
    assert refusal(union.tell("QM", ReleaseCollateral("IDR", 5, A1))) is Reason.COLLATERAL_NEEDED


def test_an_account_that_is_full_takes_nothing_back():
    union = settled_world(0)
    union.issue(A1, "IDR", 10)
    pledge(union, A1, 10)
    union.issue(A1, "IDR", MAX_AMOUNT - 10)
    lent(union, 5)
    assert refusal(union.tell(A1, ReleaseCollateral("IDR", 6))) is Reason.AMOUNT_TOO_LARGE
    union.must(A1, ReleaseCollateral("IDR", 5))


@pytest.mark.parametrize("body", [PledgeCollateral("QM", "IDR", 5), ReleaseCollateral("IDR", 5, A1)])
def test_a_member_brings_no_new_money_to_its_bank_by_way_of_a_pledge_with_one_key(body):
    union = settled_world(100)
    pledge(union, "QM", 5)
    alone = union.send(union.signed("QM", body))
    assert refusal(alone) is Reason.APPROVAL_MISSING
    union.must("QM", body, ("QM", "approve"))


def test_a_bank_pledges_and_releases_with_one_key_and_a_member_where_issuing_needs_one():
    union = settled_world(100)
    for body in (PledgeCollateral(A1, "IDR", 5), ReleaseCollateral("IDR", 5)):
        assert refusal(union.send(union.signed(A1, body))) is None
    union = settled_world(0, four_eyes=())
    assert refusal(union.send(union.signed("QM", PledgeCollateral("QM", "IDR", 5)))) is None
