"""`childfind import`: bring a OneRoster bundle into a district."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from uuid import UUID

from service.cli.parsing import add_command
from service.cli.workplace import Refused, Workplace
from service.imports import jobs
from service.imports.oneroster.apply import compare
from service.imports.oneroster.report import Report
from service.storage.imports import Import

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Bring a OneRoster 1.1 or 1.2 CSV bundle (a zip or a folder) into a district, all of it or nothing.
The same bundle again changes nothing. Who is no longer in a full file becomes inactive; nobody is
deleted. A roster that would deactivate a large part of the students is held: look at it, and
send it again with --force if it is right.
"""


def add(commands: Commands) -> None:
    parser = add_command(commands, "import", "bring a roster into a district", roster, DESCRIPTION)
    parser.add_argument("path", type=Path, help="a zip or a folder")
    parser.add_argument("--district", required=True, type=UUID)
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would change, keep nothing"
    )
    parser.add_argument("--force", action="store_true", help="even if the roster shrinks a lot")
    parser.add_argument(
        "--strict", action="store_true", help="take nothing if anything is to be corrected"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def roster(workplace: Workplace, given: Namespace) -> int:
    if not given.path.exists():
        raise Refused(f"There is no file or folder {given.path}.")
    with Meter(sys.stderr) as meter:
        report = import_roster(
            workplace,
            given.district,
            given.path,
            dry_run=given.dry_run,
            force=given.force,
            strict=given.strict,
            meter=meter,
        )
    if given.json:
        print(json.dumps(report.to_dict(), indent=2))
    else:
        print("\n".join(report.lines()))
        if given.dry_run:
            print("This was a dry run: nothing was changed.")
    return 1 if report.held else 0


def import_roster(
    workplace: Workplace,
    district_id: UUID,
    path: Path,
    *,
    dry_run: bool = False,
    force: bool = False,
    strict: bool = False,
    meter: Meter | None = None,
) -> Report:
    """Bring a bundle in, with the deadlines that follow from it, in one transaction."""
    began = workplace.clock.now()
    with workplace.unit_of_work(district_id, writes=False) as looking:
        plan = compare(looking, path, force=force, strict=strict, progress=meter)
    with plan:
        if not dry_run:
            with workplace.unit_of_work(district_id) as uow:
                row = uow.add(Import(status="running", started_at=began, report={}))
                uow.record("import.started", row)
                jobs.write(uow, workplace.policies, row, plan)
                uow.commit()
        return plan.report()


class Meter:
    """One line on a terminal that says how far the reading is; nothing anywhere else."""

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal if terminal.isatty() else None

    def __call__(self, file: str, rows: int) -> None:
        if self.terminal:
            bar = "#" * min(rows // 1000, 40)
            self.terminal.write(f"\r\x1b[K{file:<22} {rows:>9,} rows {bar}")
            self.terminal.flush()

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self.terminal:
            self.terminal.write("\r\x1b[K")
            self.terminal.flush()
