import pytest

from mufakat.core import obligation
from mufakat.core.state import ObligationStatus
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.outcome import Status
from mufakat.model.refusal import Reason
from tests.union import A1, A2, B1, TUESDAY, lei, settled_world


def claim(**change):
    """An obligation of firm 0 (bank A1) to firm 2 (bank A2)."""
    fields = {
        "id": f"{lei(2)}/INV-1",
        "debtor": lei(0),
        "creditor": lei(2),
        "currency": "IDR",
        "amount": 50,
        "due": TUESDAY,
        "document": bytes(32),
    }
    return c.ObligationItem(**{**fields, **change})


def registered(union, author, *items):
    return union.tell(author, c.RegisterObligations(items))


def only(outcome):
    return outcome.items[0].refusal and outcome.items[0].refusal.reason


def test_what_the_debtors_bank_registers_is_accepted_and_what_the_creditors_does_waits():
    union = settled_world(0)
    own = registered(union, A1, claim())
    others = registered(union, A2, claim(id=f"{lei(2)}/INV-2"))
    assert [each.items[0].status for each in (own, others)] == [Status.ACCEPTED, Status.REGISTERED]
    assert union.state.obligations[f"{lei(2)}/INV-2"].status is ObligationStatus.REGISTERED


@pytest.mark.parametrize(
    ("author", "change", "why"),
    [
        (A1, {"debtor": lei(60)}, Reason.UNKNOWN_FIRM),
        (A1, {"creditor": lei(60)}, Reason.UNKNOWN_FIRM),
        (A1, {"id": f"{lei(4)}/INV-1"}, Reason.IDENTIFIER_INVALID),
        (A1, {"id": f"{lei(2)}/"}, Reason.IDENTIFIER_INVALID),
        (A1, {"id": f"{lei(2)}/{'x' * 71}"}, Reason.IDENTIFIER_INVALID),
        (A1, {"document": b""}, Reason.IDENTIFIER_INVALID),
        (B1, {}, Reason.NOT_OWN_AFFAIR),
        (A1, {"currency": "JPY"}, Reason.UNKNOWN_CURRENCY),
        (A1, {"creditor": lei(0), "id": f"{lei(0)}/INV-1"}, Reason.SAME_PARTY),
        (A1, {"amount": 0}, Reason.AMOUNT_ZERO),
        (A1, {"amount": -5}, Reason.AMOUNT_INVALID),
        (A1, {"amount": MAX_AMOUNT + 1}, Reason.AMOUNT_TOO_LARGE),
    ],
)
def test_an_obligation_that_is_not_right_leaves_no_trace(author, change, why):
    union = settled_world(0)
    assert only(registered(union, author, claim(**change))) is why
    assert len(union.state.obligations) == 0


def test_a_repeated_identifier_changes_nothing():
    union = settled_world(0)
    registered(union, A1, claim())
    root = union.state.obligations.root()
    assert only(registered(union, A1, claim(amount=70))) is Reason.DUPLICATE
    assert only(registered(union, A2, claim())) is Reason.DUPLICATE
    assert union.state.obligations.root() == root


@pytest.mark.parametrize("bank", [A1, A2])
def test_both_banks_need_an_open_account_in_the_currency(bank):
    union = settled_world(0)
    union.must("QM", c.CloseAccount(bank, "IDR"))
    assert only(registered(union, A1, claim())) is Reason.ACCOUNT_CLOSED


def test_the_debtors_bank_alone_accepts_or_disputes_and_once():
    union = settled_world(0)
    items = [claim(id=f"{lei(2)}/INV-{n}") for n in range(2)]
    registered(union, A2, *items)
    accept, dispute = (c.AcceptObligations((items[0].id,)), c.DisputeObligations((items[1].id,)))
    assert only(union.tell(A2, accept)) is Reason.NOT_OWN_AFFAIR
    assert union.tell(A1, accept).items[0].status is Status.ACCEPTED
    assert union.tell(A1, dispute).items[0].status is Status.DONE
    assert only(union.tell(A1, accept)) is Reason.WRONG_STATUS
    assert only(union.tell(A1, c.AcceptObligations((items[1].id,)))) is Reason.WRONG_STATUS
    assert only(union.tell(A1, c.DisputeObligations(("none",)))) is Reason.UNKNOWN_OBLIGATION


@pytest.mark.parametrize("answered", ["nothing", "dispute"])
def test_what_is_not_accepted_takes_part_in_no_cycle(answered):
    union = settled_world(1_000)
    registered(union, A2, claim())
    if answered == "dispute":
        union.tell(A1, c.DisputeObligations((claim().id,)))
    union.cycle()
    assert union.state.obligations[claim().id].open == 50
    assert union.balance(A1) == 1_000


@pytest.mark.parametrize("kind", [c.AcceptObligations, c.DisputeObligations, c.RegisterObligations])
def test_firms_are_spoken_for_by_participants_in_batches_while_the_day_is_open(kind):
    union = settled_world(0, max_batch_items=2)
    one = (claim(),) if kind is c.RegisterObligations else (claim().id,)
    assert union.tell("QM", kind(one)).refusal.reason is Reason.NOT_OWN_AFFAIR
    assert union.tell(A1, kind(())).refusal.reason is Reason.EMPTY_BATCH
    assert union.tell(A1, kind(one * 3)).refusal.reason is Reason.BATCH_TOO_LARGE
    union.phase(Phase.CUT_OFF)
    assert union.tell(A1, kind(one)).refusal.reason is Reason.AFTER_CUT_OFF
    union.phase(Phase.CLOSED)
    assert union.tell(A1, kind(one)).refusal.reason is Reason.DAY_NOT_OPEN


@pytest.mark.parametrize("now", ObligationStatus)
@pytest.mark.parametrize("then", ObligationStatus)
def test_a_status_moves_along_the_allowed_steps_only(now, then):
    union = settled_world(0)
    registered(union, A2, claim())
    record = union.state.obligations[claim().id]
    union.state.obligations.put(claim().id, type(record)(record.item, A1, A2, now, 50))
    if then in obligation._NEXT[now]:
        obligation.move(union.state, claim().id, then)
        assert union.state.obligations[claim().id].status is then
    else:
        with pytest.raises(AssertionError, match="no step"):
            obligation.move(union.state, claim().id, then)
