"""Commands of the views: how far they are behind the journal, and making them anew from it."""

from contextlib import closing

import typer

from mufakat.cli.terminal import AsJson, Failed, app, clock_us, emit, out, progress_of, settings
from mufakat.node.replica import Replica
from mufakat.node.status import ViewsStatus, views_status

views_app = typer.Typer(no_args_is_help=True, help="What is shown of the log, and made from it at any time.")
app.add_typer(views_app, name="views")


@views_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show how many entries the views show, and how far they are behind the journal."""
    found = views_status(settings.home, clock_us())
    if as_json:
        emit(found)
        return
    within = f"{found.payments:,} payments and {found.movements:,} movements"
    out.print(f"The views show {found.shown:,} entries, with {within}.")
    out.print(behind(found))


def behind(found: ViewsStatus) -> str:
    """Say how far the views are behind the journal."""
    if found.entries is None:
        return "Another process writes the journal: only it knows how far they are behind."
    if not found.behind_entries:
        return "That is all of the journal."
    of = "" if found.behind_payments is None else f" of {found.behind_payments:,} payments and events"
    return f"They are {found.behind_entries:,} entries{of} and {found.behind_seconds or 0:,} s behind the journal."


@views_app.command("rebuild")
def rebuild(as_json: AsJson = False) -> None:
    """Make the views anew from the journal; the node must not run."""
    if not settings.home.journal.exists():
        raise Failed(f"{settings.home.folder} holds no journal")
    with (
        progress_of("entries replayed") as tell,
        closing(Replica.open(settings.home.folder, anew=True, progress=tell)) as replica,
    ):
        entries = replica.views.entries
    if as_json:
        emit({"entries": entries})
    else:
        out.print(f"The views show {entries:,} entries, all of the journal.")
