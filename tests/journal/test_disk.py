import errno
import os
import subprocess
import sys

import pytest

from mufakat.journal import disk as disks
from mufakat.journal.disk import Disk
from mufakat.journal.errors import JournalStopped


@pytest.fixture
def disk(tmp_path):
    made = Disk(tmp_path / "file", new=True)
    yield made
    made.close()


def test_parts_lie_end_to_end_whatever_their_number(disk):
    parts = [bytes([number % 251]) * (number % 7) for number in range(2_000)]
    assert disk.write(100, parts) == 100 + sum(map(len, parts)) == disk.size()
    assert disk.read(0, 10_000) == bytes(100) + b"".join(parts)
    assert disk.read(101, 3) == b"".join(parts)[1:4]


def test_zeros_ahead_follow_the_last_part_and_stop_where_the_room_does(disk):
    assert disk.write(0, [b"abc"], 50) == 53
    assert disk.read(0, 100) == b"abc" + bytes(50)


def test_what_the_system_takes_in_pieces_is_written_whole(disk, monkeypatch):
    real = os.pwritev
    monkeypatch.setattr(os, "pwritev", lambda file, parts, at: real(file, [b"".join(parts)[:5]], at))
    whole = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, data, at: whole(file, data[:3], at))
    assert disk.write(7, [b"abcd", b"efgh", b"ij"], 9) == 17
    assert disk.read(7, 20) == b"abcdefghij"


def test_a_file_that_may_not_grow_is_an_error_and_zeros_that_find_no_room_are_none(tmp_path):
    script = (
        "import resource, signal, pathlib, sys; from mufakat.journal.disk import Disk\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "disk = Disk(pathlib.Path(sys.argv[1]), new=True)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "print(disk.write(0, [b'a' * 900], 5_000))\n"
        "try: disk.write(900, [b'b' * 200])\n"
        "except OSError as error: print(error.errno)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "file"], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["1000", str(errno.EFBIG)]


def test_a_cut_file_ends_there_and_reads_short(disk):
    disk.write(0, [b"x" * 100])
    disk.cut(40)
    disk.sync()
    assert disk.size() == 40
    assert disk.read(30, 50) == b"x" * 10
    assert disk.read(1 << 63, 1 << 63) == disk.read(0, 1 << 63)[40:] == b""


def test_a_read_that_comes_in_pieces_is_whole(disk, monkeypatch):
    disk.write(0, [bytes(range(100))])
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda file, length, at: real(file, min(length, 7), at))
    assert disk.read(5, 60) == bytes(range(5, 65))


def test_the_lock_is_exclusive_and_other_openings_of_the_file_do_not_end_it(tmp_path):
    path = tmp_path / "file"
    disk = Disk(path, new=True)
    path.read_bytes()
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            Disk(path)
    disk.close()
    disk.close()
    Disk(path).close()


def test_the_lock_ends_though_a_child_process_still_has_the_file(tmp_path):
    disk = Disk(tmp_path / "file", new=True)
    file = disk._open
    os.set_inheritable(file, True)
    with subprocess.Popen(["sleep", "60"], pass_fds=(file,)) as child:
        disk.close()
        Disk(tmp_path / "file").close()
        child.kill()


def test_a_closed_disk_says_so(disk):
    disk.close()
    with pytest.raises(JournalStopped, match="closed"):
        disk.read(0, 1)


def test_new_files_are_not_written_over(disk, tmp_path):
    with pytest.raises(FileExistsError):
        Disk(tmp_path / "file", new=True)
    assert os.sysconf("SC_IOV_MAX") - 1 >= disks._MOST_PARTS
