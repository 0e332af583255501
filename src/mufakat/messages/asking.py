"""Requests for reports read: camt.060, by which a bank asks for the camt.052, camt.053 or camt.054 of an account.

Rule source: ISO 20022 message definition report, Bank-to-Customer Cash Management, camt.060.
"""

import msgspec

from mufakat.messages.elements import Children, assigned, breach_of
from mufakat.messages.envelope import Opened
from mufakat.messages.fault import Fault

_KIND = len("camt.053")


class AskedReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report that is asked for. `asked`: the message's name as written; dates are ISO dates as written.

    `account` is the servicer's identification; `currency` as written, or the last three letters of the account.
    """

    line: int
    identifier: str | None
    asked: str
    account: str | None
    currency: str | None
    owner: str | None
    first: str | None
    last: str | None

    @property
    def kind(self) -> str:
        """The kind of message that is asked for, such as camt.053."""
        return self.asked[:_KIND]


class ReportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A whole camt.060. `sender`: the BIC of who asks, None when the message does not say."""

    definition: str
    message_id: str
    created: str
    sender: str | None
    transactions: tuple[AskedReport, ...]


def read_report_request(opened: Opened) -> ReportRequest | Fault:
    """Read a camt.060 that was opened, or say what is wrong with it."""
    if breach := breach_of(opened):
        return breach
    body = opened.document[0]
    group = Children(body[0])
    return ReportRequest(
        definition=opened.definition,
        message_id=group["MsgId"].text,
        created=group["CreDtTm"].text.strip(),
        sender=assigned(group, "MsgSndr"),
        transactions=tuple(
            _asked(Children(each), each.sourceline) for each in body if each.tag.endswith("}RptgReq")
        ),
    )


def _asked(own: Children, line: int) -> AskedReport:
    account, dates = own.below("Acct"), own.below("RptgPrd", "FrToDt")
    name = account.below("Id", "Othr").text("Id")
    first, last = dates.text("FrDt"), dates.text("ToDt")
    return AskedReport(
        line=line,
        identifier=own.text("Id"),
        asked=own["ReqdMsgNmId"].text,
        account=name,
        currency=account.text("Ccy") or (name or "")[-3:] or None,
        owner=assigned(own, "AcctOwnr"),
        first=None if first is None else first.strip(),
        last=None if last is None else last.strip(),
    )
