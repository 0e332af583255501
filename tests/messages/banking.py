"""Valid messages between banks to change, beside the credit transfer of `official`."""

from mufakat.messages.fault import Fault
from mufakat.messages.pacs import CustomerCreditTransfer, read_customer_credit_transfer
from tests.messages.official import NS, PLACE

UETR = "00000001-ca16-48ba-b074-65581be6f001"


def fi(tag: str, bic: str) -> str:
    """An agent, or an institution that is party to a transfer."""
    return f"<{tag}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{tag}>"


def document(definition: str, body: str) -> bytes:
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{declared}\n<Document xmlns="{NS}{definition}">\n{body}\n</Document>\n'.encode()


def institution_transfer(
    *,
    version: str = "pacs.009.001.08",
    amount: str = "150.25",
    currency: str = "QMD",
    extra: str = "",
    tail: str = "",
) -> bytes:
    """A pacs.009; `extra` stands after the amount, `tail` (such as an underlying customer transfer) at the end."""
    return document(
        version,
        "<FICdtTrf>\n<GrpHdr><MsgId>M-9</MsgId><CreDtTm>2026-11-23T09:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n"
        f"<CdtTrfTxInf><PmtId><InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId><UETR>{UETR}</UETR></PmtId>"
        f'<IntrBkSttlmAmt Ccy="{currency}">{amount}</IntrBkSttlmAmt>{extra}'
        f"{fi('InstgAgt', 'AAAAQMQM')}{fi('InstdAgt', 'BBBBQNQN')}{fi('Dbtr', 'AAAAQMQM')}{fi('Cdtr', 'BBBBQNQN')}"
        f"{tail}</CdtTrfTxInf>\n</FICdtTrf>",
    )


COVER = (
    f"<UndrlygCstmrCdtTrf><Dbtr><Nm>Ana</Nm>{PLACE}</Dbtr>"
    f"{fi('DbtrAgt', 'AAAAQMQM')}{fi('CdtrAgt', 'BBBBQNQN')}<Cdtr><Nm>Budi</Nm>{PLACE}</Cdtr></UndrlygCstmrCdtTrf>"
)
"""What makes a pacs.009 a cover payment."""


def original(tag: str = "OrgnlGrpInf") -> str:
    return f"<{tag}><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></{tag}>"


def ids(uetr: str = UETR) -> str:
    """How a message names the payment that it is about."""
    return f"<OrgnlEndToEndId>E-1</OrgnlEndToEndId><OrgnlUETR>{uetr}</OrgnlUETR>"


def payment_return(
    *,
    uetr: str = UETR,
    amount: str = "150.25",
    currency: str = "QMD",
    agents: tuple[str, str] = ("BBBBQNQN", "AAAAQMQM"),
    reason: str = "<RtrRsnInf><Rsn><Cd>AC04</Cd></Rsn></RtrRsnInf>",
    date: str = "",
    version: str = "pacs.004.001.09",
) -> bytes:
    """A pacs.004 of one payment; `agents`: who returns it, and to whom."""
    return document(
        version,
        "<PmtRtr>\n<GrpHdr><MsgId>R-1</MsgId><CreDtTm>2026-11-24T09:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n"
        f"<TxInf><RtrId>RT-1</RtrId>{original()}{ids(uetr)}"
        f'<RtrdIntrBkSttlmAmt Ccy="{currency}">{amount}</RtrdIntrBkSttlmAmt>{date}'
        f"{fi('InstgAgt', agents[0])}{fi('InstdAgt', agents[1])}{reason}</TxInf>\n</PmtRtr>",
    )


def _assignment(assigner: str, assignee: str) -> str:
    return (
        f"<Assgnmt><Id>A-1</Id><Assgnr>{fi('Agt', assigner)}</Assgnr><Assgne>{fi('Agt', assignee)}</Assgne>"
        "<CreDtTm>2026-11-24T09:00:00Z</CreDtTm></Assgnmt>"
    )


def recall(
    *uetrs: str,
    agents: tuple[str, str] = ("AAAAQMQM", "BBBBQNQN"),
    case: str | None = "C-1",
    version: str = "camt.056.001.08",
) -> bytes:
    """A camt.056 of some payments; `agents`: who recalls, and whom it asks."""
    opened = "" if case is None else f"<Case><Id>{case}</Id><Cretr>{fi('Agt', agents[0])}</Cretr></Case>"
    parts = "".join(
        f"<TxInf>{original()}{ids(uetr)}<CxlRsnInf><Rsn><Cd>DUPL</Cd></Rsn></CxlRsnInf></TxInf>"
        for uetr in uetrs or (UETR,)
    )
    body = f"{_assignment(*agents)}{opened}<Undrlyg>{parts}</Undrlyg>"
    return document(version, f"<FIToFIPmtCxlReq>{body}</FIToFIPmtCxlReq>")


def resolution(
    *,
    uetr: str = UETR,
    status: str = "RJCR",
    agents: tuple[str, str] = ("BBBBQNQN", "AAAAQMQM"),
    version: str = "camt.029.001.09",
) -> bytes:
    """A camt.029 on the recall of one payment; `agents`: who answers, and whom."""
    why = "<CxlStsRsnInf><Rsn><Cd>CUST</Cd></Rsn></CxlStsRsnInf>"
    body = (
        f"{_assignment(*agents)}<RslvdCase><Id>C-1</Id><Cretr>{fi('Agt', agents[1])}</Cretr></RslvdCase>"
        f"<Sts><Conf>{status}</Conf></Sts>"
        f"<CxlDtls><TxInfAndSts>{original()}{ids(uetr)}{why}</TxInfAndSts></CxlDtls>"
    )
    return document(version, f"<RsltnOfInvstgtn>{body}</RsltnOfInvstgtn>")


def status_request(
    *, uetr: str = UETR, agents: tuple[str, str] = ("AAAAQMQM", "BBBBQNQN"), version: str = "pacs.028.001.03"
) -> bytes:
    """A pacs.028 about one payment; `agents`: who asks, and whom."""
    body = (
        "<GrpHdr><MsgId>Q-1</MsgId><CreDtTm>2026-11-24T09:00:00Z</CreDtTm></GrpHdr>"
        f"<TxInf>{original()}{ids(uetr)}{fi('InstgAgt', agents[0])}{fi('InstdAgt', agents[1])}</TxInf>"
    )
    return document(version, f"<FIToFIPmtStsReq>{body}</FIToFIPmtStsReq>")


def confirmation(
    *,
    uetr: str = UETR,
    status: str = "ACCC",
    agents: tuple[str, str] = ("BBBBQNQN", "AAAAQMQM"),
    version: str = "pacs.002.001.10",
) -> bytes:
    """A pacs.002 on one payment; `agents`: who reports, and to whom."""
    body = (
        "<GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-24T09:00:00Z</CreDtTm>"
        f"{fi('InstgAgt', agents[0])}{fi('InstdAgt', agents[1])}</GrpHdr>"
        f"<TxInfAndSts>{original()}{ids(uetr)}<TxSts>{status}</TxSts></TxInfAndSts>"
    )
    return document(version, f"<FIToFIPmtStsRpt>{body}</FIToFIPmtStsRpt>")


def report_request(
    *,
    definition: str = "camt.060.001.05",
    asked: str = "camt.053",
    account: str = "LUALQMA0XXXIDR",
    owner: str = "LUALQMA0XXX",
    sender: str | None = "LUALQMA0XXX",
    first: str | None = None,
    last: str | None = None,
) -> bytes:
    """A camt.060 about one account, for one period or the day under way."""

    def agent(bic: str) -> str:
        return f"<Agt><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></Agt>"

    period = ""
    if first is not None:
        times = "<FrToTm><FrTm>00:00:00</FrTm><ToTm>23:59:59</ToTm></FrToTm>"
        dates = f"<FrDt>{first}</FrDt><ToDt>{last or first}</ToDt>"
        period = f"<RptgPrd><FrToDt>{dates}</FrToDt>{times}<Tp>ALLL</Tp></RptgPrd>"
    told = "" if sender is None else f"<MsgSndr>{agent(sender)}</MsgSndr>"
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{definition}"><AcctRptgReq><GrpHdr><MsgId>ASK-1</MsgId>'
        f"<CreDtTm>2026-11-24T12:00:00Z</CreDtTm>{told}</GrpHdr><RptgReq><Id>R-1</Id>"
        f"<ReqdMsgNmId>{asked}</ReqdMsgNmId><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>"
        f"<AcctOwnr>{agent(owner)}</AcctOwnr>{period}</RptgReq></AcctRptgReq></Document>"
    ).encode()


def read_transfers(data: bytes) -> CustomerCreditTransfer:
    found = read_customer_credit_transfer(data)
    assert isinstance(found, CustomerCreditTransfer), found
    return found


def refused_transfers(data: bytes) -> Fault:
    found = read_customer_credit_transfer(data)
    assert isinstance(found, Fault), found
    return found
