"""Requests to pay read, pain.013, and what the debtor's agent says of them, pain.014.

A creditor asks through its bank; the request goes on to the debtor's bank, and the answer comes back the same way.
Nothing is paid by either: the debtor's agent that accepts sends a pacs.008. Each transaction names where it goes:
a request its DbtrAgt, an answer its CdtrAgt. Read are versions with a place for the UETR.
Rule source: ISO 20022 message definition report, Creditor Payment Activation Request.
"""

from collections.abc import Callable, Iterator

import msgspec

from mufakat.messages import fault
from mufakat.messages.elements import Children, bic, breach_of, miscounted, refusal_at
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault, References
from mufakat.messages.schema import Element


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction that is asked for, or answered. `line` is the 1-based line of its element.

    `speaker` and `receiver` are the BICs of the bank that says it and of the one it is said to.
    """

    line: int
    references: References
    speaker: str | None
    receiver: str | None


class PaymentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pain.013 or pain.014; `sender` is the BIC of the bank that sends it."""

    definition: str
    message_id: str
    created: str
    transactions: tuple[Requested, ...]

    @property
    def sender(self) -> str | None:
        """The BIC of the bank that gets the answer."""
        return self.transactions[0].speaker


def read_request(opened: Opened) -> PaymentRequest | Fault:
    """Read a pain.013 that was opened, or say what is wrong with it."""
    if breach := breach_of(opened):
        return breach
    asked = list(_each(opened.document[0], "PmtInf", "CdtTrfTx"))
    if breach := miscounted(opened, Children(opened.document[0][0])["NbOfTxs"], len(asked)):
        return breach
    return _read(opened, [_request(*each) for each in asked])


def read_request_answer(opened: Opened) -> PaymentRequest | Fault:
    """Read a pain.014 that was opened, or say what is wrong with it."""
    if breach := breach_of(opened):
        return breach
    group = Children(opened.document[0][0])
    told = [_answer(group, *each) for each in _each(opened.document[0], "OrgnlPmtInfAndSts", "TxInfAndSts")]
    if not told:
        text = "The message tells of no request. Give each a TxInfAndSts in its OrgnlPmtInfAndSts."
        return refusal_at(opened, fault.MISSING, text, opened.document[0])
    return _read(opened, told)


def _read(opened: Opened, transactions: list[Requested]) -> PaymentRequest:
    group = Children(opened.document[0][0])
    return PaymentRequest(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        transactions=tuple(transactions),
    )


def _each(body: Element, group: str, name: str) -> Iterator[tuple[Children, Element]]:
    """Give each transaction with what is said of its group."""
    for above in body:
        if above.tag.endswith(f"}}{group}"):
            said = Children(above)
            yield from ((said, each) for each in above if each.tag.endswith(f"}}{name}"))


def _request(above: Children, element: Element) -> Requested:
    own = Children(element)
    ids = own.below("PmtId")
    return Requested(
        line=element.sourceline,
        references=_named(ids.text, "", above.text("PmtInfId")),
        speaker=bic(own, "CdtrAgt"),
        receiver=bic(above, "DbtrAgt"),
    )


def _answer(group: Children, above: Children, element: Element) -> Requested:
    own = Children(element)
    asked = own.below("OrgnlTxRef")
    return Requested(
        line=element.sourceline,
        references=_named(own.text, "Orgnl", above.text("OrgnlPmtInfId")),
        speaker=bic(group, "DbtrAgt") or bic(asked, "DbtrAgt"),
        receiver=bic(asked, "CdtrAgt") or bic(group, "CdtrAgt"),
    )


def _named(text: Callable[[str], str | None], prefix: str, payment: str | None) -> References:
    return References(
        instruction_id=text(f"{prefix}InstrId"),
        end_to_end_id=text(f"{prefix}EndToEndId"),
        uetr=text(f"{prefix}UETR"),
        payment_id=payment,
    )
