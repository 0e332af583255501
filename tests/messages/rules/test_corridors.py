"""The union's own leg, cleared, and that of correspondents."""

from tests.messages.rules.examples import BANKS, TRANSFER, case, changed, each, found_in, holds

DEBTOR, CREDITOR = (
    "<DbtrAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI>",
    "<CdtrAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI>",
)
NAMED = "<FinInstnId><Nm>Bank</Nm>"
CASES = (
    case("HVPS-01", "cleared", ("<SttlmMtd>CLRG", "<SttlmMtd>INDA")),
    case("HVPS-02", "cleared", ("<ClrSys><Prtry>MUFAKAT</Prtry></ClrSys>", "")),
    case("HVPS-03", "cleared", ("<ClrChanl>RTGS", "<ClrChanl>BOOK")),
    case("HVPS-04", "cleared", ("<FrTm>10:00:00+01:00</FrTm>", "<CLSTm>10:00:00+01:00</CLSTm>")),
    case("HVPS-05", "cleared", ("<InstdAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI>", "<InstdAgt>" + NAMED)),
    case("HVPS-06", "cleared", (DEBTOR, "<DbtrAgt>" + NAMED)),
    case("HVPS-07", "cleared", (CREDITOR, "<CdtrAgt>" + NAMED)),
    case("HVPS-08", "banks cleared", ("<Cdtr><FinInstnId><BICFI>BKBBGB2LXXX</BICFI>", "<Cdtr>" + NAMED)),
    case("HVPS-09", "cleared", ("<Prtry>MUFAKAT</Prtry>", "<Cd>TGT</Cd>")),
    case("CBPR-01", "correspondent", ("<SttlmMtd>INDA", "<SttlmMtd>CLRG")),
    case("CBPR-02", "cover", ("<SttlmMtd>INDA", "<SttlmMtd>COVE")),
    case("CBPR-03", "correspondent", ("</FIToFI", TRANSFER + "</FIToFI")),
    case("CBPR-04", "correspondent", ("<SttlmInf>", "<CtrlSum>2500</CtrlSum><SttlmInf>")),
    case(
        "CBPR-05", "correspondent", ("<InstgAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI>", "<InstgAgt>" + NAMED)
    ),
    case("CBPR-06", "correspondent", ("</Ustrd>", "</Ustrd><Strd><AddtlRmtInf>x</AddtlRmtInf></Strd>")),
    case("CBPR-07", "correspondent", ("</Ustrd>", "</Ustrd><Ustrd>and more</Ustrd>")),
    case("CBPR-08", "correspondent", ("<LEI>5493001KJTIIGC8Y1R12</LEI>", "<AnyBIC>ANACDEFFXXX</AnyBIC>")),
    case("CBPR-09", "cover", ("<Nm>Ana Co</Nm>", "")),
    case("CBPR-10", "cover", ("<EndToEndId>E-1", "<EndToEndId>123456789012345/7")),
    case("CBPR-11", "correspondent", ("<SvcLvl><Cd>G001", "<SvcLvl><Cd>G004")),
    case("CBPR-12", "return", ('<RtrdIntrBkSttlmAmt Ccy="EUR">2500', '<RtrdIntrBkSttlmAmt Ccy="EUR">2400')),
    case("CBPR-13", "correspondent", ("Budi Plc", "Budí Plc")),
    case("CBPR-14", "initiation", ("<PmtInfId>M-1", "<PmtInfId>P-1")),
)


@each(CASES)
def test_what_fits_its_leg_passes_and_what_does_not_is_found(each):
    holds(each)


def test_an_agent_in_the_group_header_counts_for_every_transaction():
    agent = "<InstdAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></InstdAgt>"
    text = changed("cleared", (agent, ""), ("</SttlmInf>", "</SttlmInf>" + agent))
    assert found_in("MUF-HVPS-05", text) == []


def test_an_advice_of_a_cover_may_name_it():
    text = changed("cover", ("<SttlmMtd>INDA", "<SttlmMtd>COVE"), ("cbprplus.cov", "cbprplus.adv"))
    assert found_in("MUF-CBPR-02", text) == []


def test_related_and_own_remittance_exclude_each_other():
    related = "<RltdRmtInf><RmtId>R</RmtId></RltdRmtInf><RmtInf>"
    (finding,) = found_in("MUF-CBPR-06", changed("correspondent", ("<RmtInf>", related)))
    assert finding.path.endswith("/RltdRmtInf")


def test_structured_remittance_of_nine_thousand_characters_passes_and_one_more_does_not():
    part = "<Strd><AddtlRmtInf>" + "x" * 140 + "</AddtlRmtInf></Strd>"
    whole = part * 64 + "<Strd><AddtlRmtInf>" + "x" * 40 + "</AddtlRmtInf></Strd>"
    old = "<Ustrd>Invoice 77</Ustrd>"
    assert found_in("MUF-CBPR-07", changed("correspondent", (old, whole))) == []
    assert found_in("MUF-CBPR-07", changed("correspondent", (old, whole.replace("x<", "xx<", 1))))


def test_a_partial_return_that_says_so_passes():
    text = changed(
        "return",
        ('<RtrdIntrBkSttlmAmt Ccy="EUR">2500', '<RtrdIntrBkSttlmAmt Ccy="EUR">2400'),
        ("<Cd>AC04</Cd></Rsn>", "<Cd>AC04</Cd></Rsn><AddtlInf>PART</AddtlInf>"),
    )
    assert found_in("MUF-CBPR-12", text) == []


def test_each_transaction_after_the_first_is_found():
    text = changed("cover", ("</FICdtTrf", BANKS.format(underlying="") * 2 + "</FICdtTrf"))
    assert [each.path[-2] for each in found_in("MUF-CBPR-03", text)] == ["2", "3"]
