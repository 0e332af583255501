"""Records of the rules stand in the order in which they came."""

from mufakat.core.law import Ballot, Proposal, ProposalStatus, ballot_key, proposal_key
from mufakat.core.place import key_of
from mufakat.model.proposal import HaltUnion
from tests.union import TEXT, TUESDAY


def test_proposals_stand_in_order_of_their_numbers():
    numbers = [1, 2, 9, 10, 99, 100, 12_345]
    assert sorted(proposal_key(number) for number in numbers) == [proposal_key(number) for number in numbers]


def test_a_proposal_is_open_until_it_is_moved():
    proposal = Proposal(7, "QM", HaltUnion(), TEXT, TUESDAY)
    assert (proposal.status, proposal.votes, proposal.effect) == (ProposalStatus.OPEN, (), None)
    assert key_of(proposal) == proposal_key(7)


def test_a_ballot_stands_beside_the_others_on_its_proposal():
    assert key_of(Ballot(7, "QN", in_favour=True, height=5)) == ballot_key(7, "QN")
    assert ballot_key(7, "QN").startswith(proposal_key(7))
