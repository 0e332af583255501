"""What all tests share: where files lie, one node on the real engine, one PostgreSQL, how tests are spread.

Files lie in memory where there is room: a journal waits for the disk at every batch, and most of the time would go
there. The long run writes to the disk. Those of tests/cluster run in one process of pytest-xdist, one after the
other; all others anywhere.
"""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from mufakat.cli.postgres_cluster import Cluster, cluster
from tests.engines import Running, lone_home, running

settings.register_profile("any machine", deadline=None)  # a busy one takes its time
settings.load_profile("any machine")
MEMORY = Path("/dev/shm")
ROOM = 2 * 2**30
"""Bytes that must be free there: a whole run writes some hundred million."""


def pytest_configure(config):
    if config.option.markexpr == "not long" and _in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def _in_memory() -> bool:
    """Whether tests can write to memory, and run what they wrote."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return False
    return not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC and shutil.disk_usage(MEMORY).free > ROOM


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - there only when it runs

    class OneClusterAtATime(LoadScopeScheduling):
        """Two clusters at once would be too slow for both. The largest group begins first."""

        def _split_scope(self, nodeid):
            return "tests/cluster" if nodeid.startswith("tests/cluster/") else nodeid

    return OneClusterAtATime(config, log)


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Running:
    """A node with a single validator, up; what tests say to it stays."""
    with running(lone_home(tmp_path_factory.mktemp("live"), snapshot_every=1_000)) as node:
        yield node


@pytest.fixture(scope="session")
def postgres() -> Cluster:
    """A PostgreSQL server, up; where tests run as root it runs as another user, and sees no folder of theirs."""
    settings = "-c fsync=off -c autovacuum=off -c shared_buffers=16MB"
    with tempfile.TemporaryDirectory(prefix="mufakat-") as name, cluster(Path(name), settings) as server:
        yield server


_NUMBERS = itertools.count(1)


@pytest.fixture
def database(postgres) -> str:
    """An empty database of its own for each test, as libpq connects to it."""
    name = f"views{next(_NUMBERS)}"
    postgres.ask("psql", "-q", "-c", f"CREATE DATABASE {name} STRATEGY file_copy")
    return postgres.conninfo.replace("dbname=postgres", f"dbname={name}")
