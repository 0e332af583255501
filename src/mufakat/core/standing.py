"""How each member stands, and what its standing lets it and its banks say, and others say to it.

An active member does all. A suspended one, and its banks, enter nothing new, and nobody enters anything new to
them; what is registered runs off. A leaving one winds up in the same way, but still votes and validates; one that
was released winds up without. A party in default, and the banks of a member in default, do no business; the member
still governs, and its currency goes on. Rule source: charter, membership and default; PFMI principles 13, 18.
"""

from typing import Final

from mufakat.core.binding import is_screened, listed_bank, member_of
from mufakat.core.estate import Default
from mufakat.core.state import State
from mufakat.model.charter import Member, Role, Standing
from mufakat.model.command import (
    GOVERNING,
    AcceptObligations,
    AnyCommand,
    CallCycle,
    CancelPayment,
    CertifyCycle,
    CloseAccount,
    DeclarePhase,
    DisputeObligations,
    HoldItem,
    IssueMoney,
    RedeemMoney,
    ReserveLiquidity,
    ReturnPayment,
    SetLimit,
    SettleSwing,
    SubmitFixings,
)
from mufakat.model.dealing import WithdrawQuote
from mufakat.model.default import DeclareDefault, PledgeCollateral, ReleaseCollateral, RepayLoss
from mufakat.model.identifier import MemberId
from mufakat.model.listing import BringList
from mufakat.model.queueing import AllowBypass, AmendPayment, LimitPayments, ResolveQueues
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.verdict import DecideCase, Rescreen

_SEATED: Final = (Standing.ACTIVE, Standing.LEAVING)
_WINDING_UP: Final = (Standing.LEAVING, Standing.RELEASED)
_OF_COMPLIANCE: Final = (Rescreen, HoldItem, DecideCase)
"""What nobody is kept from: it stops others' money, or lets go on what others wait for."""
_TO_WIND_UP: Final = (
    CloseAccount,
    RedeemMoney,
    IssueMoney,
    SetLimit,
    CancelPayment,
    ReturnPayment,
    AcceptObligations,
    DisputeObligations,
    ReserveLiquidity,
    AmendPayment,
    AllowBypass,
    LimitPayments,
    ResolveQueues,
    WithdrawQuote,
    ReleaseCollateral,
    RepayLoss,
    *_OF_COMPLIANCE,
)
"""What ends business, or brings an issuer's own money to where a debt has to be paid."""
_WITH_A_SEAT: Final = (
    *GOVERNING,
    *(DeclarePhase, CallCycle, SubmitFixings, CertifyCycle, DeclareDefault, SettleSwing, BringList),
)
_IN_DEFAULT: Final = (
    *_WITH_A_SEAT,
    *(IssueMoney, RedeemMoney, SetLimit, CloseAccount),
    *(CancelPayment, AcceptObligations, DisputeObligations, WithdrawQuote),
    *(PledgeCollateral, RepayLoss),
    *_OF_COMPLIANCE,
)
"""What owns up to a debt or pays it, and what keeps the union and an issuer's currency going."""


def standing_of(state: State, member: str) -> Standing:
    """Return how a member stands."""
    return state.standings[member].standing


def has_seat(state: State, member: str) -> bool:
    """Tell whether a member votes, validates and counts for the day's quorum."""
    return standing_of(state, member) in _SEATED


def seated(state: State) -> tuple[Member, ...]:
    """Return the members that vote, validate and count, in order."""
    return tuple(member for member in state.charter.members if has_seat(state, member.id))


def present(state: State) -> tuple[Member, ...]:
    """Return the members that have not left, in order."""
    members = state.charter.members
    return tuple(each for each in members if standing_of(state, each.id) is not Standing.LEFT)


def validators(state: State) -> tuple[tuple[MemberId, bytes], ...]:
    """Return the members that validate and their consensus keys, in order of member."""
    return tuple(
        (member.id, grant.public)
        for member in seated(state)
        for grant in member.keys
        if Role.VALIDATE in grant.roles
    )


def is_last_validator(state: State, member: str) -> bool:
    """Tell whether nobody but this member validates."""
    return [each for each, _ in validators(state)] == [member]


def default_of(state: State, author: str) -> Default | None:
    """Return the open default of a participant or member, or else of the participant's member; None without one."""
    parties = author, member_of(state, author)
    return next((each for each in state.defaults.records() if not each.ended and each.party in parties), None)


def taken_out(state: State) -> frozenset[str]:
    """Return the participants whose open items are taken out, because they or their members are in default."""
    if not state.charter.rules.default.unwind or all(each.ended for each in state.defaults.records()):
        return frozenset()
    banks = (each.bic for each in state.participants.records())
    return frozenset(each for each in banks if default_of(state, each) is not None)


def out_of_cycles(state: State) -> frozenset[str]:
    """Return the participants whose items no cycle settles.

    They or their members are in default, they are listed, or a list has changed since they screened their items.
    """
    out = taken_out(state)
    if not len(state.listings):
        return out
    banks = (each.bic for each in state.participants.records())
    stopped = (each for each in banks if not is_screened(state, each) or listed_bank(state, each) is not None)
    return out.union(stopped)


def refuse_speaker(state: State, author: str, body: AnyCommand) -> Refusal | None:
    """Return why the author may not say such a thing now, or None."""
    if state.halted and not isinstance(body, GOVERNING):
        return Refusal(Reason.UNION_HALTED)
    member = member_of(state, author)
    standing = standing_of(state, member)
    if (
        standing is Standing.ACTIVE
        or (standing is Standing.SUSPENDED and isinstance(body, _OF_COMPLIANCE))
        or (standing in _WINDING_UP and isinstance(body, _TO_WIND_UP))
        or (standing is Standing.LEAVING and isinstance(body, _WITH_A_SEAT))
    ):
        listed = refuse_listed(state, author)
        if listed is not None:
            return listed
        default = default_of(state, author)
        if default is None or isinstance(body, _IN_DEFAULT):
            return None
        return Refusal(Reason.PARTY_IN_DEFAULT, f"Default {default.number}: {default.party}.")
    return Refusal(Reason.MEMBER_SUSPENDED, f"{member} is {standing.name.lower()}.")


def refuse_listed(state: State, bank: str) -> Refusal | None:
    """Return PARTY_LISTED, or None when no entry of the union's list names a bank by its number."""
    listed = listed_bank(state, bank)
    return None if listed is None else Refusal(Reason.PARTY_LISTED, f"{bank}: {listed}.")


def refuse_counterparty(state: State, bank: str) -> Refusal | None:
    """Return why there is no new business with a bank, or None."""
    listed = refuse_listed(state, bank)
    if listed is not None:
        return listed
    member = member_of(state, bank)
    standing = standing_of(state, member)
    if standing is Standing.ACTIVE:
        default = default_of(state, bank)
        return None if default is None else Refusal(Reason.COUNTERPARTY_IN_DEFAULT, f"{default.party}.")
    return Refusal(Reason.COUNTERPARTY_SUSPENDED, f"{bank}: {member} is {standing.name.lower()}.")


def refuse_currency(state: State, issuer: Member) -> Refusal | None:
    """Return CURRENCY_LEAVING, or None when new business in an issuer's currency is open."""
    standing = standing_of(state, issuer.id)
    if standing in (Standing.ACTIVE, Standing.SUSPENDED):
        return None
    return Refusal(Reason.CURRENCY_LEAVING, f"{issuer.currency}: {issuer.id} is {standing.name.lower()}.")


def refuse_gone(state: State, bank: str, currency: str) -> Refusal | None:
    """Return why nothing at all is entered any more: the bank is listed, its member or the issuer has left."""
    listed = refuse_listed(state, bank)
    if listed is not None:
        return listed
    issuer = state.charter.issuer(currency)
    assert issuer is not None, "the caller knows the currency"
    if standing_of(state, member_of(state, bank)) is Standing.LEFT:
        return refuse_counterparty(state, bank)
    return refuse_currency(state, issuer) if standing_of(state, issuer.id) is Standing.LEFT else None
