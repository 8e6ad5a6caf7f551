"""`childfind import-history`: what a district did before it had this service."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from service.cli.parsing import add_command
from service.cli.workplace import Refused, Workplace
from service.imports.history.apply import load

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Load past and open interventions, referrals, consents, evaluations, determinations and plans with
their own dates: NDJSON, one record a line, or CSV (a name that ends in .csv). Load the roster
first. No rule refuses a record; what a rule finds is a finding. No webhook is told. The same file
again changes nothing. At the end stands every case that is late already or cannot be dated.
docs/case-history.md says what a record holds.
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "import-history", "load what was done before", history, DESCRIPTION
    )
    parser.add_argument("path", type=Path, help="an NDJSON or a CSV file")
    parser.add_argument("--district", required=True, type=UUID)
    parser.add_argument("--dry-run", action="store_true", help="say what would come, keep nothing")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def history(workplace: Workplace, given: Namespace) -> None:
    if not given.path.is_file():
        raise Refused(f"There is no file {given.path}.")
    with workplace.unit_of_work(given.district, quiet=True) as uow:
        report = load(uow, workplace.policies, given.path, dry_run=given.dry_run)
        if not given.dry_run:
            uow.commit()
    if given.json:
        print(json.dumps(report.to_dict(), indent=2))
        return
    print("\n".join(report.lines()))
    if given.dry_run:
        print("This was a dry run: nothing was changed.")
