"""Reports of an account out, and back in: camt.052, camt.053, camt.054, one account and one period a message.

What has balances is written only when it adds up: opening balance plus credits less debits is the last one.
Amounts are decimal text, without sign; the side says credit or debit.
Rule source: ISO 20022 camt.052, camt.053, camt.054; ExternalBalanceType1Code, ExternalBankTransactionDomain1Code.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec
from lxml import etree

from mufakat.messages import fault, markup
from mufakat.messages.amount import is_plain, total
from mufakat.messages.details import Details
from mufakat.messages.envelope import open_message
from mufakat.messages.fault import Fault
from mufakat.messages.schema import Element

STATEMENT, INTRADAY, NOTIFICATION = "camt.053", "camt.052", "camt.054"
_ELEMENTS: Final = {
    INTRADAY: ("BkToCstmrAcctRpt", "Rpt"),
    STATEMENT: ("BkToCstmrStmt", "Stmt"),
    NOTIFICATION: ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_OPENING, _LAST, _AVAILABLE = (
    "OPBD",
    {STATEMENT: "CLBD", INTRADAY: "ITBD"},
    {STATEMENT: "CLAV", INTRADAY: "ITAV"},
)
"""Balances booked and available: at the close, or so far."""
Side = Literal["CRDT", "DBIT"]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """A balance at the end (or, for an opening one, the beginning) of an ISO date."""

    amount: str
    side: Side
    date: str


class BankCode(msgspec.Struct, frozen=True, kw_only=True):
    """ISO bank transaction code, such as PMNT / RRCT / ESCT: domain, family, sub-family."""

    domain: str = "PMNT"
    family: str
    sub_family: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One booking. Dates are ISO dates; `reference` is the servicer's, unique in the account.

    `reference` and identifiers have 1 to 35 characters. `code` is an ISO bank transaction code or, as
    text, the servicer's own.
    """

    amount: str
    side: Side
    booked_on: str
    value_date: str
    reference: str
    code: BankCode | str
    uetr: str | None = None
    end_to_end_id: str | None = None
    instruction_id: str | None = None
    tx_id: str | None = None
    information: str = ""
    details: Details | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What is reported of one account; `start` and `end` are ISO dates and times, `servicer` a BIC.

    `account` is the servicer's identification, 1 to 34 characters; `sequence` counts its statements. `closing` of
    an intraday report is the balance so far. A notification shows no balances. `credit`: the line of credit that
    `available` includes, decimal text.
    """

    identifier: str
    account: str
    currency: str
    servicer: str
    start: str
    end: str
    opening: Balance
    closing: Balance
    available: Balance | None = None
    credit: str | None = None
    owner: str | None = None
    sequence: int | None = None
    entries: tuple[Entry, ...] = ()


class Booking(msgspec.Struct, frozen=True):
    """An entry that was read: decimal text without sign, its side, and what it says of itself.

    `reference` is the servicer's; `remittance` are the lines of unstructured remittance information.
    """

    amount: str
    side: str
    information: str
    reference: str | None = None
    uetr: str | None = None
    end_to_end_id: str | None = None
    remittance: tuple[str, ...] = ()


class Bookings(msgspec.Struct, frozen=True):
    """What was booked on an account, by the identification and in the currency that its servicer gave it."""

    account: str
    currency: str
    entries: tuple[Booking, ...]


def read_bookings(data: bytes) -> Bookings | Fault:
    """Read the one account of a report, as the union writes it: account, currency, and what was booked."""
    opened = open_message(data)
    if isinstance(opened, Fault):
        return opened
    document = opened.document
    if opened.definition[:8] not in _ELEMENTS:
        return _unreadable("This is no account statement, camt.053, and no camt.052 or camt.054.", document)
    ns = f"{{{etree.QName(document).namespace}}}"
    outer, inner = _ELEMENTS[opened.definition[:8]]
    statements = document.findall(f"{ns}{outer}/{ns}{inner}")
    if len(statements) != 1:
        return _unreadable(f"{len(statements)} statements are in the file, and one is taken.", document)
    (one,) = statements
    account = one.findtext(f"{ns}Acct/{ns}Id/{ns}Othr/{ns}Id", "")
    currency = one.findtext(f"{ns}Acct/{ns}Ccy", "")
    entries = []
    for entry in one.iterfind(f"{ns}Ntry"):
        amount, side = entry.find(f"{ns}Amt"), entry.findtext(f"{ns}CdtDbtInd", "")
        if amount is None or not is_plain(amount.text or "") or amount.get("Ccy") != currency:
            return _unreadable(f"The entry has no plain amount in {currency!r}.", entry)
        if side not in {"CRDT", "DBIT"}:
            return _unreadable("The entry is neither CRDT nor DBIT.", entry)
        told = f"{ns}NtryDtls/{ns}TxDtls"
        entries.append(
            Booking(
                amount.text,
                side,
                entry.findtext(f"{ns}AddtlNtryInf", ""),
                entry.findtext(f"{ns}AcctSvcrRef"),
                entry.findtext(f"{told}/{ns}Refs/{ns}UETR"),
                entry.findtext(f"{told}/{ns}Refs/{ns}EndToEndId"),
                tuple(each.text or "" for each in entry.iterfind(f"{told}/{ns}RmtInf/{ns}Ustrd")),
            )
        )
    return Bookings(account, currency, tuple(entries))


def _unreadable(text: str, at: Element) -> Fault:
    return Fault(code=fault.SYNTAX, text=text, line=at.sourceline)


def write_report(definition: str, *, message_id: str, created: str, statement: Statement) -> bytes:
    """Write what is reported of an account as a bare Document; the same arguments give the same bytes.

    `definition` is a version of camt.052, camt.053 or camt.054. Raises ValueError when a value breaks its data type
    or the statement does not add up.
    """
    kind = definition[:8]
    outer, inner = _ELEMENTS[kind]
    sequence = None if statement.sequence is None else str(statement.sequence)
    body = (
        f"<{outer}><GrpHdr>"
        + markup.text("MsgId", message_id)
        + markup.date_time("CreDtTm", created)
        + f"</GrpHdr><{inner}>"
        + markup.text("Id", statement.identifier)
        + markup.text("ElctrncSeqNb", sequence, 18)
        + markup.date_time("CreDtTm", created)
        + "<FrToDt>"
        + markup.date_time("FrDtTm", statement.start)
        + markup.date_time("ToDtTm", statement.end)
        + "</FrToDt>"
        + _account(statement)
        + ("" if kind == NOTIFICATION else _balances(kind, statement))
        + _summary(statement.entries)
        + "".join([_entry(entry, statement.currency) for entry in statement.entries])
        + f"</{inner}></{outer}>"
    )
    return markup.document(definition, body)


def _account(statement: Statement) -> str:
    owner = markup.cut("Nm", statement.owner or "", 140)
    return (
        "<Acct><Id><Othr>"
        + markup.text("Id", statement.account, 34)
        + f"</Othr></Id><Ccy>{statement.currency}</Ccy>"
        + (f"<Ownr>{owner}</Ownr>" if owner else "")
        + markup.agent("Svcr", statement.servicer)
        + "</Acct>"
    )


def _balances(kind: str, statement: Statement) -> str:
    _require_sum(statement)
    currency, available = statement.currency, statement.available
    line = ""
    if statement.credit is not None:
        amount = markup.money("Amt", statement.credit, currency)
        line = f"<CdtLine><Incl>true</Incl>{amount}</CdtLine>"
    return (
        _balance(_OPENING, statement.opening, currency)
        + _balance(_LAST[kind], statement.closing, currency)
        + ("" if available is None else _balance(_AVAILABLE[kind], available, currency, line))
    )


def _signed(amount: str, side: Side) -> Decimal:
    if not markup.is_amount(amount):
        raise ValueError(f"a statement takes plain decimal amounts of at most 18 digits, not {amount!r}")
    return Decimal(amount) if side == "CRDT" else -Decimal(amount)


def _require_sum(statement: Statement) -> None:
    moved = sum((_signed(entry.amount, entry.side) for entry in statement.entries), Decimal(0))
    opening = _signed(statement.opening.amount, statement.opening.side)
    closing = _signed(statement.closing.amount, statement.closing.side)
    if opening + moved != closing:
        raise ValueError(f"{opening} and entries of {moved} do not make the closing balance {closing}")


def _balance(kind: str, balance: Balance, currency: str, line: str = "") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{line}"
        + markup.money("Amt", balance.amount, currency)
        + f"<CdtDbtInd>{balance.side}</CdtDbtInd><Dt>{markup.date('Dt', balance.date)}</Dt></Bal>"
    )


def _summary(entries: Sequence[Entry]) -> str:
    received = [entry.amount for entry in entries if entry.side == "CRDT"]
    paid = [entry.amount for entry in entries if entry.side == "DBIT"]
    net = total(received) - total(paid)
    side = "CRDT" if net >= 0 else "DBIT"
    amount = _sum("Amt", abs(net))
    whole = f"<TtlNetNtry>{amount}<CdtDbtInd>{side}</CdtDbtInd></TtlNetNtry>" if amount else ""
    return (
        "<TxsSummry><TtlNtries>"
        + _count(received + paid)
        + whole
        + f"</TtlNtries><TtlCdtNtries>{_count(received)}</TtlCdtNtries>"
        + f"<TtlDbtNtries>{_count(paid)}</TtlDbtNtries></TxsSummry>"
    )


def _count(amounts: Sequence[str]) -> str:
    return f"<NbOfNtries>{len(amounts)}</NbOfNtries>{_sum('Sum', total(amounts))}"


def _sum(tag: str, amount: Decimal) -> str:
    """Return a sum, or nothing when it has more than the 18 digits that the message holds."""
    text = f"{amount:f}"
    return f"<{tag}>{text}</{tag}>" if markup.is_amount(text) else ""


def _entry(entry: Entry, currency: str) -> str:
    references = (
        markup.text("InstrId", entry.instruction_id)
        + markup.text("EndToEndId", entry.end_to_end_id)
        + markup.uetr("UETR", entry.uetr)
        + markup.text("TxId", entry.tx_id)
    )
    told = f"<Refs>{references}</Refs>" if references else ""
    told += "".join(entry.details.pieces if entry.details is not None else ())
    details = f"<NtryDtls><TxDtls>{told}</TxDtls></NtryDtls>" if told else ""
    return (
        "<Ntry>"
        + markup.money("Amt", entry.amount, currency)
        + f"<CdtDbtInd>{entry.side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        + f"<BookgDt>{markup.date('Dt', entry.booked_on)}</BookgDt>"
        + f"<ValDt>{markup.date('Dt', entry.value_date)}</ValDt>"
        + markup.text("AcctSvcrRef", entry.reference)
        + f"<BkTxCd>{_code(entry.code)}</BkTxCd>"
        + details
        + markup.cut("AddtlNtryInf", entry.information, 500)
        + "</Ntry>"
    )


def _code(code: BankCode | str) -> str:
    if isinstance(code, str):
        return f"<Prtry>{markup.text('Cd', code)}</Prtry>"
    return (
        "<Domn>"
        + markup.code("Cd", code.domain)
        + "<Fmly>"
        + markup.code("Cd", code.family)
        + markup.code("SubFmlyCd", code.sub_family)
        + "</Fmly></Domn>"
    )
