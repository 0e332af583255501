"""Payment status reports fit the official schema, for two independent validators, whatever they say."""

import functools
import io
import re
import string

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from mufakat.messages import markup, schema, status
from mufakat.messages.fault import CODES, References
from mufakat.messages.header import Speaker
from mufakat.messages.pacs import read_customer_credit_transfer
from mufakat.messages.status import (
    DEFINITION,
    Group,
    Original,
    StatusReason,
    TransactionStatus,
    head,
    transaction,
    write_payment_status,
)
from tests.messages.official import credit_transfer, needs_data, official, official_path

CREATED = "2026-11-23T09:00:00.123Z"
SPEAKER = Speaker("QM", "CBNKQMA1XXX", "MUFAKAT")
IDS = References(
    instruction_id="I-1", end_to_end_id="E-1", tx_id="T-1", uetr="00000001-ca16-48ba-b074-65581be6f001"
)
ORIGINAL = Original(message_id="M-1", definition="pacs.008.001.08", created=CREATED, transactions=2)
texts = st.text(st.characters(codec="utf-8"), max_size=300)
ids = st.none() | st.text(string.printable.strip() + "é漢<&>\"'", min_size=1, max_size=35)


@functools.cache
def independent() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(official_path(DEFINITION)))


def written(**terms: object) -> bytes:
    return b"".join(write_payment_status(**terms))


def full() -> bytes:
    reason = StatusReason(code="AM04", text="No <funds> & no line. " * 20)
    part = TransactionStatus(
        references=IDS,
        status="RJCT",
        reason=reason,
        accepted_at=CREATED,
        settled_on="2026-11-23",
        clearing_reference="C-1",
    )
    return written(
        message_id="S-1",
        created=CREATED,
        original=ORIGINAL,
        transactions=[part, TransactionStatus(references=References(), status="PDNG")],
        group_status="PART",
        group_reason=StatusReason(code="NARR", text="one of two"),
        agents=(SPEAKER, "BBBBQNQNXXX"),
    )


def least() -> bytes:
    original = Original(message_id="M-1", definition="pacs.008.001.08")
    return written(message_id="S-1", created="2026-11-23T09:00:00+07:00", original=original)


@needs_data
@pytest.mark.parametrize("write", [full, least])
def test_a_report_fits_the_official_schema_for_two_validators(write):
    official(DEFINITION).assertValid(etree.fromstring(write()))
    independent().validate(io.BytesIO(write()))


def test_a_report_says_what_it_was_told():
    root = etree.fromstring(full())
    ns = {"p": root.tag[1:].partition("}")[0]}
    part = root.find(".//p:TxInfAndSts", ns)
    assert [child.tag.partition("}")[2] for child in part] == [
        "OrgnlInstrId",
        "OrgnlEndToEndId",
        "OrgnlTxId",
        "OrgnlUETR",
        "TxSts",
        "StsRsnInf",
        "AccptncDtTm",
        "FctvIntrBkSttlmDt",
        "ClrSysRef",
    ]
    words = part.findtext("p:StsRsnInf/p:AddtlInf", namespaces=ns)
    assert words == ("No <funds> & no line. " * 20)[:105].rstrip()
    assert root.findtext(".//p:OrgnlNbOfTxs", namespaces=ns) == "2"
    assert root.findtext(".//p:GrpSts", namespaces=ns) == "PART"


def test_the_same_arguments_give_the_same_bytes():
    assert full() == full()


@given(text=texts, first=ids, second=ids, code=st.sampled_from(sorted(CODES)))
def test_any_words_and_identifiers_leave_a_report_valid(text, first, second, code):
    data = written(
        message_id="S-1",
        created=CREATED,
        original=ORIGINAL,
        transactions=[
            TransactionStatus(
                references=References(instruction_id=first, end_to_end_id=second),
                status="RJCT",
                reason=StatusReason(code=code, text=text),
            )
        ],
    )
    root = etree.fromstring(data)
    assert schema.violation(DEFINITION, root) is None
    assert root.findtext(".//{*}OrgnlInstrId") == first


def test_a_refused_message_can_be_answered_from_its_fault():
    fault = read_customer_credit_transfer(credit_transfer().replace(b"SHAR", b"FREE"))
    assert fault.message_id is not None
    data = written(
        message_id="S-1",
        created=CREATED,
        original=Original(message_id=fault.message_id, definition=fault.definition),
        transactions=[TransactionStatus(references=one, status="RJCT") for one in fault.transactions],
        group_status="RJCT",
        group_reason=StatusReason(code=fault.code, text=fault.text),
        agents=(None, fault.instructing_agent),
    )
    assert schema.violation(DEFINITION, etree.fromstring(data)) is None


def test_a_creation_time_that_only_a_schema_takes_is_not_repeated():
    for told in ("2026-11-23T24:00:00", "-0001-11-23T09:00:00", "12026-11-23T09:00:00Z"):
        data = written(
            message_id="S-1",
            created=CREATED,
            original=Original(message_id="M-1", definition="pacs.008.001.08", created=told),
        )
        assert schema.violation(DEFINITION, etree.fromstring(data)) is None
        assert b"OrgnlCreDtTm" not in data


LINES = st.none() | st.sampled_from(
    ["M-1", "x" * 35, "x" * 36, "", "a&b", "a<b", "a>b", "é", "a\nb", "a\x00b"]
)
MOMENTS = st.sampled_from([CREATED, "2026-11-23T09:00:00+07:00", "2026-02-30T09:00:00Z", "today", ""])
CODES_TOLD = st.none() | st.sampled_from(["ACSC", "RJCT", "PDNG", "", "toolong", "<", "a"])
GROUPS = st.builds(
    Group,
    message_id=LINES.filter(lambda each: each is not None),
    created=MOMENTS,
    agents=st.tuples(
        st.sampled_from([None, SPEAKER]), st.sampled_from([None, "BBBBQNQN", "BBBBQNQNXXX", "nobody"])
    ),
    original=st.none()
    | st.builds(
        Original,
        message_id=LINES.filter(lambda each: each is not None),
        definition=st.sampled_from(["pacs.008.001.08", "", "a<b"]),
        created=st.none() | MOMENTS,
        transactions=st.none() | st.sampled_from([0, 1, 1000, -1, 10**15]),
    ),
    status=CODES_TOLD,
    reason=st.none()
    | st.builds(StatusReason, code=st.just("AM04"), text=st.sampled_from(["", "No <funds>"])),
)
PARTS = st.builds(
    TransactionStatus,
    references=st.builds(
        References,
        instruction_id=LINES,
        end_to_end_id=LINES,
        tx_id=LINES,
        uetr=st.sampled_from([None, IDS.uetr, IDS.uetr.upper(), "1"]),
        original=st.sampled_from([None, ORIGINAL]),
    ),
    status=CODES_TOLD,
    reason=st.none() | st.just(StatusReason(code="AM04")),
    accepted_at=st.none() | MOMENTS,
    settled_on=st.none() | st.sampled_from(["2026-11-23", "2026-02-30", "", "2026-11"]),
    clearing_reference=LINES,
)


@given(GROUPS, st.lists(PARTS, max_size=2), st.booleans())
def test_what_is_written_at_once_is_what_is_written_value_by_value(about, parts, is_plain):
    if is_plain:
        parts = [
            replace(each, references=replace(IDS, tx_id=each.references.tx_id), reason=None, accepted_at=None)
            for each in parts
        ]

    def at_once() -> bytes:
        return written(
            message_id=about.message_id,
            created=about.created,
            original=about.original,
            transactions=parts,
            group_status=about.status,
            group_reason=about.reason,
            agents=about.agents,
        )

    def by_value() -> bytes:
        body = head(about) + "".join(map(transaction, parts))
        return markup.document(DEFINITION, f"<FIToFIPmtStsRpt>{body}</FIToFIPmtStsRpt>")

    try:
        expected = by_value()
    except ValueError as error:
        with pytest.raises(ValueError, match=re.escape(str(error))):
            at_once()
    else:
        assert at_once() == expected


def test_a_usual_report_is_written_at_once(monkeypatch):
    usual = TransactionStatus(references=IDS, status="ACSC", settled_on="2026-11-24")
    monkeypatch.setattr(status, "transaction", None)
    monkeypatch.setattr(status, "head", None)
    data = written(
        message_id="S-1",
        created=CREATED,
        original=ORIGINAL,
        transactions=[usual],
        group_status="ACSC",
        agents=(SPEAKER, "BBBBQNQNXXX"),
    )
    assert schema.violation(DEFINITION, etree.fromstring(data)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"message_id": ""},
        {"message_id": "x" * 36},
        {"created": "today"},
        {"created": "2026-02-30T09:00:00Z"},
        {"created": "2026-11-23T09:00:00+0000"},
        {"transactions": [TransactionStatus(references=IDS, status="RJCT", settled_on="2026-02-30")]},
        {"group_status": "REJECTED"},
        {"agents": (None, "nobody")},
        {"transactions": [TransactionStatus(references=References(uetr="1"), status="RJCT")]},
        {"transactions": [TransactionStatus(references=IDS, status="RJCT", settled_on="2026-11")]},
    ],
)
def test_a_value_that_breaks_its_type_is_not_written(wrong):
    arguments = {"message_id": "S-1", "created": CREATED, "original": ORIGINAL} | wrong
    with pytest.raises(ValueError, match=r"takes|cannot hold"):
        written(**arguments)
