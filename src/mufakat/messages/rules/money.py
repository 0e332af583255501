"""Amounts and currencies: plain digits, a currency that exists, its number of decimals, above zero; charges told.

Rule source: ISO 4217; CBPR+ and HVPS+ usage guidelines. A code whose first letters ISO 3166-1 leaves to its
users, such as QMD, is taken as agreed among them, with any number of decimals.
"""

from collections.abc import Iterator
from typing import Final

from iso4217 import Currency

from mufakat.messages.amount import COMMODITIES, is_plain
from mufakat.messages.rules.reading import Message, child, children, name_of, number_of, value
from mufakat.messages.rules.rule import Blame, Rule
from mufakat.messages.schema import Element
from mufakat.model.country import COUNTRIES, is_country

DECIMALS: Final[dict[str, int | None]] = {each.code: each.exponent for each in Currency}
"""Decimals of each currency in force; None where ISO 4217 says that there are none to speak of (metals, units)."""
_WITH_METALS: Final = (
    "IntrBkSttlmAmt",
    "RtrdIntrBkSttlmAmt",
    "OrgnlIntrBkSttlmAmt",
    "InstdAmt",
    "RtrdInstdAmt",
)
TRANSFERS: Final = (("pacs.008", 1), ("pacs.009", 1))
CHARGED: Final = (("pacs.004", 1), ("pacs.008", 1))


def is_currency(code: str) -> bool:
    """Tell whether a code is a currency's, or one of a country code that ISO 3166-1 leaves to its users."""
    return code in DECIMALS or (code[:1] == "Q" and is_country(code[:2]) and code[:2] not in COUNTRIES)


def amounts(message: Message) -> Iterator[Element]:
    """Yield every element with a currency beside its number."""
    return (each for each in message.elements if each.get("Ccy") is not None)


def plain_digits(message: Message) -> Iterator[Blame]:
    """An amount is digits with at most one point between digits."""
    for element in amounts(message):
        if not is_plain(value(element)):
            what = f"{name_of(element)} {value(element)!r} is not plain digits with at most one point"
            yield element, f"{what}. Write it so."


def currency_known(message: Message) -> Iterator[Blame]:
    """A currency is one of ISO 4217."""
    coded = ((each, each.get("Ccy")) for each in amounts(message))
    named = ((each, value(each)) for each in message.all("Ccy", "SrcCcy", "TrgtCcy", "UnitCcy", "CcyOfTrf"))
    for element, code in (*coded, *named):
        if not is_currency(code):
            yield element, f"{code} is no currency in force (ISO 4217). Correct it."


def decimals_fit(message: Message) -> Iterator[Blame]:
    """An amount has no more decimals than its currency."""
    for element in amounts(message):
        most = DECIMALS.get(element.get("Ccy"))
        places = len(value(element).partition(".")[2].rstrip("0"))
        if most is not None and places > most:
            yield element, f"{value(element)}: {element.get('Ccy')} has {most} decimals. Round it as agreed."


def no_metal(message: Message) -> Iterator[Blame]:
    """What is settled is money, not metal."""
    for element in message.all(*_WITH_METALS):
        if element.get("Ccy") in COMMODITIES:
            text = f"{element.get('Ccy')} is a metal, not money of a central bank. Pay in a currency."
            yield element, text


def above_zero(message: Message) -> Iterator[Blame]:
    """What is settled is above zero."""
    for element in message.all("IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt"):
        if number_of(element) == 0:
            yield element, f"{name_of(element)} is zero. Nothing would move: leave the transaction out."


def credited_with_charges(message: Message) -> Iterator[Blame]:
    """Where the creditor bears charges, each agent tells its own, zero too."""
    for tx in message.transactions:
        bearer = child(tx, "ChrgBr")
        if value(bearer) == "CRED" and child(tx, "ChrgsInf") is None:
            assert bearer is not None, "it has a value"
            yield bearer, "ChrgBr is CRED and no ChrgsInf tells the charges. Write them, or an amount of 0."


def debited_once(message: Message) -> Iterator[Blame]:
    """Where the debtor bears charges, they are prepaid to one agent at most."""
    for tx in message.transactions:
        bearer = child(tx, "ChrgBr")
        for second in children(tx, "ChrgsInf")[1:]:
            if value(bearer) == "DEBT":
                yield second, "ChrgBr is DEBT: at most one ChrgsInf has a place. Leave the others out."


def difference_charged(message: Message) -> Iterator[Blame]:
    """Where less or more is settled than was instructed, in one currency, charges say why."""
    for tx in message.transactions:
        for asked, settled in (("InstdAmt", "IntrBkSttlmAmt"), ("RtrdInstdAmt", "RtrdIntrBkSttlmAmt")):
            one, other = child(tx, asked), child(tx, settled)
            if one is None or other is None or one.get("Ccy") != other.get("Ccy"):
                continue
            numbers = number_of(one), number_of(other)
            if None not in numbers and numbers[0] != numbers[1] and child(tx, "ChrgsInf") is None:
                what = f"{settled} is {value(other)} but {asked} {value(one)}"
                yield other, f"{what}, and no ChrgsInf says why. Write the charges."


RULES: Final = (
    Rule(
        id="MUF-AMT-01",
        title="An amount is plain digits with at most one point",
        code="AM12",
        source="XML Schema decimal allows more: +1, -0, .5",
        check=plain_digits,
    ),
    Rule(
        id="MUF-AMT-02",
        title="What is settled is above zero",
        code="AM01",
        source="CBPR+ and HVPS+ usage guidelines",
        check=above_zero,
    ),
    Rule(
        id="MUF-CCY-01",
        title="A currency is in force",
        code="AM11",
        source="ISO 4217; ISO 20022 ActiveCurrency",
        check=currency_known,
    ),
    Rule(
        id="MUF-CCY-02",
        title="An amount has no more decimals than its currency",
        code="CH20",
        source="ISO 4217; ISO 20022 CurrencyAmount",
        check=decimals_fit,
    ),
    Rule(
        id="MUF-CCY-03",
        title="What is settled is money, not metal",
        code="AM03",
        source="CBPR+ usage guidelines, Interbank_Settlement_Currency_FormalRule",
        check=no_metal,
    ),
    Rule(
        id="MUF-CHRG-01",
        title="Where the creditor bears charges, they are told",
        code="BE19",
        source="CBPR+ usage guidelines, CRED_FormalRule",
        check=credited_with_charges,
        scope=CHARGED,
    ),
    Rule(
        id="MUF-CHRG-02",
        title="Where the debtor bears charges, at most one agent is prepaid",
        code="BE19",
        source="CBPR+ usage guidelines, DEBT_FormalRule",
        check=debited_once,
        scope=(("pacs.008", 1),),
    ),
    Rule(
        id="MUF-CHRG-03",
        title="Where instructed and settled amount differ in one currency, charges say why",
        code="AM09",
        source="CBPR+ usage guidelines, DEBT_Rule_1, Returned_Instructed_Rule_1",
        check=difference_charged,
        scope=CHARGED,
    ),
)
