"""The demonstration day on four nodes, and its comparison with the embedded engine."""

import datetime
import time
from pathlib import Path

import msgspec

from mufakat.audit.replay import verify
from mufakat.cli import stage
from mufakat.cli.terminal import AsJson, Failed, app, emit, err, out, progress, settings
from mufakat.console import consortium as pages
from mufakat.node.consortium import ConsortiumNode, wait_until
from mufakat.node.engine import binary
from mufakat.node.fleet import Fleet
from mufakat.simulation.consortium import embedded_root, found_homes
from mufakat.simulation.demo import DayClock, DemoDay, unanswered
from mufakat.simulation.region import DEMO_DATE, make_region
from mufakat.simulation.workload import write_day


class Compared(msgspec.Struct, frozen=True):
    """A history at the day's end. Roots are hex; `batches` is how many blocks carried commands."""

    where: str
    entries: int
    batches: int
    state_root: str
    tree_root: str


@app.command("demo-consortium")
def demo_consortium(
    payments: stage.Payments = 5_000,
    invoices: stage.Invoices = 500,
    obligations: stage.Obligations = 20_000,
    as_json: AsJson = False,
) -> None:
    """Play the day on four validators on this machine, and compare their histories with the embedded engine."""
    folder = settings.home.folder
    binary()
    region = make_region(stage.SEED)
    stage.clear(folder, (*stage.OWN, "embedded", *(member.id for member in region.members)))
    began = time.monotonic()
    with progress() as tell:
        day = write_day(
            region,
            folder / "in",
            seed=stage.SEED,
            payments=payments,
            invoices=invoices,
            obligations=obligations,
            progress=tell,
        )
        found_homes(region, folder, datetime.datetime.now(datetime.UTC))
        with Fleet(folder) as fleet:
            fleet.wait_until_up()
            first = next(iter(fleet.homes.values()))
            with ConsortiumNode(first) as node:
                actors = DemoDay(region, folder, node, DayClock(DEMO_DATE))
                actors.found()
                played = actors.play(tell)
                entries = node.entries
                wait_until(
                    lambda: all(each.entries == entries for each in fleet.statuses()),
                    30,
                    "the nodes are not at one height; see `union status` and the nodes' logs",
                )
                nodes = fleet.statuses()
                embedded = embedded_root(
                    folder / "embedded", node.log(), lambda done: tell("embedded engine", done, entries)
                )
        histories = [_of(member, home.journal) for member, home in fleet.homes.items()]
    histories.append(_of("embedded", folder / "embedded" / "journal.db"))
    assert histories[-1].state_root == embedded.hex(), "the journal holds what memory held"
    wrong = unanswered(day, played.receipts, folder)
    same = len({each.state_root for each in histories}) == 1
    if as_json:
        emit({"histories": histories, "equal": same, "seconds": round(time.monotonic() - began)})
    else:
        err.print()
        out.print(pages.statuses(nodes))
        out.print(pages.histories(histories))
        out.print(_story(histories, folder, same=same), highlight=False)
    if not same or wrong:
        raise Failed("\n".join(wrong) or "the histories differ")


def _of(where: str, journal: Path) -> Compared:
    """Recompute a journal from genesis and say what it comes to."""
    verdict = verify(journal)
    return Compared(
        where, verdict.entries, verdict.batches, verdict.state_root.hex(), verdict.tree_root.hex()
    )


def _story(histories: list[Compared], folder: Path, *, same: bool) -> str:
    if not same:
        return "[red]The state roots differ: the nodes do not hold one history.[/]"
    count, blocks = histories[0].entries, histories[0].batches
    return (
        f"What happened. Four central banks ran the day on a node each; none of them, and nobody else, could have\n"
        f"run it alone. They agreed on {count:,} signed entries in {blocks:,} blocks. Each journal was recomputed\n"
        f"from genesis on its own; all four, and an embedded node that was given the log, come to one state root:\n"
        f"{histories[0].state_root}\n\n"
        f"Try next\n"
        f"  mufakat --home {folder} union up    run the four again; kill one, and watch it come back\n"
        f"  mufakat verify {folder / histories[0].where / 'journal.db'}    recompute one member's history"
    )
