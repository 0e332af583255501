"""A record of the state and its way to the state root, as a proof holds it: a payment, a key, an account."""

import hashlib
from typing import Any, Final

import msgspec

from mufakat.audit.quorum import Count, Hex, Part, ProofRefused
from mufakat.core.accounts import Account
from mufakat.core.commitment import Way
from mufakat.core.proof import ACCOUNTS, PAYMENTS, RecordProof, is_proved
from mufakat.core.register import row_of
from mufakat.core.reservations import reservation_of
from mufakat.core.state import REGISTER, RESERVED, Key, Payment, PaymentStatus, Scalars
from mufakat.model import command as c
from mufakat.model.charter import Charter, union_id
from mufakat.model.queueing import Action
from mufakat.model.refusal import Reason
from mufakat.model.signing import Domain

KEYS: Final = "keys"
_UNION, _CHARTER, _NOW = map(Scalars.__struct_fields__.index, ("union", "charter", "now_us"))


class StateRecord(Part, frozen=True):
    """A record of the state and what leads from it to the state root, as in core.proof.RecordProof.

    `number`, `count`: of an account, its row and how many accounts there are; of a payment in table
    `settled` or `reserved`, the same among such; 0 for any other. `charter`: the one in force, canonical
    MessagePack, when validators were changed since the founding; it names whose they are.
    """

    table: str
    key: str
    record: Hex
    leaves: tuple[Hex, ...]
    beside: tuple[Hex, ...]
    preamble: Hex
    roots: tuple[Hex, ...]
    number: Count = 0
    count: Count = 0
    charter: Hex | None = None


class Said(msgspec.Struct, frozen=True):
    """What a state says beside its tables. `charter`: the one in force, or None when the proof does not hold it.

    `now_us`: log time of the last command that was admitted, UTC microseconds.
    """

    charter: Charter | None
    now_us: int


def stated(proof: RecordProof, in_force: Charter | None = None) -> StateRecord:
    """Put a record's proof into the form of a file, with a charter beside it when it is the one in force."""
    way, charter = proof.way, None
    if in_force is not None and union_id(in_force) == msgspec.msgpack.decode(proof.preamble)[_CHARTER]:
        charter = Hex(msgspec.msgpack.encode(in_force))
    return StateRecord(
        proof.table,
        proof.key,
        Hex(proof.record),
        tuple(map(Hex, way.leaves)),
        tuple(map(Hex, way.beside)),
        Hex(proof.preamble),
        tuple(map(Hex, proof.roots)),
        way.number,
        way.count,
        charter,
    )


def check(record: StateRecord, state_root: bytes, union: bytes) -> Said:
    """Check that a record stands under the state root of the union; raises ProofRefused."""
    way = Way(record.leaves, record.beside, record.number, record.count)
    proof = RecordProof(record.table, record.key, record.record, way, record.preamble, record.roots)
    if not is_proved(proof, state_root):
        raise ProofRefused(
            f"the record of {record.table} is not in the state of the head: "
            "the record or its way to the state root was changed"
        )
    try:
        scalars = msgspec.msgpack.decode(record.preamble)
        theirs, in_force, now_us = scalars[_UNION], scalars[_CHARTER], scalars[_NOW]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError) as error:
        raise ProofRefused(f"the state's beginning cannot be read: {error}") from None
    if theirs != union or not isinstance(now_us, int):
        raise ProofRefused("the state is another union's")
    return Said(None if record.charter is None else _charter_of(record.charter, in_force), now_us)


def _charter_of(packed: bytes, identifier: object) -> Charter:
    if hashlib.sha256(Domain.CHARTER.value + b"\0" + packed).digest() != identifier:
        raise ProofRefused("the charter beside the record is not the one in force")
    try:
        return msgspec.msgpack.decode(packed, type=Charter)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofRefused(f"the charter in force cannot be read: {error}") from None


def key_in(record: StateRecord) -> Key:
    """Read a key that the log knows; raises ProofRefused."""
    found: Key = _read(record, Key)
    return found


def account_in(record: StateRecord, account: str) -> Account:
    """Read the account of this identifier; raises ProofRefused when the record is another's."""
    if record.table != ACCOUNTS or record.key != account:
        raise ProofRefused(f"the record is not that of account {account}")
    found: Account = _read(record, Account)
    return found


def payment_in(record: StateRecord, order: c.PaymentOrder) -> Payment | None:
    """Read how a payment stands; None when a row is not that of `order`. Raises ProofRefused."""
    if record.table == PAYMENTS:
        found: Payment = _read(record, Payment)
        return found
    if record.table == RESERVED:
        held = reservation_of(record.number, record.record)
        fits = (held.amount, held.latest_us) == (order.amount, order.latest_us)
        return Payment(order, held.number, PaymentStatus.RESERVED) if fits else None
    assert record.table == REGISTER, (
        "a payment stands in the table, in the register or among the reservations"
    )
    row = row_of(record.number, record.record)
    # Of what was reserved a part may have been posted.
    fits = row.amount <= order.amount if order.action is Action.RESERVE else row.amount == order.amount
    reason = Reason(row.reason) if row.reason else None
    payment = Payment(order, row.number, PaymentStatus(row.status), reason)
    if row.amount < order.amount:
        payment = msgspec.structs.replace(payment, paid=row.amount)
    return payment if fits and row.date == order.value_date.toordinal() else None


def _read(record: StateRecord, kind: type[Any]) -> Any:
    try:
        return msgspec.msgpack.decode(record.record, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofRefused(f"the record of {record.table} cannot be read: {error}") from None
