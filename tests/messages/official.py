"""Where the official schemas and the real samples are, and a valid message of our own to change."""

import csv
import functools
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT.parent / "shared" / "data"
ISO = DATA / "iso20022"
TRADE = DATA / "trade"
NS = "urn:iso:std:iso:20022:tech:xsd:"
PLACE = "<PstlAdr><TwnNm>Ipoh</TwnNm><Ctry>MY</Ctry></PstlAdr>"
"""An address that is enough for a party."""

HEAD = (
    '<AppHdr xmlns="{ns}head.001.001.{version}"><Fr><FIId><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId>'
    "</FIId></Fr><To><OrgId><Id><OrgId><AnyBIC>BBBBQNQN</AnyBIC></OrgId></Id></OrgId></To>"
    "<BizMsgIdr>B-1</BizMsgIdr><MsgDefIdr>{definition}</MsgDefIdr><CreDt>2026-11-23T09:00:00Z</CreDt></AppHdr>"
)

needs_data = pytest.mark.skipif(
    not ISO.is_dir(), reason=f"{DATA} is missing: put the official schemas and samples there to run this"
)


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the rows of a folder's samples.csv, none when the data is missing."""
    listing = folder / "samples.csv"
    if not listing.exists():
        return []
    with listing.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sample(folder: Path, row: dict[str, str]) -> bytes:
    """Return the bytes of a sample."""
    return (folder / "samples" / row["file"]).read_bytes()


@functools.cache
def official(module: str) -> Any:
    """Return the official schema of a message, compiled by lxml."""
    return etree.XMLSchema(file=str(official_path(module)))


def official_path(module: str) -> Path:
    """Return the official schema file of a message."""
    family, _, document = module.partition(".")
    if family in {"ubl21", "ubl23"}:
        return TRADE / "xsd" / family / "maindoc" / f"UBL-{document}-2.{family[-1]}.xsd"
    if family == "cii":
        return TRADE / "xsd" / "cii-d16b" / "data" / "standard" / f"{document}_100pD16B.xsd"
    return ISO / "xsd" / f"{module}.xsd"


def credit_transfer(
    *transactions: str, group: str = "", count: int | None = None, version: str = "pacs.008.001.08"
) -> bytes:
    """Return a pacs.008 of the given transactions (one plain one when none is given)."""
    parts = transactions or (transaction(),)
    number = len(parts) if count is None else count
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NS}{version}">\n<FIToFICstmrCdtTrf>\n'
        "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-23T09:00:00Z</CreDtTm>"
        f"<NbOfTxs>{number}</NbOfTxs>{group}<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n"
        + "\n".join(parts)
        + "\n</FIToFICstmrCdtTrf>\n</Document>\n"
    ).encode()


def transaction(
    *,
    number: int = 1,
    amount: str = "150.25",
    currency: str = "QMD",
    ids: str = "",
    extra: str = "",
    debtor_account: str = "",
    tail: str = "",
) -> str:
    """Return one CdtTrfTxInf; `extra` stands after the amount, `tail` after the creditor."""
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>I-{number}</InstrId><EndToEndId>E-{number}</EndToEndId>"
        f"<TxId>T-{number}</TxId><UETR>{number:08x}-ca16-48ba-b074-65581be6f001</UETR>{ids}</PmtId>"
        f'<IntrBkSttlmAmt Ccy="{currency}">{amount}</IntrBkSttlmAmt>{extra}<ChrgBr>SHAR</ChrgBr>'
        "<InstgAgt><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId></InstgAgt>"
        "<InstdAgt><FinInstnId><BICFI>BBBBQNQN</BICFI></FinInstnId></InstdAgt>"
        f"<Dbtr><Nm>Ana &amp; Co</Nm>{PLACE}<Id><OrgId><LEI>5493001KJTIIGC8Y1R12</LEI></OrgId></Id></Dbtr>"
        f"{debtor_account}<DbtrAgt><FinInstnId><BICFI>AAAAQMQM</BICFI></FinInstnId></DbtrAgt>"
        "<CdtrAgt><FinInstnId><BICFI>BBBBQNQNXXX</BICFI></FinInstnId></CdtrAgt>"
        f"<Cdtr><Nm>Budi</Nm>{PLACE}</Cdtr><CdtrAcct><Id><Othr><Id>77</Id></Othr></Id></CdtrAcct>{tail}</CdtTrfTxInf>"
    )


def head(definition: str = "pacs.008.001.08", version: str = "02") -> str:
    """Return a business application header."""
    return HEAD.format(ns=NS, version=version, definition=definition)
