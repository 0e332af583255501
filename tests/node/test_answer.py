"""Answers follow from what is durable: broken off, they are written later, once, and never say what is not so."""

from pathlib import Path

import pytest
from lxml import etree

from mufakat.model import command as c
from mufakat.model.calendar import Phase
from mufakat.node.intake import Intake
from mufakat.node.island import IslandNode
from mufakat.node.keys import KeyRing
from mufakat.node.session import Session
from mufakat.vault.details import Vault
from tests.node.conftest import PAYMENT, Small, message, transaction
from tests.union import TUESDAY

DEAR = "1500000.00"
"""More than the bank holds."""


def answers(small) -> list[tuple[str | None, list[str]]]:
    """The group status and the statuses of each answer there is, sorted."""
    trees = [etree.parse(path) for path in small.home.out.glob("pacs.002/*.xml")]
    return sorted(
        (tree.findtext(".//{*}GrpSts"), [each.text for each in tree.iter("{*}TxSts")]) for tree in trees
    )


def break_off(small, *files: Path) -> None:
    """Put files to the union and lose their answers, as on a full disk: no folder can be made for them."""
    small.home.out.mkdir(exist_ok=True)
    there = small.home.out.rename(small.home.folder / "aside")
    small.home.out.write_bytes(b"in the way")
    with pytest.raises(OSError, match="out"):
        small.take(*files)
    small.home.out.unlink()
    there.rename(small.home.out)


def close_the_day(small) -> None:
    small.phase(Phase.CUT_OFF)
    small.phase(Phase.CLOSED)


def test_an_answer_that_was_broken_off_is_written_later_and_once(small):
    files = [small.file(f"{n}.xml", message(transaction(n, "5.00"))) for n in range(5)]
    break_off(small, *files)
    assert small.answers.write_missing() == 5
    assert answers(small) == [("ACSC", ["ACSC"])] * 5
    assert small.answers.write_missing() == 0


def test_a_message_whose_answer_was_broken_off_and_that_is_sent_again_gets_that_answer(small):
    path = small.file("p.xml", PAYMENT)
    break_off(small, path)
    (receipt,) = small.take(path)
    assert [each.status for each in receipt.results] == ["settled"]
    assert answers(small) == [("ACSC", ["ACSC"])]
    assert small.answers.write_missing() == 0


def test_a_machine_that_stopped_between_commit_and_answer_answers_when_it_is_opened_again(small):
    break_off(small, small.file("p.xml", PAYMENT))
    small.close()
    again = Small(small.home.folder)
    assert again.answers.write_missing() == 1
    assert answers(again) == [("ACSC", ["ACSC"])]
    again.close()


def test_a_message_that_never_reached_the_log_is_not_answered_until_it_is_sent_again(small, monkeypatch):
    path = small.file("p.xml", PAYMENT)

    def stop(group):
        raise KeyboardInterrupt

    monkeypatch.setattr(small.session, "say_all", stop)
    with pytest.raises(KeyboardInterrupt):
        small.take(path)
    monkeypatch.undo()
    assert small.answers.write_missing() == 0
    assert small.written() == []
    small.take(path)
    assert answers(small) == [("ACSC", ["ACSC"])]


def test_a_message_is_answered_again_only_when_its_payment_ended_later(small):
    small.take(small.file("p.xml", PAYMENT))
    assert small.answers.write_missing() == 0
    small.take(small.file("q.xml", message(transaction(1, DEAR))))
    assert small.answers.write_missing() == 0
    assert small.session.say("QM", c.IssueMoney("LUALQMA0XXX", "IDR", 10**8)).refusal is None
    assert small.answers.write_missing() == 1
    assert answers(small) == [("ACSC", ["ACSC"])] * 2 + [("PDNG", ["PDNG"])]


def test_what_lacked_funds_at_the_close_is_answered_with_its_reason(small):
    path = small.file("p.xml", message(transaction(0, DEAR)))
    small.take(path)
    close_the_day(small)
    assert small.answers.write_missing() == 1
    (last,) = [path for path in small.home.out.glob("pacs.002/*.xml") if b"RJCT" in path.read_bytes()]
    assert "AM04" in [each.text for each in etree.parse(last).iter("{*}Cd")]
    (again,) = small.take(path)
    assert again.report == str(last)


def test_the_last_answer_names_the_transactions_that_were_refused_while_reading(small):
    small.take(small.file("p.xml", message(transaction(0, channel="MPNS"), transaction(1, "0.00"))))
    for member in ("QM", "QN"):
        assert small.session.say(member, c.CallCycle(1)).refusal is None
    close_the_day(small)
    assert small.answers.write_missing() == 1
    assert answers(small) == [("PART", ["ACSC", "RJCT"]), ("PART", ["ACSP", "RJCT"])]


@pytest.mark.parametrize("debtor", ["NOBKQMA0XXX", "TANGQMA0XXX"])
def test_the_last_answer_names_the_transactions_that_nobody_here_could_put(small, debtor):
    small.home.keys.joinpath("TANGQMA0XXX", "submit.key").unlink()
    theirs = transaction(1, "5.00").replace("LUALQMA0XXX", debtor)
    break_off(small, small.file("p.xml", message(transaction(), theirs)))
    assert small.answers.write_missing() == 1
    assert answers(small) == [("PART", ["ACSC", "RJCT"])]


def test_a_used_uetr_is_told_so_even_when_the_answer_was_broken_off(small):
    small.take(small.file("p.xml", PAYMENT))
    break_off(small, small.file("q.xml", PAYMENT.replace("E2E-0001", "E2E-0002")))
    assert small.answers.write_missing() == 1
    assert answers(small) == [("ACSC", ["ACSC"]), ("RJCT", ["RJCT"])]


def test_a_day_writes_its_own_answers_only(small):
    small.take(small.file("p.xml", message(transaction(0, DEAR))))
    close_the_day(small)
    assert small.answers.write_missing() == 1
    before = {name: (small.home.out / "pacs.002" / name).read_bytes() for name in small.written()}
    for phase in (Phase.OPEN, Phase.CUT_OFF, Phase.CLOSED):
        for member in ("QM", "QN"):
            small.session.say(member, c.DeclarePhase(TUESDAY.replace(day=25), phase))
    assert small.answers.write_missing() == 0
    assert {name: (small.home.out / "pacs.002" / name).read_bytes() for name in small.written()} == before


def test_an_answer_is_the_same_bytes_whenever_it_is_written(small):
    path = small.file("p.xml", PAYMENT)
    (first,) = small.take(path)
    data = Path(first.report).read_bytes()
    Path(first.report).unlink()
    (second,) = small.take(path)
    assert (second.report, Path(second.report).read_bytes()) == (first.report, data)


def test_an_erased_message_is_owed_no_answer(small):
    break_off(small, small.file("p.xml", PAYMENT))
    small.vault._sql.executescript("DELETE FROM detail; DELETE FROM part;")
    assert small.answers.write_missing() == 0
    assert small.vault.owed() == []


def test_each_message_has_files_of_its_own(small):
    texts = [message(transaction(n, "5.00")) for n in range(4)]
    paths = [small.file(f"{n % 2}.xml", text) for n, text in enumerate(texts)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
        small.take(path)
    assert len(small.written()) == 4
    assert answers(small) == [("ACSC", ["ACSC"])] * 4


def test_what_an_island_took_waits_however_often_it_is_sent_and_is_answered_for_good_by_the_quorum(small):
    paths = [small.file("p.xml", PAYMENT), small.file("q.xml", message(transaction(1, "500000000000.01")))]
    small.close()
    small.home.settings.write_text('member = "QM"\nrpc_port = 9\n')
    island, vault = IslandNode(small.home, small.clock), Vault.open(small.home.vault)
    intake = Intake(Session(island, KeyRing(small.home.keys)), vault, small.home.out)
    first = list(intake.take(paths))
    assert [each.results[0].status for each in first] == ["queued", "refused"]
    assert next(intake.take(paths[:1])) == first[0]
    assert answers(small) == [("PDNG", ["PDNG"]), ("RJCT", ["RJCT"])]
    said = [entry.command for entry in island.log()]
    island.close()
    vault.close()
    again = Small(small.home.folder)
    again.now_us = small.now_us
    again.node.submit(said)
    assert again.answers.write_missing() == 2
    assert answers(again)[0] == ("ACSC", ["ACSC"])
    assert again.vault.owed() == []
    again.close()


def test_an_answer_says_first_what_of_a_payment_has_settled(small):
    kind = "<LclInstrm><Prtry>PARTS</Prtry></LclInstrm></PmtTpInf>"
    text = message(transaction(1, DEAR)).replace("</PmtTpInf>", kind)
    small.take(small.file("p.xml", text))
    told = [etree.parse(path).findtext(".//{*}AddtlInf") for path in small.home.out.glob("pacs.002/*.xml")]
    assert told == ["IDR 1000000.00 of 1500000.00 has settled."]
    assert answers(small) == [("PDNG", ["PDNG"])]
    close_the_day(small)
    assert small.answers.write_missing() == 1
    assert answers(small) == [("PDNG", ["PDNG"]), ("RJCT", ["RJCT"])]
    told = [etree.parse(path).findtext(".//{*}AddtlInf") for path in small.home.out.glob("pacs.002/*.xml")]
    assert "IDR 1000000.00 of 1500000.00 has settled. Funds did not suffice by the close of the day." in told
