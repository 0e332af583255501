"""A trade document, whatever standard it was written in.

Text is as the document has it: amounts and quantities decimal text, dates ISO dates, countries the codes of ISO
3166-1. What a document does not say is None or empty. Rule source: EN 16931 for the meaning of scheme identifiers
(ICD 0199 is an LEI) and of the list HS (UNTDID 7143: Harmonised System); Incoterms 2020 and before; IMO resolution
A.1117(30).
"""

from typing import Final

import msgspec
from stdnum import imo

from mufakat.model.trade import TradeKind

INCOTERMS: Final = frozenset(
    {
        *("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"),
        *("DAT", "DAF", "DES", "DEQ", "DDU"),
    }
)
"""The rules of 2020, and those of 2010 and 2000 that contracts still name."""
_LEI_SCHEME: Final = "0199"


class Identification(msgspec.Struct, frozen=True):
    """An identifier and the scheme or list that it belongs to, as written."""

    value: str
    scheme: str | None


class TradeParty(msgspec.Struct, frozen=True, kw_only=True):
    """A seller, buyer, payee or carrier. `legal` is its registration, `endpoint` where it gets documents."""

    name: str | None = None
    endpoint: Identification | None = None
    legal: Identification | None = None
    identifications: tuple[Identification, ...] = ()
    country: str | None = None

    @property
    def lei(self) -> str | None:
        """The LEI (scheme 0199): the legal identifier if it is one, else another of the party's."""
        return next(iter(self.leis), None)

    @property
    def leis(self) -> tuple[str, ...]:
        """All identifiers of the party that say to be an LEI, each once."""
        known = (self.legal, self.endpoint, *self.identifications)
        return tuple(dict.fromkeys(i.value for i in known if i is not None and i.scheme == _LEI_SCHEME))


class TradeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line; a line within a line comes after it, and its amount is part of that line's.

    `line` is the 1-based line of its element in the file, `identifier` the document's own. `commodities` are codes
    with their list (HS, UNSPSC, CPV, ...); `origin` is a country, `other_origins` are those that it names besides.
    """

    line: int
    identifier: str
    name: str | None
    quantity: str | None
    unit: str | None
    amount: str | None
    commodities: tuple[Identification, ...]
    origin: str | None
    other_origins: tuple[str, ...] = ()


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The countries to which, from which and through which the goods go, each once, in the document's order.

    `unplaced`: ports of which the document does not tell the country.
    """

    destinations: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    transshipments: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()


class DeliveryTerms(msgspec.Struct, frozen=True):
    """`incoterm`: a code of `INCOTERMS`, None for other terms. `place`: the place that the terms name."""

    incoterm: str | None
    place: str | None


class Transport(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of the carriage, or what is said of it as a whole. `vessel_id` is as written."""

    vessel: str | None = None
    vessel_id: str | None = None
    voyage: str | None = None
    carriers: tuple[TradeParty, ...] = ()

    @property
    def imo(self) -> str | None:
        """The vessel's IMO number, seven digits, if its identifier is one and its check digit fits."""
        if self.vessel_id is None or not imo.is_valid(self.vessel_id):
            return None
        number: str = imo.compact(self.vessel_id)
        return number


class PaymentMeans(msgspec.Struct, frozen=True, kw_only=True):
    """How the payee wants to be paid: `code` of UNTDID 4461, its account, and the agent that keeps it."""

    code: str | None
    account: str | None
    agent: str | None


class TradeDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was read; `standard` is the schema that it fits, such as `ubl21.Invoice`.

    `payable` is plain digits with at most one point, in `currency`; an invoice and a credit note have both, an
    order may, the others do not. `type_code` is of UNTDID 1001. `payee` is there when another party than the seller
    is to be paid. In a bill of lading seller and buyer are consignor and consignee. `orders`, `contracts` and
    `invoices` are the numbers of those that it refers to. `others`: parties that it names in a role that another
    has.
    """

    standard: str
    kind: TradeKind
    number: str
    type_code: str | None = None
    issued: str | None = None
    due: str | None = None
    currency: str | None = None
    payable: str | None = None
    seller: TradeParty
    buyer: TradeParty
    payee: TradeParty | None = None
    lines: tuple[TradeLine, ...]
    delivery: Delivery = Delivery()
    terms: DeliveryTerms | None = None
    transport: tuple[Transport, ...] = ()
    payment_means: tuple[PaymentMeans, ...] = ()
    orders: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    invoices: tuple[str, ...] = ()
    others: tuple[TradeParty, ...] = ()
