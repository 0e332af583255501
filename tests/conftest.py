"""What all tests share: one node on the real engine, and how tests are spread over processes.

Those of tests/cluster run in one process of pytest-xdist, one after the other; all others anywhere.
"""

import pytest

from tests.engines import Running, lone_home, running


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
