"""Reports out: official in form for every status and reason, one identifier for one content, sums that hold."""

import ast
import hashlib
import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from mufakat.gateway.document import Answered, Reading, Rejection, of_refusal
from mufakat.gateway.inbound import read_document
from mufakat.gateway.outbound import (
    ACCEPTED,
    IN_PROCESS,
    PENDING,
    REJECTED,
    SETTLED,
    STATUS_OF,
    WITHDRAWN,
    Answer,
    PartStatus,
    report_id,
    resolution,
    status_pieces,
    status_report,
)
from mufakat.messages import schema, status
from mufakat.messages.fault import Original, References
from mufakat.messages.header import Speaker
from mufakat.messages.versions import IN_FORCE, WRITTEN
from mufakat.model.refusal import Reason, Refusal
from tests.messages.official import ISO, ROOT, credit_transfer, needs_data, official, transaction
from tests.messages.test_status import IDS, ORIGINAL
from tests.messages.test_status import independent as independent_status
from tests.messages.test_tabular import PAYMENT, table
from tests.union import A1, NOON_US, TUESDAY, charter, uetr

CHARTER = charter()
SPEAKER = Speaker("QM", "CBNKQMA1XXX", "MUFAKAT")
TO = Answered(ORIGINAL, A1)
REFUSED = of_refusal(Refusal(Reason.AMOUNT_ZERO))
ALL = (SETTLED, PENDING, IN_PROCESS, REJECTED, ACCEPTED)


def part(code: str, number: int = 1, rejection: Rejection | None = None) -> PartStatus:
    return PartStatus(References(end_to_end_id=f"E-{number}", uetr=uetr(number)), code, rejection)


def report(*parts: PartStatus, to: Answered = TO, rejection: Rejection | None = None) -> bytes:
    return status_report(Answer(to, parts, NOON_US, rejection, SPEAKER, status.DEFINITION))


def text(data: bytes, name: str) -> str | None:
    return etree.fromstring(data).findtext(f".//{{*}}{name}")


def codes_of(kind: str) -> set[str]:
    listing = ISO / "codesets" / "json" / f"external_payment_{kind}_status_code.json"
    return set(json.loads(listing.read_text(encoding="utf-8"))["codes"])


# -- status reports -----------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize("name", STATUS_OF)
def test_the_report_of_each_status_is_official_for_two_validators(name):
    data = report(replace(part(STATUS_OF[name]), settled_on=str(TUESDAY)))
    official(status.DEFINITION).assertValid(etree.fromstring(data))
    independent_status().validate(io.BytesIO(data))
    assert text(data, "TxSts") in codes_of("transaction")


@needs_data
@pytest.mark.parametrize("reason", Reason)
def test_the_report_of_each_refusal_is_official_and_gives_its_code(reason):
    refusal = Refusal(reason, "Some <detail> & more. " * 20)
    for data in (
        report(part(REJECTED, rejection=of_refusal(refusal, 7))),
        report(to=replace(TO, agent=None), rejection=of_refusal(refusal)),
    ):
        official(status.DEFINITION).assertValid(etree.fromstring(data))
        assert text(data, "GrpSts") == REJECTED
        assert text(data, "StsRsnInf/{*}Rsn/{*}Cd") == refusal.code
        assert refusal.text.startswith(text(data, "StsRsnInf/{*}AddtlInf"))


@pytest.mark.parametrize(
    ("codes", "group"),
    [
        *(((code, code), code) for code in (SETTLED, PENDING, IN_PROCESS, REJECTED)),
        ((SETTLED, REJECTED), "PART"),
        ((PENDING, REJECTED), "PART"),
        ((SETTLED, ACCEPTED), IN_PROCESS),
        ((SETTLED, PENDING, REJECTED), "PART"),
        ((SETTLED, PENDING), IN_PROCESS),
        ((PENDING, IN_PROCESS), IN_PROCESS),
        ((ACCEPTED,), ACCEPTED),
        ((ACCEPTED, REJECTED), "PART"),
    ],
)
def test_a_report_sums_up_what_became_of_its_transactions(codes, group):
    assert text(report(*(part(code, number) for number, code in enumerate(codes))), "GrpSts") == group


@needs_data
@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=6))
def test_whatever_became_of_transactions_their_sum_is_an_official_group_status(codes):
    data = report(*(part(code, number) for number, code in enumerate(codes)))
    assert schema.violation(status.DEFINITION, etree.fromstring(data)) is None
    assert text(data, "GrpSts") in {None, *codes_of("group")}
    assert [each.text for each in etree.fromstring(data).iter("{*}TxSts")] == codes


parts = st.builds(
    PartStatus,
    st.builds(References, uetr=st.sampled_from([None, uetr(1), uetr(2)])),
    st.sampled_from(ALL),
    st.sampled_from([None, REFUSED, of_refusal(Refusal(Reason.DUPLICATE))]),
    st.sampled_from([None, "2026-11-24"]),
)
told = st.tuples(st.lists(parts, max_size=2), st.sampled_from([None, REFUSED, Rejection("FF01", "Wrong.")]))


@given(told, told)
def test_two_reports_share_an_identifier_only_when_they_say_the_same(one, other):
    first, second = (report(*statuses, rejection=whole) for statuses, whole in (one, other))
    assert (text(first, "MsgId") == text(second, "MsgId")) == (one == other)
    assert (first == second) == (one == other)


def test_a_message_that_is_refused_again_for_another_reason_is_another_report():
    first = report(rejection=Rejection("FF01", "Element 'ChrgBr' is wrong."))
    again = report(rejection=Rejection("AM19", "NbOfTxs says 2."))
    assert text(first, "MsgId") != text(again, "MsgId")


def test_a_report_names_the_message_and_each_transaction_as_they_named_themselves():
    data = report(PartStatus(IDS, SETTLED, settled_on="2026-11-24"))
    assert (text(data, "OrgnlMsgId"), text(data, "OrgnlMsgNmId")) == ("M-1", "pacs.008.001.08")
    assert text(data, "OrgnlNbOfTxs") == "2"
    assert (text(data, "OrgnlInstrId"), text(data, "OrgnlEndToEndId")) == ("I-1", "E-1")
    assert (text(data, "OrgnlTxId"), text(data, "OrgnlUETR")) == ("T-1", IDS.uetr)
    assert text(data, "FctvIntrBkSttlmDt/{*}Dt") == "2026-11-24"
    assert text(data, "InstdAgt/{*}FinInstnId/{*}BICFI") == A1


# -- who is answered ----------------------------------------------------------------------------------


def answer(data: bytes) -> Answered | None:
    return read_document(data, Reading(CHARTER, bytes(32))).to


def test_a_message_is_answered_to_its_instructing_agent():
    found = answer(credit_transfer(transaction(currency="IDR")))
    assert found == Answered(
        Original(
            message_id="M-1",
            definition="pacs.008.001.08",
            created="2026-11-23T09:00:00Z",
            transactions=1,
        ),
        "AAAAQMQM",
    )


def test_an_agent_that_instructs_for_the_debtors_agent_gets_the_answer():
    data = credit_transfer().replace(b"<DbtrAgt><FinInstnId><BICFI>AAAA", b"<DbtrAgt><FinInstnId><BICFI>CCCC")
    assert answer(data).agent == "AAAAQMQM"


def test_a_message_that_names_no_instructing_agent_is_answered_to_the_debtors():
    agent = b"<InstgAgt><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId></InstgAgt>"
    data = credit_transfer().replace(agent, b"")
    data = data.replace(b"<DbtrAgt><FinInstnId><BICFI>AAAA", b"<DbtrAgt><FinInstnId><BICFI>CCCC")
    assert answer(data).agent == "CCCCQMQM"


def test_a_message_that_breaks_its_schema_is_answered_as_far_as_it_could_be_read():
    found = answer(credit_transfer().replace(b"SHAR", b"FREE"))
    assert found == Answered(Original(message_id="M-1", definition="pacs.008.001.08"), "AAAAQMQM")


@pytest.mark.parametrize("data", [b"<x/>", b"", table(PAYMENT), b"<Document xmlns='urn:x'/>"])
def test_what_names_no_message_is_owed_no_answer(data):
    assert answer(data) is None


@pytest.mark.parametrize("name", ["pacs.002.001.10", "camt.029.001.09", "camt.053.001.08", "admi.002.001.01"])
def test_what_reports_or_answers_is_not_answered(name):
    assert answer(credit_transfer().replace(b"pacs.008.001.08", name.encode())) is None
    older = credit_transfer().replace(b"pacs.008.001.08", b"pacs.008.001.07")
    assert answer(older).original.definition == "pacs.008.001.07"


# -- codes --------------------------------------------------------------------------------------------


def code_set(name: str) -> set[str]:
    sets = json.loads((ISO / "codesets" / "external_code_sets.json").read_text(encoding="utf-8"))
    return set(sets["definitions"][name]["enum"])


def literal_codes() -> set[str]:
    """Every code that a rejection is made with in so many words, anywhere in the gateway and the node."""
    found: set[str] = set()
    for room in ("gateway", "node"):
        for path in (ROOT / "src" / "mufakat" / room).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Rejection":
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant):
                        found.add(first.value)
    return found


@needs_data
def test_each_code_of_a_rejection_is_of_the_set_of_the_message_that_tells_it():
    codes = literal_codes()
    recalls = {"NOOR", "PTNA", "ARDT"}
    assert {"AM09", "AGNT"} <= codes and recalls <= codes
    assert codes - recalls | {WITHDRAWN} <= code_set("ExternalStatusReason1Code")
    assert recalls <= code_set("ExternalPaymentCancellationRejection1Code")


@needs_data
@given(st.sampled_from([*Reason]) | st.sampled_from(["NOOR", "PTNA", "ARDT", "AGNT", "FF01", "ZZZZ"]))
def test_whatever_keeps_a_recall_from_being_done_is_told_by_a_code_of_its_set(why):
    rejection = of_refusal(Refusal(why)) if isinstance(why, Reason) else Rejection(why, "Why.")
    to = replace(TO, kind="camt.029")
    (data,) = resolution(
        Answer(to, [part("RJCR", rejection=rejection)], NOON_US, None, SPEAKER, IN_FORCE["camt.029"])
    )
    assert schema.violation(IN_FORCE["camt.029"], etree.fromstring(data)) is None
    assert text(data, "CxlStsRsnInf/{*}Rsn/{*}Cd") in code_set("ExternalPaymentCancellationRejection1Code")
    assert text(data, "Conf") == "RJCR"


@needs_data
@pytest.mark.parametrize("version", WRITTEN["pacs.002"])
def test_a_report_is_official_in_each_version_that_can_be_chosen(version):
    named = References(uetr=uetr(1), original=Original(message_id="M-1", definition="pacs.008.001.08"))
    for told in (PartStatus(named, SETTLED, None, str(TUESDAY)), PartStatus(named, None, REFUSED)):
        for original in (ORIGINAL, replace(ORIGINAL, definition="pacs.028.001.03")):
            to = replace(TO, original=original)
            data = status_report(Answer(to, [told], NOON_US, None, SPEAKER, version))
            official(version).assertValid(etree.fromstring(data))


def test_on_a_question_each_payment_names_its_own_message_and_the_question_none():
    to = replace(TO, original=replace(ORIGINAL, definition="pacs.028.001.03"))
    named = References(uetr=uetr(1), original=Original(message_id="M-7", definition="pacs.008.001.08"))
    data = report(PartStatus(named, SETTLED), to=to)
    assert text(data, "OrgnlGrpInfAndSts") is None
    assert text(data, "OrgnlGrpInf/{*}OrgnlMsgId") == "M-7"
    refused = report(to=to, rejection=REFUSED)
    assert text(refused, "GrpSts") == REJECTED


def test_a_recall_that_is_refused_whole_names_each_payment_that_it_named():
    (data,) = resolution(
        Answer(
            replace(TO, kind="camt.029"),
            [part(REJECTED, number, REFUSED) for number in (1, 2)],
            NOON_US,
            REFUSED,
            SPEAKER,
            IN_FORCE["camt.029"],
        )
    )
    assert [each.text for each in etree.fromstring(data).iter("{*}OrgnlUETR")] == [uetr(1), uetr(2)]
    assert text(data, "Conf") == "RJCR"


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300, 65_535, 65_536])
@pytest.mark.parametrize("rejection", [None, REFUSED])
def test_the_identifier_is_of_all_that_is_said(count, rejection):
    parts = [part(SETTLED, 1 + number % 9) for number in range(count)]
    whole = hashlib.sha256(msgspec.msgpack.encode((TO, parts, rejection))).hexdigest()
    assert report_id(TO, parts, rejection) == f"ST{whole[:30].upper()}"


def test_a_long_report_is_written_in_pieces():
    count = 2_500
    parts = [part(ALL[number % 5], 1 + number % 9) for number in range(count)]
    answer = Answer(TO, parts, NOON_US, None, SPEAKER, status.DEFINITION)
    pieces = list(status_pieces(answer))
    assert len(pieces) == 2 + 3
    assert b"".join(pieces) == status_report(answer)
    assert status_report(answer).count(b"<TxInfAndSts>") == count
