"""Write the reference pages from the program itself, so that they cannot say anything else.

Usage: python tools/reference.py docs/reference
"""

import inspect
import sys
from pathlib import Path

import click
import typer.main

from mufakat.cli.commands import app
from mufakat.messages.fault import CODES
from mufakat.messages.pacs import TAKEN
from mufakat.model import command as c
from mufakat.model.refusal import EXPLANATIONS

COMMANDS_HEAD = """# Commands

Options before the command: `--home FOLDER` (or `MUFAKAT_HOME`; `union` if neither is given), `--passphrase-file FILE` (or
`MUFAKAT_PASSPHRASE_FILE`; for encrypted keys a terminal asks if neither is given) and `--version`.
Exit codes: 0 done, 1 refused by the rules or failed, 2 wrong usage, 7 the journal fails verification, 130 stopped by Ctrl-C.
"""
REASONS_HEAD = """# Reasons

Why the rules refuse. Numbers are permanent and in order of precedence. The code is what a pacs.002 carries
(ISO 20022 ExternalStatusReason1Code).

| number | reason | code | what to do |
|---|---|---|---|
"""
SIGNED_HEAD = """# Signed commands

What a member or participant can tell the union; `mufakat tell AUTHOR NAME field=value ...` signs and submits any of them.
Amounts are minor units.
"""


def commands() -> str:
    """Describe each command with its arguments and options."""
    group = typer.main.get_command(app)
    return COMMANDS_HEAD + "".join(_described(group, ()))


def _described(group: click.Command, path: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name, command in sorted(getattr(group, "commands", {}).items()):
        if hasattr(command, "commands"):
            found += _described(command, (*path, name))
            continue
        context = click.Context(command, info_name=" ".join((*path, name)))
        usage = command.get_usage(context).removeprefix("Usage: ")
        found.append(f"\n## {' '.join((*path, name))}\n\n{command.help}\n\n    mufakat {usage}\n")
        rows = [record for each in command.params if (record := each.get_help_record(context)) is not None]
        if rows:
            found.append("\n" + "".join(f"- `{names}`: {text}\n" for names, text in rows))
    return found


def reasons() -> str:
    """List each reason with its number, code and words."""
    rows = [
        f"| {reason:d} | {reason.name} | {each.code} | {each.text} |\n"
        for reason, each in EXPLANATIONS.items()
    ]
    return REASONS_HEAD + "".join(sorted(rows, key=lambda row: int(row.split("|")[1])))


def signed_commands() -> str:
    """List each command's tag and fields."""
    parts = [SIGNED_HEAD]
    for kind in c.AnyCommand.__args__:
        fields = ", ".join(f"`{name}`" for name in kind.__struct_fields__)
        parts.append(
            f"\n## {kind.__name__}, tag {kind.__struct_config__.tag}\n\n{inspect.getdoc(kind)}\n\nFields: {fields}\n"
        )
    return "".join(parts)


def messages() -> str:
    """Say which messages are taken and written, and the codes of what is wrong with a file."""
    return f"""# Messages

| direction | message | note |
|---|---|---|
| in | {TAKEN[0]} to {TAKEN[-1][-3:]} | bare Document or any wrapper; an AppHdr must name the same message |
| in | UBL 2.1 Invoice | parties by LEI (scheme 0199); becomes an obligation of the customer |
| in | CSV of payments | uetr, end_to_end_id, debtor_agent, creditor_agent, currency, amount, value_date; more optional |
| in | CSV of obligations | id, debtor, creditor, currency, amount, due; document optional |
| out | pacs.002.001.10 | one for each pacs.008, and one more when what waited has ended |
| out | camt.053.001.08 | one for each settlement account and business date |

Statuses: ACSC settled, PDNG queued for funds, ACSP accepted for the next cycle or its value date, RJCT refused.

Payments: settlement method CLRG; `ClrChanl` RTGS (gross at once, or queued) or MPNS (net in the next cycle); UETR,
debtor and creditor agent by BIC, and settlement date are asked for.

A file that cannot be read whole is refused with one of: {", ".join(sorted(CODES))}.
"""


PAGES = {
    "commands.md": commands,
    "reasons.md": reasons,
    "signed-commands.md": signed_commands,
    "messages.md": messages,
}


def main() -> None:
    """Write the pages into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
