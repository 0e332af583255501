"""Customer credit transfers: real samples, the standard's rules between elements, hostile values."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from mufakat.messages import pacs
from mufakat.messages.amount import COMMODITIES
from mufakat.messages.fault import Fault, References
from mufakat.messages.pacs import CustomerCreditTransfer, read_customer_credit_transfer
from mufakat.messages.versions import READ
from tests.messages.banking import COVER, fi, institution_transfer
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


def read(data: bytes) -> CustomerCreditTransfer:
    found = read_customer_credit_transfer(data)
    assert isinstance(found, CustomerCreditTransfer), found
    return found


def refused(data: bytes) -> Fault:
    found = read_customer_credit_transfer(data)
    assert isinstance(found, Fault), found
    return found


KIND = "<PmtTpInf><InstrPrty>HIGH</InstrPrty><ClrChanl>MPNS</ClrChanl></PmtTpInf>"
IBAN = "<DbtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></DbtrAcct>"
TAIL = (
    "<Purp><Cd>GDDS</Cd></Purp><RmtInf><Ustrd>invoice 7</Ustrd><Ustrd>thank you</Ustrd><Strd><RfrdDocInf>"
    "<Nb>INV-7</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>"
)


def test_settlement_priority_and_times_are_read_as_written():
    asked = "<FrTm>09:00:00+07:00</FrTm><RjctTm>16:00:00Z</RjctTm>"
    extra = f"<SttlmPrty>URGT</SttlmPrty><SttlmTmReq>{asked}</SttlmTmReq>"
    kind = "</PmtId><PmtTpInf><LclInstrm><Prtry>PARTS</Prtry></LclInstrm></PmtTpInf>"
    text = transaction(extra=extra).replace("</PmtId>", kind)
    (one,) = read(credit_transfer(text)).transactions
    assert (one.settlement_priority, one.local_instrument) == ("URGT", "PARTS")
    assert one.times == pacs.SettlementTimes(
        earliest="09:00:00+07:00", till=None, reject_after="16:00:00Z", cls=None
    )


def test_a_transfer_is_read_field_by_field():
    one = transaction(
        extra="<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", debtor_account=IBAN, tail=TAIL
    ).replace("</PmtId>", "</PmtId>" + KIND)
    found = read(credit_transfer(one, version="pacs.008.001.13"))
    assert found == CustomerCreditTransfer(
        definition="pacs.008.001.13",
        message_id="M-1",
        created="2026-11-23T09:00:00Z",
        settlement_method="CLRG",
        clearing_system=None,
        instructing_agent=None,
        instructed_agent=None,
        header=None,
        transactions=(
            pacs.CreditTransfer(
                line=5,
                instruction_id="I-1",
                end_to_end_id="E-1",
                tx_id="T-1",
                uetr="00000001-ca16-48ba-b074-65581be6f001",
                clearing_channel="MPNS",
                instruction_priority="HIGH",
                amount="150.25",
                currency="QMD",
                value_date="2026-11-24",
                charge_bearer="SHAR",
                instructing_agent="AAAAQMQM",
                instructed_agent="BBBBQNQN",
                debtor=pacs.Party(
                    name="Ana & Co",
                    lei="5493001KJTIIGC8Y1R12",
                    account="GB29NWBK60161331926819",
                    agent="AAAAQMQM",
                ),
                creditor=pacs.Party(name="Budi", lei=None, account="77", agent="BBBBQNQNXXX"),
                purpose="GDDS",
                remittance=("invoice 7", "thank you"),
                documents=("INV-7", "RF18539007547034"),
            ),
        ),
    )
    assert found.transactions[0].references == References(
        instruction_id="I-1",
        end_to_end_id="E-1",
        tx_id="T-1",
        uetr="00000001-ca16-48ba-b074-65581be6f001",
    )


@pytest.mark.parametrize("version", [*READ["pacs.008"], *READ["pacs.009"]])
def test_each_version_is_taken(version):
    data = (
        credit_transfer(version=version) if "pacs.008" in version else institution_transfer(version=version)
    )
    assert read(data).definition == version


def test_an_institution_that_pays_by_itself_is_its_own_agent():
    (plain,) = read(institution_transfer()).transactions
    assert (plain.debtor.agent, plain.creditor.agent, plain.charge_bearer) == ("AAAAQMQM", "BBBBQNQN", "")
    data = institution_transfer().replace(b"<Cdtr>", fi("CdtrAgt", "CCCCQOQO").encode() + b"<Cdtr>")
    assert read(data).transactions[0].creditor.agent == "CCCCQOQO"


def test_a_cover_payment_is_read_as_the_transfer_between_institutions_that_it_is():
    assert read(institution_transfer(tail=COVER)).transactions == read(institution_transfer()).transactions


def test_what_the_group_header_states_holds_for_each_transaction():
    group = "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>"
    data = credit_transfer(transaction(), transaction(number=2), group=group).replace(
        b"</SttlmInf>",
        b"<ClrSys><Prtry>MUFAKAT</Prtry></ClrSys></SttlmInf>"
        + KIND.encode()
        + b"<InstgAgt><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId></InstgAgt>",
    )
    found = read(data)
    assert {part.value_date for part in found.transactions} == {"2026-11-24"}
    assert {part.clearing_channel for part in found.transactions} == {"MPNS"}
    assert found.clearing_system == "MUFAKAT"
    assert found.instructing_agent == "AAAAQMQM"
    assert [part.line for part in found.transactions] == [5, 6]


def test_a_header_comes_with_the_message():
    data = b"<E>" + head().encode() + credit_transfer().partition(b"?>\n")[2] + b"</E>"
    found = read(data)
    assert found.header is not None
    assert found.header.message_id == "B-1"


def test_a_number_of_transactions_that_is_not_the_real_one_is_refused():
    found = refused(credit_transfer(count=2))
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
    found = refused(credit_transfer(transaction(), transaction(number=2), transaction()))
    assert (found.code, found.line) == ("RF01", 7)


@pytest.mark.parametrize(
    ("name", "group", "own", "code"),
    [
        (
            "date",
            "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>",
            "<IntrBkSttlmDt>2026-11-25</IntrBkSttlmDt>",
            "DT01",
        ),
        (
            "same date",
            "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>",
            "<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>",
            "",
        ),
    ],
)
def test_a_transaction_may_not_contradict_the_group_header(name, group, own, code):
    found = read_customer_credit_transfer(credit_transfer(transaction(extra=own), group=group))
    assert (found.code if isinstance(found, Fault) else "") == code, name


@pytest.mark.parametrize("agent", ["InstgAgt", "InstdAgt"])
def test_a_transaction_may_not_name_other_agents_than_the_group_header(agent):
    other = f"<{agent}><FinInstnId><BICFI>CCCCQOQO</BICFI></FinInstnId></{agent}></GrpHdr>"
    assert refused(credit_transfer().replace(b"</GrpHdr>", other.encode())).code == "AGNT"


def test_a_transaction_may_not_ask_for_another_channel_than_the_group_header():
    one = transaction().replace("</PmtId>", "</PmtId>" + KIND)
    other = (KIND.replace("MPNS", "RTGS") + "</GrpHdr>").encode()
    assert refused(credit_transfer(one).replace(b"</GrpHdr>", other)).code == "NARR"


@pytest.mark.parametrize("side", ["Dbtr", "Cdtr"])
def test_an_iban_that_fails_its_check_digits_is_refused(side):
    account = f"<{side}Acct><Id><IBAN>GB29NWBK60161331926818</IBAN></Id></{side}Acct>"
    data = credit_transfer(transaction(debtor_account=account if side == "Dbtr" else ""))
    if side == "Cdtr":
        data = re.sub(rb"<CdtrAcct>.*</CdtrAcct>", account.encode(), data)
    assert refused(data).code == {"Dbtr": "AC02", "Cdtr": "AC03"}[side]


@pytest.mark.parametrize("value", ["-0", "+1", ".5", "5.", "-0.00"])
def test_an_amount_that_the_schema_takes_but_is_not_plain_digits_is_refused(value):
    found = refused(credit_transfer(transaction(amount=value)))
    assert found.code == "AM12"
    assert found.path.endswith("/IntrBkSttlmAmt")


@pytest.mark.parametrize(
    "value", ["1e5", "NaN", "INF", "-1", "1,5", "", "1 5", "0x10", "1.123456", "9" * 19, "\u0661"]
)
def test_an_amount_that_the_schema_refuses_is_refused(value):
    found = refused(credit_transfer(transaction(amount=value)))
    assert found.code == "FF01"
    assert found.message_id == "M-1"


@pytest.mark.parametrize("value", ["0", "0.00", "1", "150.25", "999999999999999999", "0.00001", "007"])
def test_a_plain_amount_is_kept_as_written(value):
    assert read(credit_transfer(transaction(amount=f"\n {value} "))).transactions[0].amount == value


@given(st.from_regex(r"[0-9]{1,13}(\.[0-9]{1,5})?", fullmatch=True))
def test_every_amount_comes_out_as_it_went_in(value):
    assert read(credit_transfer(transaction(amount=value))).transactions[0].amount == value


@pytest.mark.parametrize("currency", sorted(COMMODITIES))
def test_metals_are_not_money(currency):
    assert refused(credit_transfer(transaction(currency=currency))).code == "AM03"
    instructed = f'<InstdAmt Ccy="{currency}">1</InstdAmt>'
    assert refused(credit_transfer(transaction(extra=instructed))).path.endswith("/InstdAmt")


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
    found = refused(credit_transfer(version=definition))
    assert (found.code, found.text) == (code, f"{definition} {text}")
    assert (found.message_id, found.definition) == ("M-1", definition)


def test_a_breach_of_the_schema_names_line_path_and_the_message_to_answer():
    found = refused(credit_transfer(transaction(), transaction(number=2).replace("SHAR", "FREE")))
    assert found.line == 6
    assert found.path == "/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/ChrgBr"
    assert found.place("day.xml").startswith("day.xml:6: /Document/")
    assert found.message_id == "M-1"
    assert found.instructing_agent == "AAAAQMQM"
    assert [ids.end_to_end_id for ids in found.transactions] == ["E-1", "E-2"]


def test_what_was_read_survives_encoding():
    found = read(credit_transfer())
    assert msgspec.json.decode(msgspec.json.encode(found), type=CustomerCreditTransfer) == found


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    assert isinstance(read_customer_credit_transfer(data), Fault)


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}", fullmatch=True), st.booleans())
def test_check_digits_of_an_iban_are_judged_as_another_program_judges_them(text, right):
    whole = f"{text[:2]}{mod_97_10.calc_check_digits(text[4:] + text[:2])}{text[4:]}" if right else text
    assert pacs.checks(whole) == mod_97_10.is_valid(whole[4:] + whole[:4])
    assert pacs.checks(whole) or not right
