"""The commands of screening where what they need is not installed: they say how to get it."""

from typing import Final, NoReturn

from mufakat.cli.bench import bench_app
from mufakat.cli.terminal import Failed, app
from mufakat.node.desk import HOW

_ANYTHING: Final = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("screen", context_settings=_ANYTHING)
def screen() -> NoReturn:
    """Screen names against sanctions lists: not installed here, see docs/how-to/screen.md."""
    raise Failed(HOW)


@bench_app.command("screening", context_settings=_ANYTHING)
def screening() -> NoReturn:
    """Measure the screening of names: not installed here, see docs/how-to/screen.md."""
    raise Failed(HOW)
