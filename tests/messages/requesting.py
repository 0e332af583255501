"""Requests to pay, pain.013, and answers to them, pain.014, valid and to change."""

from collections.abc import Sequence

from tests.messages.banking import UETR, document, fi

REQUEST, ANSWER = "pain.013.001.07", "pain.014.001.07"
CREDITOR, DEBTOR = "TANGQMA0XXX", "LUALQMA0XXX"


def asked(number: int = 1, *, uetr: str = UETR, agent: str = CREDITOR) -> str:
    """A transaction that is asked for; `agent` is the creditor's."""
    return (
        f"<CdtTrfTx><PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId><UETR>{uetr}</UETR>"
        f'</PmtId><Amt><InstdAmt Ccy="IDR">640.00</InstdAmt></Amt><ChrgBr>SLEV</ChrgBr>{fi("CdtrAgt", agent)}'
        f"<Cdtr><Nm>Karet Utama</Nm></Cdtr><RmtInf><Ustrd>INV-{number}</Ustrd></RmtInf></CdtTrfTx>"
    )


def group(name: str, transactions: Sequence[str], agent: str = DEBTOR) -> str:
    """A payment information of a request; `agent` is the debtor's."""
    return (
        f"<PmtInf><PmtInfId>{name}</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-11-30</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>Sawah Emas</Nm></Dbtr>{fi('DbtrAgt', agent)}{''.join(transactions)}</PmtInf>"
    )


def request(*groups: str, version: str = REQUEST, count: int | None = None) -> bytes:
    told = groups or (group("P-1", [asked()]),)
    number = sum(each.count("<CdtTrfTx>") for each in told) if count is None else count
    head = f"<MsgId>R-1</MsgId><CreDtTm>2026-11-24T02:30:00Z</CreDtTm><NbOfTxs>{number}</NbOfTxs>"
    body = f"<GrpHdr>{head}<InitgPty><Nm>Karet Utama</Nm></InitgPty></GrpHdr>{''.join(told)}"
    return document(version, f"<CdtrPmtActvtnReq>{body}</CdtrPmtActvtnReq>")


def answer(*, version: str = ANSWER, parties: str = fi("DbtrAgt", DEBTOR) + fi("CdtrAgt", CREDITOR)) -> bytes:
    head = "<MsgId>A-1</MsgId><CreDtTm>2026-11-24T03:00:00Z</CreDtTm><InitgPty><Nm>Sawah Emas</Nm></InitgPty>"
    about = f"<OrgnlMsgId>R-1</OrgnlMsgId><OrgnlMsgNmId>{REQUEST}</OrgnlMsgNmId>"
    told = f"<OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlUETR>{UETR}</OrgnlUETR><TxSts>ACCP</TxSts>"
    body = (
        f"<GrpHdr>{head}{parties}</GrpHdr><OrgnlGrpInfAndSts>{about}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>"
        f"<OrgnlPmtInfId>P-1</OrgnlPmtInfId><TxInfAndSts>{told}</TxInfAndSts></OrgnlPmtInfAndSts>"
    )
    return document(version, f"<CdtrPmtActvtnReqStsRpt>{body}</CdtrPmtActvtnReqStsRpt>")
