"""From what became of things to the messages that say so: pacs.002, camt.029, admi.002.

Identifiers follow from what is reported, so that the same report has the same identifier and bytes. Times are
the log's, in UTC.
"""

import datetime
import functools
import hashlib
from collections.abc import Callable, Collection, Iterator
from typing import Final

import msgspec

from mufakat.gateway.document import Answered, Asks, Rejection, kind_of
from mufakat.messages.customer import write_customer_status, write_request_status
from mufakat.messages.fault import References
from mufakat.messages.header import Speaker
from mufakat.messages.rejection import write_rejection
from mufakat.messages.resolution import PENDING as RECALL_PENDING
from mufakat.messages.resolution import REJECTED as NOT_RECALLED
from mufakat.messages.resolution import Resolved, write_resolution
from mufakat.messages.status import StatusReason, TransactionStatus, write_payment_status

_PACKED: Final = msgspec.msgpack.Encoder()
SETTLED, PENDING, ACCEPTED, IN_PROCESS, REJECTED = "ACSC", "PDNG", "ACCP", "ACSP", "RJCT"
VALIDATED: Final = "ACTC"
"""Accepted by its form, and given on to whose affair it is."""
WITHDRAWN: Final = "DS02"
"""ExternalStatusReason1Code: an authorised user has cancelled the order. The status CANC is for APIs only."""
FORWARDED: Final = "FTNA"
"""ExternalInvestigationExecutionConfirmation1Code: it has been forwarded to the next agent."""
STATUS_OF: Final = {
    "settled": SETTLED,
    "returned": SETTLED,
    "queued": PENDING,
    "accepted": IN_PROCESS,
    "rejected": REJECTED,
    "cancelled": REJECTED,
    "reserved": PENDING,
    "voided": REJECTED,
    "held": PENDING,
    "frozen": PENDING,
}
"""ISO 20022 ExternalPaymentTransactionStatus1Code for each status of a payment."""

QUESTION: Final = "pacs.028"
_RECALLS: Final = {
    REJECTED: NOT_RECALLED,
    **dict.fromkeys((PENDING, ACCEPTED, IN_PROCESS), RECALL_PENDING),
}
"""How a recall stands that was refused whole, or awaits the members' quorum."""
_RECALL_CODES: Final = {
    **{code: code for code in ("AGNT", "ARDT", "NOOR", "PTNA")},
    **dict.fromkeys(("AG08", "DS0E", "RC01", "RC03"), "AGNT"),
}
"""ExternalPaymentCancellationRejection1Code for what keeps a recall from being done; NARR for all else."""


_FOR_FIRMS: Final = {"pain.002": write_customer_status, "pain.014": write_request_status}
"""What writes each kind of answer that goes to firms through their bank."""


class PartStatus(msgspec.Struct, frozen=True, gc=False):
    """What became of one part: an ISO 20022 status, None for what nobody knows, and why, where that is to say."""

    references: References
    status: str | None
    rejection: Rejection | None = None
    settled_on: str | None = None


@functools.lru_cache(maxsize=64)
def iso_time(at_us: int) -> str:
    """Write log time (UTC microseconds) as an ISO 8601 date and time of UTC."""
    moment = datetime.datetime.fromtimestamp(at_us // 1_000_000, datetime.UTC)
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


class Noted(msgspec.Struct, frozen=True):
    """What the vault notes of a part: how its sender named it, and why it was refused, if it was.

    `asks`: what it asks, and so how its standing is found. `goes_to`: the BIC of the bank that it is for, where it
    says that. `held`: why it waits before it is put to the union.
    """

    references: References
    rejection: Rejection | None = None
    asks: Asks = Asks.PAYMENT
    goes_to: str | None = None
    held: Rejection | None = None


def report_id(to: Answered, statuses: Collection[PartStatus], rejection: Rejection | None = None) -> str:
    """Return the message identifier of a pacs.002 (32 characters), which follows from what it says.

    It is of the SHA-256 of (to, statuses, rejection) as MessagePack, of which no more than one status is in memory.
    """
    digest = hashlib.sha256(b"\x93" + _PACKED.encode(to))
    count = len(statuses)
    if count < 2**4:
        digest.update((0x90 | count).to_bytes(1, "big"))
    elif count < 2**16:
        digest.update(b"\xdc" + count.to_bytes(2, "big"))
    else:
        digest.update(b"\xdd" + count.to_bytes(4, "big"))
    for each in statuses:
        digest.update(_PACKED.encode(each))
    digest.update(_PACKED.encode(rejection))
    return f"ST{digest.hexdigest()[:30].upper()}"


class Answer(msgspec.Struct, frozen=True):
    """An answer that is to be written: to whom, the status of each part, and why all was refused, if it was.

    `at_us` is log time (UTC microseconds). `speaker` says it for the union, in the version `definition`.
    """

    to: Answered
    statuses: Collection[PartStatus]
    at_us: int
    rejection: Rejection | None
    speaker: Speaker
    definition: str


def status_report(answer: Answer) -> bytes:
    """Write a pacs.002."""
    return b"".join(status_pieces(answer))


def status_pieces(answer: Answer) -> Iterator[bytes]:
    """Write a pacs.002 piece by piece. On what was only asked, each payment names its own message."""
    rejection, original = answer.rejection, answer.to.original
    is_question = kind_of(original.definition) == QUESTION and rejection is None
    return write_payment_status(
        message_id=report_id(answer.to, answer.statuses, rejection),
        created=iso_time(answer.at_us),
        original=None if is_question else original,
        transactions=map(_transaction, answer.statuses),
        group_status=REJECTED if rejection is not None else _group_status(answer.statuses),
        group_reason=_reason(rejection) if rejection is not None else None,
        agents=(answer.speaker, answer.to.agent),
        definition=answer.definition,
    )


def firm_report(answer: Answer) -> Iterator[bytes]:
    """Write a pain.002 or a pain.014, as the answer's kind says."""
    rejection = answer.rejection
    yield _FOR_FIRMS[answer.to.kind](
        message_id=report_id(answer.to, answer.statuses, rejection),
        created=iso_time(answer.at_us),
        original=answer.to.original,
        agents=(answer.speaker, answer.to.agent),
        definition=answer.definition,
        transactions=[_transaction(each) for each in answer.statuses],
        group_status=REJECTED if rejection is not None else _group_status(answer.statuses),
        group_reason=_reason(rejection) if rejection is not None else None,
    )


def resolution(answer: Answer) -> Iterator[bytes]:
    """Write a camt.029."""
    yield write_resolution(
        message_id=report_id(answer.to, answer.statuses, answer.rejection),
        created=iso_time(answer.at_us),
        speaker=answer.speaker,
        assignee=answer.to.agent,
        payments=[_resolved(each) for each in answer.statuses],
        definition=answer.definition,
    )


def _resolved(status: PartStatus) -> Resolved:
    told = _RECALLS.get(status.status or REJECTED, status.status or REJECTED)
    if status.rejection is None:
        return Resolved(references=status.references, status=told)
    code = _RECALL_CODES.get(status.rejection.code, "NARR")
    return Resolved(references=status.references, status=told, code=code, text=status.rejection.text)


def message_rejection(answer: Answer) -> Iterator[bytes]:
    """Write an admi.002."""
    why = answer.rejection
    assert why is not None, "what is rejected is rejected for a reason"
    place = why.path if why.line is None else f"line {why.line} {why.path}"
    yield write_rejection(
        reference=answer.to.original.message_id,
        code=why.code,
        text=why.text,
        at=place,
        created=iso_time(answer.at_us),
    )


WRITERS: Final[dict[str, Callable[[Answer], Iterator[bytes]]]] = {
    "pacs.002": status_pieces,
    **dict.fromkeys(_FOR_FIRMS, firm_report),
    "camt.029": resolution,
    "admi.002": message_rejection,
}
"""What writes each kind of answer, as a bare Document in pieces."""


def _transaction(status: PartStatus) -> TransactionStatus:
    reason = _reason(status.rejection) if status.rejection is not None else None
    return TransactionStatus(
        references=status.references, status=status.status, reason=reason, settled_on=status.settled_on
    )


def _reason(rejection: Rejection) -> StatusReason:
    return StatusReason(code=rejection.code, text=rejection.text)


def _group_status(statuses: Collection[PartStatus]) -> str | None:
    """Sum up: the status that all share, or PART when some came to nothing, or ACSP while some wait."""
    shared = {each.status for each in statuses}
    if len(shared) == 1:
        return next(iter(shared))
    return "PART" if REJECTED in shared else IN_PROCESS
