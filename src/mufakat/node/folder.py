"""A folder between a bank and its node: files in, answers out, a receipt for every file, safe on a crash.

FOLDER/in/    files appear here whole, by rename    FOLDER/out/      answers, messages given on, reports
FOLDER/done/  what was taken                        FOLDER/refused/  what was refused, whole or in all its parts
FOLDER/receipts/: what became of each file, as JSON

A file at hand is moved into FOLDER/.taking first, under a name that begins with the time, and goes under it ever
after: nobody can change it any more, and each step that follows can be done again after a stop. The order is: the
union takes it; what the node leaves in its home's `out/` is handed over to FOLDER/out; the receipt is durable; the
file is moved out of the way. What is found in .taking when a watch begins was broken off and is taken again.
"""

import datetime
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Self

import msgspec

from mufakat.gateway.document import Rejection
from mufakat.journal.durable import Together, sweep, together
from mufakat.node.intake import GROUP, LARGEST_FILE, OF_FIRMS, Intake
from mufakat.node.receipt import Receipt
from mufakat.vault.details import Vault

_PARTS: Final = ("in", "out", "done", "refused", "receipts", ".taking")
_UNFINISHED: Final = (".tmp", ".part")
_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
_STAMP_LENGTH: Final = len("20261124T090000.123456Z")
_LONGEST_NAME: Final = 180
"""Bytes of a file's name that are kept: with the time before it and an ending behind it has to fit into 255."""
_MOST_REFUSALS: Final = 100
_AT_ONCE: Final = 1_000
"""Files that are handed over together."""
_PENDING: Final = ("queued", "accepted", "held")
"""How a payment stands of which more is to be told."""


class FolderInUse(OSError):
    """Another process watches the folder."""


class Refused(msgspec.Struct, frozen=True):
    """A part that was refused: its UETR or reference, ISO 20022 code, words, and where in the file."""

    name: str
    code: str
    text: str
    line: int | None = None
    path: str = ""


class Slip(msgspec.Struct, frozen=True):
    """The receipt of one file, as it stands in FOLDER/receipts.

    `file` is its name as it came, cut after 180 bytes; `sha256` in hex and `size` in bytes are None when it could
    not be read. `received`: UTC. `kind` and `message_id`: of the message in it. `transactions` is `accepted`,
    `refused` and `pending` together; all are as things stood when it was taken. `rejection`: why it was refused
    whole. `refusals`: of its parts, at most 100. `answers`: files in FOLDER/out. `kept`: where the file is now.
    `before`: the receipt of the same bytes, when they came before.
    """

    file: str
    sha256: str | None
    size: int | None
    received: str
    kind: str
    message_id: str | None
    transactions: int
    accepted: int
    refused: int
    pending: int
    rejection: Rejection | None
    refusals: tuple[Refused, ...]
    answers: tuple[str, ...]
    kept: str
    before: str | None

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the file was taken."""
        return self.kept.startswith("refused/")


class Folder:
    """A folder that one process watches. OSErrors of the system name the file."""

    def __init__(self, path: Path, spool: Path, clock: Callable[[], int]) -> None:
        """Make what is missing of it; `spool` is the `out/` of the node's home, `clock` gives UTC microseconds.

        Raises FolderInUse when another process watches it.
        """
        self.path: Final = path
        self._spool: Final = spool
        self._clock: Final = clock
        self._last_us = 0
        self._in, self._out, self._done, self._refused, self._receipts, self._taking = (
            path / name for name in _PARTS
        )
        for name in _PARTS:
            (path / name).mkdir(parents=True, exist_ok=True)
        self._lock: Final = os.open(self._taking, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise FolderInUse(None, "another process watches this folder", str(path)) from None
        for folder in (self._out, self._receipts):
            sweep(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._lock)

    def waiting(self) -> list[str]:
        """Return the names of files that are to be taken, in order.

        Left alone are names that begin with a dot or end in .tmp or .part, and all that is no regular file.
        """
        with os.scandir(self._in) as found:
            return sorted(
                each.name
                for each in found
                if not each.name.startswith(".")
                and not each.name.lower().endswith(_UNFINISHED)
                and each.is_file(follow_symlinks=False)
            )

    def is_at_work(self) -> bool:
        """Tell whether a file waits, or one was broken off."""
        return bool(self._broken_off() or self.waiting())

    def take(self, intake: Intake, vault: Vault, author: str | None = None) -> list[Slip]:
        """Take one group of files: those that were broken off, or else the next that wait; return their receipts.

        `author` names the participant that registers obligations, as `Intake.take` says. Raises what that raises:
        then nothing is lost, and the files are taken when they are looked at again.
        """
        at_hand = self._broken_off() or self._claimed()
        unread = [path for path in at_hand if not (self._receipts / _receipt_of(path)).exists()]
        receipts = dict(zip(unread, intake.take(unread, author=author), strict=True))
        self.deliver()
        with together() as files:
            slips = [self._slip_of(path, receipts.get(path), vault, files) for path in at_hand]
        for path, slip in zip(at_hand, slips, strict=True):
            path.rename(self.path / slip.kept)
        return slips

    def has_left(self) -> bool:
        """Tell whether something lies in its home's `out/` that was not handed over."""
        return next(_left(self._spool), None) is not None

    def deliver(self) -> int:
        """Hand over what the node left in its home's `out/`; return how many files.

        What lies there under the same name says the same, and stays as it is.
        """
        count, left = 0, sorted(_left(self._spool))
        for group in (left[at : at + _AT_ONCE] for at in range(0, len(left), _AT_ONCE)):
            with together() as files:
                for source in group:
                    target = self._out / source.relative_to(self._spool)
                    if not files.is_there(target):
                        with source.open("rb") as whole, files.file(target) as copy:
                            shutil.copyfileobj(whole, copy)
            for source in group:
                source.unlink()
            count += len(group)
        return count

    def _broken_off(self) -> list[Path]:
        return sorted(self._taking.iterdir())[:GROUP]

    def _claimed(self) -> list[Path]:
        """Move the next files to where nobody else writes: so many, and as large together as one may be."""
        claimed: list[Path] = []
        room = LARGEST_FILE
        for name in self.waiting()[:GROUP]:
            try:
                room -= (self._in / name).stat().st_size
                if claimed and room < 0:
                    break
                path = self._name(name)
                (self._in / name).rename(path)
            except FileNotFoundError:
                continue  # its sender took it back
            claimed.append(path)
        return claimed

    def _name(self, name: str) -> Path:
        """Name a file by the time, one microsecond after the one before at the earliest, and its own name.

        Bytes of a name that are no UTF-8 are written out.
        """
        readable = os.fsencode(name).decode("utf-8", "backslashreplace")
        kept = readable.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
        self._last_us = max(self._clock(), self._last_us + 1)
        while (path := self._taking / f"{_time(self._last_us, _STAMP)}-{kept}").exists() or (
            self._receipts / _receipt_of(path)
        ).exists():
            self._last_us += 1
        return path

    def _slip_of(self, path: Path, receipt: Receipt | None, vault: Vault, files: Together) -> Slip:
        """Write the receipt of a file that was dealt with; return it, or the one that is there already."""
        own = _receipt_of(path)
        if receipt is None:
            return msgspec.json.decode((self._receipts / own).read_bytes(), type=Slip)
        digest, size = _digest(path)
        first = own if digest is None else vault.receive(digest, own)
        slip = self._slip(path, receipt, (digest, size), None if first == own else first)
        with files.file(self._receipts / own) as file:
            file.write(msgspec.json.format(msgspec.json.encode(slip)) + b"\n")
        return slip

    def _slip(
        self, path: Path, receipt: Receipt, file: tuple[bytes | None, int | None], before: str | None
    ) -> Slip:
        digest, size = file
        of_payments = receipt.kind not in OF_FIRMS
        became = receipt.became()
        count, refused = became.total(), became["refused"]
        pending = sum(became[word] for word in _PENDING) if of_payments else 0
        nothing = receipt.rejection is not None or (count > 0 and refused == count)
        answers = (receipt.report, *receipt.reports)
        at = datetime.datetime.strptime(path.name[:_STAMP_LENGTH], _STAMP).replace(tzinfo=datetime.UTC)
        return Slip(
            file=path.name[_STAMP_LENGTH + 1 :],
            sha256=None if digest is None else digest.hex(),
            size=size,
            received=at.isoformat().replace("+00:00", "Z"),
            kind=receipt.kind,
            message_id=receipt.message_id,
            transactions=count,
            accepted=count - refused - pending,
            refused=refused,
            pending=pending,
            rejection=receipt.rejection,
            refusals=tuple(_refusals(receipt))[:_MOST_REFUSALS],
            answers=tuple(
                Path(each).relative_to(self._spool).as_posix() for each in answers if each is not None
            ),
            kept=f"{'refused' if nothing else 'done'}/{path.name}",
            before=before,
        )


def _left(spool: Path) -> Iterator[Path]:
    """Give the files in a node's `out/`, those aside that are being written."""
    for folder, _, names in os.walk(spool):
        yield from (Path(folder) / name for name in names if not name.startswith("."))


def _receipt_of(path: Path) -> str:
    return f"{path.name}.json"


def _time(at_us: int, form: str) -> str:
    seconds, micros = divmod(at_us, 1_000_000)
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(microsecond=micros).strftime(form)


def _digest(path: Path) -> tuple[bytes | None, int | None]:
    """Return SHA-256 and size of a file; None of both when this process may not read it."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest(), os.fstat(file.fileno()).st_size
    except PermissionError:
        return None, None


def _refusals(receipt: Receipt) -> Iterator[Refused]:
    for each in receipt.results:
        why = each.rejection
        if each.status == "refused" and why is not None:
            yield Refused(each.name, why.code, why.text, why.line, why.path)
