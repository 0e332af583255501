"""Gets the official rule files: the packages by Maven, what is in them into the folder of this installation."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from mufakat.cli.terminal import Failed
from mufakat.messages.rules.official import PACKAGES, Package, Unusable, members_of

_COPY: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
_SECONDS: Final = 600
_BY_HAND: Final = "lay these files in a folder and name it with --from: " + ", ".join(
    each.file for each in PACKAGES
)


def fetch(packages: Path | None, folder: Path) -> list[Path]:
    """Write the rule files into a folder, from packages that lie in another or else from Maven; return paths."""
    with tempfile.TemporaryDirectory() as scratch:
        found: dict[str, bytes] = {}
        for package in PACKAGES:
            path = (_by_maven(package, Path(scratch)) if packages is None else packages) / package.file
            try:
                found |= members_of(package, path.read_bytes())
            except FileNotFoundError as error:
                raise Failed(
                    f"{path}: there is no such file. Get {package.coordinates} from Maven Central."
                ) from error
            except Unusable as error:
                raise Failed(str(error)) from error
    return [_written(folder, name, data) for name, data in found.items()]


def _by_maven(package: Package, scratch: Path) -> Path:
    program = shutil.which("mvn")
    if program is None:
        raise Failed(f"Maven (mvn) is not here, which gets the rule files. Install it, or {_BY_HAND}")
    words = (_COPY, f"-Dartifact={package.coordinates}", f"-DoutputDirectory={scratch}")
    try:
        done = subprocess.run(  # noqa: S603 - Maven, with words written here
            [program, "--quiet", "--batch-mode", "--strict-checksums", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(
            f"Maven did not get {package.coordinates} in {_SECONDS} s. Try again, or {_BY_HAND}"
        ) from error
    if done.returncode:
        why = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it says nothing")
        raise Failed(f"Maven did not get {package.coordinates}: {why}. Try again, or {_BY_HAND}")
    return scratch


def _written(folder: Path, name: str, data: bytes) -> Path:
    """Write a file whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path, part = folder / name, folder / f".{name}.{os.getpid()}.part"
    part.write_bytes(data)
    part.replace(path)
    return path
