"""One business day of the made-up region, played from its files to statements on an embedded node.

The day has its own clock, so that the same seed gives the same journal and the same state root on every
machine. Times are UTC; the region lives seven hours ahead.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from mufakat.journal.durable import write_whole
from mufakat.model.calendar import Phase
from mufakat.model.command import (
    COMMITMENT_BYTES,
    AcceptObligations,
    CallCycle,
    CertifyCycle,
    DeclarePhase,
    DisputeObligations,
)
from mufakat.model.dealing import SubmitExchange
from mufakat.model.identifier import ObligationId
from mufakat.model.money import Amount
from mufakat.model.rate import Side
from mufakat.node.access import UnionNode
from mufakat.node.answer import Answers
from mufakat.node.certifying import recompute
from mufakat.node.charterfile import write_charter
from mufakat.node.embedded import Node
from mufakat.node.home import Home
from mufakat.node.intake import Intake
from mufakat.node.keys import KeyRing
from mufakat.node.receipt import Receipt
from mufakat.node.reporting import write_statements
from mufakat.node.session import Said, Session
from mufakat.projections import timeline
from mufakat.projections.exchanges import preview, takeable
from mufakat.simulation import treasury
from mufakat.simulation.founding import BANK_ROLES, MEMBER_ROLES, founding_commands, genesis_of, private_key
from mufakat.simulation.region import DEMO_DATE, Region
from mufakat.simulation.treasury import ExchangePlan
from mufakat.simulation.workload import Day
from mufakat.vault.details import Vault

UTC_OFFSET_HOURS: Final = 7
_SLICE: Final = 100
_DISPUTED_EVERY: Final = 50
_CYCLES: Final = ("10:00", "12:00", "14:00", "16:00")
_QUOTED_UNTIL: Final = "16:10"
_EXCHANGES: Final = 60
_CREATED: Final = re.compile(rb"<CreDtTm>[0-9-]{10}T([0-9:]{5})")
_TICK_US: Final = 1_000
_NO_MESSAGE: Final = bytes(COMMITMENT_BYTES)

Progress = Callable[[str, int, int], None]
"""Called with what is done, how far, and of how much."""


class Played(msgspec.Struct, frozen=True):
    """What the day left. `receipts` in the order in which the files were taken."""

    receipts: tuple[Receipt, ...]
    statements: int
    reports: int


class DayClock:
    """A clock that is set, and moves by a thousandth of a second with each look."""

    def __init__(self, date: datetime.date) -> None:
        midnight = datetime.datetime.combine(date, datetime.time(), datetime.UTC)
        self._midnight_us: Final = int(midnight.timestamp()) * 1_000_000
        self._now_us = self._midnight_us - UTC_OFFSET_HOURS * 3_600_000_000

    def __call__(self) -> int:
        """Return the time now, UTC microseconds."""
        self._now_us += _TICK_US
        return self._now_us

    def at(self, local: str) -> int:
        """Return what a local time `HH:MM` of the day is, UTC microseconds."""
        hours, minutes = local.split(":")
        return self._midnight_us + ((int(hours) - UTC_OFFSET_HOURS) * 60 + int(minutes)) * 60_000_000

    def set(self, local: str) -> None:
        """Move to a local time `HH:MM` of the day; never back."""
        self._now_us = max(self._now_us, self.at(local))


def embedded_day(region: Region, folder: Path) -> "DemoDay":
    """Found the region's union in `folder` on an embedded node that lives by the day's own clock."""
    clock = DayClock(DEMO_DATE)
    clock.set("07:00")
    genesis = genesis_of(region)
    write_whole(Home(folder).charter, write_charter(genesis.charter).encode())
    return DemoDay(region, folder, Node.create(folder, genesis, clock), clock)


class DemoDay:
    """The actors of the day: node, keys, vault and intake; what they keep beside the node is in `folder`."""

    def __init__(self, region: Region, folder: Path, node: UnionNode, clock: DayClock) -> None:
        home = Home(folder)
        self.region: Final = region
        self.home: Final = home
        self.clock: Final = clock
        self.node: Final = node
        self._keys: Final = KeyRing(home.keys)
        self._session: Final = Session(self.node, self._keys)
        self._vault: Final = Vault.open(home.vault, private_key(region.seed, "vault", "secret"))
        self._intake: Final = Intake(self._session, self._vault, home.out)

    def close(self) -> None:
        """Close node and vault."""
        self._vault.close()
        self.node.close()

    def found(self) -> None:
        """Bring the union from genesis to its first opening."""
        for member in self.region.members:
            for role in MEMBER_ROLES:
                self._keys.add(member.id, role, private_key(self.region.seed, member.id, role))
        for bank in self.region.banks:
            for role in BANK_ROLES:
                self._keys.add(bank.bic, role, private_key(self.region.seed, bank.bic, role))
        said = [Said(author, body) for author, body, _ in founding_commands(self.region)]
        for outcome in self._session.say_all(said):
            assert outcome.refusal is None, f"the founding of the region is refused: {outcome.refusal}"

    def play(self, progress: Progress) -> Played:
        """Play the day from the files under `in/`."""
        files = self.home.folder / "in"
        self._phase("07:30", Phase.OPEN)
        self._treasuries()
        receipts = list(self._obligations(files, progress))
        receipts += self._payments(files, progress)
        self._phase("16:15", Phase.CUT_OFF)
        self._cycle("16:20")
        self._phase("16:45", Phase.CLOSED)
        return self._report(receipts, progress)

    def _treasuries(self) -> None:
        """Members agree on the day's fixings, gateway banks offer currencies at firm rates."""
        quorum = self.node.charter.rules.day_quorum
        said = [Said(*each) for each in list(treasury.fixings(self.region))[:quorum]]
        said += [Said(*each) for each in treasury.quotes(self.region, self.clock.at(_QUOTED_UNTIL))]
        self._session.say_all(said)

    def _obligations(self, files: Path, progress: Progress) -> Iterator[Receipt]:
        self.clock.set("07:35")
        tables = sorted((files / "obligations").glob("*.csv"))
        for number, table in enumerate(tables, start=1):
            yield from self._intake.take([table], author=table.name[:11])
            progress("obligations registered", number, len(tables))
        self.clock.set("07:45")
        invoices = sorted((files / "invoices").glob("*/*.xml"))
        yield from self._intake.take(
            invoices, progress=lambda done, of: progress("invoices registered", done, of)
        )
        self.clock.set("07:55")
        self._answer_obligations()

    def _answer_obligations(self) -> None:
        """Debtors' banks accept what creditors registered, and dispute a few."""
        answers: dict[str, tuple[list[ObligationId], list[ObligationId]]] = {}
        registered = timeline.obligations(self.node.views.sql, status="registered")
        for number, each in enumerate(registered, start=1):
            accepted, disputed = answers.setdefault(each.debtor_agent, ([], []))
            (accepted if number % _DISPUTED_EVERY else disputed).append(ObligationId(each.id))
        said: list[Said] = []
        for agent, (accepted, disputed) in answers.items():
            said += [Said(agent, AcceptObligations(tuple(accepted)))] if accepted else []
            said += [Said(agent, DisputeObligations(tuple(disputed)))] if disputed else []
        self._session.say_all(said)

    def _payments(self, files: Path, progress: Progress) -> Iterator[Receipt]:
        """Take payments in the order in which their banks made them; run the cycles at their times."""
        timed = sorted((created(path), path) for path in (files / "payments").glob("*/*.xml"))
        due, done = list(_CYCLES), 0
        wanted = list(treasury.exchanges(self.region, _EXCHANGES))
        for at in range(0, len(timed), _SLICE):
            group = timed[at : at + _SLICE]
            while due and group[0][0] >= due[0]:
                self._cycle(due.pop(0))
            self.clock.set(group[0][0])
            yield from self._intake.take([path for _, path in group])
            done += len(group)
            ready = len(wanted) * (len(timed) - done) // len(timed)
            self._exchange(wanted[ready:])
            del wanted[ready:]
            progress("payments taken", done, len(timed))
        for local in due:
            self._cycle(local)

    def _exchange(self, wanted: Sequence[ExchangePlan]) -> None:
        """Send what is to arrive in another currency, each bounded by its preview, if quotes cover it."""
        for plan in wanted:
            sql = self.node.views.sql
            found = takeable(sql, plan.payer, plan.sells, plan.buys, self.node.now_us())
            foreseen = preview(found, Side.SELL, plan.amount)
            if foreseen.complete:
                pair, arrives = (plan.sells, plan.buys), Amount(foreseen.arrived)
                body = SubmitExchange(
                    *(plan.uetr, plan.creditor_agent, *pair), Side.SELL, plan.amount, arrives, _NO_MESSAGE
                )
                self._session.say(plan.payer, body)

    def _report(self, receipts: Sequence[Receipt], progress: Progress) -> Played:
        node, out = self.node, self.home.out
        answers = Answers(node, self._vault, out)
        statements = write_statements(
            node,
            self._vault,
            answers.outgoing,
            progress=lambda done, of: progress("statements written", done, of),
        )
        finals = answers.write_missing(lambda done, of: progress("last statuses written", done, of))
        reports = sum(receipt.report is not None for receipt in receipts) + finals
        node.save_snapshot()
        return Played(tuple(receipts), statements, reports)

    def _phase(self, local: str, phase: Phase) -> None:
        self.clock.set(local)
        for member in self.region.members[: self.node.charter.rules.day_quorum]:
            self._session.say(member.id, DeclarePhase(DEMO_DATE, phase))

    def _cycle(self, local: str) -> None:
        self.clock.set(local)
        number = self.node.cycle + 1
        for member in self.region.members[: self.node.charter.rules.day_quorum]:
            self._session.say(member.id, CallCycle(number))
        certified = recompute(self.node.views.sql, self.node.charter, number)
        self._session.say_all(
            [Said(member.id, CertifyCycle(number, certified.root)) for member in self.region.members]
        )


def created(path: Path) -> str:
    """Return the local time `HH:MM` at which a message says it was made; `08:00` when it does not say."""
    with path.open("rb") as file:
        match = _CREATED.search(file.read(8192))
    return match.group(1).decode() if match else "08:00"


def unanswered(day: Day, receipts: Sequence[Receipt], folder: Path) -> list[str]:
    """Compare the planted faults with the receipts; name each that was not answered with its code."""
    answers: dict[str, list[tuple[int | None, str]]] = {}
    for receipt in receipts:
        found = answers.setdefault(str(Path(receipt.file).relative_to(folder / "in")), [])
        for rejection in (receipt.rejection, *(each.rejection for each in receipt.results)):
            if rejection is not None:
                found.append((rejection.line, rejection.code))
    return [
        f"{fault.path}: {fault.what} should be answered {fault.expected_code}"
        for fault in day.faults
        if fault.expected_code not in {code for _, code in answers.get(fault.path, [])}
    ]
