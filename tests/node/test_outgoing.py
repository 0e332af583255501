"""What leaves has a header from a central bank, is as its receiver wants it, and is named after that one."""

import pytest
from lxml import etree

from mufakat.gateway.preference import Preference, Preferences
from mufakat.node.answer import Answers
from mufakat.node.intake import Intake
from mufakat.node.outgoing import Outgoing
from tests.messages import banking
from tests.messages.official import NS, head, needs_data, official
from tests.node.conftest import PAYMENT, UETR

DEBTOR, CREDITOR = "LUALQMA0XXX", "TANGQMA0XXX"


def take(small, text: str, **chosen: Preference):
    intake = Intake(small.session, small.vault, small.home.out, Preferences(chosen))
    (receipt,) = intake.take([small.file("p.xml", text)])
    return receipt


def tree(small, kind: str):
    (path,) = small.home.out.glob(f"{kind}/*.xml")
    header, document = etree.parse(path).getroot()
    for each in (header, document):
        official(etree.QName(each).namespace.removeprefix(NS)).assertValid(each)
    return header, document


def version(element) -> str:
    return etree.QName(element).namespace.removeprefix(NS)


@needs_data
def test_each_bank_gets_the_versions_that_it_chose(small):
    take(
        small,
        PAYMENT,
        LUALQMA0XXX=Preference(versions=("pacs.002.001.14", "head.001.001.04")),
        TANGQMA0XXX=Preference(versions=("pacs.008.001.12", "head.001.001.01")),
    )
    assert [version(each) for each in tree(small, "pacs.002")] == ["head.001.001.04", "pacs.002.001.14"]
    assert [version(each) for each in tree(small, "pacs.008")] == ["head.001.001.01", "pacs.008.001.12"]


@needs_data
@pytest.mark.parametrize("method", ["INDA", "INGA"])
def test_what_comes_under_cbpr_is_cleared_and_goes_on_under_hvps(small, method):
    text = PAYMENT.replace(
        "<SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>MUFAKAT</Prtry></ClrSys>", f"<SttlmMtd>{method}</SttlmMtd>"
    )
    assert take(small, text).results[0].status == "refused"
    again = take(small, text.replace("LUAL-2026-0001", "2"), LUALQMA0XXX=Preference(practice="CBPR+"))
    assert again.results[0].status == "settled"
    header, document = tree(small, "pacs.008")
    assert [each.text for each in document.iter("{*}SttlmMtd", "{*}Prtry")] == ["CLRG", "MUFAKAT"]
    assert header.findtext("{*}BizSvc") == "mufakat.01"


@needs_data
def test_what_comes_under_hvps_goes_on_under_cbpr_from_the_central_bank(small):
    take(small, PAYMENT, TANGQMA0XXX=Preference(practice="CBPR+"))
    header, document = tree(small, "pacs.008")
    issuer = small.node.charter.issuer("IDR")
    assert [each.text for each in document.iter("{*}SttlmMtd", "{*}ClrSys")] == ["INGA"]
    assert document.findtext(".//{*}InstgAgt/{*}FinInstnId/{*}BICFI") == issuer.bic
    assert document.findtext(".//{*}DbtrAgt/{*}FinInstnId/{*}BICFI") == DEBTOR
    assert header.findtext("{*}BizSvc") == "swift.cbprplus.03"
    assert header.findtext("{*}Fr/{*}FIId/{*}FinInstnId/{*}BICFI") == issuer.bic


def test_a_cover_is_settled_by_the_union_itself_only_where_the_sender_said_so(small):
    text = PAYMENT.replace("CLRG", "COVE").replace("<ClrSys><Prtry>MUFAKAT</Prtry></ClrSys>", "")
    assert take(small, text, LUALQMA0XXX=Preference(practice="CBPR+")).results[0].status == "refused"
    again = text.replace("LUAL-2026-0001", "2")
    taken = take(small, again, LUALQMA0XXX=Preference(practice="CBPR+", cover=True))
    assert taken.results[0].status == "settled"


def test_a_bank_hears_from_the_member_that_sponsors_it_and_a_stranger_from_the_first(small):
    outgoing = Outgoing(small.node.views.sql, lambda: small.node.charter, small.home.out)
    first, second = small.node.charter.members
    assert outgoing.speaker(DEBTOR[:8]).member == first.id
    assert outgoing.speaker("UDAYQNA0XXX").bic == second.bic
    assert outgoing.speaker("NOBKQMA0XXX").member == outgoing.speaker(None).member == first.id


def test_an_answer_to_nobody_known_is_a_bare_document(small):
    text = (
        PAYMENT.replace("LUALQMA0XXX", "LUALQMA0XX1")
        .replace("SHAR", "FREE")
        .replace("<BICFI>LUALQMA0XX1", "<BICFI>x")
    )
    receipt = take(small, text)
    assert receipt.report is not None and "unknown-" in receipt.report
    assert etree.QName(etree.parse(receipt.report).getroot()).localname == "Document"


def test_a_file_is_named_after_the_whole_bic_and_the_sender_of_the_header_is_answered_where_no_agent_is_named(
    small,
):
    take(small, PAYMENT.replace("<BICFI>LUALQMA0XXX", "<BICFI>LUALQMA0"))
    (path,) = small.home.out.glob("pacs.002/*.xml")
    assert path.name.startswith(f"{DEBTOR}-")
    data = banking.payment_return(uetr=UETR, agents=(CREDITOR, DEBTOR), amount="125000.50", currency="IDR")
    text = data.decode().partition("?>")[2].replace(banking.fi("InstgAgt", CREDITOR), "")
    header = head("pacs.004.001.09").replace("AAAAQMQM", CREDITOR)
    assert take(small, f"<E>{header}{text}</E>").results[0].status == "settled"
    assert len(list(small.home.out.glob(f"pacs.002/{CREDITOR}-*.xml"))) == 1


def test_answers_know_what_participants_chose(small):
    chosen = Preferences({DEBTOR: Preference(practice="CBPR+")})
    assert Answers(small.node, small.vault, small.home.out, chosen).preferences is chosen
