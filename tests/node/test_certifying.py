"""A node signs, and hands out, only what its own items and postings come to."""

import sqlite3
from contextlib import closing

import pytest

from mufakat.audit import certificate as files
from mufakat.audit.certificate import CertificateRefused
from mufakat.audit.holding import faults_against, holdings_of
from mufakat.messages.tabular import read_items_csv
from mufakat.model import command as c
from mufakat.model.record import batch
from mufakat.node import certifying
from mufakat.node.proving import NotProvable
from tests.node.conftest import Small
from tests.union import TUESDAY, uetr

LUAL, TANG, UDAY = "LUALQMA0XXX", "TANGQMA0XXX", "UDAYQNA0XXX"


@pytest.fixture
def ran(small) -> Small:
    """A cycle with a payment each way, one that no funds cover, and one within QM's banks."""
    for number, (debtor, creditor, amount) in enumerate(
        ((LUAL, TANG, 500), (TANG, LUAL, 200), (LUAL, UDAY, 70), (UDAY, LUAL, 10**12))
    ):
        order = c.PaymentOrder(
            uetr(number), debtor, creditor, "IDR", amount, TUESDAY, c.Channel.MPNS, bytes(32)
        )
        small.session.say(debtor, batch((order,)))
    for member in ("QM", "QN"):
        small.session.say(member, c.CallCycle(1))
    return small


def sql(small: Small):
    return small.node.views.sql


def change_rows(small: Small, change: str, *values: object) -> int:
    """Change the file of the views behind the node's back, once it is up to date; returns how many rows."""
    assert small.node.views.entries == small.node.entries
    with closing(sqlite3.connect(small.home.folder / "views.db", isolation_level=None)) as file:
        return file.execute(change, values).rowcount


def sign(small: Small, *members: str) -> None:
    root = certifying.recompute(sql(small), small.node.charter, 1).root
    for member in members:
        assert small.session.say(member, c.CertifyCycle(1, root)).refusal is None


@pytest.mark.parametrize("holder", [LUAL, UDAY, "QM", "QN"])
def test_the_certificate_of_each_holder_holds_and_its_items_come_to_it(ran, holder):
    sign(ran, "QM", "QN")
    data, verdict = certifying.certificate_of(ran.node, 1, holder)
    assert verdict == files.check(data, ran.node.charter)
    held = certifying.items_of(sql(ran), 1, holder)
    rows, faults = read_items_csv(certifying.items_csv(held, ran.node.charter))
    assert faults == () and rows
    assert faults_against(verdict.leaves, holdings_of(rows, ran.node.charter)) == []


def test_a_cycle_is_certified_when_enough_members_have_signed_it(ran):
    with pytest.raises(NotProvable, match="so far nobody yet"):
        certifying.certificate_of(ran.node, 1, LUAL)
    sign(ran, "QN")
    with pytest.raises(NotProvable, match=r"2 members sign it, so far QN; .*cycle certify 1"):
        certifying.certificate_of(ran.node, 1, LUAL)
    sign(ran, "QM")
    assert certifying.certificate_of(ran.node, 1, LUAL)[1].signers == ("QM", "QN")


def test_of_what_is_not_there_nothing_is_certified(ran):
    with pytest.raises(NotProvable, match="no cycle 2 has run"):
        certifying.recompute(sql(ran), ran.node.charter, 2)
    sign(ran, "QM", "QN")
    with pytest.raises(NotProvable, match="did nothing for NOBKQMA1XXX"):
        certifying.certificate_of(ran.node, 1, "NOBKQMA1XXX")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE cycle_item SET why = 3 WHERE why = 1", "receives.closed.items: 0, and recomputed 1"),
        (
            "UPDATE cycle_item SET netted = 0, left_out = 500, why = 1 WHERE netted = 500",
            "LUALQMA0XXX IDR pays.",
        ),
        ("UPDATE cycle_item SET netted = 501 WHERE netted = 500", "does not fit its amount"),
        ("DELETE FROM cycle_item WHERE netted = 70", "pays.gross.items: "),
        ("UPDATE booking SET amount = amount + 1 WHERE kind = 'cycle' AND amount > 0", "recomputed"),
        ("UPDATE participant SET sponsor = 'QN' WHERE bic = 'TANGQMA0XXX'", "QM IDR "),
        ("UPDATE cycle_item SET id = 'another' WHERE netted = 70", "another: what the cycle did"),
        ("UPDATE certified SET root = zeroblob(32)", "the figures agree"),
    ],
)
def test_a_copy_in_which_anything_was_changed_comes_to_another_root_and_signs_nothing(ran, change, told):
    certifying.recompute(sql(ran), ran.node.charter, 1)
    assert change_rows(ran, change)
    with pytest.raises(CertificateRefused, match="cycle 1: ") as caught:
        certifying.recompute(sql(ran), ran.node.charter, 1)
    assert told in str(caught.value)


def test_a_holder_without_a_certificate_is_named(ran):
    change_rows(ran, "DELETE FROM certificate WHERE holder = ?", UDAY)
    change_rows(ran, "UPDATE certified SET root = zeroblob(32)")
    with pytest.raises(CertificateRefused, match=f"{UDAY} IDR: has no certificate"):
        certifying.recompute(sql(ran), ran.node.charter, 1)


def test_a_signature_that_the_journal_does_not_have_is_no_certificate(ran):
    sign(ran, "QM", "QN")
    change_rows(ran, "UPDATE cycle_signature SET entry = 10000 WHERE member = 'QN'")
    with pytest.raises(NotProvable, match="entry 10000, the signature of QN"):
        certifying.certificate_of(ran.node, 1, LUAL)
