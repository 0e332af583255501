"""Members and participants: who takes part, with which keys, accounts and firms.

A member decides alone who its banks are, and who holds accounts in its currency; a bank decides alone which
firms it enrols. Rule source: charter, members' own affairs.
"""

import datetime
from typing import Final

import msgspec

from mufakat.core.accounts import (
    Account,
    blocked_account,
    collateral_account,
    issue_account,
    settlement_account,
)
from mufakat.core.authorisation import key_record, refuse_batch
from mufakat.core.binding import listed_as
from mufakat.core.decision import Decision, refused
from mufakat.core.law import Law, Seat
from mufakat.core.ledger import usable
from mufakat.core.standing import refuse_gone
from mufakat.core.state import Firm, Participant, PaymentStatus, State
from mufakat.model import identifier
from mufakat.model.charter import Charter, KeyGrant, Member, Role, Standing
from mufakat.model.command import CloseAccount, EnrolFirms, OpenAccount, RegisterParticipant
from mufakat.model.event import (
    AccountClosed,
    AccountOpened,
    FirmsEnrolled,
    ParticipantRegistered,
    UnionFounded,
)
from mufakat.model.listing import firm_number
from mufakat.model.outcome import DONE, Outcome, Status
from mufakat.model.refusal import Reason
from mufakat.model.ruling import KeysRotated, MemberAdmitted
from mufakat.model.signing import KEY_BYTES

MEMBER_ROLES: Final = (Role.VOTE, Role.VALIDATE)
"""Roles that a participant's key cannot have."""


def found(charter: Charter) -> State:
    """Make the state of a union that was just founded: members' keys and issue accounts, no money."""
    state = State(charter)
    evolve_founded(state, UnionFounded(charter))
    return state


def evolve_founded(state: State, event: UnionFounded) -> None:
    """Put the members in, and the charter in force as what all of them signed."""
    for member in event.charter.members:
        _put_in(state, member)
    votes = tuple((member.id, 0) for member in event.charter.members)
    law = Law("charter", state.union, 0, votes, len(votes), state.version, datetime.date.min)
    state.laws.put(law.name, law)


def evolve_admitted(state: State, event: MemberAdmitted) -> None:
    """Put a new member in, or one that comes back."""
    _put_in(state, event.member)


def _put_in(state: State, member: Member) -> None:
    """Put a member's standing, its keys and the issue account of its currency in place."""
    state.standings.put(member.id, Seat(member.id, Standing.ACTIVE))
    account = issue_account(member.currency)
    if account not in state.accounts:
        state.accounts.put(account, Account(account, member.id, member.currency))
    _grant(state, member.id, member.keys)


def _grant(state: State, owner: str, grants: tuple[KeyGrant, ...]) -> None:
    for grant in grants:
        assert grant.public.hex() not in state.keys, "a key is granted once, and never comes back"
        state.keys.put(grant.public.hex(), key_record(grant.public, owner, grant.roles))


def evolve_keys_rotated(state: State, event: KeysRotated) -> None:
    """Put new keys in place and mark old ones revoked; their sequences stay."""
    for public in event.revoked:
        key = state.keys[public.hex()]
        assert key.owner == event.owner, "keys are revoked by their owner's member"
        state.keys.put(public.hex(), msgspec.structs.replace(key, revoked=True))
    _grant(state, event.owner, event.granted)


def register_participant(state: State, author: str, body: RegisterParticipant) -> Decision:
    """Admit a bank of the author's own."""
    yield from ()
    sponsor = state.charter.member(author)
    if sponsor is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a member admits its banks.")
    if identifier.bic(body.bic) != body.bic:
        return refused(Reason.IDENTIFIER_INVALID, f"BIC {body.bic}.")
    if identifier.lei(body.lei) is None:
        return refused(Reason.IDENTIFIER_INVALID, f"LEI {body.lei}.")
    if body.bic in state.participants or any(member.bic == body.bic for member in state.charter.members):
        return refused(Reason.ALREADY_REGISTERED, f"BIC {body.bic}.")
    publics = [grant.public for grant in body.keys]
    if not publics or any(len(public) != KEY_BYTES for public in publics):
        return refused(Reason.IDENTIFIER_INVALID, "Keys: at least one, each of 32 bytes.")
    if any(role in grant.roles for grant in body.keys for role in MEMBER_ROLES):
        return refused(Reason.WRONG_ROLE, "Members vote and validate; a participant's key cannot.")
    if len(set(publics)) != len(publics) or any(public.hex() in state.keys for public in publics):
        return refused(Reason.ALREADY_REGISTERED, "One of the keys.")
    yield ParticipantRegistered(body.bic, body.lei, sponsor.id, body.keys)
    return DONE


def evolve_participant_registered(state: State, event: ParticipantRegistered) -> None:
    """Put the participant and its keys in place."""
    state.participants.put(event.bic, Participant(event.bic, event.lei, event.sponsor))
    _grant(state, event.bic, event.keys)


def refuse_unless_issuer(state: State, author: str, currency: str) -> Outcome | None:
    """Return UNKNOWN_CURRENCY or NOT_OWN_AFFAIR, or None when `author` issues `currency`."""
    issuer = state.charter.issuer(currency)
    if issuer is None:
        return refused(Reason.UNKNOWN_CURRENCY, currency)
    if issuer.id != author:
        return refused(Reason.NOT_OWN_AFFAIR, f"{currency} is issued by {issuer.id} alone.")
    return None


def open_account(state: State, author: str, body: OpenAccount) -> Decision:
    """Open a settlement account in the author's own currency."""
    yield from ()
    refusal = refuse_unless_issuer(state, author, body.currency)
    if refusal is not None:
        return refusal
    if body.participant not in state.participants:
        return refused(Reason.UNKNOWN_PARTICIPANT, body.participant)
    account = settlement_account(body.participant, body.currency)
    if account in state.accounts:
        return refused(Reason.ALREADY_REGISTERED, account)
    gone = refuse_gone(state, body.participant, body.currency)
    if gone is not None:
        return Outcome(Status.REFUSED, gone)
    yield AccountOpened(account, body.participant, body.currency)
    return DONE


def evolve_account_opened(state: State, event: AccountOpened) -> None:
    """Put an empty account in place."""
    state.accounts.put(event.account, Account(event.account, event.participant, event.currency))


def close_account(state: State, author: str, body: CloseAccount) -> Decision:
    """Close an account of the author's currency that holds nothing and has no open payment."""
    yield from ()
    refusal = refuse_unless_issuer(state, author, body.currency)
    if refusal is not None:
        return refusal
    account = usable(state, settlement_account(body.participant, body.currency))
    if isinstance(account, Reason):
        return refused(account)
    advance = state.advances.get(account.id)
    owes = advance is not None and advance.amount + advance.own
    pledged = state.accounts.get(collateral_account(body.participant, body.currency))
    open_items = state.queues.get(account.id) or owes or _has_waiting(state, account)
    is_used = (
        _is_quoted(state, account) or _is_held(state, account) or (pledged is not None and pledged.balance)
    )
    is_reserved = state.reservations.of(account.row)
    if account.balance or account.pending or account.reserved or open_items or is_used or is_reserved:
        return refused(Reason.ACCOUNT_NOT_EMPTY, account.id)
    yield AccountClosed(account.id)
    return DONE


def _is_quoted(state: State, account: Account) -> bool:
    """Tell whether an open quote of its owner would use the account."""
    quotes = state.offers.of(account.owner).values()
    return any(account.currency in (quote.sells, quote.buys) for quote in quotes)


def _is_held(state: State, account: Account) -> bool:
    """Tell whether a payment on hold would use the account."""
    held = (PaymentStatus.HELD, PaymentStatus.FROZEN)
    orders = (each.order for each in state.payments.records() if each.status in held)
    blocked = state.accounts.get(blocked_account(account.owner, account.currency))
    return (blocked is not None and bool(blocked.balance)) or any(
        order.currency == account.currency and account.owner in (order.debtor_agent, order.creditor_agent)
        for order in orders
    )


def _has_waiting(state: State, account: Account) -> bool:
    """Tell whether a waiting payment, or an obligation still owed, would use the account."""
    for uetr in state.waiting:
        order = state.payments[uetr].order
        if order.currency == account.currency and account.owner in (order.debtor_agent, order.creditor_agent):
            return True
    return any(
        obligation.open
        and obligation.item.currency == account.currency
        and account.owner in (obligation.debtor_agent, obligation.creditor_agent)
        for obligation in state.obligations.records()
    ) or any(
        account.id == settlement_account(state.payments[uetr].order.creditor_agent, account.currency)
        for queue in state.queues.values()
        for uetr in queue
        if state.payments[uetr].order.currency == account.currency
    )


def evolve_account_closed(state: State, event: AccountClosed) -> None:
    """Mark the account closed; its history stays."""
    account = state.accounts[event.account]
    state.accounts.put(event.account, Account(account.id, account.owner, account.currency, closed=True))


def enrol_firms(state: State, author: str, body: EnrolFirms) -> Decision:
    """Enrol firms that the author banks; all of them or none."""
    yield from ()
    participant = state.participants.get(author)
    if participant is None:
        return refused(Reason.NOT_OWN_AFFAIR, "Only a participant enrols firms.")
    refusal = refuse_batch(state, len(body.firms))
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    for firm in body.firms:
        if identifier.lei(firm) is None:
            return refused(Reason.IDENTIFIER_INVALID, f"LEI {firm}.")
        if firm in state.firms:
            return refused(Reason.ALREADY_REGISTERED, f"LEI {firm}.")
        listed = listed_as(state, firm_number(firm), author)
        if listed is not None:
            return refused(Reason.PARTY_LISTED, listed)
    if len(set(body.firms)) != len(body.firms):
        return refused(Reason.ALREADY_REGISTERED, "A firm stands twice.")
    yield FirmsEnrolled(participant.bic, body.firms)
    return DONE


def evolve_firms_enrolled(state: State, event: FirmsEnrolled) -> None:
    """Put the firms in place."""
    for firm in event.firms:
        state.firms.put(firm, Firm(firm, event.agent))
