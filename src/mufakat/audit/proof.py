"""A proof that the union committed an outcome or a balance, checked from its bytes and the charter alone.

A proof is a JSON file: an entry of the log (the signed command and its outcome), its audit path in the journal's
tree (RFC 9162), the head of that tree with the state root beside it, a record of the state under that root, and
the evidence that a quorum of the members signed the head's hash (`audit.quorum`). The proof of an account has no
entry: its balance is what all entries together made of it. Checking needs no network, no node and no trust in
whoever made it: the one thing that has to be known is the union's charter.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Final, Literal

import msgspec

from mufakat.audit import quorum as evidence
from mufakat.audit import staterecord
from mufakat.audit.quorum import Count, Hex, Part, ProofRefused, Quorum
from mufakat.audit.staterecord import KEYS, Said, StateRecord
from mufakat.audit.tree import frame_of
from mufakat.core.accounts import Account
from mufakat.core.authorisation import refuse_signatures
from mufakat.core.proof import PAYMENTS, ROWS
from mufakat.core.state import PaymentStatus
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import Charter, Genesis, faults_of_genesis, union_id
from mufakat.model.merkle import is_included, leaf_hash
from mufakat.model.money import Amount
from mufakat.model.outcome import ItemOutcome, Outcome, Status
from mufakat.model.record import brought, itemised
from mufakat.model.refusal import Reason

FORMAT: Final = "mufakat proof 2"
MOST_BYTES: Final = 64 << 20
"""More than any proof has: a batch of payments goes in whole, because it was signed whole."""
_HASH_BYTES: Final = 32
_KEY_NOT_KNOWN: Final = (Reason.MALFORMED, Reason.OVERSIZE, Reason.WRONG_UNION, Reason.UNKNOWN_KEY)
"""Why a command is refused before it is looked up whose key it names."""
_WAITING: Final = (PaymentStatus.ACCEPTED, PaymentStatus.QUEUED, PaymentStatus.RESERVED)


class Entry(Part, frozen=True):
    """An entry of the log and its audit path, from the leaf upwards. `at_us`: log time, UTC microseconds."""

    number: Count
    at_us: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
    command: Hex
    outcome: Hex
    path: tuple[Hex, ...]


class Head(Part, frozen=True):
    """The journal's head: how many entries, the root of the tree over them, the root of the state they lead to."""

    entries: Count
    tree_root: Hex
    state_root: Hex


class Proof(Part, frozen=True):
    """The whole file. `payment`: the UETR of the payment that is proved; `account`: the account that is.

    `entry`: what brought the payment, or is itself proved; None for an account. `record`: the payment or account
    as it stands, or the key that signed the entry's command; None when there is none.
    """

    format: Literal["mufakat proof 2"]
    union: Hex
    payment: str | None
    account: str | None
    entry: Entry | None
    head: Head
    record: StateRecord | None
    quorum: Quorum


class PaymentProved(msgspec.Struct, frozen=True):
    """A payment: its order, what became of it in its entry, and how it stands at the head.

    `paid`: what has settled in parts, or was posted of a reservation, where it is less than the whole.
    """

    order: c.PaymentOrder
    outcome: ItemOutcome
    status: PaymentStatus
    reason: Reason | None
    paid: Amount = Amount(0)


class Verdict(msgspec.Struct, frozen=True):
    """What is proved. `command` is a command's name, `Genesis`, or empty for bytes that are none.

    Of an account, `entry` is the last before its balance, `at_us` the log time then, and there is no outcome.
    `author` is empty when the command's signatures do not show one. `signers` and `silent` are members, or the
    engine's address of a validator that no charter here names. `not_proved` says what this does not show.
    """

    union: bytes
    name: str
    entry: int
    at_us: int
    author: str
    command: str
    outcome: Outcome | None
    payment: PaymentProved | None
    account: Account | None
    entries: int
    state_root: bytes
    kind: str
    block: int
    time_ns: int
    changes: int
    signers: tuple[str, ...]
    entitled: int
    not_proved: tuple[str, ...]


class _Shown(msgspec.Struct, frozen=True):
    """What a verdict says of entry, payment or account, before it is said who signed."""

    entry: int
    at_us: int
    author: str = ""
    command: str = ""
    outcome: Outcome | None = None
    payment: PaymentProved | None = None
    account: Account | None = None


def encode(proof: Proof) -> bytes:
    """Return the file of a proof."""
    packed = msgspec.json.encode(proof, enc_hook=lambda data: data.hex(), order="sorted")
    return msgspec.json.format(packed, indent=1) + b"\n"


def decode(data: bytes) -> Proof:
    """Read the file of a proof; raises ProofRefused when it is none."""
    if len(data) > MOST_BYTES:
        raise ProofRefused(f"the file has more than {MOST_BYTES >> 20} MiB; no proof is that large")
    try:
        return msgspec.json.decode(data, type=Proof, dec_hook=evidence.hex_of)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofRefused(f"the file is not a proof: {error}") from None


def head_hash(head: Head) -> bytes:
    """Return what the members sign: the hash of history and state, 32 bytes."""
    numbers = head.entries.to_bytes(8, "big")
    return hashlib.sha256(b"mufakat/head/v1\0" + numbers + head.tree_root + head.state_root).digest()


def check(data: bytes, charter: Charter) -> Verdict:
    """Check the file of a proof against the founding charter of the union; raises ProofRefused."""
    proof = decode(data)
    union = union_id(charter)
    if proof.union != union:
        raise ProofRefused(
            f"the proof is of union {proof.union.hex()}; this charter founds union {union.hex()}"
        )
    if any(len(each) != _HASH_BYTES for each in (proof.head.tree_root, proof.head.state_root)):
        raise ProofRefused("a hash of the head has not 32 bytes")
    if proof.entry is not None:
        _check_path(proof.entry, proof.head)
    said = staterecord.check(proof.record, proof.head.state_root, union) if proof.record is not None else None
    signed = evidence.check(proof.quorum, charter, head_hash(proof.head))
    shown = _account_of(proof, said) if proof.entry is None else _entry_of(proof, proof.entry, charter)
    charters = (charter,) if said is None or said.charter is None else (charter, said.charter)
    return Verdict(
        union,
        charter.name,
        shown.entry,
        shown.at_us,
        shown.author,
        shown.command,
        shown.outcome,
        shown.payment,
        shown.account,
        proof.head.entries,
        proof.head.state_root,
        signed.kind,
        signed.block,
        signed.time_ns,
        signed.changes,
        tuple(sorted(_name_of(public, charters) for public in signed.signers)),
        signed.entitled,
        _not_proved(proof, shown, signed.changes),
    )


def _account_of(proof: Proof, said: Said | None) -> _Shown:
    """Read the account that is proved; raises ProofRefused."""
    if proof.account is None or proof.payment is not None:
        raise ProofRefused("an entry is missing, and no account is what is proved")
    if proof.record is None or said is None:
        raise ProofRefused(f"the record of account {proof.account} is missing")
    if not proof.head.entries:
        raise ProofRefused("the head is of no entries")
    account = staterecord.account_in(proof.record, proof.account)
    return _Shown(proof.head.entries - 1, said.now_us, account=account)


def _entry_of(proof: Proof, entry: Entry, charter: Charter) -> _Shown:
    """Read what an entry shows, and the payment of it that is proved; raises ProofRefused."""
    if proof.account is not None:
        raise ProofRefused("what is proved is an account, and no entry shows one")
    outcome = _outcome_of(entry)
    author, command, body = _command_of(entry, outcome, charter)
    payment = None if proof.payment is None else _payment_of(proof, entry, author, body, outcome)
    if payment is None and not _is_owner(proof.record, entry, author, outcome):
        if outcome.status is not Status.REFUSED and author:
            raise ProofRefused(f"the key of entry {entry.number} is not one of {author}")
        author = ""
    return _Shown(entry.number, entry.at_us, author, command, outcome, payment)


def _check_path(entry: Entry, head: Head) -> None:
    if any(len(each) != _HASH_BYTES for each in entry.path):
        raise ProofRefused("a hash of the path has not 32 bytes")
    leaf = leaf_hash(frame_of(entry.number, entry.at_us, entry.command, entry.outcome))
    if not is_included(leaf, entry.number, head.entries, entry.path, head.tree_root):
        raise ProofRefused(
            f"entry {entry.number}, as it stands here, is not in the tree of the head: "
            "its time, command or outcome was changed, or the path is another entry's"
        )


def _outcome_of(entry: Entry) -> Outcome:
    try:
        outcome = outcomes.decode(entry.outcome)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofRefused(f"the outcome of entry {entry.number} cannot be read: {error}") from None
    if outcomes.encode(outcome) != entry.outcome:
        raise ProofRefused(f"the outcome of entry {entry.number} is not written canonically")
    return outcome


def _command_of(entry: Entry, outcome: Outcome, charter: Charter) -> tuple[str, str, c.AnyCommand | None]:
    """Return author, name and body of the entry's command; raises ProofRefused when it is not what was admitted.

    A refused command may be anything, and named anybody as its author: only what its signatures show is said of it.
    """
    if entry.number == 0:
        _check_genesis(entry, outcome, charter)
        return "", "Genesis", None
    _, signed, digest = c.arrive(entry.command)
    if signed is None:
        fault: str | None = "is not the canonical encoding of any"
    else:
        wrong = refuse_signatures(signed, digest, union_id(charter))
        fault = None if wrong is None else f"does not hold: {wrong.text}"
    if fault is None and signed is not None:
        body = signed.instruction.body
        return signed.instruction.author, type(body).__name__, body
    if outcome.status is not Status.REFUSED:
        raise ProofRefused(f"the command of entry {entry.number} {fault}")
    return "", type(signed.instruction.body).__name__ if signed else "", None


def _check_genesis(entry: Entry, outcome: Outcome, charter: Charter) -> None:
    try:
        genesis = msgspec.msgpack.decode(entry.command, type=Genesis)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProofRefused(f"the genesis cannot be read: {error}") from None
    if genesis.charter != charter or outcome != outcomes.DONE:
        raise ProofRefused("the genesis is another charter's")
    faults = faults_of_genesis(genesis)
    if faults or msgspec.msgpack.encode(genesis) != entry.command:
        raise ProofRefused(f"the genesis founds no union: {(*faults, 'it is not written canonically')[0]}")


def _payment_of(
    proof: Proof, entry: Entry, author: str, body: c.AnyCommand | None, outcome: Outcome
) -> PaymentProved:
    uetr, record = proof.payment, proof.record
    if not isinstance(body, c.SubmitPayments) or not outcome.statuses:
        raise ProofRefused(f"entry {entry.number} brought no payments to the log")
    try:
        items = itemised(body, outcome)
    except ValueError:
        raise ProofRefused(f"the outcomes of entry {entry.number} are not those of its payments") from None
    found = [(order, item) for order, item in brought(body, items) if item.id == uetr]
    elsewhere = ProofRefused(f"entry {entry.number} is not the one that brought payment {uetr} to the log")
    if len(found) != 1:
        raise elsewhere
    order, item = found[0]
    if order.debtor_agent not in (author, *body.signers):
        raise elsewhere
    if record is None or record.table not in (PAYMENTS, *ROWS) or record.key != uetr:
        raise ProofRefused(f"the record of payment {uetr} is missing")
    payment = staterecord.payment_in(record, order)
    if payment is None or payment.order != order:
        raise ProofRefused(f"the record of payment {uetr} is of another order than entry {entry.number}")
    ended = payment.status, payment.reason
    if item.refusal is not None and ended != (PaymentStatus.REJECTED, item.refusal.reason):
        raise elsewhere
    return PaymentProved(order, item, payment.status, payment.reason, payment.paid)


def _is_owner(record: StateRecord | None, entry: Entry, author: str, outcome: Outcome) -> bool:
    """Tell whether the record shows that the key of the entry's command is the author's.

    Raises ProofRefused when the record is another's, or is missing though the log knows the key.
    """
    if record is None:
        if entry.number and (outcome.refusal is None or outcome.refusal.reason not in _KEY_NOT_KNOWN):
            raise ProofRefused(f"the record of the key of entry {entry.number} is missing")
        return False
    signed = c.decode(entry.command)
    if record.table != KEYS or signed is None or record.key != signed.instruction.key.hex():
        raise ProofRefused(f"the record is not that of the key of entry {entry.number}")
    return staterecord.key_in(record).owner == author


def _name_of(public: bytes, charters: Sequence[Charter]) -> str:
    """Name the member whose key this is, in the founding charter or the one in force, or give its address."""
    for charter in charters:
        for member in charter.members:
            if any(key.public == public for key in member.keys):
                return member.id
    return evidence.address_of(public).hex()


def _not_proved(proof: Proof, shown: _Shown, changes: int) -> tuple[str, ...]:
    """Say what a reader could take this for, and it is not."""
    last = proof.head.entries - 1
    found = [f"what came after entry {last}, the last that the signatures cover"]
    payment = shown.payment
    if shown.account is not None:
        found[0] += ": a later entry may have moved the money"
    if payment is not None:
        if payment.status is PaymentStatus.SETTLED:
            found[0] += ": a later entry may have returned the money"
        elif payment.status in _WAITING:
            found[0] += ": a later entry may have settled, rejected or cancelled the payment"
        status = payment.status.name.lower()
        if payment.outcome.refusal is None and status != payment.outcome.status.name.lower():
            found.append(f"in which entry the payment became {status}: it was by the last one covered")
        found.append(
            "names, addresses and words of the message: the log has their hash alone, which the message must fit"
        )
    if isinstance(proof.quorum, evidence.Cosigned):
        found.append(
            "that the members signed on machines of their own, or at the time of the entry: "
            "this union runs on one machine, and its keys may lie there together"
        )
    else:
        whose = (
            "with whom the trail ends were not changed again"
            if changes
            else "of the founding were not changed"
        )
        found.append(
            f"that the validators {whose} before that block: "
            "more than two thirds of them together could hide it, and sign a history of their own"
        )
    found.append("that this charter is the union's: compare the union's identifier with a member")
    return tuple(found)
