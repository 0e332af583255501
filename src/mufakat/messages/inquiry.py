"""Requests for the status of payments read: pacs.028. They are answered with a pacs.002.

Rule source: ISO 20022 message definition report, Payments Clearing and Settlement.
"""

import msgspec

from mufakat.messages import fault
from mufakat.messages.elements import Children, bic, breach_of, originally, refusal_at
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault, References


class AskedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment that is asked about, by its original references."""

    line: int
    references: References
    instructing_agent: str | None


class StatusRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pacs.028."""

    definition: str
    message_id: str
    created: str
    transactions: tuple[AskedPayment, ...]

    @property
    def sender(self) -> str | None:
        """The BIC of the agent that asks, and gets the answer."""
        return self.transactions[0].instructing_agent


def read_status_request(opened: Opened) -> StatusRequest | Fault:
    """Read a pacs.028 that was opened, or say what is wrong with it."""
    if breach := breach_of(opened):
        return breach
    body = opened.document[0]
    group = Children(body[0])
    groups = [Children(child) for child in body if child.tag.endswith("}OrgnlGrpInf")]
    of_all = groups[0] if len(groups) == 1 else Children(None)
    asked = []
    for element in (child for child in body if child.tag.endswith("}TxInf")):
        own = Children(element)
        asked.append(
            AskedPayment(
                line=element.sourceline,
                references=originally(own, of_all),
                instructing_agent=bic(own, "InstgAgt") or bic(group, "InstgAgt"),
            )
        )
    if not asked:
        text = "The message asks about no payment. Give each a TxInf with its OrgnlUETR."
        return refusal_at(opened, fault.MISSING, text, body)
    return StatusRequest(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        transactions=tuple(asked),
    )
