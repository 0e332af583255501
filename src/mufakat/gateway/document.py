"""A file as the gateway has read it: its parts, what each asks of the union, and who is to be answered."""

import enum
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from mufakat.gateway.preference import EVERYBODY, Preferences
from mufakat.messages.asking import AskedReport
from mufakat.messages.fault import Fault, Original, References
from mufakat.model.charter import Charter
from mufakat.model.command import CancelPayment, ObligationItem, PaymentOrder, ReturnPayment
from mufakat.model.refusal import Refusal
from mufakat.model.trade import TradeItem
from mufakat.projections.timeline import PaymentView

_KIND: Final = len("pacs.008")
Item = PaymentOrder | ObligationItem | TradeItem | ReturnPayment | CancelPayment
"""What can be put to the union."""


class Asks(enum.StrEnum):
    """What a part asks: of the union, or of the other bank through it."""

    PAYMENT = "payment"
    """To pay, or to reserve."""
    ENDING = "ending"
    """To post or to void what another part reserved."""
    OBLIGATION = "obligation"
    TRADE = "trade"
    """To register what a trade document says."""
    RETURN = "return"
    RECALL = "recall"
    STATUS = "status"
    """How a payment stands."""
    REPORT = "report"
    """What an account's reports say."""
    REQUEST = "request"
    """To pay, or what is said of that: it goes to the other bank that it names."""
    ADVICE = "advice"
    """Nothing of the union: it goes to the other bank of a payment."""


class Rejection(msgspec.Struct, frozen=True):
    """Why a part or a file is refused: ISO 20022 code, words, and where in the file."""

    code: str
    text: str
    line: int | None = None
    path: str = ""


class Part(msgspec.Struct, frozen=True, gc=False):
    """One thing that a file asks for. `name` is its UETR or reference.

    Either `item` is put to the union, or `rejection` says why not; a question and an advice have neither. `line`:
    where it is in the file, 1-based, where that is known. `linked`: it goes with the next one, or not. `speaker`:
    the BIC of the agent whose word it is, where the item does not say. `report`: what a request asks
    for, and `asker`: the BIC of who does. `goes_to`: the BIC of the bank to which it goes, where it names that.
    `held`: why it waits before it is put to the union; `warnings`: what is amiss and keeps it from nothing.
    """

    number: int
    name: str
    references: References
    item: Item | None
    rejection: Rejection | None
    line: int | None = None
    linked: bool = False
    asks: Asks = Asks.PAYMENT
    speaker: str | None = None
    report: AskedReport | None = None
    asker: str | None = None
    goes_to: str | None = None
    held: Rejection | None = None
    warnings: tuple[Rejection, ...] = ()


class Answered(msgspec.Struct, frozen=True, gc=False):
    """The message that an answer speaks of, the BIC of the agent that gets it, if known, and the answer's kind."""

    original: Original
    agent: str | None
    kind: str = "pacs.002"


class Document(msgspec.Struct, frozen=True):
    """A file as read. `fault`, and `rejection` with it, when it is refused whole; `to` when an answer is owed.

    `kind`: pacs.008 or another message of ISO 20022, a kind of trade document such as invoice, payments,
    obligations. `definition`: of a message that was read, such as pacs.008.001.08; otherwise empty. `message_id`:
    what a message of ISO 20022 calls itself, where that could be read.
    """

    kind: str
    parts: tuple[Part, ...]
    rejection: Rejection | None = None
    fault: Fault | None = None
    to: Answered | None = None
    definition: str = ""
    message_id: str | None = None


class Message(Protocol):
    """What each message between banks tells of itself: `sender` is the BIC of the agent that gets the answer."""

    @property
    def definition(self) -> str:
        """Such as pacs.008.001.08."""

    @property
    def message_id(self) -> str:
        """Its identifier."""

    @property
    def created(self) -> str:
        """When it was made, as written."""

    @property
    def sender(self) -> str | None:
        """The BIC of the agent that sent it, None when it does not say."""

    @property
    def transactions(self) -> tuple[object, ...]:
        """What it is about, in file order."""


def unknown(_uetr: str) -> PaymentView | None:
    """Know no payment."""
    return None


class Reading(msgspec.Struct, frozen=True):
    """What a message is read against: the charter, the vault's commitment to the file, payments on the log.

    `date`: the business date under way (ISO), None before the first; `preferences`: what participants chose.
    """

    charter: Charter
    whole: bytes
    payment_of: Callable[[str], PaymentView | None] = unknown
    date: str | None = None
    preferences: Preferences = EVERYBODY


def of_fault(fault: Fault) -> Rejection:
    """Say a fault of a message as a rejection."""
    return Rejection(fault.code, fault.text, fault.line, fault.path)


def of_refusal(refusal: Refusal, line: int | None = None) -> Rejection:
    """Say a refusal of the rules as a rejection."""
    return Rejection(refusal.code, refusal.text, line)


def kind_of(definition: str) -> str:
    """Return the kind of a message definition: pacs.008 of pacs.008.001.08."""
    return definition[:_KIND]


def part_from(
    number: int,
    name: str,
    references: References,
    item: Item | Refusal,
    line: int | None,
    asks: Asks,
) -> Part:
    """Make a part of what is put to the union, or of why it is not."""
    if isinstance(item, Refusal):
        return Part(number, name, references, None, of_refusal(item, line), line, asks=asks)
    return Part(number, name, references, item, None, line, asks=asks)
