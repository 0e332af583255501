"""A state as bytes, for snapshots: the same bytes for equal states, and the same state from them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from mufakat.core.commitment import Record, Records
from mufakat.core.lifecycle import enqueue
from mufakat.core.place import key_of
from mufakat.core.quote import QuoteStatus
from mufakat.core.register import Register
from mufakat.core.rooms import Rooms
from mufakat.core.state import Scalars, State, scalars_of


class _Kept(Record, frozen=True):
    """What there is of a register beside the rows in its room: how many, and which statuses changed."""

    count: int
    changed: list[tuple[int, int]]


class _Dumped(Record, frozen=True):
    """A state as bytes: tables by name, but accounts in the order of their rows; then the register's rows."""

    scalars: Scalars
    tables: list[tuple[str, list[msgspec.Raw]]]
    register: bytes | _Kept
    reservations: bytes


def dump(state: State) -> bytes:
    """Write a state as bytes, the same for equal states."""
    return _dumped(state, state.register.rows.tobytes())


def dump_beside_rows(state: State) -> bytes:
    """Write a state as bytes, but for the register's rows, which its room then has all of."""
    state.register.write()
    return _dumped(state, _Kept(len(state.register), state.register.changed))


def _dumped(state: State, register: bytes | _Kept) -> bytes:
    encode = msgspec.msgpack.Encoder(order="deterministic").encode
    tables = [
        (name, [msgspec.Raw(encode(each)) for each in _records(state, name, table)])
        for name, _, table in state.tables()
    ]
    return encode(_Dumped(scalars_of(state), tables, register, state.reservations.rows.tobytes()))


def _records(state: State, name: str, table: Records[Any]) -> Iterable[Record]:
    return state.accounts.in_order() if name == "accounts" else table.records()


def load(data: bytes, rooms: Rooms | None = None) -> State:
    """Read what `dump` wrote; raises msgspec.MsgspecError or ValueError when it is something else.

    `rooms`: where the register's rows go, in memory when it is None; of a dump beside the rows, where they are.
    """
    try:
        return _filled(msgspec.msgpack.decode(data, type=_Dumped), rooms)
    except (AssertionError, ArithmeticError, LookupError, RecursionError) as error:
        raise ValueError(f"the snapshot holds what no rules make: {error}") from error


def _filled(dumped: _Dumped, rooms: Rooms | None) -> State:
    state = State(dumped.scalars.charter)
    for name in Scalars.__struct_fields__:
        setattr(state, name, getattr(dumped.scalars, name))
    if [name for name, _ in dumped.tables] != [name for name, _, _ in state.tables()]:
        raise ValueError("the snapshot has other tables than this program")
    for (_, kind, table), (_, records) in zip(state.tables(), dumped.tables, strict=True):
        decoder = msgspec.msgpack.Decoder(kind)
        for raw in records:
            record = decoder.decode(raw)
            table.put(key_of(record), record)
    kept = dumped.register
    if isinstance(kept, _Kept):
        state.register = Register(rooms, kept.count, kept.changed)
    else:
        state.register = Register(rooms)
        state.register.load(kept)
    state.reservations.load(dumped.reservations)
    for payment in sorted(state.payments.records(), key=lambda each: each.place):
        state.register.take_note(payment.order.uetr)
        enqueue(state, payment)
    for exchange in state.exchanges.records():
        state.register.take_note(exchange.uetr)
    for quote in state.quotes.records():
        if quote.status is QuoteStatus.OPEN:
            state.offers.put(quote)
    for case in state.cases.records():
        if case.is_open and case.trade is not None:
            state.held[case.trade.id] = state.held[case.trade.document.hex()] = case.number
    return state
