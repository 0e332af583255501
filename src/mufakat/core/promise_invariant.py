"""What must always hold of credit, quotes and pledges; each function as in `core.invariant`."""

from collections.abc import Callable
from typing import Final

from mufakat.core.accounts import fund_account, settlement_account
from mufakat.core.estate import default_key
from mufakat.core.quote import QuoteStatus
from mufakat.core.state import State
from mufakat.model.default import Tier
from mufakat.model.money import MAX_AMOUNT
from mufakat.model.swing import MOST_POSITION, PARTS, fault_of_terms


def advances_are_lent(state: State) -> list[str]:
    """What participants owe for a member's swing line is what the member drew on it."""
    owed: dict[str, int] = {}
    for advance in state.advances.records():
        owed[advance.swing] = owed.get(advance.swing, 0) + advance.amount
    wrong = [
        f"{account.id}: drawn {-account.balance}, advanced {owed.get(account.id, 0)}"
        for account in state.accounts.records()
        if account.id.startswith("swing/") and -account.balance != owed.get(account.id, 0)
    ]
    return wrong + [
        f"{advance.account}: advanced {advance.amount} and {advance.own}"
        for advance in state.advances.records()
        if min(advance.amount, advance.own) < 0 or advance.amount + advance.own > MAX_AMOUNT
    ]


def interest_is_owed_on_a_line_with_terms(state: State) -> list[str]:
    """Terms hold together and are of a line; what has accrued is not negative, and its parts make no whole unit."""
    wrong = [
        f"terms {key}: of no line, or faulty"
        for key, terms in state.swing_terms.items()
        if key not in state.accounts or fault_of_terms(terms.tiers, terms.day_count)
    ]
    for key, interest in state.interest.items():
        in_range = 0 <= interest.owed <= MAX_AMOUNT and 0 <= interest.day_owed <= MAX_AMOUNT
        if not in_range or not (0 <= interest.rest < PARTS and 0 <= interest.day_rest < PARTS):
            wrong.append(f"interest {key}: {interest.owed} and {interest.rest} parts")
        if key not in state.swing_terms:
            wrong.append(f"interest {key}: without terms")
    return wrong


def reserves_are_money_of_another_member(state: State) -> list[str]:
    """A reserve account is a member's, in another member's currency, and never below zero."""
    wrong = []
    for account in state.accounts.records():
        issuer = state.charter.issuer(account.currency)
        if account.id.startswith("reserve/") and (
            state.charter.member(account.owner) is None
            or (issuer is not None and issuer.id == account.owner)
            or account.balance < 0
            or account.limit
        ):
            wrong.append(f"{account.id}: {account.balance} of {account.owner}")
    return wrong


def the_fund_holds_what_members_were_charged(state: State) -> list[str]:
    """In each currency the fund has what its issuer was charged, and nobody sets any of it aside."""
    charged: dict[str, int] = {}
    wrong = []
    for key, each in state.swing_positions.items():
        member = state.charter.member(each.member)
        if member is not None:
            charged[fund_account(member.currency)] = each.charged
        if member is None or min(each.days, each.rest, each.charged) < 0 or abs(each.value) > MOST_POSITION:
            wrong.append(f"position {key}: {each.value} for {each.days} days, charged {each.charged}")
    for account in state.accounts.records():
        if account.id.startswith("fund/"):
            paid = charged.pop(account.id, 0)
            if account.balance != paid or account.pending or account.reserved or account.limit:
                wrong.append(f"{account.id}: holds {account.balance}, charged {paid}")
    return wrong + [f"{fund}: charged {paid}, and not there" for fund, paid in charged.items() if paid]


def what_open_quotes_offer_is_promised(state: State) -> list[str]:
    """What is left of open quotes is promised on their quoters' accounts, no more and no less."""
    promised: dict[str, int] = {}
    still_open = dict.fromkeys(state.offers.open())
    wrong = []
    for name, quote in state.quotes.items():
        is_open = quote.status is QuoteStatus.OPEN
        if is_open:
            account = settlement_account(quote.offer.quoter, quote.sells)
            promised[account] = promised.get(account, 0) + quote.offer.left
            if not quote.offer.least <= quote.offer.left <= quote.most:
                wrong.append(f"{name}: {quote.offer.left} left, least {quote.offer.least}")
        found = state.offers.of(quote.offer.quoter).get(quote.offer.id) == quote
        if not found == is_open == (name in still_open):
            wrong.append(f"{name}: {quote.status.name} disagrees with the open quotes")
    return wrong + [
        f"{account.id}: offered {account.offered}, quotes offer {promised.get(account.id, 0)}"
        for account in state.accounts.records()
        if account.offered != promised.get(account.id, 0)
    ]


def exchanges_took_what_quotes_gave(state: State) -> list[str]:
    """What left each quote arrived through exchanges, each at its rate and fee, and never under it."""
    given: dict[str, int] = {}
    wrong = []
    for uetr, exchange in state.exchanges.items():
        between = exchange.via or exchange.buys
        steps = [(each, between, exchange.sells) for each in exchange.fills]
        steps += [(each, exchange.buys, between) for each in exchange.onward]
        if exchange.via and sum(f.arrived for f in exchange.fills) != sum(f.paid for f in exchange.onward):
            wrong.append(f"{uetr}: not all {exchange.via} went on")
        for each, bought, sold in steps:
            quote = state.quotes.get(each.quote)
            given[each.quote] = given.get(each.quote, 0) + each.arrived
            if quote is None or (quote.sells, quote.buys) != (bought, sold):
                wrong.append(f"{uetr}: takes {each.quote}, which does not sell {bought}")
            elif each.paid != quote.offer.charge(each.arrived) or exchange.payer == each.quoter:
                wrong.append(f"{uetr}: {each.paid} paid for {each.arrived} of {each.quote}")
    return wrong + [
        f"{name}: {quote.most} offered, {given.get(name, 0)} taken, {quote.offer.left} left"
        for name, quote in state.quotes.items()
        if quote.most - quote.offer.left != given.get(name, 0)
    ]


def pledges_are_whole(state: State) -> list[str]:
    """What is pledged is never below zero, and nothing else can be done with it."""
    return [
        f"{account.id}: {account.balance} pledged"
        for account in state.accounts.records()
        if account.id.startswith("collateral/")
        and (account.balance < 0 or account.pending or account.reserved or account.limit)
    ]


def losses_are_borne_within_caps(state: State) -> list[str]:
    """No survivor bears more than its cap, and nobody gets back more than it bore, of a default that there is."""
    return [
        f"{key}: paid {bearer.paid} of {bearer.cap}, recovered {bearer.recovered}"
        for key, bearer in state.bearers.items()
        if not 0 <= bearer.recovered <= bearer.paid
        or (bearer.tier is Tier.SURVIVOR and bearer.paid > bearer.cap)
        or default_key(bearer.default) not in state.defaults
    ]


def each_default_is_of_a_party_and_open_once(state: State) -> list[str]:
    """Defaults are numbered in order, each of a participant or member that has no other open one."""
    members = [member.id for member in state.charter.members]
    seen: dict[str, int] = {}
    wrong = []
    for place, default in enumerate(state.defaults.records(), start=1):
        if default.number != place or not (default.party in state.participants or default.party in members):
            wrong.append(f"default {default.number}: of {default.party}, {place} in order")
        if not default.ended and seen.setdefault(default.party, default.number) != default.number:
            wrong.append(f"default {default.number}: {default.party} is in default already")
    return wrong


PROMISE_INVARIANTS: Final[tuple[Callable[[State], list[str]], ...]] = (
    advances_are_lent,
    interest_is_owed_on_a_line_with_terms,
    reserves_are_money_of_another_member,
    the_fund_holds_what_members_were_charged,
    what_open_quotes_offer_is_promised,
    exchanges_took_what_quotes_gave,
    pledges_are_whole,
    losses_are_borne_within_caps,
    each_default_is_of_a_party_and_open_once,
)
