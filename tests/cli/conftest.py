"""The program as its user runs it, and a small demonstration day made once."""

import tempfile
from pathlib import Path

import pytest

from tests.program import run

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(scope="session")
def played(tmp_path_factory) -> Path:
    """Look at it only: every test has the same one."""
    folder = tmp_path_factory.mktemp("demo") / "home"
    done = run("--home", folder, "demo", "--payments", 500, "--invoices", 10, "--obligations", 300, "--json")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def union(tmp_path) -> Path:
    """A union of its own for each test, day open."""
    home = tmp_path / "union"
    assert run("--home", home, "init", "--charter", EXAMPLES / "charter.toml").returncode == 0
    assert run("--home", home, "day", "open", "2026-11-24").returncode == 0
    return home


@pytest.fixture
def unit_home(tmp_path) -> Path:
    """A union of its own with a unit of account and a periodic settlement, day open."""
    text = (EXAMPLES / "charter.toml").read_text(encoding="utf-8")
    first, rules, rest = text.partition("[rules]\n")
    more = 'swing = { settle_every_days = 30 }\nfixing = { basket = ["IDR", 10000, "MYR", 5000] }\n'
    path = tmp_path / "charter.toml"
    path.write_text(first + rules + more + rest, encoding="utf-8")
    home = tmp_path / "unit"
    assert run("--home", home, "init", "--charter", path).returncode == 0
    assert run("--home", home, "day", "open", "2026-11-24").returncode == 0
    return home


def said(home: Path, *words: object) -> str:
    """What the program prints when all is well."""
    done = run("--home", home, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def reachable():
    """A folder that every user can look into: PostgreSQL's server runs as its own where the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="mufakat-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
