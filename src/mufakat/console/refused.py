"""What the rules refused on a day: each item with its place, its code and the words for people."""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Final

from mufakat.console.report import RejectedRow
from mufakat.gateway.document import Rejection
from mufakat.model.charter import Charter
from mufakat.model.money import format_amount
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.receipt import Receipt
from mufakat.projections import timeline
from mufakat.projections.dialect import Sql

_MINOR: Final = re.compile(r"([0-9]+) minor units")


def refused(
    receipts: Sequence[Receipt], folder: str, sql: Sql, charter: Charter, date: datetime.date
) -> tuple[RejectedRow, ...]:
    """Name what was refused as it came, in the files' order under `folder`, then what the close sent back."""
    rows = [row for receipt in receipts for row in _of_file(receipt, folder, sql, charter)]
    late = Refusal(Reason.UNSETTLED_AT_CLOSE)
    rows += [
        RejectedRow("at the close of the day", payment.uetr, late.code, late.text)
        for payment in timeline.sent_back(sql, date.isoformat())
    ]
    return tuple(rows)


def _of_file(receipt: Receipt, folder: str, sql: Sql, charter: Charter) -> Iterator[RejectedRow]:
    source = receipt.file.removeprefix(folder).lstrip("/")
    if receipt.rejection is not None:
        yield RejectedRow(
            source,
            _place("the whole file", receipt.rejection),
            receipt.rejection.code,
            receipt.rejection.text,
        )
    for each in receipt.results:
        if each.rejection is not None:
            payment = timeline.payment(sql, each.name)
            issuer = charter.issuer(payment.currency) if payment is not None else None
            text = each.rejection.text
            if issuer is not None:
                text = in_words(text, issuer.currency, issuer.decimals)
            yield RejectedRow(source, _place(each.name, each.rejection), each.rejection.code, text)


def _place(what: str, rejection: Rejection) -> str:
    return ", ".join(part for part in (what, f"line {rejection.line}" if rejection.line else "") if part)


def in_words(text: str, currency: str, decimals: int) -> str:
    """Write amounts that a refusal gives in minor units as a person writes them."""
    return _MINOR.sub(
        lambda found: f"{currency} {format_amount(int(found[1]), decimals, grouped=True)}", text
    )
