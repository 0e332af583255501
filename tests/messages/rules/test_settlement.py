"""How a transfer settles, what it was converted by, and how its creditor is paid."""

import pytest

from tests.messages.rules.examples import case, changed, each, found_in, holds

METHOD = "<SttlmMtd>INDA</SttlmMtd>"
AGENT = "<{0}><FinInstnId><BICFI>BKCCFRPPXXX</BICFI></FinInstnId></{0}>"
FIRST, SECOND, THIRD = (AGENT.format(f"{name}RmbrsmntAgt") for name in ("Instg", "Instd", "Thrd"))
COVERED = ("<SttlmMtd>INDA", "<SttlmMtd>COVE")
DOLLARS = (
    '<InstdAmt Ccy="EUR">2500.00</InstdAmt>',
    '<InstdAmt Ccy="USD">2700.00</InstdAmt><XchgRate>0.926</XchgRate>',
)
CASES = (
    case("STTL-01", "correspondent", (METHOD, METHOD + "<ClrSys><Cd>TGT</Cd></ClrSys>")),
    case(
        "STTL-02",
        "correspondent",
        (FIRST, ""),
        before=(COVERED, ("COVE</SttlmMtd>", "COVE</SttlmMtd>" + FIRST)),
    ),
    case(
        "STTL-03",
        "correspondent",
        (SECOND, ""),
        before=(COVERED, ("COVE</SttlmMtd>", "COVE</SttlmMtd>" + FIRST + SECOND + THIRD)),
    ),
    case(
        "FX-01",
        "cleared",
        ('<InstdAmt Ccy="EUR">2500.00</InstdAmt>', ""),
        before=(
            (
                "<ChrgBr>SHAR</ChrgBr>",
                '<ChrgBr>SHAR</ChrgBr><ChrgsInf><Amt Ccy="EUR">1.00</Amt>'
                "<Agt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></Agt></ChrgsInf>",
            ),
        ),
    ),
    case("FX-02", "cleared", ("<XchgRate>0.926</XchgRate>", ""), before=(DOLLARS,)),
    case("FX-03", "cleared", ("<ChrgBr>", "<XchgRate>1</XchgRate><ChrgBr>")),
    case("FX-04", "cleared", ('<InstdAmt Ccy="USD">2700.00</InstdAmt>', ""), before=(DOLLARS,)),
    case("CHQ-03", "initiation", ("<CdtrAgt>", "<ChqInstr><ChqTp>DRFT</ChqTp></ChqInstr><CdtrAgt>")),
    case("CHQ-04", "initiation", ("<PmtMtd>TRF", "<PmtMtd>CHK")),
    case("CHQ-01", "cleared", ("<Cd>PHOB</Cd>", "<Cd>CHQB</Cd>")),
    case(
        "CHQ-02",
        "cleared",
        ("</InstrForCdtrAgt>", "</InstrForCdtrAgt><InstrForCdtrAgt><Cd>TELB</Cd></InstrForCdtrAgt>"),
    ),
)


@each(CASES)
def test_what_belongs_together_passes_and_what_does_not_is_found(each):
    holds(each)


@pytest.mark.parametrize("method", ["INDA", "INGA", "CLRG"])
def test_a_reimbursement_agent_belongs_to_cover_alone(method):
    text = changed("correspondent", (METHOD, f"<SttlmMtd>{method}</SttlmMtd>" + FIRST))
    (finding,) = found_in("MUF-STTL-01", text)
    assert finding.path.endswith("/SttlmInf/InstgRmbrsmntAgt") and method in finding.text


def test_an_instruction_twice_is_found():
    again = "<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt>"
    (finding,) = found_in("MUF-CHQ-02", changed("cleared", (again, again + again)))
    assert "twice" in finding.text


def test_a_return_that_was_converted_has_its_rate():
    asked = '<RtrdInstdAmt Ccy="USD">2700</RtrdInstdAmt><ChrgBr>'
    text = changed("return", ("<ChrgBr>", asked))
    (finding,) = found_in("MUF-FX-02", text)
    assert finding.text.startswith("RtrdInstdAmt is in USD, the settlement in EUR")
    assert found_in("MUF-FX-02", text.replace("<ChrgBr>", "<XchgRate>0.9</XchgRate><ChrgBr>")) == []


def test_who_is_paid_is_named_or_has_an_account():
    account = "<CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>"
    named = "<Cdtr><Nm>Budi Plc</Nm></Cdtr>"
    assert found_in("MUF-CHQ-04", changed("initiation", (account, ""))) == []
    assert found_in("MUF-CHQ-04", changed("initiation", (named, ""))) == []
    assert found_in("MUF-CHQ-04", changed("initiation", (account, ""), (named, "")))
