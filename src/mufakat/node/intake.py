"""Files in: read, put to the union in signed batches, answered with a pacs.002, each with a receipt.

Within a group of files the parts of one author go into one command, in order, and all commands of the group
into one commit. A bad part, or a bad file, keeps nothing else from going on. A file sent again changes
nothing: its identifiers are known.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from mufakat.gateway.inbound import Document, Part, Rejection, of_refusal, read_document
from mufakat.gateway.outbound import CODE_OF, REJECTED, PartStatus, answered, status_report
from mufakat.model.command import ObligationItem, PaymentOrder, RegisterObligations, SubmitPayments
from mufakat.model.outcome import ItemOutcome, Status
from mufakat.model.refusal import Reason, Refusal
from mufakat.node.home import write_whole
from mufakat.node.session import Said, Session
from mufakat.vault.details import Part as VaultPart
from mufakat.vault.details import Vault, Whole

GROUP: Final = 250
"""Files put to the union in one commit."""
LARGEST_FILE: Final = 64 * 1024 * 1024
Progress = Callable[[int, int], None]
"""Called with files done and files in all."""


class Result(msgspec.Struct, frozen=True):
    """What became of one part: `status` in words, and why it was refused, or would be as things stand."""

    name: str
    status: str
    rejection: Rejection | None = None


class Receipt(msgspec.Struct, frozen=True):
    """What became of one file. `rejection` when it was refused whole; `report`: its pacs.002, if one was due."""

    file: str
    kind: str
    results: tuple[Result, ...]
    rejection: Rejection | None = None
    report: str | None = None

    @property
    def refused(self) -> int:
        """How many parts were refused; a file refused whole counts as one."""
        return sum(each.status == "refused" for each in self.results) + (self.rejection is not None)


class _Taken(msgspec.Struct):
    """A file under way: its document, and the outcome of each part that was put to the union."""

    path: Path
    document: Document
    outcomes: dict[int, ItemOutcome]


class Intake:
    """Files of one machine, put to the union through its node."""

    def __init__(self, session: Session, vault: Vault, out: Path) -> None:
        self._session: Final = session
        self._vault: Final = vault
        self._out: Final = out

    def take(
        self, files: Sequence[Path], *, author: str | None = None, progress: Progress = lambda done, of: None
    ) -> Iterator[Receipt]:
        """Take files in order, in groups; give each group's receipts once it is durable.

        `author` names the participant that registers obligations (a BIC); without it, the debtor's
        participant does for CSV and the creditor's for invoices, if their keys are here. Payments are
        always their debtor agent's. Raises what the node raises.
        """
        left, done = iter(files), 0
        while group := list(islice(left, GROUP)):
            taken = [self._read(path) for path in group]
            self._put(taken, author)
            for each in taken:
                yield self._answer(each)
            done += len(group)
            progress(done, len(files))

    def _read(self, path: Path) -> _Taken:
        try:
            if path.stat().st_size > LARGEST_FILE:
                return _unread(path, f"The file is larger than {LARGEST_FILE} bytes. Split it.")
            data = path.read_bytes()
        except OSError as error:
            return _unread(path, f"The file cannot be read: {error.strerror}.")
        whole = self._vault.commitment(data)
        document = read_document(data, self._session.node.charter, whole)
        kept = [part for part in document.parts if part.item is not None]
        if kept:
            label = msgspec.msgpack.encode(answered(document))
            self._vault.keep(
                [Whole(whole, data, label)],
                [VaultPart(whole, part.number, msgspec.msgpack.encode(part.references)) for part in kept],
            )
        return _Taken(path, document, {})

    def _put(self, taken: Sequence[_Taken], author: str | None) -> None:
        """Put all parts of a group to the union, one command for each author and kind (or several if large)."""
        payments: dict[str, list[tuple[_Taken, Part]]] = {}
        obligations: dict[str, list[tuple[_Taken, Part]]] = {}
        for each in taken:
            for part in each.document.parts:
                speaker = self._speaker(each.document.kind, part, author)
                if isinstance(speaker, Refusal):
                    each.outcomes[part.number] = ItemOutcome(part.name, Status.REFUSED, speaker)
                elif isinstance(part.item, PaymentOrder):
                    payments.setdefault(speaker, []).append((each, part))
                elif part.item is not None:
                    obligations.setdefault(speaker, []).append((each, part))
        said: list[Said] = []
        places: list[list[tuple[_Taken, Part]]] = []
        most = self._session.node.charter.rules.max_batch_items
        for by_author in (obligations, payments):
            for speaker, items in by_author.items():
                for chunk in _chunks(items, most):
                    said.append(Said(speaker, _command([part for _, part in chunk])))
                    places.append(chunk)
        for outcome, chunk in zip(self._session.say_all(said), places, strict=True):
            for number, (each, part) in enumerate(chunk):
                each.outcomes[part.number] = (
                    outcome.items[number]
                    if outcome.items
                    else ItemOutcome(part.name, Status.REFUSED, outcome.refusal)
                )

    def _speaker(self, kind: str, part: Part, author: str | None) -> str | Refusal:
        """Name who puts a part to the union; a Refusal when nobody here can."""
        item, node = part.item, self._session.node
        if item is None:
            return ""
        if isinstance(item, PaymentOrder):
            speaker = str(item.debtor_agent)
        elif author is not None:
            speaker = author
        else:
            firm = item.creditor if kind == "invoice" else item.debtor
            agent = node.agent_of(firm)
            if agent is None:
                return Refusal(Reason.UNKNOWN_FIRM, f"LEI {firm}.")
            speaker = agent
        if not self._session.can_sign_for(speaker):
            known = isinstance(item, ObligationItem) or node.is_participant(speaker)
            return Refusal(Reason.KEY_NOT_HERE if known else Reason.UNKNOWN_DEBTOR_AGENT, speaker)
        return speaker

    def _answer(self, taken: _Taken) -> Receipt:
        document, statuses, results = taken.document, [], []
        for part in document.parts:
            outcome = taken.outcomes.get(part.number)
            rejection, status = part.rejection, Status.REFUSED
            if rejection is None:
                assert outcome is not None, "each part that was put has its outcome"
                status = outcome.status
                rejection = of_refusal(outcome.refusal) if outcome.refusal is not None else None
            statuses.append(PartStatus(part.references, CODE_OF[status], rejection))
            results.append(Result(part.name, status.name.lower(), rejection))
        report = self._report(taken, statuses) if document.kind == "pacs.008" else None
        return Receipt(str(taken.path), document.kind, tuple(results), document.rejection, report)

    def _report(self, taken: _Taken, statuses: list[PartStatus]) -> str | None:
        to, fault = answered(taken.document), taken.document.fault
        if to is None:
            return None
        if fault is not None:
            statuses = [PartStatus(each, REJECTED, taken.document.rejection) for each in fault.transactions]
        data = status_report(to, statuses, self._session.node.now_us(), taken.document.rejection)
        name = hashlib.sha256(str(taken.path).encode()).hexdigest()[:8]
        path = self._out / "pacs.002" / f"{taken.path.parent.name}-{taken.path.stem}-{name}.xml"
        write_whole(path, data)
        return str(path)


def _unread(path: Path, text: str) -> _Taken:
    return _Taken(path, Document("unread", (), Rejection("FF01", text)), {})


def _chunks(items: list[tuple[_Taken, Part]], size: int) -> Iterable[list[tuple[_Taken, Part]]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def _command(parts: list[Part]) -> SubmitPayments | RegisterObligations:
    """Make one command of parts of one kind."""
    orders = tuple(part.item for part in parts if isinstance(part.item, PaymentOrder))
    if orders:
        return SubmitPayments(orders)
    return RegisterObligations(tuple(part.item for part in parts if isinstance(part.item, ObligationItem)))
