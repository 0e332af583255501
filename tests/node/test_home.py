import pytest

from mufakat.node.home import Home, write_whole, written_whole


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


def test_everything_of_a_node_is_in_its_folder(tmp_path):
    home = Home(tmp_path)
    assert {path.parent for path in (home.journal, home.views, home.vault, home.keys, home.out)} == {tmp_path}
