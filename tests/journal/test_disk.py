import errno
import fcntl
import os
import random
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

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


LONG = 3 << 18
"""Bytes that go past the system's cache."""


def pieces(length, seed=1):
    data, cut = random.Random(seed).randbytes(length), [0, 1, 4095, 4097, length // 2 + 3, length]
    return [data[begin:end] for begin, end in pairwise(cut)]


@pytest.fixture
def on_disk():
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))  # not in memory, where all is the cache
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("length", [LONG, (1 << 22) + 4096, 9 << 20])
def test_what_is_long_is_written_past_the_cache_and_read_as_it_was_written(on_disk, monkeypatch, length):
    disk, parts, flags = Disk(on_disk / "f", new=True), pieces(length), []
    real = os.pwritev

    def pwritev(file, given, at):
        flags.append(fcntl.fcntl(file, fcntl.F_GETFL) & os.O_DIRECT)
        return real(file, given, at)

    monkeypatch.setattr(os, "pwritev", pwritev)
    disk.write(0, [b"a" * 4096])
    assert disk.write(4096, parts) == 4096 + length == disk.size()
    disk.sync()
    assert disk.read(0, 4096 + length) == b"a" * 4096 + b"".join(parts)
    assert flags[0] == 0
    assert len(flags) == 1 + -(-length // (1 << 22))
    assert all(each or disk._direct is None for each in flags[1:])
    assert disk.write(8192, [b"b" * 100]) == 8292
    assert disk.read(8192, 101) == b"b" * 100 + b"".join(parts)[4196:4197]
    disk.close()


@pytest.mark.parametrize("most", [4096, 12_288, 5_000])
def test_a_long_write_that_the_system_breaks_off_is_finished(on_disk, monkeypatch, most):
    disk, parts, real = Disk(on_disk / "f", new=True), pieces(5 << 20), os.pwritev
    monkeypatch.setattr(
        os, "pwritev", lambda file, given, at: real(file, [memoryview(given[0])[: most // 512 * 512]], at)
    )
    assert disk.write(0, parts) == 5 << 20
    assert disk.read(0, 5 << 20) == b"".join(parts)
    disk.close()


def test_a_file_system_without_a_way_past_its_cache_is_written_like_any_other(tmp_path, monkeypatch):
    real = os.open

    def refuses(path, flags, *mode):
        if flags & os.O_DIRECT:
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(path, flags, *mode)

    monkeypatch.setattr(os, "open", refuses)
    disk, parts = Disk(tmp_path / "f", new=True), pieces(LONG)
    assert disk.write(0, parts) == LONG
    assert disk.read(0, LONG) == b"".join(parts)
    disk.close()
