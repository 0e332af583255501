"""Certificates, items and signatures in the views are those of the rules, and the views come to the same root."""

from contextlib import closing

from mufakat.audit import cycle as audit
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model.money import MAX_AMOUNT
from mufakat.projections import certificate as views
from mufakat.projections import timeline
from tests.core.test_periodic import owing, settle
from tests.projections.conftest import folded
from tests.union import A1, B1, Union, settled_world


def assert_the_certificates_are_what_they_are(sql, union: Union) -> None:
    """Compare with state and events, and make each root anew from items and postings of the views."""
    state = union.state
    for kept in state.attestations.records():
        seen = views.certified(sql, kept.cycle)
        assert seen is not None
        assert (seen.root, seen.leaves) == (kept.root, kept.leaves)
        assert (seen.attested is not None) == kept.attested
        assert tuple(each.member for each in views.signatures(sql, kept.cycle)) == kept.signers
        books = audit.Books(
            kept.cycle,
            seen.date,
            views.items(sql, kept.cycle),
            [audit.Posting(*each) for each in views.postings(sql, seen.entry)],
            views.sponsors(sql),
            {member.currency: member.id for member in state.charter.members},
        )
        assert audit.root_of(kept.cycle, audit.recomputed(books)) == kept.root
        assert views.amounts_that_differ(sql, kept.cycle) == []
    assert sql.execute("SELECT count(*) FROM certified").fetchone() == (state.cycle,)
    for event in union.events:
        if isinstance(event, e.CycleCertified):
            assert tuple(views.leaves(sql, event.cycle)) == event.leaves
            assert tuple(views.items(sql, event.cycle)) == event.items


def test_what_a_member_held_itself_is_told_from_swing_credit():
    union = owing(("QN", "QM", 90_000))
    settle(union)
    union.must("QN", c.SetSwingLine("QM", 500), ("QM", "approve"))
    union.pay(debtor_agent=A1, creditor_agent=B1, currency="VND", amount=1_500, channel=c.Channel.MPNS)
    union.cycle()
    union.pay(debtor_agent=B1, creditor_agent=A1, currency="VND", amount=100)
    union.cycle()
    with closing(folded(union)) as made:
        assert_the_certificates_are_what_they_are(made.sql, union)
        second = [each for each in timeline.cycles(made.sql) if (each.number, each.currency) == (2, "VND")]
        assert [each.swing for each in second] == [78]


def test_a_signature_names_the_entry_of_its_command(busy, sql):
    seen = [(cycle, each) for cycle in range(1, 4) for each in views.signatures(sql, cycle)]
    assert seen
    for cycle, each in seen:
        data, at_us = busy.log[each.entry - 1]
        said = c.decode(data).instruction
        assert (said.author, said.body.cycle, at_us) == (each.member, cycle, each.at_us)
        certified = views.certified(sql, cycle)
        assert certified.entry < each.entry <= (certified.attested or each.entry)


def test_of_a_cycle_that_has_not_run_there_is_nothing(sql):
    assert views.certified(sql, 99) is None
    assert views.leaves(sql, 99) == views.items(sql, 99) == views.signatures(sql, 99) == []


def test_an_item_that_does_not_fit_its_payment_or_obligation_is_named(busy, sql):
    cycle = next(event.cycle for event in busy.events if isinstance(event, e.CycleCertified) and event.items)
    sql.execute("SAVEPOINT before")
    try:
        sql.execute("UPDATE cycle_item SET netted = netted + 10000000 WHERE cycle = ?", (cycle,))
        assert len(views.amounts_that_differ(sql, cycle)) == len(views.items(sql, cycle))
    finally:
        sql.execute("ROLLBACK TO before")
        sql.execute("RELEASE before")


def test_sums_that_no_column_holds_come_back_whole():
    union = settled_world(0, max_payment=MAX_AMOUNT)
    for _ in range(20):
        union.owe(0, 4, MAX_AMOUNT)
    union.cycle()
    with closing(folded(union)) as made:
        assert_the_certificates_are_what_they_are(made.sql, union)
        assert views.leaves(made.sql, 1)[0].pays.gross.amount == 20 * MAX_AMOUNT > 2**64
