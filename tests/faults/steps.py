"""The program, killed before a step by its number: what it does to files, and what its vault makes durable."""

import subprocess
from pathlib import Path

from tests.program import PROGRAM

_KILLED = """
import functools, os, signal, sys
folder, at = os.path.abspath(sys.argv[1]), int(sys.argv[2])
seen = 0
def step():
    global seen
    seen += 1
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, args):
    changes = event in {"os.rename", "os.remove", "os.mkdir"} or (event == "open" and args[1] in ("wb", "xb"))
    if changes and str(args[0]).startswith(folder):
        step()
def counted(does):
    @functools.wraps(does)
    def after_a_step(*args, **terms):
        step()
        return does(*args, **terms)
    return after_a_step
sys.addaudithook(hook)
sys.argv[:] = ["mufakat", *sys.argv[3:]]
from mufakat.cli import main
from mufakat.vault.details import Vault
os.fsync = counted(os.fsync)
for name in ("keep", "give", "settle", "receive"):
    setattr(Vault, name, counted(getattr(Vault, name)))
try:
    main()
finally:
    print(seen, file=sys.stderr)
"""


def run(below: Path, killed_at: int, *words: object) -> subprocess.CompletedProcess[str]:
    """Run the program, killed before a step (0 for never); the last line that it tells is how many there were.

    A step is a rename, an unlink, a folder or a file made `below` a folder, a sync, or what the vault notes.
    """
    line = [PROGRAM[0], "-c", _KILLED, str(below), str(killed_at), *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)
