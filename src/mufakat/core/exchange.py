"""Payment versus payment: firm quotes of participants, and exchanges that settle both legs at once, or none.

A quote promises money of its quoter's account until it is taken, withdrawn, or its time is over. An exchange
takes the best open quotes by price, then time, or the one that it names, and is final: nothing returns it, only
another exchange brings the money back. No quote keeps money from a sponsor: who owes it an advance offers none in
that currency, and a cycle ends the quotes of an account before it draws on the sponsor's line for it.
Rule source: charter, exchanges; PFMI principles 8 and 12 (finality; exchange-of-value settlement).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.core import ledger
from mufakat.core.accounts import settlement_account
from mufakat.core.decision import Decision, Events, refused
from mufakat.core.order import is_on_log
from mufakat.core.quote import Exchange, Quote, QuoteStatus
from mufakat.core.release import release_queues
from mufakat.core.standing import refuse_counterparty, refuse_currency
from mufakat.core.state import State
from mufakat.core.verdict import refuse_unscreened
from mufakat.model import identifier
from mufakat.model.calendar import Phase
from mufakat.model.command import COMMITMENT_BYTES
from mufakat.model.dealing import (
    ExchangeSettled,
    OfferQuote,
    QuoteExpired,
    QuoteOffered,
    QuoteWithdrawn,
    SubmitExchange,
    WithdrawQuote,
)
from mufakat.model.identifier import AccountId, Bic, Currency, QuoteId
from mufakat.model.money import MAX_AMOUNT, Amount, refuse_amount
from mufakat.model.outcome import DONE, ItemOutcome, Outcome, Status
from mufakat.model.rate import Fill, Filling, Leg, Offer, Side, fill, fill_through, is_sound, legs
from mufakat.model.refusal import Reason, Refusal

MOST_OPEN: Final = 100
"""How many open quotes a participant may have: a bound on what an exchange costs."""
_DAY_US: Final = 86_400_000_000


def offer_quote(state: State, author: str, body: OfferQuote) -> Decision:
    """Open a quote, and promise what it offers on the author's account."""
    yield from ()
    refusal = (
        _refuse_name(state, author, body.id)
        or _refuse_pair(state, body.sells, body.buys, author, author)
        or _refuse_size(state, author, body)
        or _refuse_terms(state, body)
    )
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    if len(state.offers.of(author)) >= MOST_OPEN:
        return refused(Reason.TOO_MANY_QUOTES, f"At most {MOST_OPEN}.")
    yield QuoteOffered(
        body.id,
        Bic(author),
        body.sells,
        body.buys,
        body.rate,
        body.fee_bp,
        body.least,
        body.most,
        body.valid_until_us,
    )
    return DONE


def _refuse_name(state: State, author: str, name: str) -> Refusal | None:
    if name in state.quotes:
        return Refusal(Reason.DUPLICATE, f"Quote {name}.")
    if author not in state.participants:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a participant offers quotes.")
    quoter, _, reference = name.partition("/")
    if quoter != author or identifier.quote_id(Bic(author), reference) != name:
        return Refusal(Reason.IDENTIFIER_INVALID, f"A quote is named {author}/<reference>.")
    return None


def _refuse_pair(state: State, debited: str, credited: str, payer: str, payee: str) -> Refusal | None:
    """Check that money can leave `payer` in one currency and reach `payee` in the other."""
    issuers = [state.charter.issuer(each) for each in (debited, credited)]
    for currency, issuer in zip((debited, credited), issuers, strict=True):
        if issuer is None:
            return Refusal(Reason.UNKNOWN_CURRENCY, currency[:8])
    for bank, currency in ((payer, debited), (payee, credited)):
        account = ledger.usable(state, settlement_account(bank, currency))
        if isinstance(account, Reason):
            closed = account is Reason.ACCOUNT_CLOSED and bank != payer
            return Refusal(Reason.CREDITOR_ACCOUNT_CLOSED if closed else account, f"{bank}, {currency}.")
    for issuer in issuers:
        assert issuer is not None, "each currency has just been found"
        leaving = refuse_currency(state, issuer)
        if leaving is not None:
            return leaving
    return None


def _refuse_size(state: State, author: str, body: OfferQuote) -> Refusal | None:
    for amount in (body.most, body.least):
        wrong = refuse_amount(amount)
        if wrong is not None:
            return Refusal(wrong)
    account = settlement_account(author, body.sells)
    advance = state.advances.get(account)
    if advance is not None and (advance.amount or advance.own):
        unpaid = f"An advance is to be paid back first: {advance.amount + advance.own} minor units."
        return Refusal(Reason.INSUFFICIENT_FUNDS, unpaid)
    available = state.accounts[account].available
    if body.most > available:
        return Refusal(Reason.INSUFFICIENT_FUNDS, f"Available: {available} minor units.")
    return None


def _refuse_terms(state: State, body: OfferQuote) -> Refusal | None:
    if body.sells == body.buys:
        return Refusal(Reason.SAME_CURRENCY, body.sells)
    if not is_sound(body.rate, body.fee_bp):
        return Refusal(Reason.RATE_INVALID)
    if body.least > body.most:
        return Refusal(Reason.QUOTE_SIZE, f"Least {body.least}, most {body.most} minor units.")
    days = state.charter.rules.value_date_horizon_days
    if not state.now_us < body.valid_until_us <= state.now_us + days * _DAY_US:
        return Refusal(Reason.QUOTE_TIME, f"At most {days} days ahead.")
    return None


def withdraw_quote(state: State, author: str, body: WithdrawQuote) -> Decision:
    """End an open quote of the author's own; what waited for its money may settle."""
    quote = state.quotes.get(body.id)
    if author not in state.participants or (quote is not None and quote.offer.quoter != author):
        return refused(Reason.NOT_OWN_AFFAIR, "Only the quoter withdraws a quote.")
    if quote is None:
        return refused(Reason.UNKNOWN_QUOTE, body.id[:80])
    if quote.status is not QuoteStatus.OPEN:
        return refused(Reason.QUOTE_ENDED, f"It is {quote.status.name.lower()}.")
    yield QuoteWithdrawn(body.id)
    yield from release_queues(state, [settlement_account(author, quote.sells)])
    return DONE


def expire(state: State) -> Events:
    """End the quotes whose time is over before a command is heard; in a halted union, after it is resumed."""
    if state.halted:
        return
    for name in state.offers.ended(state.now_us):
        quote = state.quotes[name]
        yield QuoteExpired(name)
        yield from release_queues(state, [settlement_account(quote.offer.quoter, quote.sells)])


def submit_exchange(state: State, author: str, body: SubmitExchange) -> Decision:
    """Settle both legs of an exchange out of open quotes, or refuse it."""
    refusal = (
        _refuse_exchange(state, author, body)
        or _refuse_day(state, body)
        or _refuse_named(state, author, body)
    )
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    filling = _filled(state, author, body)
    refusal = _refuse_filling(state, author, body, filling)
    if refusal is not None:
        return Outcome(Status.REFUSED, refusal)
    yield ExchangeSettled(
        body.uetr,
        Bic(author),
        body.creditor_agent,
        body.sells,
        body.buys,
        filling.fills,
        body.details,
        body.via,
        filling.onward,
    )
    yield from release_queues(state, _touched(author, body, filling))
    return Outcome(Status.DONE, None, (ItemOutcome(body.uetr, Status.SETTLED),))


def _refuse_exchange(state: State, author: str, body: SubmitExchange) -> Refusal | None:
    uetr = body.uetr
    if is_on_log(state, uetr):
        return Refusal(Reason.DUPLICATE, f"UETR {uetr}.")
    if author not in state.participants:
        return Refusal(Reason.NOT_OWN_AFFAIR, "Only a participant exchanges.")
    if body.creditor_agent not in state.participants:
        return Refusal(Reason.UNKNOWN_CREDITOR_AGENT, body.creditor_agent[:11])
    if identifier.uetr(uetr) != uetr or len(body.details) != COMMITMENT_BYTES:
        return Refusal(Reason.IDENTIFIER_INVALID, "UETR, or the commitment to the details.")
    refusal = _refuse_pair(state, body.sells, body.buys, author, body.creditor_agent)
    refusal = refusal or _refuse_via(state, body.via) or refuse_counterparty(state, body.creditor_agent)
    if refusal is not None:
        return refusal
    for amount in (body.amount, body.bound):
        wrong = refuse_amount(amount)
        if wrong is not None:
            return Refusal(wrong)
    return refuse_unscreened(state, author, body.screened)


def _refuse_via(state: State, via: Currency | None) -> Refusal | None:
    if via is None:
        return None
    issuer = state.charter.issuer(via)
    return Refusal(Reason.UNKNOWN_CURRENCY, via[:8]) if issuer is None else refuse_currency(state, issuer)


def _refuse_day(state: State, body: SubmitExchange) -> Refusal | None:
    if state.day.phase is Phase.CLOSED:
        return Refusal(Reason.DAY_NOT_OPEN)
    if state.day.phase is Phase.CUT_OFF:
        return Refusal(Reason.AFTER_CUT_OFF)
    currencies = _currencies(body.sells, body.via, body.buys)
    for currency in currencies:
        if not state.charter.settles(currency, state.day.date):
            return Refusal(Reason.CURRENCY_CLOSED, f"{currency} on {state.day.date}.")
    return Refusal(Reason.SAME_CURRENCY) if len(set(currencies)) < len(currencies) else None


def _refuse_named(state: State, author: str, body: SubmitExchange) -> Refusal | None:
    """Return why the quote that an exchange names cannot be taken, or None."""
    if body.quote is None:
        return None
    quote = state.quotes.get(body.quote)
    if quote is None or body.via is not None or (quote.sells, quote.buys) != (body.buys, body.sells):
        return Refusal(Reason.UNKNOWN_QUOTE, body.quote[:80])
    if quote.status is not QuoteStatus.OPEN:
        return Refusal(Reason.QUOTE_ENDED, f"It is {quote.status.name.lower()}.")
    if quote.offer.quoter == author:
        return Refusal(Reason.OWN_QUOTE, body.quote)
    return refuse_counterparty(state, quote.offer.quoter)


def _filled(state: State, author: str, body: SubmitExchange) -> Filling:
    """Return what the quote named gives, or the best ones, or those on both sides of a third currency."""
    if body.quote is not None:
        return fill((state.quotes[body.quote].offer,), body.side, body.amount)
    if body.via is None:
        return fill(_offers(state, author, body.buys, body.sells), body.side, body.amount)
    first = list(_offers(state, author, body.via, body.sells))
    second = list(_offers(state, author, body.buys, body.via))
    return fill_through(first, second, body.side, body.amount)


def _offers(state: State, author: str, sells: Currency, buys: Currency) -> Iterator[Offer]:
    """Give the quotes that may be taken, best first: none of one's own, none of a suspended member's banks."""
    for name in state.offers.best(sells, buys):
        offer = state.quotes[name].offer
        if offer.quoter != author and refuse_counterparty(state, offer.quoter) is None:
            yield offer


def _refuse_filling(state: State, author: str, body: SubmitExchange, filling: Filling) -> Refusal | None:
    """Return why what the quotes give is not what was agreed, or not to be paid, or None."""
    if not filling.complete:
        found = f"They would give {filling.arrived} for {filling.paid} minor units."
        return Refusal(Reason.NOT_COVERED, found)
    between = sum(each.paid for each in filling.onward)
    amounts = (
        (filling.paid, filling.arrived) if body.via is None else (filling.paid, between, filling.arrived)
    )
    for currency, amount in zip(_currencies(body.sells, body.via, body.buys), amounts, strict=True):
        issuer = state.charter.issuer(currency)
        assert issuer is not None, "the currency has been found"
        if amount > min(MAX_AMOUNT, issuer.max_payment):
            return Refusal(Reason.ABOVE_PAYMENT_LIMIT, f"{currency}: limit {issuer.max_payment} minor units.")
    available = state.accounts[settlement_account(author, body.sells)].available
    if filling.paid > available:
        return Refusal(Reason.INSUFFICIENT_FUNDS, f"Available: {available} of {filling.paid} minor units.")
    if not _has_room(state, _legs(author, body, filling)):
        return Refusal(Reason.AMOUNT_TOO_LARGE)
    agreed = filling.arrived >= body.bound if body.side is Side.SELL else filling.paid <= body.bound
    if not agreed:
        found = f"{filling.arrived} would arrive for {filling.paid} minor units."
        return Refusal(Reason.WORSE_THAN_AGREED, found)
    return None


def _currencies(sells: Currency, via: Currency | None, buys: Currency) -> tuple[Currency, ...]:
    return (sells, buys) if via is None else (sells, via, buys)


def _legs(author: str, body: SubmitExchange, filling: Filling) -> list[Leg]:
    currencies = _currencies(body.sells, body.via, body.buys)
    return legs((Bic(author), body.creditor_agent), currencies, filling.fills, filling.onward)


def _touched(author: str, body: SubmitExchange, filling: Filling) -> list[AccountId]:
    """Name the accounts on which money may have become free: those that got some, and those of the quotes."""
    offered_in = body.buys if body.via is None else body.via
    moved = [settlement_account(each.creditor, each.currency) for each in _legs(author, body, filling)]
    moved += [settlement_account(each.quoter, offered_in) for each in filling.fills]
    return moved + [settlement_account(each.quoter, body.buys) for each in filling.onward]


def _has_room(state: State, moves: list[Leg]) -> bool:
    """Tell whether each account that gets money holds as much."""
    incoming: dict[AccountId, int] = {}
    for each in moves:
        account = settlement_account(each.creditor, each.currency)
        incoming[account] = incoming.get(account, 0) + each.amount
    return all(ledger.room_to_receive(state.accounts[name], more) for name, more in incoming.items())


def evolve_offered(state: State, event: QuoteOffered) -> None:
    """Put the quote in place and promise its money."""
    assert event.id not in state.quotes, "an identifier is used once"
    offer = Offer(
        event.id, event.quoter, event.rate, event.fee_bp, event.least, event.most, since=state.height
    )
    ledger.promise(state, settlement_account(event.quoter, event.sells), event.most)
    _put(state, Quote(offer, event.sells, event.buys, event.most, event.valid_until_us))


def evolve_withdrawn(state: State, event: QuoteWithdrawn) -> None:
    """End the quote and free its money."""
    _end(state, event.id, QuoteStatus.WITHDRAWN)


def evolve_expired(state: State, event: QuoteExpired) -> None:
    """End the quote and free its money."""
    _end(state, event.id, QuoteStatus.EXPIRED)


def _end(state: State, name: QuoteId, status: QuoteStatus) -> None:
    quote = state.quotes[name]
    assert quote.status is QuoteStatus.OPEN, "a quote ends once"
    ledger.promise(state, settlement_account(quote.offer.quoter, quote.sells), -quote.offer.left)
    _put(state, msgspec.structs.replace(quote, status=status))


def evolve_settled(state: State, event: ExchangeSettled) -> None:
    """Move the money of all legs, and take what was bought off the quotes."""
    assert event.uetr not in state.exchanges, "an identifier is used once"
    for each in (*event.fills, *event.onward):
        _take(state, each)
    currencies = _currencies(event.sells, event.via, event.buys)
    for leg in legs((event.payer, event.creditor_agent), currencies, event.fills, event.onward):
        source, target = (settlement_account(bank, leg.currency) for bank in (leg.debtor, leg.creditor))
        ledger.post(state, source, target, leg.amount)
    state.register.take_note(event.uetr)
    exchange = Exchange(
        event.uetr,
        event.payer,
        event.creditor_agent,
        event.sells,
        event.buys,
        event.fills,
        event.details,
        state.height,
        event.via,
        event.onward,
    )
    state.exchanges.put(event.uetr, exchange)


def _take(state: State, taken: Fill) -> None:
    quote = state.quotes[taken.quote]
    assert quote.status is QuoteStatus.OPEN, "what is taken is firm"
    source = settlement_account(taken.quoter, quote.sells)
    ledger.promise(state, source, taken.left - quote.offer.left)
    status = QuoteStatus.OPEN if taken.left else QuoteStatus.FILLED
    offer = msgspec.structs.replace(quote.offer, left=Amount(quote.offer.left - taken.arrived))
    _put(state, msgspec.structs.replace(quote, offer=offer, status=status))


def _put(state: State, quote: Quote) -> None:
    state.quotes.put(quote.offer.id, quote)
    if quote.status is QuoteStatus.OPEN:
        state.offers.put(quote)
    else:
        state.offers.take_out(quote)
