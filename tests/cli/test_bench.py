import json

import pytest

from mufakat.cli import bench, peers
from mufakat.cli.terminal import Failed
from mufakat.simulation.debts import make_graph
from tests.program import run


def test_the_bench_measures_a_family_and_says_what_is_missing():
    done = run("bench", "setoff", "--obligations", 2000, "--runs", 1, "--family", "scale-free", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    (row,) = said["families"]
    assert row["cleared"] > 0
    assert set(row["seconds"]) | {why.split()[1].strip(":") for why in said["missing"]} == {
        "own",
        *bench.PEERS,
    }


def test_an_unknown_family_is_wrong_usage():
    assert run("bench", "setoff", "--family", "hens").returncode == 2


def test_solvers_that_do_not_agree_stop_the_bench(monkeypatch):
    monkeypatch.setattr(
        bench, "_solvers", lambda folder: ({"own": peers.own, "LEMON": lambda graph: peers.Timed(1, 0.1)}, [])
    )
    with pytest.raises(Failed, match="do not agree"):
        bench.measure_setoff(1_000, 1, ["dense core"], lambda *_: None)


def test_a_peer_that_is_not_there_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(peers.shutil, "which", lambda name: None)
    with pytest.raises(peers.Missing, match="liblemon-dev"):
        peers.lemon(tmp_path)


def test_ratios_are_geometric_means_over_what_was_measured():
    rows = [
        bench.Measured("a", 1, 1, 1, {"own": 1.0, "LEMON": 2.0}, 1),
        bench.Measured("b", 1, 1, 1, {"own": 1.0, "LEMON": 8.0, "OR-tools": 3.0}, 1),
    ]
    assert bench.ratios(rows) == {"OR-tools": 3.0, "LEMON": 4.0}


def test_memory_is_that_of_the_kernel_alone():
    assert 0 <= bench._grown_by("R-MAT", 20_000) < 200
    assert make_graph("R-MAT", 20_000, 1).firms > 0
