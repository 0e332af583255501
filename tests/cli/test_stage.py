"""A demonstration takes the place of an older one, whole or broken off, and of nothing else."""

import pytest

from mufakat.cli import stage
from mufakat.cli.terminal import Failed


def test_a_folder_is_marked_before_anything_is_in_it(tmp_path):
    stage.clear(tmp_path / "new" / "demo")
    assert [path.name for path in (tmp_path / "new" / "demo").iterdir()] == [stage.MARKER]


def test_what_a_demonstration_left_is_taken_away_wherever_it_was_broken_off(tmp_path):
    stage.clear(tmp_path)
    (tmp_path / "in" / "payments").mkdir(parents=True)
    (tmp_path / "journal.db").write_text("half")
    (tmp_path / "QM").mkdir()
    stage.clear(tmp_path, (*stage.OWN, "QM"))
    assert [path.name for path in tmp_path.iterdir()] == [stage.MARKER]


def test_what_is_not_of_a_demonstration_stays(tmp_path):
    stage.clear(tmp_path)
    (tmp_path / "mine.txt").write_text("keep")
    stage.clear(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_another_folder_is_left_alone(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(Failed, match="holds no demonstration"):
        stage.clear(tmp_path)
    assert (tmp_path / "in").exists()
