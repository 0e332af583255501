"""The program as its user runs it: in this process, since to start one takes a second, or in one of its own."""

import contextlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from mufakat.cli import main
from mufakat.cli.terminal import settings

Done = subprocess.CompletedProcess[str]
PROGRAM = (sys.executable, "-c", "from mufakat.cli import main; main()")


def run(*words: object, cwd: Path | None = None) -> Done:
    """Run a command line in this process, as if it had begun with it."""
    line = ["mufakat", *map(str, words)]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.ExitStack() as around:
        around.enter_context(_handlers_kept())
        around.enter_context(contextlib.redirect_stdout(out))
        around.enter_context(contextlib.redirect_stderr(err))
        around.enter_context(mock.patch.object(sys, "argv", line))
        if cwd is not None:
            around.enter_context(contextlib.chdir(cwd))
        vars(settings).clear()
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return _checked(Done(line, code, *(each.buffer.getvalue().decode("utf-8") for each in (out, err))))


def run_apart(*words: object, cwd: Path | None = None) -> Done:
    """Run a command line in a process of its own."""
    line = [*PROGRAM, *map(str, words)]
    return _checked(subprocess.run(line, cwd=cwd, capture_output=True, text=True, check=False))


def _checked(done: Done) -> Done:
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@contextlib.contextmanager
def _handlers_kept() -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
