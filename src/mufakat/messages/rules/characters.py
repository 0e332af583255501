"""Characters: what passes every network on the way.

The X set of FIN for references and codes; the extended set of CBPR+ for names, addresses and what is told in
words. Rule source: SWIFT FIN character set X; CBPR+ usage guidelines, RestrictedFINX and its extended form.
"""

import re
from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.reading import Message, name_of, value
from mufakat.messages.rules.rule import Blame, Rule, Severity

FIN_X: Final = r"0-9a-zA-Z/\-?:().,'+ "
EXTENDED: Final = FIN_X + r"!#$%&*=^_`{|}~\";<>@\[\\\]"
_NOT_X: Final = re.compile(rf"[^{FIN_X}]")
_NOT_EXTENDED: Final = re.compile(rf"[^{EXTENDED}]")
_REFERENCES: Final = (
    *(
        "MsgId",
        "InstrId",
        "EndToEndId",
        "TxId",
        "ClrSysRef",
        "PmtInfId",
        "BizMsgIdr",
        "RtrId",
        "StsId",
        "CxlId",
    ),
    *("OrgnlMsgId", "OrgnlInstrId", "OrgnlEndToEndId", "OrgnlTxId", "OrgnlPmtInfId", "OrgnlClrSysRef"),
)
_CARRIED: Final = (
    *(("pacs.002", 1), ("pacs.004", 1), ("pacs.008", 1), ("pacs.009", 1), ("pacs.010", 1), ("pacs.028", 1)),
    *(("camt.029", 1), ("camt.056", 1), ("pain.001", 1)),
)
"""What goes from bank to bank, or is made into what does."""
_TOLD: Final = (
    *("Nm", "StrtNm", "BldgNb", "BldgNm", "Flr", "PstBx", "Room", "PstCd", "TwnNm", "TwnLctnNm", "DstrctNm"),
    *("CtrySubDvsn", "AdrLine", "Dept", "SubDept", "Ustrd", "AddtlInf", "AddtlRmtInf", "InstrInf"),
)
_CUT: Final = ("Nm", "Ustrd", "AdrLine")
_LONG: Final = {"Nm": (35, 66, 70), "AdrLine": (35, 70), "Ustrd": (140,)}


def references_in_x(message: Message) -> Iterator[Blame]:
    """A reference has characters of the X set only."""
    headed = [each for each in message.header_elements if name_of(each) == "BizMsgIdr"]
    for element in (*message.all(*_REFERENCES), *headed):
        if wrong := _NOT_X.search(value(element)):
            what = f"{name_of(element)} has {wrong.group()!r}, which is not in the X set of characters"
            yield element, f"{what}. Take letters, digits, space and / - ? : ( ) . , ' +."


def told_in_extended(message: Message) -> Iterator[Blame]:
    """What is told in words has characters of the extended set only."""
    for element in message.all(*_TOLD):
        if wrong := _NOT_EXTENDED.search(value(element)):
            what = f"{name_of(element)} has {wrong.group()!r}, which not every network passes on"
            yield element, f"{what}. Write it in Latin letters without marks, as the party is known abroad."


def not_cut(message: Message) -> Iterator[Blame]:
    """Nothing was cut off: the sign + at the end of a full field says that a translation did so."""
    for element in message.all(*_CUT):
        said = value(element)
        if said.endswith("+") and len(said) in _LONG[name_of(element)]:
            yield element, f"{name_of(element)} ends in + at its full length: it was cut. Send all of it."


RULES: Final = (
    Rule(
        id="MUF-CHAR-01",
        title="A reference has characters of the X set",
        code="RR10",
        source="SWIFT FIN character set X; CBPR+ usage guidelines, RestrictedFINX",
        check=references_in_x,
        scope=_CARRIED,
    ),
    Rule(
        id="MUF-CHAR-02",
        title="What is told in words has characters of the extended set",
        code="RR10",
        source="CBPR+ usage guidelines, RestrictedFINX extended",
        check=told_in_extended,
        scope=_CARRIED,
        severity=Severity.WARNING,
    ),
)
