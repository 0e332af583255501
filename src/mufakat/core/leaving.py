"""Exit: a member that leaves, or was released, is out once nothing of it is open.

Looked at when a day closes. Its debts and payments have run off in the cycles before; what it, its banks, and
others in its currency still hold is written down as the final positions, and all its keys are revoked. What nobody
ever accepted does not hold it back, nor does interest that no settlement can pay. Rule source: charter, membership;
PFMI principle 18 (orderly exit).
"""

from collections.abc import Iterator

import msgspec

from mufakat.core.accounts import Account
from mufakat.core.binding import member_of
from mufakat.core.claims import claims_of, open_defaults
from mufakat.core.decision import Events
from mufakat.core.docket import CaseKind
from mufakat.core.interest import payable
from mufakat.core.law import Seat
from mufakat.core.lifecycle import payment_of
from mufakat.core.standing import is_last_validator, seated, standing_of
from mufakat.core.state import ObligationStatus, State
from mufakat.model.charter import Member, Standing
from mufakat.model.default import Tier
from mufakat.model.identifier import AccountId, Uetr
from mufakat.model.ruling import MemberLeft

_ON_THE_WAY_OUT = (Standing.LEAVING, Standing.RELEASED)


def end_of_day(state: State) -> Events:
    """Let every member out of which nothing is open; the last one stays, to keep the log."""
    for member in state.charter.members:
        if standing_of(state, member.id) not in _ON_THE_WAY_OUT or any(open_items(state, member)):
            continue
        others = [each for each in seated(state) if each.id != member.id]
        if others and not is_last_validator(state, member.id):
            yield MemberLeft(member.id, state.day.date, positions(state, member))


def open_items(state: State, member: Member) -> Iterator[str]:
    """Name what is open of a member, its banks, or its currency: payments, debts, cases, lines, quotes, losses."""
    unsettled = [uetr for queue in state.queues.values() for uetr in queue] + list(state.waiting)
    for uetr in unsettled:
        order = state.payments[uetr].order
        if order.currency == member.currency or _is_of(
            state, member, order.debtor_agent, order.creditor_agent
        ):
            yield f"payment {uetr}"
    for obligation in state.obligations.records():
        agents = obligation.debtor_agent, obligation.creditor_agent
        if obligation.status is ObligationStatus.ACCEPTED and (
            obligation.item.currency == member.currency or _is_of(state, member, *agents)
        ):
            yield f"obligation {obligation.item.id}"
    for account in state.accounts.records():
        if account.id.startswith("swing/") and _concerns(state, member, account):
            yield from _open_on_line(state, account)
    yield from _open_cases(state, member)
    for name in state.offers.open():
        quote = state.quotes[name]
        in_currency = member.currency in (quote.sells, quote.buys)
        if in_currency or _is_of(state, member, quote.offer.quoter):
            yield f"quote {name}"
    for default in open_defaults(state):
        claims = [
            each.holder
            for currency in sorted(each.currency for each in state.charter.members)
            for tier in (Tier.SURVIVOR, Tier.SPONSOR)
            for each in claims_of(state, default, currency, tier)
        ]
        if _is_of(state, member, default.party, *claims):
            yield f"default {default.number}"


def _open_cases(state: State, member: Member) -> Iterator[str]:
    for case in state.cases.records():
        if not case.is_open:
            continue
        banks, currencies = [case.participant, *case.agents], [case.currency]
        payment = payment_of(state, Uetr(case.item)) if case.kind is CaseKind.PAYMENT else None
        if payment is not None:
            banks.append(payment.order.creditor_agent)
        for name, _ in case.obligations:
            obligation = state.obligations[name]
            banks += [obligation.debtor_agent, obligation.creditor_agent]
            currencies.append(obligation.item.currency)
        if member.currency in currencies or _is_of(state, member, *banks):
            yield f"case {case.number}"


def _open_on_line(state: State, line: Account) -> Iterator[str]:
    if line.balance:
        yield f"swing {line.id}"
    if payable(state, line):
        yield f"interest {line.id}"


def positions(state: State, member: Member) -> tuple[tuple[AccountId, int], ...]:
    """Return (account, balance) of all that a member, its banks, or anybody in its currency holds or owes."""
    return tuple(
        (account.id, account.balance)
        for account in state.accounts.records()
        if account.balance and _concerns(state, member, account)
    )


def _is_of(state: State, member: Member, *banks: str) -> bool:
    return any(member_of(state, bank) == member.id for bank in banks)


def _concerns(state: State, member: Member, account: Account) -> bool:
    return account.currency == member.currency or member_of(state, account.owner) == member.id


def evolve_left(state: State, event: MemberLeft) -> None:
    """Revoke the keys of the member and of its banks; all else stays as it was."""
    state.standings.put(event.member, Seat(event.member, Standing.LEFT))
    for key in list(state.keys.records()):
        if not key.revoked and member_of(state, key.owner) == event.member:
            state.keys.put(key.public.hex(), msgspec.structs.replace(key, revoked=True))
