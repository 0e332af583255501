"""A proof in sentences: who, what, when, who signed, and what is not proved."""

import msgspec
import pytest

from mufakat.audit import proof as proofs
from mufakat.console.proofs import moment, proved
from mufakat.core.accounts import settlement_account
from mufakat.model import command as c
from tests.audit.makers import World
from tests.union import A1, A2

WORLD, ALONE = World(), World(embedded=True)


def said(world: World, proof: proofs.Proof) -> list[str]:
    return list(proved(proofs.check(proofs.encode(proof), world.charter), world.charter))


def test_a_settled_payment_is_told_with_amount_parties_entry_and_signers():
    text = said(WORLD, WORLD.proof())
    assert text[0] == f"Payment {WORLD.settled.uetr}: 1.00 IDR from {A1} to {A2}."
    assert f"in entry {WORLD.place}" in text[1] and text[1].endswith("settled there.")
    assert text[2] == f"After {len(WORLD.lines)} entries it is settled."
    assert text[3] == f"Test union, union {WORLD.proof().union.hex()}."
    assert "in block 20, 2026-11-24" in text[4] and text[4].endswith("QM, QN, QO.")
    assert text[5] == "Not proved:"
    assert all(each.startswith("  - ") for each in text[6:]) and len(text) > 8


def test_a_rejected_payment_is_told_with_its_reason_and_an_unknown_currency_with_minor_units():
    text = said(WORLD, WORLD.proof(WORLD.rejected.uetr))
    assert "100 minor units of XXX" in text[0]
    assert "refused, UNKNOWN_CURRENCY: " in text[1]
    assert "rejected (UNKNOWN_CURRENCY: " in text[2]


def test_a_union_on_one_machine_is_told_as_one():
    text = said(ALONE, ALONE.proof())
    assert "Signed by the audit keys of 2 of 3 members: QM, QN." in text


def test_an_entry_is_told_with_its_author_when_one_is_shown():
    assert said(WORLD, WORLD.proof_of_entry(0))[0] == "Entry 0: Genesis; done."
    assert said(WORLD, WORLD.proof_of_entry(1, WORLD.key("QM")))[0] == (
        "Entry 1: RegisterParticipant, said by QM; done."
    )
    world = World()
    world.union.send(b"noise")
    world.lines = World.lines_of(world.union)
    noise = said(world, world.proof_of_entry(len(world.lines) - 1))[0]
    assert "bytes that are no command, whose author is not shown; refused, MALFORMED" in noise
    last = len(WORLD.lines) - 1
    assert (
        "OpenAccount, said by QM; refused, UNKNOWN_PARTICIPANT"
        in said(WORLD, WORLD.proof_of_entry(last, WORLD.key("QM")))[0]
    )


def test_an_account_is_told_with_its_balance_and_what_is_bound_of_it():
    world = World()
    name = settlement_account(A1, "IDR")
    held = world.union.state.accounts[name]
    bound = msgspec.structs.replace(
        held, balance=-123_456, limit=500_000, pending=1, reserved=2, offered=3, closed=True
    )
    world.union.state.accounts.put(name, bound)
    text = said(world, world.proof_of_account(name))
    assert text[:5] == [
        f"Account {name} of {A1}: balance -1,234.56 IDR; it is closed.",
        "0.01 IDR held for a settlement under way.",
        "0.02 IDR set aside for the netting cycles.",
        "0.03 IDR promised by open quotes.",
        "5,000.00 IDR is how far it may go below zero.",
    ]
    assert text[5].startswith(f"So it stood after {len(world.lines)} entries, log time 2026-11-24 ")
    plain = said(WORLD, WORLD.proof_of_account(name))
    assert plain[1].startswith("So it stood after ")


def test_changes_of_validators_are_counted():
    verdict = proofs.check(proofs.encode(WORLD.proof()), WORLD.charter)
    text = list(proved(msgspec.structs.replace(verdict, changes=2), WORLD.charter))
    assert "Validators changed 2 times since the founding, each time signed by those before." in text


def test_a_cycle_that_waits_for_others_is_told_in_words():
    world = World()
    world.union.must("QM", c.CallCycle(1))
    world.lines = World.lines_of(world.union)
    text = said(world, world.proof_of_entry(len(world.lines) - 1, world.key("QM")))
    assert text[0].endswith("CallCycle, said by QM; awaiting quorum.")


@pytest.mark.parametrize(
    ("at_us", "text"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (2**62, f"{2**62} microseconds"),
        (-(2**62), f"{-(2**62)} microseconds"),
    ],
)
def test_times_are_for_people_where_a_calendar_has_them(at_us, text):
    assert moment(at_us) == text
