"""The CPMI's twelve requirements, each with what one message can show of it."""

import re

from mufakat.messages.rules.registry import SETS
from tests.messages.rules.examples import UETR, case, changed, each, found_in, holds

LEI = "<Id><OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId></Id>"
SETTLED = '<IntrBkSttlmAmt Ccy="EUR">2500.00'
DOLLARS = (
    '<InstdAmt Ccy="EUR">2500.00</InstdAmt>',
    '<InstdAmt Ccy="USD">2700.00</InstdAmt><XchgRate>0.926</XchgRate>',
)
CREDITORS_ADDRESS = "<PstlAdr>\n<TwnNm>London</TwnNm>\n<Ctry>GB</Ctry>\n</PstlAdr>"
PERSON = "<Id><PrvtId><DtAndPlcOfBirth><BirthDt>1980-01-02</BirthDt></DtAndPlcOfBirth></PrvtId></Id>"
BANK = "<Id><OrgId><AnyBIC>BKAADEFFXXX</AnyBIC></OrgId></Id>"
CASES = (
    case("CPMI01-01", "cleared", ("pacs.008.001.08", "pacs.003.001.08")),
    case("CPMI01-02", "cleared", (LEI, BANK), before=(("<Cd>SUPP", "<Cd>TREA"),)),
    case("CPMI02-01", "cleared", ("<Purp><Cd>GDDS</Cd>", "<Purp><Prtry>goods</Prtry>")),
    case("CPMI03-01", "cleared", ("<EndToEndId>E-1", "<EndToEndId>E_1")),
    case("CPMI03-02", "cleared", ("Budi Plc", "Budí Plc")),
    case("CPMI04-01", "cleared", ("<AccptncDtTm>2026-11-24T08:59:00Z", "<AccptncDtTm>2026-11-24T08:59:00")),
    case("CPMI05-01", "status", (f"<OrgnlUETR>{UETR}</OrgnlUETR>", "")),
    case("CPMI06-01", "cleared", ('<InstdAmt Ccy="EUR">2500.00</InstdAmt>', "")),
    case("CPMI06-02", "cleared", (SETTLED, '<IntrBkSttlmAmt Ccy="EUR">2499.00')),
    case("CPMI06-03", "cleared", ("<XchgRate>0.926</XchgRate>", ""), before=(DOLLARS,)),
    case("CPMI07-01", "cleared", ("<CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>", "")),
    case("CPMI08-01", "cleared", ("<BICFI>BKCCFRPPXXX</BICFI>", "<Nm>Bank C</Nm>")),
    case("CPMI09-01", "cleared", ("<OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId>", "<OrgId/>")),
    case("CPMI09-02", "cover", (LEI, "")),
    case("CPMI10-01", "cleared", ("<BirthDt>1980-01-02</BirthDt>", ""), before=((LEI, PERSON),)),
    case("CPMI11-01", "cleared", ("<TwnNm>London</TwnNm>", "")),
    case("CPMI11-02", "cleared", (CREDITORS_ADDRESS, "")),
    case("CPMI12-01", "cover", ("<RmtInf><Ustrd>Invoice 77</Ustrd></RmtInf>", "")),
    case("CPMI12-02", "cleared", ("Budi Plc", "B" * 69 + "+")),
)


@each(CASES)
def test_what_meets_a_requirement_passes_and_what_does_not_is_found(each):
    holds(each)


def test_each_of_the_twelve_requirements_has_a_rule():
    numbers = {re.fullmatch(r"MUF-CPMI(\d\d)-\d\d", rule.id)[1] for rule in SETS["cpmi"]}
    assert numbers == {f"{number:02}" for number in range(1, 13)}


def test_a_name_that_ends_in_a_sign_before_its_full_length_was_not_cut():
    assert found_in("MUF-CPMI12-02", changed("cleared", ("Budi Plc", "Budi C+"))) == []
