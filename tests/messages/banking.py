"""Valid messages between banks to change, beside the credit transfer of `official`."""

from tests.messages.official import NS

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
    "<UndrlygCstmrCdtTrf><Dbtr><Nm>Ana</Nm></Dbtr>"
    f"{fi('DbtrAgt', 'AAAAQMQM')}{fi('CdtrAgt', 'BBBBQNQN')}<Cdtr><Nm>Budi</Nm></Cdtr></UndrlygCstmrCdtTrf>"
)
"""What makes a pacs.009 a cover payment."""
