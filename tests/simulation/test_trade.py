import datetime
import random
from collections import Counter, defaultdict

import pytest
from ortools.graph.python import min_cost_flow

from mufakat.model.money import parse_amount
from mufakat.simulation.region import DEMO_DATE
from mufakat.simulation.trade import invoice_of, obligations_of, relations_of, unknown_lei

HORIZON = DEMO_DATE + datetime.timedelta(days=30)


@pytest.fixture(scope="module")
def relations(region):
    return relations_of(region, random.Random(1))


@pytest.fixture(scope="module")
def owed(relations):
    return list(obligations_of(relations, random.Random(2), 20_000, series="OB"))


def test_both_banks_of_a_relation_settle_in_its_currency(region, relations):
    for relation in relations:
        for firm in (relation.debtor, relation.creditor):
            assert region.bank(firm.bank).holds(relation.issuer.currency)
        assert relation.debtor is not relation.creditor


def test_a_few_firms_have_many_customers(relations):
    customers = sorted(Counter(each.creditor.lei for each in relations).values())

    assert customers[-1] > 4 * customers[len(customers) // 2]


def test_references_are_used_once(owed):
    assert len({item.reference for item in owed}) == len(owed)


def test_some_is_due_on_the_day_most_within_30_days_and_little_later(owed):
    today = sum(item.due == DEMO_DATE for item in owed) / len(owed)
    later = sum(item.due > HORIZON for item in owed) / len(owed)

    assert min(item.due for item in owed) == DEMO_DATE
    assert 0.10 < today < 0.14
    assert 0.05 < later < 0.09


def test_set_off_can_clear_a_quarter_to_45_percent_of_all_that_is_owed(owed):
    """The maximum circulation in each currency, of what is due within the horizon."""
    arcs: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    total = 0.0
    cleared = 0.0
    for item in owed:
        relation = item.relation
        total += item.amount / relation.issuer.typical
        if item.due <= HORIZON:
            arcs[relation.issuer.currency][relation.debtor.lei, relation.creditor.lei] += item.amount
    typical = {item.relation.issuer.currency: item.relation.issuer.typical for item in owed}
    for currency, capacities in arcs.items():
        nodes: dict[str, int] = {}
        flow = min_cost_flow.SimpleMinCostFlow()
        for (debtor, creditor), amount in capacities.items():
            ends = (nodes.setdefault(debtor, len(nodes)), nodes.setdefault(creditor, len(nodes)))
            flow.add_arc_with_capacity_and_unit_cost(*ends, amount // 1_000, -1)
        assert flow.solve() == flow.OPTIMAL
        cleared -= flow.optimal_cost() * 1_000 / typical[currency]

    assert 0.25 < cleared / total < 0.45


def test_an_invoice_adds_up_and_its_debtor_is_the_customer(owed):
    for item in owed[:300]:
        document = invoice_of(item, random.Random(item.reference))
        decimals = item.relation.issuer.decimals
        assert sum(parse_amount(line.amount, decimals) for line in document.lines) == item.amount
        assert document.customer.lei == item.relation.debtor.lei
        assert document.supplier.lei == item.relation.creditor.lei
        assert document.issued < document.due


def test_the_unknown_lei_is_valid_and_no_firm_s(region):
    assert unknown_lei(region) not in {firm.lei for firm in region.firms}
