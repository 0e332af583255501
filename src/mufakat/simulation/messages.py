"""Customer credit transfers as banks send them, from a seed: names, addresses, accounts, remittance, charges.

They are pacs.008.001.08 of the union's own leg: settlement method CLRG, agents of the ledger's bench, a total
and a date in the group header. The same seed gives the same bytes.
"""

import datetime
import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Final

from mufakat.messages import markup
from mufakat.model.identifier import Bic

DEFINITION: Final = "pacs.008.001.08"
_FIRMS: Final = ("Nusantara Spice Trading", "Kano Leather & Hide", "Andes Copper Works", "Mekong Rice Mills")
_FORMS: Final = ("Ltd", "PT", "S.A.", "Co., Ltd", "GmbH")
_PEOPLE: Final = ("Siti Rahmawati", "José Álvarez Núñez", "Nguyễn Văn An", "Amina Bello", "Jürgen Weiß")
_STREETS: Final = ("Jalan Sudirman", "Broad Street", "Avenida Corrientes", "Lê Lợi", "Hauptstraße")
_TOWNS: Final = (("Jakarta", "ID"), ("Lagos", "NG"), ("Buenos Aires", "AR"), ("Hà Nội", "VN"), ("Köln", "DE"))
_GOODS: Final = ("nutmeg", "crust leather", "copper cathodes", "jasmine rice", "machine parts")
_PURPOSES: Final = ("GDDS", "SUPP", "SALA", "SCVE", "TRAD")
_COUNTRIES: Final = ("DE", "FR", "AE", "TN")
_DOMESTIC_DIGITS: Final = 18


class Sender:
    """Writes messages of one currency and settlement date between agents, each payment with its own UETR."""

    def __init__(self, seed: int, agents: Sequence[Bic], currency: str, date: datetime.date) -> None:
        assert len(agents) > 1, "a payment has two agents"
        self._choice: Final = random.Random(seed)
        self._agents: Final = agents
        self._currency: Final = currency
        self._date: Final = date
        self._sent = 0

    def files(self, count: int, transactions: int) -> Iterator[bytes]:
        """Write `count` files of so many transactions each."""
        for _ in range(count):
            yield b"".join(self.pieces(transactions))

    def pieces(self, transactions: int) -> Iterator[bytes]:
        """Write one file piece by piece, so that it need not fit into memory."""
        amounts = [self._choice.randrange(100, 50_000_000) for _ in range(transactions)]
        self._sent += 1
        total = _decimal(sum(amounts))
        head = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{DEFINITION}">\n <FIToFICstmrCdtTrf>\n'
            f"  <GrpHdr>\n   {markup.text('MsgId', f'MSG{self._sent:08}')}\n"
            f"   <CreDtTm>{self._date}T08:15:00+07:00</CreDtTm>\n   <NbOfTxs>{transactions}</NbOfTxs>\n"
            f'   <TtlIntrBkSttlmAmt Ccy="{self._currency}">{total}</TtlIntrBkSttlmAmt>\n'
            f"   <IntrBkSttlmDt>{self._date}</IntrBkSttlmDt>\n"
            "   <SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>\n  </GrpHdr>\n"
        )
        yield head.encode()
        for number, amount in enumerate(amounts):
            yield self._transaction(number, amount).encode()
        yield b" </FIToFICstmrCdtTrf>\n</Document>\n"

    def _transaction(self, number: int, amount: int) -> str:
        choice, money = self._choice, _decimal(amount)
        debtor, creditor = choice.sample(self._agents, 2)
        uetr = uuid.UUID(int=choice.getrandbits(128), version=4)
        return (
            "  <CdtTrfTxInf>\n   <PmtId>"
            f"<InstrId>I{self._sent:08}{number:07}</InstrId><EndToEndId>INV-{choice.randrange(10**9):09}</EndToEndId>"
            f"<TxId>T{self._sent:08}{number:07}</TxId><UETR>{uetr}</UETR></PmtId>\n"
            "   <PmtTpInf><InstrPrty>NORM</InstrPrty><ClrChanl>RTGS</ClrChanl>"
            "<SvcLvl><Cd>G001</Cd></SvcLvl></PmtTpInf>\n"
            f'   <IntrBkSttlmAmt Ccy="{self._currency}">{money}</IntrBkSttlmAmt>\n'
            f'   <InstdAmt Ccy="{self._currency}">{money}</InstdAmt>\n   <ChrgBr>SHAR</ChrgBr>\n'
            f"   {markup.agent('InstgAgt', debtor)}{markup.agent('InstdAgt', creditor)}\n"
            f"{self._party('Dbtr')}   {markup.agent('DbtrAgt', debtor)}\n"
            f"   {markup.agent('CdtrAgt', creditor)}\n{self._party('Cdtr')}"
            f"   <Purp><Cd>{choice.choice(_PURPOSES)}</Cd></Purp>\n{self._remittance(money)}  </CdtTrfTxInf>\n"
        )

    def _party(self, side: str) -> str:
        choice = self._choice
        town, country = choice.choice(_TOWNS)
        if choice.random() < 0.6:
            name = f"{choice.choice(_FIRMS)} {choice.choice(_FORMS)}"
        else:
            name = choice.choice(_PEOPLE)
        address = (
            markup.text("StrtNm", choice.choice(_STREETS), 70)
            + markup.text("BldgNb", str(choice.randrange(1, 400)), 16)
            + markup.text("PstCd", f"{choice.randrange(10_000, 99_999)}", 16)
            + markup.text("TwnNm", town, 35)
            + f"<Ctry>{country}</Ctry>"
        )
        return (
            f"   <{side}>{markup.text('Nm', name, 140)}<PstlAdr>{address}</PstlAdr></{side}>\n"
            f"   <{side}Acct><Id>{self._account()}</Id></{side}Acct>\n"
        )

    def _account(self) -> str:
        number = f"{self._choice.randrange(10**_DOMESTIC_DIGITS):0{_DOMESTIC_DIGITS}}"
        if self._choice.random() < 0.4:
            return f"<Othr><Id>{number[:12]}</Id></Othr>"
        country = self._choice.choice(_COUNTRIES)
        letters = "".join(str(int(each, 36)) for each in country)
        check = 98 - int(f"{number}{letters}00") % 97
        return f"<IBAN>{country}{check:02}{number}</IBAN>"

    def _remittance(self, money: str) -> str:
        choice = self._choice
        invoice, goods = (
            f"INV/{choice.randrange(2020, 2027)}/{choice.randrange(10**5):05}",
            choice.choice(_GOODS),
        )
        if choice.random() < 0.7:
            lines = markup.text("Ustrd", f"Invoice {invoice}, {goods}, {choice.randrange(1, 40)} t", 140)
        else:
            lines = (
                "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>"
                f"{markup.text('Nb', invoice)}<RltdDt>{self._date}</RltdDt></RfrdDocInf>"
                f'<RfrdDocAmt><DuePyblAmt Ccy="{self._currency}">{money}</DuePyblAmt></RfrdDocAmt></Strd>'
            )
        return f"   <RmtInf>{lines}</RmtInf>\n"


def _decimal(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"
