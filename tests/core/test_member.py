import pytest

from mufakat.core import apply
from mufakat.core.accounts import swing_account
from mufakat.core.state import State
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.charter import KeyGrant, Role
from mufakat.model.refusal import Reason
from mufakat.model.signing import public_key
from tests.union import A1, A2, B1, BANKS, charter, genesis, grants, lei, private, settled_world

NEW = "NEWBQMA1XXX"
KEYS = grants(NEW, (Role.SUBMIT, Role.APPROVE))


def reason(outcome):
    return outcome.refusal and outcome.refusal.reason


def test_a_union_is_founded_with_its_members_keys_and_no_money():
    state = apply.found(genesis(charter()))
    assert isinstance(state, State)
    assert len(state.keys) == 3 * len(Role)
    assert [(a.id, a.balance) for a in state.accounts.records()] == [
        (f"issue/{currency}/{currency}", 0) for currency in ("IDR", "MYR", "VND")
    ]


def test_a_union_with_faults_is_not_founded():
    faults = apply.found(genesis(charter(day_quorum=1)))
    assert faults == ["rules.day_quorum: more than half of the members, and at most all"]


@pytest.mark.parametrize(
    ("author", "bic", "firm", "keys", "why"),
    [
        (A1, NEW, lei(300), KEYS, Reason.NOT_OWN_AFFAIR),
        ("QM", "NEWBQMA1", lei(300), KEYS, Reason.IDENTIFIER_INVALID),
        ("QM", "no bic", lei(300), KEYS, Reason.IDENTIFIER_INVALID),
        ("QM", NEW, "98450000000000030000", KEYS, Reason.IDENTIFIER_INVALID),
        ("QM", A1, lei(300), KEYS, Reason.ALREADY_REGISTERED),
        ("QM", "CBNKQNA1XXX", lei(300), KEYS, Reason.ALREADY_REGISTERED),
        ("QM", NEW, lei(300), (), Reason.IDENTIFIER_INVALID),
        ("QM", NEW, lei(300), (KeyGrant(b"short", (Role.SUBMIT,)),), Reason.IDENTIFIER_INVALID),
        ("QM", NEW, lei(300), grants(NEW, (Role.VOTE,)), Reason.WRONG_ROLE),
        ("QM", NEW, lei(300), (*KEYS, KEYS[0]), Reason.ALREADY_REGISTERED),
        ("QM", NEW, lei(300), grants(A1, (Role.SUBMIT,)), Reason.ALREADY_REGISTERED),
        ("QM", NEW, lei(300), grants("QN", (Role.SUBMIT,)), Reason.ALREADY_REGISTERED),
        ("QM", NEW, lei(300), KEYS, None),
    ],
)
def test_a_member_admits_its_banks_once_with_keys_of_their_own(author, bic, firm, keys, why):
    union = settled_world(0)
    assert reason(union.tell(author, c.RegisterParticipant(bic, firm, keys))) is why
    assert (NEW in union.state.participants) is (why is None)


def test_a_new_participants_key_is_its_own():
    union = settled_world(0)
    union.must("QM", c.RegisterParticipant(NEW, lei(300), KEYS))
    union.must(NEW, c.EnrolFirms((lei(50),)))
    key = union.state.keys[public_key(private(NEW, "submit")).hex()]
    assert (key.owner, key.sequence, key.revoked) == (NEW, 1, False)
    assert union.state.firms[lei(50)].agent == NEW


@pytest.mark.parametrize(
    ("author", "body", "why"),
    [
        ("QM", c.OpenAccount(A1, "JPY"), Reason.UNKNOWN_CURRENCY),
        ("QN", c.OpenAccount(A1, "IDR"), Reason.NOT_OWN_AFFAIR),
        (A1, c.OpenAccount(A1, "IDR"), Reason.NOT_OWN_AFFAIR),
        ("QM", c.OpenAccount(NEW, "IDR"), Reason.UNKNOWN_PARTICIPANT),
        ("QM", c.OpenAccount(A1, "IDR"), Reason.ALREADY_REGISTERED),
        ("QN", c.CloseAccount(A1, "IDR"), Reason.NOT_OWN_AFFAIR),
        ("QM", c.CloseAccount(A1, "JPY"), Reason.UNKNOWN_CURRENCY),
        ("QM", c.CloseAccount(NEW, "IDR"), Reason.UNKNOWN_ACCOUNT),
        ("QM", c.CloseAccount(A1, "IDR"), Reason.ACCOUNT_NOT_EMPTY),
        ("QM", c.EnrolFirms((lei(50),)), Reason.NOT_OWN_AFFAIR),
        (A1, c.EnrolFirms(()), Reason.EMPTY_BATCH),
        (A1, c.EnrolFirms(("no lei",)), Reason.IDENTIFIER_INVALID),
        (A1, c.EnrolFirms((lei(0),)), Reason.ALREADY_REGISTERED),
        (A1, c.EnrolFirms((lei(50), lei(50))), Reason.ALREADY_REGISTERED),
        (A1, c.EnrolFirms((lei(50), "no lei")), Reason.IDENTIFIER_INVALID),
    ],
)
def test_what_is_not_ones_own_or_not_new_is_refused(author, body, why):
    union = settled_world(100)
    assert reason(union.tell(author, body)) is why
    assert lei(50) not in union.state.firms


def test_an_account_is_closed_once_and_for_good():
    union = settled_world(0)
    close = c.CloseAccount(A1, "IDR")
    union.must("QM", close)
    assert reason(union.tell("QM", close)) is Reason.ACCOUNT_CLOSED
    assert reason(union.tell("QM", c.OpenAccount(A1, "IDR"))) is Reason.ALREADY_REGISTERED
    assert reason(union.tell("QM", c.IssueMoney(A1, "IDR", 5))) is Reason.ACCOUNT_CLOSED


def test_a_limit_ends_with_its_account():
    union = settled_world(0)
    union.must("QM", c.SetLimit(A1, "IDR", 50), ("QM", "approve"))
    union.must("QM", c.CloseAccount(A1, "IDR"))
    assert union.state.accounts[f"settlement/{A1}/IDR"].limit == 0


@pytest.mark.parametrize("bank", [A1, A2])
@pytest.mark.parametrize("channel", c.Channel)
def test_an_account_with_a_payment_to_come_stays_open_on_both_sides(bank, channel):
    union = settled_world(0)
    union.pay(amount=5, channel=channel)
    assert reason(union.tell("QM", c.CloseAccount(bank, "IDR"))) is Reason.ACCOUNT_NOT_EMPTY
    union.must("QN", c.CloseAccount(bank, "VND"))
    union.must("QM", c.CloseAccount(B1, "IDR"))


@pytest.mark.parametrize("bank", [A1, A2])
def test_an_account_with_an_obligation_still_owed_stays_open_on_both_sides(bank):
    union = settled_world(0)
    union.owe(0, 2, 5)
    assert reason(union.tell("QM", c.CloseAccount(bank, "IDR"))) is Reason.ACCOUNT_NOT_EMPTY
    union.must("QM", c.CloseAccount(B1, "IDR"))
    union.must("QN", c.CloseAccount(bank, "VND"))


def test_an_account_with_liquidity_set_aside_stays_open():
    union = settled_world(0)
    union.must("QM", c.SetLimit(A1, "IDR", 50), ("QM", "approve"))
    union.must(A1, c.ReserveLiquidity("IDR", 50))
    assert reason(union.tell("QM", c.CloseAccount(A1, "IDR"))) is Reason.ACCOUNT_NOT_EMPTY


def test_an_account_can_close_when_its_advance_is_paid_back_and_not_before():
    union = settled_world(0)
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=400, channel=c.Channel.MPNS)
    union.cycle()
    close = c.CloseAccount(B1, "IDR")
    assert reason(union.tell("QM", close)) is Reason.ACCOUNT_NOT_EMPTY
    union.issue(B1, "IDR", 400)
    assert reason(union.tell("QM", close)) is Reason.ACCOUNT_NOT_EMPTY
    union.phase(Phase.CUT_OFF)
    union.phase(Phase.CLOSED)
    assert union.state.accounts[swing_account("QN", "IDR")].balance == 0
    union.must("QM", close)


def test_each_bank_keeps_its_sponsor():
    union = settled_world(0)
    assert {each.bic: each.sponsor for each in union.state.participants.records()} == BANKS
