"""Customer credit transfers: real samples, the standard's rules between elements, hostile values."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mufakat.messages.fault import Fault
from mufakat.messages.pacs import CustomerCreditTransfer, read_customer_credit_transfer
from mufakat.messages.versions import READ
from tests.messages.banking import COVER, fi, institution_transfer, read_transfers, refused_transfers
from tests.messages.official import ISO, credit_transfer, head, needs_data, rows, sample, transaction

NO_MONEY_IN_METAL = "XAU, XAG, XPD and XPT are issued by no central bank"
REFUSED_BY_A_RULE = {
    # part of the file's name: (code, why)
    "__violates_pacs.008-R": ("AM03", NO_MONEY_IN_METAL),
    "dodgy_IBAN_and_bic_mismatch": ("AC02", "the IBAN fails its check digits, ISO 13616"),
    "pacs009_fi_transfer_sample__violates_pacs.009-R20_commodity_currency_XAU": (
        "AM03",
        "the currency is gold",
    ),
    "pacs_009_cov_2025_invalid": ("AM03", "the currency is gold"),
    "pacs_009_cov_2026_invalid": ("AM03", "the currency is gold"),
    # A debtor's IBAN of Fedwire's own examples is invented and fails its check digits.
    "CustomerCreditTransfer_Scenario5_Step1": ("AC02", "the IBAN fails its check digits"),
    "CustomerCreditTransfer_Variation5": ("AC02", "the IBAN fails its check digits"),
    "CustomerCreditTransfer_Variation6": ("AC02", "the IBAN fails its check digits"),
}
ACCEPTED_THOUGH_ANOTHER_NETWORK_WOULD_NOT = {
    "bad-aba-checksum": "routing numbers of the USA are no identifiers of the union",
    "missing-category-purpose": "a category purpose is FedNow's demand, optional in the standard",
    "non-usd": "which currencies a union settles, its charter says",
    "wrapper-document-mismatch": "the name of a wrapper's element is FedNow's, header and document agree",
    "cbprplus_pacs008_sample_tag_mismatch_issue.xml": "the names of its wrapper's elements are not ISO's",
}


def pacs_rows() -> list[dict[str, str]]:
    kinds = ("pacs.008", "pacs.009")
    return [row for row in rows(ISO) if row["message"].startswith(kinds) or "pacs.008" in row["parts"]]


def expected(row: dict[str, str], data: bytes) -> tuple[str, str] | None:
    """Return the code and some words of the refusal that a sample's description calls for, None to read."""
    named = re.search(rb"MsgDefIdr>\s*([a-z0-9.]+)", data)
    if row["xsd_verdict"] == "malformed":
        return "FF01", "not well-formed"
    if row["xsd_verdict"] == "no-iso-root":
        return "FF01", "Document"
    if b"<!--" in data:
        return "FF01", "A comment is not taken"
    if named is not None and named.group(1).decode() != row["message"]:
        return "FF01", "Make them agree"
    if "pacs.008.001.01" <= row["message"] < "pacs.008.001.08" or row["message"] == "pacs.009.001.07":
        return "MINF", "has no place for a UETR"
    if row["xsd_verdict"] == "invalid":
        element = re.search(r"Element '\{[^}]*\}(\w+)'", row["first_xsd_error"])
        assert element is not None
        return "FF01", f"Element '{element.group(1)}'"
    return next(((why[0], "") for part, why in REFUSED_BY_A_RULE.items() if part in row["file"]), None)


@needs_data
@pytest.mark.parametrize("row", pacs_rows(), ids=lambda row: row["file"])
def test_every_sample_is_read_or_refused_with_the_reason_that_its_description_gives(row):
    data = sample(ISO, row)
    found, refusal = read_customer_credit_transfer(data), expected(row, data)
    if refusal is None:
        assert isinstance(found, CustomerCreditTransfer), found
        assert found.definition == row["message"]
        assert found.message_id.encode() in data
        assert all(part.amount.encode() in data for part in found.transactions)
        if row["repo_label"] == "invalid":
            assert any(part in row["file"] for part in ACCEPTED_THOUGH_ANOTHER_NETWORK_WOULD_NOT)
    else:
        assert isinstance(found, Fault)
        assert (found.code, refusal[1] in found.text) == (refusal[0], True), found
        assert found.line is not None


@needs_data
def test_each_exception_that_these_tests_list_is_met_by_a_sample():
    files = " ".join(row["file"] for row in pacs_rows())
    for part in [*REFUSED_BY_A_RULE, *ACCEPTED_THOUGH_ANOTHER_NETWORK_WOULD_NOT]:
        assert part in files


KIND = "<PmtTpInf><InstrPrty>HIGH</InstrPrty><ClrChanl>MPNS</ClrChanl></PmtTpInf>"
IBAN = "<DbtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></DbtrAcct>"


@pytest.mark.parametrize("version", [*READ["pacs.008"], *READ["pacs.009"]])
def test_each_version_is_taken(version):
    data = (
        credit_transfer(version=version) if "pacs.008" in version else institution_transfer(version=version)
    )
    assert read_transfers(data).definition == version


def test_an_institution_that_pays_by_itself_is_its_own_agent():
    (plain,) = read_transfers(institution_transfer()).transactions
    assert (plain.debtor.agent, plain.creditor.agent, plain.charge_bearer) == ("AAAAQMQM", "BBBBQNQN", "")
    data = institution_transfer().replace(b"<Cdtr>", fi("CdtrAgt", "CCCCQOQO").encode() + b"<Cdtr>")
    assert read_transfers(data).transactions[0].creditor.agent == "CCCCQOQO"


def test_a_cover_payment_is_read_as_the_transfer_between_institutions_that_it_is():
    (cover,) = read_transfers(institution_transfer(tail=COVER)).transactions
    assert cover.underlying is not None
    assert [(each.name, each.agent) for each in cover.underlying] == [
        ("Ana", "AAAAQMQM"),
        ("Budi", "BBBBQNQN"),
    ]
    assert (msgspec.structs.replace(cover, underlying=None),) == read_transfers(
        institution_transfer()
    ).transactions


def test_what_the_group_header_states_holds_for_each_transaction():
    group = "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>"
    data = credit_transfer(transaction(), transaction(number=2), group=group).replace(
        b"</SttlmInf>",
        b"<ClrSys><Prtry>MUFAKAT</Prtry></ClrSys></SttlmInf>"
        + KIND.encode()
        + b"<InstgAgt><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId></InstgAgt>",
    )
    found = read_transfers(data)
    assert {part.value_date for part in found.transactions} == {"2026-11-24"}
    assert {part.clearing_channel for part in found.transactions} == {"MPNS"}
    assert found.clearing_system == "MUFAKAT"
    assert found.instructing_agent == "AAAAQMQM"
    assert [part.line for part in found.transactions] == [5, 6]


def test_a_header_comes_with_the_message():
    data = b"<E>" + head().encode() + credit_transfer().partition(b"?>\n")[2] + b"</E>"
    found = read_transfers(data)
    assert found.header is not None
    assert found.header.message_id == "B-1"


def test_a_number_of_transactions_that_is_not_the_real_one_is_refused():
    found = refused_transfers(credit_transfer(count=2))
    assert (found.code, found.message_id, found.line) == ("AM19", "M-1", 4)
    assert found.path == "/Document/FIToFICstmrCdtTrf/GrpHdr/NbOfTxs"
    assert found.transactions[0].uetr == "00000001-ca16-48ba-b074-65581be6f001"


@pytest.mark.parametrize(
    ("group", "code"),
    [
        ("<CtrlSum>300.50</CtrlSum>", None),
        ("<CtrlSum>300.5</CtrlSum>", None),
        ('<TtlIntrBkSttlmAmt Ccy="QMD">300.50</TtlIntrBkSttlmAmt>', None),
        ("<CtrlSum>300.51</CtrlSum>", "AM10"),
        ('<TtlIntrBkSttlmAmt Ccy="QMD">300.49</TtlIntrBkSttlmAmt>', "AM10"),
        ('<TtlIntrBkSttlmAmt Ccy="QND">300.50</TtlIntrBkSttlmAmt>', "AM11"),
    ],
)
def test_sums_that_are_given_are_checked_exactly(group, code):
    found = read_customer_credit_transfer(credit_transfer(transaction(), transaction(number=2), group=group))
    assert (found.code if isinstance(found, Fault) else None) == code


def test_a_uetr_that_stands_twice_is_refused_at_its_second_line():
    found = refused_transfers(credit_transfer(transaction(), transaction(number=2), transaction()))
    assert (found.code, found.line) == ("RF01", 7)


@pytest.mark.parametrize(
    ("definition", "code", "text"),
    [
        ("pacs.008.001.14", "FF01", "is not taken; pacs.008.001.08 to .13 are. Send one of those."),
        ("pacs.009.001.13", "FF01", "is not taken; pacs.009.001.08 to .12 are. Send one of those."),
        ("pain.008.001.08", "FF01", "is not taken here."),
        *(
            (
                f"pacs.008.001.0{version}",
                "MINF",
                "has no place for a UETR, by which the union knows a payment. Send pacs.008.001.08.",
            )
            for version in range(1, 8)
        ),
    ],
)
def test_other_messages_and_versions_are_refused_with_the_reason(definition, code, text):
    found = refused_transfers(credit_transfer(version=definition))
    assert (found.code, found.text) == (code, f"{definition} {text}")
    assert (found.message_id, found.definition) == ("M-1", definition)


def test_a_breach_of_the_schema_names_line_path_and_the_message_to_answer():
    found = refused_transfers(credit_transfer(transaction(), transaction(number=2).replace("SHAR", "FREE")))
    assert found.line == 6
    assert found.path == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/ChrgBr"
    assert found.place("day.xml").startswith("day.xml:6: /Document/")
    assert found.message_id == "M-1"
    assert found.instructing_agent == "AAAAQMQM"
    assert [ids.end_to_end_id for ids in found.transactions] == ["E-1", "E-2"]


def test_what_was_read_survives_encoding():
    found = read_transfers(credit_transfer())
    assert msgspec.json.decode(msgspec.json.encode(found), type=CustomerCreditTransfer) == found


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert isinstance(read_customer_credit_transfer(data), Fault)
