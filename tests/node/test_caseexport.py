"""A case in one file holds offline, and whatever is changed in it is told."""

import base64

import msgspec
import pytest

from mufakat.gateway import casefile
from mufakat.gateway.casefile import CaseFile, CaseFileFaulty
from mufakat.model import command as c
from mufakat.model.listing import digest_of
from mufakat.model.record import batch, orders_of
from mufakat.model.verdict import Verdict
from mufakat.node import caseexport, proving
from mufakat.node.desk import Desk, Lists
from mufakat.projections import compliance
from mufakat.screening.parties import Subject
from tests.node.conftest import PAYMENT, message, transaction, uetr_of
from tests.node.listed import BANK, LISTED, NAME, OTHER, bodies, bring, payment_to, say
from tests.node.test_casework import decide


def export(small, number=1) -> bytes:
    case = compliance.case_of(small.node.views.sql, number)
    witness = proving.by_audit_keys(small.node.charter, small.session.keys)
    return caseexport.export(small.node, small.vault, case, witness)


def check(small, data: bytes):
    return caseexport.check(data, small.node.charter)


def changed(data: bytes, **change) -> bytes:
    return casefile.encode(msgspec.structs.replace(casefile.decode(data), **change))


@pytest.fixture
def decided(small):
    """A payment among others that was held, and cleared after a list had changed."""
    bring(small, LISTED)
    text = message(*(transaction(number, amount="10.00") for number in range(2)))
    small.take(small.file("many.xml", text.replace("<Nm>Karet Utama</Nm>", f"<Nm>{NAME}</Nm>", 1)))
    bring(small, OTHER, name="QM/own")
    assert decide(small, Verdict.CLEAR).refusal is None
    return small


def test_a_case_with_its_decisions_holds(decided):
    found = check(decided, export(decided))

    assert found.wrong == ()
    assert [each.did for each in found.steps] == ["HoldItem", "DecideCase"]
    assert [len(each.keys) for each in found.steps] == [1, 2]
    assert found.steps[1].reason == "clear: another firm of that name"
    assert found.replayed == 2


def test_a_case_of_a_payment_that_waited_when_a_list_came_holds(small):
    small.take(payment_to(small, NAME, amount="400000000.00"))
    bring(small, LISTED)
    small.intake.rescreen()
    found = check(small, export(small))

    assert found.wrong == ()
    assert [each.did for each in found.steps] == ["SubmitPayments", "Rescreen"]


def test_a_case_of_an_obligation_holds(small, examples):
    small.take(examples / "trade" / "01-invoice.in.xml")
    bring(small, OTHER)
    small.intake.rescreen()
    data = export(small)

    assert check(small, data).wrong == ()
    assert b"Karet Utama" in base64.b64decode(casefile.decode(data).message.message)


def test_a_case_of_a_trade_record_holds_without_its_message(small, examples):
    bring(small, OTHER)
    small.take(examples / "trade" / "01-invoice.in.xml")
    data = export(small, 2)

    assert casefile.decode(data).message is None
    assert check(small, data).wrong == ()


def _other_message(file: CaseFile) -> dict[str, object]:
    data = base64.b64decode(file.message.message).replace(NAME.encode(), b"Somebody Honest")
    message = msgspec.structs.replace(file.message, message=base64.b64encode(data).decode())
    return {"message": message}


def _other_evidence(file: CaseFile) -> dict[str, object]:
    text = file.evidence[0].evidence.replace('"verdict":"hit"', '"verdict":"clear"')
    return {"evidence": (msgspec.structs.replace(file.evidence[0], evidence=text), *file.evidence[1:])}


def _other_list(file: CaseFile) -> dict[str, object]:
    return {"lists": tuple(msgspec.structs.replace(each, entries=each.entries[:0]) for each in file.lists)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_other_message, "not the one that the log commits to"),
        (_other_message, "nobody asked for creditor Cdtr/Nm: Somebody Honest"),
        (lambda _: {"message": None}, "the message is not in the file"),
        (_other_evidence, "it is not what the log commits to"),
        (lambda file: {"evidence": file.evidence[1:]}, "the evidence of entry"),
        (_other_list, "was asked, e3b0c442"),
        (lambda file: {"lists": ()}, "none is given"),
        (lambda file: {"proofs": file.proofs[1:]}, "no entry is proved that put the item on hold"),
        (
            lambda file: {"case": msgspec.structs.replace(file.case, item="another")},
            "is not of case 1, item another",
        ),
    ],
)
def test_what_was_changed_is_told(decided, change, told):
    data = export(decided)
    found = check(decided, changed(data, **change(casefile.decode(data))))

    assert any(told in each for each in found.wrong), found.wrong


def test_a_proof_of_another_union_does_not_hold(decided):
    data = export(decided)
    charter = msgspec.structs.replace(decided.node.charter, name="another")

    assert any("this charter founds union" in each for each in caseexport.check(data, charter).wrong)


def test_an_item_held_for_another_entry_than_was_found_is_told(small):
    bring(small, LISTED, OTHER)
    (receipt,) = small.take(small.file("p.xml", PAYMENT.replace("Karet Utama", "Somebody Honest")))
    assert receipt.refused == 0
    desk = Desk(small.node, small.vault, Lists())
    desk.begin()
    order = msgspec.structs.replace(orders_of(bodies(small, c.SubmitPayments)[0])[0], uetr=uetr_of(1))
    found = desk.examine(BANK, uetr_of(1), [Subject("creditor", "Cdtr/Nm", NAME)])
    screened = desk.screened(BANK, [found], [uetr_of(1)])
    other = f"un/2/{digest_of(OTHER).hex()}"
    say(small, BANK, c.HoldItem(screened, (other,), batch((order,)).records))

    assert any("held for other entries" in each for each in check(small, export(small)).wrong)


def test_other_bytes_are_no_case(decided):
    with pytest.raises(CaseFileFaulty, match="not that of a case"):
        check(decided, b"{}")
