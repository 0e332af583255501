from pathlib import Path

import msgspec
import pytest
from lxml import etree

from mufakat.model import command as c
from mufakat.node.intake import Intake
from mufakat.node.keys import KeyRing, Passphrase, PassphraseWrong
from mufakat.node.session import Session
from mufakat.projections import timeline
from tests.node.conftest import UETR, message, transaction


def status_of(receipt) -> list[str]:
    tree = etree.parse(receipt.report)
    return [each.text for each in tree.iter("{*}TxSts")]


def test_a_payment_file_settles_and_is_answered(small, examples):
    (receipt,) = small.take(examples / "payment.xml")
    assert [each.status for each in receipt.results] == ["settled"]
    assert status_of(receipt) == ["ACSC"]
    assert timeline.payment(small.node.views.sql, UETR).status == "settled"


def test_a_file_sent_again_changes_nothing_and_is_answered_as_the_first_time(small, examples):
    first = small.take(examples / "payment.xml", examples / "obligations.csv")
    entries, answer = small.node.entries, Path(first[0].report).read_bytes()
    again = small.take(examples / "payment.xml", examples / "obligations.csv")
    assert again == first
    assert status_of(again[0]) == ["ACSC"]
    assert (small.node.entries, Path(again[0].report).read_bytes()) == (entries, answer)
    assert len(small.written()) == 1


def test_a_copy_under_another_name_even_in_the_same_group_is_the_same_message(small, examples):
    copy = small.file("copy.xml", (examples / "payment.xml").read_bytes())
    first, second = small.take(examples / "payment.xml", copy)
    assert (first.results, first.report) == (second.results, second.report)
    assert status_of(second) == ["ACSC"]


def test_another_message_with_a_used_uetr_is_a_duplicate_and_the_first_answer_stays(small, examples):
    path = small.file("p.xml", (examples / "payment.xml").read_bytes())
    (first,) = small.take(path)
    path.write_text(path.read_text().replace("LUAL-2026-0001", "LUAL-2026-0002"))
    (second,) = small.take(path)
    assert [each.rejection.code for each in second.results] == ["AM05"]
    assert (status_of(first), status_of(second)) == (["ACSC"], ["RJCT"])
    assert small.take(path) == [second]


def test_what_was_refused_and_left_no_trace_is_tried_anew_when_it_is_sent_again(small, examples):
    key = small.home.keys.joinpath("LUALQMA0XXX", "submit.key")
    key.rename(key.with_suffix(".aside"))
    (first,) = small.take(examples / "payment.xml")
    key.with_suffix(".aside").rename(key)
    (again,) = small.take(examples / "payment.xml")
    assert (status_of(first), status_of(again)) == (["RJCT"], ["ACSC"])


def test_what_the_log_refused_is_told_again_with_its_details(small, examples):
    text = (examples / "payment.xml").read_text().replace("125000.50", "500000000000.01")
    path = small.file("large.xml", text)
    first = small.take(path)
    assert "minor units" in first[0].results[0].rejection.text
    assert small.take(path) == first


def test_obligations_sent_again_are_told_as_they_stand(small, examples):
    (first,) = small.take(examples / "obligations.csv", author="UDAYQNA0XXX")
    refused = [each.name for each in first.results if each.status == "refused"]
    waiting = [each.id for each in timeline.obligations(small.node.views.sql, status="registered")]
    agent = timeline.obligations(small.node.views.sql, status="registered")[0].debtor_agent
    assert small.session.say(agent, c.AcceptObligations(tuple(waiting))).refusal is None
    (again,) = small.take(examples / "obligations.csv")
    assert [each.status for each in again.results] == ["accepted"] * 3
    assert len(refused) == 1


def test_an_invoice_waits_for_the_debtors_word_and_a_credit_note_is_the_debtors_own(small, examples):
    files = [
        examples / "trade" / name for name in ("01-invoice.in.xml", "02-credit-note.in.xml", "03-cii.in.xml")
    ]
    first = small.take(*files)
    assert [each.kind for each in first] == ["invoice", "credit note", "invoice"]
    assert [each.results[0].status for each in first] == ["registered", "accepted", "registered"]
    assert [each.report for each in first] == [None] * 3
    entries = small.node.entries
    assert small.take(*files) == first
    assert small.node.entries == entries


def test_a_credit_note_is_refused_where_its_suppliers_bank_has_no_key(small, examples):
    small.home.keys.joinpath("TANGQMA0XXX", "submit.key").unlink()
    (receipt,) = small.take(examples / "trade" / "02-credit-note.in.xml")
    assert [each.status for each in receipt.results] == ["refused", "refused"]
    assert "TANGQMA0XXX" in receipt.results[0].rejection.text


@pytest.mark.parametrize("name", ["04-order.in.xml", "05-bill-of-lading.in.xml"])
def test_a_document_that_claims_nothing_is_recorded_once(small, examples, name):
    (receipt,) = small.take(examples / "trade" / name)
    assert [each.status for each in receipt.results] == ["registered"]
    entries = small.node.entries
    assert small.take(examples / "trade" / name) == [receipt]
    assert small.node.entries == entries


def test_a_document_that_cannot_be_recorded_leaves_no_trace(small, examples):
    entries = small.node.entries
    (receipt,) = small.take(examples / "trade" / "06-ship-not-taken.in.xml")
    assert [each.status for each in receipt.results] == ["refused"]
    assert small.node.entries == entries


def test_a_bad_file_stops_no_other(small, examples):
    broken = small.file("broken.xml", (examples / "payment.xml").read_bytes()[:900])
    good, bad, missing = small.take(examples / "payment.xml", broken, Path("not-there.xml"))
    assert good.refused == 0
    assert (bad.rejection.code, missing.rejection.code) == ("FF01", "FF01")
    assert "cannot be read" in missing.rejection.text


def test_a_schema_fault_is_answered_with_the_message_identifier(small, examples):
    text = (examples / "payment.xml").read_text().replace("<EndToEndId>E2E-0001</EndToEndId>", "")
    (receipt,) = small.take(small.file("faulty.xml", text))
    assert receipt.rejection.code == "FF01"
    tree = etree.parse(receipt.report)
    assert next(tree.iter("{*}OrgnlMsgId")).text == "LUAL-2026-0001"
    assert next(tree.iter("{*}GrpSts")).text == "RJCT"


@pytest.mark.parametrize("content", [None, b"", b"rubbish", b'{"version": 1}'])
def test_an_agent_whose_key_cannot_be_used_is_told_so_and_the_others_go_on(small, examples, content):
    key = small.home.keys.joinpath("LUALQMA0XXX", "submit.key")
    key.unlink()
    if content is not None:
        key.write_bytes(content)
        key.chmod(0o600)
    other = small.file("other.xml", message(transaction(1), debtor="UDAYQNA0XXX"))
    theirs, ours = small.take(examples / "payment.xml", other)
    assert theirs.results[0].rejection.code == "DS0E"
    assert status_of(theirs) == ["RJCT"]
    assert timeline.payment(small.node.views.sql, UETR) is None
    assert ours.refused == 0


def test_a_wrong_passphrase_stops_all_since_no_bank_is_to_blame(small, examples):
    sealed = KeyRing(small.home.keys, Passphrase(lambda: "one passphrase", given=True))
    sealed.encrypt()
    ring = KeyRing(small.home.keys, Passphrase(lambda: "another", given=True))
    intake = Intake(Session(small.node, ring), small.vault, small.home.out)
    with pytest.raises(PassphraseWrong):
        list(intake.take([examples / "payment.xml"]))
    assert small.written() == []


def test_an_unknown_debtor_agent_is_not_a_missing_key(small, examples):
    text = (examples / "payment.xml").read_text().replace("LUALQMA0XXX", "NOBKQMA0XXX")
    (receipt,) = small.take(small.file("unknown.xml", text))
    assert receipt.results[0].rejection.code == "RC03"


def test_bad_rows_of_a_table_leave_the_others(small, examples):
    lines = (examples / "obligations.csv").read_text().splitlines()
    lines[2] = lines[2].replace("420000.00", "-1")
    (receipt,) = small.take(small.file("rows.csv", "\n".join(lines) + "\n"))
    assert [each.status for each in receipt.results] == ["accepted", "refused", "accepted"]
    assert receipt.results[1].rejection.line == 3


def test_a_row_that_the_union_refuses_is_told_with_its_line(small, examples):
    row = "{uetr},E-1,LUALQMA0XXX,UDAYQNA0XXX,IDR,{amount},2026-11-24\n"
    header = "uetr,end_to_end_id,debtor_agent,creditor_agent,currency,amount,value_date\n"
    rows = [row.format(uetr=UETR, amount=amount) for amount in ("5.00", "6.00", "7.00", "9" * 23 + ".00")]
    (receipt,) = small.take(small.file("dup.csv", header + "".join(rows)))
    told = [(each.rejection.line, each.rejection.code) for each in receipt.results if each.rejection]
    assert told == [(3, "AM05"), (4, "AM05"), (5, "AM02")]


def test_only_a_pacs_008_is_answered(small, examples):
    (first,) = small.take(examples / "payment.xml")
    theirs = small.file("theirs.xml", Path(first.report).read_bytes())
    (receipt,) = small.take(theirs)
    assert (receipt.kind, receipt.report, receipt.refused) == ("pacs.002", None, 1)
    assert len(small.written()) == 1


def test_who_registers_decides_whether_the_debt_is_accepted(small, examples):
    (receipt,) = small.take(examples / "obligations.csv", author="UDAYQNA0XXX")
    statuses = [each.status for each in receipt.results]
    assert statuses == ["refused", "registered", "accepted"]
    assert receipt.results[0].rejection.text.startswith("This is not the author's own affair")


def test_amounts_and_dates_are_refused_with_their_codes(small, examples):
    text = (examples / "payment.xml").read_text()
    cases = {
        "125000.505": "AM12",
        "0.00": "AM01",
        "500000000000.01": "AM13",
    }
    files = [small.file(f"{n}.xml", text.replace("125000.50", amount)) for n, amount in enumerate(cases)]
    files.append(small.file("past.xml", text.replace("Dt>2026-11-24", "Dt>2026-11-23")))
    files.append(small.file("weekend.xml", text.replace("Dt>2026-11-24", "Dt>2026-11-28")))
    codes = [receipt.results[0].rejection.code for receipt in small.take(files[0])]
    for file in files[1:]:
        fresh = file.read_text().replace(UETR, UETR.replace("7f0c2a64", f"{files.index(file):08x}"))
        codes += [each.results[0].rejection.code for each in small.take(small.file(f"u{file.name}", fresh))]
    assert codes == [*cases.values(), "DT01", "DT03"]


def test_many_obligations_of_one_bank_go_into_commands_of_the_charters_size(small):
    header = "id,debtor,creditor,currency,amount,due\n"
    firms = "XQM000Z25M79K5DF5N82,XQM000X0YDNYSV30K078"
    rows = "".join(f"R{n},{firms},IDR,1.00,2026-11-24\n" for n in range(4_100))
    before = small.node.entries
    (receipt,) = small.take(small.file("many.csv", header + rows))
    assert receipt.refused == 0
    assert small.node.entries - before == 2


HEAD = "uetr,end_to_end_id,debtor_agent,creditor_agent,currency,amount,value_date,action,linked\n"
LUAL, TANG, UDAY = "LUALQMA0XXX", "TANGQMA0XXX", "UDAYQNA0XXX"


def rows(*said: tuple[int, str, str, str, str, str]) -> str:
    return HEAD + "".join(
        f"44444444-0000-4000-8000-{number:012},E{number},{debtor},{creditor},IDR,{amount},2026-11-24,{action},{linked}\n"
        for number, debtor, creditor, amount, action, linked in said
    )


def became(receipt) -> list[str]:
    return [each.rejection.code if each.rejection else each.status for each in receipt.results]


def taken(small, name, *said):
    (receipt,) = small.take(small.file(name, rows(*said)))
    return became(receipt), status_of(receipt) if receipt.report else []


def test_a_payment_is_reserved_and_then_posted_or_voided(small):
    both = (1, LUAL, TANG, "300.00", "reserve", ""), (2, LUAL, TANG, "200.00", "reserve", "")
    assert taken(small, "reserve.csv", *both)[0] == ["reserved", "reserved"]
    ends = (1, LUAL, TANG, "250.00", "post", ""), (2, LUAL, TANG, "200.00", "void", "")
    for _ in range(2):
        entries = small.node.entries
        assert taken(small, "post.csv", *ends)[0] == ["settled", "voided"]
    assert small.node.entries == entries, "sent again it changes nothing"
    views = [timeline.payment(small.node.views.sql, f"44444444-0000-4000-8000-{n:012}") for n in (1, 2)]
    assert [(each.status, each.amount) for each in views] == [("settled", 25_000), ("voided", 20_000)]
    assert taken(small, "late.csv", (2, LUAL, TANG, "200.00", "post", ""))[0] != ["settled"]


def test_the_payees_bank_voids_with_its_own_key(small):
    assert taken(small, "reserve.csv", (1, LUAL, UDAY, "300.00", "reserve", ""))[0] == ["reserved"]
    key = small.home.keys.joinpath(LUAL, "submit.key")
    key.rename(key.with_suffix(".aside"))
    assert taken(small, "void.csv", (1, LUAL, UDAY, "300.00", "void", ""))[0] == ["voided"]


def test_a_chain_of_several_payers_settles_signed_by_all_or_not_at_all(small):
    ring = (
        (1, LUAL, TANG, "900000.00", "pay", "yes"),
        (2, TANG, UDAY, "1900000.00", "pay", "yes"),
        (3, UDAY, LUAL, "2000000.00", "pay", "no"),
    )
    before = small.node.entries
    assert taken(small, "ring.csv", *ring)[0] == ["settled"] * 3
    assert small.node.entries == before + 1, "one command"
    short = (4, LUAL, TANG, "1.00", "pay", "yes"), (5, TANG, LUAL, "99000000.00", "pay", "no")
    assert taken(small, "short.csv", *short)[0] == ["NARR", "AM04"]
    assert timeline.payment(small.node.views.sql, "44444444-0000-4000-8000-000000000004") is None


def test_what_is_linked_with_a_payer_whose_key_is_elsewhere_is_not_put_to_the_union(small):
    key = small.home.keys.joinpath(TANG, "submit.key")
    key.rename(key.with_suffix(".aside"))
    before = small.node.entries
    ring = (1, LUAL, TANG, "9.00", "pay", "yes"), (2, TANG, LUAL, "9.00", "pay", "no")
    said, _ = taken(small, "ring.csv", *ring, (3, LUAL, UDAY, "1.00", "pay", ""))
    assert said[0] == "NARR"
    assert said[2] == "settled"
    assert small.node.entries == before + 1


def test_chains_stay_whole_when_a_file_is_more_than_one_batch(small, monkeypatch):
    rules = msgspec.structs.replace(small.node.charter.rules, max_batch_items=3)
    charter = msgspec.structs.replace(small.node.charter, rules=rules)
    monkeypatch.setattr(type(small.node), "charter", charter)
    said = [(n, LUAL, TANG, "1.00", "pay", "yes" if n % 2 else "no") for n in range(1, 7)]
    before = small.node.entries
    assert taken(small, "six.csv", *said)[0] == ["settled"] * 6
    assert small.node.entries == before + 3
