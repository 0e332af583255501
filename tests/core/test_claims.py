"""What a default has left unpaid."""

from mufakat.core.claims import advances_of, bearers_of, claims_of, open_default, open_defaults, owed
from mufakat.model import proposal as p
from mufakat.model.default import RepayLoss, Tier
from tests.core.defaulting import declare, pay, with_pledges
from tests.union import A1, B1, B2, C1


def test_a_default_is_open_until_it_is_ended():
    union = with_pledges(own=600)
    assert open_default(union.state, 1) is None
    declare(union)
    default = open_default(union.state, 1)
    assert open_defaults(union.state) == [default]
    union.enact(p.EndDefault(1, B1))
    assert (open_default(union.state, 1), open_defaults(union.state)) == (None, [])


def test_advances_are_a_banks_own_or_all_of_a_members():
    union = with_pledges()
    for party, count in ((B1, 1), ("QN", 1), (B2, 0), (C1, 0), ("QM", 0)):
        assert len(advances_of(union.state, party)) == count
        assert len(advances_of(union.state, party, "IDR")) == count
        assert advances_of(union.state, party, "VND") == []


def test_what_a_bank_owes_that_was_in_default_before_its_member_is_of_its_own_default_alone():
    union = with_pledges(own=0, sponsor=0, issuer=0, other=0)
    pay(union, B2, A1, union.balance(B2) + 50)
    union.cycle()
    assert [each.amount for each in advances_of(union.state, "QN")] == [600, 50]
    declare(union, B1)
    declare(union, "QN")
    assert [each.amount for each in advances_of(union.state, B1)] == [600]
    assert [each.amount for each in advances_of(union.state, "QN")] == [50]
    assert [owed(union.state, each, "IDR") for each in open_defaults(union.state)] == [600, 50]


def test_bearers_stand_in_order_and_claim_what_they_are_out_of():
    union = with_pledges(own=100, sponsor=200, issuer=150, other=450)
    declare(union)
    default = open_default(union.state, 1)
    survivors = bearers_of(union.state, 1, "IDR", Tier.SURVIVOR)
    assert [(each.holder, each.paid, each.cap) for each in survivors] == [("QM", 75, 150), ("QO", 225, 450)]
    assert claims_of(union.state, default, "IDR", Tier.SURVIVOR) == survivors
    assert [each.paid for each in bearers_of(union.state, 1, "IDR", Tier.OWN)] == [100]
    assert claims_of(union.state, default, "IDR", Tier.OWN) == [], "what was its own it owes to nobody"
    assert (owed(union.state, default, "IDR"), owed(union.state, default, "VND")) == (500, 0)
    union.must(A1, RepayLoss(1, "IDR", 300))
    assert claims_of(union.state, default, "IDR", Tier.SURVIVOR) == []
    assert owed(union.state, default, "IDR") == 200
