"""Valid orders of a firm to change: pain.001 with transfers in one or several payment informations."""

from tests.messages.banking import UETR, document, fi
from tests.messages.official import PLACE

DEBTOR_AGENT, CREDITOR_AGENT = "LUALQMA0XXX", "TANGQMA0XXX"


def uetr_of(number: int) -> str:
    return f"{number:08x}{UETR[8:]}"


def transfer(
    number: int = 1,
    *,
    amount: str = "125000.50",
    given: str | None = None,
    agent: str = CREDITOR_AGENT,
    extra: str = "",
    tail: str = "<RmtInf><Ustrd>INV-77</Ustrd></RmtInf>",
) -> str:
    """One transfer; `given` stands for its amount, `extra` after it, `tail` at the end."""
    told = given or f'<InstdAmt Ccy="IDR">{amount}</InstdAmt>'
    return (
        f"\n<CdtTrfTxInf><PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId>"
        f"<UETR>{uetr_of(number)}</UETR></PmtId><Amt>{told}</Amt>{extra}{fi('CdtrAgt', agent)}"
        f"<Cdtr><Nm>Karet Utama</Nm>{PLACE}</Cdtr><CdtrAcct><Id><Othr><Id>9000800070</Id></Othr></Id></CdtrAcct>"
        f"<UltmtCdtr><Nm>Karet Selatan</Nm></UltmtCdtr>{tail}</CdtTrfTxInf>"
    )


def payment(
    *transfers: str,
    name: str = "P-1",
    method: str = "TRF",
    date: str = "<Dt>2026-11-24</Dt>",
    agent: str = DEBTOR_AGENT,
    sums: str = "",
) -> str:
    """One payment information; `sums` stands for its number of transactions and control sum."""
    return (
        f"\n<PmtInf><PmtInfId>{name}</PmtInfId><PmtMtd>{method}</PmtMtd>{sums}<ReqdExctnDt>{date}</ReqdExctnDt>"
        f"<Dbtr><Nm>Sawah Emas</Nm>{PLACE}</Dbtr><DbtrAcct><Id><Othr><Id>1000200030</Id></Othr></Id></DbtrAcct>"
        f"{fi('DbtrAgt', agent)}<UltmtDbtr><Nm>Sawah Utara</Nm></UltmtDbtr>{''.join(transfers)}</PmtInf>"
    )


def order(
    *payments: str, version: str = "pain.001.001.09", count: int | None = None, total: str = ""
) -> bytes:
    """A pain.001; `count` is the number of transactions that it states, `total` its control sum."""
    body = "".join(payments or (payment(transfer()),))
    stated = body.count("<CdtTrfTxInf>") if count is None else count
    return document(
        version,
        "<CstmrCdtTrfInitn><GrpHdr><MsgId>O-1</MsgId><CreDtTm>2026-11-24T08:00:00Z</CreDtTm>"
        f"<NbOfTxs>{stated}</NbOfTxs>{total}<InitgPty><Nm>Sawah Emas</Nm></InitgPty></GrpHdr>{body}"
        "</CstmrCdtTrfInitn>",
    )
