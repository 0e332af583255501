"""A record under the state root: what it says of the state, and what it is not read as."""

import hashlib

import msgspec
import pytest

from mufakat.audit import staterecord
from mufakat.audit.quorum import Hex, ProofRefused
from mufakat.audit.staterecord import StateRecord, stated
from mufakat.core.accounts import settlement_account
from mufakat.core.proof import ACCOUNTS, PAYMENTS, prove
from mufakat.core.sealing import root_over
from mufakat.core.state import PARTS, REGISTER, PaymentStatus
from mufakat.model.charter import union_id
from mufakat.model.command import Channel
from mufakat.model.record import batch
from mufakat.model.signing import Domain
from tests.union import A1, A2, NOON_US, TUESDAY, charter, settled_world

ACCOUNT = settlement_account(A1, "IDR")
UNION = settled_world()
STATE = UNION.state
ROOT = STATE.root()
RECORD = stated(prove(STATE, ACCOUNTS, ACCOUNT))
PREAMBLE = msgspec.msgpack.decode(RECORD.preamble)


def over(preamble: object, **change: object) -> tuple[StateRecord, bytes]:
    """The record under another beginning of the state, and the root that commits to it."""
    data = preamble if isinstance(preamble, bytes) else msgspec.msgpack.encode(preamble)
    changed = msgspec.structs.replace(RECORD, preamble=Hex(data), **change)
    return changed, root_over(data, RECORD.roots)


def refused(record: StateRecord, root: bytes = ROOT) -> str:
    with pytest.raises(ProofRefused) as caught:
        staterecord.check(record, root, STATE.union)
    return str(caught.value)


def test_a_record_is_that_of_the_union_and_says_when():
    said = staterecord.check(RECORD, ROOT, STATE.union)
    assert (said.charter, said.now_us) == (None, STATE.now_us)
    assert staterecord.account_in(RECORD, ACCOUNT) == STATE.accounts[ACCOUNT]
    assert "not in the state" in refused(RECORD, bytes(32))


@pytest.mark.parametrize(
    "preamble",
    [
        b"",
        b"\xc1",
        b"\xc0",
        b"\x91" * 100_000,
        [],
        PREAMBLE[:5],
        {0: STATE.union, 1: bytes(32)},
        [bytes(32), *PREAMBLE[1:]],
        [STATE.union.hex(), *PREAMBLE[1:]],
        [*PREAMBLE[:9], "noon", *PREAMBLE[10:]],
    ],
)
def test_a_state_of_another_union_or_without_a_beginning_is_refused(preamble):
    assert PREAMBLE[9] == STATE.now_us >= NOON_US
    assert staterecord.check(*over(PREAMBLE), STATE.union)
    text = refused(*over(preamble))
    assert "another union's" in text or "cannot be read" in text


def identifier(data: bytes) -> bytes:
    return hashlib.sha256(Domain.CHARTER.value + b"\0" + data).digest()


def test_the_charter_in_force_is_taken_along_and_read_when_it_is_the_one():
    proof = prove(STATE, ACCOUNTS, ACCOUNT)
    with_charter = stated(proof, STATE.charter)
    assert staterecord.check(with_charter, ROOT, STATE.union).charter == STATE.charter
    other = charter(day_quorum=3)
    assert stated(proof, other).charter is None
    for packed in (msgspec.msgpack.encode(other), b"", with_charter.charter[:-1]):
        forged = msgspec.structs.replace(RECORD, charter=Hex(packed))
        assert "not the one in force" in refused(forged)
    for packed in (b"", b"\xc1", b"\x91" * 100_000, b"\x90"):
        record, root = over([STATE.union, identifier(packed), *PREAMBLE[2:]], charter=Hex(packed))
        assert "cannot be read" in refused(record, root)
    assert identifier(with_charter.charter) == union_id(STATE.charter)


def test_an_account_is_read_under_its_own_name_alone():
    for table, key, asked in (
        (ACCOUNTS, ACCOUNT, settlement_account(A2, "IDR")),
        (PAYMENTS, ACCOUNT, ACCOUNT),
    ):
        record = msgspec.structs.replace(RECORD, table=table, key=key)
        with pytest.raises(ProofRefused, match="not that of account"):
            staterecord.account_in(record, asked)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x91" * 100_000, b"\x90"])
def test_a_record_that_cannot_be_read_is_refused(data):
    record = msgspec.structs.replace(RECORD, record=Hex(data))
    with pytest.raises(ProofRefused, match="cannot be read"):
        staterecord.account_in(record, ACCOUNT)
    with pytest.raises(ProofRefused, match="cannot be read"):
        staterecord.key_in(record)
    with pytest.raises(ProofRefused, match="cannot be read"):
        staterecord.payment_in(msgspec.structs.replace(record, table=PAYMENTS), UNION.order())


def test_a_row_of_the_register_is_that_of_an_order_with_its_amount_and_date():
    union = settled_world()
    order = union.order(amount=7)
    union.tell(A1, batch((order,)))
    record = stated(prove(union.state, PAYMENTS, order.uetr))
    staterecord.check(record, union.state.root(), union.state.union)
    assert (record.table, record.count, len(record.roots)) == (REGISTER, 1, len(PARTS))
    paid = staterecord.payment_in(record, order)
    assert (paid.order, paid.status) == (order, PaymentStatus.SETTLED)
    assert staterecord.payment_in(record, msgspec.structs.replace(order, amount=8)) is None
    assert (
        staterecord.payment_in(record, msgspec.structs.replace(order, value_date=TUESDAY.replace(day=1)))
        is None
    )


def test_a_payment_that_waits_is_read_from_its_record():
    union = settled_world()
    order = union.order(channel=Channel.MPNS)
    union.tell(A1, batch((order,)))
    record = stated(prove(union.state, PAYMENTS, order.uetr))
    assert staterecord.payment_in(record, order) == union.state.payments[order.uetr]
