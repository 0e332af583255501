"""What must always hold, as a list of named functions from a state to what is wrong with it.

Run after every batch in simulation and by the auditor; the property tests break each on purpose.
"""

from collections.abc import Callable
from typing import Final

from mufakat.core.accounts import settlement_account
from mufakat.core.binding import member_of
from mufakat.core.case_invariant import CASE_INVARIANTS
from mufakat.core.law import Proposal, ProposalStatus, ballot_key, proposal_key
from mufakat.core.leaving import open_items
from mufakat.core.promise_invariant import PROMISE_INVARIANTS
from mufakat.core.queue_invariant import QUEUE_INVARIANTS
from mufakat.core.standing import seated, standing_of, validators
from mufakat.core.state import ObligationStatus, PaymentStatus, State
from mufakat.model.basket import MOST_RATE
from mufakat.model.charter import Role, Standing, faults_of
from mufakat.model.identifier import is_reference
from mufakat.model.merkle import HASH_BYTES
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.proposal import concerned
from mufakat.model.trade import DocumentKind


def debits_equal_credits(state: State) -> list[str]:
    """Per currency all balances sum to zero: money held is money issued or lent under swing lines."""
    sums: dict[str, int] = {}
    for account in state.accounts.records():
        sums[account.currency] = sums.get(account.currency, 0) + account.balance
    return [f"{currency}: balances sum to {total}" for currency, total in sorted(sums.items()) if total]


def no_account_beyond_its_limit(state: State) -> list[str]:
    """No account is further below zero than its limit, and none holds more than the ledger's range."""
    wrong = []
    for account in state.accounts.records():
        if not account.id.startswith("issue/") and account.balance < -account.limit:
            wrong.append(f"{account.id}: {account.balance} is below its limit -{account.limit}")
        if abs(account.balance) > MAX_AMOUNT:
            wrong.append(f"{account.id}: {account.balance} is out of range")
    return wrong


def no_reservation_outlives_its_settlement(state: State) -> list[str]:
    """Between commands nothing is pending, and what is reserved is open, covered, and of this business day."""
    wrong = [
        f"{account.id}: {account.pending} pending" for account in state.accounts.records() if account.pending
    ]
    wrong += [f"{currency}: positions not settled" for currency in state.positions]
    return wrong + [
        f"{account.id}: set aside {account.reserved}, {account.offered}, {account.earmarked} of {account.balance}"
        for account in state.accounts.records()
        if min(account.reserved, account.offered, account.earmarked) < 0
        or (account.reserved + account.offered + account.earmarked and account.available < 0)
    ]


def each_waiting_payment_waits_once(state: State) -> list[str]:
    """A payment stands in its queue, or among the waiting, exactly when its status says so."""
    queued = {uetr: account for account, queue in state.queues.items() for uetr in queue}
    wrong = []
    for uetr, payment in state.payments.items():
        account = settlement_account(payment.order.debtor_agent, payment.order.currency)
        in_queue = queued.pop(payment.order.uetr, None)
        if (in_queue == account) != (payment.status is PaymentStatus.QUEUED):
            wrong.append(f"{uetr}: {payment.status.name} but queue says {in_queue}")
        if (payment.order.uetr in state.waiting) != (payment.status is PaymentStatus.ACCEPTED):
            wrong.append(f"{uetr}: {payment.status.name} disagrees with the waiting room")
    return wrong + [f"{uetr}: queued but unknown" for uetr in queued]


def nobody_owes_more_than_before(state: State) -> list[str]:
    """What is open of an obligation is between zero and its amount, and zero when it is discharged."""
    discharged = (ObligationStatus.SET_OFF, ObligationStatus.SETTLED)
    wrong = []
    for key, obligation in state.obligations.items():
        if not 0 <= obligation.open <= obligation.item.amount:
            wrong.append(f"{key}: open {obligation.open} of {obligation.item.amount}")
        if (obligation.open == 0) != (obligation.status in discharged):
            wrong.append(f"{key}: open {obligation.open} while {obligation.status.name}")
        if obligation.status is ObligationStatus.NETTED:
            wrong.append(f"{key}: netted but not settled")
    return wrong


def what_is_short_is_due_and_owed(state: State) -> list[str]:
    """An obligation that cycles leave short is accepted, and was due when the first of them did."""
    return [
        f"{key}: {obligation.status.name}, due {obligation.item.due}, short since {obligation.short_since}"
        for key, obligation in state.obligations.items()
        if obligation.short_since is not None
        and not (
            obligation.status is ObligationStatus.ACCEPTED
            and obligation.item.due <= obligation.short_since <= state.day.date
        )
    ]


def what_is_indivisible_is_owed_whole_or_not(state: State) -> list[str]:
    """Of an indivisible obligation all is open, or nothing."""
    return [
        f"{key}: indivisible, and {obligation.open} of {obligation.item.amount} is open"
        for key, obligation in state.obligations.items()
        if obligation.item.indivisible and obligation.open not in {0, obligation.item.amount}
    ]


def terms_are_what_can_be_asked_for(state: State) -> list[str]:
    """Terms are of an enrolled firm in a member's currency; amounts in range, other firms enrolled and in order."""
    wrong = []
    for key, terms in state.terms.items():
        amounts = (terms.least_residual, 0 if terms.most is None else terms.most)
        if terms.firm not in state.firms or state.charter.issuer(terms.currency) is None:
            wrong.append(f"{key}: of no firm or currency")
        if not all(0 <= amount <= MAX_AMOUNT for amount in amounts):
            wrong.append(f"{key}: amounts out of range")
        enrolled = all(each in state.firms for each in terms.not_with)
        if not enrolled or list(terms.not_with) != sorted(set(terms.not_with)):
            wrong.append(f"{key}: not with firms that are not enrolled, or out of order")
    return wrong


def fixings_are_of_the_unions_currencies(state: State) -> list[str]:
    """Each fixing is a positive rate of a currency that somebody issues, of a date that has begun."""
    return [
        f"fixing {key}: {quote.rate} of {quote.date}"
        for key, quote in state.fixings.items()
        if state.charter.issuer(quote.currency) is None
        or not 0 < quote.rate <= MOST_RATE
        or quote.date > state.day.date
    ]


def the_charter_in_force_holds(state: State) -> list[str]:
    """The charter in force has no faults, and each of its members, and nobody else, has a standing."""
    wrong = faults_of(state.charter, len(seated(state)))
    members = [member.id for member in state.charter.members]
    if members != [seat.member for seat in state.standings.records()]:
        wrong.append("members and standings differ")
    return wrong


def keys_are_what_the_charter_gives(state: State) -> list[str]:
    """A member has the keys of its entry, one that left has none, and no bank votes or validates."""
    granted = {
        grant.public: (member.id, grant.roles)
        for member in state.charter.members
        if standing_of(state, member.id) is not Standing.LEFT
        for grant in member.keys
    }
    wrong = []
    for name, key in state.keys.items():
        if key.revoked:
            continue
        if standing_of(state, member_of(state, key.owner)) is Standing.LEFT:
            wrong.append(f"{name}: {key.owner} has left")
        if key.owner in state.participants:
            if Role.VOTE in key.roles or Role.VALIDATE in key.roles:
                wrong.append(f"{name}: {key.owner} is no member")
        elif granted.pop(key.public, None) != (key.owner, key.roles):
            wrong.append(f"{name}: the charter gives {key.owner} no such key")
    wrong += [
        f"{public.hex()}: granted to {owner} and not in force" for public, (owner, _) in granted.items()
    ]
    used = sum(key.sequence for key in state.keys.records())
    return wrong if used == state.height else [*wrong, f"{used} sequence numbers, {state.height} admitted"]


def validators_are_members_in_standing(state: State) -> list[str]:
    """Who validates has a seat, and one key of that role and no other."""
    wrong = []
    members = [member for member, _ in validators(state)]
    if len(set(members)) != len(members):
        wrong.append("a member validates twice")
    for member, public in validators(state):
        key = state.keys.get(public.hex())
        if key is None or key.revoked or key.owner != member or key.roles != (Role.VALIDATE,):
            wrong.append(f"{member}: validates with a key that is not in force")
        if standing_of(state, member) not in (Standing.ACTIVE, Standing.LEAVING):
            wrong.append(f"{member}: validates while {standing_of(state, member).name}")
    return wrong


def ballots_are_members_own(state: State) -> list[str]:
    """Each ballot is a member's, on a proposal that is there, and what passed counts only votes that were cast."""
    wrong = []
    for name, ballot in state.ballots.items():
        proposal = state.proposals.get(proposal_key(ballot.proposal))
        if proposal is None or ballot.member not in state.standings:
            wrong.append(f"ballot {name}: of no member or no proposal")
        elif concerned(proposal.change) == ballot.member or not 0 < ballot.height <= state.height:
            wrong.append(f"ballot {name}: not a vote that could be cast")
    return wrong + [
        f"proposal {proposal.number}: {text}"
        for proposal in state.proposals.records()
        for text in _faults_of_proof(state, proposal)
    ]


def _faults_of_proof(state: State, proposal: Proposal) -> list[str]:
    decided = proposal.status in (ProposalStatus.PASSED, ProposalStatus.ENACTED, ProposalStatus.LAPSED)
    if not decided:
        return [] if not proposal.votes else ["votes counted before it passed"]
    voters = [member for member, _ in proposal.votes]
    wrong = [] if proposal.needed > 0 else ["passed by nobody"]
    if len(set(voters)) < max(1, proposal.needed):
        wrong.append(f"{len(set(voters))} votes of {proposal.needed}")
    for member, height in proposal.votes:
        ballot = state.ballots.get(ballot_key(proposal.number, member))
        if ballot is None or not ballot.in_favour or ballot.height != height:
            wrong.append(f"{member} did not vote in favour")
    return wrong


def each_law_rests_on_its_vote(state: State) -> list[str]:
    """Each rule in force names an enacted proposal and its votes, or the founding charter that all signed."""
    wrong = []
    for name, law in state.laws.items():
        proposal = state.proposals.get(proposal_key(law.proposal))
        if law.proposal == 0:
            proven = (name, law.text, law.version, len(law.votes)) == ("charter", state.union, 1, law.needed)
        else:
            proven = (
                proposal is not None
                and proposal.status is ProposalStatus.ENACTED
                and (law.text, law.votes, law.needed) == (proposal.text, proposal.votes, proposal.needed)
            )
        if not proven or not 1 <= law.version <= state.version:
            wrong.append(f"law {name}: rests on no vote")
    enacted = [each for each in state.proposals.records() if each.status is ProposalStatus.ENACTED]
    if not 1 + len(enacted) <= state.version:
        wrong.append(f"{len(enacted)} changes enacted, version {state.version}")
    return wrong


def who_left_leaves_nothing_open(state: State) -> list[str]:
    """Nothing of a member that left waits or is owed in a cycle to come."""
    return [
        f"{member.id}: {item}"
        for member in state.charter.members
        if standing_of(state, member.id) is Standing.LEFT
        for item in open_items(state, member)
    ]


def each_cycle_has_its_certificates(state: State) -> list[str]:
    """Each cycle that ran has one root over its certificates, and only members have signed it, each once."""
    found = sorted(each.cycle for each in state.attestations.records())
    wrong = [] if found == list(range(1, state.cycle + 1)) else [f"{state.cycle} cycles, roots of {found}"]
    for each in state.attestations.records():
        if len(each.root) != HASH_BYTES or each.leaves < 0:
            wrong.append(f"cycle {each.cycle}: no root of certificates")
        if len(set(each.signers)) != len(each.signers) or (each.attested and not each.signers):
            wrong.append(f"cycle {each.cycle}: signed by {each.signers}")
        wrong += [
            f"cycle {each.cycle}: {name} is no member" for name in each.signers if name not in state.standings
        ]
    return wrong


def trade_records_are_of_firms_and_of_one_document(state: State) -> list[str]:
    """Each record stands under its name, a seller's that is enrolled, and has two hashes."""
    kinds = [kind.name.lower() for kind in DocumentKind]
    wrong = []
    for name, record in state.trade_records.items():
        seller, kind, number = (*name.split("/", 2), "", "")[:3]
        if name != record.id or seller not in state.firms or kind not in kinds or not is_reference(number):
            wrong.append(f"{name}: no record's name")
        if (len(record.document), len(record.content)) != (HASH_BYTES, HASH_BYTES):
            wrong.append(f"{name}: of no document")
    return wrong


INVARIANTS: Final[tuple[Callable[[State], list[str]], ...]] = (
    debits_equal_credits,
    no_account_beyond_its_limit,
    no_reservation_outlives_its_settlement,
    each_waiting_payment_waits_once,
    nobody_owes_more_than_before,
    what_is_short_is_due_and_owed,
    what_is_indivisible_is_owed_whole_or_not,
    terms_are_what_can_be_asked_for,
    fixings_are_of_the_unions_currencies,
    the_charter_in_force_holds,
    keys_are_what_the_charter_gives,
    validators_are_members_in_standing,
    ballots_are_members_own,
    each_law_rests_on_its_vote,
    who_left_leaves_nothing_open,
    *QUEUE_INVARIANTS,
    *PROMISE_INVARIANTS,
    each_cycle_has_its_certificates,
    trade_records_are_of_firms_and_of_one_document,
    *CASE_INVARIANTS,
)


def violations(state: State) -> list[str]:
    """Return what is wrong with a state by any invariant; an empty list when all hold."""
    return [f"{check.__name__}: {text}" for check in INVARIANTS for text in check(state)]
