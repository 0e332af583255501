"""The command bench messages: pacs.008 in and pacs.002 out, beside lxml's own schema check and another reader."""

import gc
import importlib
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Annotated, Any, Final, NamedTuple

import typer
from lxml import etree

from mufakat.cli.bench import bench_app, figures
from mufakat.cli.terminal import AsJson, emit_measured, out, progress
from mufakat.gateway.document import Reading
from mufakat.gateway.inbound import read_document
from mufakat.gateway.outbound import SETTLED, Answer, PartStatus, status_report
from mufakat.messages.header import Speaker
from mufakat.messages.schema import schema
from mufakat.messages.versions import IN_FORCE
from mufakat.model.command import PaymentOrder
from mufakat.model.record import batch
from mufakat.simulation.ledger import DATE, NOON_US, genesis
from mufakat.simulation.messages import credit_transfers

SHAPES: Final = ((1_000, 1), (2, 1_000))
"""Files a run, and transactions a file."""
_SEED: Final = 1
_VERSION: Final = "pacs.008.001.08"
_WHOLE: Final = bytes(32)
_SPEAKER: Final = Speaker("QM", "CBNKQMA1XXX", "MUFAKAT")
_Tell = Callable[[str, int, int], None]
_Work = Callable[[Sequence[bytes]], None]


class Shape(NamedTuple):
    """Files of one shape; times are medians of CPU seconds on one core, ratios of such times, run by run.

    `floor_ratio`: own time over that of lxml's parse and schema check. `pyiso20022_ratio`: how much longer
    pyiso20022 takes with the same schema check; None where it is not installed.
    """

    transactions: int
    files_per_second: int
    transactions_per_second: int
    floor_per_second: int
    floor_ratio: float
    pyiso20022_per_second: int | None
    pyiso20022_ratio: float | None
    second_core_gain: float


class Measured(NamedTuple):
    """All that one run measured, and what is missing."""

    shapes: list[Shape]
    missing: list[str]


@bench_app.command("messages")
def messages(
    runs: Annotated[
        int, typer.Option("--runs", min=1, max=99, help="Runs; each figure is their median.")
    ] = 5,
    as_json: AsJson = False,
) -> None:
    """Measure pacs.008 to command to pacs.002 on one core, and what a second core adds."""
    with progress() as tell:
        found = measure_messages(runs, tell)
    single, many = found.shapes
    if as_json:
        emit_measured(
            {
                "singles_per_second": single.files_per_second,
                "transactions_per_second": many.transactions_per_second,
                "floor_ratio": max(each.floor_ratio for each in found.shapes),
                "pyiso20022_ratio": min((each.pyiso20022_ratio or 0.0) for each in found.shapes) or None,
                "second_core_gain": min(each.second_core_gain for each in found.shapes),
                "single": single._asdict(),
                "batch": many._asdict(),
                "missing": found.missing,
            }
        )
        return
    out.print(figures("pacs.008 in, command, pacs.002 out", HEADINGS, map(cells, found.shapes)))
    for line in found.missing:
        out.print(line, markup=False, highlight=False)


def measure_messages(runs: int, tell: _Tell) -> Measured:
    """Measure each shape; who is compared takes turns within a run."""
    works: dict[str, _Work] = {"own": own, "floor": floor}
    missing = []
    try:
        works["peer"] = _peer()
    except ImportError:
        missing.append("Without pyiso20022: it is not installed. pip install pyiso20022 'xsdata[lxml]'")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        return Measured([_shape(*shape, works, pool, (runs, tell)) for shape in SHAPES], missing)


def _shape(
    files: int,
    transactions: int,
    works: dict[str, _Work],
    pool: ProcessPoolExecutor,
    run: tuple[int, _Tell],
) -> Shape:
    runs, tell = run
    data = list(credit_transfers(_SEED, files, transactions))
    for work in works.values():  # schemas are made when they are first used
        work(data[:1])
    spent: dict[str, list[float]] = {name: [] for name in works}
    gains = []
    for done in range(runs):
        for name, work in works.items():
            spent[name].append(_spent(work, data))
        gains.append(_gain(pool, data))
        tell(f"{transactions} a file", done + 1, runs)
    count = files * transactions
    middle = {name: statistics.median(times) for name, times in spent.items()}
    peer = spent.get("peer")
    return Shape(
        transactions,
        round(files / middle["own"]),
        round(count / middle["own"]),
        round(count / middle["floor"]),
        _ratio(spent["own"], spent["floor"]),
        None if peer is None else round(count / middle["peer"]),
        None if peer is None else _ratio(peer, spent["own"]),
        round(statistics.median(gains), 2),
    )


def _ratio(over: list[float], under: list[float]) -> float:
    return round(statistics.median(a / b for a, b in zip(over, under, strict=True)), 2)


def _spent(work: _Work, data: Sequence[bytes]) -> float:
    gc.collect()
    start = time.process_time()
    work(data)
    return time.process_time() - start


def _gain(pool: ProcessPoolExecutor, data: Sequence[bytes]) -> float:
    """Return how many times faster two processes are than one with the same files."""
    shares = [list(data)] * 2
    list(pool.map(own, shares))
    start = time.perf_counter()
    list(pool.map(own, shares[:1]))
    alone = time.perf_counter() - start
    start = time.perf_counter()
    list(pool.map(own, shares))
    return 2 * alone / (time.perf_counter() - start)


def own(data: Sequence[bytes]) -> None:
    """Read each file into the command that it asks for, and write the answer to it."""
    reading = Reading(genesis(_SEED).charter, _WHOLE, date=DATE.isoformat())
    for each in data:
        document = read_document(each, reading)
        assert document.rejection is None, "each file is in order"
        assert document.to is not None, "each file is a message that is answered"
        orders = [part.item for part in document.parts if isinstance(part.item, PaymentOrder)]
        assert len(orders) == len(document.parts), "each transaction is in order"
        batch(orders)
        statuses = [PartStatus(part.references, SETTLED, None, DATE.isoformat()) for part in document.parts]
        status_report(Answer(document.to, statuses, NOON_US, None, _SPEAKER, IN_FORCE["pacs.002"]))


def floor(data: Sequence[bytes]) -> None:
    """Parse each file and check it against its schema, as lxml does by itself."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    checker = schema(_VERSION)
    for each in data:
        assert checker.validate(etree.fromstring(each, parser)), "each file is valid"


def _peer() -> _Work:
    """Return another reader with the same schema check: classes from the schema, filled by xsdata."""
    handlers: Any = importlib.import_module("xsdata.formats.dataclass.parsers")
    handler: Any = importlib.import_module("xsdata.formats.dataclass.parsers.handlers")
    made: Any = importlib.import_module("pyiso20022.pacs.pacs_008_001_08")
    parser: Any = handlers.XmlParser(handler=handler.LxmlEventHandler)
    checker = schema(_VERSION)

    def read(data: Sequence[bytes]) -> None:
        for each in data:
            assert checker.validate(etree.fromstring(each)), "each file is valid"
            parser.from_bytes(each, made.Document)

    return read


HEADINGS: Final = (
    *("transactions a file", "files/s", "transactions/s", "lxml's own/s", "times lxml's time"),
    *("pyiso20022/s", "times its speed", "with a second core"),
)


def cells(shape: Shape) -> list[str]:
    """Return a shape as the words of a row."""
    peer = shape.pyiso20022_per_second
    return [
        f"{shape.transactions:,}",
        f"{shape.files_per_second:,}",
        f"{shape.transactions_per_second:,}",
        f"{shape.floor_per_second:,}",
        f"{shape.floor_ratio}",
        "-" if peer is None else f"{peer:,}",
        "-" if shape.pyiso20022_ratio is None else f"{shape.pyiso20022_ratio}",
        f"{shape.second_core_gain} times",
    ]
