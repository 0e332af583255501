"""Recalls of payments read, camt.056, and what was resolved of them, camt.029 read.

Each names payments by their original UETR; a recall of a whole group by its header alone (`GrpCxl`) is refused,
since the union knows payments and not messages. Rule source: ISO 20022 message definition report, Exceptions and
Investigations; codes of ExternalCancellationReason1Code and ExternalInvestigationExecutionConfirmation1Code.
"""

import msgspec

from mufakat.messages import fault
from mufakat.messages.elements import Children, assigned, breach_of, originally, refusal_at
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Case, Fault, References
from mufakat.messages.schema import Element


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """One payment of a recall, or of its resolution. `references` are the original payment's."""

    line: int
    references: References


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """A whole camt.056 or camt.029: `message_id` is the assignment's, `assigner` and `assignee` are BICs.

    `status` of a resolution is its confirmation: CNCL, RJCR, PDCR or another.
    """

    definition: str
    message_id: str
    created: str
    assigner: str | None
    assignee: str | None
    transactions: tuple[Recalled, ...]
    status: str | None = None

    @property
    def sender(self) -> str | None:
        """The BIC of the agent that gets the answer."""
        return self.assigner


def read_recall(opened: Opened) -> Recall | Fault:
    """Read a camt.056 that was opened, or say what is wrong with it."""
    return breach_of(opened) or _read(opened, "Undrlyg", "OrgnlGrpInfAndCxl", "TxInf")


def read_resolution(opened: Opened) -> Recall | Fault:
    """Read a camt.029 that was opened and answers a recall, or say what is wrong with it."""
    return breach_of(opened) or _read(opened, "CxlDtls", "OrgnlGrpInfAndSts", "TxInfAndSts")


def _read(opened: Opened, details: str, group_name: str, name: str) -> Recall | Fault:
    body = Children(opened.document[0])
    assignment, case = body.below("Assgnmt"), _case(body, "Case") or _case(body, "RslvdCase")
    found: list[Recalled] = []
    for each in opened.document[0]:
        if not each.tag.endswith(f"}}{details}"):
            continue
        group = Children(each).below(group_name)
        found += [_recalled(one, group, case) for one in each if one.tag.endswith(f"}}{name}")]
    if not found:
        text = f"The message names no payment. Give each a {name} with its OrgnlUETR."
        return refusal_at(opened, fault.MISSING, text, opened.document[0])
    return Recall(
        definition=opened.definition,
        message_id=assignment["Id"].text,
        created=assignment["CreDtTm"].text.strip(),
        assigner=assigned(assignment, "Assgnr"),
        assignee=assigned(assignment, "Assgne"),
        transactions=tuple(found),
        status=body.below("Sts").text("Conf"),
    )


def _recalled(element: Element, group: Children, case: Case | None) -> Recalled:
    own = Children(element)
    return Recalled(
        line=element.sourceline,
        references=msgspec.structs.replace(
            originally(own, group),
            case=_case(own, "Case") or _case(own, "RslvdCase") or case,
        ),
    )


def _case(parent: Children, name: str) -> Case | None:
    if name not in parent:
        return None
    own = parent.below(name)
    return Case(own["Id"].text, assigned(own, "Cretr"))
