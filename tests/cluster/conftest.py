"""Clusters: unions of several real nodes on this machine.

How it starts: each test or module makes its own `Consortium`, which runs `mufakat node run` for each member, and
that runs the consensus engine, `.venv/bin/cometbft`, which `make test` builds from the Go module proxy (or name one
in MUFAKAT_ENGINE). Nodes listen on loopback at ports that are free, or in network namespaces, for which `ip` of
iproute2 and root are needed. All of them end with the test, also when it fails. One cluster runs at a time:
tests/conftest.py gives this folder to one process, while the others run the rest.
"""

import pytest

from mufakat.node.engine import EngineMissing, binary
from tests.cluster.consortium import Consortium


@pytest.fixture(scope="session")
def engine():
    try:
        return binary()
    except EngineMissing as missing:
        pytest.fail(f"{missing}; then run this test again", pytrace=False)


@pytest.fixture(scope="session")
def found(engine, tmp_path_factory):
    """Makes a consortium in a folder of its own; whoever makes it runs it with `with`."""
    return lambda **options: Consortium(tmp_path_factory.mktemp("c"), **options)
