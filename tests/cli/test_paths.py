"""Files as they are named on the command line."""

import pytest

from mufakat.cli.paths import all_of
from mufakat.cli.terminal import Failed


def test_a_folder_stands_for_what_is_in_it_in_order_and_hidden_files_are_named(tmp_path):
    for name in ("b.xml", "a/c.xml", ".part", "a/.git/x"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("")
    names = [each.relative_to(tmp_path).as_posix() for each in all_of([tmp_path, tmp_path / ".part"])]
    assert names == ["a/c.xml", "b.xml", ".part"]


def test_what_is_not_there_is_told(tmp_path):
    for path, says in ((tmp_path / "none", "no such file"), (tmp_path, "holds no file")):
        with pytest.raises(Failed, match=says):
            all_of([path])
