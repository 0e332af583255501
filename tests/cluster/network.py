"""A network of hosts that can be cut: a network namespace a node, on bridges that a cut tells apart.

Each host has an own namespace with one interface, whose other end hangs on a bridge. A cut puts hosts on different
bridges, as if a cable was pulled between them: nothing is told to either side. Needs root and `ip` of iproute2.
"""

import ctypes
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.consortium import Place

_NEW_NET = 0x4000_0000
_NUMBERS = itertools.count()


def can_be_made() -> None:
    """Fail with what to do when this machine makes no networks; who is not root may go without, but not in CI."""
    if shutil.which("ip") is None:
        pytest.fail("networks are made with `ip`: apt-get install iproute2", pytrace=False)
    if os.geteuid() != 0:
        why = "network namespaces need root: run this test as root"
        if os.environ.get("CI"):
            pytest.fail(why, pytrace=False)
        pytest.skip(why)


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


class Host(Place):
    """A namespace. What is called there runs in a thread of its own that has entered it."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.host = name, address
        self.before = ("ip", "netns", "exec", name)
        self._inside = ThreadPoolExecutor(8, name, self._enter)

    def _enter(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path("/run/netns", self.name).open("rb") as namespace:
            if libc.setns(namespace.fileno(), _NEW_NET):
                raise OSError(ctypes.get_errno(), f"setns {self.name}")

    def call(self, what: Callable[..., Any], *args: Any) -> Any:
        return self._inside.submit(what, *args).result()

    def close(self) -> None:
        self._inside.shutdown()


class Network:
    """Hosts named by member, all in sight of each other until they are cut apart."""

    def __init__(self, names: list[str]) -> None:
        can_be_made()
        stem = f"m{os.getpid()}x{next(_NUMBERS)}"
        self._bridges = [f"{stem}b{n}" for n in range(len(names))]
        self._ends = {name: f"{stem}e{n}" for n, name in enumerate(names)}
        self.hosts = {name: Host(f"{stem}n{n}", f"10.77.0.{n + 1}") for n, name in enumerate(names)}
        try:
            for bridge in self._bridges:
                ip("link", "add", bridge, "type", "bridge")
                ip("link", "set", bridge, "up")
            for name, host in self.hosts.items():
                end = self._ends[name]
                ip("netns", "add", host.name)
                ip("link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", host.name)
                ip("-n", host.name, "addr", "add", f"{host.host}/24", "dev", "eth0")
                for device in ("lo", "eth0"):
                    ip("-n", host.name, "link", "set", device, "up")
                ip("link", "set", end, "up")
            self.heal()
        except BaseException:
            self.close()
            raise

    def cut(self, *groups: tuple[str, ...]) -> None:
        """Let the hosts of each group see each other and nobody else; who is in no group is alone."""
        named = {name for group in groups for name in group}
        alone = [(name,) for name in self._ends if name not in named]
        for bridge, group in zip(self._bridges, [*groups, *alone], strict=False):
            for name in group:
                ip("link", "set", self._ends[name], "master", bridge)

    def heal(self) -> None:
        """Let all see each other."""
        self.cut(tuple(self._ends))

    def close(self) -> None:
        """Take all of it away, what was never made too."""
        for host in self.hosts.values():
            subprocess.run(["ip", "netns", "del", host.name], capture_output=True, check=False)
        for link in (*self._ends.values(), *self._bridges):
            subprocess.run(["ip", "link", "del", link], capture_output=True, check=False)
