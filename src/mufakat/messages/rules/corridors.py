"""Two legs of a payment: the union's own, cleared as HVPS+ has it, and that of correspondents as CBPR+ has it.

Rule source: HVPS+ market practice guidelines; CBPR+ usage guidelines of pacs.004, pacs.008, pacs.009 and
pain.001.
"""

import re
from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.characters import told_in_extended
from mufakat.messages.rules.reading import Message, child, children, name_of, number_of, text, value
from mufakat.messages.rules.rule import Blame, Check, Rule, Scope, Severity
from mufakat.messages.schema import Element

TRANSFERS: Final = (("pacs.008", 8), ("pacs.009", 8))
INTERBANK: Final = (("pacs.004", 9), *TRANSFERS)
CUSTOMER: Final = (("pacs.008", 8),)
WITH_REMITTANCE: Final = (*INTERBANK, ("pain.001", 9))
CLEARING_SYSTEM: Final = "MUFAKAT"
_CORRESPONDENT: Final = frozenset({"INDA", "INGA", "COVE"})
_CHANNELS: Final = frozenset({"RTGS", "RTNS", "MPNS"})
_GROUP: Final = frozenset({"MsgId", "CreDtTm", "NbOfTxs", "SttlmInf"})
_GPI: Final = re.compile(r"G00[2-79]")
_SLASHES: Final = re.compile(r"/.*|.{15}/.*|.{0,14}//.*", re.DOTALL)
_MOST_STRUCTURED: Final = 9_000
_MOST_UNSTRUCTURED: Final = 140


def cleared(message: Message) -> Iterator[Blame]:
    """What the union settles is to be cleared: CLRG."""
    for method in message.all("SttlmMtd"):
        if value(method) != "CLRG" and name_of(method.getparent()) == "SttlmInf":
            yield method, f"SttlmMtd is {value(method)}. The union's own leg is cleared: write CLRG."


def clearing_system_known(message: Message) -> Iterator[Blame]:
    """A clearing system that is named is the union."""
    for settlement in message.all("SttlmInf"):
        system = child(settlement, "ClrSys")
        if system is not None and value(child(system, "Prtry")) != CLEARING_SYSTEM:
            yield (
                system,
                f"ClrSys is not the union's. Write Prtry {CLEARING_SYSTEM}, or send it to that system.",
            )


def clearing_system_named(message: Message) -> Iterator[Blame]:
    """The clearing system is named."""
    for settlement in message.all("SttlmInf"):
        if child(settlement, "ClrSys") is None:
            yield settlement, f"There is no ClrSys. Name the clearing system: Prtry {CLEARING_SYSTEM}."


def channel_cleared(message: Message) -> Iterator[Blame]:
    """A channel is one of those that are cleared: RTGS, RTNS or MPNS."""
    for channel in message.all("ClrChanl"):
        if value(channel) not in _CHANNELS:
            yield (
                channel,
                f"ClrChanl {value(channel)} is not cleared. Write RTGS, or MPNS for the next cycle.",
            )


def no_cls(message: Message) -> Iterator[Blame]:
    """Nothing asks for settlement in CLS."""
    for asked in message.all("CLSTm"):
        yield asked, "CLSTm asks for CLS, which is another system. Leave it out."


def _by_bic(*agents: str) -> Check:
    def check(message: Message) -> Iterator[Blame]:
        for tx in message.transactions:
            for agent in agents:
                holder = tx if child(tx, agent) is not None else message.group
                if not text(holder, agent, "FinInstnId", "BICFI"):
                    at = child(tx, agent)
                    yield tx if at is None else at, f"{agent} has no BIC. Write FinInstnId/BICFI."

    return check


def correspondent(message: Message) -> Iterator[Blame]:
    """Between correspondents, settlement is on an account or by cover, and nothing is cleared."""
    for settlement in message.all("SttlmInf"):
        method, system = child(settlement, "SttlmMtd"), child(settlement, "ClrSys")
        if method is not None and value(method) not in _CORRESPONDENT:
            yield method, f"SttlmMtd is {value(method)}. Between correspondents it is INDA, INGA or COVE."
        if system is not None:
            yield system, "ClrSys has no place between correspondents. Leave it out."


def cover_has_no_cover(message: Message) -> Iterator[Blame]:
    """A transfer between institutions is not covered by another."""
    if ".adv." in text(message.header, "BizSvc"):
        return  # an advice tells how it is covered
    for method in message.all("SttlmMtd"):
        if value(method) == "COVE":
            yield method, "SttlmMtd COVE has no place in a pacs.009: it is the cover. Write INDA or INGA."


def one_transaction(message: Message) -> Iterator[Blame]:
    """A message holds one transaction."""
    for second in message.transactions[1:]:
        yield second, "A message between correspondents holds one transaction. Send this in one of its own."


def group_is_short(message: Message) -> Iterator[Blame]:
    """The group header says identification, time, number and settlement, nothing more."""
    for element in message.group if message.group is not None else ():
        if isinstance(element.tag, str) and name_of(element) not in _GROUP:
            yield (
                element,
                f"{name_of(element)} has no place in the group header here. Say it in the transaction.",
            )


def remittance_of_one_kind(message: Message) -> Iterator[Blame]:
    """Remittance information is structured or not, and stands in the message or elsewhere."""
    for holder in (*message.transactions, *message.all("UndrlygCstmrCdtTrf")):
        remittance = child(holder, "RmtInf")
        related = child(holder, "RltdRmtInf")
        if remittance is not None and related is not None and message.kind != "pain.001":
            yield related, "RltdRmtInf and RmtInf exclude each other. Leave one of them out."
        if child(remittance, "Ustrd") is not None and child(remittance, "Strd") is not None:
            assert remittance is not None, "it has children"
            yield remittance, "RmtInf is structured and unstructured. Leave Ustrd or Strd out."


def remittance_fits(message: Message) -> Iterator[Blame]:
    """One unstructured line of 140 characters, or 9,000 characters of structured data."""
    for remittance in message.all("RmtInf"):
        for second in children(remittance, "Ustrd")[1:]:
            yield (
                second,
                f"Only one Ustrd of {_MOST_UNSTRUCTURED} characters has a place. Structure the rest.",
            )
        parts = children(remittance, "Strd")
        whole = sum(len(each.strip()) for part in parts for each in part.itertext())
        if whole > _MOST_STRUCTURED:
            yield parts[0], f"Strd has {whole} characters of data, at most {_MOST_STRUCTURED} are carried."


def _parties(message: Message) -> Iterator[Element]:
    for holder in (*message.transactions, *message.all("UndrlygCstmrCdtTrf")):
        for side in ("Dbtr", "Cdtr"):
            party = child(holder, side)
            if party is not None and child(party, "FinInstnId") is None:
                yield party


def known_by_bic_alone(message: Message) -> Iterator[Blame]:
    """A party with a BIC has neither name nor address beside it: the BIC says both."""
    for party in _parties(message):
        if child(party, "Id", "OrgId", "AnyBIC") is not None and child(party, "PstlAdr") is not None:
            address = child(party, "PstlAdr")
            assert address is not None, "it was there"
            yield address, f"{name_of(party)} has AnyBIC: name and address have no place beside it."


def named_or_bic(message: Message) -> Iterator[Blame]:
    """A party without a BIC has a name."""
    for party in _parties(message):
        if child(party, "Id", "OrgId", "AnyBIC") is None and child(party, "Nm") is None:
            yield party, f"{name_of(party)} has neither Nm nor AnyBIC. Write its name."


def end_to_end_slashes(message: Message) -> Iterator[Blame]:
    """The first sixteen characters of a cover's end-to-end reference fit a field of FIN."""
    for element in message.all("EndToEndId"):
        if _SLASHES.fullmatch(value(element)) is not None:
            yield (
                element,
                f"{value(element)}: no slash first or sixteenth, no two in a row before. Change it.",
            )


def gpi_level(message: Message) -> Iterator[Blame]:
    """The service level of gpi is that of this message: G001."""
    for level in message.all("SvcLvl"):
        code = child(level, "Cd")
        if code is not None and _GPI.fullmatch(value(code)) is not None:
            yield code, f"SvcLvl {value(code)} is that of another message. Write G001."


def partial_return_told(message: Message) -> Iterator[Blame]:
    """Who returns less than was paid, in one currency, without charges, says PART."""
    for tx in message.transactions:
        paid, back = child(tx, "OrgnlIntrBkSttlmAmt"), child(tx, "RtrdIntrBkSttlmAmt")
        if paid is None or back is None or paid.get("Ccy") != back.get("Ccy"):
            continue
        numbers = number_of(paid), number_of(back)
        told = any(value(each) == "PART" for each in children(tx, "RtrRsnInf", "AddtlInf"))
        charged = child(tx, "ChrgsInf") is not None
        if numbers[0] is None or numbers[1] is None or numbers[1] >= numbers[0] or told or charged:
            continue
        what = f"{value(back)} of {value(paid)} come back, without charges that say why"
        yield back, f"{what}. Write PART in RtrRsnInf/AddtlInf, or the charges."


def block_named_as_message(message: Message) -> Iterator[Blame]:
    """A payment information block has the identification of the message."""
    named = child(message.group, "MsgId")
    for block in message.all("PmtInf"):
        own = child(block, "PmtInfId")
        if named is not None and own is not None and value(own) != value(named):
            yield own, f"PmtInfId is {value(own)} but MsgId is {value(named)}. Write the same."


def _rule(
    number: str,
    title: str,
    code: str,
    check: Check,
    source: str,
    scope: Scope,
    *,
    severity: Severity = Severity.ERROR,
) -> Rule:
    return Rule(
        id=f"MUF-{number}",
        title=title,
        code=code,
        source=source,
        check=check,
        scope=scope,
        severity=severity,
    )


_HVPS: Final = "HVPS+ market practice, settlement method CLRG"
_CBPR: Final = "CBPR+ usage guidelines"
HVPS: Final = (
    _rule("HVPS-01", "The settlement method is CLRG", "NARR", cleared, _HVPS, INTERBANK),
    _rule(
        "HVPS-02",
        "The clearing system is named",
        "RC08",
        clearing_system_named,
        _HVPS,
        INTERBANK,
        severity=Severity.WARNING,
    ),
    _rule("HVPS-03", "The channel is RTGS, RTNS or MPNS", "NARR", channel_cleared, _HVPS, TRANSFERS),
    _rule("HVPS-04", "Nothing asks for CLS", "NARR", no_cls, _HVPS, TRANSFERS),
    _rule(
        "HVPS-05",
        "Instructing and instructed agent have a BIC",
        "RC05",
        _by_bic("InstgAgt", "InstdAgt"),
        _HVPS,
        TRANSFERS,
    ),
    _rule("HVPS-06", "The debtor's agent has a BIC", "RC06", _by_bic("DbtrAgt"), _HVPS, CUSTOMER),
    _rule("HVPS-07", "The creditor's agent has a BIC", "RC07", _by_bic("CdtrAgt"), _HVPS, CUSTOMER),
    _rule(
        "HVPS-08",
        "Institutions that pay and are paid have a BIC",
        "RC05",
        _by_bic("Dbtr", "Cdtr"),
        _HVPS,
        (("pacs.009", 8),),
    ),
    _rule(
        "HVPS-09",
        "A clearing system that is named is the union",
        "NARR",
        clearing_system_known,
        _HVPS,
        INTERBANK,
    ),
)
CBPR: Final = (
    _rule(
        "CBPR-01",
        "Settlement is INDA, INGA or COVE, and no clearing system is named",
        "NARR",
        correspondent,
        f"{_CBPR}, SettlementMethod, ClearingSystem",
        INTERBANK,
    ),
    _rule(
        "CBPR-02",
        "A cover has no cover",
        "NARR",
        cover_has_no_cover,
        f"{_CBPR} of pacs.009, SettlementMethod",
        (("pacs.009", 8),),
    ),
    _rule(
        "CBPR-03",
        "A message holds one transaction",
        "AM19",
        one_transaction,
        f"{_CBPR}, NumberOfTransactions",
        INTERBANK,
    ),
    _rule(
        "CBPR-04",
        "The group header says no more than it has to",
        "CH17",
        group_is_short,
        f"{_CBPR}, GroupHeader",
        TRANSFERS,
    ),
    _rule(
        "CBPR-05",
        "Instructing and instructed agent have a BIC",
        "RC05",
        _by_bic("InstgAgt", "InstdAgt"),
        f"{_CBPR}, Agent_Point_To_Point_On_SWIFT_TextualRule",
        INTERBANK,
    ),
    _rule(
        "CBPR-06",
        "Remittance information is of one kind, in one place",
        "RR07",
        remittance_of_one_kind,
        f"{_CBPR}, Remittance_Mutually_Exclusive_FormalRule",
        WITH_REMITTANCE,
    ),
    _rule(
        "CBPR-07",
        "Remittance information fits: 140 characters unstructured, 9,000 structured",
        "RR07",
        remittance_fits,
        f"{_CBPR}, Structured_RemittanceInformation_TextualRule",
        WITH_REMITTANCE,
    ),
    _rule(
        "CBPR-08",
        "A party with a BIC has neither name nor address beside it",
        "CH17",
        known_by_bic_alone,
        f"{_CBPR}, Debtor_BIC_Presence_TextualRule",
        TRANSFERS,
    ),
    _rule(
        "CBPR-09",
        "A party without a BIC has a name",
        "BE21",
        named_or_bic,
        f"{_CBPR}, Party_Name_Any_BIC_FormalRule",
        TRANSFERS,
    ),
    _rule(
        "CBPR-10",
        "A cover's end-to-end reference fits a field of FIN",
        "FF08",
        end_to_end_slashes,
        f"{_CBPR} of pacs.009, End_To_End_Identification_FormalRule",
        (("pacs.009", 8),),
    ),
    _rule(
        "CBPR-11",
        "A service level of gpi is G001",
        "FF04",
        gpi_level,
        f"{_CBPR}, GPI_ServiceLevel_Code_FormalRule",
        TRANSFERS,
    ),
    _rule(
        "CBPR-12",
        "A partial return says so",
        "AM09",
        partial_return_told,
        f"{_CBPR} of pacs.004, Partial_Return_TextualRule",
        (("pacs.004", 9),),
        severity=Severity.WARNING,
    ),
    _rule(
        "CBPR-13",
        "All text is in the extended set of characters",
        "RR10",
        told_in_extended,
        f"{_CBPR}, Character_Set_Usage_TextualRule",
        WITH_REMITTANCE,
    ),
    _rule(
        "CBPR-14",
        "A payment information block has the identification of the message",
        "DU02",
        block_named_as_message,
        f"{_CBPR} of 2026, MessageIdentification_PaymentInformationIdentification_FormalRule",
        (("pain.001", 9),),
        severity=Severity.WARNING,
    ),
)
