"""Without what screens names the program goes on, and the commands of screening say how to get it."""

import subprocess
import sys

import pytest

HIDING = (
    "import sys\n"
    "sys.modules.update(icu=None)\n"
    "from mufakat.cli.commands import run\n"
    "sys.argv = ['mufakat', *sys.argv[1:]]\n"
    "sys.exit(run())\n"
)


def without_icu(*words):
    return subprocess.run([sys.executable, "-c", HIDING, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words", [("screen", "names.csv", "--list", "un.xml"), ("bench", "screening", "--json")]
)
def test_the_commands_say_how_to_get_what_is_missing(words):
    done = without_icu(*words)
    assert done.returncode == 1
    assert "make screening" in done.stderr and "Traceback" not in done.stderr


def test_all_else_goes_on():
    assert without_icu("message", "rules", "--json").returncode == 0
