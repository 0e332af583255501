"""A record's proof: it holds for every record of every table, and for nothing that was changed in it."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings

from mufakat.core.accounts import Account, settlement_account
from mufakat.core.commitment import Way
from mufakat.core.proof import RecordProof, is_proved, prove
from mufakat.core.sealing import root_over
from mufakat.core.state import PARTS
from mufakat.model.identifier import Currency, uetr_of
from mufakat.model.queueing import Action, Priority
from mufakat.model.record import batch
from tests.strategies import play, steps, world
from tests.union import A1, A2, B1


@settings(max_examples=10, deadline=None)
@given(steps(most=8))
def test_every_record_of_every_table_is_proved_by_the_root_and_by_no_other(said):
    union = world()
    play(union, said)
    root = union.state.root()
    proved = 0
    for name, _, held in union.state.tables():
        for key, record in held.items():
            proof = prove(union.state, name, key)
            assert is_proved(proof, root)
            assert proof.record == msgspec.msgpack.encode(record)
            proved += 1
    for number, row in enumerate(union.state.register.rows):
        proof = prove(union.state, "payments", uetr_of(row.tobytes()[:16]))
        assert is_proved(proof, root)
        assert (proof.way.number, proof.record) == (number, row.tobytes())
    for each in union.state.reservations.all():
        assert is_proved(prove(union.state, "payments", each.uetr), root)
    assert proved > 50
    assert not is_proved(proof, bytes(32))


@pytest.fixture(scope="module", params=["accounts", "payments", "a payment in the register", "reserved"])
def proved(request) -> tuple[RecordProof, bytes]:
    union = world()
    for _ in range(9):
        union.pay(amount=10**9)
    for _ in range(150):
        union.pay(creditor_agent=B1, debtor_agent=A2, amount=1)
    if request.param == "a payment in the register":
        number = 3
        key = uetr_of(union.state.register.rows[number].tobytes()[:16])
        return prove(union.state, "payments", key), union.state.root()
    if request.param == "reserved":
        orders = [union.order(amount=1, action=Action.RESERVE, priority=Priority.URGENT) for _ in range(150)]
        union.must(A1, batch(orders))
        return prove(union.state, "payments", orders[3].uetr), union.state.root()
    key = next(key for key, _ in getattr(union.state, request.param).items())
    return prove(union.state, request.param, key), union.state.root()


def flipped(value):
    """Every value that differs from this one in one bit of one of its bytes, or in one character."""
    if isinstance(value, bytes):
        for at in range(len(value)):
            for bit in (0, 7):
                yield value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]
    elif isinstance(value, str):
        for at in range(len(value)):
            yield value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    elif isinstance(value, int):
        yield from (value + 1, value - 1, value ^ 1 << 40)
    elif isinstance(value, Way):
        for name in Way.__struct_fields__:
            for other in flipped(getattr(value, name)):
                yield msgspec.structs.replace(value, **{name: other})
    else:
        for at, part in enumerate(value):
            for other in flipped(part):
                yield (*value[:at], other, *value[at + 1 :])


@pytest.mark.parametrize("field", RecordProof.__struct_fields__)
def test_any_changed_byte_of_a_proof_fails(proved, field):
    proof, root = proved
    assert is_proved(proof, root)
    tried = 0
    for other in flipped(getattr(proof, field)):
        assert not is_proved(msgspec.structs.replace(proof, **{field: other}), root), (field, other)
        tried += 1
    assert tried or not getattr(proof, field)


def rearranged(parts):
    for other in ((), parts[:-1], parts[1:], (*parts, *parts[-1:]), (*parts, bytes(32)), parts[::-1]):
        if other != parts:
            yield other


def test_a_part_that_is_missing_twice_there_or_turned_round_fails(proved):
    proof, root = proved
    for other in rearranged(proof.roots):
        assert not is_proved(msgspec.structs.replace(proof, roots=other), root)
    for field in ("leaves", "beside"):
        for other in rearranged(getattr(proof.way, field)):
            way = msgspec.structs.replace(proof.way, **{field: other})
            assert not is_proved(msgspec.structs.replace(proof, way=way), root)


def test_a_proof_that_went_over_the_wire_is_the_same_proof(proved):
    proof, root = proved
    assert is_proved(msgspec.msgpack.decode(msgspec.msgpack.encode(proof), type=RecordProof), root)


def test_what_is_not_there_has_no_proof():
    state = world().state
    assert prove(state, "accounts", "nothing") is None
    assert prove(state, "nothing", "nothing") is None


def test_a_record_of_one_table_is_not_proved_as_one_of_another(proved):
    proof, root = proved
    for name in (*PARTS, "", "nothing"):
        if name != proof.table:
            assert not is_proved(msgspec.structs.replace(proof, table=name), root)


def test_a_way_of_one_kind_is_none_of_another():
    """What leads to one table's root leads to no other's, even where that other one's root is the same bytes."""
    union = world()
    union.pay(amount=1)
    state = union.state
    kinds = [prove(state, "accounts", next(key for key, _ in state.accounts.items()))]
    kinds.append(prove(state, "keys", next(key for key, _ in state.keys.items())))
    kinds.append(prove(state, "payments", uetr_of(state.register.rows[0].tobytes()[:16])))
    for proof in kinds:
        for other in kinds:
            if other is proof:
                continue
            roots = list(proof.roots)
            roots[PARTS.index(other.table)] = roots[PARTS.index(proof.table)]
            forged = msgspec.structs.replace(proof, table=other.table, roots=tuple(roots))
            assert not is_proved(forged, root_over(forged.preamble, forged.roots))


def test_no_bytes_of_the_preamble_pass_for_a_root(proved):
    """Members choose text that stands there: it must never be read as a table's root, nor a root as text."""
    proof, root = proved
    assert hashed(proof.preamble, proof.roots) == root_over(proof.preamble, proof.roots) == root
    longer = proof.preamble + proof.roots[0]
    for preamble, roots in (
        (longer, proof.roots[1:]),
        (longer[:-32], (proof.preamble[-32:], *proof.roots)),
        (hashlib.sha256(proof.preamble).digest(), proof.roots),
        (b"", (hashlib.sha256(proof.preamble).digest(), *proof.roots)),
    ):
        assert not is_proved(msgspec.structs.replace(proof, preamble=preamble, roots=roots), root)


def hashed(preamble, roots):
    inner = hashlib.sha256(preamble).digest()
    return hashlib.sha256(b"mufakat/state/v8\0" + inner + b"".join(roots)).digest()


def test_a_root_of_another_length_is_none(proved):
    proof, root = proved
    first, second, *others = proof.roots
    for other in (
        (first + b"\0", second, *others),
        (first[:-1], second, *others),
        (b"", second, *others),
        (first + second[:1], second[1:], *others),
        (first + second, b"", *others),
    ):
        assert not is_proved(msgspec.structs.replace(proof, roots=other), root)


@pytest.mark.parametrize("accounts", [10, 1_000])
def test_the_proof_of_a_balance_is_small(accounts):
    state = world().state
    for number in range(accounts):
        owner = f"B{number:03}QMA1XXX"
        name = settlement_account(owner, "IDR")
        state.accounts.put(name, Account(name, owner, Currency("IDR"), number * 10**9))
    root = state.root()
    constant = len(msgspec.msgpack.encode((state.preamble(), state.roots())))
    for number in range(0, accounts, 10):
        proof = prove(state, "accounts", settlement_account(f"B{number:03}QMA1XXX", "IDR"))
        assert is_proved(proof, root)
        size = len(msgspec.msgpack.encode(proof)) - constant
        assert size < 300 + 34 * accounts.bit_length()
