"""The made-up region on a bad day: pledges in place, and a bank that lives on its member's swing line.

The rules' own handlers make it, one command after the other, without signatures: it is a state to rehearse on, and
no log. The same seed gives the same state on any machine. Amounts are minor units.
"""

from collections.abc import Generator
from typing import Final

from mufakat.core import apply
from mufakat.core.accounts import settlement_account, swing_account
from mufakat.core.state import State
from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.model.default import PledgeCollateral
from mufakat.model.event import AnyEvent
from mufakat.model.identifier import Currency, Uetr
from mufakat.model.money import Amount
from mufakat.model.record import batch
from mufakat.simulation.founding import founding_commands, genesis_of
from mufakat.simulation.region import DEMO_DATE, Bank, Region

_PLEDGED: Final = (1, 40)
"""Which part of its opening money each bank pledges for its member, in each currency."""
_OWN: Final = (1, 60)
"""And for itself, abroad."""
_DRAWN: Final = (2, 5)
"""Which part of its member's line the bank draws."""


def stressed_state(region: Region) -> State:
    """Return the region's union in the middle of a day, after a cycle in which a bank drew on its member's line."""
    state = apply.found(genesis_of(region))
    assert isinstance(state, State), "the region's charter has no faults"
    for author, body, _ in founding_commands(region):
        _say(state, author, body)
    members = [member.id for member in region.members][: state.charter.rules.day_quorum]
    for member in members:
        _say(state, member, c.DeclarePhase(DEMO_DATE, Phase.OPEN))
    for bank in region.banks:
        _pledge(state, bank)
    bank, currency = _short_of(state, region)
    for order in _orders(state, region, bank, currency):
        _say(state, bank.bic, batch((order,)))
    for member in members:
        _say(state, member, c.CallCycle(1))
    assert any(each.amount for each in state.advances.records()), "the bank lives on its member's line"
    return state


def _say(state: State, author: str, body: c.AnyCommand) -> None:
    def heard() -> Generator[AnyEvent, None, None]:
        outcome = yield from apply.HANDLERS[type(body)](state, author, body)
        assert outcome.refusal is None, f"{author}: {outcome.refusal}"

    for event in heard():
        apply.evolve(state, event)


def _pledge(state: State, bank: Bank) -> None:
    for place, account in enumerate(bank.accounts):
        holders = [(bank.member, _PLEDGED), *([(bank.bic, _OWN)] if place else [])]
        for holder, (part, of) in holders:
            amount = Amount(account.opening * part // of)
            held = state.accounts[settlement_account(bank.bic, account.currency)]
            if 0 < amount <= held.available - held.limit:
                _say(state, bank.bic, PledgeCollateral(holder, account.currency, amount))


def _short_of(state: State, region: Region) -> tuple[Bank, Currency]:
    """Return the bank, and the currency of another member, with the smallest balance beside its member's line."""
    candidates = [
        (state.accounts[settlement_account(bank.bic, account.currency)].balance, number, place)
        for number, bank in enumerate(region.banks)
        for place, account in enumerate(bank.accounts)
        if place and swing_account(bank.member, account.currency) in state.accounts
    ]
    _, number, place = min(candidates)
    bank = region.banks[number]
    return bank, bank.accounts[place].currency


def _orders(state: State, region: Region, bank: Bank, currency: Currency) -> list[c.PaymentOrder]:
    """Return payments for the next cycle that take all the bank has and most of its member's line."""
    line = state.accounts[swing_account(bank.member, currency)]
    part, of = _DRAWN
    held = state.accounts[settlement_account(bank.bic, currency)]
    left = held.available_for_cycle + line.limit * part // of
    issuer = region.issuer(currency)
    payee = next(each for each in region.banks if each.member == issuer.id and each.holds(currency))
    orders: list[c.PaymentOrder] = []
    while left > 0:
        amount = min(left, issuer.max_payment)
        uetr = Uetr(f"00000000-0000-4000-8000-{len(orders):012x}")
        parties = uetr, bank.bic, payee.bic
        orders.append(
            c.PaymentOrder(*parties, currency, Amount(amount), DEMO_DATE, c.Channel.MPNS, bytes(32))
        )
        left -= amount
    return orders
