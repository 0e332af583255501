"""The queue: what is said of payments that wait, and what comes of it.

With `model.command` and `model.event` they are all that can be said and all that changes a state. Amounts are minor
units, times UTC microseconds of log time.
"""

import enum

from mufakat.model.fact import Command, Event
from mufakat.model.identifier import AccountId, Bic, Currency, Uetr
from mufakat.model.money import Amount


class Priority(enum.IntEnum):
    """How a payment stands among those that wait on the same account (ISO 20022 Priority3Code)."""

    NORMAL = 0
    HIGH = 1
    URGENT = 2


class Action(enum.IntEnum):
    """What a record does with its payment: pays it, or in two steps reserves it, then posts or voids it."""

    PAY = 0
    RESERVE = 1
    POST = 2
    VOID = 3


class AmendPayment(Command, frozen=True, tag=21):
    """The debtor agent gives a waiting payment this priority and latest time (UTC microseconds, 0 for none)."""

    uetr: Uetr
    priority: Priority
    latest_us: int


class AllowBypass(Command, frozen=True, tag=22):
    """A participant lets its payments in a currency pass others of their priority that cannot settle, or not."""

    currency: Currency
    allowed: bool


class LimitPayments(Command, frozen=True, tag=23):
    """A participant limits what its normal payments may pay net in a business day; None takes the limit away.

    `counterparty`: the bank that it is towards; None for all those towards which there is no limit of their own.
    """

    currency: Currency
    counterparty: Bic | None
    limit: Amount | None


class ResolveQueues(Command, frozen=True, tag=24):
    """A member or participant asks that the queues of a currency be looked through for what can settle together."""

    currency: Currency


AnyQueueCommand = AmendPayment | AllowBypass | LimitPayments | ResolveQueues


Transfer = tuple[Uetr, AccountId, AccountId, Amount]
"""What one payment of several moves: its UETR, debit account, credit account, and the rest of its amount."""


class PaymentAmended(Event, frozen=True, tag=50):
    """A waiting payment has another priority or latest time; of another priority, it is the last of it."""

    uetr: Uetr
    priority: Priority
    latest_us: int


class PaymentPartSettled(Event, frozen=True, tag=51):
    """A part of a queued payment is final: `amount` moved from `debit` to `credit`; the rest waits on."""

    uetr: Uetr
    debit: AccountId
    credit: AccountId
    amount: Amount


class PaymentsOffset(Event, frozen=True, tag=52):
    """Queued payments of two banks to each other are final, all at once."""

    payments: tuple[Transfer, ...]


class QueuesResolved(Event, frozen=True, tag=53):
    """The queues of a currency were looked through: these payments are final, all at once; `left` wait on."""

    currency: Currency
    payments: tuple[Transfer, ...]
    left: int


class BypassAllowed(Event, frozen=True, tag=54):
    """Payments of an account may settle past others of their priority, or may not."""

    account: AccountId
    allowed: bool


class PaymentsLimited(Event, frozen=True, tag=55):
    """What normal payments of an account may pay net in a day, as LimitPayments says; None for no limit."""

    account: AccountId
    counterparty: Bic | None
    limit: Amount | None


AnyQueueing = (
    PaymentAmended | PaymentPartSettled | PaymentsOffset | QueuesResolved | BypassAllowed | PaymentsLimited
)
