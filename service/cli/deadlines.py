"""`childfind deadlines`: the table of deadlines, worked out anew."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING
from uuid import UUID

from service.cli.parsing import add_command, add_group
from service.cli.workplace import Workplace
from service.workflow import contacts, deadlines

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Work out the deadlines of every case anew, of those that are over too: after an update of the
service that corrects a rule or a state's law. The table only serves lists; a case's own deadlines
are always computed when they are read. What is flagged of children follows, and the words of every
contact are looked at again for what may ask for an evaluation.
"""


def add(commands: Commands) -> None:
    group = add_group(commands, "deadlines", "work out deadlines anew")
    parser = add_command(group, "rebuild", "rebuild a district's deadlines", rebuild, DESCRIPTION)
    parser.add_argument("--district", required=True, type=UUID)


def rebuild(workplace: Workplace, given: Namespace) -> None:
    with workplace.unit_of_work(given.district) as uow:
        read_anew = contacts.read_anew(uow)
        rebuilt = deadlines.rebuild(uow, workplace.policies)
        uow.commit()
    print(f"The deadlines of {rebuilt.cases:,} cases are up to date; {rebuilt.changed:,} were not.")
    if read_anew:
        print(f"{read_anew:,} contacts were found to say something else than was noted of them.")
