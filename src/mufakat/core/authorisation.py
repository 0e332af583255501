"""Who may say what: every command is checked here, in core, before its rule is looked at.

Order: size, union, key, author, signatures, roles, four eyes, sequence, validity, halt, standing. There is no key
that the charter does not name, directly or through a member's registration of a participant.
"""

from typing import Final

import msgspec

from mufakat.core.standing import refuse_speaker
from mufakat.core.state import Key, State
from mufakat.model.charter import Charter, Role
from mufakat.model.command import (
    AnyCommand,
    IssueMoney,
    SetSwingLine,
    SetSwingTerms,
    SignedCommand,
    SubmitPayments,
    role_of,
)
from mufakat.model.default import PledgeCollateral, ReleaseCollateral
from mufakat.model.event import SequenceAdvanced
from mufakat.model.refusal import Reason, Refusal
from mufakat.model.signing import Domain, is_digest_signed
from mufakat.model.verdict import AllowName, DecideCase

_MOST_SIGNATURES: Final = 8
"""More than any rule asks for; a bound on what checking a command costs."""


def authenticate(
    state: State, signed: SignedCommand, digest: bytes, at_us: int
) -> Refusal | SequenceAdvanced:
    """Check that a command is its author's own, is new, and is valid at log time `at_us`.

    Returns the event that uses up its sequence number, or the refusal. A command refused here leaves no
    trace in the state: a forger cannot use up anybody's sequence.
    """
    instruction = signed.instruction
    return refuse(state, signed, digest, at_us) or SequenceAdvanced(
        instruction.key, instruction.sequence, at_us
    )


def refuse(
    state: State, signed: SignedCommand, digest: bytes, at_us: int, *, ahead: int = 0
) -> Refusal | None:
    """Return why a command is not heard at log time `at_us`, or None.

    `digest`: the SHA-256 of what is signed. `ahead`: how many sequence numbers may still be on their way before it.
    """
    instruction = signed.instruction
    refusal = refuse_signatures(signed, digest, state.union, state)
    if refusal is not None:
        return refusal
    key = state.keys[instruction.key.hex()]
    if role_of(instruction.body) not in key.roles:
        return Refusal(Reason.WRONG_ROLE, f"The key's roles: {', '.join(key.roles)}.")
    refusal = _refuse_approvals(state, signed)
    if refusal is not None:
        return refusal
    if instruction.sequence <= key.sequence:
        return Refusal(Reason.SEQUENCE_REPLAYED, f"The next is {key.sequence + 1}.")
    if instruction.sequence > key.sequence + 1 + ahead:
        return Refusal(Reason.SEQUENCE_GAP, f"The next is {key.sequence + 1}.")
    return _refuse_time(state, signed, at_us) or refuse_speaker(state, instruction.author, instruction.body)


def refuse_signatures(
    signed: SignedCommand, digest: bytes, union: bytes, state: State | None = None
) -> Refusal | None:
    """Return what is wrong with a command's union, keys and signatures, or None.

    `digest`: the SHA-256 of what is signed. Without a state, what can be said without one: not
    whose a key is.
    """
    instruction = signed.instruction
    if len(signed.signatures) > _MOST_SIGNATURES:
        return Refusal(Reason.OVERSIZE, f"At most {_MOST_SIGNATURES} signatures.")
    if instruction.union != union:
        return Refusal(Reason.WRONG_UNION)
    if not signed.signatures or signed.signatures[0].key != instruction.key:
        return Refusal(Reason.UNKNOWN_KEY)
    refusal = _refuse_author(state, instruction.key, instruction.author) if state is not None else None
    if refusal is not None:
        return refusal
    for signature in signed.signatures:
        if not is_digest_signed(signature.key, Domain.COMMAND, digest, signature.signature):
            return Refusal(Reason.BAD_SIGNATURE)
    return None


def _refuse_author(state: State, public: bytes, author: str) -> Refusal | None:
    key = state.keys.get(public.hex())
    if key is None:
        return Refusal(Reason.UNKNOWN_KEY)
    if key.revoked:
        return Refusal(Reason.REVOKED_KEY)
    return Refusal(Reason.WRONG_AUTHOR) if key.owner != author else None


Cosigner = tuple[str, Role]
"""Who signs beside the author, with a key of which role."""


def cosigners_of(charter: Charter, author: str, body: AnyCommand) -> tuple[Cosigner, ...]:
    """Name who must sign beside the author, one signature each.

    Who orders payments in the batch of another signs as for a batch of its own. A member's pledge is new money, and
    what it releases goes to a bank of its own: both need what issuing needs. Cases are decided with the member.
    """
    name = type(body).__name__
    if isinstance(body, PledgeCollateral | ReleaseCollateral) and charter.member(author) is not None:
        name = IssueMoney.__name__ if IssueMoney.__name__ in charter.rules.four_eyes else name
    four_eyes = name in charter.rules.four_eyes
    own: tuple[Cosigner, ...] = ((author, Role.APPROVE),) if four_eyes else ()
    if isinstance(body, SubmitPayments):
        own += tuple((each, Role.SUBMIT) for each in body.signers)
        return own + tuple((each, Role.APPROVE) for each in body.signers if four_eyes)
    if isinstance(body, DecideCase | AllowName):
        return (*own, (body.member, Role.APPROVE))
    return (*own, (body.debtor, Role.APPROVE)) if isinstance(body, SetSwingLine | SetSwingTerms) else own


def _refuse_approvals(state: State, signed: SignedCommand) -> Refusal | None:
    instruction = signed.instruction
    wanted = list(cosigners_of(state.charter, instruction.author, instruction.body))
    asked = {Role.APPROVE, *(role for _, role in wanted)}
    given = signed.signatures[1:]
    if len({signature.key for signature in signed.signatures}) != len(signed.signatures):
        return Refusal(Reason.SIGNER_REPEATED)
    for signature in given:
        key = state.keys.get(signature.key.hex())
        if key is None:
            return Refusal(Reason.UNKNOWN_KEY)
        if key.revoked:
            return Refusal(Reason.REVOKED_KEY)
        if asked.isdisjoint(key.roles):
            return Refusal(Reason.WRONG_ROLE, f"The approving key's roles: {', '.join(key.roles)}.")
        met = next((each for each in wanted if each[0] == key.owner and each[1] in key.roles), None)
        if met is None:
            return Refusal(Reason.SIGNATURE_SUPERFLUOUS)
        wanted.remove(met)
    if wanted:
        return Refusal(Reason.APPROVAL_MISSING, f"Missing: {', '.join(owner for owner, _ in wanted)}.")
    return None


def _refuse_time(state: State, signed: SignedCommand, at_us: int) -> Refusal | None:
    instruction, rules = signed.instruction, state.charter.rules
    if at_us < instruction.valid_from_us:
        return Refusal(Reason.NOT_YET_VALID)
    if at_us > instruction.valid_until_us:
        return Refusal(Reason.EXPIRED)
    window = instruction.valid_until_us - instruction.valid_from_us
    if window > rules.max_validity_seconds * 1_000_000:
        return Refusal(Reason.VALIDITY_TOO_LONG, f"At most {rules.max_validity_seconds} seconds.")
    return None


def refuse_batch(state: State, size: int) -> Refusal | None:
    """Return EMPTY_BATCH or BATCH_TOO_LARGE, or None when a batch of `size` items is in bounds."""
    if size == 0:
        return Refusal(Reason.EMPTY_BATCH)
    most = state.charter.rules.max_batch_items
    return Refusal(Reason.BATCH_TOO_LARGE, f"At most {most}.") if size > most else None


def advance_sequence(state: State, event: SequenceAdvanced) -> None:
    """Use up a key's sequence number, count the command as admitted, and let log time go on to it."""
    key = state.keys[event.key.hex()]
    assert event.sequence == key.sequence + 1, "sequences have no gaps"
    state.keys.put(event.key.hex(), msgspec.structs.replace(key, sequence=event.sequence))
    state.height += 1
    state.now_us = max(state.now_us, event.at_us)


def key_record(public: bytes, owner: str, roles: tuple[Role, ...]) -> Key:
    """Make the record of a newly granted key."""
    return Key(public, owner, roles)
