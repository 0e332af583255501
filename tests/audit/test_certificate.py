"""A certificate shows what it says and nothing else; whatever is changed in it, it does not hold any more."""

import copy
import functools
import json
from collections.abc import Iterator

import msgspec
import pytest

from mufakat.audit import certificate as files
from mufakat.audit import cycle as audit
from mufakat.audit.certificate import Certificate, CertificateRefused, MemberSignature, Proven
from mufakat.audit.quorum import Hex
from mufakat.core.attestation import attestation_key
from mufakat.model import command as c
from mufakat.model import event as e
from mufakat.model.certificate import leaf_bytes
from mufakat.model.charter import Charter, KeyGrant, Role
from mufakat.model.merkle import inclusion_proof, leaf_hash
from mufakat.model.proposal import RotateKeys
from tests.union import A1, B1, TEXT, Union, charter, private, public_key, settled_world

CHARTER = charter()


def made(union: Union, holder: str = A1, cycle: int = 1) -> Certificate:
    """The certificate of a holder as a node makes it, with the signatures that are on the log."""
    event = next(each for each in union.events if isinstance(each, e.CycleCertified) and each.cycle == cycle)
    hashes = [leaf_hash(leaf_bytes(leaf)) for leaf in event.leaves]
    signatures = []
    for data, _ in union.log:
        said = c.decode(data)
        if said is not None and said.instruction.body == c.CertifyCycle(cycle, event.root):
            own = said.signatures[0]
            instruction = Hex(c.signing_bytes(said.instruction))
            signature = MemberSignature(
                said.instruction.author, Hex(own.key), instruction, Hex(own.signature)
            )
            signatures.append(signature)
    return Certificate(
        files.FORMAT,
        Hex(union.state.union),
        cycle,
        holder,
        tuple(
            Proven(leaf, place, tuple(map(Hex, inclusion_proof(hashes, place))))
            for place, leaf in enumerate(event.leaves)
            if leaf.holder == holder
        ),
        len(hashes),
        Hex(event.root),
        tuple(signatures),
    )


@functools.cache
def attested() -> Union:
    union = settled_world(1_000)
    union.owe(0, 2, 500)
    union.owe(2, 0, 200)
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=100, channel=c.Channel.MPNS)
    union.pay(debtor_agent=A1, creditor_agent=B1, amount=9_000, channel=c.Channel.MPNS)
    union.pay(debtor_agent=B1, creditor_agent=A1, amount=50, currency="VND", channel=c.Channel.MPNS)
    union.cycle()
    for member in ("QN", "QM"):
        union.must(member, c.CertifyCycle(1, union.state.attestations[attestation_key(1)].root))
    return union


def refused(certificate: Certificate | bytes, of: Charter = CHARTER) -> str:
    data = certificate if isinstance(certificate, bytes) else files.encode(certificate)
    with pytest.raises(CertificateRefused) as caught:
        files.check(data, of)
    return str(caught.value)


def replaced(certificate: Certificate, **change: object) -> Certificate:
    return msgspec.structs.replace(certificate, **change)


@pytest.mark.parametrize("holder", [A1, B1, "QM", "QN"])
def test_it_shows_the_figures_and_who_signed(holder):
    verdict = files.check(files.encode(made(attested(), holder)), CHARTER)
    assert (verdict.holder, verdict.cycle, verdict.name) == (holder, 1, "Test union")
    assert (verdict.signers, verdict.needed, verdict.not_counted) == (("QM", "QN"), 2, ())
    assert [leaf.currency for leaf in verdict.leaves] == ["IDR", "VND"]
    assert any("--items" in each for each in verdict.not_proved)


def test_it_reads_back_as_it_was_written():
    certificate = made(attested())
    assert files.decode(files.encode(certificate)) == certificate
    assert len(files.encode(certificate)) < 16_384


def changes(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], object]]:
    """Give for each part of a document its place and what it could be changed to."""
    match value:
        case dict():
            for name, each in value.items():
                yield from changes(each, (*path, name))
            yield path, {**value, "more": 1}
        case list():
            for number, each in enumerate(value):
                yield from changes(each, (*path, number))
            if value:
                yield path, value[1:]
                yield path, value[:-1]
                yield path, [*value, value[0]]
            if len(value) > 1:
                yield path, value[::-1]
        case int():
            yield from ((path, other) for other in (value + 1, value - 1, value * 2 + 7, str(value), True))
        case str():
            yield from ((path, other) for other in (value + "0", value + " ", None, 7))
            yield path, ("0" if value[:1] != "0" else "1") + value[1:]
            yield from ((path, other) for other in (value[:-1], value.swapcase()) if other != value)


def put(document: object, path: tuple[object, ...], new: object) -> object:
    if not path:
        return new
    changed = copy.copy(document)
    changed[path[0]] = put(document[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("holder", [A1, "QM"])
def test_whatever_is_changed_in_it_it_does_not_hold(holder):
    document = json.loads(files.encode(made(attested(), holder)))
    files.check(json.dumps(document).encode(), CHARTER)
    tried = 0
    for path, new in changes(document):
        # A signature moved, or a currency left out, changes nothing of what the others say.
        if path == ("signatures",) and new == document["signatures"][::-1]:
            continue
        if path == ("currencies",) and len(new) == len(document["currencies"]) - 1:
            continue
        with pytest.raises(CertificateRefused):
            files.check(json.dumps(put(document, path, new)).encode(), CHARTER)
        tried += 1
    assert tried > 300


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pays.gross.amount", "pays.gross.amount: "),
        ("pays.set_off.amount", "pays.gross.amount: "),
        ("receives.gross.items", "receives.gross.items: "),
        ("position", "position: "),
        ("saved", "saved: "),
        ("paid", "position: "),
        ("issuer", "issuer: "),
        ("account", "account: "),
    ],
)
def test_a_figure_that_does_not_fit_the_others_is_named(path, text):
    document = json.loads(files.encode(made(attested())))
    part = document["currencies"][0]["leaf"]
    *above, last = path.split(".")
    for name in above:
        part = part[name]
    part[last] = part[last] + (100 if isinstance(part[last], int) else "X")
    assert refused(json.dumps(document).encode()).startswith(f"IDR: {text}")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"drawn": -1}, "drawn: -1 is less than nothing"),
        ({"paid": 401, "received": 1, "saved": 199}, "paid, received: "),
        ({"drawn": 5}, "the figures, as they stand here, are not those under the root"),
    ],
)
def test_figures_that_fit_each_other_but_not_the_root_do_not_hold(change, text):
    certificate = made(attested())
    first, *rest = certificate.currencies
    forged = msgspec.structs.replace(first, leaf=msgspec.structs.replace(first.leaf, **change))
    said = refused(replaced(certificate, currencies=(forged, *rest)))
    assert text in said


def test_sums_of_nothing_in_something_do_not_hold():
    certificate = made(attested())
    first, *rest = certificate.currencies
    none = msgspec.structs.replace(first.leaf.receives, closed=files.Total(3, 0))
    forged = msgspec.structs.replace(first, leaf=msgspec.structs.replace(first.leaf, receives=none))
    assert "receives.closed: 3 items of 0" in refused(replaced(certificate, currencies=(forged, *rest)))
    less = msgspec.structs.replace(first.leaf.receives, closed=files.Total(1, -1))
    forged = msgspec.structs.replace(first, leaf=msgspec.structs.replace(first.leaf, receives=less))
    assert "receives.closed: -1 in 1 is less than nothing" in refused(
        replaced(certificate, currencies=(forged, *rest))
    )


def test_another_charter_is_another_union():
    assert "this charter founds union" in refused(made(attested()), charter(day_quorum=3))


def test_too_few_signatures_are_said_and_one_twice_is_none_more():
    certificate = made(attested())
    one = certificate.signatures[:1]
    assert "1 members have signed, and the charter asks for 2" in refused(
        replaced(certificate, signatures=one)
    )
    assert "stands twice" in refused(replaced(certificate, signatures=one + one))
    assert "0 members have signed" in refused(replaced(certificate, signatures=()))


def test_a_key_that_the_charter_does_not_name_is_not_counted():
    union = settled_world(1_000)
    union.owe(0, 2, 500)
    union.cycle()
    new = private("QM", "a new one")
    old = public_key(private("QM", "submit"))
    rotation = RotateKeys("QM", (KeyGrant(public_key(new), (Role.SUBMIT,)),), (old,))
    union.must("QM", c.Propose(rotation, TEXT))
    body = c.CertifyCycle(1, union.state.attestations[attestation_key(1)].root)
    union.must("QN", body)
    union.private = lambda author, role: new if (author, role) == ("QM", "submit") else private(author, role)
    union.must("QM", body)
    said = refused(made(union))
    assert "1 members have signed" in said and "prove entry" in said
    union.must("QO", body)
    verdict = files.check(files.encode(made(union)), CHARTER)
    assert (verdict.signers, verdict.not_counted) == (("QN", "QO"), ("QM",))


def test_a_bank_that_signs_does_not_count_as_a_member():
    union = attested()
    certificate = made(union)
    body = c.CertifyCycle(1, bytes(certificate.root))
    data = c.decode(union.signed(A1, body))
    signature = data.signatures[0]
    instruction = Hex(c.signing_bytes(data.instruction))
    own = MemberSignature(A1, Hex(signature.key), instruction, Hex(signature.signature))
    said = refused(replaced(certificate, signatures=(certificate.signatures[0], own)))
    assert f"does not name the keys of {A1}" in said


@pytest.mark.parametrize("what", ["body", "signature", "bytes", "reading"])
def test_what_a_member_signed_must_be_this_root_as_it_is_written(what):
    union = attested()
    certificate = made(union)
    first, second = certificate.signatures
    match what:
        case "body":
            said = c.decode(union.signed("QN", c.CallCycle(2)))
            instruction, signature = Hex(c.signing_bytes(said.instruction)), Hex(said.signatures[0].signature)
            text = "is not this root"
        case "signature":
            instruction, signature, text = first.instruction, second.signature, "does not hold"
        case "bytes":
            instruction = Hex(msgspec.msgpack.encode([*msgspec.msgpack.decode(first.instruction), 0]))
            signature, text = first.signature, "cannot be read"
        case _:
            instruction, signature, text = Hex(b"\xc1"), first.signature, "cannot be read"
    forged = msgspec.structs.replace(first, instruction=instruction, signature=signature)
    assert text in refused(replaced(certificate, signatures=(forged, second)))


def test_an_instruction_that_is_not_canonical_is_refused():
    certificate = made(attested())
    first, second = certificate.signatures
    packed = msgspec.msgpack.decode(first.instruction)
    longer = msgspec.msgpack.encode(packed[:3]) + b"\xcd\x00" + bytes([packed[3]])
    raw = b"\x97" + longer[1:] + b"".join(msgspec.msgpack.encode(each) for each in packed[4:])
    forged = msgspec.structs.replace(first, instruction=Hex(raw))
    assert "not written canonically" in refused(replaced(certificate, signatures=(forged, second)))


def test_currencies_stand_in_order_and_are_of_one_holder_and_cycle():
    certificate = made(attested())
    assert "in the order" in refused(replaced(certificate, currencies=certificate.currencies[::-1]))
    assert "figures of" in refused(replaced(certificate, holder=B1))
    assert "figures of" in refused(replaced(certificate, cycle=2))
    first, *rest = certificate.currencies
    short = msgspec.structs.replace(first, path=(Hex(b"short"), *first.path[1:]))
    assert "has not 32 bytes" in refused(replaced(certificate, currencies=(short, *rest)))


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000, b" " * (files.MOST_BYTES + 1)])
def test_what_is_no_certificate_is_said(data):
    said = refused(data)
    assert "is not a certificate" in said or "no certificate is that large" in said


def test_both_ways_to_tell_a_member_agree():
    for holder in (A1, "QM"):
        assert audit.is_member(made(attested(), holder).currencies[0].leaf) is (holder == "QM")
