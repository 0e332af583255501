"""How a transfer settles, what it is converted and charged by, and how its creditor is paid.

Rule source: ISO 20022 message definition reports, Payments Clearing and Settlement: settlement method and
reimbursement, instructed amount and exchange rate, instructions to the creditor's agent.
"""

from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.levels import CUSTOMER, INITIATION, TRANSFERS, mdr_rule
from mufakat.messages.rules.reading import Message, child, children, name_of, text, value
from mufakat.messages.rules.rule import Blame, Rule
from mufakat.messages.schema import Element

RETURNS: Final = (("pacs.004", 2),)
_EXCLUSIVE: Final = (("CHQB", "HOLD"), ("PHOB", "TELB"))
_REIMBURSING: Final = ("InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt")
_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "INDA": ("ClrSys", *_REIMBURSING),
    "INGA": ("ClrSys", *_REIMBURSING),
    "CLRG": ("SttlmAcct", *_REIMBURSING),
    "COVE": ("SttlmAcct", "ClrSys"),
}
"""What has no place beside each settlement method."""


def settlement_fits(message: Message) -> Iterator[Blame]:
    """Beside a settlement method stands only what belongs to it."""
    for settlement in message.all("SttlmInf"):
        method = text(settlement, "SttlmMtd")
        for name in _METHODS.get(method, ()):
            wrong = child(settlement, name)
            if wrong is not None:
                yield (
                    wrong,
                    f"{name} has no place beside SttlmMtd {method}. Leave it out, or change the method.",
                )


def cover_reimbursed(message: Message) -> Iterator[Blame]:
    """Who pays by cover names a reimbursement agent."""
    for settlement in message.all("SttlmInf"):
        if text(settlement, "SttlmMtd") == "COVE" and not any(child(settlement, n) is not None for n in _TWO):
            yield (
                settlement,
                "SttlmMtd COVE names no reimbursement agent. Name InstgRmbrsmntAgt or the other.",
            )


_TWO: Final = _REIMBURSING[:2]


def third_reimbursing(message: Message) -> Iterator[Blame]:
    """A third reimbursement agent stands only with the other two."""
    for settlement in message.all("SttlmInf"):
        third = child(settlement, _REIMBURSING[2])
        missing = [name for name in _TWO if child(settlement, name) is None]
        if third is not None and missing:
            yield third, f"ThrdRmbrsmntAgt stands without {' and '.join(missing)}. Name all three."


def charges_need_instructed(message: Message) -> Iterator[Blame]:
    """Where charges are told, the instructed amount is told too."""
    for tx, instructed, _ in _rates(message):
        charges = child(tx, "ChrgsInf")
        if charges is not None and instructed is None:
            yield charges, f"ChrgsInf stands without {_asked(message)}. Write the amount before charges."


def _asked(message: Message) -> str:
    """Return the name of the amount before charges and conversion: of a return, the returned one."""
    return "RtrdInstdAmt" if message.kind == "pacs.004" else "InstdAmt"


def _rates(message: Message) -> Iterator[tuple[Element, Element | None, Element | None]]:
    """Yield each transaction with its instructed amount and its rate."""
    asked = _asked(message)
    yield from ((tx, child(tx, asked), child(tx, "XchgRate")) for tx in message.transactions)


def _currency_settled(tx: Element) -> str | None:
    names = ("IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt")
    settled = next((each for name in names if (each := child(tx, name)) is not None), None)
    return None if settled is None else settled.get("Ccy")


def rate_where_converted(message: Message) -> Iterator[Blame]:
    """An amount that was converted has its rate."""
    for tx, instructed, rate in _rates(message):
        if instructed is not None and rate is None and instructed.get("Ccy") != _currency_settled(tx):
            what = f"{name_of(instructed)} is in {instructed.get('Ccy')}, the settlement in {_currency_settled(tx)}"
            yield instructed, f"{what}, and there is no XchgRate. Write the rate."


def no_rate_in_one_currency(message: Message) -> Iterator[Blame]:
    """Where nothing was converted, there is no rate."""
    for tx, instructed, rate in _rates(message):
        if rate is not None and instructed is not None and instructed.get("Ccy") == _currency_settled(tx):
            yield rate, f"XchgRate stands, but both amounts are in {instructed.get('Ccy')}. Leave it out."


def rate_needs_instructed(message: Message) -> Iterator[Blame]:
    """A rate stands only where the instructed amount does."""
    for _, instructed, rate in _rates(message):
        if rate is not None and instructed is None:
            yield rate, f"XchgRate stands without {_asked(message)}. Write the amount that was converted."


def cheque_has_no_account(message: Message) -> Iterator[Blame]:
    """Who is paid by cheque is not paid to an account."""
    for tx in message.transactions:
        account = child(tx, "CdtrAcct")
        if account is not None and "CHQB" in _instructions(tx):
            yield account, "InstrForCdtrAgt is CHQB, pay by cheque: CdtrAcct has no place. Leave one out."


def _instructions(tx: Element) -> list[str]:
    return [value(each) for each in children(tx, "InstrForCdtrAgt", "Cd")]


def cheque_instructions_fit(message: Message) -> Iterator[Blame]:
    """Only who pays by cheque says how the cheque is made."""
    for block in message.all("PmtInf"):
        for instruction in children(block, "CdtTrfTxInf", "ChqInstr"):
            if text(block, "PmtMtd") != "CHK":
                yield (
                    instruction,
                    f"ChqInstr has no place beside PmtMtd {text(block, 'PmtMtd')}. Leave it out.",
                )


def creditor_or_account(message: Message) -> Iterator[Blame]:
    """A cheque goes to no account; any other payment goes to a creditor that is named, or to an account."""
    for block in message.all("PmtInf"):
        by_cheque = text(block, "PmtMtd") == "CHK"
        for tx in children(block, "CdtTrfTxInf"):
            account = child(tx, "CdtrAcct")
            if by_cheque and account is not None:
                yield account, "PmtMtd is CHK, cheque: CdtrAcct has no place. Leave it out."
            if not by_cheque and account is None and child(tx, "Cdtr") is None:
                yield tx, "There is neither Cdtr nor CdtrAcct. Write who is to be paid."


def instructions_agree(message: Message) -> Iterator[Blame]:
    """No instruction to the creditor's agent stands twice, and none beside its contrary."""
    for tx in message.transactions:
        seen: set[str] = set()
        for element in children(tx, "InstrForCdtrAgt", "Cd"):
            code = value(element)
            if code in seen:
                yield element, f"InstrForCdtrAgt {code} stands twice. Leave one out."
            for pair in _EXCLUSIVE:
                other = pair[1 - pair.index(code)] if code in pair else None
                if other in seen:
                    yield element, f"InstrForCdtrAgt {code} and {other} exclude each other. Leave one out."
            seen.add(code)


RULES: Final = (
    mdr_rule(
        "STTL-01",
        "Beside the settlement method stands only what belongs to it",
        "CH17",
        settlement_fits,
        name="SettlementMethodAgentRule, SettlementMethodClearingRule, SettlementMethodCoverRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "STTL-02",
        "Who pays by cover names a reimbursement agent",
        "CH21",
        cover_reimbursed,
        name="SettlementMethodCoverAgentRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "STTL-03",
        "A third reimbursement agent stands with the other two",
        "AGNT",
        third_reimbursing,
        name="ThirdReimbursementAgentRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "FX-01",
        "Where charges are told, the instructed amount is told",
        "CH21",
        charges_need_instructed,
        name="ChargesInformationAndInstructedAmountRule",
        scope=(*CUSTOMER, *RETURNS),
    ),
    mdr_rule(
        "FX-02",
        "A converted amount has its exchange rate",
        "CH21",
        rate_where_converted,
        name="InstructedAmountAndExchangeRate1Rule",
        scope=(*CUSTOMER, *RETURNS),
    ),
    mdr_rule(
        "FX-03",
        "Without conversion there is no exchange rate",
        "CH17",
        no_rate_in_one_currency,
        name="InstructedAmountAndExchangeRate2Rule",
        scope=(*CUSTOMER, *RETURNS),
    ),
    mdr_rule(
        "FX-04",
        "An exchange rate stands with the instructed amount",
        "CH17",
        rate_needs_instructed,
        name="InstructedAmountAndExchangeRate3Rule",
        scope=CUSTOMER,
    ),
    mdr_rule(
        "CHQ-01",
        "Who is paid by cheque is not paid to an account",
        "CH17",
        cheque_has_no_account,
        name="InstructionForCreditorAgentRule",
        scope=(*CUSTOMER, *INITIATION),
    ),
    mdr_rule(
        "CHQ-03",
        "Instructions for a cheque stand with payment by cheque",
        "CH17",
        cheque_instructions_fit,
        name="ChequeInstructionRule",
        scope=INITIATION,
    ),
    mdr_rule(
        "CHQ-04",
        "Who is paid by cheque has no account, and whoever is paid otherwise is named or has one",
        "AC03",
        creditor_or_account,
        name="CreditorAndOrCreditorAgentRule",
        scope=INITIATION,
    ),
)
MARKET: Final = (
    Rule(
        id="MUF-CHQ-02",
        title="Instructions to the creditor's agent agree with each other",
        code="CH16",
        source="CBPR+ usage guidelines, Instruction_for_Creditor_Agent1_FormalRule and its like",
        check=instructions_agree,
        scope=(*TRANSFERS, *INITIATION),
    ),
)
