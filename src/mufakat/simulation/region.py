"""An invented region: five members, their banks, firms, accounts and limits, from a seed alone.

The states, institutions and firms do not exist (see `naming`); the five currencies are real, so that
their decimals and sizes are. Amounts are minor units. `DEMO_DATE` is a day on which all members work;
on the next day one member has a holiday.
"""

import datetime
import math
import random
from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.model.identifier import Bic, Currency, Lei, MemberId
from mufakat.model.money import Amount
from mufakat.simulation.naming import STEMS, TRADES, Registrar

DEMO_DATE: Final = datetime.date(2026, 11, 24)
DEMO_HOLIDAY: Final = datetime.date(2026, 11, 25)
BANKS_A_MEMBER: Final = 5
FIRMS_A_BANK: Final = 16

PAYMENT_SIGMA: Final = 1.1
"""Spread of payment sizes: standard deviation of their natural logarithm."""
RTGS_SHARE: Final = 0.35
RTGS_FACTOR: Final = 4
"""Payments in real time are so many times as large as netted ones, and this share of all."""
_DAY_TRANSFERS: Final = 6_000
_TURNOVER: Final = 7
"""The demo day pays each unit of opening money about so many times."""


class MemberPlan(msgspec.Struct, frozen=True):
    """A member: an invented state, its central bank and currency. `typical`: median netted payment."""

    id: MemberId
    country: str
    name: str
    bic: Bic
    lei: Lei
    currency: Currency
    decimals: int
    typical: Amount
    max_payment: Amount
    share: float
    holidays: tuple[datetime.date, ...]
    towns: tuple[str, ...]


class AccountPlan(msgspec.Struct, frozen=True):
    """A settlement account at the opening: money issued, intraday limit, what is reserved for cycles."""

    currency: Currency
    opening: Amount
    limit: Amount
    reserve: Amount


class Bank(msgspec.Struct, frozen=True):
    """A participant; its first account is in its own member's currency. `size`: relative, from 1."""

    bic: Bic
    lei: Lei
    name: str
    member: MemberId
    town: str
    size: int
    accounts: tuple[AccountPlan, ...]

    def holds(self, currency: str) -> bool:
        """Tell whether the bank has an open account in `currency`."""
        return any(account.currency == currency for account in self.accounts)


class Firm(msgspec.Struct, frozen=True):
    """A firm enrolled by `bank`. `tier`: place in the supply chain, 0 raw material to 4 final market."""

    lei: Lei
    name: str
    bank: Bic
    member: MemberId
    town: str
    tier: int


class SwingPlan(msgspec.Struct, frozen=True):
    """A swing line; `limit` is in the creditor's currency."""

    creditor: MemberId
    debtor: MemberId
    limit: Amount


class Region(msgspec.Struct, frozen=True):
    """Everything that exists before the first day.

    `closed`: a bank and a currency whose account is opened and closed again before the day.
    """

    seed: int
    members: tuple[MemberPlan, ...]
    banks: tuple[Bank, ...]
    firms: tuple[Firm, ...]
    swing_lines: tuple[SwingPlan, ...]
    closed: tuple[Bic, Currency]

    def member(self, member: str) -> MemberPlan:
        """Return the member with this identifier."""
        return next(each for each in self.members if each.id == member)

    def issuer(self, currency: str) -> MemberPlan:
        """Return the member that issues `currency`."""
        return next(member for member in self.members if member.currency == currency)

    def bank(self, bic: str) -> Bank:
        """Return the bank with this BIC."""
        return next(bank for bank in self.banks if bank.bic == bic)

    def opening_money(self) -> dict[Currency, Amount]:
        """Return the central-bank money at the opening of each currency, minor units."""
        total = {member.currency: 0 for member in self.members}
        for bank in self.banks:
            for account in bank.accounts:
                total[account.currency] += account.opening
        return {currency: Amount(amount) for currency, amount in total.items()}


# Identifier, country, currency, decimals, median netted payment in whole units, share of all payments.
_MEMBERS: Final = (
    ("QM", "Melarna", "IDR", 2, 180_000_000, 0.24, ("Port Selani", "Kotaraya", "Ambelang")),
    ("QN", "Sundavar", "MYR", 2, 45_000, 0.20, ("Bandar Suri", "Kuala Remis", "Teluk Indra")),
    ("QO", "Kanthara", "THB", 2, 380_000, 0.20, ("Nakhon Thara", "Phra Lanka", "Chiang Vela")),
    ("QP", "Marayana Isles", "PHP", 2, 620_000, 0.18, ("San Isario", "Dalagan", "Punta Marea")),
    ("QR", "Vanlac", "VND", 0, 280_000_000, 0.18, ("Hoa Lien", "Thanh Vuc", "Song Ma Lai")),
)
_HOLIDAYS: Final = {
    "QM": ("2026-01-01", "2026-03-20", "2026-08-17", "2026-12-25"),
    "QN": ("2026-01-01", "2026-02-17", "2026-08-31", "2026-11-09"),
    "QO": ("2026-01-01", "2026-04-13", "2026-04-14", "2026-12-10"),
    "QP": ("2026-01-01", "2026-06-12", DEMO_HOLIDAY.isoformat(), "2026-12-30"),
    "QR": ("2026-01-01", "2026-02-16", "2026-02-17", "2026-09-02"),
}


def make_region(seed: int) -> Region:
    """Make the region of a seed: the same for the same seed, on any machine."""
    chance = random.Random(f"mufakat region {seed}")
    registrar = Registrar(chance)
    members = tuple(_member(registrar, row) for row in _MEMBERS)
    bare = tuple(_banks(chance, registrar, members))
    closed = _closed_account(chance, bare, members)
    banks = tuple(_funded(chance, bank, currencies, bare, members) for bank, currencies in bare)
    firms = tuple(_firms(chance, registrar, banks, members))
    opening = Region(seed, members, banks, (), (), closed).opening_money()
    swing_lines = tuple(
        SwingPlan(creditor.id, debtor.id, _round(opening[creditor.currency] // chance.randint(12, 24)))
        for creditor in members
        for debtor in members
        if creditor.id != debtor.id
    )
    return Region(seed, members, banks, firms, swing_lines, closed)


def mean_payment(member: MemberPlan) -> int:
    """Return the mean transfer in the currency of `member` over both channels, minor units."""
    mix = RTGS_SHARE * RTGS_FACTOR + 1 - RTGS_SHARE
    return round(member.typical * mix * math.exp(PAYMENT_SIGMA**2 / 2))


_Bare = tuple[Bank, tuple[Currency, ...]]


def _member(registrar: Registrar, row: tuple[str, str, str, int, int, float, tuple[str, ...]]) -> MemberPlan:
    code, country, currency, decimals, typical, share, towns = row
    minor = typical * 10**decimals
    return MemberPlan(
        id=MemberId(code),
        country=country,
        name=f"Central Bank of {country}",
        bic=registrar.bic(f"CB{country}", code),
        lei=registrar.lei(code),
        currency=Currency(currency),
        decimals=decimals,
        typical=Amount(minor),
        max_payment=Amount(minor * 1_000),
        share=share,
        holidays=tuple(datetime.date.fromisoformat(day) for day in _HOLIDAYS[code]),
        towns=towns,
    )


def _banks(chance: random.Random, registrar: Registrar, members: tuple[MemberPlan, ...]) -> Iterator[_Bare]:
    stems = chance.sample(STEMS, len(members) * BANKS_A_MEMBER)
    for number, member in enumerate(members):
        abroad = [other.currency for other in members if other is not member]
        for place, stem in enumerate(stems[number * BANKS_A_MEMBER : (number + 1) * BANKS_A_MEMBER]):
            size = BANKS_A_MEMBER - place
            # The largest bank of each member is its gateway to every other currency.
            foreign = chance.sample(abroad, 4 if place == 0 else chance.randint(2, 3))
            bic, lei = registrar.bic(stem, member.id), registrar.lei(member.id)
            kind = chance.choice(("Bank", "Commercial Bank", "Trade Bank", "Savings Bank"))
            town = chance.choice(member.towns)
            bank = Bank(bic, lei, f"{stem} {kind}", member.id, town, size, ())
            yield bank, (member.currency, *sorted(foreign))


def _closed_account(
    chance: random.Random, bare: tuple[_Bare, ...], members: tuple[MemberPlan, ...]
) -> tuple[Bic, Currency]:
    bank, held = chance.choice([(bank, held) for bank, held in bare if len(held) < len(members)])
    return bank.bic, chance.choice([member.currency for member in members if member.currency not in held])


def _funded(
    chance: random.Random,
    bank: Bank,
    currencies: tuple[Currency, ...],
    bare: tuple[_Bare, ...],
    members: tuple[MemberPlan, ...],
) -> Bank:
    accounts = []
    for currency in currencies:
        issuer = next(member for member in members if member.currency == currency)
        money = mean_payment(issuer) * _DAY_TRANSFERS * issuer.share / _TURNOVER
        weights = sum(weight_of(each, issuer) for each, held in bare if currency in held)
        opening = _round(int(money * weight_of(bank, issuer) / weights * chance.uniform(0.8, 1.2)))
        limit = _round(opening * chance.randint(20, 50) // 100) if chance.random() < 0.4 else Amount(0)
        reserve = _round(opening // 10) if chance.random() < 0.15 else Amount(0)
        accounts.append(AccountPlan(currency, opening, limit, reserve))
    return msgspec.structs.replace(bank, accounts=tuple(accounts))


def weight_of(bank: Bank, issuer: MemberPlan) -> int:
    """Return how much of a currency's business a bank has, relative; three times as much at home."""
    return bank.size * (3 if bank.member == issuer.id else 1)


def _firms(
    chance: random.Random, registrar: Registrar, banks: tuple[Bank, ...], members: tuple[MemberPlan, ...]
) -> Iterator[Firm]:
    towns = {member.id: member.towns for member in members}
    for bank in banks:
        for number in range(FIRMS_A_BANK):
            tier = number % len(TRADES)
            name, lei = registrar.firm_name(tier), registrar.lei(bank.member)
            yield Firm(lei, name, bank.bic, bank.member, chance.choice(towns[bank.member]), tier)


def _round(amount: int) -> Amount:
    """Round down to three leading digits: central banks do not fund accounts to the cent."""
    step = 10 ** max(0, len(str(amount)) - 3)
    return Amount(amount // step * step)
