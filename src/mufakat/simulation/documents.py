"""Text of the made-up day's documents: pacs.008 credit transfers and UBL 2.1 invoices.

Written as text and not as a tree, because a day has thousands; what the official schemas say of the
result is tested. Amounts arrive as decimal text, so that faulty ones can be written too.
"""

from typing import Final
from xml.sax.saxutils import escape

import msgspec

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
CLEARING_SYSTEM: Final = "MUFAKAT"


class Party(msgspec.Struct, frozen=True):
    """A firm as documents name it, with its account at its bank; `iban` when that is one."""

    name: str
    town: str
    country: str
    lei: str
    account: str
    street: str = ""
    building: str = ""
    post_code: str = ""
    iban: bool = False


class Transfer(msgspec.Struct, frozen=True):
    """One credit transfer: decimal `amount`, ISO date, `channel` RTGS or MPNS, `priority` HIGH, URGT or none.

    `identified`: it has references of its agents beside those of the parties, and says what was instructed. An
    `invoice` that it pays is said in remittance of its own, beside the text.
    """

    uetr: str
    reference: str
    currency: str
    amount: str
    value_date: str
    channel: str
    debtor: Party
    creditor: Party
    creditor_agent: str
    remittance: str
    priority: str = ""
    identified: bool = False
    purpose: str = ""
    ultimate_debtor: Party | None = None
    invoice: str = ""


class Message(msgspec.Struct, frozen=True):
    """A pacs.008 file of one debtor agent. `version` 8 to 13; `header` puts an AppHdr before it."""

    version: int
    id: str
    created: str
    debtor_agent: str
    transfers: tuple[Transfer, ...]
    header: bool = False


class InvoiceLine(msgspec.Struct, frozen=True):
    """Goods sold: HS code of six digits, country of origin, quantity in kilograms, decimal amount."""

    goods: str
    hs_code: str
    origin: str
    quantity: int
    amount: str


class Invoice(msgspec.Struct, frozen=True):
    """A UBL invoice: the supplier is the creditor, the customer the debtor. Dates ISO, amount decimal."""

    id: str
    issued: str
    due: str
    currency: str
    amount: str
    supplier: Party
    customer: Party
    lines: tuple[InvoiceLine, ...]


def pacs_008(message: Message) -> str:
    """Write a message as a bare Document, or as AppHdr (head.001.001.02) and Document in an envelope."""
    name = f"pacs.008.001.{message.version:02d}"
    alone = message.transfers[0].creditor_agent if len(message.transfers) == 1 else None
    instructed = f"<InstdAgt>{_agent(alone)}</InstdAgt>" if alone else ""
    transfers = "".join(
        _transfer(each, message.debtor_agent, grouped=alone is None) for each in message.transfers
    )
    document = f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}">
<FIToFICstmrCdtTrf>
<GrpHdr>
<MsgId>{message.id}</MsgId>
<CreDtTm>{message.created}</CreDtTm>
<NbOfTxs>{len(message.transfers)}</NbOfTxs>
<SttlmInf><SttlmMtd>CLRG</SttlmMtd><ClrSys><Prtry>{CLEARING_SYSTEM}</Prtry></ClrSys></SttlmInf>
<InstgAgt>{_agent(message.debtor_agent)}</InstgAgt>{instructed}
</GrpHdr>
{transfers}</FIToFICstmrCdtTrf>
</Document>
"""
    if not message.header:
        return DECLARATION + document
    return f"""{DECLARATION}<Envelope>
<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02">
<Fr><FIId>{_agent(message.debtor_agent)}</FIId></Fr>
<To><FIId>{_agent(alone or message.debtor_agent)}</FIId></To>
<BizMsgIdr>{message.id}</BizMsgIdr>
<MsgDefIdr>{name}</MsgDefIdr>
<CreDt>{message.created}</CreDt>
</AppHdr>
{document}</Envelope>
"""


def invoice(document: Invoice) -> str:
    """Write a UBL 2.1 invoice; a party without an LEI has no EndpointID and no CompanyID."""
    code = document.currency
    lines = "".join(_line(number, line, code) for number, line in enumerate(document.lines, 1))
    return f"""{DECLARATION}<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:UBLVersionID>2.1</cbc:UBLVersionID>
<cbc:ID>{document.id}</cbc:ID>
<cbc:IssueDate>{document.issued}</cbc:IssueDate>
<cbc:DueDate>{document.due}</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
<cbc:DocumentCurrencyCode>{code}</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty>{_trader(document.supplier)}</cac:AccountingSupplierParty>
<cac:AccountingCustomerParty>{_trader(document.customer)}</cac:AccountingCustomerParty>
<cac:Delivery>
<cac:DeliveryLocation><cac:Address>{_country(document.customer)}</cac:Address></cac:DeliveryLocation>
<cac:Despatch><cac:DespatchAddress>{_country(document.supplier)}</cac:DespatchAddress></cac:Despatch>
</cac:Delivery>
<cac:LegalMonetaryTotal>
<cbc:LineExtensionAmount currencyID="{code}">{document.amount}</cbc:LineExtensionAmount>
<cbc:PayableAmount currencyID="{code}">{document.amount}</cbc:PayableAmount>
</cac:LegalMonetaryTotal>
{lines}</Invoice>
"""


def _agent(bic: str) -> str:
    return f"<FinInstnId><BICFI>{bic}</BICFI></FinInstnId>"


def _transfer(transfer: Transfer, debtor_agent: str, *, grouped: bool) -> str:
    creditor_agent = _agent(transfer.creditor_agent)
    instructed = f"<InstdAgt>{creditor_agent}</InstdAgt>\n" if grouped else ""
    priority = f"<SttlmPrty>{transfer.priority}</SttlmPrty>\n" if transfer.priority else ""
    debtor, creditor, last = transfer.debtor, transfer.creditor, transfer.ultimate_debtor
    money = f'<InstdAmt Ccy="{transfer.currency}">{transfer.amount}</InstdAmt>\n'
    ordered = money if transfer.identified else ""
    ultimate = f"<UltmtDbtr>{_party(last)}</UltmtDbtr>\n" if last else ""
    purpose = f"<Purp><Cd>{transfer.purpose}</Cd></Purp>\n" if transfer.purpose else ""
    return f"""<CdtTrfTxInf>
<PmtId>{_references(transfer)}</PmtId>
<PmtTpInf><ClrChanl>{transfer.channel}</ClrChanl></PmtTpInf>
<IntrBkSttlmAmt Ccy="{transfer.currency}">{transfer.amount}</IntrBkSttlmAmt>
<IntrBkSttlmDt>{transfer.value_date}</IntrBkSttlmDt>
{priority}{ordered}<ChrgBr>SHAR</ChrgBr>
{instructed}{ultimate}<Dbtr>{_party(debtor)}</Dbtr>
<DbtrAcct>{_account(debtor)}</DbtrAcct>
<DbtrAgt>{_agent(debtor_agent)}</DbtrAgt>
<CdtrAgt>{creditor_agent}</CdtrAgt>
<Cdtr>{_party(creditor)}</Cdtr>
<CdtrAcct>{_account(creditor)}</CdtrAcct>
{purpose}<RmtInf><Ustrd>{escape(transfer.remittance)}</Ustrd>{_invoice_paid(transfer)}</RmtInf>
</CdtTrfTxInf>
"""


def _references(transfer: Transfer) -> str:
    own = f"<EndToEndId>{transfer.reference}</EndToEndId>"
    if transfer.identified:
        own = f"<InstrId>I{transfer.reference}</InstrId>{own}<TxId>T{transfer.reference}</TxId>"
    return f"{own}<UETR>{transfer.uetr}</UETR>"


def _account(party: Party) -> str:
    known = f"<IBAN>{party.account}</IBAN>" if party.iban else f"<Othr><Id>{party.account}</Id></Othr>"
    return f"<Id>{known}</Id>"


def _invoice_paid(transfer: Transfer) -> str:
    if not transfer.invoice:
        return ""
    kind = "<Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>"
    document = (
        f"<RfrdDocInf>{kind}<Nb>{transfer.invoice}</Nb><RltdDt>{transfer.value_date}</RltdDt></RfrdDocInf>"
    )
    money = f'<RmtdAmt Ccy="{transfer.currency}">{transfer.amount}</RmtdAmt>'
    return f"<Strd>{document}<RfrdDocAmt>{money}</RfrdDocAmt></Strd>"


def _party(party: Party) -> str:
    where = f"<StrtNm>{escape(party.street)}</StrtNm>" if party.street else ""
    where += f"<BldgNb>{party.building}</BldgNb>" if party.building else ""
    where += f"<PstCd>{party.post_code}</PstCd>" if party.post_code else ""
    return (
        f"<Nm>{escape(party.name)}</Nm>"
        f"<PstlAdr>{where}<TwnNm>{escape(party.town)}</TwnNm><Ctry>{party.country}</Ctry></PstlAdr>"
        f"<Id><OrgId><LEI>{party.lei}</LEI></OrgId></Id>"
    )


def _trader(party: Party) -> str:
    endpoint = f'<cbc:EndpointID schemeID="0199">{party.lei}</cbc:EndpointID>\n' if party.lei else ""
    company = f'<cbc:CompanyID schemeID="0199">{party.lei}</cbc:CompanyID>' if party.lei else ""
    return f"""<cac:Party>
{endpoint}<cac:PartyName><cbc:Name>{escape(party.name)}</cbc:Name></cac:PartyName>
<cac:PostalAddress><cbc:CityName>{escape(party.town)}</cbc:CityName>{_country(party)}</cac:PostalAddress>
<cac:PartyLegalEntity><cbc:RegistrationName>{escape(party.name)}</cbc:RegistrationName>{company}\
</cac:PartyLegalEntity>
</cac:Party>"""


def _country(party: Party) -> str:
    code = f"<cbc:IdentificationCode>{party.country}</cbc:IdentificationCode>"
    return f"<cac:Country>{code}</cac:Country>"


def _line(number: int, line: InvoiceLine, code: str) -> str:
    return f"""<cac:InvoiceLine>
<cbc:ID>{number}</cbc:ID>
<cbc:InvoicedQuantity unitCode="KGM">{line.quantity}</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="{code}">{line.amount}</cbc:LineExtensionAmount>
<cac:Item>
<cbc:Name>{escape(line.goods)}</cbc:Name>
<cac:OriginCountry><cbc:IdentificationCode>{line.origin}</cbc:IdentificationCode></cac:OriginCountry>
<cac:CommodityClassification><cbc:ItemClassificationCode listID="HS">{line.hs_code}\
</cbc:ItemClassificationCode></cac:CommodityClassification>
</cac:Item>
</cac:InvoiceLine>
"""
