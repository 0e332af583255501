"""How the program ends: with an exit code and a sentence, at whatever moment it is stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mufakat.cli.commands import COMMANDS, app
from tests.program import run, run_apart

BEGIN = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it would be ignored
from mufakat.cli import main
print("begun", flush=True)
main()
"""
PROGRAM = (sys.executable, "-c", BEGIN)


def stopped(*words: object, after: float) -> subprocess.CompletedProcess[str]:
    """Run the program and press Ctrl-C so many seconds after it began."""
    words = tuple(map(str, words))
    with subprocess.Popen(
        [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as done:
        assert done.stdout.readline() == "begun\n"
        time.sleep(after)
        done.send_signal(signal.SIGINT)
        out, err = done.communicate(timeout=60)
    return subprocess.CompletedProcess(words, done.returncode, out, err)


@pytest.mark.parametrize("after", [0.01, 0.05, 0.1, 0.2, 0.3])
def test_ctrl_c_while_the_program_loads_is_no_traceback(tmp_path, after):
    done = stopped("--home", tmp_path / "demo", "demo", after=after)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "stopped. What was committed before is in the journal" in done.stderr


def test_ctrl_c_at_work_says_what_stays_and_a_broken_off_demonstration_is_made_anew(tmp_path):
    home = tmp_path / "demo"
    with subprocess.Popen([*PROGRAM, "--home", str(home), "demo"], stderr=subprocess.PIPE, text=True) as done:
        while not list(home.rglob("*.xml")):
            assert done.poll() is None
            time.sleep(0.02)
        done.send_signal(signal.SIGINT)
        _, err = done.communicate(timeout=60)
    assert done.returncode == 130
    assert "Traceback" not in err
    assert "in the journal, and stays" in err
    words = ("--payments", 500, "--invoices", 4, "--obligations", 20, "--json")
    assert run("--home", home, "demo", *words).returncode == 0


@pytest.mark.parametrize("words", [("--json",), ()])
def test_output_that_cannot_be_written_is_one_sentence(union, words):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM[:2], "from mufakat.cli import main; main()", "--home", union, "positions", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert os.strerror(28) in done.stderr


def test_every_module_of_commands_puts_some_on_the_app():
    registered = {each.callback.__module__ for each in app.registered_commands}
    groups = {
        each.callback.__module__
        for g in app.registered_groups
        for each in g.typer_instance.registered_commands
    }
    assert {module.__name__ for module in COMMANDS} <= registered | groups


@pytest.mark.parametrize("words", [("positions",), ("positions", "--currency", "ZZZ"), ("fly",)])
def test_a_process_of_its_own_says_what_this_process_says(union, words):
    here, apart = run("--home", union, *words), run_apart("--home", union, *words)
    assert (apart.returncode, apart.stdout, apart.stderr) == (here.returncode, here.stdout, here.stderr)
