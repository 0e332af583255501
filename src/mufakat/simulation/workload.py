"""A made-up business day as files that banks would send: payments, invoices, obligations, and faults.

    payments/<debtor agent>/NNNNN.xml        pacs.008, in the order of the day within each bank
    invoices/<creditor's bank>/NNNN.xml      UBL 2.1
    obligations/<debtor's bank>.csv          accepted at once
    obligations/<creditor's bank>-receivables.csv   to be accepted by the debtor's bank
    faults.csv                               what is wrong on purpose, and the code that must answer it

The same region and seed give the same bytes. Amounts in `Day` are minor units.
"""

import csv
import io
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from mufakat.model.identifier import Currency
from mufakat.model.money import Amount, parse_amount
from mufakat.model.refusal import Reason
from mufakat.simulation.documents import Message, invoice, pacs_008
from mufakat.simulation.faults import PlantedFault, faulty_files, faulty_invoices, faulty_rows
from mufakat.simulation.payments import PaymentMaker
from mufakat.simulation.region import Region
from mufakat.simulation.trade import Owed, invoice_of, obligations_of, relations_of, unknown_lei

HEADER: Final = ("id", "debtor", "creditor", "currency", "amount", "due", "document")
Progress = Callable[[str, int, int], None]
"""Called with what is being written, how many are done, and how many there will be."""

_RECEIVABLE_SHARE: Final = 0.05
_FAULTY_CSV_FILES: Final = 2
_REPORT_EVERY: Final = 250


class Day(msgspec.Struct, frozen=True):
    """What was written. Counts of files, transfers and rows include the faulty ones.

    `gross`: sound payments of each currency, minor units; `owed`: sound obligations and invoices.
    """

    payment_files: int
    transfers: int
    invoice_files: int
    obligation_rows: int
    gross: dict[Currency, Amount]
    owed: dict[Currency, Amount]
    faults: tuple[PlantedFault, ...]


def write_day(
    region: Region,
    directory: Path,
    *,
    seed: int,
    payments: int = 5_000,
    invoices: int = 500,
    obligations: int = 20_000,
    progress: Progress | None = None,
) -> Day:
    """Write a day into `directory`, which holds none yet (else FileExistsError), and say what it holds.

    `payments` (at least 500, so that every fault finds a sound file to be made from), `invoices` (at
    least 4) and `obligations` count the sound ones; the faulty ones come on top.
    """
    if payments < 500 or invoices < 4 or obligations < 1:
        raise ValueError("a day has at least 500 payments, 4 invoices and 1 obligation")
    report = progress or _silent
    chance = random.Random(f"mufakat day {seed} of region {region.seed}")
    directory.mkdir(parents=True, exist_ok=True)
    messages, files, payment_faults = _payments(region, directory, chance, payments, report)
    relations = relations_of(region, chance)
    owed = list(obligations_of(relations, chance, obligations, series="OB"))
    rows, row_faults = _obligations(region, directory, chance, owed, report)
    invoiced = list(obligations_of(relations, chance, invoices, series="INV"))
    invoice_files, invoice_faults = _invoices(directory, chance, invoiced, report)
    faults = (*payment_faults, *invoice_faults, *row_faults)
    rows_of_faults = (map(str, msgspec.structs.astuple(fault)) for fault in faults)
    (directory / "faults.csv").write_bytes(_csv([PlantedFault.__struct_fields__, *rows_of_faults]))
    return Day(
        payment_files=files,
        transfers=sum(len(message.transfers) for message in messages) + len(payment_faults),
        invoice_files=invoice_files,
        obligation_rows=rows,
        gross=_gross(region, messages),
        owed=_owed(region, [*owed, *invoiced]),
        faults=faults,
    )


def _payments(
    region: Region, directory: Path, chance: random.Random, count: int, report: Progress
) -> tuple[list[Message], int, list[PlantedFault]]:
    maker = PaymentMaker(region, chance)
    messages = list(maker.messages(count))
    # Faulty files come in the second half of the day, made from sound ones of the first: a repetition
    # is one only when its original has gone before.
    half = count // 2
    sound = [message for message in messages[:half] if len(message.transfers) == 1]
    faulty = list(faulty_files(region, maker, sound, chance))
    places = sorted(chance.sample(range(half, count), len(faulty)))
    chance.shuffle(faulty)
    at = dict(zip(places, faulty, strict=True))
    for bank in region.banks:
        (directory / "payments" / bank.bic).mkdir(parents=True)
    numbers: dict[str, int] = {bank.bic: 0 for bank in region.banks}
    faults = []

    def write(bank: str, text: str) -> str:
        numbers[bank] += 1
        path = f"payments/{bank}/{numbers[bank]:05d}.xml"
        (directory / path).write_bytes(text.encode())
        return path

    for number, message in enumerate(messages):
        write(message.debtor_agent, pacs_008(message))
        if number in at:
            fault = at[number]
            path = write(fault.bank, fault.text)
            faults.append(PlantedFault(path, 0, fault.what, fault.expected_code))
        if number % _REPORT_EVERY == 0:
            report("payments", number, count)
    report("payments", count, count)
    return messages, sum(numbers.values()), faults


def _obligations(
    region: Region, directory: Path, chance: random.Random, owed: list[Owed], report: Progress
) -> tuple[int, list[PlantedFault]]:
    (directory / "obligations").mkdir()
    files: dict[str, list[tuple[str, ...]]] = {bank.bic: [] for bank in region.banks}
    for item in owed:
        if chance.random() < _RECEIVABLE_SHARE:
            files.setdefault(f"{item.relation.creditor.bank}-receivables", []).append(item.row())
        else:
            files[item.relation.debtor.bank].append(item.row())
    own = [bank.bic for bank in region.banks if files[bank.bic]]
    faulty = sorted(chance.sample(own, min(_FAULTY_CSV_FILES, len(own))))
    faults, written = [], 0
    for name, rows in sorted(files.items()):
        path = f"obligations/{name}.csv"
        sound = len(rows)
        if name in faulty:
            for row, what, code in faulty_rows(chance.choice(rows), unknown_lei(region)):
                rows.append(row)
                faults.append(PlantedFault(path, len(rows) + 1, what, code))
        (directory / path).write_bytes(_csv([HEADER, *rows]))
        written += sound
        report("obligations", written, len(owed))
    return len(owed) + len(faults), faults


def _invoices(
    directory: Path, chance: random.Random, owed: list[Owed], report: Progress
) -> tuple[int, list[PlantedFault]]:
    (directory / "invoices").mkdir()
    numbers: dict[str, int] = {}
    documents = [invoice_of(item, chance) for item in owed]

    def write(bank: str, text: str) -> str:
        folder = directory / "invoices" / bank
        if bank not in numbers:
            folder.mkdir()
        numbers[bank] = numbers.get(bank, 0) + 1
        path = folder / f"{numbers[bank]:04d}.xml"
        path.write_bytes(text.encode())
        return path.relative_to(directory).as_posix()

    for number, (item, document) in enumerate(zip(owed, documents, strict=True), 1):
        write(item.relation.creditor.bank, invoice(document))
        if number % _REPORT_EVERY == 0:
            report("invoices", number, len(owed))
    faults = [
        PlantedFault(write(item.relation.creditor.bank, text), 0, what, code)
        for item, (text, what, code) in zip(owed, faulty_invoices(documents), strict=False)
    ]
    report("invoices", len(owed), len(owed))
    return sum(numbers.values()), faults


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _gross(region: Region, messages: list[Message]) -> dict[Currency, Amount]:
    total = {issuer.currency: 0 for issuer in region.members}
    decimals = {issuer.currency: issuer.decimals for issuer in region.members}
    for message in messages:
        for transfer in message.transfers:
            code = Currency(transfer.currency)
            amount = parse_amount(transfer.amount, decimals[code])
            assert not isinstance(amount, Reason), "sound payments only"
            total[code] += amount
    return {code: Amount(amount) for code, amount in total.items()}


def _owed(region: Region, owed: list[Owed]) -> dict[Currency, Amount]:
    total = {issuer.currency: 0 for issuer in region.members}
    for item in owed:
        total[item.relation.issuer.currency] += item.amount
    return {code: Amount(amount) for code, amount in total.items()}


def _silent(what: str, done: int, of: int) -> None:
    """Report nothing."""
