"""The made-up day's payments: who pays whom through which banks, how much, when, on which channel.

Sizes are log-normal for each currency; large ones go in real time (RTGS), small ones net (MPNS). Banks
come out roughly even over the day, as real ones do, and get there by way of queues; a few banks pay out
far more than they have late in the day, and those payments stay unsettled.
"""

import datetime
import random
import uuid
from collections.abc import Iterator
from typing import Final

from mufakat.model.money import format_amount
from mufakat.simulation.documents import Message, Party, Transfer
from mufakat.simulation.region import (
    DEMO_DATE,
    PAYMENT_SIGMA,
    RTGS_FACTOR,
    RTGS_SHARE,
    Bank,
    Firm,
    MemberPlan,
    Region,
    weight_of,
)

VERSIONS: Final = (8, 8, 8, 8, 9, 10, 10, 11, 12, 12, 13)
"""Versions in the proportions in which files come: .001.08 is still what most systems write."""
_BULK_SHARE: Final = 0.02
_HEADER_SHARE: Final = 0.15
_OVERDRAWN_SHARE: Final = 0.01
"""Share of payments beyond all means in the last tenth of the day."""
_OPENING_TIME: Final = datetime.datetime.combine(DEMO_DATE, datetime.time(8))
_DAY_SECONDS: Final = 8 * 3_600
_PRIORITY_WEIGHTS: Final = (88, 10, 2)
_PURPOSES: Final = ("Invoice", "Order", "Contract", "Delivery note", "Freight", "Spare parts & service")


class PaymentMaker:
    """Makes the messages of a day one after another; remembers each bank's position, minor units."""

    def __init__(self, region: Region, chance: random.Random) -> None:
        self._region = region
        self._chance = chance
        self._priorities = random.Random(f"mufakat priorities {region.seed}")
        self._firms: dict[str, list[Firm]] = {bank.bic: [] for bank in region.banks}
        for firm in region.firms:
            self._firms[firm.bank].append(firm)
        self._holders = {
            issuer.currency: [bank for bank in region.banks if bank.holds(issuer.currency)]
            for issuer in region.members
        }
        self._weights = {
            issuer.currency: [weight_of(bank, issuer) for bank in self._holders[issuer.currency]]
            for issuer in region.members
        }
        self._opening = {
            (bank.bic, account.currency): account.opening + account.limit
            for bank in region.banks
            for account in bank.accounts
        }
        self._position = dict.fromkeys(self._opening, 0)
        self._shares = [issuer.share for issuer in region.members]

    def messages(self, count: int) -> Iterator[Message]:
        """Give `count` messages in the order of the day."""
        for number in range(count):
            created = _OPENING_TIME + datetime.timedelta(seconds=number * _DAY_SECONDS // max(count, 1))
            issuer = self._chance.choices(self._region.members, self._shares)[0]
            debtor = self._bank(issuer, richest=True)
            bulk = self._chance.random() < _BULK_SHARE
            size = self._chance.randint(2, 20) if bulk else 1
            overdrawn = not bulk and number > count * 0.9 and self._chance.random() < _OVERDRAWN_SHARE
            yield Message(
                version=self._chance.choice(VERSIONS),
                id=f"{debtor.bic[:6]}{DEMO_DATE:%Y%m%d}{number:07d}",
                created=f"{created.isoformat()}+07:00",
                debtor_agent=debtor.bic,
                transfers=tuple(
                    self._transfer(
                        issuer, debtor, f"E2E{DEMO_DATE:%y%m%d}{number:07d}-{item}", overdrawn=overdrawn
                    )
                    for item in range(1, size + 1)
                ),
                header=not bulk and self._chance.random() < _HEADER_SHARE,
            )

    def uetr(self) -> str:
        """Return a new UETR: a version 4 UUID from the seeded generator."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    def _bank(self, issuer: MemberPlan, *, richest: bool, other_than: Bank | None = None) -> Bank:
        """Draw two banks by weight and take the one that is better off (or worse off) so far."""
        holders, weights = self._holders[issuer.currency], self._weights[issuer.currency]
        drawn: list[Bank] = []
        while len(drawn) < 2:
            drawn += [bank for bank in self._chance.choices(holders, weights) if bank is not other_than]

        def standing(bank: Bank) -> float:
            account = (bank.bic, issuer.currency)
            return self._position[account] / self._opening[account]

        return max(drawn, key=standing) if richest else min(drawn, key=standing)

    def _transfer(self, issuer: MemberPlan, debtor: Bank, reference: str, *, overdrawn: bool) -> Transfer:
        chance, code = self._chance, issuer.currency
        creditor = self._bank(issuer, richest=False, other_than=debtor)
        channel = "RTGS" if overdrawn or chance.random() < RTGS_SHARE else "MPNS"
        amount = self._amount(issuer, channel)
        if overdrawn:
            amount = min(self._opening[debtor.bic, code] * 3, issuer.max_payment)
        else:
            self._position[debtor.bic, code] -= amount
            self._position[creditor.bic, code] += amount
        return Transfer(
            uetr=self.uetr(),
            reference=reference,
            currency=code,
            amount=format_amount(amount, issuer.decimals),
            value_date=DEMO_DATE.isoformat(),
            channel=channel,
            debtor=party(chance.choice(self._firms[debtor.bic])),
            creditor=party(chance.choice(self._firms[creditor.bic])),
            creditor_agent=creditor.bic,
            remittance=f"{chance.choice(_PURPOSES)} {chance.randint(10_000, 99_999)}",
            priority=self._priority() if channel == "RTGS" else "",
        )

    def _priority(self) -> str:
        """Draw a priority, by chance of its own: the rest of a day does not depend on it."""
        return self._priorities.choices(("", "HIGH", "URGT"), _PRIORITY_WEIGHTS)[0]

    def _amount(self, issuer: MemberPlan, channel: str) -> int:
        """Draw an amount, minor units; six in ten are in round thousands, as contracts are."""
        amount = round(issuer.typical * self._chance.lognormvariate(0.0, PAYMENT_SIGMA))
        amount = min(amount * (RTGS_FACTOR if channel == "RTGS" else 1), issuer.max_payment // 2)
        step = 1_000 * 10**issuer.decimals
        return amount // step * step if amount > step and self._chance.random() < 0.6 else max(amount, 1)


def party(firm: Firm) -> Party:
    """Return a firm as documents name it; its account number is made from its LEI."""
    return Party(firm.name, firm.town, firm.member, firm.lei, f"{firm.bank[:4]}{firm.lei[-10:]}")
