import os
import subprocess
from pathlib import Path

import pytest

from mufakat.journal import durable
from mufakat.journal.durable import sweep, together, write_whole, written_whole


def test_a_file_is_written_whole_and_leaves_nothing_beside_it(tmp_path):
    write_whole(tmp_path / "out" / "a.xml", b"first")
    write_whole(tmp_path / "out" / "a.xml", b"second")
    assert {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()} == {"a.xml": b"second"}


def test_a_failed_write_names_its_file_and_leaves_what_was_there(tmp_path, monkeypatch):
    write_whole(tmp_path / "a.xml", b"first")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space") as failed:
        write_whole(tmp_path / "a.xml", b"second")
    assert failed.value.filename == str(tmp_path / "a.xml")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.xml": b"first"}


def test_a_file_that_its_writer_gives_up_is_never_seen_and_what_else_failed_keeps_its_name(tmp_path):
    def copy() -> None:
        with written_whole(tmp_path / "a.xml") as file:
            file.write(b"half")
            (tmp_path / "source.xml").read_bytes()

    with pytest.raises(FileNotFoundError) as failed:
        copy()
    assert failed.value.filename == str(tmp_path / "source.xml")
    assert list(tmp_path.iterdir()) == []
    with written_whole(tmp_path / "a.xml") as file:
        file.write(b"one ")
        assert [each.name[:6] for each in tmp_path.iterdir()] == [".a.xml"]
        file.write(b"two")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a.xml": b"one two"}


@pytest.mark.parametrize("failing", [1, 2])
def test_a_sync_that_fails_names_the_file_and_leaves_a_whole_one(tmp_path, monkeypatch, failing):
    path, calls, real = tmp_path / "file", [], os.fsync

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == failing:
            raise OSError(5, "Input/output error")
        real(descriptor)

    write_whole(path, b"before")
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match=r"Input/output error.*file"):
        write_whole(path, b"after")
    assert path.read_bytes() == (b"before" if failing == 1 else b"after")
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_while_it_is_written_leaves_what_was_there(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"before")

    def broken() -> None:
        with written_whole(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_are_written_together_are_durable_before_any_is_seen(tmp_path, monkeypatch):
    """Each file is synced before the first is renamed, each folder once after the last; then it ends."""
    steps, sync, replace = [], durable._sync, Path.replace

    def synced(path):
        steps.append(("sync", path.is_dir(), path.name))
        sync(path)

    def renamed(self, target):
        steps.append(("rename", False, target.name))
        return replace(self, target)

    monkeypatch.setattr(durable, "_sync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    paths = [tmp_path / folder / f"{number}.xml" for folder in ("a", "b") for number in range(5)]
    with together() as files:
        for number, path in enumerate(paths):
            assert not files.is_there(path)
            with files.file(path) as file:
                file.write(b"%d" % number)
            assert files.is_there(path)
            assert not path.exists()
    assert [path.read_bytes() for path in paths] == [b"%d" % number for number in range(10)]
    assert [kind for kind, _, _ in steps] == ["sync"] * 10 + ["rename"] * 10 + ["sync"] * 2
    assert [is_folder for _, is_folder, _ in steps] == [False] * 20 + [True] * 2
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == paths


def test_a_file_that_was_there_is_durable_with_the_others(tmp_path, monkeypatch):
    """A process may have been stopped after it renamed a file, and before it synced the folder."""
    synced, sync = [], durable._sync
    (tmp_path / "there.xml").write_bytes(b"1")
    monkeypatch.setattr(durable, "_sync", lambda path: (synced.append(path), sync(path)))
    with together() as files:
        assert files.is_there(tmp_path / "there.xml")
    assert synced == [tmp_path]


def test_more_files_than_wait_for_each_other_are_seen_on_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(durable, "_MOST", 3)
    with together() as files:
        for number in range(7):
            with files.file(tmp_path / f"{number}") as file:
                file.write(b"x")
        assert len(list(tmp_path.glob("[!.]*"))) == 6
    assert len(list(tmp_path.iterdir())) == 7


def test_of_files_that_fail_together_none_is_seen_and_nothing_is_left(tmp_path, monkeypatch):
    def fails(path):
        if path.name.startswith(".5."):
            raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(durable, "_sync", fails)

    def write() -> None:
        with together() as files:
            for number in range(9):
                with files.file(tmp_path / f"{number}") as file:
                    file.write(b"x")

    with pytest.raises(OSError, match="Input/output error") as failed:
        write()
    assert failed.value.filename == str(tmp_path / "5")
    assert list(tmp_path.iterdir()) == []


def test_what_others_that_are_no_more_have_not_ended_is_swept(tmp_path):
    with subprocess.Popen(["true"]) as ended:
        pass
    (tmp_path / "a").mkdir()
    for name in (
        f".a.xml.{ended.pid}",
        f".a.xml.{os.getpid()}",
        f".a.xml.{10**30}",
        f".a.xml.{os.getppid()}",
    ):
        (tmp_path / "a" / name).write_bytes(b"half")
    for name in ("a.xml", ".a.xml", ".a.7.xml"):
        (tmp_path / "a" / name).write_bytes(b"whole")
    sweep(tmp_path)
    left = {path.name for path in (tmp_path / "a").iterdir()}
    assert left == {f".a.xml.{os.getppid()}", "a.xml", ".a.xml", ".a.7.xml"}
