"""Payment returns read: pacs.004, by which a creditor's agent gives the money of settled payments back.

A return names the payment by its original UETR; the whole of a group cannot be returned by its header alone
(`GrpRtr`), since the union knows payments and not messages. Amounts are decimal text as written.
Rule source: ISO 20022 message definition report, Payments Clearing and Settlement.
"""

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.elements import Children, bic, breach_of, miscounted, originally, refusal_at
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault, References
from mufakat.messages.schema import Element


class ReturnedPayment(msgspec.Struct, frozen=True, kw_only=True):
    """One return. `references` are the original payment's, with the return's own identifier as the instruction's.

    `reason`: a code of ExternalReturnReason1Code, None when it gives none or one of its own; `date` an ISO date.
    """

    line: int
    references: References
    amount: str
    currency: str
    date: str | None
    reason: str | None
    instructing_agent: str | None


class PaymentReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pacs.004; `settlement_method` and `clearing_system` as in a credit transfer."""

    definition: str
    message_id: str
    created: str
    settlement_method: str
    clearing_system: str | None
    transactions: tuple[ReturnedPayment, ...]

    @property
    def sender(self) -> str | None:
        """The BIC of the agent that gives the money back, and gets the answer."""
        return self.transactions[0].instructing_agent


def read_return(opened: Opened) -> PaymentReturn | Fault:
    """Read a pacs.004 that was opened, or say what is wrong with it."""
    if breach := breach_of(opened):
        return breach
    body = opened.document[0]
    group, found = Children(body[0]), [child for child in body if child.tag.endswith("}TxInf")]
    stated = group["NbOfTxs"]
    if not found:
        text = "The message names no payment to return. Give each a TxInf with its OrgnlUETR."
        return refusal_at(opened, fault.MISSING, text, body)
    if breach := miscounted(opened, stated, len(found)):
        return breach
    returns: list[ReturnedPayment] = []
    for element in found:
        one = _returned(opened, body, group, element)
        if isinstance(one, Fault):
            return one
        returns.append(one)
    settlement = group.below("SttlmInf")
    system = settlement.below("ClrSys")
    return PaymentReturn(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        settlement_method=settlement["SttlmMtd"].text,
        clearing_system=system.text("Cd") or system.text("Prtry"),
        transactions=tuple(returns),
    )


def _returned(opened: Opened, body: Element, group: Children, element: Element) -> ReturnedPayment | Fault:
    own, whole = Children(element), Children(body).below("OrgnlGrpInf")
    given_back = own["RtrdIntrBkSttlmAmt"]
    value = given_back.text.strip()
    if not amount.is_plain(value):
        text = f"The amount {value!r} is not plain digits with at most one point. Write it so."
        return refusal_at(opened, fault.AMOUNT, text, given_back)
    references = originally(own, whole)
    reason = own.below("RtrRsnInf", "Rsn").text("Cd") or whole.below("RtrRsnInf", "Rsn").text("Cd")
    date = own.text("IntrBkSttlmDt") or group.text("IntrBkSttlmDt")
    return ReturnedPayment(
        line=element.sourceline,
        references=msgspec.structs.replace(
            references, instruction_id=own.text("RtrId") or references.instruction_id
        ),
        amount=value,
        currency=given_back.get("Ccy"),
        date=None if date is None else date.strip(),
        reason=reason,
        instructing_agent=bic(own, "InstgAgt") or bic(group, "InstgAgt"),
    )
