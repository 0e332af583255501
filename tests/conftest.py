"""How tests are spread over processes: those of tests/cluster to one of them, all others one by one."""

import pytest


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
