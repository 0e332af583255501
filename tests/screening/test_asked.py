"""Names to screen: a CSV, read a row at a time, refused by file and line."""

import pytest

from mufakat.model.listing import Born, Kind
from mufakat.screening import asked
from mufakat.screening.entry import ListFaulty


def read(path, text: str | bytes):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(asked.read(path))


def test_a_row_says_what_is_known(tmp_path):
    (found,) = read(
        tmp_path / "n.csv",
        "\ufeffname,type,birth_date,country,identifier,note\nA B,Person,1970,DE;FR,X1,any\n",
    )
    assert (found.line, found.name, found.known.kind, found.known.born) == (
        2,
        "A B",
        Kind.PERSON,
        (Born(1970, 1970),),
    )
    assert (found.known.countries, found.known.identifiers) == (("DE", "FR"), ("X1",))


def test_a_name_alone_is_enough_and_may_be_empty(tmp_path):
    assert [each.name for each in read(tmp_path / "n.csv", 'name,type\nA\n"",\n"B\nC",\n')] == [
        "A",
        "",
        "B\nC",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nome\nA\n", "n.csv:1: there is no column 'name'"),
        ("", "n.csv:1: there is no column 'name'"),
        ("name\nA,B\n", "n.csv:2: more fields than the heading has"),
        ("name,type\nA,robot\n", "n.csv:2: type 'robot'"),
        ("name,birth_date\nA,yesterday\n", "n.csv:2: birth_date 'yesterday'"),
        ('name\nA\n"B\n', "n.csv: after line 2"),
        (b"name\nA\n\xff\n", "n.csv: after line .* is not UTF-8"),
    ],
)
def test_what_is_not_in_order_is_told_by_line(tmp_path, text, said):
    with pytest.raises(ListFaulty, match=said):
        read(tmp_path / "n.csv", text)


def test_rows_are_counted_and_a_file_that_is_not_there_is_told(tmp_path):
    (tmp_path / "n.csv").write_text("name\nA\nB\n")
    assert asked.count(tmp_path / "n.csv") == 2
    with pytest.raises(ListFaulty, match="No such file"):
        asked.count(tmp_path / "m.csv")
