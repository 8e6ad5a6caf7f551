"""How a command is described to argparse, the same for all."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.cli.workplace import Workplace

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]

Do = Callable[[Workplace, Namespace], int | None]


def add_command(
    commands: Commands, name: str, help: str, do: Do, description: str | None = None
) -> ArgumentParser:
    """A command with what it does; the description is the help in full."""
    parser = commands.add_parser(
        name,
        help=help,
        description=description or help[0].upper() + help[1:] + ".",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.set_defaults(do=do)
    return parser


def add_group(commands: Commands, name: str, help: str) -> Commands:
    """A noun with commands of its own: `childfind client create`."""
    parser = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    return parser.add_subparsers(metavar="COMMAND", required=True)
