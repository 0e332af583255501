"""Valid messages of our own, and small changes to them: what each rule passes, and what it does not."""

import functools
from typing import NamedTuple

import pytest

from mufakat.messages.envelope import definition_of, parse, parts
from mufakat.messages.fault import Fault
from mufakat.messages.rules.reading import Message
from mufakat.messages.rules.registry import RULES
from mufakat.messages.rules.rule import Finding, found

ISO = "urn:iso:std:iso:20022:tech:xsd:"
UETR = "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90"

HEADER = """<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
<Fr><FIId><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></FIId></Fr>
<To><FIId><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></FIId></To>
<BizMsgIdr>M-1</BizMsgIdr>
<MsgDefIdr>{definition}</MsgDefIdr>
<BizSvc>swift.cbprplus.{service}</BizSvc>
<CreDt>2026-11-24T09:00:00+01:00</CreDt>
<Prty>NORM</Prty>
</AppHdr>
"""
GROUP = """<GrpHdr>
<MsgId>M-1</MsgId>
<CreDtTm>2026-11-24T09:00:00+01:00</CreDtTm>
<NbOfTxs>1</NbOfTxs>
{settlement}
</GrpHdr>
"""
INDA = "<SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf>"
CLRG = """<SttlmInf>
<SttlmMtd>CLRG</SttlmMtd>
<ClrSys><Prtry>MUFAKAT</Prtry></ClrSys>
</SttlmInf>"""
PARTIES = """<Dbtr>
<Nm>Ana Co</Nm>
<PstlAdr>
<StrtNm>Long Street</StrtNm>
<TwnNm>Frankfurt</TwnNm>
<Ctry>DE</Ctry>
</PstlAdr>
<Id><OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId></Id>
</Dbtr>
<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></CdtrAgt>
<Cdtr>
<Nm>Budi Plc</Nm>
<PstlAdr>
<TwnNm>London</TwnNm>
<Ctry>GB</Ctry>
</PstlAdr>
<Id><OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId></Id>
</Cdtr>
<CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>
"""
TRANSFER = (
    """<CdtTrfTxInf>
<PmtId>
<InstrId>I-1</InstrId>
<EndToEndId>E-1</EndToEndId>
<TxId>T-1</TxId>
<UETR>7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90</UETR>
</PmtId>
<PmtTpInf>
<InstrPrty>NORM</InstrPrty>
<ClrChanl>RTGS</ClrChanl>
<SvcLvl><Cd>G001</Cd></SvcLvl>
<LclInstrm><Cd>INST</Cd></LclInstrm>
<CtgyPurp><Cd>SUPP</Cd></CtgyPurp>
</PmtTpInf>
<IntrBkSttlmAmt Ccy="EUR">2500.00</IntrBkSttlmAmt>
<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>
<SttlmPrty>NORM</SttlmPrty>
<SttlmTmReq><FrTm>10:00:00+01:00</FrTm><RjctTm>16:00:00+01:00</RjctTm></SttlmTmReq>
<AccptncDtTm>2026-11-24T08:59:00Z</AccptncDtTm>
<InstdAmt Ccy="EUR">2500.00</InstdAmt>
<ChrgBr>SHAR</ChrgBr>
<InstgAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></InstgAgt>
<InstdAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></InstdAgt>
<IntrmyAgt1><FinInstnId><BICFI>BKCCFRPPXXX</BICFI></FinInstnId></IntrmyAgt1>
"""
    + PARTIES
    + """<InstrForCdtrAgt><Cd>PHOB</Cd></InstrForCdtrAgt>
<Purp><Cd>GDDS</Cd></Purp>
<RmtInf><Ustrd>Invoice 77</Ustrd></RmtInf>
</CdtTrfTxInf>
"""
)
BANKS = """<CdtTrfTxInf>
<PmtId>
<InstrId>I-1</InstrId>
<EndToEndId>E-1</EndToEndId>
<TxId>T-1</TxId>
<UETR>7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90</UETR>
</PmtId>
<IntrBkSttlmAmt Ccy="EUR">2500.00</IntrBkSttlmAmt>
<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>
<InstgAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></InstgAgt>
<InstdAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></InstdAgt>
<Dbtr><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></Dbtr>
<Cdtr><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></Cdtr>
{underlying}</CdtTrfTxInf>
"""
UNDERLYING = (
    "<UndrlygCstmrCdtTrf>\n" + PARTIES + "<RmtInf><Ustrd>Invoice 77</Ustrd></RmtInf>\n</UndrlygCstmrCdtTrf>\n"
)
STATUS = """<GrpHdr>
<MsgId>M-1</MsgId>
<CreDtTm>2026-11-24T09:00:00+01:00</CreDtTm>
</GrpHdr>
<OrgnlGrpInfAndSts>
<OrgnlMsgId>M-0</OrgnlMsgId>
<OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>
<GrpSts>PART</GrpSts>
</OrgnlGrpInfAndSts>
<TxInfAndSts>
<OrgnlInstrId>I-0</OrgnlInstrId>
<OrgnlEndToEndId>E-0</OrgnlEndToEndId>
<OrgnlUETR>7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90</OrgnlUETR>
<TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>
</TxInfAndSts>
"""
RETURN = """<TxInf>
<RtrId>R-1</RtrId>
<OrgnlGrpInf><OrgnlMsgId>M-0</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>
<OrgnlInstrId>I-0</OrgnlInstrId>
<OrgnlEndToEndId>E-0</OrgnlEndToEndId>
<OrgnlUETR>7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90</OrgnlUETR>
<OrgnlIntrBkSttlmAmt Ccy="EUR">2500.00</OrgnlIntrBkSttlmAmt>
<RtrdIntrBkSttlmAmt Ccy="EUR">2500.00</RtrdIntrBkSttlmAmt>
<IntrBkSttlmDt>2026-11-24</IntrBkSttlmDt>
<ChrgBr>SHAR</ChrgBr>
<InstgAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></InstgAgt>
<InstdAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></InstdAgt>
<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf>
</TxInf>
"""
RECALL = """<Assgnmt>
<Id>C-1</Id>
<Assgnr><Agt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></Agt></Assgnr>
<Assgne><Agt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></Agt></Assgne>
<CreDtTm>2026-11-24T09:00:00+01:00</CreDtTm>
</Assgnmt>
<Undrlyg>
<TxInf>
<OrgnlInstrId>I-0</OrgnlInstrId>
<OrgnlUETR>7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90</OrgnlUETR>
<CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf>
</TxInf>
</Undrlyg>
"""
ANSWER = """<Assgnmt>
<Id>C-2</Id>
<Assgnr><Agt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></Agt></Assgnr>
<Assgne><Agt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></Agt></Assgne>
<CreDtTm>2026-11-24T09:00:00+01:00</CreDtTm>
</Assgnmt>
<Sts><Conf>RJCR</Conf></Sts>
<CxlDtls>
<TxInfAndSts>
<OrgnlInstrId>I-0</OrgnlInstrId>
<CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf>
</TxInfAndSts>
</CxlDtls>
"""
INITIATION = """<GrpHdr>
<MsgId>M-1</MsgId>
<CreDtTm>2026-11-24T09:00:00+01:00</CreDtTm>
<NbOfTxs>1</NbOfTxs>
<CtrlSum>2500.00</CtrlSum>
<InitgPty><Nm>Ana Co</Nm></InitgPty>
</GrpHdr>
<PmtInf>
<PmtInfId>M-1</PmtInfId>
<PmtMtd>TRF</PmtMtd>
<NbOfTxs>1</NbOfTxs>
<CtrlSum>2500.00</CtrlSum>
<PmtTpInf><SvcLvl><Cd>G001</Cd></SvcLvl></PmtTpInf>
<ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt>
<Dbtr><Nm>Ana Co</Nm></Dbtr>
<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><BICFI>BKAADEFFXXX</BICFI></FinInstnId></DbtrAgt>
<UltmtDbtr><Nm>Ana Mother</Nm></UltmtDbtr>
<ChrgBr>SHAR</ChrgBr>
<CdtTrfTxInf>
<PmtId>
<InstrId>I-1</InstrId>
<EndToEndId>E-1</EndToEndId>
<UETR>7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90</UETR>
</PmtId>
<Amt><InstdAmt Ccy="EUR">2500.00</InstdAmt></Amt>
<CdtrAgt><FinInstnId><BICFI>BKBBGB2LXXX</BICFI></FinInstnId></CdtrAgt>
<Cdtr><Nm>Budi Plc</Nm></Cdtr>
<CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>
</CdtTrfTxInf>
</PmtInf>
"""
STATEMENT = """<GrpHdr>
<MsgId>M-1</MsgId>
<CreDtTm>2026-11-24T18:00:00+01:00</CreDtTm>
</GrpHdr>
<Stmt>
<Id>S-1</Id>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Bal>
<Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="EUR">100.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-24</Dt></Dt>
</Bal>
<Bal>
<Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>
<Amt Ccy="EUR">70.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-24</Dt></Dt>
</Bal>
<TxsSummry>
<TtlNtries><NbOfNtries>1</NbOfNtries><Sum>30.00</Sum></TtlNtries>
<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>30.00</Sum></TtlDbtNtries>
</TxsSummry>
<Ntry>
<Amt Ccy="EUR">30.00</Amt>
<CdtDbtInd>DBIT</CdtDbtInd>
<Sts><Cd>BOOK</Cd></Sts>
<BkTxCd><Prtry><Cd>N</Cd></Prtry></BkTxCd>
</Ntry>
</Stmt>
"""


def _document(definition: str, root: str, body: str, service: str | None = None) -> str:
    header = "" if service is None else HEADER.format(definition=definition, service=service)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Envelope>\n'
        f'{header}<Document xmlns="{ISO}{definition}">\n<{root}>\n{body}</{root}>\n</Document>\n</Envelope>\n'
    )


BASES = {
    "cleared": _document("pacs.008.001.08", "FIToFICstmrCdtTrf", GROUP.format(settlement=CLRG) + TRANSFER),
    "correspondent": _document(
        "pacs.008.001.08", "FIToFICstmrCdtTrf", GROUP.format(settlement=INDA) + TRANSFER, "03"
    ),
    "banks cleared": _document(
        "pacs.009.001.08", "FICdtTrf", GROUP.format(settlement=CLRG) + BANKS.format(underlying="")
    ),
    "cover": _document(
        "pacs.009.001.08",
        "FICdtTrf",
        GROUP.format(settlement=INDA) + BANKS.format(underlying=UNDERLYING),
        "cov.03",
    ),
    "status": _document("pacs.002.001.10", "FIToFIPmtStsRpt", STATUS, "03"),
    "return": _document("pacs.004.001.09", "PmtRtr", GROUP.format(settlement=INDA) + RETURN, "03"),
    "recall": _document("camt.056.001.08", "FIToFIPmtCxlReq", RECALL, "03"),
    "answer": _document("camt.029.001.09", "RsltnOfInvstgtn", ANSWER, "03"),
    "initiation": _document("pain.001.001.09", "CstmrCdtTrfInitn", INITIATION, "03"),
    "statement": _document("camt.053.001.08", "BkToCstmrStmt", STATEMENT, "03"),
}
"""Messages in which no rule of any set that fits them finds anything."""


class Case(NamedTuple):
    """What a rule does not pass: changes of a base, each an old and a new text."""

    rule: str
    base: str
    changes: tuple[tuple[str, str], ...]
    before: tuple[tuple[str, str], ...] = ()
    """Changes after which the rule still passes the message."""


def case(rule: str, base: str, *changes: tuple[str, str], before: tuple[tuple[str, str], ...] = ()) -> Case:
    """Make a case of the rule `MUF-<rule>`."""
    return Case(f"MUF-{rule}", base, changes, before)


def changed(base: str, *changes: tuple[str, str]) -> str:
    """Return a base with the first occurrence of each old text replaced."""
    text = BASES[base]
    for old, new in changes:
        assert old in text, f"{base} has no {old}"
        text = text.replace(old, new, 1)
    return text


@functools.cache
def message_of(text: str) -> Message:
    """Open a message."""
    root = parse(text.encode())
    assert not isinstance(root, Fault), root
    (document,), headers = parts(root)
    definition = definition_of(document)
    assert definition is not None
    return Message(document, definition, headers[0] if headers else None)


def found_in(rule: str, text: str) -> list[Finding]:
    """Return what one rule finds."""
    return list(found(RULES[rule], message_of(text)))


def each(cases: tuple[Case, ...]) -> pytest.MarkDecorator:
    """Run a test for each case."""
    return pytest.mark.parametrize("each", cases, ids=lambda case: case.rule)


def holds(of: Case) -> None:
    """Assert that a rule passes the one message, and finds what is wrong in the other, at a place in it."""
    passing = changed(of.base, *of.before)
    assert RULES[of.rule].speaks_of(message_of(passing)), "the rule does not speak of this message"
    assert found_in(of.rule, passing) == []
    text = changed(of.base, *of.before, *of.changes)
    findings = found_in(of.rule, text)
    assert findings, "the rule found nothing"
    for finding in findings:
        assert finding.line is not None and 0 < finding.line <= text.count("\n")
        assert finding.path.startswith("/Envelope/")
        assert finding.text.endswith(".")
