"""Load: banks that pay through a node without end, and remember what was answered."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from mufakat.journal.frame import Entry
from mufakat.model import command as c
from mufakat.model.outcome import Outcome
from mufakat.model.record import batch
from mufakat.node.consortium import ConsortiumNode, NotCommitted
from mufakat.node.rpc import EngineUnreachable
from mufakat.node.session import Said, Session
from tests.cluster.consortium import PATIENCE, Consortium, Keys, wait
from tests.union import TUESDAY, uetr


class Payer(threading.Thread):
    """Pays through one node without end; what was answered is in `acknowledged`.

    A group without an answer is put again, the same bytes, until there is one: as a careful bank does it.
    """

    def __init__(self, consortium: Consortium, name: str, debtor: str, creditor: str) -> None:
        super().__init__(name=f"payer-{debtor}", daemon=True)
        self.name_of_node, self.numbers = name, consortium.numbers
        self.place, self.home = consortium.places[name], consortium.fleet.homes[name]
        self.debtor, self.creditor = debtor, creditor
        self.acknowledged: list[bytes] = []
        self.refused: list[Outcome] = []
        self._ending = threading.Event()
        self._answered = time.monotonic()

    def run(self) -> None:
        self.place.call(self._run)

    def _run(self) -> None:
        group: list[bytes] = []
        while not self._ending.is_set():
            try:
                with ConsortiumNode(self.home, patience=3) as node:
                    while not self._ending.is_set():
                        group = group or list(Session(node, Keys()).signed(self._group()))
                        found = node.submit(group)
                        self.refused += [each for each in found if not went_well(each)]
                        self.acknowledged += group
                        self._answered, group = time.monotonic(), []
            except (EngineUnreachable, NotCommitted):
                self._ending.wait(0.1)

    def _group(self) -> Iterator[Said]:
        for _ in range(5):
            order = c.PaymentOrder(
                uetr(next(self.numbers)),
                *(self.debtor, self.creditor, "IDR", 1, TUESDAY, c.Channel.RTGS, bytes(32)),
            )
            yield Said(self.debtor, batch((order,)))

    def pays_more(self, by: int = 10) -> None:
        """Wait until it has been answered so many times more."""
        before = len(self.acknowledged)
        wait(lambda: len(self.acknowledged) >= before + by, f"{self.name}: payments are acknowledged")

    def waits_for(self, seconds: float) -> bool:
        """Tell whether it has had no answer for so long."""
        return time.monotonic() - self._answered > seconds

    def end(self) -> None:
        self._ending.set()
        self.join(PATIENCE)
        assert not self.is_alive()


def went_well(outcome: Outcome) -> bool:
    return outcome.refusal is None and all(item.refusal is None for item in outcome.items)


class Payers:
    """Several of them, from here on and until the end of a `with`."""

    def __init__(self, *payers: Payer) -> None:
        self.all = payers

    def __enter__(self) -> tuple[Payer, ...]:
        for payer in self.all:
            payer.start()
        for payer in self.all:
            payer.pays_more(5)
        return self.all

    def __exit__(self, *exc: object) -> None:
        for payer in self.all:
            payer.end()


def assert_on_the_log_once(entries: Iterable[Entry], payers: Iterable[Payer]) -> None:
    """Check that all that was acknowledged is there, and nothing twice."""
    kept = Counter(hashlib.sha256(entry.command).digest() for entry in entries)
    assert set(kept.values()) == {1}
    for payer in payers:
        assert payer.acknowledged
        assert payer.refused == []
        assert all(kept[hashlib.sha256(data).digest()] == 1 for data in payer.acknowledged)
