"""Dates and times, as far as a file alone can tell: which clock is meant, and what comes before what.

Rule source: ISO 8601; CBPR+ and HVPS+ usage guidelines. Whether a date is a business day of the union and
before its cut-off, the union says when the message comes.
"""

import datetime
import itertools
import re
from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.reading import Message, child, date_of, name_of, text, value
from mufakat.messages.rules.rule import Blame, Rule, Severity
from mufakat.messages.schema import Element

_OFFSET: Final = re.compile(r".*T.*(Z|[+-][0-9]{2}:[0-9]{2})")
_MOMENTS: Final = ("CreDtTm", "AccptncDtTm", "OrgnlCreDtTm", "FctvIntrBkSttlmDt", "DbtDtTm", "CdtDtTm")
_CLOCKS: Final = ("CLSTm", "TillTm", "FrTm", "RjctTm")
TRANSFERS: Final = (("pacs.004", 1), ("pacs.008", 1), ("pacs.009", 1))
_FARTHEST: Final = datetime.timedelta(days=366)
_OFFSET_END: Final = re.compile(r"(Z|[+-][0-9]{2}:[0-9]{2})")


def with_offset(message: Message) -> Iterator[Blame]:
    """A date with a time says its offset from UTC."""
    for element in message.all(*_MOMENTS):
        if "T" in value(element) and _OFFSET.fullmatch(value(element)) is None:
            what = f"{name_of(element)} {value(element)} has no offset from UTC"
            yield element, f"{what}: nobody can know which clock it means. Write +07:00, or Z."


def clocks_with_offset(message: Message) -> Iterator[Blame]:
    """A time of settlement says its offset from UTC."""
    for element in message.all(*_CLOCKS):
        if _OFFSET_END.search(value(element)) is None:
            what = f"{name_of(element)} {value(element)} has no offset from UTC"
            yield element, f"{what}. Write +07:00, or Z."


def settlement_times_in_order(message: Message) -> Iterator[Blame]:
    """A payment settles from a time on, until a later one, and is rejected no earlier than that."""
    for asked in message.all("SttlmTmReq"):
        times = [
            (name, element)
            for name in ("FrTm", "TillTm", "RjctTm")
            if (element := child(asked, name)) is not None
        ]
        for (first, one), (second, other) in itertools.pairwise(times):
            moments = _clock(value(one)), _clock(value(other))
            if moments[0] is not None and moments[1] is not None and moments[0] > moments[1]:
                yield other, f"{second} {value(other)} is before {first} {value(one)}. Put them in order."


def _clock(said: str) -> datetime.datetime | None:
    """Return a time with an offset as one of 1 January 2000, or None."""
    try:
        moment = datetime.datetime.fromisoformat(f"2000-01-01T{said}")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _value_dates(message: Message) -> Iterator[tuple[Element, datetime.date, datetime.date]]:
    """Yield each settlement date of this message with its day and the day on which the message was made."""
    made = message.created
    for element in message.all("IntrBkSttlmDt"):
        day = date_of(value(element))
        if day is not None and made is not None and name_of(element.getparent()) != "OrgnlTxRef":
            yield element, day, made


def value_dates_near(message: Message) -> Iterator[Blame]:
    """A settlement date is a year before or after the message at most."""
    for element, day, made in _value_dates(message):
        if abs(day - made) > _FARTHEST:
            text = (
                f"IntrBkSttlmDt {day} is more than a year from {made}, when the message was made. Look again."
            )
            yield element, text


def value_dates_ahead(message: Message) -> Iterator[Blame]:
    """A settlement date is not before the day on which the message was made."""
    for element, day, made in _value_dates(message):
        if _FARTHEST >= made - day > datetime.timedelta(days=1):
            yield element, f"IntrBkSttlmDt {day} is before {made}, when the message was made. Look again."


def execution_ahead(message: Message) -> Iterator[Blame]:
    """A firm asks for a day that is still to come when it asks."""
    made = message.created
    for block in message.all("PmtInf"):
        asked = child(block, "ReqdExctnDt")
        day = date_of(
            (text(block, "ReqdExctnDt", "Dt") or text(block, "ReqdExctnDt", "DtTm") or value(asked))[:10]
        )
        if asked is None or day is None or made is None:
            continue
        if day < made - datetime.timedelta(days=1):
            yield (
                asked,
                f"ReqdExctnDt {day} is before {made}, when the message was made. Ask for a later day.",
            )


RULES: Final = (
    Rule(
        id="MUF-TIME-01",
        title="A date with a time says its offset from UTC",
        code="DT02",
        source="CBPR+ and HVPS+ usage guidelines, DateTime; ISO 8601",
        check=with_offset,
        scope=(*TRANSFERS, ("pacs.002", 10), ("pacs.028", 3), ("camt.056", 8), ("camt.029", 9)),
        severity=Severity.WARNING,
    ),
    Rule(
        id="MUF-TIME-02",
        title="A time of settlement says its offset from UTC",
        code="DT01",
        source="CBPR+ and HVPS+ usage guidelines, Time; ISO 8601",
        check=clocks_with_offset,
        scope=TRANSFERS,
    ),
    Rule(
        id="MUF-TIME-03",
        title="Times of settlement are in order",
        code="DT01",
        source="ISO 20022 message definition report, SettlementTimeRequest",
        check=settlement_times_in_order,
        scope=TRANSFERS,
    ),
    Rule(
        id="MUF-DATE-02",
        title="A settlement date is within a year of the message",
        code="DT01",
        source="market practice: a farther date is a slip",
        check=value_dates_near,
        scope=TRANSFERS,
    ),
    Rule(
        id="MUF-DATE-03",
        title="A settlement date is not before the message",
        code="DT01",
        source="market practice; the union takes no value in the past",
        check=value_dates_ahead,
        scope=TRANSFERS,
        severity=Severity.WARNING,
    ),
    Rule(
        id="MUF-DATE-04",
        title="A requested execution date is not before the message",
        code="CH04",
        source="CGI and CBPR+ usage guidelines of pain.001",
        check=execution_ahead,
        scope=(("pain.001", 1),),
    ),
)
