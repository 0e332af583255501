"""Payment status reports out: pacs.002.001.10 or later, on credit transfers, returns, and what is asked about them.

The same arguments give the same bytes: identifier and creation time come from the caller.
Rule source: ISO 20022 pacs.002; codes from ExternalPaymentTransactionStatus1Code,
ExternalPaymentGroupStatus1Code and ExternalStatusReason1Code.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from mufakat.messages import markup
from mufakat.messages.fault import Original, References
from mufakat.messages.header import Speaker, agent_of

DEFINITION: Final = "pacs.002.001.10"
_REASON_TEXT: Final = 105
_AT_ONCE: Final = 1_000
"""Transactions of one piece."""


_LINE: Final = f"{markup.PLAIN}{{1,35}}"
_MOMENT: Final = markup.DATE_TIME.pattern
_USUAL_HEAD: Final = re.compile(
    f"{_LINE}<{_MOMENT}<{markup.BIC.pattern}<{_LINE}<{_LINE}<{_MOMENT}<[0-9]{{1,15}}<{markup.CODE.pattern}"
)
"""What a head says where all of it is plain; `<` is not."""
_USUAL: Final = re.compile(
    f"(<OrgnlInstrId>{_LINE}</OrgnlInstrId>)?<OrgnlEndToEndId>{_LINE}</OrgnlEndToEndId>"
    f"(<OrgnlTxId>{_LINE}</OrgnlTxId>)?<OrgnlUETR>{markup.UETR.pattern}</OrgnlUETR>"
    f"<TxSts>{markup.CODE.pattern}</TxSts>"
)
"""What is told of a transaction where all of it is plain."""


class StatusReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why: a code of ExternalStatusReason1Code, and words, of which 105 characters are sent."""

    code: str
    text: str = ""


class TransactionStatus(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The status of one transaction.

    `status` is ACCP, PDNG, ACSP, ACSC, RJCT or another external code, None when nothing is known; `accepted_at`
    an ISO date and time; `settled_on` an ISO date; `clearing_reference` the union's own, 1 to 35 characters.
    """

    references: References
    status: str | None
    reason: StatusReason | None = None
    accepted_at: str | None = None
    settled_on: str | None = None
    clearing_reference: str | None = None


class Group(NamedTuple):
    """What a status report says of a whole message, and who says it to whom: see `write_payment_status`."""

    message_id: str
    created: str
    agents: tuple[Speaker | None, str | None]
    original: Original | None
    status: str | None
    reason: StatusReason | None


def write_payment_status(
    *,
    message_id: str,
    created: str,
    original: Original | None,
    transactions: Iterable[TransactionStatus] = (),
    group_status: str | None = None,
    group_reason: StatusReason | None = None,
    agents: tuple[Speaker | None, str | None] = (None, None),
    definition: str = DEFINITION,
) -> Iterator[bytes]:
    """Write a payment status report piece by piece, as a bare Document of any version from .10 on.

    `created` is an ISO date and time; `agents`: who speaks for the union, and the BIC of who is told.
    `group_status` speaks of the whole original message; `transactions` of its parts, which name their messages
    themselves where `original` is None. Raises ValueError, on the way, when a value breaks its data type, such as
    an identifier above 35 characters.
    """
    about = Group(message_id, created, agents, original, group_status, group_reason)
    begin, end = markup.around(definition)
    yield f"{begin}<FIToFIPmtStsRpt>{_usual_head(about) or head(about)}".encode()
    left = iter(transactions)
    while some := list(islice(left, _AT_ONCE)):
        yield "".join([_usual(each) or transaction(each) for each in some]).encode()
    yield f"</FIToFIPmtStsRpt>{end}".encode()


def head(about: Group) -> str:
    """Write what stands before the transactions."""
    original = about.original
    speaker, instructed = about.agents
    text = (
        "<GrpHdr>"
        + markup.text("MsgId", about.message_id)
        + markup.date_time("CreDtTm", about.created)
        + ("" if speaker is None else agent_of("InstgAgt", speaker))
        + markup.agent("InstdAgt", instructed)
        + "</GrpHdr>"
    )
    if original is None:
        return text
    count = None if original.transactions is None else str(original.transactions)
    return (
        f"{text}<OrgnlGrpInfAndSts>"
        + named(original)
        + markup.text("OrgnlNbOfTxs", count, 15)
        + markup.code("GrpSts", about.status)
        + reason_of(about.reason)
        + "</OrgnlGrpInfAndSts>"
    )


def _usual_head(about: Group) -> str | None:
    """Write the same at once; None where a part is absent or is not plain text of its type."""
    original, (speaker, instructed) = about.original, about.agents
    if original is None or speaker is None or about.reason is not None:
        return None
    name, definition, made = original.message_id, original.definition, original.created
    values = f"{about.message_id}<{about.created}<{instructed}<{name}<{definition}<{made}"
    values += f"<{original.transactions}<{about.status}"
    if _USUAL_HEAD.fullmatch(values) is None or not (
        markup.exists(about.created) and markup.exists(made or "")
    ):
        return None
    return (
        f"<GrpHdr><MsgId>{about.message_id}</MsgId><CreDtTm>{about.created}</CreDtTm>"
        f"{agent_of('InstgAgt', speaker)}"
        f"<InstdAgt><FinInstnId><BICFI>{instructed}</BICFI></FinInstnId></InstdAgt></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{name}</OrgnlMsgId><OrgnlMsgNmId>{definition}</OrgnlMsgNmId>"
        f"<OrgnlCreDtTm>{made}</OrgnlCreDtTm><OrgnlNbOfTxs>{original.transactions}</OrgnlNbOfTxs>"
        f"<GrpSts>{about.status}</GrpSts></OrgnlGrpInfAndSts>"
    )


def named(original: Original) -> str:
    """Name a message, as `Orgnl…` elements do; a creation time that only XML Schema takes is left out."""
    told = original.created
    return (
        markup.text("OrgnlMsgId", original.message_id)
        + markup.text("OrgnlMsgNmId", original.definition)
        + (f"<OrgnlCreDtTm>{told}</OrgnlCreDtTm>" if told is not None and markup.is_date_time(told) else "")
    )


def transaction(told: TransactionStatus) -> str:
    """Write the status of one transaction."""
    ids = told.references
    return (
        "<TxInfAndSts>"
        + ("" if ids.original is None else f"<OrgnlGrpInf>{named(ids.original)}</OrgnlGrpInf>")
        + markup.text("OrgnlInstrId", ids.instruction_id)
        + markup.text("OrgnlEndToEndId", ids.end_to_end_id)
        + markup.text("OrgnlTxId", ids.tx_id)
        + markup.uetr("OrgnlUETR", ids.uetr)
        + markup.code("TxSts", told.status)
        + reason_of(told.reason)
        + markup.date_time("AccptncDtTm", told.accepted_at)
        + _settled(told.settled_on)
        + markup.text("ClrSysRef", told.clearing_reference)
        + "</TxInfAndSts>"
    )


@functools.lru_cache(maxsize=64)
def _settled(day: str | None) -> str:
    settled = markup.date("Dt", day)
    return f"<FctvIntrBkSttlmDt>{settled}</FctvIntrBkSttlmDt>" if settled else ""


def _usual(told: TransactionStatus) -> str | None:
    """Write the same at once; None where more is told, or a part is absent or is not plain text of its type."""
    ids = told.references
    if told.reason is not None or told.accepted_at is not None or told.clearing_reference is not None:
        return None
    instruction, end_to_end, uetr, tx = ids.instruction_id, ids.end_to_end_id, ids.uetr, ids.tx_id
    before = "" if instruction is None else f"<OrgnlInstrId>{instruction}</OrgnlInstrId>"
    text = (
        f"{before}<OrgnlEndToEndId>{end_to_end}</OrgnlEndToEndId>"
        f"{'' if tx is None else f'<OrgnlTxId>{tx}</OrgnlTxId>'}"
        f"<OrgnlUETR>{uetr}</OrgnlUETR><TxSts>{told.status}</TxSts>"
    )
    if (
        ids.original is not None
        or end_to_end is None
        or told.status is None
        or _USUAL.fullmatch(text) is None
    ):
        return None
    return f"<TxInfAndSts>{text}{_settled(told.settled_on)}</TxInfAndSts>"


def reason_of(reason: StatusReason | None) -> str:
    """Say why, as a status report does; nothing where there is no reason."""
    if reason is None:
        return ""
    words = markup.cut("AddtlInf", reason.text, _REASON_TEXT)
    return f"<StsRsnInf><Rsn>{markup.code('Cd', reason.code)}</Rsn>{words}</StsRsnInf>"
