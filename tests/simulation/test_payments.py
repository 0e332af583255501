import random
from collections import Counter

import pytest

from mufakat.model import identifier
from mufakat.model.money import parse_amount
from mufakat.simulation.payments import PaymentMaker

DAY = 5_000


@pytest.fixture(scope="module")
def messages(region):
    return list(PaymentMaker(region, random.Random(1)).messages(DAY))


@pytest.fixture(scope="module")
def transfers(messages):
    return [(message.debtor_agent, transfer) for message in messages for transfer in message.transfers]


def test_about_two_in_a_hundred_messages_carry_up_to_twenty_transfers(messages):
    sizes = Counter(len(message.transfers) for message in messages)

    assert 0.01 < (DAY - sizes[1]) / DAY < 0.03
    assert max(sizes) == 20


def test_every_version_from_8_to_13_occurs_with_and_without_header(messages):
    assert {(message.version, message.header) for message in messages} == {
        (version, header) for version in range(8, 14) for header in (False, True)
    }


def test_messages_come_in_the_order_of_the_day(messages):
    assert [message.created for message in messages] == sorted(message.created for message in messages)


def test_both_agents_have_an_account_in_the_currency_and_are_not_the_same(region, transfers):
    for debtor_agent, transfer in transfers:
        assert region.bank(debtor_agent).holds(transfer.currency)
        assert region.bank(transfer.creditor_agent).holds(transfer.currency)
        assert debtor_agent != transfer.creditor_agent


def test_every_transfer_has_its_own_valid_uetr_and_reference(transfers):
    uetrs = [transfer.uetr for _, transfer in transfers]

    assert all(identifier.uetr(uetr) == uetr for uetr in uetrs)
    assert len(set(uetrs)) == len(uetrs)
    assert len({transfer.reference for _, transfer in transfers}) == len(transfers)


def test_amounts_are_in_the_currency_s_decimals_and_below_the_limit(region, transfers):
    for _, transfer in transfers:
        issuer = region.issuer(transfer.currency)
        assert 0 < parse_amount(transfer.amount, issuer.decimals) <= issuer.max_payment
        assert len(transfer.amount.partition(".")[2]) == issuer.decimals


def test_about_a_third_settles_in_real_time_and_is_larger(region, transfers):
    sizes: dict[str, list[float]] = {"RTGS": [], "MPNS": []}
    for _, transfer in transfers:
        issuer = region.issuer(transfer.currency)
        sizes[transfer.channel].append(parse_amount(transfer.amount, issuer.decimals) / issuer.typical)

    assert 0.32 < len(sizes["RTGS"]) / len(transfers) < 0.40
    assert sum(sizes["RTGS"]) / len(sizes["RTGS"]) > 3 * sum(sizes["MPNS"]) / len(sizes["MPNS"])


def test_real_time_payments_queue_and_most_but_not_all_of_them_settle_in_the_end(region, transfers):
    """Gross settlement with queues in order of arrival; the netted payments settle one by one here too."""
    funds = {(b.bic, a.currency): a.opening + a.limit for b in region.banks for a in b.accounts}
    queues: dict[tuple[str, str], list[tuple[tuple[str, str], int]]] = {account: [] for account in funds}
    queued = 0

    def settle(account):
        while queues[account] and queues[account][0][1] <= funds[account]:
            creditor, amount = queues[account].pop(0)
            funds[account] -= amount
            funds[creditor] += amount
            settle(creditor)

    for agent, transfer in transfers:
        code = transfer.currency
        amount = parse_amount(transfer.amount, region.issuer(code).decimals)
        queues[agent, code].append(((transfer.creditor_agent, code), amount))
        settle((agent, code))
        queued += bool(queues[agent, code])
    left = sum(map(len, queues.values()))

    assert queued > 2 * left
    assert 0 < left < 0.03 * len(transfers)
