import sqlite3
from contextlib import contextmanager

import pytest

from mufakat import __version__
from mufakat.audit.reading import IntegrityFault
from mufakat.cli import terminal
from mufakat.cli.terminal import Failed
from mufakat.journal.log import JournalDamaged, JournalFull
from mufakat.node.ceremony import SignatureRefused
from mufakat.node.keys import KeyMissing, PassphraseWrong
from mufakat.node.replica import GenesisRefused
from tests.program import run


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (IntegrityFault(7, "it is missing"), 7, "entry 7"),
        (JournalDamaged(3, "it is missing"), 7, "entry 3"),
        (JournalFull("the disk is full"), 1, "full"),
        (GenesisRefused(["one", "two"]), 1, "two"),
        (KeyMissing("no submit key"), 1, "submit key"),
        (PassphraseWrong("another passphrase"), 1, "another passphrase"),
        (SignatureRefused("QN: it does not fit"), 1, "QN"),
        (OSError(28, "No space left on device", "file.xml"), 1, "file.xml: No space left"),
        (sqlite3.OperationalError("database or disk is full"), 1, "views or vault"),
        (RuntimeError("surprise"), 1, "MUFAKAT_DEBUG"),
    ],
)
def test_every_error_becomes_a_sentence_and_an_exit_code(error, code, told):
    failed = Failed.of(error)
    assert failed.code == code
    assert told in failed.text


def test_the_version_and_the_help_are_told():
    assert __version__ in run("--version").stdout
    assert "verify" in run("--help").stdout


def test_a_bar_is_shown_only_when_work_goes_on_for_long(monkeypatch):
    shown = []

    @contextmanager
    def bars():
        yield lambda *told: shown.append(told)

    monkeypatch.setattr(terminal, "progress", bars)
    with terminal.progress_of("entries") as tell:
        tell(1, 3)
        assert shown == []
        monkeypatch.setattr(terminal, "_LONG_SECONDS", -1)
        tell(2, 3)
        tell(3, 3)
    assert shown == [("entries", 2, 3), ("entries", 3, 3)]
