"""The documents say what is so: pages are made anew and compared, stops are looked up, commands are run."""

import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import reference  # noqa: E402 - the tool is no part of the package

from mufakat.messages.rules import official  # noqa: E402
from mufakat.messages.rules.registry import ABOUT  # noqa: E402
from mufakat.node.folder import Slip  # noqa: E402
from tests import program  # noqa: E402
from tests.messages.rules.invoices import needs_rules  # noqa: E402
from tests.program import Done  # noqa: E402

STOP = re.compile(r"`([a-z_/]+\.py):([A-Za-z_.]+)`")


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_a_reference_page_is_what_the_program_says_of_itself(name):
    page = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert page == reference.PAGES[name](), "run `make docs` and commit what it changes"


def symbols(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def test_each_stop_of_the_tour_is_there():
    stops = STOP.findall((ROOT / "docs" / "tour.md").read_text(encoding="utf-8"))
    assert len(stops) > 15
    for file, symbol in stops:
        assert symbol in symbols(ROOT / "src" / "mufakat" / file), f"{file}:{symbol}"


def test_each_link_in_the_documents_leads_somewhere():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def commands_of(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.startswith("    .venv/bin/mufakat")]


def run(command: str, folder: Path, by: Callable[..., Done] = program.run) -> str:
    done = by(*shlex.split(command)[1:], cwd=folder)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def desk(tmp_path) -> Path:
    """Where a reader sits: the examples, and a passphrase for each member."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for name in ("qm", "qn", "new"):
        (tmp_path / f"{name}.passphrase").write_text(f"a passphrase of {name}\n")
    (tmp_path / "charter.toml").write_text((ROOT / "examples" / "charter.toml").read_text())
    return tmp_path


def test_each_command_of_the_tutorial_runs_in_its_order(desk):
    commands = commands_of("tutorial.md")
    assert len(commands) >= 9
    for command in commands:
        run(command, desk, program.run_apart)
    assert list((desk / "build/two/out/camt.053").rglob("*.xml"))


def test_each_command_of_the_founding_ceremony_runs_in_its_order(desk):
    charter = desk / "charter.toml"
    commands = commands_of("how-to/founding.md")
    assert len(commands) >= 11
    for command in commands:
        said = run(command, desk)
        if "keys make" in command:
            member = f'[[members]]\nid = "{command[-2:]}"\n'
            assert member in charter.read_text()
            charter.write_text(charter.read_text().replace(member, member + said))
    assert (desk / "build/qm/charter.toml").read_text() == (desk / "build/qn/charter.toml").read_text()


def test_each_command_about_keys_runs_in_its_order(desk):
    commands = commands_of("how-to/keys.md")
    assert len(commands) >= 5
    said = [run(command, desk) for command in commands]
    assert "17 keys encrypted" in said[-1]


def test_each_command_about_proofs_runs_in_its_order(desk):
    commands = commands_of("how-to/proofs.md")
    assert len(commands) >= 7
    said = [run(command, desk) for command in commands]
    assert "Proved." in said[-2] and '"proved": true' in said[-1]


def test_each_command_about_exchanging_runs_in_its_order(desk):
    commands = commands_of("how-to/exchange.md")
    assert len(commands) >= 9
    said = [run(command, desk) for command in commands]
    assert "25.00 MYR arrive for 87,725.02 IDR" in said[4]
    assert "28.49 MYR arrive for 99,971.43 IDR" in said[5]
    assert "final since" in " ".join(said[6].split())


def test_each_command_about_trade_records_runs_in_its_order(desk):
    commands = commands_of("how-to/trade-records.md")
    assert len(commands) == 8
    said = [run(command, desk) for command in commands]
    assert all('"status": "registered"' in text for text in said[2:4])
    assert "2 trade records" in said[4]
    assert [each["number"] for each in json.loads(said[5])["records"]] == ["B-7"]
    assert "QM > SG > QN" in said[7]


def test_each_command_about_a_watched_folder_runs_in_its_order(desk):
    page = (ROOT / "docs" / "how-to" / "folder.md").read_text(encoding="utf-8")
    commands = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    assert len(commands) >= 6
    for command in commands:
        if command.startswith(".venv"):
            told = run(command, desk)
        else:
            subprocess.run(shlex.split(command), cwd=desk, check=True)
    assert "payment.xml: pacs.008 LUAL-2026-0001: 1 accepted, 0 refused, 0 pending" in told
    fields = {
        name
        for row in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert set(Slip.__struct_fields__) <= fields | {"accepted", "refused", "pending"}


def test_each_command_about_screening_runs_in_its_order(desk):
    commands = commands_of("how-to/screen.md")
    assert len(commands) >= 3
    said = [" ".join(run(command, desk).split()) for command in commands]
    assert "6 names against own (3 entries" in said[0] and "3 with a hit from 0.8 on" in said[0]
    assert json.loads(said[1])["hits"] == 3
    assert "2 with a hit from 0.95 on" in said[2]


def test_each_command_about_goods_runs_in_its_order(desk):
    commands = commands_of("how-to/goods.md")
    assert len(commands) == 13
    stopped = commands.pop(1)
    done = program.run(*shlex.split(stopped)[1:], cwd=desk)
    assert (done.returncode, json.loads(done.stdout)["records"][0]["verdict"]) == (1, "refuse")
    page = (ROOT / "docs" / "how-to" / "goods.md").read_text(encoding="utf-8")
    told = program.run(*shlex.split(stopped.removesuffix("--json"))[1:], cwd=desk).stdout
    assert told.splitlines()[0].partition(" Exempt")[0] in page
    said = [run(command, desk) for command in commands]
    assert "clear" in said[0] and "watch: Line 1" in said[1] and "price: Line 1" in said[1]
    assert "3 came" in said[7]
    assert json.loads(said[10])["flags"][0]["rule"].startswith("QN/goods/rubber/")


def test_each_command_about_lists_and_cases_runs_in_its_order(desk):
    commands = commands_of("how-to/compliance.md")
    assert len(commands) >= 13
    said = {command: " ".join(run(command, desk).split()) for command in commands}
    told = " ".join(said.values())
    assert "QM/listed of 2026-11-24" in told and "2 came" in told
    assert "Case 1: cleared. Answers written: 1." in told
    assert "1 allowed until 2027-11-24." in told
    assert "All of it holds; screened again 2 times" in told


def test_each_command_about_setting_off_runs_in_its_order(desk):
    (desk / "build").mkdir()
    commands = commands_of("how-to/setoff.md")
    assert len(commands) == 4
    said = [run(command, desk) for command in commands]
    assert "75.0 %" in said[0] and "Proved." in said[1]
    assert "9,450 IDR cleared" in said[2] and "Proved." in said[3]


def test_each_command_about_certificates_runs_in_its_order(desk):
    commands = commands_of("how-to/certificates.md")
    assert len(commands) >= 10
    said = [run(command, desk) for command in commands]
    assert '"items_compared": true' in said[-4]
    assert "It holds." in said[-1] and "booked as the certificate says" in said[-1]
    assert "Netting certificate" in (desk / "build/lual.html").read_text()


def test_each_command_about_default_runs_in_its_order(desk):
    commands = commands_of("how-to/default.md")
    assert len(commands) >= 14
    said = [run(command, desk) for command in commands]
    assert "its member's pledge" in said[-5] and "back to the line" not in said[-5]
    assert "short" in said[-1]
    assert (desk / "build/drill.html").exists()


def test_each_command_about_the_queue_runs_in_its_order(desk):
    commands = commands_of("how-to/queue.md")
    assert len(commands) >= 14
    said = dict(zip(commands, [run(command, desk) for command in commands], strict=True))
    resolved = next(text for command, text in said.items() if "resolve" in command)
    assert "3 payments settled together, IDR 4,900,000.00; 1 wait on." in resolved
    shown = next(text for command, text in said.items() if "payment show" in command)
    assert "part settled" in shown


def test_each_command_that_looks_runs_in_its_order(desk):
    commands = commands_of("how-to/look.md")
    assert len(commands) >= 14
    said = dict(zip(commands, [run(command, desk) for command in commands], strict=True))
    queued = next(text for command, text in said.items() if "--status queued" in command)
    assert "payments, in order of arrival" in queued
    assert "That is all of the journal." in next(
        t for command, t in said.items() if "views status" in command
    )


def test_each_command_about_postgresql_runs_in_its_order(desk, postgres, database, monkeypatch):
    for name, value in (each.split("=") for each in database.split()):
        monkeypatch.setenv({"host": "PGHOST", "user": "PGUSER", "dbname": "PGDATABASE"}[name], value)
    page = (ROOT / "docs" / "how-to/postgresql.md").read_text(encoding="utf-8")
    said = {}
    for line in (line.strip() for line in page.splitlines() if line.startswith("    ")):
        if line.startswith(".venv/bin/mufakat"):
            said[line] = run(line, desk)
        elif line.startswith("psql"):
            dbname = ["-d", database.rpartition("=")[2]]
            said[line] = postgres.ask(*shlex.split(line)[:1], *dbname, *shlex.split(line)[1:])
    told = list(said.values())
    assert len(told) == 8
    assert "entries are in PostgreSQL" in told[3] and "0 behind" in told[3]
    assert "settled" in told[4] and "7f0c2a64-2a0b-4b7e-9d51-0a3c6f1e2b90" in told[5]
    assert '"behind": 0' in told[6] and "0 behind" in told[7]


def test_each_command_about_reservations_runs_in_its_order(desk):
    commands = commands_of("how-to/reservations.md")
    assert len(commands) == 7
    said = [run(command, desk) for command in commands]
    assert "500,000.00" in said[3], "reserved"
    assert "350,000.00" in said[5] and "reserved" in said[5] and "settled" in said[5]
    assert "settled       3" in said[6]


def test_each_command_about_swing_credit_runs_in_its_order(desk):
    text = (desk / "charter.toml").read_text()
    page = (ROOT / "docs" / "how-to/credit.md").read_text(encoding="utf-8")
    rules = [line.strip() for line in page.splitlines() if line.startswith(("    fixing =", "    swing ="))]
    head, mark, rest = text.partition("[rules]\n")
    chosen = list({line.split(" =")[0]: line for line in reversed(rules)}.values())
    (desk / "credit.toml").write_text(head + mark + "\n".join(chosen) + "\n" + rest)
    commands = commands_of("how-to/credit.md")
    assert len(commands) == 9
    said = [run(command, desk) for command in commands]
    assert "0.252" in said[4] and "one unit is worth" in said[5]
    assert "100 to 5000, 300 to 10000, ACT/360" in said[-2]
    assert "nothing was owed" in said[-1]


def test_each_command_that_checks_messages_says_what_the_page_says(desk):
    commands = commands_of("how-to/check-messages.md")
    assert len(commands) == 8
    done = {command: program.run(*shlex.split(command)[1:], cwd=desk) for command in commands}
    failing = {command for command in commands if "wrong" in command or "cpmi" in command}
    assert {command for command, each in done.items() if each.returncode} == failing
    assert all(each.returncode in {0, 1} for each in done.values())
    page = (ROOT / "docs" / "how-to/check-messages.md").read_text(encoding="utf-8")
    shown = [line[4:] for line in page.splitlines() if line.startswith("    examples/payment-wrong.xml:")]
    assert "\n".join(shown) + "\n" == done[commands[1]].stdout, "show what the command says"
    for name, about in (ABOUT | official.ABOUT).items():
        assert f"| `{name}` | {about} |" in page
    asked = done[next(each for each in commands if "cpmi" in each)].stdout
    assert "MUF-CPMI06-01" in asked and asked.count("\n") == 1
    assert json.loads(done[commands[-1]].stdout)["invalid"] == 1


@needs_rules
def test_each_command_that_checks_invoices_says_what_the_page_says(desk):
    commands = commands_of("how-to/check-invoices.md")
    assert len(commands) == 3
    done = [program.run(*shlex.split(command)[1:], cwd=desk) for command in commands]
    assert [each.returncode for each in done] == [1, 0, 0]
    page = (ROOT / "docs" / "how-to/check-invoices.md").read_text(encoding="utf-8")
    shown = "".join(f"    {line}\n" for line in done[0].stdout.splitlines())
    assert shown in page, "show what the command says"
    assert all(f"| `{name}` | `{urn}` |" in page for name, urn in official.NAMED.items())
    assert "PEPPOL-EN16931-R001" in done[2].stdout
