"""What is given on to the other bank of a payment: once, whole, and after a stop as the same file."""

import contextlib
from pathlib import Path

import pytest
from lxml import etree

from mufakat.model import command as c
from mufakat.node.answer import Answers
from mufakat.node.intake import Intake
from mufakat.node.island import IslandNode
from mufakat.node.keys import KeyRing
from mufakat.node.outgoing import Outgoing
from mufakat.node.session import Session
from mufakat.projections import timeline
from mufakat.vault.details import Vault
from tests.messages import banking
from tests.messages.official import NS, needs_data, official
from tests.messages.requesting import answer, asked, group, request
from tests.node.conftest import EXAMPLES, PAYMENT, UETR, Small, message, transaction, uetr_of

DEBTOR, CREDITOR = "LUALQMA0XXX", "TANGQMA0XXX"
PAIR, BACK = (DEBTOR, CREDITOR), (CREDITOR, DEBTOR)
DEAR = "1500000.00"
"""More than the bank holds."""


def left(small, kind: str) -> list[Path]:
    """The files of a kind that are there, in order of their names."""
    return sorted(small.home.out.glob(f"{kind}/*.xml"))


def read(path: Path):
    """A file's header and document, each as its official schema wants it."""
    root = etree.parse(path).getroot()
    header, document = root
    for each in (header, document):
        official(etree.QName(each).namespace.removeprefix(NS)).assertValid(each)
    assert header.findtext("{*}MsgDefIdr") == etree.QName(document).namespace.removeprefix(NS)
    assert header.findtext("{*}To/{*}FIId/{*}FinInstnId/{*}BICFI") == path.name[:11]
    return header, document


def only(small, kind: str):
    """The one document of a kind."""
    (path,) = left(small, kind)
    return read(path)[1]


def texts(document, name: str) -> list[str]:
    return [each.text for each in document.iter(f"{{*}}{name}")]


def take(small, data: bytes, name: str = "m.xml"):
    (receipt,) = small.take(small.file(name, data))
    return receipt


def about(builder, agents, **change) -> bytes:
    return builder(uetr=UETR, agents=agents, **change)


def given_back(**change) -> bytes:
    terms = {"uetr": UETR, "agents": BACK, "amount": "125000.50", "currency": "IDR"}
    return banking.payment_return(**{**terms, **change})


# -- payments -----------------------------------------------------------------------------------------


@needs_data
def test_a_payment_that_settled_goes_to_the_creditors_agent_as_it_came(small):
    take(small, PAYMENT.encode())
    (path,) = left(small, "pacs.008")
    assert path.name.startswith(f"{CREDITOR}-")
    header, document = read(path)
    assert texts(document, "Ustrd") == ["Invoice 77"] and texts(document, "UETR") == [UETR]
    assert (texts(document, "SttlmMtd"), texts(document, "Prtry")) == (["CLRG"], ["MUFAKAT"])
    assert header.findtext("{*}BizMsgIdr") == document.findtext(".//{*}MsgId") != "LUAL-2026-0001"
    assert header.findtext("{*}Fr//{*}ClrSysMmbId/{*}MmbId") == "QM"


@needs_data
def test_each_payment_of_a_message_goes_on_when_it_has_settled_and_not_before(small):
    take(small, message(transaction(0), transaction(1, DEAR), transaction(2, "0.00")).encode())
    assert [texts(read(path)[1], "UETR") for path in left(small, "pacs.008")] == [[UETR]]
    assert small.session.say("QM", c.IssueMoney(DEBTOR, "IDR", 10**8)).refusal is None
    small.answers.write_missing()
    assert [texts(read(path)[1], "UETR") for path in left(small, "pacs.008")] == [[UETR], [uetr_of(1)]]
    assert small.vault.owed() == []


def test_a_message_that_is_sent_again_is_not_given_on_again(small):
    take(small, PAYMENT.encode())
    (path,) = left(small, "pacs.008")
    path.unlink()  # its receiver took it away
    take(small, PAYMENT.encode(), "again.xml")
    small.answers.write_missing()
    assert left(small, "pacs.008") == []


def test_what_was_broken_off_is_given_on_later_as_the_same_file(small, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(small.vault, "give", stop)
    with pytest.raises(KeyboardInterrupt):
        take(small, PAYMENT.encode())
    (path,) = left(small, "pacs.008")
    before = path.read_bytes()
    path.unlink()
    monkeypatch.undo()
    small.close()
    again = Small(small.home.folder)
    again.answers.write_missing()
    assert path.read_bytes() == before
    assert again.vault.owed() == []
    again.close()


@needs_data
def test_a_transfer_between_institutions_is_settled_answered_and_given_on_with_what_it_covers(small):
    data = banking.institution_transfer(
        amount="7.00", currency="IDR", extra="<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", tail=banking.COVER
    )
    data = data.replace(b"AAAAQMQM", DEBTOR.encode()).replace(b"BBBBQNQN", CREDITOR.encode())
    assert [each.status for each in take(small, data).results] == ["settled"]
    assert texts(only(small, "pacs.002"), "OrgnlMsgNmId") == ["pacs.009.001.08"]
    (path,) = left(small, "pacs.009")
    header, document = read(path)
    assert texts(document, "Nm") == ["Ana", "Budi"]
    assert header.findtext("{*}BizSvc") == "mufakat.cov.01"


@pytest.mark.parametrize(
    "change",
    [
        ("<SttlmMtd>CLRG", "<SttlmMtd>COVE"),
        ("<MsgDefIdr>pacs.009.001.08</MsgDefIdr>", "{}<BizSvc>x.adv.03</BizSvc>"),
    ],
)
def test_a_transfer_that_only_tells_of_a_payment_moves_no_money(small, change):
    old, new = change
    data = (EXAMPLES / "flows" / "02-cover.in.xml").read_text()
    assert take(small, data.replace(old, new.format(old)).encode()).results[0].status == "refused"
    assert left(small, "pacs.009") == []


# -- returns ------------------------------------------------------------------------------------------


@needs_data
def test_a_return_moves_the_money_back_is_answered_and_goes_to_the_debtors_agent(small):
    take(small, PAYMENT.encode())
    assert [each.status for each in take(small, given_back()).results] == ["settled"]
    (answer,) = (path for path in left(small, "pacs.002") if path.name.startswith(CREDITOR))
    document = read(answer)[1]
    assert texts(document, "TxSts") == ["ACSC"] and texts(document, "OrgnlUETR") == [UETR]
    assert texts(document, "OrgnlMsgNmId")[0] == "pacs.004.001.09"
    returned = only(small, "pacs.004")
    assert texts(returned, "Cd")[-1] == "AC04" and texts(returned, "IntrBkSttlmDt") == ["2026-11-24"]
    assert left(small, "pacs.004")[0].name.startswith(DEBTOR)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (given_back(amount="125000.49"), "AM09"),
        (given_back(currency="VND"), "AM03"),
        (given_back(agents=PAIR), "AGNT"),
        (given_back(reason=""), "NARR"),
        (given_back(date="<IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt>"), "DT01"),
        (given_back(uetr=uetr_of(9)), "NARR"),
    ],
)
def test_a_return_that_is_not_what_was_settled_is_refused_and_goes_nowhere(small, data, code):
    take(small, PAYMENT.encode())
    receipt = take(small, data)
    assert (receipt.results[0].status, receipt.results[0].rejection.code) == ("refused", code)
    assert receipt.report is not None and left(small, "pacs.004") == []


def test_a_second_return_of_one_payment_is_refused_and_the_first_sent_again_is_answered_as_it_was(small):
    take(small, PAYMENT.encode())
    first = take(small, given_back())
    second = take(small, given_back(reason="<RtrRsnInf><Rsn><Cd>AC01</Cd></Rsn></RtrRsnInf>"))
    assert second.results[0].rejection.code == "AM05"
    assert take(small, given_back()).report == first.report
    assert len(left(small, "pacs.004")) == 1


# -- recalls ------------------------------------------------------------------------------------------


def asked_back(uetr: str = UETR, **change) -> bytes:
    return banking.recall(uetr, **{"agents": PAIR, **change})


@needs_data
def test_a_recall_of_what_waits_cancels_it_and_says_so(small):
    take(small, message(transaction(0, DEAR)).encode())
    assert [each.status for each in take(small, asked_back()).results] == ["cancelled"]
    document = only(small, "camt.029")
    assert (texts(document, "Conf"), texts(document, "TxCxlSts")) == (["CNCL"], ["ACCR"])
    assert (texts(document, "OrgnlUETR"), document.findtext(".//{*}RslvdCase/{*}Id")) == ([UETR], "C-1")
    assert left(small, "camt.056") == []


@needs_data
def test_a_recall_of_what_has_settled_goes_to_the_creditors_agent_whose_refusal_comes_back(small):
    take(small, PAYMENT.encode())
    assert [each.status for each in take(small, asked_back()).results] == ["given on"]
    document = only(small, "camt.029")
    assert (texts(document, "Conf"), texts(document, "CxlStsRsnInf"), texts(document, "Cd")) == (
        ["PDCR"],
        [None],
        ["PTNA"],
    )
    assert texts(only(small, "camt.056"), "Cd") == ["DUPL"]
    assert left(small, "camt.056")[0].name.startswith(CREDITOR)
    receipt = take(small, about(banking.resolution, BACK))
    assert ([each.status for each in receipt.results], receipt.report) == (["given on"], None)
    (_, forwarded) = sorted(left(small, "camt.029"), key=lambda path: b"RJCR" in path.read_bytes())
    assert forwarded.name.startswith(DEBTOR) and texts(read(forwarded)[1], "Cd") == ["CUST"]
    assert small.vault.owed() == []


def test_a_recall_in_the_folder_of_its_payment_comes_after_it(small):
    receipts = small.take(
        small.file("1.xml", asked_back()), small.file("2.xml", message(transaction(0, DEAR)))
    )
    assert [each.results[0].status for each in receipts] == ["cancelled", "cancelled"]


@needs_data
def test_a_recall_that_breaks_its_schema_is_answered_for_each_payment_that_it_names(small):
    receipt = take(small, asked_back().replace(b"<Undrlyg>", b"<Undrlyg><Wrong/>"))
    assert receipt.rejection.code == "FF01"
    document = read(Path(receipt.report))[1]
    assert (texts(document, "Conf"), texts(document, "Cd")) == (["RJCR"], ["NARR"])
    assert texts(document, "OrgnlUETR") == [UETR]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (asked_back(agents=BACK), "AGNT"),
        (asked_back(uetr_of(5)), "NOOR"),
        (asked_back(agents=("NOBKQMA0XXX", CREDITOR)), "AGNT"),
    ],
)
def test_a_recall_by_another_or_of_nothing_is_refused(small, data, code):
    take(small, PAYMENT.encode())
    assert take(small, data).results[0].status == "refused"
    assert texts(etree.parse(left(small, "camt.029")[0]), "Cd") == [code]
    assert left(small, "camt.056") == []


def test_a_recall_of_what_came_back_is_refused_since_it_did(small):
    take(small, PAYMENT.encode())
    take(small, given_back())
    take(small, asked_back())
    assert texts(only(small, "camt.029"), "Cd") == ["ARDT"]


@needs_data
def test_what_the_creditors_agent_says_of_a_payment_goes_to_the_debtors(small):
    take(small, PAYMENT.encode())
    receipt = take(small, about(banking.confirmation, BACK))
    assert ([each.status for each in receipt.results], receipt.report) == (["given on"], None)
    (path,) = (path for path in left(small, "pacs.002") if b"ACCC" in path.read_bytes())
    _, document = read(path)
    assert path.name.startswith(DEBTOR)
    assert (texts(document, "TxSts"), texts(document, "BICFI")) == (["ACCC"], [CREDITOR, DEBTOR])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (about(banking.confirmation, BACK, status="RJCT"), "NARR"),
        (about(banking.confirmation, PAIR), "AGNT"),
        (banking.confirmation(uetr=uetr_of(7), agents=BACK), "NARR"),
    ],
)
def test_nobody_else_says_so_and_what_has_settled_is_not_rejected(small, data, code):
    take(small, PAYMENT.encode())
    receipt = take(small, data)
    assert (receipt.results[0].rejection.code, receipt.report) == (code, None)
    assert len(left(small, "pacs.002")) == 1


def test_a_reservation_is_voided_and_not_recalled(small, examples):
    small.take(examples / "reserve.csv")
    uetr, *_ = [each.uetr for each in timeline.payments(small.node.views.sql, "reserved")]
    payment = timeline.payment(small.node.views.sql, uetr)
    receipt = take(small, asked_back(uetr, agents=(payment.debtor_agent, payment.creditor_agent)))
    assert (receipt.results[0].status, receipt.results[0].rejection.code) == ("refused", "NARR")


def test_on_the_island_nothing_goes_on_and_no_recall_is_said_to_be_done(small):
    first, second = (
        small.file("1.xml", message(transaction(0, DEAR))),
        small.file("2.xml", message(transaction(1, "5.00"))),
    )
    small.take(first)
    small.close()
    small.home.settings.write_text('member = "QM"\nrpc_port = 9\n')
    island, vault = IslandNode(small.home, small.clock), Vault.open(small.home.vault)
    intake = Intake(Session(island, KeyRing(small.home.keys)), vault, small.home.out)
    recalled = small.file("3.xml", asked_back())
    receipts = list(intake.take([second, recalled]))
    assert [each.results[0].status for each in receipts] == ["queued", "accepted"]
    assert texts(etree.parse(left(small, "camt.029")[0]), "Conf") == ["PDCR"]
    assert left(small, "pacs.008") == []
    said = [entry.command for entry in island.log()]
    island.close()
    vault.close()
    again = Small(small.home.folder)
    again.now_us = small.now_us
    again.node.submit(said)
    again.answers.write_missing()
    assert len(left(small, "pacs.008")) == 1
    assert sorted(texts(etree.parse(path), "Conf")[0] for path in left(small, "camt.029")) == ["CNCL", "PDCR"]
    assert again.vault.owed() == []
    again.close()


# -- questions ----------------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize(("amount", "status"), [("125000.50", "ACSC"), (DEAR, "PDNG")])
@pytest.mark.parametrize("agents", [PAIR, BACK])
def test_either_agent_is_told_how_a_payment_stands(small, agents, amount, status):
    take(small, message(transaction(0, amount)).encode())
    receipt = take(small, about(banking.status_request, agents))
    assert [each.status for each in receipt.results] == ["answered"]
    document = read(Path(receipt.report))[1]
    assert texts(document, "TxSts") == [status]
    assert document.findtext(".//{*}TxInfAndSts/{*}OrgnlGrpInf/{*}OrgnlMsgId") == "M-1"
    assert document.find(".//{*}OrgnlGrpInfAndSts") is None


@needs_data
def test_of_what_nobody_knows_no_status_is_told(small):
    receipt = take(small, about(banking.status_request, PAIR))
    document = read(Path(receipt.report))[1]
    assert (texts(document, "TxSts"), texts(document, "Cd")) == ([], ["NARR"])


def test_who_is_no_party_to_a_payment_is_told_nothing_of_it(small):
    take(small, PAYMENT.encode())
    receipt = take(small, about(banking.status_request, ("SAGOQNA0XXX", DEBTOR)))
    assert receipt.results[0].rejection.code == "AGNT"


def test_a_question_is_answered_for_the_banks_of_this_machine_only(small):
    take(small, PAYMENT.encode())
    small.home.keys.joinpath(CREDITOR, "submit.key").unlink()
    assert take(small, about(banking.status_request, BACK)).results[0].rejection.code == "DS0E"


# -- stops --------------------------------------------------------------------------------------------

FLOWS = {
    "payment": [PAYMENT.encode()],
    "return": [PAYMENT.encode(), given_back()],
    "recall of what waits": [message(transaction(0, DEAR)).encode(), asked_back()],
    "recall of what settled": [PAYMENT.encode(), asked_back()],
    "refused recall": [PAYMENT.encode(), about(banking.resolution, BACK)],
    "two of three": [message(transaction(0), transaction(1, DEAR), transaction(2, "5.00")).encode()],
}
STOPS = {
    "before the union hears of it": ("session", "say_all", 1),
    "before a first file is there": ("outgoing", "write", 1),
    "before a second file is there": ("outgoing", "write", 2),
    "before it is noted what was given on": ("vault", "give", 1),
    "before it is noted what was answered": ("vault", "settle", 1),
}


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("stop", STOPS)
def test_wherever_it_stops_nothing_is_lost_and_nothing_comes_twice(tmp_path, monkeypatch, flow, stop):
    *before, last = FLOWS[flow]
    names = []
    for is_stopped in (False, True):
        small = Small(tmp_path / str(is_stopped))
        for number, data in enumerate(before):
            take(small, data, f"{number}.xml")
        if is_stopped:
            with monkeypatch.context() as patch:
                stop_at(patch, small, *STOPS[stop])
                with contextlib.suppress(KeyboardInterrupt):
                    take(small, last)
            small.close()
            small = Small(small.home.folder)
            small.answers.write_missing()
        take(small, last, "again.xml")
        small.answers.write_missing()
        assert small.vault.owed() == [] or flow == "two of three"
        names.append(sorted(str(path.relative_to(small.home.out)) for path in small.home.out.rglob("*.xml")))
        small.close()
    assert names[0] == names[1]
    assert len(names[0]) > len(before)


def stop_at(patch, small, what: str, name: str, count: int) -> None:
    """Let the machine stop instead of the nth call of something."""
    place = {"session": small.session, "vault": small.vault, "outgoing": Outgoing}[what]
    real, calls = getattr(place, name), iter(range(1, 100))

    def stopping(*words, **named):
        if next(calls) == count:
            raise KeyboardInterrupt
        return real(*words, **named)

    patch.setattr(place, name, stopping)


# -- what loops, and what is wrong --------------------------------------------------------------------


def test_nothing_that_leaves_makes_an_answer_when_it_comes_in_again_but_a_refusal_that_ends_it(small):
    take(small, PAYMENT.encode())
    take(small, asked_back())
    take(small, about(banking.resolution, BACK))
    take(small, given_back())
    take(small, b"<x/>")
    for _ in range(4):
        before = set(small.home.out.rglob("*.xml"))
        for number, path in enumerate(sorted(before)):
            take(small, path.read_bytes(), f"{number}.xml")
        new = set(small.home.out.rglob("*.xml")) - before
        if not new:
            return
    pytest.fail("answers are answered for ever")


def test_a_kind_of_message_that_is_not_taken_is_rejected_with_an_admi_002(small):
    data = PAYMENT.replace("pacs.008.001.08", "pacs.010.001.03").encode()
    receipt = take(small, data)
    assert receipt.rejection.code == "FF01"
    document = read(Path(receipt.report))[1]
    assert (texts(document, "Ref"), texts(document, "RjctgPtyRsn")) == (["LUAL-2026-0001"], ["FF01"])


def test_an_old_version_is_refused_with_the_reason(small):
    receipt = take(small, PAYMENT.replace("pacs.008.001.08", "pacs.008.001.07").encode())
    assert receipt.rejection.code == "MINF"
    assert texts(etree.parse(receipt.report), "GrpSts") == ["RJCT"]


# -- preferences --------------------------------------------------------------------------------------


def test_answers_without_preferences_are_those_in_force(small):
    assert Answers(small.node, small.vault, small.home.out).preferences.of(DEBTOR).practice == "HVPS+"


# -- requests to pay ----------------------------------------------------------------------------------


@needs_data
def test_a_request_goes_to_the_debtors_agent_and_its_answer_comes_back(small):
    receipt = take(small, request(group("P-1", [asked(1), asked(2, uetr=uetr_of(2))])))
    assert [each.status for each in receipt.results] == ["given on", "given on"]
    documents = [read(path)[1] for path in left(small, "pain.013")]
    assert sorted(texts(each, "EndToEndId") for each in documents) == [["E-1"], ["E-2"]]
    for each in documents:
        assert (texts(each, "NbOfTxs"), texts(each, "PmtInfId")) == (["1"], ["P-1"])
    assert texts(only(small, "pain.014"), "TxSts") == ["ACTC", "ACTC"]
    take(small, answer(), "answer.xml")
    said = [texts(read(path)[1], "TxSts") for path in left(small, "pain.014")]
    assert sorted(said) == [["ACCP"], ["ACTC", "ACTC"]]
    assert small.vault.owed() == []


@needs_data
def test_a_request_to_a_bank_that_takes_no_part_is_refused_with_a_report(small):
    receipt = take(small, request(group("P-1", [asked()], agent="NONEQMA0XXX")))
    assert receipt.results[0].rejection.code == "RC01"
    assert left(small, "pain.013") == []
    assert (texts(only(small, "pain.014"), "TxSts"), texts(only(small, "pain.014"), "Cd")) == (
        ["RJCT"],
        ["RC01"],
    )


def test_a_request_that_is_sent_again_is_not_given_on_again(small):
    take(small, request())
    (path,) = left(small, "pain.013")
    path.unlink()  # its receiver took it away
    take(small, request(), "again.xml")
    small.answers.write_missing()
    assert left(small, "pain.013") == []
