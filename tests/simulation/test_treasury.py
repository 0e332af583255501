"""What treasurers say: the same for one region, and nothing of it refused by the rules."""

import uuid

import pytest

from mufakat.model.calendar import Phase
from mufakat.model.command import DeclarePhase
from mufakat.model.outcome import Status
from mufakat.node.session import Said
from mufakat.projections import exchanges, fixings
from mufakat.simulation import treasury
from mufakat.simulation.demo import embedded_day
from mufakat.simulation.region import DEMO_DATE, make_region


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A region's union at the opening of its day, its pledges made when it was founded."""
    day = embedded_day(make_region(7), tmp_path_factory.mktemp("region"))
    day.found()
    day._session.say_all(
        [Said(member.id, DeclarePhase(DEMO_DATE, Phase.OPEN)) for member in day.region.members[:3]]
    )
    yield day
    day.close()


def test_a_region_gives_the_same_commands_each_time():
    region, again = make_region(3), make_region(3)
    for plans in (treasury.pledges, treasury.fixings, lambda each: treasury.quotes(each, 5)):
        assert list(plans(region)) == list(plans(again))
    assert list(treasury.exchanges(region, 20)) == list(treasury.exchanges(again, 20))


def test_the_rules_refuse_nothing_of_it_and_one_fixing_is_far_off(opened):
    said = [Said(*each) for each in list(treasury.fixings(opened.region))[:3]]
    said += [Said(*each) for each in treasury.quotes(opened.region, opened.clock.at("16:10"))]
    assert {each.status for each in opened._session.say_all(said)} <= {Status.DONE, Status.AWAITING_QUORUM}
    sql = opened.node.views.sql
    assert len(fixings.fixings(sql, DEMO_DATE.isoformat())) == len(opened.region.members)
    assert sum(each.outlier for each in fixings.submissions(sql, DEMO_DATE.isoformat())) == 1
    assert len(exchanges.quotes(sql, status="open")) == 40


def test_each_bank_holds_what_it_pledges_quotes_and_exchanges():
    region = make_region(5)
    money = {(bank.bic, each.currency): each.opening for bank in region.banks for each in bank.accounts}
    left = dict(money)
    for author, pledge in treasury.pledges(region):
        if author in {bank.bic for bank in region.banks}:
            left[author, pledge.currency] -= pledge.amount
    for author, quote in treasury.quotes(region, 5):
        left[author, quote.sells] -= quote.most
        assert quote.least <= quote.most
    plans = list(treasury.exchanges(region, 200))
    for plan in plans:
        left[plan.payer, plan.sells] -= plan.amount
        assert plan.sells != plan.buys and (plan.creditor_agent, plan.buys) in money
        assert plan.payer != plan.creditor_agent
        assert uuid.UUID(plan.uetr).version == 4
    assert len({plan.uetr for plan in plans}) == len(plans)
    assert all(amount > money[key] // 2 for key, amount in left.items())
