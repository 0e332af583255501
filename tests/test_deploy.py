"""What is in deploy/ can be run: its commands exist, its files are well formed, and no RPC is published."""

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer.main
import yaml

from mufakat.cli.terminal import app
from mufakat.node.engine import genesis_in, settings_of
from mufakat.node.home import Home

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").rglob("*.service"))
PROGRAM, INSTALLED = "/opt/mufakat/.venv/bin/mufakat", "/opt/mufakat/.venv/bin/"
NODE = "/var/lib/mufakat/node"
RPC_PORT = "26657"

ALLOWED = {
    *(
        "image",
        "build",
        "command",
        "user",
        "restart",
        "stop_grace_period",
        "init",
        "read_only",
        "tmpfs",
        "cap_drop",
    ),
    *("security_opt", "ulimits", "networks", "expose", "healthcheck", "logging", "volumes"),
}
"""Fields of a service, as the Compose specification names them, that the file makes use of."""


def settings(unit: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit.read_text(encoding="utf-8"))
    return {name: dict(parser[name]) for name in parser.sections()}


def check_command(words: list[str]) -> click.Command:
    """Take a command line of `mufakat` apart, options before the command first, and return the command it names."""
    command: click.Command = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        while rest and rest[0].startswith("--"):
            assert rest[0] in options_of(command), f"{command.name} has no {rest[0]}"
            rest = rest[2:]
        assert rest[0] in command.commands, f"there is no `mufakat {rest[0]}`"
        command, rest = command.commands[rest[0]], rest[1:]
    for word in rest:
        assert not word.startswith("--") or word in options_of(command), f"{command.name} has no {word}"
    return command


def options_of(command: click.Command) -> set[str]:
    return {option for each in command.params for option in each.opts}


def test_the_check_of_commands_tells_one_that_does_not_exist():
    with pytest.raises(AssertionError, match="there is no"):
        check_command(["--home", NODE, "node", "dance"])
    with pytest.raises(AssertionError, match="has no --no-motor"):
        check_command(["--home", NODE, "node", "run", "--no-motor"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_exists(unit):
    service = settings(unit)["Service"]
    program, *words = shlex.split(service["ExecStart"])
    if program == PROGRAM:
        assert check_command(words).name == "run"
        assert words[:2] == ["--home", NODE]
    else:
        assert [program, *words] == [f"{INSTALLED}cometbft", "start", "--home", f"{NODE}/engine"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_comes_back_and_can_do_no_more_than_it_needs(unit):
    service = settings(unit)["Service"]
    assert settings(unit)["Unit"]["StartLimitIntervalSec"] == "0"
    assert service["Restart"] == "always", "a dead application ends the engine with exit code 0"
    assert service["KillMode"] == "mixed"
    assert service["User"] == "mufakat"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert NODE.startswith(f"/var/lib/{service['StateDirectory']}/")


def test_all_units_are_hardened_alike():
    parts = [
        unit.read_text(encoding="utf-8").partition("# Writes go")[2].partition("[Install]")[0]
        for unit in UNITS
    ]
    assert len(UNITS) == 3
    assert parts[0]
    assert len(set(parts)) == 1


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        for name in ("mufakat", "cometbft"):
            text = text.replace(f"{INSTALLED}{name}", sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *sorted(map(str, tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# -- containers -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_the_compose_file_has_a_service_for_each_member_of_the_example(compose):
    charter = (ROOT / "examples" / "consortium.toml").read_text(encoding="utf-8")
    assert [name.upper() for name in compose["services"]] == re.findall(
        r'^id = "(..)"', charter, re.MULTILINE
    )
    assert {name for name in compose if not name.startswith("x-")} == {"name", "services", "networks"}


def test_each_service_runs_its_own_home_and_publishes_nothing(compose):
    homes = set()
    for name, service in compose["services"].items():
        assert set(service) <= ALLOWED, "`ports` above all: the RPC has no authentication"
        assert RPC_PORT not in service["expose"]
        assert service["networks"] == list(compose["networks"])
        assert service["restart"] == "always"
        assert service["read_only"] is True
        (volume,) = service["volumes"]
        home, inside = volume.split(":")
        assert inside == NODE
        assert home.endswith(f"/{name.upper()}")
        homes.add(home)
        assert check_command(service["command"]).name == "run"
        kind, program, *words = service["healthcheck"]["test"]
        assert (kind, program) == ("CMD", PROGRAM)
        assert check_command(words).name == "status"
    assert len(homes) == len(compose["services"])


def test_the_image_is_made_of_what_is_here(compose):
    build = next(iter(compose["services"].values()))["build"]
    context = (DEPLOY / build["context"]).resolve()
    text = (context / build["dockerfile"]).read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        *sources, _ = line.split()
        for source in sources:
            assert (context / source).exists(), source
    for target in re.findall(r"^RUN make (\S+)", text, re.MULTILINE):
        assert f"$(VENV)/{target.removeprefix('.venv/')}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    (entry,) = re.findall(r"^ENTRYPOINT (.+)$", text, re.MULTILINE)
    (arguments,) = re.findall(r"^CMD (.+)$", text, re.MULTILINE)
    program, *words = [*yaml.safe_load(entry), *yaml.safe_load(arguments)]
    assert program == PROGRAM
    assert check_command(words).name == "run"
    assert "USER mufakat" in text


# -- homes for hosts --------------------------------------------------------------------------------------


def run_homes(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "mufakat"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mufakat "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    command = ["sh", str(DEPLOY / "homes.sh"), str(tmp_path / "homes"), *arguments]
    environment = {"PATH": "/usr/bin:/bin", "MUFAKAT": str(program)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_homes_for_four_hosts_are_of_one_union_and_know_each_other(tmp_path):
    done = run_homes(tmp_path)
    assert done.returncode == 0, done.stderr
    homes = [Home(tmp_path / "homes" / member) for member in ("QM", "QN", "QO", "QP")]
    assert len({genesis_in(home).charter for home in homes}) == 1
    hosts = [member.peer.partition("@")[2] for member in genesis_in(homes[0]).charter.members]
    assert hosts == ["qm:26656", "qn:26656", "qo:26656", "qp:26656"]
    for home in homes:
        assert settings_of(home).p2p == "0.0.0.0:26656"
        configuration = (home.engine / "config" / "config.toml").read_text(encoding="utf-8")
        assert f'proxy_app = "unix://{NODE}/app.sock"' in configuration
        assert f'laddr = "tcp://127.0.0.1:{RPC_PORT}"' in configuration


def test_homes_are_made_once(tmp_path):
    (tmp_path / "homes").mkdir()
    done = run_homes(tmp_path)
    assert (done.returncode, "is there already" in done.stderr) == (2, True)


def test_homes_are_for_four_hosts_or_for_the_names_of_the_compose_file(tmp_path):
    done = run_homes(tmp_path, "one-host")
    assert (done.returncode, "four members" in done.stderr) == (2, True)
