"""Trade records: what a trade document says of goods, route and parties, as the log keeps it beside the document.

The document itself stays with the parties; its SHA-256 and what has to be looked at by all are on the log. Rule
source: charter, trade. Goods by the Harmonized System of the World Customs Organization (its six digits, and up to
four of a national tariff), countries by ISO 3166-1, terms of delivery by Incoterms 2020 (ICC), ships by IMO number,
means of payment by UNTDID 4461.
"""

import datetime
import enum
import re
from typing import Final

import msgspec

from mufakat.model.country import Country
from mufakat.model.fact import Command, Event
from mufakat.model.identifier import Bic, Currency, Lei, ObligationId, TradeRecordId
from mufakat.model.money import Amount
from mufakat.model.text import is_text
from mufakat.model.verdict import Screened

INCOTERMS: Final = frozenset(("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"))
"""Incoterms 2020."""
MOST_GOODS: Final = 1_000
"""Lines of goods of one record."""
MOST_STOPS: Final = 20
"""Countries of transshipment of one record."""
MOST_NAMED: Final = 100
"""Obligations that one record names, and as many earlier records."""
_HS_CODE: Final = re.compile(r"(?!00|77|98|99)[0-9]{6,10}")
_MEANS: Final = re.compile(r"[1-9][0-9]?|ZZZ")


class DocumentKind(enum.IntEnum):
    """What kind of document a record is of."""

    ORDER = 0
    INVOICE = 1
    CREDIT_NOTE = 2
    DESPATCH_ADVICE = 3
    BILL_OF_LADING = 4


class TradeKind(enum.StrEnum):
    """The same kinds as people call them, by the same names."""

    ORDER = "order"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"
    DESPATCH_ADVICE = "despatch advice"
    BILL_OF_LADING = "bill of lading"


assert [kind.name for kind in TradeKind] == [kind.name for kind in DocumentKind], "each kind has its words"
CARRYING: Final = (DocumentKind.DESPATCH_ADVICE, DocumentKind.BILL_OF_LADING)
"""Kinds of document that go with goods."""
NAMING: Final = (DocumentKind.INVOICE, DocumentKind.BILL_OF_LADING)
"""Kinds of document that name goods by HS code, or are for services alone."""
_OF_GOODS: Final = (
    *("goods", "dispatch", "destination", "transshipments"),
    *("incoterm", "vessel", "vessel_name", "voyage"),
)
"""Fields that say something of goods."""


class GoodsLine(msgspec.Struct, frozen=True, array_like=True):
    """Goods of one HS code (6 to 10 digits) and origin.

    `amount`: minor units of the record's currency, None where the document names none. `quantity`: with its unit,
    such as `120 KGM`.
    """

    hs_code: str
    origin: Country
    amount: Amount | None = None
    quantity: str = ""


class TradeItem(msgspec.Struct, frozen=True, array_like=True):
    """What one document says; a text is empty, a date None, where it says nothing.

    `document`: SHA-256 (32 bytes) of the document's bytes. `services`: it is for services alone, and has no goods.
    `dispatch`, `destination`, `transshipments`: the countries that the goods come from, go to, and pass, in order.
    `incoterm` with its `place`. `vessel`: the ship's IMO number, seven digits. `obligations`: those that the
    document proves, between the same firms. `refers_to`: earlier records.
    """

    kind: DocumentKind
    number: str
    document: bytes
    seller: Lei
    buyer: Lei
    issued: datetime.date
    goods: tuple[GoodsLine, ...] = ()
    services: bool = False
    currency: Currency | None = None
    dispatch: Country = Country("")
    destination: Country = Country("")
    transshipments: tuple[Country, ...] = ()
    incoterm: str = ""
    place: str = ""
    vessel: str = ""
    vessel_name: str = ""
    voyage: str = ""
    payment_means: str = ""
    due: datetime.date | None = None
    obligations: tuple[ObligationId, ...] = ()
    refers_to: tuple[TradeRecordId, ...] = ()

    @property
    def id(self) -> TradeRecordId:
        """The record's identifier, `<seller LEI>/<kind>/<number>`, such as `9845…/bill_of_lading/B-17`."""
        return TradeRecordId(f"{self.seller}/{self.kind.name.lower()}/{self.number}")


class RegisterTradeRecords(Command, frozen=True, tag=36):
    """A participant registers trade records of documents between firms, one of which it banks.

    Each record has its own outcome. A document is registered once under its seller, kind and number.
    """

    records: tuple[TradeItem, ...]
    screened: Screened = Screened()


class RegisteredRecord(msgspec.Struct, frozen=True, array_like=True):
    """A registered record as the log has it: what it says, who registered it, and the banks of its firms."""

    item: TradeItem
    author: Bic
    seller_agent: Bic
    buyer_agent: Bic


class RecheckTradeRecords(Command, frozen=True, tag=60):
    """A member, or a bank of their firms, holds registered records against the goods rules that are in force now.

    Each record has its own outcome. What it proves is blocked where a rule now refuses it or asks for review.
    """

    records: tuple[RegisteredRecord, ...]


AnyTradeCommand = RegisterTradeRecords | RecheckTradeRecords


class TradeRecordRegistered(Event, frozen=True, tag=99):
    """A trade record is on the log; `author` registered it, the agents are those of the seller and the buyer."""

    item: TradeItem
    author: Bic
    seller_agent: Bic
    buyer_agent: Bic


def is_hs_code(text: str) -> bool:
    """Tell whether a text is an HS code of goods: 6 to 10 digits, in a chapter from 01 to 97, of which 77 is none.

    Chapters 98 and 99 are each country's own and do not say what goods are.
    """
    return _HS_CODE.fullmatch(text) is not None


def wrong_field(item: TradeItem) -> str | None:
    """Say which field cannot be so, and why, or None; identifiers, goods and countries are not looked at."""
    bounds = (
        ("goods", item.goods, MOST_GOODS),
        ("transshipments", item.transshipments, MOST_STOPS),
        ("obligations", item.obligations, MOST_NAMED),
        ("refers_to", item.refers_to, MOST_NAMED),
    )
    for name, listed, most in bounds:
        if len(listed) > most:
            return f"{name}: {len(listed)}, at most {most}."
    for name in ("obligations", "refers_to"):
        if len(set(getattr(item, name))) < len(getattr(item, name)):
            return f"{name}: one is named twice."
    texts = [(name, getattr(item, name)) for name in ("place", "vessel_name", "voyage")]
    texts += [("quantity", line.quantity) for line in item.goods]
    for name, text in texts:
        if text and not is_text(text):
            return f"{name}: 1 to 70 characters that can be seen."
    if item.incoterm and item.incoterm not in INCOTERMS:
        return f"incoterm: {item.incoterm[:8]} is none of Incoterms 2020."
    if item.place and not item.incoterm:
        return "place: it belongs to an incoterm."
    if item.payment_means and _MEANS.fullmatch(item.payment_means) is None:
        return f"payment_means: {item.payment_means[:8]} is no code of UNTDID 4461."
    if item.currency is None and any(line.amount is not None for line in item.goods):
        return "currency: amounts need one."
    return _wrong_services(item)


def _wrong_services(item: TradeItem) -> str | None:
    """Say what of goods a record names that is for services alone, or None."""
    if not item.services:
        return None
    if item.kind in CARRYING:
        return f"services: a {item.kind.name.lower().replace('_', ' ')} is of goods."
    named = next((name for name in _OF_GOODS if getattr(item, name)), None)
    return None if named is None else f"services: services have no {named}."
