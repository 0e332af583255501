"""Tables that a person keeps: rows with their places, and what is wrong with one."""

import pytest

from mufakat.screening.entry import ListFaulty
from mufakat.screening.table import bytes_of, rows


def read(data):
    return list(rows(data, "t.csv", ("id",), ("id", "name")))


def test_each_row_has_its_place_by_the_line_on_which_it_ends():
    told = read('\ufeffname,id\n"two\nlines",1\nx,2\n'.encode())
    assert told == [("t.csv:3", {"name": "two\nlines", "id": "1"}), ("t.csv:4", {"name": "x", "id": "2"})]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "t.csv:1: there is no column 'id'. Its columns are: id, name"),
        (b"id,colour\n", "t.csv:1: 'colour' is no column"),
        (b"id,id\n", "t.csv:1: 'id' is no column, or is there twice"),
        (b"id,name\n1\n", "t.csv:2: not as many columns"),
        (b"id\n1,2\n", "t.csv:2: not as many columns"),
        (b'id\n1\n"2', "t.csv: after line 2: unexpected end of data"),
        (b"id\n\xff", "t.csv: byte 3 is not UTF-8"),
        (b"id\n\0", "t.csv: it has null bytes"),
    ],
)
def test_what_is_not_in_order_is_told(data, says):
    with pytest.raises(ListFaulty) as told:
        read(data)
    assert str(told.value).startswith(says)


def test_a_file_is_read_whole(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"id\n")
    assert bytes_of(tmp_path / "t.csv") == b"id\n"
    with pytest.raises(ListFaulty, match="Is a directory"):
        bytes_of(tmp_path)
