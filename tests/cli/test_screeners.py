"""Screeners to compare with: each finds a name as it is listed, and asked in one way."""

import pytest

from mufakat.cli import screeners
from mufakat.cli.screeners import PEERS, Missing
from tests.screening.lists import FIRM, PERSON, SHIP, small


@pytest.mark.parametrize("make", [screeners.own, *PEERS.values()], ids=["own", *PEERS])
def test_each_finds_a_name_as_it_is_listed(make):
    scorer = make([small()])
    for entry in (PERSON, FIRM, SHIP):
        scores = scorer.score(entry.name, entry)
        assert scores[scorer.key(entry)] == max(scores.values()) >= 0.9


def test_a_peer_that_is_not_installed_is_missing_with_what_to_do(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rapidfuzz.process", None)
    for make in PEERS.values():
        with pytest.raises(Missing, match="pip install rapidfuzz"):
            make([small()])
