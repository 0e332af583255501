"""The fuzzer's kept corpus is read without an exception; the fuzzer itself runs in `make test-long`."""

import subprocess
import sys

import pytest

from tests.messages.official import ROOT

CORPUS = ROOT / "tests" / "corpus"
TARGETS = ("message", "trade", "flow", "table", "debts", "terms")
SECONDS = 60

pytest.importorskip("atheris", reason="atheris has no wheel for this Python or system")


def fuzz(target: str, *options: str) -> None:
    """Run the fuzzer on one target; an exception in a parser fails the test with its trace."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.messages.fuzzed", target, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-4_000:]


@pytest.mark.parametrize("target", TARGETS)
def test_the_kept_corpus_is_read_without_an_exception(target):
    files = sorted(str(file) for file in (CORPUS / target).iterdir())
    assert files
    fuzz(target, *files)


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS)
def test_the_fuzzer_finds_no_exception(target, tmp_path):
    found = f"-artifact_prefix={tmp_path}/"
    fuzz(target, f"-max_total_time={SECONDS}", found, str(tmp_path), str(CORPUS / target))
