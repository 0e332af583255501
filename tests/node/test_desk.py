"""What binds whom, what is allowed, and what is done where nothing screens."""

import datetime
import sys

import msgspec
import pytest

import mufakat.gateway
from mufakat.core.binding import lists_digest
from mufakat.messages.envelope import Opened, open_message
from mufakat.model import command as c
from mufakat.model.listing import digest_of
from mufakat.model.verdict import AllowName, Scope, Screened
from mufakat.node.desk import Desk, Lists, ScreeningMissing
from mufakat.projections import listings
from mufakat.screening.evidence import decoded
from mufakat.screening.parties import Subject, of_message
from tests.node.conftest import UETR
from tests.node.listed import BANK, LISTED, NAME, OTHER, bodies, bring, payment_to, say
from tests.node.test_intake import status_of
from tests.union import TUESDAY


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


def test_a_list_of_another_member_binds_nobody_here(small):
    bring(small, LISTED, name="QN/own", member="QN")

    assert status_of(small.take(payment_to(small, NAME))[0]) == ["ACSC"]


def test_a_members_own_list_binds_its_banks(small):
    bring(small, LISTED, name="QM/own")

    assert status_of(small.take(payment_to(small, NAME))[0]) == ["PDNG"]


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


def test_lists_are_indexed_once_while_they_are_in_force(small):
    bring(small, LISTED)
    lists = Lists()
    desk = Desk(small.node, small.vault, lists)
    desk.begin()
    sql, names = small.node.views.sql, desk.names_of(BANK)
    first = lists.examiner(sql, desk.lists_of(BANK), names)
    assert lists.examiner(sql, desk.lists_of(BANK), names) is first
    (view,) = listings.listings(sql)
    assert desk.lists_of(BANK) == lists_digest([("un", view.version)])
    bring(small, OTHER, base=view.version)
    desk.begin()
    assert lists.examiner(sql, desk.lists_of(BANK), names) is not first


def test_what_an_allowance_has_on_the_log_nobody_guesses_from_the_name(small):
    desk = Desk(small.node, small.vault, Lists())
    subject = Subject("creditor", "Cdtr/Nm", NAME)

    assert desk.customer(subject) == desk.customer(msgspec.structs.replace(subject, role="debtor"))
    assert desk.customer(subject) != desk.customer(msgspec.structs.replace(subject, text=NAME + "s"))
    assert desk.customer(subject) not in (
        digest_of(LISTED),
        desk.customer(Subject("creditor", "Cdtr/Nm", "")),
    )
