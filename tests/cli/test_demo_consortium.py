"""The demonstration on four validators: what it refuses and what it says. `make demo-consortium` plays it whole."""

import json

import pytest

from mufakat.cli import demo_consortium as module
from mufakat.cli.demo_consortium import Compared
from tests.journal import histories
from tests.program import run


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    done = run("--home", tmp_path, "demo-consortium")
    assert done.returncode == 1
    assert "is not empty and holds no demonstration" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_without_the_engine_nothing_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("MUFAKAT_ENGINE", str(tmp_path / "nothing"))
    done = run("--home", tmp_path / "d", "demo-consortium", "--json")
    assert done.returncode == 1
    assert "make engine" in json.loads(done.stdout)["error"]
    assert not (tmp_path / "d").exists()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    home = tmp_path_factory.mktemp("day") / "u"
    histories.write(home, histories.day())
    return module._of("QM", home / "journal.db")


def test_a_history_is_recomputed_before_it_is_compared(compared):
    day = histories.day()
    assert compared.entries == len(day.log) + 1
    assert compared.state_root == day.state.root().hex()


def test_the_story_says_what_happened_and_what_to_try(compared, tmp_path):
    told = module._story([compared], tmp_path, same=True)
    for each in (compared.state_root, f"{compared.entries:,}", "union up", "verify"):
        assert each in told


def test_histories_that_differ_are_no_story(compared, tmp_path):
    other = Compared("QN", 1, 1, "00" * 32, "00" * 32)
    assert "do not hold one history" in module._story([compared, other], tmp_path, same=False)
