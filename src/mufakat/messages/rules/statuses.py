"""What status reports and answers say: statuses that fit together, reasons where they are owed.

Rule source: ISO 20022 message definition reports, Payments Clearing and Settlement (pacs.002), Exceptions and
Investigations (camt.029, camt.056).
"""

from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.reading import Message, child, children, text, value
from mufakat.messages.rules.rule import Blame, Rule

REPORTS: Final = (("pacs.002", 1), ("pain.002", 1), ("pain.014", 1))
_REASONS: Final = ("StsRsnInf", "RtrRsnInf", "CxlRsnInf", "CxlStsRsnInf", "RvslRsnInf")
_GOOD: Final = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACWC", "PDNG"})
_MDR: Final = "ISO 20022 message definition report"


def narrative_told(message: Message) -> Iterator[Blame]:
    """The code NARR says that the reason is told in words: they are there."""
    for reason in message.all(*_REASONS):
        code = child(reason, "Rsn", "Cd")
        if value(code) == "NARR" and child(reason, "AddtlInf") is None:
            assert code is not None, "it has a value"
            yield code, "The reason NARR stands without AddtlInf. Tell the reason in words, or by its code."


def group_agrees(message: Message) -> Iterator[Blame]:
    """A status of the group holds for each transaction in it."""
    for group in message.all("OrgnlGrpInfAndSts"):
        status = text(group, "GrpSts")
        for tx in message.transactions:
            own = child(tx, "TxSts")
            if own is None:
                continue
            if status in _GOOD and value(own) == "RJCT":
                yield own, f"GrpSts is {status} but this transaction is RJCT. The group is PART."
            if status == "RJCT" and value(own) != "RJCT":
                yield own, f"GrpSts is RJCT but this transaction is {value(own)}. The group is PART."
            if status == "RCVD":
                yield own, "GrpSts is RCVD: nothing is known of single transactions yet. Leave TxSts out."


def rejected_with_reason(message: Message) -> Iterator[Blame]:
    """Who rejects says why: the reason stands with the transaction, or with the group."""
    group = next(message.all("OrgnlGrpInfAndSts"), None)
    told_above = child(group, "StsRsnInf", "Rsn") is not None
    for status in message.all("TxSts"):
        own = child(status.getparent(), "StsRsnInf", "Rsn")
        if value(status) == "RJCT" and own is None and not told_above:
            yield status, "TxSts RJCT stands without a reason. Write StsRsnInf/Rsn/Cd."
    if group is not None and text(group, "GrpSts") == "RJCT" and not told_above:
        reasons = [child(tx, "StsRsnInf", "Rsn") for tx in message.transactions]
        if not any(each is not None for each in reasons):
            at = child(group, "GrpSts")
            assert at is not None, "it has a value"
            yield at, "GrpSts RJCT stands without a reason. Write StsRsnInf/Rsn/Cd."


def returned_with_reason(message: Message) -> Iterator[Blame]:
    """Who returns a payment says why."""
    for tx in message.transactions:
        if not any(child(each, "Rsn") is not None for each in children(tx, "RtrRsnInf")):
            yield tx, "The return has no reason. Write RtrRsnInf/Rsn/Cd."


def recall_with_reason(message: Message) -> Iterator[Blame]:
    """Who asks to cancel says why."""
    for tx in message.transactions:
        if not any(child(each, "Rsn") is not None for each in children(tx, "CxlRsnInf")):
            yield tx, "The request has no reason. Write CxlRsnInf/Rsn/Cd."


def refused_recall_with_reason(message: Message) -> Iterator[Blame]:
    """Who refuses to cancel says why."""
    if text(message.body, "Sts", "Conf") != "RJCR":
        return
    if not any(child(each, "Rsn") is not None for each in message.all("CxlStsRsnInf")):
        at = child(message.body, "Sts", "Conf")
        assert at is not None, "it has a value"
        yield at, "The recall is refused, RJCR, without a reason. Write CxlStsRsnInf/Rsn/Cd."


ISO: Final = (
    Rule(
        id="MUF-STS-01",
        title="The reason NARR is told in words",
        code="FF02",
        source=f"{_MDR}, StatusReasonRule and its like",
        check=narrative_told,
    ),
    Rule(
        id="MUF-STS-02",
        title="The group's status holds for its transactions",
        code="CH16",
        source=f"{_MDR}, GroupStatus1Rule to GroupStatus4Rule",
        check=group_agrees,
        scope=REPORTS,
    ),
)
MARKET: Final = (
    Rule(
        id="MUF-STS-03",
        title="A rejection has its reason",
        code="CH21",
        source="HVPS+ and CBPR+ usage guidelines of pacs.002",
        check=rejected_with_reason,
        scope=REPORTS,
    ),
    Rule(
        id="MUF-STS-04",
        title="A return has its reason",
        code="CH21",
        source="HVPS+ and CBPR+ usage guidelines of pacs.004",
        check=returned_with_reason,
        scope=(("pacs.004", 1),),
    ),
    Rule(
        id="MUF-STS-05",
        title="A request to cancel has its reason",
        code="CH21",
        source="HVPS+ and CBPR+ usage guidelines of camt.056",
        check=recall_with_reason,
        scope=(("camt.056", 1),),
    ),
    Rule(
        id="MUF-STS-06",
        title="A refusal to cancel has its reason",
        code="CH21",
        source="HVPS+ and CBPR+ usage guidelines of camt.029",
        check=refused_recall_with_reason,
        scope=(("camt.029", 3),),
    ),
)
