"""The demonstration: a union's business day, from made-up files to verified statements and a page."""

from pathlib import Path
from typing import Annotated

import typer

from mufakat.audit.replay import Verdict
from mufakat.audit.replay import verify as verify_journal
from mufakat.cli import stage
from mufakat.cli.terminal import AsJson, Failed, app, emit, err, out, progress, settings
from mufakat.console import story
from mufakat.console.day import Sheet, Written, day_report
from mufakat.console.report import DayReport, write_report
from mufakat.projections.store import Views
from mufakat.simulation.demo import UTC_OFFSET_HOURS, DemoDay, Played, embedded_day, unanswered
from mufakat.simulation.region import DEMO_DATE, Region, make_region
from mufakat.simulation.workload import Day, write_day


@app.command()
def demo(
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another day.")] = stage.SEED,
    payments: stage.Payments = 5_000,
    invoices: stage.Invoices = 500,
    obligations: stage.Obligations = 20_000,
    as_json: AsJson = False,
) -> None:
    """Play one business day of a made-up union of five members, and verify it."""
    folder = settings.home.folder
    stage.clear(folder)
    region = make_region(seed)
    with progress() as tell:
        day = write_day(
            region,
            folder / "in",
            seed=seed,
            payments=payments,
            invoices=invoices,
            obligations=obligations,
            progress=tell,
        )
        actors = embedded_day(region, folder)
        try:
            actors.found()
            played = actors.play(tell)
        finally:
            actors.close()
        verdict = verify_journal(settings.home.journal, lambda done, of: tell("entries verified", done, of))
    report = _report(actors, region, played, verdict)
    write_report(report, folder / "report.html")
    wrong = unanswered(day, played.receipts, folder)
    if as_json:
        emit({"state_root": verdict.state_root, "entries": verdict.entries, "counts": report.counts})
    else:
        _tell(day, report, folder)
    if wrong:
        raise Failed("planted faults were not answered as expected:\n" + "\n".join(wrong))


def _report(actors: DemoDay, region: Region, played: Played, verdict: Verdict) -> DayReport:
    views = Views.open(settings.home.views)
    sheet = Sheet(
        charter=actors.node.charter,
        sql=views.sql,
        receipts=played.receipts,
        names={bank.bic: bank.name for bank in region.banks},
        hours=UTC_OFFSET_HOURS,
        written=Written(played.statements, played.reports),
        folder=str(actors.home.folder / "in"),
    )
    report = day_report(sheet, DEMO_DATE, verdict, f"mufakat verify {actors.home.journal}")
    views.close()
    return report


def _tell(day: Day, report: DayReport, folder: Path) -> None:
    err.print()
    out.print(story.table(report))
    for line in story.lines(day.payment_files, report, folder):
        out.print(line)
