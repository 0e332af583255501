"""A rehearsal is what the rules would do, on a copy; the state it is made of stays as it is."""

import msgspec
import pytest

from mufakat.core.accounts import Account, reserve_account
from mufakat.core.claims import advances_of
from mufakat.core.dump import dump
from mufakat.model import command as c
from mufakat.model.charter import DefaultProcedure
from mufakat.model.default import Cause, LossCovered
from mufakat.node.rehearsal import NoRehearsal, Payment, Sum, costliest, rehearse
from tests.core.defaulting import ACCOUNT, declare, pay, with_pledges
from tests.union import A1, B1, B2, C1, settled_world


@pytest.mark.parametrize("party", [B1, "QN", C1])
def test_what_is_rehearsed_is_what_then_happens_and_nothing_has_changed(party):
    union = with_pledges(own=100, sponsor=200, issuer=50, other=60)
    before = dump(union.state)
    told = rehearse(union.state, party)
    assert dump(union.state) == before
    declare(union, party)
    happened = [
        (event.tier.name.lower(), event.collateral.split("/")[1], event.amount)
        for event in union.events
        if isinstance(event, LossCovered)
    ]
    assert [(each.tier, each.payer, each.amount) for each in told.payments] == happened
    assert sum(each.amount for each in told.rest) == sum(
        each.amount for each in advances_of(union.state, party)
    )


def test_a_rehearsal_tells_each_step_what_is_left_and_who_can_be_called():
    union = with_pledges(own=100, sponsor=200, issuer=150, other=60)
    union.issue(B1, "IDR", 50)
    union.owe(4, 0, 60)
    pay(union, B1, C1, 30)
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=9_000)
    union.pay(debtor_agent=A1, creditor_agent=C1, amount=10)
    told = rehearse(union.state, B1, Cause.ADVANCE_OVERDUE)
    assert (told.party, told.cause, told.date) == (B1, "advance_overdue", "2026-11-24")
    assert told.owed == (Sum("IDR", 600),)
    assert told.payments == (
        Payment("funds", B1, "IDR", 50, 550),
        Payment("own", B1, "IDR", 100, 450),
        Payment("sponsor", "QN", "IDR", 200, 250),
        Payment("survivor", "QM", "IDR", 150, 100),
        Payment("survivor", "QO", "IDR", 60, 40),
    )
    assert told.rest == (Sum("IDR", 40),)
    assert [(each.member, each.weight, each.cap) for each in told.calls] == [("QM", 150, 150), ("QO", 60, 60)]
    assert (told.rejected, told.released, told.left_out) == (2, 1, 1)
    assert (told.before[0].exposure, told.after[0].exposure) == (600, 40)


def test_what_goes_back_to_the_sponsor_itself_is_no_part_of_the_loss():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=60)
    reserve = reserve_account("QN", "IDR")
    union.state.accounts.put(reserve, Account(reserve, "QN", "IDR"))
    union.state.advances.put(ACCOUNT, msgspec.structs.replace(union.state.advances[ACCOUNT], own=30))
    union.issue(B1, "IDR", 650)
    told = rehearse(union.state, B1)
    assert told.payments == (Payment("funds", B1, "IDR", 600, 0),)


def test_a_rehearsal_says_how_far_it_is():
    told = []
    rehearse(settled_world(0).state, B1, progress=lambda *each: told.append(each))
    assert [(done, of) for _, done, of in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    ("party", "rules", "why"),
    [
        ("NOBKQMA1XXX", DefaultProcedure(), "no participant or member 'NOBKQMA1XXX'; there are QM, QN, QO"),
        (B1, DefaultProcedure(on=0), "the charter has no default procedure"),
        (B2, DefaultProcedure(), "is in default already, number 1"),
    ],
)
def test_what_cannot_be_rehearsed_is_said(party, rules, why):
    union = settled_world(0, default=rules)
    if rules.on:
        declare(union, B2)
    with pytest.raises(NoRehearsal, match=why):
        rehearse(union.state, party)


def test_the_costliest_is_who_leaves_the_most_uncovered_now_or_could():
    union = settled_world(0)
    assert costliest(union.state) == "QM"
    union.must("QM", c.SetSwingLine("QN", 500), ("QN", "approve"))
    union.must("QM", c.SetSwingLine("QO", 700), ("QO", "approve"))
    assert costliest(union.state) == "QO"
    pay(union, B1, A1, 5)
    union.cycle()
    assert costliest(union.state) == "QN"
