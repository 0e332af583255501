import json

import pytest

from mufakat.cli import bench_views, postgres_cluster
from mufakat.cli.peers import Missing
from tests.program import run


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(bench_views, "BATCHES", 2)


def test_both_databases_are_measured_and_nothing_is_left(few, reachable):
    done = run("bench", "views", "--runs", 2, "--folder", reachable, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["missing"] == [] and said["per_batch"] == 8_190
    assert [each["database"] for each in said["databases"]] == ["SQLite", "PostgreSQL"]
    assert all(each["own_per_second"] > 0 < each["payments_per_second"] for each in said["databases"])
    assert list(reachable.iterdir()) == []


def test_without_postgresql_the_rest_is_measured_and_the_gap_said(few, tmp_path, monkeypatch):
    def missing():
        raise Missing("it is not here")

    monkeypatch.setattr(postgres_cluster, "_programs", missing)
    done = run("bench", "views", "--runs", 1, "--folder", tmp_path)
    assert "SQLite" in done.stdout and "Without PostgreSQL: it is not here." in done.stdout
