"""A pacs.008 in which many are named."""

_HEAD = (
    "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T09:00:00+00:00</CreDtTm><NbOfTxs>1</NbOfTxs>"
    "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>"
)
_CREDITOR = (
    "<Nm>Acme\n  Trading</Nm><PstlAdr><TwnNm>Manila</TwnNm><Ctry>PH</Ctry></PstlAdr>"
    "<Id><OrgId><AnyBIC>ABCDPHM1</AnyBIC><LEI>529900T8BM49AURSDO55</LEI></OrgId></Id>"
    "<CtctDtls><Nm>Joe Bloggs</Nm><Othr><ChanlTp>FAXI</ChanlTp><Id>123456</Id></Othr></CtctDtls>"
)
_DEBTOR = (
    "<Nm>Jane Roe</Nm><PstlAdr><TwnNm>Ipoh</TwnNm><Ctry>MY</Ctry></PstlAdr>"
    "<Id><PrvtId><DtAndPlcOfBirth><BirthDt>1971-02-03</BirthDt><CityOfBirth>Medan</CityOfBirth>"
    "<CtryOfBirth>ID</CtryOfBirth></DtAndPlcOfBirth>"
    "<Othr><Id>P-123456</Id><SchmeNm><Cd>CCPT</Cd></SchmeNm><Issr>Imigresen</Issr></Othr></PrvtId></Id>"
    "<CtryOfRes>SG</CtryOfRes>"
)
_MORE = (
    "<InstrForCdtrAgt><InstrInf>call the payee</InstrInf></InstrForCdtrAgt>"
    "<RmtInf><Ustrd>Invoice 17</Ustrd><Ustrd>for Richard Roe</Ustrd></RmtInf>"
)


def transfer(debtor: str, more: str = "") -> str:
    return (
        "<CdtTrfTxInf><PmtId><EndToEndId>E1</EndToEndId></PmtId>"
        '<IntrBkSttlmAmt Ccy="QMD">1.00</IntrBkSttlmAmt><ChrgBr>SLEV</ChrgBr>'
        f"<Dbtr>{debtor}</Dbtr><DbtrAgt><FinInstnId><BICFI>LUALQMA0XXX</BICFI></FinInstnId></DbtrAgt>"
        "<CdtrAgt><FinInstnId><BICFI>LPHIPHM0XXX</BICFI></FinInstnId></CdtrAgt>"
        f"<Cdtr>{_CREDITOR}</Cdtr><CdtrAcct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id></CdtrAcct>"
        f"{more}</CdtTrfTxInf>"
    )


def document(*transfers: str) -> bytes:
    body = f"<FIToFICstmrCdtTrf>{_HEAD}{''.join(transfers)}</FIToFICstmrCdtTrf>"
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08">{body}</Document>'.encode()


NAMED = document(transfer(_DEBTOR, _MORE))
