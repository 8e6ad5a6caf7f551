"""`childfind migrate`: bring the database's tables up to date."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from migrations import run as migrations
from service.cli.parsing import add_command
from service.cli.workplace import Workplace

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Create or change the tables, as the role that owns them: CHILDFIND_DATABASE_OWNER_URL, or else
CHILDFIND_DATABASE_URL. On PostgreSQL, when the service runs as another role, that role is given
what it needs and no more: rows but no tables, and a journal that it can only append to.
Doing it again changes nothing.
"""


def add(commands: Commands) -> None:
    add_command(commands, "migrate", "bring the database up to date", migrate, DESCRIPTION)


def migrate(workplace: Workplace, given: Namespace) -> None:
    workplace.migrate()
    print(f"The database is at revision {migrations.head()}.")
