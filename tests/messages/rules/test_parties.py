"""Originator and beneficiary, FATF Recommendation 16: what is asked for, and when more is."""

import pytest

from tests.messages.rules.examples import UETR, case, changed, each, found_in, holds

LEI = "<Id><OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId></Id>"
NO_REFERENCE = (("<TxId>T-1</TxId>", ""), (f"<UETR>{UETR}</UETR>", ""))
DEBTORS = "<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>"
CREDITORS = "<CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>"
DEBTORS_ADDRESS = (
    "<PstlAdr>\n<StrtNm>Long Street</StrtNm>\n<TwnNm>Frankfurt</TwnNm>\n<Ctry>DE</Ctry>\n</PstlAdr>"
)
CREDITORS_ADDRESS = "<PstlAdr>\n<TwnNm>London</TwnNm>\n<Ctry>GB</Ctry>\n</PstlAdr>"
PERSON = "<Id><PrvtId><DtAndPlcOfBirth><BirthDt>1980-01-02</BirthDt></DtAndPlcOfBirth></PrvtId></Id>"
CASES = (
    case("FATF-01", "cleared", ("<Nm>Ana Co</Nm>", "")),
    case("FATF-02", "cleared", (DEBTORS, ""), before=NO_REFERENCE),
    case("FATF-03", "cover", ("<Nm>Budi Plc</Nm>", "")),
    case("FATF-04", "cleared", (CREDITORS, ""), before=NO_REFERENCE),
    case("FATF-05", "cleared", (DEBTORS_ADDRESS, "")),
    case("FATF-06", "cleared", (LEI, "")),
    case("FATF-07", "cover", (CREDITORS_ADDRESS, "")),
    case("FATF-08", "cleared", ("</PstlAdr>\n" + LEI + "\n</Cdtr>", "</PstlAdr>\n</Cdtr>")),
    case(
        "FATF-09",
        "cleared",
        ("<CdtrAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI>", "<CdtrAgt><FinInstnId><Nm>Bank B</Nm>"),
        before=(("<Id><IBAN>GB29NWBK60161331926819</IBAN></Id>", "<Id><Othr><Id>7</Id></Othr></Id>"),),
    ),
)


@each(CASES)
def test_data_that_are_complete_pass_and_others_are_found(each):
    holds(each)


@pytest.mark.parametrize(
    ("money", "full"),
    [
        ('Ccy="EUR">1000.00', False),
        ('Ccy="USD">1000.00', False),
        ('Ccy="EUR">1000.01', True),
        ('Ccy="IDR">1000.00', True),
        ('Ccy="EUR">1e3', True),
    ],
)
def test_more_is_asked_for_above_a_thousand_and_where_nobody_knows(money, full):
    text = changed("cleared", ('Ccy="EUR">2500.00', money), (DEBTORS_ADDRESS, ""))
    assert bool(found_in("MUF-FATF-05", text)) == full


def test_within_a_country_names_and_accounts_are_enough():
    text = changed("cleared", (DEBTORS_ADDRESS, ""), (CREDITORS_ADDRESS, ""), (LEI, ""))
    text = text.replace("<CdtrAgt><FinInstnId><BICFI>BKBBGB2L", "<CdtrAgt><FinInstnId><BICFI>BKBBDEFF")
    assert not [each for n in (5, 6, 7, 8) for each in found_in(f"MUF-FATF-0{n}", text)]


def test_two_members_of_one_clearing_system_are_in_one_country():
    member = "<ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>021000021</MmbId></ClrSysMmbId>"
    text = changed("cleared", (DEBTORS_ADDRESS, ""))
    for side in (
        "<DbtrAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI>",
        "<CdtrAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI>",
    ):
        assert side in text
        text = text.replace(side, side[: side.index("<BICFI>")] + member)
    assert found_in("MUF-FATF-05", text) == []


def test_a_reference_that_leads_to_the_transfer_stands_for_an_account():
    assert found_in("MUF-FATF-02", changed("cleared", (DEBTORS, ""))) == []


def test_a_person_has_a_date_of_birth():
    assert found_in("MUF-FATF-06", changed("cleared", (LEI, PERSON))) == []
    other = "<Id><PrvtId><Othr><Id>7</Id></Othr></PrvtId></Id>"
    (finding,) = found_in("MUF-FATF-06", changed("cleared", (LEI, other)))
    assert "date of birth" in finding.text


def test_a_person_who_is_paid_needs_no_identifier():
    text = changed("cleared", ("</PstlAdr>\n" + LEI + "\n</Cdtr>", "</PstlAdr>\n" + PERSON + "\n</Cdtr>"))
    assert found_in("MUF-FATF-08", text) == []


def test_a_transfer_between_banks_without_a_customer_has_no_originator():
    text = changed("banks cleared")
    assert not [each for n in range(1, 10) for each in found_in(f"MUF-FATF-0{n}", text)]
