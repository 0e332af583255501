"""Who may be meant by a list in force goes no further than the door: held, told pending, with evidence kept."""

import datetime
import sys
from pathlib import Path

import msgspec
import pytest

import mufakat.gateway
from mufakat.messages.envelope import Opened, open_message
from mufakat.model import command as c
from mufakat.model.listing import Alias, BringList, Entry, Kind, digest_of
from mufakat.model.outcome import Outcome
from mufakat.model.refusal import Reason
from mufakat.model.verdict import AllowName, DecideCase, Scope, Screened, Verdict
from mufakat.node.desk import Desk, Lists, ScreeningMissing
from mufakat.projections import compliance, timeline
from mufakat.screening.evidence import commitment, decoded
from mufakat.screening.parties import Subject, of_message
from tests.node.conftest import UETR, Small, message, transaction, uetr_of
from tests.node.test_intake import status_of
from tests.union import TUESDAY

BANK = "LUALQMA0XXX"
LISTED = Entry(id="1", kind=Kind.ENTITY, names=(Alias("KARET TERLARANG TRADING"),))
OTHER = Entry(id="2", kind=Kind.ENTITY, names=(Alias("KARET UTAMA"),))
SHIP = Entry(id="3", kind=Kind.VESSEL, names=(Alias("SOMEBODY ELSE"),), identifiers=("IMO 9319466",))
NAME = "Karet Terlarang Trading"


def bring(small: Small, *entries: Entry, name: str = "un", member: str = "QM", base: bytes = b"") -> None:
    outcome = small.session.say(member, BringList(name, TUESDAY, base, entries))
    assert outcome.refusal is None, outcome


def payment_to(small: Small, name: str, number: int = 0, **kwargs: str) -> Path:
    text = message(transaction(number, **kwargs)).replace("<Nm>Karet Utama</Nm>", f"<Nm>{name}</Nm>")
    return small.file(f"p{number}.xml", text.replace("LUAL-2026-0001", f"LUAL-{number}"))


def say(small: Small, author: str, body: c.AnyCommand) -> Outcome:
    outcome = small.session.say(author, body)
    assert outcome.refusal is None, outcome
    return outcome


def bodies(small: Small, kind: type) -> list[c.AnyCommand]:
    return [
        found.instruction.body
        for entry in small.node.log()
        if (found := c.decode(entry.command)) is not None and isinstance(found.instruction.body, kind)
    ]


def test_a_payment_to_a_listed_party_goes_on_hold_and_is_told_pending(small):
    bring(small, LISTED)
    (receipt,) = small.take(payment_to(small, NAME))

    (case,) = compliance.cases(small.node.views.sql)
    assert (case.kind, case.item, case.participant, case.status) == ("payment", UETR, BANK, "under review")
    assert case.entries == (f"un/1/{digest_of(LISTED).hex()}",)
    assert case.blocked == 12_500_050
    assert status_of(receipt) == ["PDNG"]
    assert receipt.results[0].rejection.code == "RR04"
    assert timeline.payment(small.node.views.sql, UETR).status == "held"


def test_a_payment_to_nobody_listed_settles_and_says_that_it_was_screened(small):
    bring(small, LISTED)
    (receipt,) = small.take(payment_to(small, "Karet Utama"))

    (body,) = bodies(small, c.SubmitPayments)
    (said,) = body.screened
    (evidence,) = small.vault.evidence(said.evidence)
    assert status_of(receipt) == ["ACSC"]
    assert commitment([evidence]) == said.evidence
    assert (decoded(evidence).verdict, decoded(evidence).item) == ("clear", UETR)
    assert {each.subject.text for each in decoded(evidence).looked} >= {
        "Sawah Emas",
        "Karet Utama",
        "Invoice 77",
    }
    assert small.vault.examined(UETR) == [said.evidence]


def test_the_evidence_of_a_hit_is_in_the_vault_under_the_cases_commitment(small):
    bring(small, LISTED)
    small.take(payment_to(small, NAME))

    (case,) = compliance.cases(small.node.views.sql)
    (data,) = small.vault.evidence(case.evidence)
    ((subject, found),) = decoded(data).hits
    assert commitment([data]) == case.evidence
    assert (subject.role, subject.place, subject.text) == ("creditor", "Cdtr/Nm", NAME)
    assert (found.list, found.id, found.name) == ("un", "1", "KARET TERLARANG TRADING")


def test_of_a_message_with_many_only_the_payment_that_is_a_hit_waits(small):
    bring(small, LISTED)
    text = message(*(transaction(number, amount="10.00") for number in range(3)))
    parts = text.split("<Nm>Karet Utama</Nm>")
    text = f"{parts[0]}<Nm>Karet Utama</Nm>{parts[1]}<Nm>{NAME}</Nm>{parts[2]}<Nm>Karet Utama</Nm>{parts[3]}"
    (receipt,) = small.take(small.file("many.xml", text))

    assert status_of(receipt) == ["ACSC", "PDNG", "ACSC"]
    (case,) = compliance.cases(small.node.views.sql)
    assert case.item == uetr_of(1)
    (body,) = bodies(small, c.SubmitPayments)
    evidences = small.vault.evidence(body.screened[0].evidence)
    assert [decoded(each).item for each in evidences] == [uetr_of(0), uetr_of(2)]


def test_a_file_sent_again_leaves_the_case_as_it_is(small):
    bring(small, LISTED)
    path = payment_to(small, NAME)
    first, entries = small.take(path), small.node.entries

    assert small.take(path) == first
    assert small.node.entries == entries


def test_a_case_that_is_cleared_settles_and_one_that_is_confirmed_stays(small):
    bring(small, LISTED)
    first, second = payment_to(small, NAME), payment_to(small, NAME, 1)
    small.take(first, second)
    lists = compliance.cases(small.node.views.sql)[0].lists
    said = Screened(lists, bytes(32))
    say(small, BANK, DecideCase(1, "QM", Verdict.CLEAR, "another firm", said))
    say(small, BANK, DecideCase(2, "QM", Verdict.HIT, "it is the one", said))

    assert [status_of(each) for each in small.take(first, second)] == [["ACSC"], ["PDNG"]]


def test_an_allowance_lets_the_customer_pass_until_it_ends(small):
    bring(small, LISTED)
    desk = Desk(small.node, small.vault, Lists())
    desk.begin()
    path = payment_to(small, NAME)
    opened = open_message(path.read_bytes())
    assert isinstance(opened, Opened)
    (subjects,) = of_message(opened)
    creditor = next(each for each in subjects if each.role == "creditor")
    entry = f"un/1/{digest_of(LISTED).hex()}"
    said = Screened(desk.lists_of(BANK), bytes(32))
    allow = AllowName(
        entry, desk.customer(creditor), "QM", TUESDAY, Scope.PAYMENTS, "another firm of that name", said
    )
    say(small, BANK, allow)

    (receipt,) = small.take(path)
    assert status_of(receipt) == ["ACSC"]
    (evidence,) = small.vault.evidence(small.vault.examined(UETR)[0])
    assert [found.allowed for each in decoded(evidence).looked for found in each.found] == [
        f"{desk.customer(creditor).hex()} until {TUESDAY}"
    ]
    other = (
        payment_to(small, NAME, 1).read_text().replace("Kota Baru</TwnNm><Ctry>QM", "Ipoh</TwnNm><Ctry>MY")
    )
    (receipt,) = small.take(small.file("other.xml", other))
    assert status_of(receipt) == ["PDNG"]
    say(small, BANK, msgspec.structs.replace(allow, until=TUESDAY - datetime.timedelta(1)))
    (receipt,) = small.take(payment_to(small, NAME, 2))
    assert status_of(receipt) == ["PDNG"]


def test_an_allowance_for_trade_lets_no_payment_pass(small):
    bring(small, LISTED)
    desk = Desk(small.node, small.vault, Lists())
    desk.begin()
    subject = Subject("creditor", "Cdtr/Nm", NAME)
    said = Screened(desk.lists_of(BANK), bytes(32))
    entry = f"un/1/{digest_of(LISTED).hex()}"
    say(small, BANK, AllowName(entry, desk.customer(subject), "QM", TUESDAY, Scope.TRADE, "why", said))

    desk.begin()
    assert desk.examine(BANK, UETR, [subject]).entries == (entry,)
    assert desk.examine(BANK, "XQM000X0YDNYSV30K078/INV-1", [subject]).entries == ()


def test_who_is_linked_with_a_hit_is_refused_with_it(small, examples):
    bring(small, Entry(id="9", kind=Kind.ENTITY, names=(Alias("SOMEBODY"),), identifiers=("LUALQMA0XXX",)))
    (receipt,) = small.take(examples / "linked.csv")

    assert {each.status for each in receipt.results} == {"refused"}
    assert not compliance.cases(small.node.views.sql)


def test_an_invoice_of_a_listed_seller_goes_on_hold_with_its_record(small, examples):
    bring(small, OTHER)
    (receipt,) = small.take(examples / "trade" / "01-invoice.in.xml")

    cases = compliance.cases(small.node.views.sql)
    assert [each.kind for each in cases] == ["obligation", "trade record"]
    assert [each.status for each in receipt.results] == ["blocked", "held"]
    entries = small.node.entries
    assert small.take(examples / "trade" / "01-invoice.in.xml") == [receipt]
    assert small.node.entries == entries


def test_a_list_of_another_member_binds_nobody_here(small):
    bring(small, LISTED, name="QN/own", member="QN")

    assert status_of(small.take(payment_to(small, NAME))[0]) == ["ACSC"]


def test_a_members_own_list_binds_its_banks(small):
    bring(small, LISTED, name="QM/own")

    assert status_of(small.take(payment_to(small, NAME))[0]) == ["PDNG"]


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


def test_where_no_list_is_in_force_nothing_is_screened(small, monkeypatch):
    without_the_extra(monkeypatch)
    (receipt,) = small.take(payment_to(small, NAME))

    assert status_of(receipt) == ["ACSC"]
    assert bodies(small, c.SubmitPayments)[0].screened == ()


def without_the_extra(monkeypatch):
    for name in [
        each for each in sys.modules if each.startswith(("mufakat.screening", "mufakat.gateway.examining"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(mufakat.gateway, "examining", raising=False)
    monkeypatch.setitem(sys.modules, "icu", None)


def test_where_a_list_is_in_force_and_nothing_screens_nothing_is_put(small, monkeypatch):
    bring(small, LISTED)
    without_the_extra(monkeypatch)
    entries = small.node.entries
    with pytest.raises(ScreeningMissing, match="make screening"):
        small.take(payment_to(small, NAME))

    assert small.node.entries == entries


def test_core_refuses_what_says_nothing_of_screening(small):
    small.take(payment_to(small, "Karet Utama"))
    (body,) = bodies(small, c.SubmitPayments)
    bring(small, LISTED)
    outcome = small.session.say(BANK, body)

    assert outcome.refusal.reason is Reason.UNSCREENED
