import pytest

from mufakat.cli import peers
from mufakat.simulation.debts import make_graph


def test_each_peer_that_is_here_comes_to_the_same_value(tmp_path):
    graph = make_graph("scale-free", 3_000, 2)
    value = peers.own(graph).cleared
    assert peers.or_tools()(graph).cleared == value
    try:
        solve = peers.lemon(tmp_path)
    except peers.Missing as missing:
        pytest.skip(str(missing))
    assert solve(graph).cleared == value


def test_a_missing_library_says_how_to_get_it(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(peers.importlib, "import_module", absent)
    with pytest.raises(peers.Missing, match="pip install ortools"):
        peers.or_tools()
