"""The made-up trade: who supplies whom, and the obligations and invoices that follow from it.

Firms stand in tiers from raw material to the final market. Each new firm finds its suppliers by
preferential attachment, mostly one tier down, so that a few firms supply many; a part of all relations
runs the other way (machines for mines, trucks for mills) and closes cycles. How large that part is
decides how much set-off clears.
"""

import datetime
import random
from collections.abc import Iterator
from typing import Final

import msgspec

from mufakat.model.identifier import Lei
from mufakat.model.money import Amount, format_amount
from mufakat.simulation.documents import Invoice, InvoiceLine
from mufakat.simulation.naming import TRADES
from mufakat.simulation.payments import party
from mufakat.simulation.region import DEMO_DATE, Bank, Firm, MemberPlan, Region

SUPPLIERS_A_FIRM: Final = 7
BACKWARD_SHARE: Final = 0.3
"""Share of relations in which the firm nearer the raw material is the customer."""
RINGS_A_FIRM: Final = 1.0
"""Rings of trade across the tiers, so many for each firm."""
_RELATION_SIGMA: Final = 0.8
_ITEM_SIGMA: Final = 0.7

# HS 2022 subheading, and the name of the goods.
GOODS: Final = (
    ("030617", "Frozen shrimps"), ("080390", "Bananas, fresh"), ("090111", "Coffee, not roasted"),
    ("100630", "Rice, milled"), ("151190", "Palm oil, refined"), ("151311", "Coconut oil, crude"),
    ("170114", "Cane sugar, raw"), ("252329", "Portland cement"), ("270112", "Bituminous coal"),
    ("390110", "Polyethylene, in primary forms"), ("400122", "Technically specified natural rubber"),
    ("441231", "Plywood of tropical wood"), ("610910", "T-shirts of cotton, knitted"),
    ("620462", "Women's trousers of cotton"), ("640399", "Footwear with leather uppers"),
    ("721049", "Steel sheet, zinc-coated"), ("740811", "Wire of refined copper"),
    ("847130", "Portable computers"), ("850440", "Static converters"), ("851713", "Smartphones"),
    ("854231", "Integrated circuits: processors"), ("870829", "Parts of motor vehicle bodies"),
    ("940360", "Wooden furniture"),
)  # fmt: skip


class Relation(msgspec.Struct, frozen=True):
    """`debtor` buys from `creditor` in the currency of `issuer`; `typical`: median amount, minor units."""

    debtor: Firm
    creditor: Firm
    issuer: MemberPlan
    typical: float


class Owed(msgspec.Struct, frozen=True):
    """An obligation before it is written: `reference` is unique for the creditor; amount minor units."""

    reference: str
    relation: Relation
    amount: Amount
    due: datetime.date

    def row(self) -> tuple[str, ...]:
        """Return the columns id, debtor, creditor, currency, amount, due, document."""
        relation, issuer = self.relation, self.relation.issuer
        amount = format_amount(self.amount, issuer.decimals)
        debtor, creditor = relation.debtor.lei, relation.creditor.lei
        return self.reference, debtor, creditor, issuer.currency, amount, self.due.isoformat(), self.reference


def relations_of(region: Region, chance: random.Random) -> list[Relation]:
    """Make the region's supply relations: chains by tier, then rings across the tiers."""
    popular: dict[int, list[Firm]] = {tier: [] for tier in range(len(TRADES))}
    for firm in region.firms:
        popular[firm.tier].append(firm)
    banks: dict[str, Bank] = {bank.bic: bank for bank in region.banks}
    relations = []
    for firm in region.firms:
        for _ in range(SUPPLIERS_A_FIRM):
            # Raw material has nobody below it: its firms supply, and buy from, the next tier.
            tier = max(0, firm.tier - (1 if chance.random() < 0.8 else 2)) if firm.tier else 1
            other = _supplier(chance, popular[tier], firm)
            popular[tier].append(other)
            lower, upper = (other, firm) if tier < firm.tier else (firm, other)
            backward = chance.random() < BACKWARD_SHARE
            debtor, creditor = (lower, upper) if backward else (upper, lower)
            issuer = _currency(region, chance, banks[debtor.bank], banks[creditor.bank])
            typical = issuer.typical * chance.lognormvariate(0.0, _RELATION_SIGMA)
            relations.append(Relation(debtor, creditor, issuer, typical))
    for _ in range(round(len(region.firms) * RINGS_A_FIRM)):
        relations += _ring(region, chance, banks, popular)
    return relations


def _supplier(chance: random.Random, candidates: list[Firm], firm: Firm) -> Firm:
    """Draw a supplier; trade prefers its own country, so one from abroad is drawn again half the time."""
    drawn = chance.choice(candidates)
    return chance.choice(candidates) if drawn.member != firm.member and chance.random() < 0.5 else drawn


def _ring(
    region: Region, chance: random.Random, banks: dict[str, Bank], popular: dict[int, list[Firm]]
) -> Iterator[Relation]:
    """Give a ring of three to five firms, each the next one's debtor, in one currency that all settle in."""
    issuer = chance.choices(region.members, [issuer.share for issuer in region.members])[0]
    tiers = sorted(chance.sample(range(len(TRADES)), chance.randint(3, 5)))
    drawn = [chance.choice(popular[tier]) for tier in tiers]
    firms = [firm for firm in drawn if banks[firm.bank].holds(issuer.currency)]
    typical = issuer.typical * chance.lognormvariate(0.0, _RELATION_SIGMA)
    if len(firms) >= 3:
        for debtor, creditor in zip(firms, firms[1:] + firms[:1], strict=True):
            yield Relation(debtor, creditor, issuer, typical)


def obligations_of(
    relations: list[Relation], chance: random.Random, count: int, *, series: str
) -> Iterator[Owed]:
    """Give `count` obligations, numbered within `series`; about one in eight is due on the day itself."""
    for number in range(1, count + 1):
        relation = chance.choice(relations)
        amount = max(1, round(relation.typical * chance.lognormvariate(0.0, _ITEM_SIGMA)))
        luck = chance.random()
        days = 0 if luck < 0.12 else chance.randint(1, 30) if luck < 0.93 else chance.randint(31, 75)
        due = DEMO_DATE + datetime.timedelta(days=days)
        yield Owed(f"{series}-2026-{number:06d}", relation, Amount(amount), due)


def invoice_of(owed: Owed, chance: random.Random) -> Invoice:
    """Return the invoice behind an obligation: one to three lines of goods from the creditor's country."""
    relation, decimals = owed.relation, owed.relation.issuer.decimals
    # Lines are whole shares of the amount, the last one takes what is left, so that they add up.
    count = min(chance.randint(1, 3), owed.amount)
    parts = [owed.amount // count] * (count - 1)
    parts.append(owed.amount - sum(parts))
    lines = tuple(
        InvoiceLine(goods, code, relation.creditor.member, chance.randint(1, 40) * 500, text)
        for (code, goods), text in zip(
            chance.sample(GOODS, count), (format_amount(part, decimals) for part in parts), strict=True
        )
    )
    return Invoice(
        id=owed.reference,
        issued=(DEMO_DATE - datetime.timedelta(days=chance.randint(1, 60))).isoformat(),
        due=owed.due.isoformat(),
        currency=relation.issuer.currency,
        amount=format_amount(owed.amount, decimals),
        supplier=party(relation.creditor),
        customer=party(relation.debtor),
        lines=lines,
    )


def unknown_lei(region: Region) -> Lei:
    """Return a well-formed LEI that no bank of the region has enrolled: the first bank's own."""
    return region.banks[0].lei


def _currency(region: Region, chance: random.Random, debtor: Bank, creditor: Bank) -> MemberPlan:
    """Choose the issuer of a relation's currency among those in which both banks settle."""
    both = (debtor, creditor)
    shared = [issuer for issuer in region.members if all(bank.holds(issuer.currency) for bank in both)]
    assert shared, "each bank settles in at least three of five currencies, so two banks share one"
    for home, share in ((creditor.member, 0.6), (debtor.member, 0.7)):
        for issuer in shared:
            if issuer.id == home and chance.random() < share:
                return issuer
    return chance.choice(shared)
