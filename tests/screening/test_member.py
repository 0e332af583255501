"""A member's own list: what its columns say, and what is wrong told by line and column."""

import pytest

from mufakat.model.listing import Alias, Born, Kind
from mufakat.screening import member
from mufakat.screening.entry import ListFaulty

HEAD = "id,name,type,aliases,weak_aliases,birth_date,country,identifier\n"


def read(rows: str, head: str = HEAD):
    return member.read((head + rows).encode(), "own.csv", "own")


def test_a_row_is_an_entry():
    (found,) = read('X-1,"Budi Santoso",Person,Budi S.;B. Santoso,Si Bud,1970-12-31,ID;MY,A 1;B 2\n').entries
    assert found.names == (
        Alias("Budi Santoso"),
        Alias("Budi S."),
        Alias("B. Santoso"),
        Alias("Si Bud", weak=True),
    )
    assert (found.kind, found.born, found.countries) == (Kind.PERSON, (Born(1970, 1970),), ("ID", "MY"))
    assert found.identifiers == ("A 1", "B 2")


def test_id_and_name_are_enough():
    assert read("1,Somebody\n", "id,name\n").entries[0].kind is Kind.UNKNOWN


@pytest.mark.parametrize(("text", "born"), [("1968-1972", Born(1968, 1972)), ("1970", Born(1970, 1970))])
def test_a_birth_date_is_a_year_a_date_or_two_years(text, born):
    assert member.born(text, "x") == (born,)


@pytest.mark.parametrize(
    ("rows", "head", "said"),
    [
        ("1,A\n", "id,nome\n", "own.csv:1: there is no column 'name'"),
        ("1,A,B\n", "id,name,colour\n", "own.csv:1: 'colour' is no column"),
        ("1,A,robot,,,,,\n", HEAD, "own.csv:2: type 'robot' is none of"),
        ("1,A,,,,31.12.1970,,\n", HEAD, "own.csv:2: birth_date '31.12.1970'"),
        ("1,A,,,,1972-1968,,\n", HEAD, "own.csv:2: birth_date"),
        ("1, ,,,,,,\n", HEAD, "own.csv:2: the entry has no name"),
        ("1,A\n", HEAD, "own.csv:2: not as many columns"),
        ('1,"A\n', HEAD, "own.csv: after line 1: unexpected end"),
        ("", HEAD, "no entry"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(rows, head, said):
    with pytest.raises(ListFaulty, match=said):
        read(rows, head)


def test_another_encoding_is_told():
    with pytest.raises(ListFaulty, match="byte 10 is not UTF-8"):
        member.read(b"id,name\n1,\xe4\n", "own.csv", "own")
