"""Whether a command line of `mufakat` that stands in some file is one that the program knows."""

import click
import typer.main

from mufakat.cli.commands import app


def check_command(words: list[str]) -> click.Command:
    """Take a command line of `mufakat` apart, options before the command first, and return the command it names."""
    command: click.Command = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        while rest and rest[0].startswith("--"):
            assert rest[0] in options_of(command), f"{command.name} has no {rest[0]}"
            flags = {
                option for each in command.params if getattr(each, "is_flag", False) for option in each.opts
            }
            rest = rest[1:] if rest[0] in flags else rest[2:]
        assert rest[0] in command.commands, f"there is no `mufakat {rest[0]}`"
        command, rest = command.commands[rest[0]], rest[1:]
    for word in rest:
        assert not word.startswith("--") or word in options_of(command), f"{command.name} has no {word}"
    return command


def options_of(command: click.Command) -> set[str]:
    return {option for each in command.params for option in each.opts}
