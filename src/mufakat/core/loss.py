"""The loss of a default: who bears it in which order, and who is paid back first when money comes.

What a party was advanced in cycles and cannot repay is paid back to the line that lent it: from the party's own
pledge, then its member's, then the surviving members', by the charter's key and each up to its cap. What is left
stays drawn on the member's line. Money that comes back goes the other way round: to the line, to the survivors,
to the member. Pledges of a currency bear losses in that currency alone. Amounts are minor units. Rule source:
charter, default; PFMI principles 4 and 13.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.core import credit, ledger
from mufakat.core.accounts import collateral_account
from mufakat.core.binding import member_of
from mufakat.core.claims import advances_of, bearers_of, claims_of
from mufakat.core.decision import Events
from mufakat.core.estate import Bearer, Default, bearer_key, default_key
from mufakat.core.release import release_queues
from mufakat.core.sharing import Part, share_out
from mufakat.core.standing import default_of, present, taken_out
from mufakat.core.state import ObligationStatus, State
from mufakat.model.dealing import QuoteWithdrawn
from mufakat.model.default import (
    Call,
    Cause,
    DefaultDeclared,
    DefaultEnded,
    LossCalled,
    LossCovered,
    LossDeferred,
    LossRecovered,
    Tier,
)
from mufakat.model.event import LiquidityReserved, PaymentRejected
from mufakat.model.identifier import AccountId, Bic, Currency, MemberId
from mufakat.model.money import MAX_AMOUNT, Amount
from mufakat.model.refusal import Reason

WHOLE_BP: Final = 10_000


def begin(state: State, party: str, cause: Cause) -> Events:
    """Stop a party and let its loss be borne: first what it has itself, then its items out, then the pledges."""
    yield from _free(state, party)
    yield from credit.repay(state)
    number = len(state.defaults) + 1
    yield DefaultDeclared(number, party, cause, state.day.date, calls(state, party))
    yield from _take_out(state)
    yield from cover(state, state.defaults[default_key(number)])


def _free(state: State, party: str) -> Events:
    """Withdraw the quotes of a party's banks, and free what they set aside: nothing settles it any more."""
    banks = [each.bic for each in state.participants.records() if party in (each.bic, each.sponsor)]
    if state.charter.rules.default.unwind:
        yield from _end_reservations(state, banks)
    for bank in banks:
        for quote in sorted(state.offers.of(bank)):
            yield QuoteWithdrawn(quote)
        for account in list(state.accounts.records()):
            own = account.owner == bank and account.id.startswith("settlement/")
            if own and account.reserved and state.charter.rules.default.unwind:
                yield LiquidityReserved(account.id, Amount(0))


def _end_reservations(state: State, banks: list[Bic]) -> Events:
    """Reject what is reserved from and to banks, in order; what waited for that money is looked at later."""
    for each in state.reservations.all():
        if state.accounts.at(each.debit).owner in banks:
            yield PaymentRejected(each.uetr, Reason.PARTY_IN_DEFAULT)
        elif state.accounts.at(each.credit).owner in banks:
            yield PaymentRejected(each.uetr, Reason.COUNTERPARTY_IN_DEFAULT)


def _take_out(state: State) -> Events:
    """Reject what is not final from and to those whose items no cycle settles, in order of arrival."""
    out = taken_out(state)
    payers = sorted(account for account, queue in state.queues.items() if queue)
    waiting = [uetr for queue in state.queues.values() for uetr in queue] + list(state.waiting)
    for payment in sorted((state.payments[uetr] for uetr in waiting), key=lambda each: each.arrival):
        order = payment.order
        if order.debtor_agent in out:
            yield PaymentRejected(order.uetr, Reason.PARTY_IN_DEFAULT)
        elif order.creditor_agent in out:
            yield PaymentRejected(order.uetr, Reason.COUNTERPARTY_IN_DEFAULT)
    yield from release_queues(state, payers)


def calls(state: State, party: str) -> tuple[Call, ...]:
    """Return what the survivors can be called for, in each currency in which the party owes an advance."""
    rules, sponsor = state.charter.rules.default, member_of(state, party)
    found = []
    currencies = {state.accounts[each.account].currency for each in advances_of(state, party)}
    for currency in sorted(currencies):
        due = _exposures(state, party, currency) if rules.by_exposure else None
        for member in present(state):
            pledged = pledge(state, member.id, currency)
            if member.id != sponsor and pledged and default_of(state, member.id) is None:
                weight = pledged if due is None else due.get(member.id, 0)
                found.append(Call(currency, member.id, Amount(weight), cap_of(state, pledged)))
    return tuple(found)


def cap_of(state: State, pledged: Amount) -> Amount:
    """Return the most that a survivor bears of one loss."""
    return Amount(pledged * state.charter.rules.default.cap_bp // WHOLE_BP)


def pledge(state: State, holder: str, currency: Currency) -> Amount:
    """Return what a participant or member has pledged."""
    account = state.accounts.get(collateral_account(holder, currency))
    return Amount(0 if account is None else account.balance)


def _exposures(state: State, party: str, currency: Currency) -> dict[str, int]:
    """Return what each member and its banks had coming from the party; of the issuer, what it lent too."""
    coming: dict[str, int] = {}

    def add(member: str, amount: int) -> None:
        coming[member] = min(MAX_AMOUNT, coming.get(member, 0) + amount)

    issuer = state.charter.issuer(currency)
    assert issuer is not None, "what is advanced has an issuer"
    add(issuer.id, sum(each.amount for each in advances_of(state, party, currency)))
    for debtor, creditor, of, amount in claims_between(state):
        if of == currency and party in (debtor, member_of(state, debtor)):
            add(creditor, amount)
    return coming


def claims_between(state: State) -> Iterator[tuple[Bic, MemberId, Currency, Amount]]:
    """Give each open obligation and waiting payment: its payer, its payee's member, currency, and what is open."""
    for each in state.obligations.records():
        if each.status is ObligationStatus.ACCEPTED:
            yield each.debtor_agent, member_of(state, each.creditor_agent), each.item.currency, each.open
    for uetr in [uetr for queue in state.queues.values() for uetr in queue] + list(state.waiting):
        payment, order = state.payments[uetr], state.payments[uetr].order
        yield order.debtor_agent, member_of(state, order.creditor_agent), order.currency, payment.rest


def cover(state: State, default: Default) -> Events:
    """Pay the party's advances back from pledges, as far as these go; in order of account."""
    for advance in advances_of(state, default.party):
        account = state.accounts[advance.account]
        for tier, holder in ((Tier.OWN, account.owner), (Tier.SPONSOR, member_of(state, account.owner))):
            rest = state.advances[account.id].amount
            amount = Amount(min(rest, pledge(state, holder, account.currency)))
            if amount:
                collateral = collateral_account(holder, account.currency)
                yield LossCovered(default.number, tier, collateral, advance.swing, account.id, amount)
        survivors = [
            Part(
                each.holder, each.weight, min(each.cap - each.paid, pledge(state, each.holder, each.currency))
            )
            for each in bearers_of(state, default.number, account.currency, Tier.SURVIVOR)
        ]
        for holder, part in share_out(state.advances[account.id].amount, survivors).items():
            collateral = collateral_account(holder, account.currency)
            yield LossCovered(
                default.number, Tier.SURVIVOR, collateral, advance.swing, account.id, Amount(part)
            )


def recover(state: State, default: Default, currency: Currency, source: AccountId, amount: Amount) -> Events:
    """Pay back what the default has cost: the line first, then the survivors pro rata, then the member."""
    left = int(amount)
    for advance in advances_of(state, default.party, currency):
        part = Amount(min(left, advance.amount))
        if part:
            yield LossRecovered(default.number, None, source, advance.swing, advance.account, part)
            left -= part
    for tier in (Tier.SURVIVOR, Tier.SPONSOR):
        claims = [
            Part(each.holder, each.paid - each.recovered, _claimed(state, each))
            for each in claims_of(state, default, currency, tier)
        ]
        for holder, share in share_out(left, claims).items():
            target = collateral_account(holder, currency)
            yield LossRecovered(default.number, tier, source, target, None, Amount(share))
            left -= share


def _claimed(state: State, bearer: Bearer) -> int:
    """Return what a bearer can be paid back: its claim, as far as its account holds that much more."""
    room = MAX_AMOUNT - pledge(state, bearer.holder, bearer.currency)
    return min(bearer.paid - bearer.recovered, room)


def evolve_declared(state: State, event: DefaultDeclared) -> None:
    """Write the default down, and what survivors may be called for."""
    assert default_key(event.number) not in state.defaults, "a number is used once"
    record = Default(event.number, event.party, event.cause, event.date)
    state.defaults.put(default_key(event.number), record)
    _let_bear(state, event.number, event.calls)


def evolve_deferred(state: State, event: LossDeferred) -> None:
    """Call for nothing until the date."""
    _change(state, event.number, deferred=event.until)


def evolve_called(state: State, event: LossCalled) -> None:
    """Let survivors bear more of what was deferred."""
    _change(state, event.number, deferred=None)
    _let_bear(state, event.number, event.calls)


def evolve_ended(state: State, event: DefaultEnded) -> None:
    """Let the party do business again."""
    _change(state, event.number, ended=True)


def evolve_covered(state: State, event: LossCovered) -> None:
    """Move the pledged money to the line; the advance is smaller by as much."""
    ledger.post(state, event.collateral, event.swing, event.amount)
    _reduce_advance(state, event.account, event.amount)
    pledged = state.accounts[event.collateral]
    bearer = _bearer(state, event.number, pledged.currency, event.tier, pledged.owner)
    assert event.tier is not Tier.SURVIVOR or bearer.paid + event.amount <= bearer.cap, (
        "nobody beyond its cap"
    )
    _put(state, msgspec.structs.replace(bearer, paid=Amount(bearer.paid + event.amount)))


def evolve_recovered(state: State, event: LossRecovered) -> None:
    """Move the money to where it is owed."""
    ledger.post(state, event.source, event.target, event.amount)
    if event.tier is None:
        assert event.account is not None, "money for a line is for an advance"
        _reduce_advance(state, event.account, event.amount)
        return
    pledged = state.accounts[event.target]
    bearer = _bearer(state, event.number, pledged.currency, event.tier, pledged.owner)
    assert bearer.recovered + event.amount <= bearer.paid, "no more comes back than was paid"
    _put(state, msgspec.structs.replace(bearer, recovered=Amount(bearer.recovered + event.amount)))


def _reduce_advance(state: State, account: AccountId, amount: Amount) -> None:
    advance = state.advances[account]
    assert amount <= advance.amount, "no more is paid back than was advanced"
    state.advances.put(account, msgspec.structs.replace(advance, amount=Amount(advance.amount - amount)))


def _let_bear(state: State, number: int, called: tuple[Call, ...]) -> None:
    for call in called:
        bearer = _bearer(state, number, call.currency, Tier.SURVIVOR, call.member)
        cap = Amount(bearer.cap + call.cap)
        _put(state, msgspec.structs.replace(bearer, cap=cap, weight=call.weight))


def _bearer(state: State, number: int, currency: Currency, tier: Tier, holder: str) -> Bearer:
    found = state.bearers.get(bearer_key(number, currency, tier, holder))
    return found or Bearer(number, currency, tier, MemberId(holder))


def _put(state: State, bearer: Bearer) -> None:
    key = bearer_key(bearer.default, bearer.currency, bearer.tier, bearer.holder)
    state.bearers.put(key, bearer)


def _change(state: State, number: int, **fields: object) -> None:
    record = state.defaults[default_key(number)]
    assert not record.ended, "what has ended does not change"
    state.defaults.put(default_key(number), msgspec.structs.replace(record, **fields))
