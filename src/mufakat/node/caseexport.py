"""Writing a case into one file, and holding such a file to what it claims, offline.

Rule source: charter, compliance; FATF R.11 (records are kept so that they can serve as evidence).
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

import msgspec

from mufakat.audit import proof as proofs
from mufakat.audit.quorum import ProofRefused
from mufakat.core.binding import is_bound, lists_digest
from mufakat.gateway import casefile
from mufakat.gateway.casefile import KeptEvidence, KeptList, KeptMessage
from mufakat.model import command as c
from mufakat.model import merkle
from mufakat.model.record import orders_of, unpack
from mufakat.model.verdict import DecideCase, Rescreen, Screened
from mufakat.node import proving
from mufakat.node.desk import tools
from mufakat.node.screening import name_of
from mufakat.projections import compliance, listings, timeline
from mufakat.vault.details import bound, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mufakat.gateway.casefile import About, CaseFile
    from mufakat.model.charter import Charter
    from mufakat.node.access import ProvableNode
    from mufakat.projections.compliance import CaseView
    from mufakat.vault.details import Vault

_COLUMNS: Final = (
    *("number", "kind", "item", "participant", "member", "entries", "opened", "deadline", "status"),
    *("blocked", "currency"),
)


_HOLDING: Final = ("HoldItem", "Rescreen")
"""Commands that put an item on hold."""


class Step(msgspec.Struct, frozen=True):
    """An entry of a case that holds: what it did, who signed it (public keys in hex), and when by log time."""

    entry: int
    at_us: int
    did: str
    author: str
    keys: tuple[str, ...]
    reason: str


class Checked(msgspec.Struct, frozen=True):
    """What a file shows: the case's item, its steps, how often a screening was done again, what does not hold."""

    item: str
    steps: tuple[Step, ...]
    replayed: int
    wrong: tuple[str, ...]


def export(node: ProvableNode, vault: Vault, case: CaseView, witness: proving.Witness) -> bytes:
    """Return the file of a case; raises NotProvable, and ScreeningMissing."""
    sql = node.views.sql
    decided = compliance.decisions(sql, case.number)
    entries = [case.entry, *(each.entry for each in decided)]
    brought = _brought(node, case)
    made = [proving.prove_entry(node, number, witness)[0] for number in dict.fromkeys((*brought, *entries))]
    commitments = dict.fromkeys([case.evidence, *(each.evidence for each in decided)])
    file = casefile.CaseFile(
        format=casefile.FORMAT,
        case=casefile.About(**{name: getattr(case, name) for name in _COLUMNS}),
        proofs=tuple(msgspec.Raw(each) for each in made),
        message=_message(node, vault, case),
        evidence=tuple(_evidence(vault, case.item, commitments)),
        lists=tuple(_lists(node, case.member, entries)),
    )
    return casefile.encode(file)


def _brought(node: ProvableNode, case: CaseView) -> list[int]:
    """Return the entry that brought a payment or an obligation to the log, where it was not held on arrival."""
    if case.kind == "payment":
        return [each.entry for each in timeline.steps(node.views.sql, case.item)[:1]]
    if case.kind == "obligation":
        name = case.item.encode()
        for entry in node.log():
            signed = c.decode(entry.command) if name in entry.command else None
            if signed is not None and isinstance(signed.instruction.body, c.RegisterObligations | c.HoldItem):
                return [entry.seq]
    return []


def _message(node: ProvableNode, vault: Vault, case: CaseView) -> KeptMessage | None:
    """Return the message in which a payment or an obligation came, None where it is not here."""
    sql = node.views.sql
    if case.kind == "payment":
        payment = timeline.payment(sql, case.item)
        details = None if payment is None else payment.details
    else:
        details = timeline.obligation_document(sql, case.item) if case.kind == "obligation" else None
    part = None if details is None else vault.part(details)
    if part is None:
        return None
    try:
        with vault.message(part.whole) as message:
            data = message.read()
    except KeyError:
        return None  # erased
    return KeptMessage(
        salt=vault.salt(part.whole).hex(), message=base64.b64encode(data).decode(), number=part.number
    )


def _evidence(vault: Vault, item: str, commitments: dict[bytes, None]) -> Iterator[KeptEvidence]:
    examining = tools()
    for commitment in commitments:
        evidences = vault.evidence(commitment)
        for number, data in enumerate(evidences):
            if examining.decoded(data).item == item:
                path = examining.shown(evidences, number)
                yield KeptEvidence(
                    commitment=commitment.hex(),
                    number=number,
                    size=len(evidences),
                    path=tuple(each.hex() for each in path),
                    evidence=data.decode(),
                )


def _lists(node: ProvableNode, member: str, entries: list[int]) -> Iterator[KeptList]:
    sql, seen = node.views.sql, set()
    for entry in entries:
        for view in listings.in_force_at(sql, entry):
            if is_bound(view.list, member) and (view.list, view.version) not in seen:
                seen.add((view.list, view.version))
                held = listings.listed_at(sql, view.list, entry)
                yield KeptList(
                    name=view.list,
                    dated=view.dated,
                    version=view.version.hex(),
                    entries=tuple(each.what for each in held),
                )


def check(data: bytes, charter: Charter) -> Checked:
    """Hold a file to the founding charter of its union: proofs, commitments, and each screening once more.

    Raises CaseFileFaulty for another file, and ScreeningMissing.
    """
    file = casefile.decode(data)
    steps: list[Step] = []
    wrong: list[str] = []
    replayed = 0
    for raw in file.proofs:
        try:
            step, said = _step(bytes(raw), charter, file.case)
        except ProofRefused as error:
            wrong.append(f"proof: {error}")
            continue
        steps.append(step)
        found = [
            each for each in file.evidence if said is not None and each.commitment == said.evidence.hex()
        ]
        if said is not None and not found:
            wrong.append(f"the evidence of entry {step.entry} is not in the file")
        for each in found:
            assert said is not None, "evidence is of what was said"
            wrong += _check_evidence(each, said, file)
            if step.did in _HOLDING and _hits(each) != file.case.entries:
                wrong.append(f"entry {step.entry}: it is held for other entries than its evidence has")
            replayed += 1
    if not any(each.did in _HOLDING for each in steps):
        wrong.append("no entry is proved that put the item on hold")
    wrong += _check_message(file)
    return Checked(file.case.item, tuple(steps), replayed, tuple(wrong))


def _step(raw: bytes, charter: Charter, case: About) -> tuple[Step, Screened | None]:
    """Check one entry, and that it is of this case; raises ProofRefused."""
    verdict = proofs.check(raw, charter)
    signed = _signed(raw)
    if signed is None or verdict.outcome is None or verdict.outcome.refusal is not None:
        raise ProofRefused(f"entry {verdict.entry} is no command that was carried out")
    body = signed.instruction.body
    if case.item not in _items(body, case):
        raise ProofRefused(f"entry {verdict.entry} is not of case {case.number}, item {case.item}")
    reason, said = "", None
    if isinstance(body, c.HoldItem | Rescreen | DecideCase):
        said = body.screened
    if isinstance(body, DecideCase):
        reason = f"{body.verdict.name.lower()}: {body.reason}"
    keys = tuple(each.key.hex() for each in signed.signatures)
    return Step(verdict.entry, verdict.at_us, type(body).__name__, verdict.author, keys, reason), said


def _signed(raw: bytes) -> c.SignedCommand | None:
    entry = proofs.decode(raw).entry
    return None if entry is None else c.decode(entry.command)


def _items(body: c.AnyCommand, case: About) -> list[str]:
    """Return the items that a command speaks of; of a hit only those that are hit by the case's entries."""
    match body:
        case c.HoldItem():
            held = (unpack(body.record) if body.record else None, body.obligation, body.trade)
            return [name_of(each) for each in held if each is not None and body.entries == case.entries]
        case Rescreen():
            return [each.item for each in body.hits if each.entries == case.entries]
        case DecideCase():
            return [case.item] if body.case == case.number else []
        case c.SubmitPayments():
            return [each.uetr for each in orders_of(body)]
        case c.RegisterObligations():
            return [each.id for each in body.obligations]
    return []


def _check_evidence(each: KeptEvidence, said: Screened, file: CaseFile) -> Iterator[str]:
    data, at = each.evidence.encode(), f"evidence {each.commitment[:16]}"
    path = [bytes.fromhex(one) for one in each.path]
    leaf = merkle.leaf_hash(data)
    if not merkle.is_included(leaf, each.number, each.size, path, said.evidence):
        yield f"{at}: it is not what the log commits to"
        return
    examining = tools()
    evidence = examining.decoded(data)
    if evidence.item != file.case.item:
        yield f"{at}: it is of {evidence.item}"
    asked = [(one.name, bytes.fromhex(one.version)) for one in evidence.lists]
    if lists_digest(asked) != said.lists:
        yield f"{at}: the lists that it names are not those in force"
    given = {(one.name, one.version): one.listing() for one in file.lists}
    lists = [given[one.name, one.version] for one in evidence.lists if (one.name, one.version) in given]
    yield from (f"{at}: {wrong}" for wrong in examining.replay(data, lists))


def _hits(each: KeptEvidence) -> tuple[str, ...]:
    """Return the entries that an evidence has as hits, as the log names them."""
    examining = tools()
    entries: tuple[str, ...] = examining.entries_of(examining.decoded(each.evidence.encode()))
    return entries


def _check_message(file: CaseFile) -> Iterator[str]:
    """Check that the message is the one on the log, and that all whom it names were asked for."""
    if file.message is None:
        if file.case.kind != "trade record":  # of which the log has all but names
            yield "the message is not in the file"
        return
    whole = bound(bytes.fromhex(file.message.salt), file.message.data)
    if part_of(whole, file.message.number) not in _details(file):
        yield "the message is not the one that the log commits to"
    examining = tools()
    named = examining.named(file.message.data).get(file.message.number, ())
    asked = [
        one.subject for each in file.evidence for one in examining.decoded(each.evidence.encode()).looked
    ]
    for subject in named:
        if subject not in asked:
            yield f"nobody asked for {subject.role} {subject.place}: {subject.text}"


def _details(file: CaseFile) -> list[bytes]:
    """Return the commitments that the file's entries have to the message of the item."""
    found = []
    for raw in file.proofs:
        signed = _signed(bytes(raw))
        body = None if signed is None else signed.instruction.body
        held: list[c.PaymentOrder | c.ObligationItem | None] = []
        match body:
            case c.HoldItem():
                held = [unpack(body.record) if body.record else None, body.obligation]
            case c.SubmitPayments():
                held = list(orders_of(body))
            case c.RegisterObligations():
                held = list(body.obligations)
        for each in held:
            if each is not None and name_of(each) == file.case.item:
                found.append(each.details if isinstance(each, c.PaymentOrder) else each.document)
    return found
