"""The business application header and the message beside it say the same.

Rule source: ISO 20022 head.001 message definition report; CBPR+ usage guidelines of the header.
"""

import re
from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.reading import RELEASE_2026, Message, child, text, value
from mufakat.messages.rules.rule import Blame, Rule
from mufakat.messages.schema import Element

_COPIES: Final = frozenset({"COPY", "CODU"})
_SERVICE: Final = re.compile(r"swift\.cbprplus(\.(stp|cov|adv|col|mlp))?\.0[1-9]")
_ENDS: Final = (("Fr", "InstgAgt"), ("To", "InstdAgt"))
ALL: Final = (
    *(("pacs.002", 10), ("pacs.004", 9), ("pacs.008", 8), ("pacs.009", 8), ("pacs.010", 3), ("pacs.028", 3)),
    *(("camt.029", 9), ("camt.052", 8), ("camt.053", 8), ("camt.054", 8), ("camt.056", 8), ("camt.057", 6)),
    *(("camt.060", 5), ("pain.001", 9), ("pain.002", 10)),
)


def definition_agrees(message: Message) -> Iterator[Blame]:
    """MsgDefIdr is the message definition that the document's namespace names."""
    named = child(message.header, "MsgDefIdr")
    if named is not None and value(named) != message.definition:
        what = f"The header says {value(named)} but the document is {message.definition}"
        yield named, f"{what}. Make them agree."


def header_there(message: Message) -> Iterator[Blame]:
    """A header stands beside the message."""
    if message.header is None:
        yield message.document, "There is no business application header. Put a head.001 AppHdr beside it."


def service_known(message: Message) -> Iterator[Blame]:
    """The header names the service, such as swift.cbprplus.03."""
    if message.header is None:
        return
    named = child(message.header, "BizSvc")
    if named is None:
        yield (
            message.header,
            "The header has no BizSvc. Write swift.cbprplus.03, or its .cov, .adv or .stp form.",
        )
    elif _SERVICE.fullmatch(value(named)) is None:
        yield named, f"BizSvc {value(named)} is no service of CBPR+. Write swift.cbprplus.03."


def identifier_carried(message: Message) -> Iterator[Blame]:
    """BizMsgIdr is the message identification of the document; before November 2026 it may be longer."""
    named = child(message.header, "BizMsgIdr")
    own = next((each for each in message.all("MsgId") if _is_own(message, each)), None)
    if named is None or own is None or value(own) == value(named):
        return
    made = message.created
    if made is None or made >= RELEASE_2026 or value(own) not in value(named):
        yield named, f"BizMsgIdr is {value(named)} but MsgId is {value(own)}. Make them agree."


def _is_own(message: Message, identifier: Element) -> bool:
    """Tell whether a MsgId is the document's own, and not one that it speaks of."""
    parent = identifier.getparent()
    return parent is not None and parent.getparent() is message.body and parent is message.body[0]


def ends_agree(message: Message) -> Iterator[Blame]:
    """The header goes from the instructing agent to the instructed agent, unless it is a copy."""
    if message.header is None or text(message.header, "CpyDplct") in _COPIES:
        return
    for end, agent in _ENDS:
        named = child(message.header, end, "FIId", "FinInstnId", "BICFI")
        if named is None:
            continue
        for holder in [*message.transactions, message.group]:
            own = child(holder, agent, "FinInstnId", "BICFI")
            if own is not None and _whole(value(own)) != _whole(value(named)):
                yield (
                    own,
                    f"{agent} is {value(own)} but the header's {end} is {value(named)}. Make them agree.",
                )


def _whole(bic: str) -> str:
    return bic if len(bic) == 11 else bic + "XXX"


def priority_agrees(message: Message) -> Iterator[Blame]:
    """The header's priority is the instruction's."""
    named = child(message.header, "Prty")
    for tx in message.transactions:
        own = child(tx, "PmtTpInf", "InstrPrty")
        if named is not None and own is not None and value(own) != value(named):
            yield named, f"Prty is {value(named)} but InstrPrty is {value(own)}. Make them agree."


ISO: Final = (
    Rule(
        id="MUF-HDR-01",
        title="The header names the message that stands beside it",
        code="FF01",
        source="head.001 message definition report, MessageDefinitionIdentifier",
        check=definition_agrees,
    ),
)
CBPR: Final = (
    Rule(
        id="MUF-HDR-02",
        title="A header stands beside the message",
        code="CH21",
        source="CBPR+ usage guidelines, business application header",
        check=header_there,
        scope=ALL,
    ),
    Rule(
        id="MUF-HDR-03",
        title="The header names the service",
        code="CH16",
        source="CBPR+ usage guidelines, Business_Service_Usage_TextualRule",
        check=service_known,
        scope=ALL,
    ),
    Rule(
        id="MUF-HDR-04",
        title="BizMsgIdr is the document's message identification",
        code="CH16",
        source="CBPR+ usage guidelines, BusinessMessageIdentifier_FormalRule",
        check=identifier_carried,
        scope=ALL,
    ),
    Rule(
        id="MUF-HDR-05",
        title="From and To are instructing and instructed agent, unless it is a copy",
        code="AGNT",
        source="CBPR+ usage guidelines, From_To_Instructing_Instructed_Agent_BIC_FormalRule",
        check=ends_agree,
        scope=(("pacs.002", 10), ("pacs.004", 9), ("pacs.008", 8), ("pacs.009", 8)),
    ),
    Rule(
        id="MUF-HDR-06",
        title="The header's priority is the instruction's",
        code="CH16",
        source="CBPR+ usage guidelines, Priority_Instruction_Priority_FormalRule",
        check=priority_agrees,
        scope=(("pacs.008", 8), ("pacs.009", 8)),
    ),
)
