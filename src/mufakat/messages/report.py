"""Status reports read: pacs.002, by which the creditor's agent says what became of a payment that it got.

Rule source: ISO 20022 message definition report, Payments Clearing and Settlement; codes of
ExternalPaymentTransactionStatus1Code.
"""

import msgspec

from mufakat.messages import fault
from mufakat.messages.elements import Children, bic, breach_of, originally, refusal_at
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault, References


class ReportedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one payment: its status, such as ACCC, None when none is told."""

    line: int
    references: References
    status: str | None
    instructing_agent: str | None


class StatusReport(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pacs.002."""

    definition: str
    message_id: str
    created: str
    transactions: tuple[ReportedPayment, ...]

    @property
    def sender(self) -> str | None:
        """The BIC of the agent that reports."""
        return self.transactions[0].instructing_agent


def read_status_report(opened: Opened) -> StatusReport | Fault:
    """Read a pacs.002 that was opened, or say what is wrong with it."""
    if breach := breach_of(opened):
        return breach
    body = opened.document[0]
    group = Children(body[0])
    groups = [Children(child) for child in body if child.tag.endswith("}OrgnlGrpInfAndSts")]
    of_all = groups[0] if len(groups) == 1 else Children(None)
    reported = []
    for element in (child for child in body if child.tag.endswith("}TxInfAndSts")):
        own = Children(element)
        reported.append(
            ReportedPayment(
                line=element.sourceline,
                references=originally(own, of_all),
                status=own.text("TxSts") or of_all.text("GrpSts"),
                instructing_agent=bic(own, "InstgAgt") or bic(group, "InstgAgt"),
            )
        )
    if not reported:
        text = "The message tells of no payment. Give each a TxInfAndSts with its OrgnlUETR."
        return refusal_at(opened, fault.MISSING, text, body)
    return StatusReport(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        transactions=tuple(reported),
    )
