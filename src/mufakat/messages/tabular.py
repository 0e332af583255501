"""Payments, obligations and the items of a cycle in as CSV: UTF-8, commas, a header line that names each column.

A bad row becomes a fault with its line and column, and the others are read; a header with a missing or
unknown column, or text that is not CSV at all, is a fault of the whole file. Amounts stay decimal text.
Rule source: RFC 4180; identifiers as in `mufakat.model.identifier`.
"""

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeVar

import msgspec

from mufakat.messages import amount, fault
from mufakat.messages.envelope import MAX_BYTES
from mufakat.messages.fault import Fault
from mufakat.model import identifier

PAYMENT_COLUMNS: Final = (
    "uetr",
    "end_to_end_id",
    "debtor_agent",
    "creditor_agent",
    "currency",
    "amount",
    "value_date",
)
PAYMENT_OPTIONS: Final = (
    *("channel", "debtor_account", "creditor_account", "debtor_name", "creditor_name"),
    *("priority", "earliest", "latest", "divisible", "action", "linked"),
)
ACTIONS: Final = ("pay", "reserve", "post", "void")
PRIORITIES: Final = ("URGT", "HIGH", "NORM")
OBLIGATION_COLUMNS: Final = ("id", "debtor", "creditor", "currency", "amount", "due")
OBLIGATION_OPTIONS: Final = ("document",)
ITEM_COLUMNS: Final = (
    "participant",
    "side",
    "kind",
    "id",
    "currency",
    "set_off",
    "netted",
    "left_out",
    "why",
)

_PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f]*")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_CELL: Final = 1_000
_MAX_END_TO_END: Final = 35
_Row = TypeVar("_Row")
_Record = tuple[int, dict[str, str]]


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One payment. `line` is 1-based; agents are BICs of eleven characters; `value_date` an ISO date.

    `channel` is RTGS, MPNS or None for the gateway to choose; absent options are None. `priority` is URGT, HIGH or
    NORM; `earliest` and `latest` are dates and times as written. `action`: pay, reserve, post or void. `linked`:
    with the next row.
    """

    line: int
    uetr: str
    end_to_end_id: str
    debtor_agent: str
    creditor_agent: str
    currency: str
    amount: str
    value_date: str
    channel: Literal["RTGS", "MPNS"] | None = None
    debtor_account: str | None = None
    creditor_account: str | None = None
    debtor_name: str | None = None
    creditor_name: str | None = None
    priority: str | None = None
    earliest: str | None = None
    latest: str | None = None
    divisible: bool = False
    action: str = "pay"
    linked: bool = False


class ObligationRow(msgspec.Struct, frozen=True, kw_only=True):
    """One obligation. `debtor` and `creditor` are LEIs, `id` is unique for its creditor, `due` ISO."""

    line: int
    id: str
    debtor: str
    creditor: str
    currency: str
    amount: str
    due: str
    document: str | None = None


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a cycle did with one item of a participant, as the holder has it; an amount may be 0 or empty.

    `side` is pays or receives, `kind` payment or obligation, `why` none, short, held_back, closed or stopped.
    """

    line: int
    participant: str
    side: str
    kind: str
    id: str
    currency: str
    set_off: str
    netted: str
    left_out: str
    why: str


def read_payments_csv(data: bytes) -> tuple[tuple[PaymentRow, ...], tuple[Fault, ...]]:
    """Read payments; returns the good rows in file order and the faults of the others.

    Rows that are linked are good together or not at all.
    """
    rows: list[PaymentRow] = []
    faults: list[Fault] = []
    chain: list[tuple[int, PaymentRow | Fault]] = []
    records = list(_records(data, PAYMENT_COLUMNS, PAYMENT_OPTIONS))
    has_links = any("linked" in record[1] for record in records if not isinstance(record, Fault))
    is_open = False
    for record in records:
        if isinstance(record, Fault):
            chain.append((record.line or 0, record))
            is_open = (
                has_links  # nobody knows whether this row is linked: the next one does not go without it
            )
        else:
            chain.append((record[0], _payment(*record)))
            is_open = record[1].get("linked") == "yes"
        if not is_open:
            _close(chain, rows, faults)
    if is_open and isinstance(chain[-1][1], PaymentRow):
        told = "The last row is linked to a next one."
        chain[-1] = chain[-1][0], _bad(chain[-1][0], "linked", fault.NARRATIVE, told)
    _close(chain, rows, faults)
    return tuple(rows), tuple(faults)


def _close(chain: list[tuple[int, PaymentRow | Fault]], rows: list[PaymentRow], faults: list[Fault]) -> None:
    """Sort the rows of a chain that ends to the good ones, or all to the faults."""
    broken = next((line for line, found in chain if isinstance(found, Fault)), None)
    for line, found in chain:
        if isinstance(found, Fault):
            faults.append(found)
        elif broken is None:
            rows.append(found)
        else:
            told = f"It is linked with line {broken}, which cannot be read. Mend that row."
            faults.append(_bad(line, "linked", fault.NARRATIVE, told))
    chain.clear()


def read_obligations_csv(data: bytes) -> tuple[tuple[ObligationRow, ...], tuple[Fault, ...]]:
    """Read obligations; returns the good rows in file order and the faults of the others."""
    return _read(data, OBLIGATION_COLUMNS, OBLIGATION_OPTIONS, _obligation)


def read_items_csv(data: bytes) -> tuple[tuple[ItemRow, ...], tuple[Fault, ...]]:
    """Read a cycle's items as a holder keeps them; returns the good rows in file order and the faults of others."""
    return _read(data, ITEM_COLUMNS, (), _item)


def _read(
    data: bytes,
    columns: tuple[str, ...],
    options: tuple[str, ...],
    build: Callable[[int, dict[str, str]], _Row | Fault],
) -> tuple[tuple[_Row, ...], tuple[Fault, ...]]:
    rows: list[_Row] = []
    faults: list[Fault] = []
    for record in _records(data, columns, options):
        found = record if isinstance(record, Fault) else build(*record)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            rows.append(found)
    return tuple(rows), tuple(faults)


def _records(data: bytes, columns: tuple[str, ...], options: tuple[str, ...]) -> Iterator[_Record | Fault]:
    """Yield (line, cells by column) for each row, or the fault of a row or of the file."""
    text = _decoded(data)
    if isinstance(text, Fault):
        yield text
        return
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            at, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if wrong := _header_fault(header, columns, options, at):
                    yield wrong
                    return
            elif len(cells) != len(header):
                text = f"The row has {len(cells)} cells, the header {len(header)}. Quote cells with commas."
                yield Fault(code=fault.SYNTAX, text=text, line=at)
            else:
                yield at, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        told = f"From here on the file is not CSV: {error}. The rows above were read."
        yield Fault(code=fault.SYNTAX, text=told, line=line)
    if header is None:
        yield Fault(code=fault.MALFORMED, text=f"The file has no header: {','.join(columns)}.", line=1)


def _decoded(data: bytes) -> str | Fault:
    if len(data) > MAX_BYTES:
        text = f"The file has {len(data)} bytes, more than the {MAX_BYTES} taken. Split it."
        return Fault(code=fault.MALFORMED, text=text)
    try:
        found = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Fault(code=fault.MALFORMED, text="The file is not UTF-8. Save it as UTF-8.", line=line)
    if "\0" in found:
        line = found.count("\n", 0, found.index("\0")) + 1
        return Fault(code=fault.MALFORMED, text="The file has a null byte. Save it as text.", line=line)
    return found


def _header_fault(
    header: list[str], columns: tuple[str, ...], options: tuple[str, ...], line: int
) -> Fault | None:
    missing = [name for name in columns if name not in header]
    unknown = [name for name in header if name not in columns and name not in options]
    twice = sorted({name for name in header if header.count(name) > 1})
    for names, what in ((missing, "lacks"), (unknown, "has unknown"), (twice, "repeats")):
        if names:
            known = f"Columns: {','.join(columns)}; optional: {','.join(options)}."
            text = f"The header {what} {', '.join(names)[:200]}. {known}"
            return Fault(code=fault.MALFORMED, text=text, line=line, path=names[0][:70])
    return None


def _payment(line: int, cells: dict[str, str]) -> PaymentRow | Fault:
    if wrong := _cell_fault(line, cells):
        return wrong
    channel = cells.get("channel") or None
    if channel is not None and channel not in {"RTGS", "MPNS"}:
        return _bad(line, "channel", fault.NARRATIVE, f"{channel!r} is not RTGS or MPNS.")
    if cells.get("priority") and cells["priority"] not in PRIORITIES:
        return _bad(line, "priority", fault.NARRATIVE, f"{cells['priority']!r} is not URGT, HIGH or NORM.")
    if cells.get("divisible") and cells["divisible"] not in {"yes", "no"}:
        return _bad(line, "divisible", fault.NARRATIVE, f"{cells['divisible']!r} is not yes or no.")
    if wrong := _at_once_fault(line, cells):
        return wrong
    uetr = identifier.uetr(cells["uetr"])
    if uetr is None:
        return _bad(line, "uetr", fault.NARRATIVE, f"{cells['uetr']!r} is not a UETR (version 4 UUID).")
    if not 0 < len(cells["end_to_end_id"]) <= _MAX_END_TO_END:
        return _bad(line, "end_to_end_id", fault.MISSING, "1 to 35 characters are taken.")
    debtor, creditor = identifier.bic(cells["debtor_agent"]), identifier.bic(cells["creditor_agent"])
    if debtor is None:
        return _bad(line, "debtor_agent", fault.DEBTOR_AGENT, f"{cells['debtor_agent']!r} is not a BIC.")
    if creditor is None:
        return _bad(
            line, "creditor_agent", fault.CREDITOR_AGENT, f"{cells['creditor_agent']!r} is not a BIC."
        )
    return _money_fault(line, cells, "value_date") or PaymentRow(
        line=line,
        uetr=uetr,
        end_to_end_id=cells["end_to_end_id"],
        debtor_agent=debtor,
        creditor_agent=creditor,
        currency=cells["currency"],
        amount=cells["amount"],
        value_date=cells["value_date"],
        channel=channel,  # type: ignore[arg-type] # one of the two, checked above
        debtor_account=cells.get("debtor_account") or None,
        creditor_account=cells.get("creditor_account") or None,
        debtor_name=cells.get("debtor_name") or None,
        creditor_name=cells.get("creditor_name") or None,
        priority=cells.get("priority") or None,
        earliest=cells.get("earliest") or None,
        latest=cells.get("latest") or None,
        divisible=cells.get("divisible") == "yes",
        action=cells.get("action") or ACTIONS[0],
        linked=cells.get("linked") == "yes",
    )


def _at_once_fault(line: int, cells: dict[str, str]) -> Fault | None:
    """Check what a row does with its payment, and that a row that takes effect at once says nothing else."""
    action, linked = cells.get("action") or ACTIONS[0], cells.get("linked") or "no"
    if action not in ACTIONS:
        return _bad(line, "action", fault.NARRATIVE, f"{action!r} is not {', '.join(ACTIONS)}.")
    if linked not in {"yes", "no"}:
        return _bad(line, "linked", fault.NARRATIVE, f"{linked!r} is not yes or no.")
    if action == ACTIONS[0] and linked == "no":
        return None
    ends = action in ACTIONS[2:]
    for name, wrong in (
        ("channel", cells.get("channel") == "MPNS"),
        ("earliest", bool(cells.get("earliest"))),
        ("divisible", cells.get("divisible") == "yes"),
        ("latest", ends and bool(cells.get("latest"))),
    ):
        if wrong:
            told = f"A row that is linked, reserves, posts or voids takes effect at once: leave {name} empty."
            return _bad(line, name, fault.NARRATIVE, told)
    return None


def _obligation(line: int, cells: dict[str, str]) -> ObligationRow | Fault:
    if wrong := _cell_fault(line, cells):
        return wrong
    debtor, creditor = identifier.lei(cells["debtor"]), identifier.lei(cells["creditor"])
    for name, found in (("debtor", debtor), ("creditor", creditor)):
        if found is None:
            return _bad(line, name, fault.PARTY, f"{cells[name]!r} is not an LEI with valid check digits.")
    assert debtor is not None, "it was checked above"
    assert creditor is not None, "it was checked above"
    if identifier.obligation_id(creditor, cells["id"]) is None:
        return _bad(line, "id", fault.NARRATIVE, "1 to 70 printable ASCII characters are taken.")
    return _money_fault(line, cells, "due") or ObligationRow(
        line=line,
        id=cells["id"],
        debtor=debtor,
        creditor=creditor,
        currency=cells["currency"],
        amount=cells["amount"],
        due=cells["due"],
        document=cells.get("document") or None,
    )


def _item(line: int, cells: dict[str, str]) -> ItemRow | Fault:
    if wrong := _cell_fault(line, cells):
        return wrong
    cells = {**cells, "why": cells["why"] or "none"}
    for name, known in _ITEM_WORDS.items():
        if cells[name] not in known:
            text = f"{cells[name]!r} is none of {', '.join(known)}."
            return _bad(line, name, fault.NARRATIVE, text)
    if identifier.bic(cells["participant"]) is None:
        return _bad(line, "participant", fault.NARRATIVE, f"{cells['participant']!r} is not a BIC.")
    if identifier.currency(cells["currency"]) is None:
        return _bad(line, "currency", fault.CURRENCY, f"{cells['currency']!r} is not three capital letters.")
    for name in ("set_off", "netted", "left_out"):
        if cells[name] and not amount.is_plain(cells[name]):
            text = f"{cells[name]!r} is not plain digits with at most one point, such as 1500.25."
            return _bad(line, name, fault.AMOUNT, text)
    return ItemRow(line=line, **cells)


_ITEM_WORDS: Final = {
    "side": ("pays", "receives"),
    "kind": ("payment", "obligation"),
    "why": ("none", "short", "held_back", "closed", "stopped"),
}


def _cell_fault(line: int, cells: dict[str, str]) -> Fault | None:
    for name, cell in cells.items():
        if len(cell) > _MAX_CELL or _PRINTABLE.fullmatch(cell) is None:
            text = f"At most {_MAX_CELL} characters without control characters are taken."
            return _bad(line, name, fault.SYNTAX, text)
    return None


def _money_fault(line: int, cells: dict[str, str], date: str) -> Fault | None:
    if identifier.currency(cells["currency"]) is None:
        return _bad(line, "currency", fault.CURRENCY, f"{cells['currency']!r} is not three capital letters.")
    if not amount.is_plain(cells["amount"]):
        text = f"{cells['amount']!r} is not plain digits with at most one point, such as 1500.25."
        return _bad(line, "amount", fault.AMOUNT, text)
    if not _is_date(cells[date]):
        return _bad(line, date, fault.DATE, f"{cells[date]!r} is not a date written YYYY-MM-DD.")
    return None


def _is_date(text: str) -> bool:
    if _DATE.fullmatch(text) is None:
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _bad(line: int, column: str, code: str, text: str) -> Fault:
    return Fault(code=code, text=f"{text} The row was left out.", line=line, path=column)
