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


def test_the_bench_measures_a_graph_from_a_file(tmp_path):
    graph = tmp_path / "valley.csv"
    graph.write_text("debtor,creditor,amount\nC,A,4\nA,B,2\nB,C,5\nA,B,1\n")
    done = run("bench", "setoff", "--runs", 1, "--graph", graph, "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)["families"]
    assert (row["family"], row["firms"], row["obligations"], row["cleared"]) == ("valley", 3, 3, 9)


def test_a_graph_of_two_currencies_is_refused(tmp_path):
    graph = tmp_path / "mixed.csv"
    graph.write_text("debtor,creditor,amount,currency\nA,B,2,IDR\nB,A,5,BHD\n")
    done = run("bench", "setoff", "--runs", 1, "--graph", graph)
    assert done.returncode != 0
    assert "of 2 currencies" in done.stderr


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
