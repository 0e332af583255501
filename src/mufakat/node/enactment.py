"""Doing what the charter file plans under the charter: each member says its own part, where its keys are.

Registering participants, opening and funding accounts, enrolling firms, swing lines. What an author said once with
effect is not said again, so the plan can be enacted on every machine, and again after it was broken off.
"""

import enum
import shlex
from typing import Final

import msgspec

from mufakat.core.authorisation import cosigners_of
from mufakat.model import command as c
from mufakat.model import outcome as outcomes
from mufakat.model.charter import KeyGrant, union_id
from mufakat.model.outcome import Outcome, Status
from mufakat.model.plain import plain
from mufakat.node import founding
from mufakat.node.access import UnionNode
from mufakat.node.founding import ParticipantPlan, Plan
from mufakat.node.session import Said, Session


class Part(enum.StrEnum):
    """What became of a planned command."""

    DONE = "done"
    THERE = "there already"
    WAITS = "waits"
    REFUSED = "refused"


class Enacted(msgspec.Struct, frozen=True):
    """A planned command. `note` says what is missing, or why it was refused."""

    author: str
    command: str
    about: str
    part: Part
    note: str = ""


def faults_for(plan: Plan, node: UnionNode) -> list[str]:
    """Name why a plan cannot be enacted in a union: it is another's, or what was said before is not known here."""
    if next(node.log()).seq != 0:
        return ["the log on this machine does not reach back to genesis; enact where it does"]
    if plan.has_keys:
        charter = founding.charter_of_plan(plan)
        if isinstance(charter, list):
            return charter
        if union_id(charter) != node.union:
            return [f"this file founds union {union_id(charter).hex()}; the one here is {node.union.hex()}"]
        return []
    return [
        f"member {each.id}: the charter in force has no such member with this currency"
        for each in plan.members
        if (found := node.charter.member(each.id)) is None
        or (found.currency, found.decimals) != (each.currency, each.decimals)
    ]


def enact(plan: Plan, session: Session) -> list[Enacted]:
    """Say all that the keys here can say of a plan and that is not on the log yet, in one commit."""
    work = _Work(session)
    sorted_out = [(said, *work.sort(said)) for said in founding.planned(plan, work.grants)]
    outcomes_of = iter(session.say_all([said for said, part, _ in sorted_out if part is None]))
    return [
        _enacted(said, next(outcomes_of)) if part is None else _row(said, part, note)
        for said, part, note in sorted_out
    ]


class _Work:
    """What can be said here, and what was said before."""

    def __init__(self, session: Session) -> None:
        self._session: Final = session
        self._said: Final = _said_before(session.node)
        self._registered: set[str] = set()

    def grants(self, bank: ParticipantPlan) -> tuple[KeyGrant, ...]:
        """Return a participant's keys: those of the file, else new ones, made where its sponsor's keys are."""
        bic = founding.bic_of(bank)
        if bank.keys or self._session.node.is_participant(bic) or not self._can_sign(bank.sponsor):
            return founding.grants(bank.keys)
        return self._session.keys.granted(bic, founding.BANK_ROLES)

    def sort(self, said: Said) -> tuple[Part | None, str]:
        """Tell what there is to do about a command: None when it is to be said now."""
        node, body = self._session.node, said.body
        if isinstance(body, c.RegisterParticipant) and node.is_participant(body.bic):
            return Part.THERE, ""
        if (said.author, msgspec.msgpack.encode(body)) in self._said:
            return Part.THERE, ""
        missing = [
            f"the {role} key of {owner}"
            for owner, role in cosigners_of(node.charter, said.author, body)
            if not self._session.keys.has(owner, role)
        ]
        if not self._can_sign(said.author):
            return Part.WAITS, f"needs {' and '.join([f'the submit key of {said.author}', *missing])}"
        if missing:
            return Part.WAITS, f"needs {' and '.join(missing)}: {_draft_of(said)}"
        if isinstance(body, c.RegisterParticipant):
            self._registered.add(body.bic)
        bank = said.author if isinstance(body, c.EnrolFirms) else getattr(body, "participant", None)
        if bank and bank not in self._registered and not node.is_participant(bank):
            return Part.WAITS, f"needs {bank} to be registered by its sponsor first"
        return None, ""

    def _can_sign(self, author: str) -> bool:
        return self._session.can_sign_for(author)


def _draft_of(said: Said) -> str:
    """Return the command line that writes a command for others to sign."""
    fields = {name: plain(getattr(said.body, name)) for name in said.body.__struct_fields__}
    words = [
        f"{name}={value if isinstance(value, str) else msgspec.json.encode(value).decode()}"
        for name, value in fields.items()
    ]
    return shlex.join(["mufakat", "draft", "make", said.author, type(said.body).__name__, *words])


def _said_before(node: UnionNode) -> set[tuple[str, bytes]]:
    """Return author and body of each command on the log that had an effect."""
    found: set[tuple[str, bytes]] = set()
    for entry in node.log():
        if entry.seq == 0 or outcomes.decode(entry.outcome).status is Status.REFUSED:
            continue
        signed = c.decode(entry.command)
        if signed is not None:
            found.add((signed.instruction.author, msgspec.msgpack.encode(signed.instruction.body)))
    return found


def _enacted(said: Said, outcome: Outcome) -> Enacted:
    if outcome.refusal is None:
        return _row(said, Part.DONE, "")
    return _row(said, Part.REFUSED, f"{outcome.refusal.reason.name}: {outcome.refusal.text}")


def _row(said: Said, part: Part, note: str) -> Enacted:
    about = [str(getattr(said.body, name)) for name in founding.ABOUT if hasattr(said.body, name)]
    return Enacted(said.author, type(said.body).__name__, " ".join(about), part, note)
