"""Who may be meant by a list in force goes no further than the door: held, told pending, with evidence kept."""

from mufakat.model import command as c
from mufakat.model.listing import Alias, Entry, Kind, digest_of
from mufakat.model.refusal import Reason
from mufakat.model.verdict import DecideCase, Screened, Verdict
from mufakat.projections import compliance, timeline
from mufakat.screening.evidence import commitment, decoded
from tests.node.conftest import UETR, message, transaction, uetr_of
from tests.node.listed import BANK, LISTED, NAME, OTHER, bodies, bring, payment_to, say
from tests.node.test_intake import status_of


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


def test_core_refuses_what_says_nothing_of_screening(small):
    small.take(payment_to(small, "Karet Utama"))
    (body,) = bodies(small, c.SubmitPayments)
    bring(small, LISTED)
    outcome = small.session.say(BANK, body)

    assert outcome.refusal.reason is Reason.UNSCREENED


def test_each_who_signs_a_chain_says_that_its_own_payments_were_screened(small, examples):
    bring(small, LISTED, name="QM/own")
    (receipt,) = small.take(examples / "linked.csv")

    assert {each.status for each in receipt.results} == {"settled"}
    (body,) = bodies(small, c.SubmitPayments)
    signers = (BANK, *body.signers)
    assert [bool(each.lists) for each in body.screened] == [each != "UDAYQNA0XXX" for each in signers]
    names = [
        [decoded(each).item[-1] for each in small.vault.evidence(said.evidence)] for said in body.screened
    ]
    assert sorted(names) == [[], ["1"], ["2"]]
    assert names[0] == ["1"]


def test_a_return_to_who_was_listed_meanwhile_is_refused(small, examples):
    payment, back = (examples / "flows" / f"{name}.in.xml" for name in ("01-payment", "08-return"))
    assert status_of(small.take(payment)[0]) == ["ACSC"]
    bring(small, Entry(id="5", kind=Kind.ENTITY, names=(Alias("SAWAH EMAS"),)))
    (receipt,) = small.take(back)

    assert status_of(receipt) == ["RJCT"]
    assert (receipt.results[0].rejection.code, "un/5" in receipt.results[0].rejection.text) == ("RR04", True)


def test_a_return_to_nobody_listed_settles_and_says_that_it_was_screened(small, examples):
    small.take(examples / "flows" / "01-payment.in.xml")
    bring(small, LISTED)
    (receipt,) = small.take(examples / "flows" / "08-return.in.xml")

    assert status_of(receipt) == ["ACSC"]
    (body,) = bodies(small, c.ReturnPayment)
    (evidence,) = small.vault.evidence(body.screened.evidence)
    assert {"The account is closed.", "Sawah Emas"} <= {
        each.subject.text for each in decoded(evidence).looked
    }
