import pytest

from mufakat.model import command as c
from mufakat.model.charter import Role
from mufakat.model.outcome import Status
from mufakat.model.proposal import HaltUnion
from mufakat.node.keys import KeyMissing, KeyRing
from mufakat.node.session import Said


def test_a_group_of_one_author_has_sequences_without_gaps(small):
    said = [Said("LUALQMA0XXX", c.ReserveLiquidity("IDR", amount)) for amount in (5, 6, 7)]
    assert [outcome.status for outcome in small.session.say_all(said)] == [Status.DONE] * 3


def test_the_approval_that_the_charter_asks_for_is_added(small):
    body = c.IssueMoney("LUALQMA0XXX", "IDR", 5)
    (data,) = small.session.signed([Said("QM", body)])
    assert len(c.decode(data).signatures) == 2
    assert small.session.say("QM", body).status is Status.DONE


def test_what_can_be_said_is_known_before_it_is_said(small):
    issue = c.IssueMoney("LUALQMA0XXX", "IDR", 5)
    assert small.session.can_say("QM", issue)
    assert not small.session.can_say("NOBKQMA0XXX", issue)
    small.home.keys.joinpath("QM", "approve.key").write_bytes(b"broken")
    session = type(small.session)(small.node, KeyRing(small.home.keys))
    assert not session.can_say("QM", issue)
    assert session.can_say("QM", c.CallCycle(1))


def test_without_the_approving_key_nothing_is_submitted(small):
    small.home.keys.joinpath("QM", "approve.key").unlink()
    ring = type(small.session.keys)(small.home.keys)
    session = type(small.session)(small.node, ring)
    before = small.node.entries
    with pytest.raises(KeyMissing):
        session.say_all([Said("QM", c.IssueMoney("LUALQMA0XXX", "IDR", 5))])
    assert small.node.entries == before


def test_a_vote_is_signed_with_the_voting_key(small):
    (data,) = small.session.signed([Said("QM", c.Propose(HaltUnion(), bytes(32)))])
    assert c.decode(data).signatures[0].key == small.session.keys.pair("QM", Role.VOTE)[0]
    outcome = small.session.say("QM", c.Propose(HaltUnion(), bytes(32)))
    assert outcome.items[0].status is Status.AWAITING_QUORUM
