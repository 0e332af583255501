import json

import numpy as np
import pytest

from mufakat.cli import bench_queue, highs
from mufakat.cli.terminal import Failed
from mufakat.simulation.queues import make_queue
from tests.program import run

SMALL = ("bench", "queue", "--payments", 300, "--participants", 10, "--currencies", 1, "--seconds", 1)


def test_the_bench_measures_each_level_beside_highs():
    done = run(*SMALL, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [level["per_mille"] for level in said["levels"]] == list(bench_queue.LEVELS)
    for level in said["levels"]:
        assert level["in_turn"] <= level["strict"] <= level["bypass"] <= level["bound"] <= level["queued"]
    assert said["small"]["strict_at_optimum"] == said["small"]["queues"]
    assert said["small"]["bypass_mean"] > 0.95
    assert said["money"]["bypass"] <= said["money"]["strict"] <= said["money"]["in_turn"]
    assert said["missing"] == []


def test_without_highs_the_rest_is_measured_and_the_gap_said(monkeypatch):
    monkeypatch.setattr(highs.importlib.util, "find_spec", lambda name: None)
    found = bench_queue.measure_queue(300, 10, 2, 1, lambda *_: None)
    assert found.missing == ["Without HiGHS: HiGHS is not installed: pip install highspy."]
    assert found.small is None
    assert bench_queue.cells(found.levels[0])[4:8] == ["-"] * 4
    assert bench_queue.sentences(found)[-1] in found.missing


def test_a_choice_that_leaves_a_deficit_stops_the_bench():
    queue = make_queue(200, 10, 10, 1)
    with pytest.raises(Failed, match="in deficit"):
        bench_queue._covered(queue, np.ones(200, dtype=np.bool_) & (queue.payer == 0))


def test_too_few_payments_are_wrong_usage():
    assert run("bench", "queue", "--payments", 1).returncode == 2
