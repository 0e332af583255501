"""Labelled pairs: read from the file that others made, and told apart by who scores them right."""

import pytest

from mufakat.cli import screeners
from mufakat.cli.labelled import Pair, read_pairs, told_apart
from mufakat.cli.screeners import Scorer
from mufakat.model.listing import Alias, Entry, Kind
from mufakat.screening.entry import ListFaulty
from tests.screening.lists import REAL

PAIRS = REAL / "labelled/nk_name_bench_cases.csv"


def entry(id_: str) -> Entry:
    return Entry(id=id_, kind=Kind.PERSON, names=(Alias(id_),))


def test_a_pair_of_one_party_is_to_score_above_a_pair_of_two():
    pairs = [
        Pair("a", entry("1"), same=True),
        Pair("b", entry("2"), same=True),
        Pair("c", entry("3"), same=False),
    ]
    for scores, found in (((0.9, 0.8, 0.7), 1.0), ((0.9, 0.7, 0.7), 0.75), ((0.1, 0.2, 0.7), 0.0)):
        by_name = dict(zip("abc", scores, strict=True))
        scorer = Scorer(lambda text, meant, by=by_name: {int(meant.id): by[text]}, lambda each: int(each.id))
        assert told_apart(pairs, scorer) == found


def test_the_pairs_of_the_file_are_told_apart_by_the_own_screener():
    pairs, listed = read_pairs(PAIRS)
    assert len(pairs) == 826 and sum(each.same for each in pairs) == 425
    assert len({each.entry.id for each in pairs}) == len(listed.entries)
    assert told_apart(pairs, screeners.own([listed])) >= 0.84


def test_a_file_without_the_columns_is_refused(tmp_path):
    (tmp_path / "pairs.csv").write_text("name1,name2\na,b\n")
    with pytest.raises(ListFaulty, match="no column 'schema'"):
        read_pairs(tmp_path / "pairs.csv")
