import itertools
import json

import pytest

from mufakat.cli import bench_ledger, postgres, postgres_cluster
from mufakat.cli.peers import Missing
from mufakat.cli.terminal import Failed
from mufakat.node.embedded import Node
from mufakat.simulation.ledger import NOON_US, Payers, genesis
from tests.program import run


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(bench_ledger, "CASES", ((1, 1, 4), (1, 2, 6), (20, 1, 3)))
    monkeypatch.setattr(postgres, "_SECONDS", 1)
    monkeypatch.setattr(postgres, "_BATCHES", 2)


def test_the_bench_measures_each_size_beside_the_floor_and_postgresql(few, reachable):
    done = run("bench", "ledger", "--runs", 2, "--folder", reachable, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [(each["per_batch"], each["clients"], each["payments"]) for each in said["sizes"]] == [
        (1, 1, 8),
        (1, 2, 12),
        (20, 1, 120),
    ]
    for each in said["sizes"]:
        assert each["payments_per_second"] > 0 < each["floor_per_second"]
        assert 0 < each["p50_ms"] <= each["p99_ms"] <= each["p999_ms"]
        assert each["floor_ratio"] > 0 < each["fsyncs"]
    assert said["payments_per_second"] == said["sizes"][-1]["payments_per_second"]
    assert said["single_latency_fsyncs"] == said["sizes"][0]["fsyncs"]
    assert said["missing"] == []
    assert said["postgres_batch_per_second"] > said["postgres_single_per_second"] > 0
    assert list(reachable.iterdir()) == []


def test_without_postgresql_the_rest_is_measured_and_the_gap_said(few, tmp_path, monkeypatch):
    def missing():
        raise Missing("PostgreSQL is not installed")

    monkeypatch.setattr(postgres_cluster, "_programs", missing)
    found = bench_ledger.measure_ledger(1, tmp_path, lambda *_: None)
    assert found.document()["postgres_batch_ratio"] is None
    assert bench_ledger.sentences(found) == ["Without PostgreSQL: PostgreSQL is not installed."]


def test_a_payment_that_does_not_settle_stops_the_bench(tmp_path):
    ticks = itertools.count(NOON_US)
    with Node.create(tmp_path / "node", genesis(1), lambda: next(ticks)) as node:
        payers = Payers(1)
        bench_ledger._must(node, list(payers.founding()))
        command = payers.command(3)
        bench_ledger._must(node, [command])
        with pytest.raises(Failed, match="refused"):
            bench_ledger._must(node, [command])


@pytest.mark.parametrize(("part", "mark"), [(0.5, 2), (0.99, 4), (0.25, 1), (0.26, 2)])
def test_a_percentile_is_a_figure_that_was_measured(part, mark):
    assert bench_ledger._percentile([1, 2, 3, 4], part) == mark
