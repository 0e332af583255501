"""Counts, sums and references of a whole message: what a schema cannot add up.

Rule source: ISO 20022 message definition reports, Payments Clearing and Settlement, Payments Initiation, Cash
Management: the definitions of number of transactions, control sum, totals and transaction summaries.
"""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Final

from mufakat.messages.rules.reading import Message, child, children, name_of, number_of, text, value
from mufakat.messages.rules.rule import Blame, Rule, Severity
from mufakat.messages.schema import Element

PACS: Final = (("pacs.003", 1), ("pacs.004", 1), ("pacs.008", 1), ("pacs.009", 1))
PAIN: Final = (("pain.001", 1),)
REPORTS: Final = (("camt.052", 2), ("camt.053", 2), ("camt.054", 2))
_REPORT: Final = ("Rpt", "Stmt", "Ntfctn")
_EXACT: Final = Context(prec=100)
_SETTLED: Final = {"TtlIntrBkSttlmAmt": "IntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt": "RtrdIntrBkSttlmAmt"}
_OPENING: Final = frozenset({"OPBD", "PRCD"})
_CLOSING: Final = frozenset({"CLBD"})


def _sum(amounts: list[Element]) -> Decimal | None:
    """Return an exact sum, None when one of the amounts is none."""
    whole = Decimal(0)
    for element in amounts:
        number = number_of(element)
        if number is None:
            return None
        whole = _EXACT.add(whole, number)
    return whole


def _amounts(transactions: list[Element]) -> list[Element]:
    """Return the amounts that a control sum adds up."""
    names = (("IntrBkSttlmAmt",), ("RtrdIntrBkSttlmAmt",), ("Amt", "InstdAmt"), ("Amt", "EqvtAmt", "Amt"))
    found = [next((e for n in names if (e := child(each, *n)) is not None), None) for each in transactions]
    return [each for each in found if each is not None]


def _count(stated: Element | None, number: int) -> Iterator[Blame]:
    if stated is not None and number_of(stated) not in {None, Decimal(number)}:
        what = f"{name_of(stated)} says {value(stated)} but there are {number}"
        yield stated, f"{what}. Write {number}, or send the transactions that are missing."


def number_in_group(message: Message) -> Iterator[Blame]:
    """NbOfTxs of the group header is the number of transactions in the message, if it lists any."""
    if message.kind == "pacs.004" and not message.transactions:
        return  # a group that comes back whole
    yield from _count(child(message.group, "NbOfTxs"), len(message.transactions))


def number_in_block(message: Message) -> Iterator[Blame]:
    """NbOfTxs of a payment information block is the number of transactions in it."""
    for block in message.all("PmtInf"):
        yield from _count(child(block, "NbOfTxs"), len(children(block, "CdtTrfTxInf")))


def _control(stated: Element | None, transactions: list[Element]) -> Iterator[Blame]:
    number = number_of(stated)
    amounts = _amounts(transactions)
    whole = _sum(amounts)
    if stated is None or number is None or whole is None or len(amounts) < len(transactions):
        return
    if number != whole:
        yield stated, f"CtrlSum says {value(stated)} but the amounts add up to {whole:f}. Correct it."


def control_sum_in_group(message: Message) -> Iterator[Blame]:
    """CtrlSum of the group header is the sum of all amounts, whatever their currencies."""
    yield from _control(child(message.group, "CtrlSum"), message.transactions)


def control_sum_in_block(message: Message) -> Iterator[Blame]:
    """CtrlSum of a payment information block is the sum of its amounts."""
    for block in message.all("PmtInf"):
        yield from _control(child(block, "CtrlSum"), children(block, "CdtTrfTxInf"))


def total_settled(message: Message) -> Iterator[Blame]:
    """The total settlement amount is the sum of the transactions' settlement amounts."""
    for total, single in _SETTLED.items():
        stated = child(message.group, total)
        amounts = [each for tx in message.transactions if (each := child(tx, single)) is not None]
        number, whole = number_of(stated), _sum(amounts)
        if stated is not None and number is not None and whole is not None and number != whole:
            yield stated, f"{total} says {value(stated)} but the amounts add up to {whole:f}. Correct it."


def total_currency(message: Message) -> Iterator[Blame]:
    """Where a total stands, every transaction settles in its currency."""
    for total, single in _SETTLED.items():
        stated = child(message.group, total)
        if stated is None:
            continue
        for tx in message.transactions:
            amount = child(tx, single)
            if amount is not None and amount.get("Ccy") != stated.get("Ccy"):
                says = f"{total} is in {stated.get('Ccy')} but this is in {amount.get('Ccy')}"
                yield amount, f"{says}. Send one message for each currency."


def total_dated(message: Message) -> Iterator[Blame]:
    """Where a total stands, the settlement date stands beside it: one total, one date."""
    for total in _SETTLED:
        stated = child(message.group, total)
        if stated is not None and child(message.group, "IntrBkSttlmDt") is None:
            yield stated, f"{total} stands without IntrBkSttlmDt. Write the date in the group header too."


def _twice(message: Message, name: str) -> Iterator[Blame]:
    seen: set[str] = set()
    for tx in message.transactions:
        element = child(tx, "PmtId", name)
        said = value(element).lower() if name == "UETR" else value(element)
        if element is not None and said in seen:
            yield element, f"{name} {said} stands twice in the message. Give each payment its own."
        seen.add(said)


def uetr_unique(message: Message) -> Iterator[Blame]:
    """Each transaction has a UETR of its own."""
    yield from _twice(message, "UETR")


def tx_id_unique(message: Message) -> Iterator[Blame]:
    """Each transaction has a transaction identification of its own."""
    yield from _twice(message, "TxId")


def entries_counted(message: Message) -> Iterator[Blame]:
    """A report's summary counts and adds up its entries: all, the credits, the debits."""
    for report in message.all(*_REPORT):
        entries = children(report, "Ntry")
        if child(report, "TxsSummry") is None or not entries or _is_page(report):
            continue  # a report of balances sums up what it does not list
        for part, indicator in (("TtlNtries", None), ("TtlCdtNtries", "CRDT"), ("TtlDbtNtries", "DBIT")):
            stated = child(report, "TxsSummry", part)
            those = [e for e in entries if indicator is None or text(e, "CdtDbtInd") == indicator]
            yield from _count(child(stated, "NbOfNtries"), len(those))
            added = child(stated, "Sum")
            whole = _sum([a for e in those if (a := child(e, "Amt")) is not None])
            number = number_of(added)
            if added is not None and number is not None and whole is not None and number != whole:
                yield added, f"Sum says {value(added)} but the entries add up to {whole:f}. Correct it."


def balances_agree(message: Message) -> Iterator[Blame]:
    """The opening balance and the booked entries make the closing balance."""
    for statement in message.all("Stmt"):
        balances = children(statement, "Bal")
        first, last = _balance(balances, _OPENING), _balance(balances, _CLOSING)
        if len(first) != 1 or len(last) != 1 or _is_page(statement):
            continue
        parts = [first[0], *(each for each in children(statement, "Ntry") if _status(each) == "BOOK")]
        signed = [_signed(each) for each in parts]
        known = [each for each in signed if each is not None]
        closing = _signed(last[0])
        if closing is None or len(known) < len(signed):
            continue
        whole = Decimal(0)
        for number in known:
            whole = _EXACT.add(whole, number)
        if whole != closing:
            at = child(last[0], "Amt")
            assert at is not None, "a balance with a signed amount has one"
            yield (
                at,
                f"The closing balance is {closing:f} but opening and entries make {whole:f}. Correct it.",
            )


def _is_page(statement: Element) -> bool:
    """Tell whether a report is one page of several, whose sums and balances may be those of the whole."""
    pages = (child(statement, name) for name in ("StmtPgntn", "RptPgntn", "NtfctnPgntn"))
    paging = next((each for each in pages if each is not None), None)
    return paging is not None and (text(paging, "PgNb") != "1" or text(paging, "LastPgInd") != "true")


def _balance(balances: list[Element], codes: frozenset[str]) -> list[Element]:
    return [each for each in balances if text(each, "Tp", "CdOrPrtry", "Cd") in codes]


def _status(entry: Element) -> str:
    """Return an entry's status, which older versions write as text and newer ones as a choice."""
    return text(entry, "Sts", "Cd") or text(entry, "Sts")


def _signed(part: Element) -> Decimal | None:
    number = number_of(child(part, "Amt"))
    return None if number is None else (-number if text(part, "CdtDbtInd") == "DBIT" else number)


_MDR: Final = "ISO 20022 message definition report"
RULES: Final = (
    Rule(
        id="MUF-TOT-01",
        title="NbOfTxs of the group header is the number of transactions",
        code="AM19",
        source=f"{_MDR}, NumberOfTransactionsAndCreditTransfersRule",
        check=number_in_group,
        scope=(*PACS, *PAIN),
    ),
    Rule(
        id="MUF-TOT-02",
        title="CtrlSum of the group header is the sum of the amounts",
        code="AM10",
        source=f"{_MDR}, ControlSum",
        check=control_sum_in_group,
        scope=(*PACS, *PAIN),
    ),
    Rule(
        id="MUF-TOT-03",
        title="The total settlement amount is the sum of the settlement amounts",
        code="AM10",
        source=f"{_MDR}, TotalInterbankSettlementAmountAndSumRule",
        check=total_settled,
        scope=PACS,
    ),
    Rule(
        id="MUF-TOT-04",
        title="Every transaction settles in the currency of the total",
        code="AM11",
        source=f"{_MDR}, TotalInterbankSettlementAmountRule",
        check=total_currency,
        scope=PACS,
    ),
    Rule(
        id="MUF-TOT-05",
        title="A total settlement amount stands with the settlement date in the group header",
        code="DT01",
        source=f"{_MDR}, TotalInterbankSettlementAmountAndDateRule",
        check=total_dated,
        scope=PACS,
    ),
    Rule(
        id="MUF-TOT-06",
        title="NbOfTxs of a payment information block is the number of its transactions",
        code="AM20",
        source=f"{_MDR}, NumberOfTransactions",
        check=number_in_block,
        scope=PAIN,
    ),
    Rule(
        id="MUF-TOT-07",
        title="CtrlSum of a payment information block is the sum of its amounts",
        code="AM17",
        source=f"{_MDR}, ControlSum",
        check=control_sum_in_block,
        scope=PAIN,
    ),
    Rule(
        id="MUF-UETR-03",
        title="No UETR stands twice in a message",
        code="RF01",
        source="ISO 20022, UETR: one transaction end to end",
        check=uetr_unique,
        scope=(("pacs.003", 8), ("pacs.008", 8), ("pacs.009", 8), ("pain.001", 9)),
    ),
    Rule(
        id="MUF-REF-01",
        title="No transaction identification stands twice in a message",
        code="RF01",
        source=f"{_MDR}, TransactionIdentification",
        check=tx_id_unique,
        scope=(("pacs.003", 1), ("pacs.008", 1), ("pacs.009", 1), ("pacs.010", 1)),
    ),
    Rule(
        id="MUF-STMT-01",
        title="A summary counts and adds up the entries",
        code="AM10",
        source=f"{_MDR}, TransactionsSummary",
        check=entries_counted,
        scope=REPORTS,
    ),
    Rule(
        id="MUF-STMT-02",
        title="The opening balance and the entries make the closing balance",
        code="AM09",
        source=f"{_MDR}, Balance",
        check=balances_agree,
        scope=(("camt.053", 2),),
        severity=Severity.WARNING,
    ),
)
