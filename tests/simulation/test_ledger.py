"""The made-up union on which the ledger is measured: its commands are sound, and each of its payments settles."""

import itertools

from mufakat.core.invariant import violations
from mufakat.model.command import decode
from mufakat.model.event import PaymentsSettled, UnionFounded
from mufakat.model.outcome import Status
from mufakat.model.record import RECORD_BYTES, orders_of
from mufakat.node.embedded import Node
from mufakat.simulation.ledger import DATE, MOST_A_BATCH, NOON_US, Payers, genesis, published


def test_a_made_up_command_holds_payments_that_the_rules_can_read():
    payers = Payers(1)
    list(payers.founding())
    first, second = (decode(payers.command(50)).instruction for _ in range(2))
    assert first.author != second.author
    orders = [*orders_of(first.body), *orders_of(second.body)]
    assert len(orders) == 100 == len(first.body.records + second.body.records) // RECORD_BYTES
    assert len({each.uetr for each in orders}) == 100
    assert all(each.debtor_agent in {first.author, second.author} != {each.creditor_agent} for each in orders)


def test_the_same_seed_gives_the_same_commands_and_another_seed_others():
    def commands(seed):
        payers = Payers(seed)
        return [*payers.founding(), payers.command(3)]

    assert commands(1) == commands(1) != commands(2)


def test_each_payment_settles_at_once_in_batches_of_any_size(tmp_path):
    ticks = itertools.count(NOON_US)
    payers = Payers(1)
    with Node.create(tmp_path / "node", genesis(1), lambda: next(ticks)) as node:
        assert all(outcome.refusal is None for outcome in node.submit(list(payers.founding())))
        sizes = (1, 7, 8, 300, MOST_A_BATCH)
        for size, outcome in zip(sizes, node.submit([payers.command(size) for size in sizes]), strict=True):
            assert outcome.statuses == bytes((Status.SETTLED,)) * size
        state = node._replica.state
        assert violations(state) == []
        assert (state.day.date, len(state.register)) == (DATE, sum(sizes))


def test_each_entry_is_published_with_its_events():
    entries = list(published(1, 2))
    assert [entry.number for entry, _ in entries] == [*range(len(entries))]
    assert isinstance(entries[0][1][0], UnionFounded)
    settled = [event for _, events in entries for event in events if isinstance(event, PaymentsSettled)]
    assert [len(event.records) // RECORD_BYTES for event in settled] == [MOST_A_BATCH] * 2
