import errno
import os

import numpy as np
import pytest

from mufakat.node.rooms import FolderRooms


def some(count, first=0):
    return np.arange(first * 5, (first + count) * 5, dtype=np.uint64).reshape(count, 5)


def test_rows_stay_in_the_folder_up_to_where_one_goes_on(tmp_path):
    room = FolderRooms(tmp_path / "state").rows(5, 0)
    assert room.words().shape == (0, 5)
    for first, size in ((0, 3), (3, 0), (3, 700)):
        room.add(some(size, first))
        assert (room.words() == some(first + size)).all()
    before = room.words()
    again = FolderRooms(tmp_path / "state").rows(5, 600)
    again.add(some(10, 600))
    assert (again.words() == some(610)).all()
    assert (before[:600] == some(600)).all()
    with pytest.raises(ValueError, match="fewer than 611 rows"):
        FolderRooms(tmp_path / "state").rows(5, 611)
    assert (tmp_path / "state" / "rows").stat().st_size == 610 * 40
    with pytest.raises(ValueError, match="read-only"):
        again.words()[0, 0] = 1


def test_what_only_follows_from_the_rows_leaves_no_file(tmp_path):
    (tmp_path / "scratch-left-by-a-crash").write_bytes(b"x")
    rooms = FolderRooms(tmp_path)
    rooms.rows(5, 0)
    room = rooms.scratch()
    room.add(np.arange(5, dtype=np.uint64))
    words = room.words()
    del room
    assert words.tolist() == [0, 1, 2, 3, 4]
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def test_a_write_that_fails_names_the_file_and_adds_nothing(tmp_path, monkeypatch):
    room, real = FolderRooms(tmp_path).rows(5, 0), os.pwrite
    room.add(some(2))

    def full(descriptor, data, at):
        if at > 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data[:30], at)

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OSError, match=r"No space left on device.*rows"):
        room.add(some(5, 2))
    monkeypatch.undo()
    room.add(some(1, 2))
    assert (room.words() == some(3)).all()


def test_a_sync_that_fails_names_the_file(tmp_path, monkeypatch):
    rooms = FolderRooms(tmp_path)
    rooms.sync()
    rooms.rows(5, 0).add(some(2))
    rooms.sync()

    def broken(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match=r"Input/output error.*rows"):
        rooms.sync()
