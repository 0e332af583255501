import numpy as np
import pytest

from mufakat.cli import highs
from mufakat.cli.peers import Missing
from mufakat.simulation.queues import Queue
from tests.naive import best_prefixes_by_search, best_value_by_search

PAYMENTS = [(0, 1, 7), (0, 1, 2), (1, 2, 4), (2, 0, 3), (2, 1, 5), (1, 0, 1)]
FUNDS = [5, 0, 1]


def test_its_optimum_is_that_of_exhaustive_search():
    queue = Queue(*np.array(PAYMENTS, dtype=np.int64).T.copy(), np.array(FUNDS, dtype=np.int64))
    free, strict = highs.answers([highs.Task(queue, 5, in_order) for in_order in (False, True)])
    assert free.value == free.bound == best_value_by_search(PAYMENTS, FUNDS, {0, 1, 2})
    settles = best_prefixes_by_search(PAYMENTS, FUNDS)
    assert strict.value == sum(amount for (_, _, amount), each in zip(PAYMENTS, settles, strict=True) if each)


def test_that_it_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(highs.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Missing, match="pip install highspy"):
        next(highs.answers([]))
