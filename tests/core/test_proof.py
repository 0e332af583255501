"""A record's proof: it holds for every record of every table, and for nothing that was changed in it."""

import hashlib

import msgspec
import pytest
from hypothesis import given, settings

from mufakat.core.proof import RecordProof, is_proved, prove
from mufakat.model.identifier import uetr_of
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
        assert (proof.number, proof.record) == (number, row.tobytes())
    for each in union.state.reservations.all():
        assert is_proved(prove(union.state, "payments", each.uetr), root)
    assert proved > 50
    assert not is_proved(proof, bytes(32))


@pytest.fixture(scope="module", params=["accounts", "payments", "a payment in the register", "reserved"])
def proved(request) -> tuple[RecordProof, bytes]:
    union = world()
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
        yield from (value + 1, value ^ 1 << 40)
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


@pytest.mark.parametrize("field", ["leaves", "beside", "roots"])
def test_a_part_that_is_missing_twice_there_or_turned_round_fails(proved, field):
    proof, root = proved
    parts = getattr(proof, field)
    for other in ((), parts[:-1], (*parts, parts[-1]), parts[::-1]):
        if other != parts:
            assert not is_proved(msgspec.structs.replace(proof, **{field: other}), root)


def test_a_proof_that_went_over_the_wire_is_the_same_proof(proved):
    proof, root = proved
    assert is_proved(msgspec.msgpack.decode(msgspec.msgpack.encode(proof), type=RecordProof), root)


def test_what_is_not_there_has_no_proof():
    state = world().state
    assert prove(state, "accounts", "nothing") is None
    assert prove(state, "nothing", "nothing") is None


def test_a_record_of_one_table_is_not_proved_as_one_of_another(proved):
    proof, root = proved
    for name, _ in proof.roots:
        if name != proof.table:
            assert not is_proved(msgspec.structs.replace(proof, table=name), root)


def moved(proof):
    """The same bytes under the root, told as a longer preamble and fewer tables."""
    name, root = proof.roots[0]
    longer = proof.preamble + name.encode() + b"\0" + root
    return msgspec.structs.replace(proof, preamble=longer, roots=proof.roots[1:])


def test_no_text_within_the_preamble_passes_for_a_table(proved):
    """Members choose text that stands there, such as names: it must never be read as a table's root."""
    proof, root = proved
    assert hashed(proof) == hashed(moved(proof)) == root
    assert not is_proved(moved(proof), root)
    head, _, tail = proof.preamble.partition(b"\0")
    split = msgspec.structs.replace(proof, preamble=b"", roots=((head.decode(), tail), *proof.roots))
    assert hashed(split) == root
    assert not is_proved(split, root)


def hashed(proof):
    digest = hashlib.sha256(proof.preamble)
    for name, root in proof.roots:
        digest.update(name.encode() + b"\0" + root)
    return digest.digest()


def test_a_root_of_another_length_is_none(proved):
    proof, root = proved
    (name, first), *others = proof.roots
    for other in (first + b"\0", first[:-1], b""):
        assert not is_proved(msgspec.structs.replace(proof, roots=((name, other), *others)), root)
