"""Who and where: names beside addresses, town and country in each, and no address of lines alone any more.

Rule source: CBPR+ and HVPS+ usage guidelines, structured and hybrid postal address; addresses of lines alone
end with the standards release of November 2026.
"""

from collections.abc import Iterator
from typing import Final

from mufakat.messages.rules.reading import RELEASE_2026, Message, child, children, name_of, text, value
from mufakat.messages.rules.rule import Blame, Rule
from mufakat.messages.schema import Element

PARTIES: Final = ("Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr", "InitgPty")
SCOPE: Final = (("pacs.004", 9), ("pacs.008", 8), ("pacs.009", 8), ("pain.001", 9))
_ELSEWHERE: Final = frozenset({"RmtLctnDtls", "Adr"})
"""What has an address and is no party: a place to which remittance advice goes."""
_MOST_LINES, _LONGEST_HYBRID, _LONGEST = 2, 70, 35
_MOST_UNSTRUCTURED: Final = 3


def addresses(message: Message) -> Iterator[tuple[Element, list[Element], list[Element]]]:
    """Yield each address of a party or agent with its lines and its other elements."""
    for address in message.all("PstlAdr"):
        if name_of(address.getparent()) in _ELSEWHERE:
            continue
        lines = children(address, "AdrLine")
        yield address, lines, [each for each in address.iterchildren("{*}*") if name_of(each) != "AdrLine"]


def town_and_country(message: Message) -> Iterator[Blame]:
    """An address with anything but lines names town and country."""
    for address, _, others in addresses(message):
        missing = [name for name in ("TwnNm", "Ctry") if not text(address, name)]
        if others and missing:
            yield address, f"The address has no {' and no '.join(missing)}. Write town and country."


def hybrid_lines(message: Message) -> Iterator[Blame]:
    """Beside structured elements stand at most two lines of 70 characters."""
    for _, lines, others in addresses(message):
        for line in lines[_MOST_LINES:] if others else ():
            yield line, "Beside TwnNm and Ctry at most two AdrLine have a place. Move the rest to elements."
        for line in lines if others else ():
            if len(value(line)) > _LONGEST_HYBRID:
                yield line, f"AdrLine has {len(value(line))} characters, at most {_LONGEST_HYBRID} are taken."


def no_lines_alone(message: Message) -> Iterator[Blame]:
    """No address is of lines alone, from November 2026 on."""
    made = message.created
    if made is None or made < RELEASE_2026:
        return
    for address, lines, others in addresses(message):
        if lines and not others:
            what = f"The address is of lines alone, which ended on {RELEASE_2026}"
            yield address, f"{what}. Write at least TwnNm and Ctry, and the rest in elements or two lines."


def old_lines(message: Message) -> Iterator[Blame]:
    """Until then, an address of lines alone has three of 35 characters."""
    made = message.created
    if made is not None and made >= RELEASE_2026:
        return
    for _, lines, others in addresses(message):
        if others:
            continue
        for line in lines[_MOST_UNSTRUCTURED:]:
            yield line, f"An address of lines alone has at most {_MOST_UNSTRUCTURED}. Structure it."
        for line in lines:
            if len(value(line)) > _LONGEST:
                what = f"AdrLine has {len(value(line))} characters, in an address of lines alone {_LONGEST}"
                yield line, f"{what} are taken. Structure it."


def not_repeated(message: Message) -> Iterator[Blame]:
    """What an element of the address says is not in a line again."""
    for _, lines, others in addresses(message):
        said = {value(each).casefold(): name_of(each) for each in others if len(value(each)) > 2}
        for line in lines:
            again = said.get(value(line).casefold())
            if again is not None:
                yield line, f"AdrLine says what {again} says. Leave the line out."


def named_with_address(message: Message) -> Iterator[Blame]:
    """A party with an address has a name."""
    for party in message.all(*PARTIES):
        address = child(party, "PstlAdr")
        if address is not None and child(party, "Nm") is None:
            yield address, f"{name_of(party)} has an address and no name. Write Nm."


def agents_whole(message: Message) -> Iterator[Blame]:
    """An agent's name and address stand together."""
    for agent in message.all("FinInstnId"):
        name, address = child(agent, "Nm"), child(agent, "PstlAdr")
        if (name is None) == (address is None):
            continue
        if name is not None:
            yield name, "An agent's name stands without its address. Write both, or the BIC alone."
        else:
            yield address, "An agent's address stands without its name. Write both, or the BIC alone."


_PMPG: Final = "CBPR+ and HVPS+ usage guidelines"
RULES: Final = (
    Rule(
        id="MUF-ADR-01",
        title="An address names town and country",
        code="BE09",
        source=f"{_PMPG}, structured and hybrid address",
        check=town_and_country,
        scope=SCOPE,
    ),
    Rule(
        id="MUF-ADR-02",
        title="A hybrid address has at most two lines of 70 characters",
        code="CH16",
        source=f"{_PMPG}, hybrid address",
        check=hybrid_lines,
        scope=SCOPE,
    ),
    Rule(
        id="MUF-ADR-03",
        title="From 14 November 2026 on no address is of lines alone",
        code="CH16",
        source=f"{_PMPG}, end of the unstructured address",
        check=no_lines_alone,
        scope=SCOPE,
    ),
    Rule(
        id="MUF-ADR-04",
        title="Until then, an address of lines alone has three of 35 characters",
        code="CH16",
        source=f"{_PMPG}, GracePeriod_Unstructured_FormalRule",
        check=old_lines,
        scope=SCOPE,
    ),
    Rule(
        id="MUF-ADR-05",
        title="What an element of an address says is not repeated in a line",
        code="CH17",
        source=f"{_PMPG}, Duplication_Postal_Address_TextualRule",
        check=not_repeated,
        scope=SCOPE,
    ),
    Rule(
        id="MUF-PTY-02",
        title="A party with an address has a name",
        code="BE21",
        source=f"{_PMPG}, Party_Name_Postal_Address_FormalRule",
        check=named_with_address,
        scope=SCOPE,
    ),
    Rule(
        id="MUF-AGT-01",
        title="An agent's name and address stand together",
        code="AGNT",
        source=f"{_PMPG}, Agent_Name_Postal_Address_FormalRule",
        check=agents_whole,
        scope=SCOPE,
    ),
)
