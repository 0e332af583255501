"""Faults planted among the made-up day's documents, each with the ISO 20022 code that must answer it.

Every faulty document is made from a sound one by changing the one thing that is wrong. Codes are those
of `model.refusal.EXPLANATIONS`; what the official schemas refuse is FF01.
"""

import datetime
import random
from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from mufakat.model.money import format_amount
from mufakat.simulation.documents import DECLARATION, Invoice, Message, invoice, pacs_008
from mufakat.simulation.payments import PaymentMaker, party
from mufakat.simulation.region import DEMO_DATE, DEMO_HOLIDAY, MemberPlan, Region

NOBODY: Final = "NOONQMA0XXX"
"""A well-formed BIC that no bank of the region has."""
_YESTERDAY: Final = DEMO_DATE - datetime.timedelta(days=1)


class PlantedFault(msgspec.Struct, frozen=True):
    """A fault: file (relative, `/`), line of a CSV (the header is 1; 0: the whole file), what, code."""

    path: str
    line: int
    what: str
    expected_code: str


class FaultyFile(msgspec.Struct, frozen=True):
    """A faulty payment file before it has a number: whose it is, its text, what is wrong, the code."""

    bank: str
    text: str
    what: str
    expected_code: str


_Change = Callable[[str], str]


def _without(text: str, element: str) -> str:
    start, end = text.index(f"<{element}>"), text.index(f"</{element}>") + len(f"</{element}>")
    return text[:start] + text[end:]


def _moved_up(text: str) -> str:
    charge = "<ChrgBr>SHAR</ChrgBr>\n"
    return text.replace(charge, "").replace("<IntrBkSttlmAmt", charge + "<IntrBkSttlmAmt")


def _in_amount(text: str, inserted: str) -> str:
    place = text.index(">", text.index("<IntrBkSttlmAmt")) + 2
    return text[:place] + inserted + text[place:]


# What is wrong, the code, how the text of a sound file is changed.
_TEXT_FAULTS: Final[tuple[tuple[str, str, _Change], ...]] = (
    ("file cut off in the middle", "FF01", lambda text: text[: len(text) // 2]),
    ("file cut off in the middle", "FF01", lambda text: text[:-20]),
    ("file cut off in the middle", "FF01", lambda text: text[: len(text) // 3]),
    ("mandatory ChrgBr missing", "FF01", lambda text: text.replace("<ChrgBr>SHAR</ChrgBr>\n", "")),
    ("mandatory MsgId missing", "FF01", lambda text: _without(text, "MsgId")),
    ("ChrgBr stands before the amount", "FF01", _moved_up),
    ("ChrgBr stands before the amount", "FF01", _moved_up),
    ("comment inside the amount", "FF01", lambda text: _in_amount(text, "<!-- not -->")),
    (
        "DOCTYPE with an entity",
        "FF01",
        lambda text: text.replace(DECLARATION, DECLARATION + '<!DOCTYPE Document [<!ENTITY a "b">]>\n'),
    ),
    ("version pacs.008.001.02", "MINF", lambda text: text.replace("pacs.008.001.08", "pacs.008.001.02")),
)


def faulty_files(
    region: Region, maker: PaymentMaker, sound: list[Message], chance: random.Random
) -> Iterator[FaultyFile]:
    """Give the faulty payment files; `sound` are one-transfer messages that are sent before them."""
    samples = chance.sample(sound, len(sound))

    def fresh(wanted: Callable[[Message], bool] = lambda message: True) -> Message:
        """Return a copy of a sound message under a message id and UETR of its own, version .001.08."""
        message = next(each for each in samples if wanted(each))
        samples.remove(message)
        transfer = replace(message.transfers[0], uetr=maker.uetr())
        return replace(message, version=8, header=False, id=f"F{message.id}", transfers=(transfer,))

    def altered(what: str, code: str, message: Message, **changes: str) -> FaultyFile:
        wrong = replace(message.transfers[0], **changes)
        text = pacs_008(replace(message, transfers=(wrong,)))
        return FaultyFile(message.debtor_agent, text, what, code)

    for _ in range(3):
        first = samples.pop()
        again = replace(first, id=f"F{first.id}")
        yield FaultyFile(first.debtor_agent, pacs_008(again), "the same payment in another message", "AM05")
    for _ in range(3):
        first = samples.pop()
        other = replace(first, id=f"F{first.id}", transfers=(replace(first.transfers[0], reference="AGAIN"),))
        yield FaultyFile(first.debtor_agent, pacs_008(other), "UETR of another payment", "AM05")
    for what, code, change in _TEXT_FAULTS:
        message = fresh()
        yield FaultyFile(message.debtor_agent, change(pacs_008(message)), what, code)
    yield _header_disagrees(fresh())
    for _ in range(2):
        yield altered("creditor agent unknown", "RC04", fresh(), creditor_agent=NOBODY)
        yield altered(
            "currency that nobody in the union issues", "AM03", fresh(), currency="JPY", amount="90000"
        )
        yield altered("value date yesterday", "DT01", fresh(), value_date=_YESTERDAY.isoformat())
    yield altered("amount zero", "AM01", fresh(), amount="0.00")
    yield altered("amount negative", "FF01", fresh(), amount="-1500.00")
    for _ in range(2):
        message = fresh(lambda each: _issuer(region, each).decimals == 0)
        amount = message.transfers[0].amount + ".50"
        yield altered("decimals that the currency does not have", "AM12", message, amount=amount)
    for _ in range(2):
        message = fresh()
        issuer = _issuer(region, message)
        amount = format_amount(issuer.max_payment + 1, issuer.decimals)
        yield altered("above the limit for one payment", "AM13", message, amount=amount, channel="RTGS")
    for _ in range(2):
        message = fresh(lambda each: DEMO_HOLIDAY in _issuer(region, each).holidays)
        yield altered("issuer is on holiday", "DT03", message, value_date=DEMO_HOLIDAY.isoformat())
    for _ in range(2):
        yield _from_closed_account(region, fresh())


def faulty_rows(row: tuple[str, ...], stranger: str) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Give rows that go wrong after the sound `row` stands in the file, with what is wrong and the code.

    `stranger`: an LEI that no bank enrolled. Columns: id, debtor, creditor, currency, amount, due, document.
    """
    reference, debtor, creditor, currency, amount, due, document = row
    wrong = f"{reference}-"
    yield (wrong + "A", debtor, creditor, currency, f"{amount}x", due, document), "amount unreadable", "AM12"
    yield (wrong + "B", debtor, stranger, currency, amount, due, document), "creditor unknown", "BE01"
    yield (wrong + "C", debtor, debtor, currency, amount, due, document), "firm owes itself", "AG12"
    yield row, "obligation registered already", "AM05"
    yield (
        (wrong + "E", debtor, creditor, currency, amount, "24/11/26", document),
        "due date unreadable",
        "DT01",
    )


def faulty_invoices(sound: list[Invoice]) -> Iterator[tuple[str, str, str]]:
    """Give the text of faulty invoices made from four sound ones, what is wrong, and the code."""
    first, second, third, fourth = (replace(each, id=f"F{each.id}") for each in sound[:4])
    yield _without(invoice(first), "cbc:IssueDate"), "mandatory IssueDate missing", "FF01"
    yield invoice(second).replace("cac:InvoiceLine>", "cac:Line>"), "element not in the schema", "FF01"
    yield invoice(replace(third, customer=replace(third.customer, lei=""))), "customer has no LEI", "BE15"
    yield invoice(replace(fourth, supplier=replace(fourth.supplier, lei=""))), "supplier has no LEI", "BE15"


def _issuer(region: Region, message: Message) -> MemberPlan:
    return region.issuer(message.transfers[0].currency)


def _header_disagrees(message: Message) -> FaultyFile:
    text = pacs_008(replace(message, header=True))
    text = text.replace("<MsgDefIdr>pacs.008.001.08<", "<MsgDefIdr>pacs.009.001.08<")
    return FaultyFile(message.debtor_agent, text, "AppHdr names another message", "FF01")


def _from_closed_account(region: Region, message: Message) -> FaultyFile:
    bank, currency = region.closed
    issuer = region.issuer(currency)
    creditor = next(bank for bank in region.banks if bank.member == issuer.id)
    transfer = replace(
        message.transfers[0],
        debtor=party(next(firm for firm in region.firms if firm.bank == bank)),
        currency=currency,
        amount=format_amount(issuer.typical, issuer.decimals),
        creditor_agent=creditor.bic,
    )
    text = pacs_008(replace(message, debtor_agent=bank, transfers=(transfer,)))
    return FaultyFile(bank, text, "debtor agent's account is closed", "AC05")
