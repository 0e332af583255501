"""The bench of screening: recall counts who is above what clean names reach, and the real lists are at hand."""

from mufakat.cli.bench_screening import Found, Measured, _recall, about, best_peer, measure_screening, table
from tests.screening.lists import REAL


def test_recall_counts_what_is_above_the_threshold_alone():
    assert _recall([0.9, 0.8, 0.7, 0.6], [0.7, 0.95]) == [0.5, 0.0]


def test_a_table_has_a_row_for_each_kind_and_a_column_for_each_screener():
    own = Found("own", [0.7, 0.9], {"typos": [0.9, 0.8]}, [0.9, 0.8], 2_500.0, 0.93)
    peer = Found("rapidfuzz", [0.8, 0.9], {"typos": [0.8, 0.7]}, [0.8, 0.7], 90.0, 0.88)
    found = Measured(10, 20, 1_000, 100, 1.5, 90, [own, peer], [])
    headings, rows = table(found)
    assert headings == ["disturbance", "own", "rapidfuzz"]
    assert rows[0] == ["typos", "0.900 / 0.800", "0.800 / 0.700"]
    assert [row[0] for row in rows] == ["typos", "all", "labelled pairs told apart", "names/s"]
    assert best_peer(found) == {"typos": 0.8}
    assert "100 disturbed and 1,000 clean names against 10 entries" in about(found)


def test_the_own_screener_reaches_its_floors_on_the_real_lists():
    found = measure_screening(REAL, (25, 1_000, 7), lambda *_: None, alone=True)
    (own,) = found.screeners
    assert found.disturbed == 25 * 9
    assert own.overall[0] >= 0.92 and own.overall[1] >= 0.75
    assert own.recall["original script"][0] >= 0.6
    assert own.told_apart >= 0.84
