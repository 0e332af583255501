"""A list that changes stops what waits, until it was screened anew."""

import msgspec

from mufakat.model import command as c
from mufakat.model.identifier import ObligationId
from mufakat.model.verdict import Rescreen, Screened
from mufakat.node import rescreening
from mufakat.node.desk import Desk, Lists
from mufakat.node.rescreening import due, look_at_debts, look_at_exchange
from mufakat.projections import compliance, timeline
from mufakat.screening.evidence import decoded
from tests.node.conftest import UETR
from tests.node.listed import BANK, LISTED, NAME, OTHER, bodies, bring, payment_to, say
from tests.node.test_intake import status_of

TO = "TANGQMA0XXX"


def test_a_party_listed_this_morning_stops_a_payment_that_waits_since_before(small):
    path = payment_to(small, NAME, amount="400000000.00")
    assert status_of(small.take(path)[0]) == ["PDNG"]
    assert timeline.payment(small.node.views.sql, UETR).status == "queued"
    bring(small, LISTED)

    again = {each.participant: each for each in small.intake.rescreen()}

    assert (again[BANK].items, again[BANK].held) == (1, (UETR,))
    assert timeline.payment(small.node.views.sql, UETR).status == "held"
    (case,) = compliance.cases(small.node.views.sql)
    (data,) = small.vault.evidence(case.evidence)
    assert decoded(data).item == UETR
    assert small.intake.rescreen() == []


def test_what_is_no_hit_goes_on_when_it_was_screened_anew(small):
    path = payment_to(small, "Karet Utama", amount="400000000.00")
    small.take(path)
    bring(small, LISTED)
    (mine,) = (each for each in small.intake.rescreen() if each.participant == BANK)

    assert (mine.items, mine.held) == (1, ())
    assert timeline.payment(small.node.views.sql, UETR).status == "queued"


def test_obligations_that_are_open_are_screened_anew_by_their_documents(small, examples):
    small.take(examples / "trade" / "01-invoice.in.xml")
    bring(small, OTHER)
    held = [item for each in small.intake.rescreen() for item in each.held]

    assert held
    assert timeline.obligations(small.node.views.sql, status="blocked")


def test_a_payment_whose_message_was_erased_is_screened_by_its_banks(small):
    small.take(payment_to(small, NAME, amount="400000000.00"))
    small.vault._sql.execute("DELETE FROM detail")
    bring(small, LISTED)
    again = {each.participant: each for each in small.intake.rescreen()}

    assert (again[BANK].items, again[BANK].held) == (1, ())


def test_only_who_has_its_key_here_and_other_lists_is_due(small):
    desk = Desk(small.node, small.vault, Lists())
    desk.begin()
    assert due(small.session, desk) == []
    bring(small, LISTED, name="QM/own")
    desk.begin()
    assert due(small.session, desk) == [BANK, "TANGQMA0XXX"]
    small.home.keys.joinpath("TANGQMA0XXX", "submit.key").unlink()
    assert due(small.session, desk) == [BANK]
    small.intake.rescreen()
    assert due(small.session, desk) == []


def registered(small, examples):
    small.take(examples / "trade" / "01-invoice.in.xml")
    (owed,) = timeline.obligations(small.node.views.sql, status="registered")
    return owed


def test_a_debt_that_is_clear_is_accepted_with_what_was_looked_at(small, examples):
    bring(small, LISTED)
    owed = registered(small, examples)
    desk = Desk(small.node, small.vault, Lists())
    screened, clear = look_at_debts(small.session, small.vault, desk, owed.debtor_agent, [owed.id])

    assert clear == [owed.id]
    (evidence,) = small.vault.evidence(screened.evidence)
    assert {each.subject.text for each in decoded(evidence).looked} >= {"Karet Utama", "Kayu Selatan"}
    say(small, owed.debtor_agent, c.AcceptObligations((ObligationId(owed.id),), screened))


def test_a_debt_of_somebody_listed_goes_on_hold_and_is_not_accepted(small, examples):
    owed = registered(small, examples)
    bring(small, OTHER)
    desk = Desk(small.node, small.vault, Lists())
    _, clear = look_at_debts(small.session, small.vault, desk, owed.debtor_agent, [owed.id])

    assert clear == []
    assert compliance.open_case(small.node.views.sql, owed.id).kind == "obligation"


def test_where_no_list_binds_debts_are_accepted_as_ever(small, examples):
    owed = registered(small, examples)
    desk = Desk(small.node, small.vault, Lists())

    said, clear = look_at_debts(small.session, small.vault, desk, owed.debtor_agent, [owed.id])
    assert (said.lists, said.evidence, clear) == (b"", b"", [owed.id])


def test_an_exchange_is_looked_at_by_the_numbers_of_its_banks(small):
    desk = Desk(small.node, small.vault, Lists())
    assert look_at_exchange(desk, BANK, UETR, TO) == (Screened(), ())
    listed = msgspec.structs.replace(LISTED, identifiers=(f"SWIFT/BIC {TO}",))
    bring(small, listed)
    said, entries = look_at_exchange(desk, BANK, UETR, TO)
    assert [each.rpartition("/")[0] for each in entries] == ["un/1"]
    assert look_at_exchange(desk, BANK, UETR, BANK)[1] == ()
    assert len(small.vault.evidence(said.evidence)) == 1


def test_more_hits_than_a_command_holds_go_in_several(small, monkeypatch):
    monkeypatch.setattr(rescreening, "_HITS", 1)
    for number in range(3):
        small.take(payment_to(small, NAME, number, amount="900000000.00"))
    before = len(small.node.views.sql.execute("SELECT 1 FROM payment WHERE status = 'queued'").fetchall())
    bring(small, LISTED)
    (again,) = [each for each in small.intake.rescreen() if each.participant == BANK]
    assert before == len(again.held) == len(compliance.cases(small.node.views.sql)) == 3
    assert [each.more for each in bodies(small, Rescreen)][:3] == [True, True, False]
