"""Commands about messages before anybody sends them: message check, rules, fetch-rules. No union is needed."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from mufakat.cli import rulefiles
from mufakat.cli.paths import all_of
from mufakat.cli.terminal import REFUSED, USAGE, AsJson, Failed, app, emit, out, progress_of
from mufakat.messages.envelope import MAX_BYTES
from mufakat.messages.rules import official
from mufakat.messages.rules.official import Unusable
from mufakat.messages.rules.registry import ABOUT, SETS
from mufakat.messages.rules.rule import Finding, Rule
from mufakat.messages.rules.schematron import Sheets
from mufakat.messages.rules.verdict import OPENING, SAFE, Verdict, verdict

message_app = typer.Typer(no_args_is_help=True, help="Messages, checked before they are sent.")
app.add_typer(message_app, name="message")

RULES_HELP: Final = "; ".join(f"{name}: {about}" for name, about in (ABOUT | official.ABOUT).items())
Rules = Annotated[
    list[str] | None,
    typer.Option("--rules", metavar="NAME", help=f"A set of rules, more than once if need be. {RULES_HELP}."),
]


@message_app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Files, or folders with all that is in them.")],
    schema_only: Annotated[bool, typer.Option("--schema-only", help="The schema's verdict alone.")] = False,
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """Check messages against their official schemas and the rules of the trade: exit 0 all valid, 1 not."""
    sets = _sets(rules, schema_only)
    paths = all_of(files)
    verdicts: list[tuple[Path, Verdict]] = []
    with Sheets(official.home()) as sheets, progress_of("files checked") as tell:
        _need(sheets, sets or ())
        for number, path in enumerate(paths, 1):
            verdicts.append((path, _verdict(path, sets, sheets)))
            if not as_json:
                _print(*verdicts[-1])
            tell(number, len(paths))
    valid = sum(each.is_valid for _, each in verdicts)
    if as_json:
        emit({"valid": valid, "invalid": len(paths) - valid, "files": [_plain(*each) for each in verdicts]})
    elif len(paths) > 1:
        out.print(f"{len(paths):,} files: {valid:,} valid, {len(paths) - valid:,} not.", highlight=False)
    if valid < len(paths):
        raise typer.Exit(REFUSED)


def _sets(rules: list[str] | None, schema_only: bool) -> tuple[str, ...] | None:
    for name in rules or ():
        if name not in SETS and name not in official.SETS:
            raise Failed(f"no set of rules {name!r}; there are {', '.join((*SETS, *official.SETS))}", USAGE)
    if rules and schema_only:
        raise Failed("name rules or ask for the schema alone, not both", USAGE)
    return () if schema_only else tuple(rules) if rules else None


def _need(sheets: Sheets, names: tuple[str, ...]) -> None:
    """Refuse when sets of official rules are named that cannot be run."""
    named = tuple(name for name in names if name in official.SETS)
    if named:
        try:
            sheets.usable(named)
        except Unusable as error:
            raise Failed(str(error)) from error


def _verdict(path: Path, sets: tuple[str, ...] | None, sheets: Sheets) -> Verdict:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        unread = Finding(
            rule=SAFE.id,
            severity=SAFE.severity,
            code=SAFE.code,
            line=None,
            path="",
            text=f"The file cannot be read: {error.strerror}.",
        )
        return Verdict(message="", sets=(), findings=(unread,))
    return verdict(data, sets, sheets)


def _plain(path: Path, each: Verdict) -> dict[str, object]:
    return {
        "file": str(path),
        "message": each.message,
        "valid": each.is_valid,
        "rules": list(each.sets),
        "findings": [msgspec.to_builtins(finding) for finding in each.findings],
    }


def _print(path: Path, each: Verdict) -> None:
    for finding in each.findings:
        out.print(finding.place(str(path)), markup=False, highlight=False, soft_wrap=True)
    looked = f", {', '.join(each.sets)}" if each.sets else ""
    if each.is_valid:
        out.print(f"{path}: valid ({each.message}{looked})", markup=False, highlight=False, soft_wrap=True)


@message_app.command("rules")
def rules_of(
    rules: Rules = None,
    as_json: AsJson = False,
) -> None:
    """List the rules: identifier, code of a rejection, what it says, and where it comes from.

    The official rules of invoices are listed when they are named.
    """
    named = _sets(rules, schema_only=False) or tuple(SETS)
    listed = {name: SETS[name] if name in SETS else _official(name) for name in named}
    if not rules:
        listed = {"opening": OPENING, **listed}
    if as_json:
        fields = ("id", "severity", "code", "title", "source")
        every = [(name, rule) for name, those in listed.items() for rule in those]
        emit(
            {"rules": [{"set": name, **{key: getattr(rule, key) for key in fields}} for name, rule in every]}
        )
        return
    for name, those in listed.items():
        for rule in those:
            text = f"{rule.id:<14} {rule.code} {name:<8} {rule.severity:<8} {rule.title}. {rule.source}"
            out.print(text, markup=False, highlight=False, soft_wrap=True)


def _official(name: str) -> tuple[Rule, ...]:
    try:
        return tuple(
            rule for file in official.SETS[name] for rule in official.rules_of(file, official.home())
        )
    except Unusable as error:
        raise Failed(str(error)) from error


@message_app.command("fetch-rules")
def fetch_rules(
    packages: Annotated[
        Path | None,
        typer.Option("--from", help="A folder that has the packages, where Maven is not to get them."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Get the official rules of invoices, pinned by SHA-256, into this installation's share/mufakat/rules."""
    written = rulefiles.fetch(packages, official.home())
    if as_json:
        emit({"files": [str(path) for path in written]})
        return
    for path in written:
        out.print(f"{path}", markup=False, highlight=False, soft_wrap=True)
