"""A payment order as 128 bytes, so that thousands travel under one signature and are posted as arrays.

    at  bytes  field
     0     16  UETR, the UUID's bytes
    16     32  details, SHA-256 commitment to the message that stays with the parties
    48     11  debtor agent, BIC
    59      3  currency
    62      1  channel
    63      1  priority: 0 normal, 1 high, 2 urgent
    64     11  creditor agent, BIC
    75      1  zero
    76      4  value date, days since 0001-01-01, which is 1; unsigned
    80      8  amount, minor units, signed
    88      8  earliest time, UTC microseconds of log time, unsigned; 0 for none
    96      8  latest time, likewise
   104      1  flags: 1, may settle in parts; 2 reserves, 4 posts, 6 voids; 8, linked to the next record
   105     23  zero

Numbers are little-endian. Sixteen words of 64 bits, as the posting kernel reads them. What is reserved or linked
takes effect at once or not at all: it is gross, whole, and has no earliest time; what posts or voids has no latest.
"""

import datetime
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from mufakat.model import identifier
from mufakat.model.command import (
    COMMITMENT_BYTES,
    AnyCommand,
    Channel,
    PaymentOrder,
    SubmitPayments,
)
from mufakat.model.identifier import Bic, Currency, Uetr
from mufakat.model.money import Amount
from mufakat.model.outcome import ItemOutcome, Outcome, items_of
from mufakat.model.queueing import Action, Priority
from mufakat.model.refusal import Reason

RECORD_BYTES: Final = 128
_LAYOUT: Final = struct.Struct("<16s32s11s3sBB11sxIqQQB23s")
_ZERO: Final = bytes(23)
_LAST_DAY: Final = datetime.date.max.toordinal()
LAST_TIME_US: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""
_TIMES: Final = slice(88, 104)
_NO_TIMES: Final = bytes(16)
_FLAGS: Final = 104
DIVISIBLE: Final = 1
"""The flag of a payment that may settle in parts."""
_LINKED: Final = 8
_ACTION_AT: Final = 1
_ACTIONS: Final = 3
_ALL_FLAGS: Final = 15


def batch(orders: Iterable[PaymentOrder], signers: tuple[Bic, ...] = ()) -> SubmitPayments:
    """Make the command that submits orders; raises ValueError for one that no record can hold."""
    return SubmitPayments(b"".join(map(_packed, orders)), signers)


def _packed(order: PaymentOrder) -> bytes:
    if identifier.uetr(order.uetr) != order.uetr or len(order.details) != COMMITMENT_BYTES:
        raise ValueError(f"payment {order.uetr}: the UETR or the commitment is ill-formed")
    debtor, creditor, currency = (
        order.debtor_agent.encode(),
        order.creditor_agent.encode(),
        order.currency.encode(),
    )
    if len(debtor) != 11 or len(creditor) != 11 or len(currency) != 3:
        raise ValueError(f"payment {order.uetr}: a BIC has eleven characters here, a currency three")
    if not _is_consistent(order):
        raise ValueError(
            f"payment {order.uetr}: what is reserved or linked is gross and whole, and from now on"
        )
    try:
        return _LAYOUT.pack(
            bytes.fromhex(order.uetr.replace("-", "")),
            order.details,
            debtor,
            currency,
            order.channel,
            order.priority,
            creditor,
            order.value_date.toordinal(),
            order.amount,
            order.earliest_us,
            order.latest_us,
            order.divisible | order.action << _ACTION_AT | _LINKED * order.linked,
            _ZERO,
        )
    except struct.error as error:
        raise ValueError(f"payment {order.uetr}: {error}") from None


def _is_consistent(order: PaymentOrder) -> bool:
    """Tell whether an order's kind, link, channel, times and parts go together."""
    if order.action is Action.PAY and not order.linked:
        return True
    ends = order.latest_us == 0 or order.action in (Action.PAY, Action.RESERVE)
    return order.channel is Channel.RTGS and order.earliest_us == 0 and ends and not order.divisible


def unpack(record: bytes) -> PaymentOrder | None:
    """Read one record; None when it is ill-formed."""
    if len(record) != RECORD_BYTES:
        return None
    _, details, debtor, currency, channel, priority, creditor, date, amount, *terms, rest = _LAYOUT.unpack(
        record
    )
    earliest, latest, flags = terms
    uetr = identifier.uetr_of(record[:16])
    try:
        texts = debtor.decode("ascii"), currency.decode("ascii"), creditor.decode("ascii")
    except UnicodeDecodeError:
        return None
    well_formed = (
        identifier.uetr(uetr) == uetr
        and identifier.bic(texts[0]) == texts[0]
        and identifier.currency(texts[1]) == texts[1]
        and identifier.bic(texts[2]) == texts[2]
        and channel in _CHANNELS
        and 1 <= date <= _LAST_DAY
        and priority in _PRIORITIES
        and max(earliest, latest) <= LAST_TIME_US
        and flags <= _ALL_FLAGS
        and rest == _ZERO
        and record[75] == 0
    )
    if not well_formed:
        return None
    order = PaymentOrder(
        uetr,
        Bic(texts[0]),
        Bic(texts[2]),
        Currency(texts[1]),
        Amount(amount),
        datetime.date.fromordinal(date),
        Channel(channel),
        details,
        Priority(priority),
        earliest,
        latest,
        bool(flags & DIVISIBLE),
        Action(flags >> _ACTION_AT & _ACTIONS),
        bool(flags & _LINKED),
    )
    return order if _is_consistent(order) else None


def action_of(record: bytes) -> Action:
    """Return what a record does; one with flags that do not exist pays."""
    return Action(record[_FLAGS] >> _ACTION_AT & _ACTIONS if record[_FLAGS] <= _ALL_FLAGS else 0)


def is_linked(record: bytes) -> bool:
    """Tell whether a record is linked to the next one; one with flags that do not exist is not."""
    return record[_FLAGS] <= _ALL_FLAGS and bool(record[_FLAGS] & _LINKED)


_CHANNELS: Final = tuple(int(each) for each in Channel)
_PRIORITIES: Final = tuple(int(each) for each in Priority)


def split(records: bytes) -> list[bytes]:
    """Return the single records of a batch."""
    return [records[at : at + RECORD_BYTES] for at in range(0, len(records), RECORD_BYTES)]


def orders_of(body: SubmitPayments) -> tuple[PaymentOrder, ...]:
    """Read the orders of a batch; those that are ill-formed are left out."""
    orders = map(unpack, split(body.records))
    return tuple(each for each in orders if each is not None)


def settled_fields(records: bytes) -> Iterator[tuple[Uetr, str, str, str, int, bytes]]:
    """Give UETR, debtor agent, creditor agent, currency, amount and details of records known to be well formed."""
    for packed, details, debtor, currency, _, _, creditor, _, amount, *_ in _LAYOUT.iter_unpack(records):
        yield (
            identifier.uetr_of(packed),
            debtor.decode(),
            creditor.decode(),
            currency.decode(),
            amount,
            details,
        )


def with_terms(records: bytes) -> Iterator[PaymentOrder]:
    """Give the orders, of records known to be well formed, that say more than what is paid, when, and to whom."""
    for at in range(0, len(records), RECORD_BYTES):
        record = records[at : at + RECORD_BYTES]
        if record[63] or record[_TIMES] != _NO_TIMES or record[_FLAGS] & DIVISIBLE:
            order = unpack(record)
            assert order is not None, "what settled is well formed"
            yield order


def itemised(body: AnyCommand | None, outcome: Outcome) -> tuple[ItemOutcome, ...]:
    """Return the outcome of each item of a command, payments among them; empty for a command without items.

    Raises ValueError when the outcome is another command's.
    """
    if not isinstance(body, SubmitPayments) or not outcome.statuses:
        return outcome.items
    return items_of(outcome, [identifier.uetr_of(each[:16]) for each in split(body.records)])


def brought(body: SubmitPayments, items: Sequence[ItemOutcome]) -> Iterator[tuple[PaymentOrder, ItemOutcome]]:
    """Give the orders that a batch brought to the log, each with its outcome; `items` are those of the batch.

    What is refused was brought when it is a payment that stands alone: then that is its end. A duplicate was not.
    """
    records, was_linked = split(body.records), False
    for record, item in zip(records, items, strict=True):
        order, action = unpack(record), action_of(record)
        alone, was_linked = not (was_linked or is_linked(record)), is_linked(record)
        if item.refusal is None:
            is_brought = action in (Action.PAY, Action.RESERVE)
        else:
            is_brought = action is Action.PAY and alone and item.refusal.reason is not Reason.DUPLICATE
        if order is not None and is_brought:
            yield order, item


def told(body: AnyCommand | None, outcome: Outcome) -> Outcome:
    """Return an outcome that names each of its items, for people and programs to read."""
    return msgspec.structs.replace(outcome, items=itemised(body, outcome), statuses=b"")
