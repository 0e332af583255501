import os

import pytest

from mufakat.journal.durable import write_durably


def test_what_is_written_stands_in_place_of_what_was_there_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "new" / "file"
    for parts in ([b"first ", b"words"], [], [b"second"]):
        write_durably(path, parts)
        assert path.read_bytes() == b"".join(parts)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failing", [1, 2])
def test_a_sync_that_fails_names_the_file_and_leaves_a_whole_one(tmp_path, monkeypatch, failing):
    path, calls, real = tmp_path / "file", [], os.fsync

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == failing:
            raise OSError(5, "Input/output error")
        real(descriptor)

    write_durably(path, [b"before"])
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match=r"Input/output error.*file"):
        write_durably(path, [b"after"])
    assert path.read_bytes() == (b"before" if failing == 1 else b"after")
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_while_it_is_written_leaves_what_was_there(tmp_path):
    def broken():
        yield b"half"
        raise KeyboardInterrupt

    path = tmp_path / "file"
    write_durably(path, [b"before"])
    with pytest.raises(KeyboardInterrupt):
        write_durably(path, broken())
    assert path.read_bytes() == b"before"
    write_durably(path, [b"after"])
    assert list(tmp_path.iterdir()) == [path]
