"""A transaction of a credit transfer: read field by field, and the rules that hold for it alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_97_10

from mufakat.messages.amount import COMMODITIES
from mufakat.messages.fault import Fault, References
from mufakat.messages.pacs import CustomerCreditTransfer, read_customer_credit_transfer
from mufakat.messages.transaction import CreditTransfer, Party, SettlementTimes, checks
from tests.messages.banking import read_transfers, refused_transfers
from tests.messages.official import credit_transfer, transaction

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
    (one,) = read_transfers(credit_transfer(text)).transactions
    assert (one.settlement_priority, one.local_instrument) == ("URGT", "PARTS")
    assert one.times == SettlementTimes(
        earliest="09:00:00+07:00", till=None, reject_after="16:00:00Z", cls=None
    )


def test_a_transfer_is_read_field_by_field():
    one = transaction(
        extra="<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>", debtor_account=IBAN, tail=TAIL
    ).replace("</PmtId>", "</PmtId>" + KIND)
    found = read_transfers(credit_transfer(one, version="pacs.008.001.13"))
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
            CreditTransfer(
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
                debtor=Party(
                    name="Ana & Co",
                    lei="5493001KJTIIGC8Y1R12",
                    account="GB29NWBK60161331926819",
                    agent="AAAAQMQM",
                    tells=("TwnNm", "Ctry", "OrgId", "LEI"),
                ),
                creditor=Party(
                    name="Budi", lei=None, account="77", agent="BBBBQNQNXXX", tells=("TwnNm", "Ctry")
                ),
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
    assert refused_transfers(credit_transfer().replace(b"</GrpHdr>", other.encode())).code == "AGNT"


def test_a_transaction_may_not_ask_for_another_channel_than_the_group_header():
    one = transaction().replace("</PmtId>", "</PmtId>" + KIND)
    other = (KIND.replace("MPNS", "RTGS") + "</GrpHdr>").encode()
    assert refused_transfers(credit_transfer(one).replace(b"</GrpHdr>", other)).code == "NARR"


@pytest.mark.parametrize("side", ["Dbtr", "Cdtr"])
def test_an_iban_that_fails_its_check_digits_is_refused(side):
    account = f"<{side}Acct><Id><IBAN>GB29NWBK60161331926818</IBAN></Id></{side}Acct>"
    data = credit_transfer(transaction(debtor_account=account if side == "Dbtr" else ""))
    if side == "Cdtr":
        data = re.sub(rb"<CdtrAcct>.*</CdtrAcct>", account.encode(), data)
    assert refused_transfers(data).code == {"Dbtr": "AC02", "Cdtr": "AC03"}[side]


@pytest.mark.parametrize("value", ["-0", "+1", ".5", "5.", "-0.00"])
def test_an_amount_that_the_schema_takes_but_is_not_plain_digits_is_refused(value):
    found = refused_transfers(credit_transfer(transaction(amount=value)))
    assert found.code == "AM12"
    assert found.path.endswith("/IntrBkSttlmAmt")


@pytest.mark.parametrize(
    "value", ["1e5", "NaN", "INF", "-1", "1,5", "", "1 5", "0x10", "1.123456", "9" * 19, "\u0661"]
)
def test_an_amount_that_the_schema_refuses_is_refused(value):
    found = refused_transfers(credit_transfer(transaction(amount=value)))
    assert found.code == "FF01"
    assert found.message_id == "M-1"


@pytest.mark.parametrize("value", ["0", "0.00", "1", "150.25", "999999999999999999", "0.00001", "007"])
def test_a_plain_amount_is_kept_as_written(value):
    assert read_transfers(credit_transfer(transaction(amount=f"\n {value} "))).transactions[0].amount == value


@given(st.from_regex(r"[0-9]{1,13}(\.[0-9]{1,5})?", fullmatch=True))
def test_every_amount_comes_out_as_it_went_in(value):
    assert read_transfers(credit_transfer(transaction(amount=value))).transactions[0].amount == value


@pytest.mark.parametrize("currency", sorted(COMMODITIES))
def test_metals_are_not_money(currency):
    assert refused_transfers(credit_transfer(transaction(currency=currency))).code == "AM03"
    instructed = f'<InstdAmt Ccy="{currency}">1</InstdAmt>'
    assert refused_transfers(credit_transfer(transaction(extra=instructed))).path.endswith("/InstdAmt")


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}", fullmatch=True), st.booleans())
def test_check_digits_of_an_iban_are_judged_as_another_program_judges_them(text, right):
    whole = f"{text[:2]}{mod_97_10.calc_check_digits(text[4:] + text[:2])}{text[4:]}" if right else text
    assert checks(whole) == mod_97_10.is_valid(whole[4:] + whole[:4])
    assert checks(whole) or not right
