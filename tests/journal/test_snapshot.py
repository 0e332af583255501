import pytest

from mufakat.journal.snapshot import Snapshot, save, saved

FIRST, SECOND, THIRD = (Snapshot(height, 3 * height + 1, b"state %d" % height) for height in (9, 10, 300))


def test_the_newest_comes_first_and_one_stays_to_fall_back_upon(tmp_path):
    assert not list(saved(tmp_path / "state"))
    for each in (FIRST, SECOND, THIRD):
        save(tmp_path / "state", each, each.entries)
    assert list(saved(tmp_path / "state")) == [THIRD, SECOND]
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"300.snapshot", "10.snapshot"}


def test_those_from_which_the_views_can_go_on_soon_stay(tmp_path):
    fourth, fifth = (Snapshot(height, 3 * height + 1, b"state") for height in (400, 500))
    for each in (FIRST, SECOND, THIRD, fourth, fifth):
        save(tmp_path, each, SECOND.entries)
    assert list(saved(tmp_path)) == [fifth, fourth, THIRD, SECOND]
    save(tmp_path, fifth, fourth.entries)
    assert list(saved(tmp_path)) == [fifth, fourth]


def test_a_snapshot_with_any_flipped_bit_or_cut_off_anywhere_is_not_given(tmp_path):
    save(tmp_path, FIRST, 0)
    save(tmp_path, SECOND, 0)
    path = tmp_path / "10.snapshot"
    whole = path.read_bytes()
    for at in range(len(whole)):
        for damaged in (whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :], whole[:at]):
            path.write_bytes(damaged)
            assert list(saved(tmp_path)) == [FIRST]
    path.write_bytes(whole)
    assert list(saved(tmp_path)) == [SECOND, FIRST]


@pytest.mark.parametrize("name", ["11.snapshot", "x.snapshot", ".10.snapshot.part"])
def test_a_file_under_another_name_is_not_given(tmp_path, name):
    save(tmp_path, FIRST, 0)
    (tmp_path / "9.snapshot").rename(tmp_path / name)
    assert not list(saved(tmp_path))


def test_what_cannot_be_read_is_passed_over(tmp_path):
    save(tmp_path, FIRST, 0)
    (tmp_path / "12.snapshot").mkdir()
    assert list(saved(tmp_path)) == [FIRST]
