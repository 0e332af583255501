"""One node on the real engine for all tests of a process that only speak to it."""

import pytest

from tests.engines import Running, lone_home, running


@pytest.fixture(scope="session")
def live(tmp_path_factory) -> Running:
    """A node with a single validator, up; what tests say to it stays."""
    with running(lone_home(tmp_path_factory.mktemp("live"), snapshot_every=1_000)) as node:
        yield node
