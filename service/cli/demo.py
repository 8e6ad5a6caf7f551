"""`childfind demo`: one child's case, walked through the service."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from service.cli.parsing import add_command
from service.cli.workplace import Workplace

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Walk one child's case through the service, from a teacher's concern to a decision, and show every
request and every answer. It uses a database of its own, which is gone afterwards.
"""


def add(commands: Commands) -> None:
    add_command(commands, "demo", "walk one child's case through the service", walk, DESCRIPTION)


def walk(workplace: Workplace, given: Namespace) -> int | None:
    from service import demo

    return demo.main()
