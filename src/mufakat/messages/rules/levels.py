"""What is said at one level only, and what is there only if something else is: agents, accounts, amounts, reasons.

Rule source: ISO 20022 message definition reports, Payments Clearing and Settlement and Payments Initiation, the
rules between elements, by the names that they have there.
"""

from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.reading import Message, child, children, name_of, same
from mufakat.messages.rules.rule import Blame, Check, Rule, Scope, Severity
from mufakat.messages.schema import Element

TRANSFERS: Final = (("pacs.008", 1), ("pacs.009", 1))
CUSTOMER: Final = (("pacs.008", 1),)
INITIATION: Final = (("pain.001", 1),)
_MDR: Final = "ISO 20022 message definition report"


def _pairs(message: Message, name: str) -> Iterator[tuple[Element, Element]]:
    """Yield each element that stands in a transaction and, of the same name, above it."""
    blocks = list(message.all("PmtInf")) if message.kind == "pain.001" else []
    above = [(block, children(block, "CdtTrfTxInf")) for block in blocks] or [
        (message.group, message.transactions)
    ]
    for upper, transactions in above:
        stated = child(upper, name)
        if stated is not None:
            yield from ((stated, own) for tx in transactions if (own := child(tx, name)) is not None)


def _contradicted(name: str) -> Check:
    def check(message: Message) -> Iterator[Blame]:
        for stated, own in _pairs(message, name):
            if not same(stated, own):
                yield own, f"{name} differs from the one above, line {stated.sourceline}. State it once."

    return check


_REPEATED: Final = ("IntrBkSttlmDt", "InstgAgt", "InstdAgt", "PmtTpInf", "ChrgBr", "UltmtDbtr")


def repeated(message: Message) -> Iterator[Blame]:
    """What stands above the transactions does not stand in one of them again, not even the same."""
    for name in _REPEATED:
        for stated, own in _pairs(message, name):
            if same(stated, own):
                yield own, f"{name} is said above already, line {stated.sourceline}. Leave one of them out."


def dated(message: Message) -> Iterator[Blame]:
    """Each transaction has a settlement date, of its own or in the group header."""
    if child(message.group, "IntrBkSttlmDt") is None:
        for tx in message.transactions:
            if child(tx, "IntrBkSttlmDt") is None:
                yield tx, "There is no IntrBkSttlmDt, here or in the group header. Write the date."


def original_once(message: Message) -> Iterator[Blame]:
    """The original group is named for all transactions or for each, and for each by one of both."""
    above = child(message.body, "OrgnlGrpInf")
    for tx in message.transactions:
        own = child(tx, "OrgnlGrpInf")
        if above is not None and own is not None:
            yield own, f"OrgnlGrpInf is said above already, line {above.sourceline}. Leave one of them out."


def agents_in_order(message: Message) -> Iterator[Blame]:
    """A second agent stands only after a first, a third only after a second."""
    for tx in _chains(message):
        for kind in ("IntrmyAgt", "PrvsInstgAgt"):
            for number in (2, 3):
                later = child(tx, f"{kind}{number}")
                if later is not None and child(tx, f"{kind}{number - 1}") is None:
                    yield later, f"{kind}{number} stands without {kind}{number - 1}. Number from 1."


def _chains(message: Message) -> Iterator[Element]:
    yield from message.transactions
    yield from message.all("UndrlygCstmrCdtTrf")


def accounts_of_agents(message: Message) -> Iterator[Blame]:
    """An agent's account stands only beside that agent."""
    for account in message.all(*_AGENTS_ACCOUNTS):
        agent = name_of(account).removesuffix("Acct")
        if child(account.getparent(), agent) is None:
            yield account, f"{name_of(account)} stands without {agent}. Name the agent, or leave it out."


_AGENTS_ACCOUNTS: Final = (
    *("IntrmyAgt1Acct", "IntrmyAgt2Acct", "IntrmyAgt3Acct", "DbtrAgtAcct", "CdtrAgtAcct"),
    *("PrvsInstgAgt1Acct", "PrvsInstgAgt2Acct", "PrvsInstgAgt3Acct"),
    *("InstgRmbrsmntAgtAcct", "InstdRmbrsmntAgtAcct", "ThrdRmbrsmntAgtAcct"),
)


def account_identified(message: Message) -> Iterator[Blame]:
    """An account has an identification, a proxy, or both."""
    for account in message.all("DbtrAcct", "CdtrAcct", "SttlmAcct", *_AGENTS_ACCOUNTS):
        if child(account, "Id") is None and child(account, "Prxy") is None:
            yield account, f"{name_of(account)} has neither Id nor Prxy. Write one of them."


def mdr_rule(
    number: str,
    title: str,
    code: str,
    check: Check,
    *,
    name: str,
    scope: Scope = (),
    severity: Severity = Severity.ERROR,
) -> Rule:
    """Make a rule that has the name `name` in the message definition report."""
    return Rule(
        id=f"MUF-{number}",
        title=title,
        code=code,
        source=f"{_MDR}, {name}",
        check=check,
        scope=scope,
        severity=severity,
    )


RULES: Final = (
    mdr_rule(
        "ONCE-01",
        "The settlement date is the same at both levels",
        "DT01",
        _contradicted("IntrBkSttlmDt"),
        name="GroupHeaderInterbankSettlementDateRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "ONCE-02",
        "The instructing agent is the same at both levels",
        "AGNT",
        _contradicted("InstgAgt"),
        name="InstructingAgentRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "ONCE-03",
        "The instructed agent is the same at both levels",
        "AGNT",
        _contradicted("InstdAgt"),
        name="InstructedAgentRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "ONCE-04",
        "The payment type is the same at both levels",
        "FF03",
        _contradicted("PmtTpInf"),
        name="PaymentTypeInformationRule",
        scope=(*TRANSFERS, *INITIATION),
    ),
    mdr_rule(
        "ONCE-05",
        "Who bears charges is the same at both levels",
        "BE19",
        _contradicted("ChrgBr"),
        name="ChargeBearerRule",
        scope=INITIATION,
    ),
    mdr_rule(
        "ONCE-06",
        "The ultimate debtor is the same at both levels",
        "BE16",
        _contradicted("UltmtDbtr"),
        name="UltimateDebtorRule",
        scope=INITIATION,
    ),
    mdr_rule(
        "ONCE-07",
        "The original group is named at one level",
        "CH17",
        original_once,
        name="OriginalGroupInformationRule",
        scope=(("pacs.004", 2), ("pacs.028", 3)),
    ),
    mdr_rule(
        "ONCE-08",
        "What stands above the transactions is not repeated in them",
        "CH17",
        repeated,
        name="rules of ONCE-01 to ONCE-06: not allowed at both levels",
        scope=(*TRANSFERS, *INITIATION),
        severity=Severity.WARNING,
    ),
    mdr_rule(
        "DATE-01",
        "Each transaction has a settlement date",
        "DT01",
        dated,
        name="TransactionInterbankSettlementDateRule",
        scope=TRANSFERS,
    ),
    mdr_rule(
        "CHAIN-01",
        "Agents are numbered from 1 on",
        "RC11",
        agents_in_order,
        name="IntermediaryAgent2Rule, PreviousInstructingAgent2Rule",
        scope=(*TRANSFERS, *INITIATION),
    ),
    mdr_rule(
        "CHAIN-02",
        "An agent's account stands beside the agent",
        "AGNT",
        accounts_of_agents,
        name="IntermediaryAgent1AccountRule and its like",
        scope=(*TRANSFERS, *INITIATION),
    ),
    mdr_rule(
        "ACCT-01",
        "An account has an identification or a proxy",
        "AC01",
        account_identified,
        name="IdentificationOrProxyPresenceRule",
    ),
)
