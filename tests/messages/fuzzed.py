"""Feeds one parser with bytes that a coverage-guided fuzzer makes up; an exception ends the run.

Usage: python -m tests.messages.fuzzed TARGET [libFuzzer options and corpus folders]
"""

import io
import sys
from typing import Any, Final

import atheris

from tests.union import charter

with atheris.instrument_imports(include=["mufakat.messages", "mufakat.gateway"]):
    from mufakat.gateway import document, inbound
    from mufakat.messages import camt, debts, envelope, pacs, tabular, terms
    from mufakat.messages.trade import reading

READING: Final = document.Reading(charter(), bytes(32))
OWED: Final = "debtor,creditor,amount,currency\na,b,5,IDR\nb,c,7,VND\nc,a,9,IDR\n"


def text(data: bytes) -> io.TextIOWrapper:
    """Return a file as the command line opens it."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")


def message(data: bytes) -> None:
    """Envelope, payment and statement readers."""
    envelope.open_message(data)
    pacs.read_customer_credit_transfer(data)
    camt.read_bookings(data)


def trade(data: bytes) -> None:
    """The reader of trade documents."""
    reading.read_trade_document(data)


def flow(data: bytes) -> None:
    """What a file of any kind asks of the union: each reader of a flow, and what is made of it."""
    inbound.read_document(data, READING)


def table(data: bytes) -> None:
    """The tables that a bank uploads."""
    tabular.read_payments_csv(data)
    tabular.read_obligations_csv(data)
    tabular.read_items_csv(data)


def debt(data: bytes) -> None:
    """The file of debts; it refuses with DebtsFaulty."""
    try:
        debts.read_debts(text(data), 2, lambda rows: None)
    except debts.DebtsFaulty:
        return


def term(data: bytes) -> None:
    """The files of terms and of rates for three debts; they refuse with DebtsFaulty."""
    known = debts.read_debts(io.StringIO(OWED, newline=""), 2, lambda rows: None)
    for reader in (
        lambda file: terms.read_terms(file, 2, known),
        lambda file: terms.read_fixings(file, known),
    ):
        try:
            reader(text(data))
        except debts.DebtsFaulty:
            continue


TARGETS: Final[dict[str, Any]] = {
    "message": message,
    "trade": trade,
    "flow": flow,
    "table": table,
    "debts": debt,
    "terms": term,
}


if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
