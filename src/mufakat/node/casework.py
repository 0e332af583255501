"""Deciding a case, and letting a customer pass: by its participant and its member, after another look.

Who is named in the item stands in the evidence of its hit. They are screened once more before anything is decided:
against the lists in force now, and that evidence goes with the decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mufakat.model.identifier import MemberId
from mufakat.model.verdict import AllowName, DecideCase, Screened
from mufakat.node.desk import tools
from mufakat.projections import compliance

if TYPE_CHECKING:
    import datetime

    from mufakat.model.outcome import Outcome
    from mufakat.model.verdict import Scope, Verdict
    from mufakat.node.desk import Desk
    from mufakat.node.session import Session
    from mufakat.projections.compliance import CaseView
    from mufakat.projections.dialect import Sql
    from mufakat.screening.evidence import Evidence, Found
    from mufakat.screening.parties import Subject
    from mufakat.vault.details import Vault


class NoCase(LookupError):
    """There is no such case, or its evidence is not on this machine."""


def case_of(sql: Sql, number: int) -> CaseView:
    """Return a case; raises NoCase."""
    found = compliance.case_of(sql, number)
    if found is None:
        raise NoCase(f"there is no case {number}; `mufakat case list` lists them")
    return found


class Casework:
    """What an officer of a participant does with its cases, with the keys of this machine."""

    def __init__(self, session: Session, vault: Vault, desk: Desk) -> None:
        self._session: Final = session
        self._vault: Final = vault
        self._desk: Final = desk
        desk.begin()

    def case(self, number: int) -> CaseView:
        """Return a case; raises NoCase."""
        return case_of(self._session.node.views.sql, number)

    def evidence(self, case: CaseView) -> Evidence:
        """Return the evidence of a case's hit; raises NoCase when it is not in this vault, and ScreeningMissing."""
        for data in self._vault.evidence(case.evidence):
            evidence: Evidence = tools().decoded(data)
            if evidence.item == case.item:
                return evidence
        raise NoCase(
            f"the evidence of case {case.number} is not in this vault: it is {case.participant}'s. Work on it there"
        )

    def decision(self, number: int, verdict: Verdict, reason: str) -> tuple[str, DecideCase]:
        """Return who decides a case, and what it says; raises NoCase, and ScreeningMissing."""
        case = self.case(number)
        return case.participant, DecideCase(
            number, MemberId(case.member), verdict, reason, self._looked(case)
        )

    def allow(self, number: int, until: datetime.date, scope: Scope, reason: str) -> list[Outcome]:
        """Let each party that a case's hit was about pass the entry that it met; the same raises."""
        case = self.case(number)
        screened = self._looked(case)
        said = []
        for subject, found in self.evidence(case).hits:
            entry, customer = f"{found.list}/{found.id}/{found.entry}", self._desk.customer(subject)
            body = AllowName(entry, customer, MemberId(case.member), until, scope, reason, screened)
            said.append(self._session.say(case.participant, body))
        return said

    def _looked(self, case: CaseView) -> Screened:
        """Screen the parties of a case again; return what is said of it."""
        subjects = [each.subject for each in self.evidence(case).looked]
        found = self._desk.examine(case.participant, case.item, subjects)
        return Screened() if found is None else self._desk.screened(case.participant, [found], [case.item])

    def told(self, case: CaseView) -> list[tuple[Subject, Found]]:
        """Return who was hit by which entry, as far as the evidence is here."""
        try:
            return list(self.evidence(case).hits)
        except NoCase:
            return []
