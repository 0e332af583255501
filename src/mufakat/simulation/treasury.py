"""What the invented region's treasurers do beside the day's files: pledges, fixings, quotes, exchanges.

The same region gives the same commands. Worths are near the real ones of 2026; amounts are minor units.
"""

import random
import uuid
from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.model.basket import Fixing
from mufakat.model.command import SubmitFixings
from mufakat.model.dealing import OfferQuote
from mufakat.model.default import PledgeCollateral
from mufakat.model.identifier import Bic, Currency, QuoteId, Uetr
from mufakat.model.money import Amount
from mufakat.model.rate import PRICE_DECIMALS, rate_of
from mufakat.model.swing import Swing
from mufakat.simulation.region import DEMO_DATE, Bank, MemberPlan, Region

_WORTH: Final = {"IDR": 46_000, "MYR": 178_000_000, "PHP": 12_900_000, "THB": 22_400_000, "VND": 28_800}
"""Parts of 10^-9 of the numeraire for one major unit."""
BASKET: Final = Fixing(basket=("IDR", 500_000, "MYR", 120, "PHP", 1_400, "THB", 900, "VND", 6_500))
"""The region's unit of account: about a fifth of each currency, and about one of the numeraire."""
WATCH: Final = Swing(
    currency_shares=(3_000, 5_000), line_shares=(1_500, 3_000), concentration_floor=2_000_000_00
)
"""If all drew alike, each of five currencies would have a fifth of what is drawn, and each line a twentieth."""

_BASIS_POINTS: Final = 10_000
_JITTER_BP: Final = 40
_STRAY_BP: Final = 350
_SPREAD_BP: Final = 15
_PLEDGED_PART: Final = 50
_QUOTED_PART: Final = 60
_EXCHANGED_PART: Final = 1_500
_QUOTE_PER: Final = 1_000_000
"""Of a currency that is worth less, prices are of a million units."""


class ExchangePlan(msgspec.Struct, frozen=True):
    """A payment in a currency that its payer does not hold enough of: `sells` leaves, `buys` arrives."""

    uetr: Uetr
    payer: Bic
    creditor_agent: Bic
    sells: Currency
    buys: Currency
    amount: Amount
    """Of `sells`."""


def pledges(region: Region) -> Iterator[tuple[str, PledgeCollateral]]:
    """Give what members and banks pledge against a default: a fiftieth of the money in each currency."""
    for bank in region.banks:
        for account in bank.accounts:
            yield (
                bank.bic,
                PledgeCollateral(bank.bic, account.currency, Amount(account.opening // _PLEDGED_PART)),
            )
    money = region.opening_money()
    for member in region.members:
        part = Amount(money[member.currency] // _PLEDGED_PART)
        yield member.id, PledgeCollateral(member.id, member.currency, part)


def fixings(region: Region) -> Iterator[tuple[str, SubmitFixings]]:
    """Give what each member says that currencies are worth on the day; one is far off in one currency."""
    chance = random.Random(f"mufakat fixings {region.seed}")
    strays = chance.choice(region.members[:2]), chance.choice(region.members)
    for member in region.members:
        rates = []
        for issuer in sorted(region.members, key=lambda each: each.currency):
            off = chance.randint(-_JITTER_BP, _JITTER_BP)
            if (member, issuer) == strays:
                off = _STRAY_BP
            rates.append((issuer.currency, _moved(_WORTH[issuer.currency], off)))
        yield member.id, SubmitFixings(DEMO_DATE, tuple(rates))


def quotes(region: Region, until_us: int) -> Iterator[tuple[str, OfferQuote]]:
    """Give the quotes of each member's gateway bank: its own currency for each other, and the other way."""
    chance = random.Random(f"mufakat quotes {region.seed}")
    for home in region.members:
        bank = gateway(region, home)
        for other in region.members:
            if other is home:
                continue
            for offered, asked in ((home, other), (other, home)):
                yield bank.bic, _quote(chance, bank, offered, asked, until_us)


def _quote(
    chance: random.Random, bank: Bank, offered: MemberPlan, asked: MemberPlan, until_us: int
) -> OfferQuote:
    most = Amount(_opening(bank, offered.currency) // _QUOTED_PART)
    worth, other = _moved(_WORTH[offered.currency], chance.randint(1, _SPREAD_BP)), _WORTH[asked.currency]
    per = 1 if worth > other else _QUOTE_PER
    return OfferQuote(
        QuoteId(f"{bank.bic}/{offered.currency}{asked.currency}"),
        offered.currency,
        asked.currency,
        rate_of(worth * per * 10**PRICE_DECIMALS // other, per, (offered.decimals, asked.decimals)),
        Amount(max(1, most // 1_000)),
        most,
        until_us,
        chance.choice((0, 5, 10)),
    )


def exchanges(region: Region, count: int) -> Iterator[ExchangePlan]:
    """Give payments of banks that sell one currency so that another arrives at its creditor's bank."""
    chance = random.Random(f"mufakat exchanges {region.seed}")
    for _ in range(count):
        sold, bought = chance.sample(region.members, 2)
        payer = chance.choice([each for each in region.banks if each.holds(sold.currency)])
        payees = [each for each in region.banks if each.holds(bought.currency) and each is not payer]
        yield ExchangePlan(
            Uetr(str(uuid.UUID(int=chance.getrandbits(128), version=4))),
            payer.bic,
            chance.choice(payees).bic,
            sold.currency,
            bought.currency,
            Amount(_opening(payer, sold.currency) // _EXCHANGED_PART),
        )


def gateway(region: Region, member: MemberPlan) -> Bank:
    """Return the bank of a member that holds every currency."""
    return max((each for each in region.banks if each.member == member.id), key=lambda each: each.size)


def _opening(bank: Bank, currency: str) -> int:
    return next(each.opening for each in bank.accounts if each.currency == currency)


def _moved(worth: int, by_bp: int) -> int:
    return worth * (_BASIS_POINTS + by_bp) // _BASIS_POINTS
