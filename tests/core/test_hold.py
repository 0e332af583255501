"""Putting items on hold: what is blocked is what the payer has of its own, in a case with a deadline."""

import datetime

from mufakat.core import hold
from mufakat.core.accounts import settlement_account
from mufakat.model.charter import Compliance
from mufakat.model.verdict import Screened
from tests.core.test_case import hold as put_on_hold
from tests.core.test_listing import bring
from tests.core.test_verdict import listed_world
from tests.strategies import POOL
from tests.union import A1, TUESDAY, settled_world


def test_what_can_be_blocked_is_what_is_free_without_credit():
    union = listed_world()
    account = settlement_account(A1, "IDR")
    assert [hold.free_for(union.state, account, amount) for amount in (5, 200, 900)] == [5, 200, 200]
    union.pay(amount=200)
    assert hold.free_for(union.state, account, 5) == 0


def test_a_case_has_the_next_number_its_member_and_the_charters_deadline():
    union = settled_world(200, compliance=Compliance(review_days=7))
    bring(union, "QM", POOL[0])
    put_on_hold(union)
    said = hold.hold_of(union.state, A1, ("un/E0/x",), Screened())
    assert (said.case, said.member) == (2, "QM")
    assert said.deadline == TUESDAY + datetime.timedelta(7)
