"""A proof shows what it says and nothing else; whatever is changed in it, it shows nothing, or the same."""

import copy
import json
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mufakat.audit import proof as proofs
from mufakat.audit import quorum as q
from mufakat.audit.proof import Proof, Verdict
from mufakat.audit.quorum import Hex, ProofRefused
from mufakat.audit.staterecord import stated
from mufakat.core.accounts import settlement_account
from mufakat.core.proof import ACCOUNTS, PAYMENTS, prove
from mufakat.core.state import PARTS, PaymentStatus
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter, KeyGrant, Role, union_id
from mufakat.model.outcome import DONE, Status
from mufakat.model.record import batch, orders_of
from mufakat.model.refusal import Reason
from mufakat.node.founding import charter_of_plan, read_plan
from tests.audit.makers import HEIGHT, World, digest, header, secrets_of, signed_block, validators
from tests.union import A1, A2, MEMBERS, charter, private, public_key, settled_world

GOLDEN = Path(__file__).parent.parent / "golden" / "proofs"
RECORDED = charter_of_plan(read_plan(GOLDEN / "charter.toml"))
NAMES = ("settled", "waiting", "netted", "rejected", "trail", "balance", "genesis", "entry", "refused")
WORLD, ALONE = World(), World(embedded=True)
PAYER, PAYEE = settlement_account(A1, "IDR"), settlement_account(A2, "IDR")


def recorded(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes()


def refused(proof: Proof | bytes, of: Charter = WORLD.charter) -> str:
    data = proof if isinstance(proof, bytes) else proofs.encode(proof)
    with pytest.raises(ProofRefused) as caught:
        proofs.check(data, of)
    return str(caught.value)


def replaced(proof: Proof, **change: object) -> Proof:
    return msgspec.structs.replace(proof, **change)


# -- what is shown --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "reason", "became"),
    [
        ("settled", PaymentStatus.SETTLED, None, Status.SETTLED),
        ("waiting", PaymentStatus.ACCEPTED, None, Status.ACCEPTED),
        ("netted", PaymentStatus.SETTLED, None, Status.ACCEPTED),
        ("rejected", PaymentStatus.REJECTED, Reason.UNKNOWN_CURRENCY, Status.REFUSED),
        ("trail", PaymentStatus.SETTLED, None, Status.SETTLED),
    ],
)
def test_a_payment_of_a_real_union_is_shown_with_its_outcome_and_its_status(name, status, reason, became):
    verdict = proofs.check(recorded(name), RECORDED)
    assert verdict.payment.status is status and verdict.payment.reason is reason
    assert verdict.payment.outcome.status is became
    assert verdict.payment.order.amount == 12_345
    assert verdict.author == verdict.payment.order.debtor_agent == "BK01QMA1XXX"
    assert len(verdict.signers) > 2 and set(verdict.signers) <= {"QM", "QN", "QO", "QP"}
    assert verdict.changes == (2 if name == "trail" else 0)
    assert len(recorded(name)) < 16_384


def test_a_balance_of_a_real_union_is_shown_with_its_signers_by_name_though_validators_changed():
    verdict = proofs.check(recorded("balance"), RECORDED)
    assert (verdict.account.id, verdict.account.owner) == (settlement_account(A1, "IDR"), A1)
    assert (verdict.account.balance, verdict.account.reserved) == (100_000 - 2 * 12_345, 1)
    assert (verdict.entry, verdict.changes) == (verdict.entries - 1, 2)
    assert len(verdict.signers) > 2 and set(verdict.signers) <= {"QM", "QN", "QO", "QP"}
    bare = proofs.decode(recorded("balance"))
    without = replaced(bare, record=msgspec.structs.replace(bare.record, charter=None))
    assert proofs.check(proofs.encode(without), RECORDED).account == verdict.account


def test_an_entry_is_shown_with_whose_key_signed_it():
    entry = proofs.check(recorded("entry"), RECORDED)
    assert (entry.author, entry.command, entry.outcome.status) == ("QO", "CallCycle", Status.DONE)
    refusal = proofs.check(recorded("refused"), RECORDED)
    assert (refusal.author, refusal.outcome.refusal.reason) == ("QM", Reason.NOT_OWN_AFFAIR)
    assert proofs.check(recorded("genesis"), RECORDED).command == "Genesis"


@pytest.mark.parametrize("world", [WORLD, ALONE], ids=["cometbft", "embedded"])
def test_what_is_not_proved_is_said(world):
    settled = proofs.check(proofs.encode(world.proof()), world.charter)
    accepted = proofs.check(proofs.encode(world.proof(world.accepted.uetr)), world.charter)
    assert "returned the money" in settled.not_proved[0]
    assert "settled, rejected or cancelled" in accepted.not_proved[0]
    assert any("hash alone" in each for each in settled.not_proved)
    machine = any("one machine" in each for each in settled.not_proved)
    assert machine is world.embedded


def test_a_proof_reads_back_as_it_was_written():
    for proof in (WORLD.proof(), ALONE.proof(), proofs.decode(recorded("trail"))):
        assert proofs.decode(proofs.encode(proof)) == proof
    text = json.loads(proofs.encode(WORLD.proof()))
    assert list(text) == sorted(text)


# -- attacks --------------------------------------------------------------------------------------------


def lines_with(number: int, command: bytes | None = None, outcome: bytes | None = None):
    """The union's log with one entry changed."""
    at_us, old, became = WORLD.lines[number]
    line = (at_us, old if command is None else command, became if outcome is None else outcome)
    return [*WORLD.lines[:number], line, *WORLD.lines[number + 1 :]]


def outcome_saying(status: Status) -> bytes:
    was = outcomes.decode(WORLD.lines[WORLD.place][2])
    return outcomes.encode(msgspec.structs.replace(was, statuses=bytes((status, *was.statuses[1:]))))


def command_paying(amount: int) -> bytes:
    signed = c.decode(WORLD.lines[WORLD.place][1])
    orders = orders_of(signed.instruction.body)
    body = batch((msgspec.structs.replace(orders[0], amount=amount), *orders[1:]))
    return c.encode(
        msgspec.structs.replace(signed, instruction=msgspec.structs.replace(signed.instruction, body=body))
    )


def test_another_charter_is_another_union():
    assert "this charter founds union" in refused(WORLD.proof(), charter(day_quorum=3))
    mine = replaced(WORLD.proof(), union=Hex(union_id(charter(day_quorum=3))))
    assert refused(mine, charter(day_quorum=3))
    assert refused(recorded("settled"))


@pytest.mark.parametrize("world", [WORLD, ALONE], ids=["cometbft", "embedded"])
def test_a_changed_outcome_amount_time_or_number_is_not_in_the_tree(world):
    proof = world.proof()
    entry = proof.entry
    for change in (
        {"outcome": Hex(outcome_saying(Status.QUEUED))},
        {"command": Hex(command_paying(99))},
        {"at_us": entry.at_us + 1},
        {"number": entry.number - 1},
        {"number": entry.number + 10**6},
        {"path": world.entry(entry.number - 1)[0].path},
        {"path": entry.path[:-1]},
        {"path": (*entry.path, entry.path[0])},
        {"path": (*entry.path[:-1], Hex(b"short"))},
    ):
        forged = replaced(proof, entry=msgspec.structs.replace(entry, **change))
        assert refused(forged, world.charter), change


@pytest.mark.parametrize(
    "lines",
    [
        lines_with(WORLD.place, outcome=outcome_saying(Status.QUEUED)),
        lines_with(WORLD.place, command_paying(99)),
    ],
    ids=["outcome", "amount"],
)
def test_a_tree_made_anew_over_a_changed_entry_has_another_hash_than_was_signed(lines):
    entry, head = WORLD.entry(WORLD.place, lines)
    assert "another hash" in refused(replaced(WORLD.proof(), entry=entry, head=head))


def test_even_a_quorum_cannot_put_words_into_a_banks_mouth():
    changed = WORLD.proof(lines=lines_with(WORLD.place, command_paying(99)))
    assert "signature does not fit" in refused(changed)
    not_canonical = WORLD.lines[WORLD.place][1] + b"\0"
    assert "canonical" in refused(WORLD.proof(lines=lines_with(WORLD.place, not_canonical)))


def test_an_outcome_that_cannot_be_read_or_is_not_canonical_is_none():
    for outcome in (b"", b"\xc1", outcomes.encode(DONE) + b"\0", b"\x92\x01\xc0"):
        assert "outcome" in refused(WORLD.proof(lines=lines_with(WORLD.place, outcome=outcome)))


def test_an_entry_that_did_not_bring_the_payment_does_not_prove_it():
    proof = WORLD.proof()
    other, _ = WORLD.entry(WORLD.place - 1)
    assert "brought no payments" in refused(replaced(proof, entry=other))
    assert "not the one" in refused(replaced(proof, payment="none"))
    elsewhere = replaced(proof, payment=WORLD.accepted.uetr)
    assert "is missing" in refused(elsewhere)


def test_a_payment_said_again_is_proved_by_the_entry_that_brought_it():
    union = WORLD.proof()
    verdict = proofs.check(proofs.encode(union), WORLD.charter)
    assert len(orders_of(c.decode(union.entry.command).instruction.body)) == 4
    assert verdict.payment.outcome.status is Status.SETTLED


def test_one_banks_order_in_anothers_name_proves_nothing():
    world = World()
    stolen = world.union.order(debtor_agent="BK01QNA1XXX", creditor_agent=A1, currency="VND", amount=3)
    world.union.tell(A1, batch((stolen,)))
    world.place = len(world.union.log)
    world.union.must("BK01QNA1XXX", batch((stolen,)))
    world.lines = World.lines_of(world.union)
    assert "not the one" in refused(world.proof(stolen.uetr))
    world.place += 1
    assert proofs.check(proofs.encode(world.proof(stolen.uetr)), WORLD.charter).author == "BK01QNA1XXX"


def test_the_record_is_that_of_the_payment_and_stands_under_the_state_root():
    proof = WORLD.proof()
    record = proof.record
    other = WORLD.standing(PAYMENTS, WORLD.accepted.uetr)
    settled = bytearray(record.record)
    settled[36] = int(PaymentStatus.RETURNED)
    on_page = bytes(record.leaves[0]).replace(bytes(record.record), bytes(settled))
    for change in (
        {"record": Hex(settled)},
        {"record": Hex(settled), "leaves": (Hex(on_page),)},
        {"number": record.number + 1},
        {"number": record.number + 64},
        {"count": record.count + 1},
        {"table": "accounts"},
        {"table": PAYMENTS},
        {"key": WORLD.accepted.uetr},
        {"record": other.record},
        {"leaves": (*record.leaves, record.leaves[0])},
        {"leaves": ()},
        {"beside": (*record.beside, Hex(bytes(32)))},
        {"roots": record.roots[:-1]},
        {"roots": (*record.roots, record.roots[-1])},
        {"roots": (*record.roots[:-1], Hex(b""))},
        {"roots": record.roots[::-1]},
        {"preamble": Hex(record.preamble[:-1])},
        {"charter": Hex(b"")},
    ):
        forged = replaced(proof, record=msgspec.structs.replace(record, **change))
        assert refused(forged), change
    assert "is missing" in refused(replaced(proof, record=None))
    assert "is missing" in refused(replaced(proof, record=other))


def test_the_state_of_another_union_is_not_this_ones():
    theirs = settled_world(of=charter(day_quorum=3))
    key = public_key(private("QM", "submit")).hex()
    world = World()
    mine = world.key("QM")
    world.union.state.union = theirs.state.union
    proof = world.proof_of_entry(1, world.key("QM"))
    assert "another union's" in refused(proof)
    assert mine.key == key


def test_an_entry_is_not_its_authors_without_the_record_of_the_key():
    right = WORLD.proof_of_entry(1, WORLD.key("QM"))
    assert proofs.check(proofs.encode(right), WORLD.charter).author == "QM"
    assert "is missing" in refused(replaced(right, record=None))
    assert "not that of the key" in refused(replaced(right, record=WORLD.key("QN")))
    assert "not that of the key" in refused(WORLD.proof_of_entry(0, WORLD.key("QN")))


def test_who_is_named_by_a_refused_command_did_not_say_it_unless_the_key_is_its_own():
    world = World()
    world.union.send(
        world.union.signed("QM", c.OpenAccount(A1, "IDR"), key=public_key(private("QN", "submit")))
    )
    world.union.send(b"no command")
    world.lines = World.lines_of(world.union)
    forged = world.proof_of_entry(len(world.lines) - 2, world.key("QN"))
    assert proofs.check(proofs.encode(forged), WORLD.charter).author == ""
    noise = proofs.check(proofs.encode(world.proof_of_entry(len(world.lines) - 1)), WORLD.charter)
    assert (noise.author, noise.command, noise.outcome.refusal.reason) == ("", "", Reason.MALFORMED)


def test_the_genesis_is_that_of_the_charter():
    assert proofs.check(proofs.encode(WORLD.proof_of_entry(0)), WORLD.charter).command == "Genesis"
    genesis = settled_world(of=charter(day_quorum=3)).genesis
    own = WORLD.union.genesis
    for command in (
        b"\xc1",
        msgspec.msgpack.encode(genesis),
        msgspec.msgpack.encode(msgspec.structs.replace(own, signatures=own.signatures[::-1])),
        msgspec.msgpack.encode(own) + b"",
    ):
        world = World()
        world.lines = [(world.lines[0][0], command, world.lines[0][2]), *world.lines[1:]]
        if command == msgspec.msgpack.encode(own):
            assert proofs.check(proofs.encode(world.proof_of_entry(0)), WORLD.charter)
        else:
            assert "genesis" in refused(world.proof_of_entry(0))


def test_a_block_of_two_of_three_proves_nothing():
    proof = WORLD.proof()
    assert "20 of 30" in refused(replaced(proof, quorum=WORLD.blocks(proof.head, ("QM", "QN"))))
    twice = WORLD.blocks(proof.head, (*MEMBERS, "QM"))
    assert "counted twice" in refused(replaced(proof, quorum=twice))


def test_a_head_of_fewer_entries_or_another_state_was_not_signed():
    proof = WORLD.proof()
    for change in (
        {"entries": proof.head.entries + 1},
        {"state_root": Hex(bytes(32))},
        {"state_root": Hex(b"")},
    ):
        assert refused(replaced(proof, head=msgspec.structs.replace(proof.head, **change)))


# -- accounts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", [WORLD, ALONE], ids=["cometbft", "embedded"])
def test_an_account_is_shown_with_its_balance_after_the_last_entry(world):
    for account in (PAYER, PAYEE, "issue/IDR/IDR"):
        proof = world.proof_of_account(account)
        verdict = proofs.check(proofs.encode(proof), world.charter)
        assert verdict.account == world.union.state.accounts[account]
        assert (verdict.entry, verdict.entries) == (len(world.lines) - 1, len(world.lines))
        assert (verdict.at_us, verdict.state_root) == (world.union.state.now_us, world.union.state.root())
        assert (verdict.payment, verdict.outcome, verdict.author, verdict.command) == (None, None, "", "")
        assert "moved the money" in verdict.not_proved[0]


def test_a_validator_that_came_later_is_named_by_the_charter_in_force():
    world, fresh = World(), private("QM", "newer")
    secrets = [fresh, *secrets_of(("QN", "QO"))]
    founding, later = validators(secrets_of(MEMBERS)), validators(secrets)
    chain = q.chain_of(union_id(world.charter))
    passing = header(HEIGHT - 1, founding, later, digest("before"))
    change = q.Change(signed_block(passing, secrets_of(MEMBERS), chain), later)
    first, *others = world.charter.members
    grant = KeyGrant(public_key(fresh), (Role.VALIDATE,))
    state = world.union.state
    state.charter = msgspec.structs.replace(
        world.charter, members=(msgspec.structs.replace(first, keys=(grant,)), *others)
    )
    proof = world.proof_of_account(PAYER)
    block = signed_block(header(HEIGHT, later, later, proofs.head_hash(proof.head)), secrets, chain)
    bare = replaced(proof, quorum=q.Blocks(block, (change,)))
    named = replaced(bare, record=stated(prove(state, ACCOUNTS, PAYER), state.charter))
    assert proofs.check(proofs.encode(named), world.charter).signers == ("QM", "QN", "QO")
    address = q.address_of(public_key(fresh)).hex()
    assert proofs.check(proofs.encode(bare), world.charter).signers == tuple(sorted((address, "QN", "QO")))


def test_an_account_of_another_balance_name_or_state_is_not_proved():
    proof = WORLD.proof_of_account(PAYER)
    record, account = proof.record, WORLD.union.state.accounts[PAYER]
    other = WORLD.standing(ACCOUNTS, PAYEE)

    def packed(**change: object) -> Hex:
        return Hex(msgspec.msgpack.encode(msgspec.structs.replace(account, **change)))

    place = PARTS.index(ACCOUNTS)
    for change in (
        {"record": packed(balance=account.balance + 1)},
        {"record": packed(balance=2**63)},
        {"record": packed(balance=-(2**63))},
        {"record": packed(limit=account.limit + 1)},
        {"record": packed(id=PAYEE)},
        {"record": packed(row=other.number)},
        {"record": packed(row=other.number), "number": other.number},
        {"record": other.record},
        {"record": Hex(record.record + b"\0")},
        {"record": Hex(b"")},
        {"record": Hex(b"\x91" * 100_000)},
        {"record": other.record, "leaves": other.leaves, "beside": other.beside, "number": other.number},
        {"number": other.number},
        {"number": 2**63 - 1},
        {"count": record.count - 1},
        {"count": record.count + 1},
        {"count": 2**63 - 1},
        {"leaves": record.leaves[::-1]},
        {"leaves": (*record.leaves, record.leaves[0])},
        {"leaves": record.leaves[:1]},
        {"leaves": record.leaves * 10_000},
        {"beside": record.beside[:-1]},
        {"beside": record.beside[::-1]},
        {"beside": (*record.beside, record.roots[place])},
        {"beside": record.beside * 10_000},
        {"beside": (record.leaves[0], *record.beside[1:])},
        {"leaves": record.beside[:4], "beside": record.leaves},
        {"roots": (*record.roots[:place], record.roots[place - 1], *record.roots[place + 1 :])},
        {"table": "keys"},
        {"table": PAYMENTS},
        {"table": "settled"},
        {"table": "accounts\0"},
        {"key": PAYEE},
        {"key": ""},
    ):
        changed = msgspec.structs.replace(record, **change)
        assert changed != record, change
        assert refused(replaced(proof, record=changed)), change
    assert "not that of account" in refused(replaced(proof, account=PAYEE))
    assert "not that of account" in refused(replaced(proof, record=WORLD.key("QM")))
    assert "is missing" in refused(replaced(proof, record=None))
    assert refused(replaced(proof, record=ALONE.standing(ACCOUNTS, PAYER)))


def test_what_is_proved_is_an_account_or_an_entry_and_not_both():
    account, payment = WORLD.proof_of_account(PAYER), WORLD.proof()
    assert "no entry shows one" in refused(replaced(account, entry=payment.entry))
    assert "no entry shows one" in refused(replaced(payment, account=PAYER))
    assert "no account is what" in refused(replaced(account, account=None))
    assert "no account is what" in refused(replaced(account, payment=WORLD.settled.uetr))
    assert "no account is what" in refused(replaced(payment, entry=None))
    assert refused(replaced(account, head=msgspec.structs.replace(account.head, tree_root=Hex(b""))))
    nothing = msgspec.structs.replace(account.head, entries=0)
    assert "no entries" in refused(replaced(account, head=nothing, quorum=WORLD.quorum(nothing)))


# -- fuzz -----------------------------------------------------------------------------------------------


def told(verdict: Verdict) -> Verdict:
    """A verdict without who signed: taking signatures away, while a quorum is left, changes nothing else."""
    return msgspec.structs.replace(verdict, signers=())


SAMPLES = [(recorded(name), RECORDED) for name in NAMES] + [
    (proofs.encode(each), world.charter)
    for world in (WORLD, ALONE)
    for each in (world.proof(), world.proof_of_account(PAYER))
]
RIGHT = [proofs.check(*sample) for sample in SAMPLES]
samples = st.integers(0, len(SAMPLES) - 1)


def holds_or_is_refused(number: int, data: bytes) -> None:
    try:
        verdict = proofs.check(data, SAMPLES[number][1])
    except ProofRefused:
        return
    assert told(verdict) == told(RIGHT[number])


@settings(max_examples=400, deadline=None)
@given(samples, st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_flipped_byte_is_noticed_or_means_nothing(number, place, change):
    data = bytearray(SAMPLES[number][0])
    data[int(place * len(data))] ^= change
    holds_or_is_refused(number, bytes(data))


@settings(max_examples=100, deadline=None)
@given(samples, st.floats(0, 1), st.binary(max_size=8), st.integers(0, 40))
def test_bytes_put_in_or_left_out_are_noticed_or_mean_nothing(number, place, more, fewer):
    data = SAMPLES[number][0]
    at = int(place * len(data))
    holds_or_is_refused(number, data[:at] + more + data[at + fewer :])


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_every_byte_flipped_is_noticed_or_means_nothing(number):
    data = SAMPLES[number][0]
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << (place % 8)
        holds_or_is_refused(number, bytes(changed))


def leaves(value: object, path: tuple = ()):
    """Give the place of each part of a document."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from leaves(part, (*path, key))


def others(value: object, chance: random.Random) -> list[object]:
    """Other values of a field, of its own type and of others."""
    found: list[object] = [None, "", "00", -1, 0, 2**70, 1.5, True, [], {}, [value]]
    if isinstance(value, int):
        found += [value + 1, value - 1, value + 2**32, -value]
    if isinstance(value, str) and value:
        at = chance.randrange(len(value))
        found += [
            value[:at] + chance.choice("0123456789abcdefghxyz") + value[at + 1 :],
            value[2:],
            value + "00",
            value.upper(),
            value + " ",
        ]
    if isinstance(value, list) and value:
        found += [value[:-1], value[1:], [*value, value[0]], value[::-1]]
    if isinstance(value, dict):
        found += [{**value, "more": 1}, dict(list(value.items())[1:])]
    return found


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_each_field_changed_alone_is_noticed_or_means_nothing(number):
    document = json.loads(SAMPLES[number][0])
    chance = random.Random(number)
    for path in leaves(document):
        if not path:
            continue
        value = document
        for key in path:
            value = value[key]
        for other in others(value, chance):
            changed = copy.deepcopy(document)
            inside = changed
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = other
            holds_or_is_refused(number, json.dumps(changed).encode())


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))
    )
)
def test_noise_is_no_proof(noise):
    assert refused(noise)


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.dictionaries(st.sampled_from(Proof.__struct_fields__), inner, max_size=7),
        ),
    )
)
def test_any_other_document_is_no_proof(document):
    assert refused(json.dumps(document).encode())


def test_what_is_nested_without_end_or_larger_than_any_proof_is_none():
    assert refused(b"[" * 100_000)
    assert refused(b'{"quorum":' * 100_000)
    assert "MiB" in refused(b" " * (proofs.MOST_BYTES + 1))
