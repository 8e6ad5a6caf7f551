"""`childfind import-history`: what a district did before it had this service."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

from service.cli.imports import Meter
from service.cli.parsing import add_command
from service.cli.workplace import Refused, Workplace
from service.imports.history.load import parts
from service.imports.history.read import format_of
from service.imports.history.report import SHOWN, Report
from service.imports.history.staging import Staged
from service.storage.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Load past and open interventions, referrals, notices, consents, evaluations, determinations and
plans with their own dates: NDJSON, one record a line, CSV (a name that ends in .csv), or both in
a .zip. Load the roster first. No rule refuses a record; what a rule finds is a finding. No webhook
is told. The same file again changes nothing, and goes on where it was interrupted. At the end
stands every case that is late already or cannot be dated. docs/case-history.md says what a
record holds.
"""


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "import-history", "load what was done before", history, DESCRIPTION
    )
    parser.add_argument("path", type=Path, help="an NDJSON, CSV or zip file")
    parser.add_argument("--district", required=True, type=UUID)
    parser.add_argument("--dry-run", action="store_true", help="say what would come, keep nothing")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def history(workplace: Workplace, given: Namespace) -> int:
    if not given.path.is_file():
        raise Refused(f"There is no file {given.path}.")
    with Meter(sys.stderr) as meter:
        report = import_history(
            workplace,
            given.district,
            given.path,
            dry_run=given.dry_run,
            shown=None if given.json else SHOWN,
            meter=meter,
        )
    if given.json:
        print(json.dumps(report.whole(), indent=2))
    else:
        print("\n".join(report.lines()))
        if given.dry_run:
            print("This was a dry run: nothing was changed.")
    return 1 if report.held_because else 0


def import_history(
    workplace: Workplace,
    district_id: UUID,
    path: Path,
    *,
    dry_run: bool = False,
    shown: int | None = SHOWN,
    meter: Meter | None = None,
) -> Report:
    """Load a history; the report, with at most so many findings and entries `shown`, or all."""

    def begin() -> UnitOfWork:
        return workplace.unit_of_work(district_id, quiet=True)

    with (
        TemporaryDirectory(prefix="childfind-history-") as folder,
        Staged(Path(folder) / "lines.sqlite3") as staged,
    ):
        with workplace.unit_of_work(district_id, writes=False) as looking:
            staged.read(looking, path, format_of(path.name), path.name, meter)
        whole, rows = staged.report, 0
        whole.dry_run = dry_run
        for _, some in staged.findings():
            whole.show(some, (), shown)
        for uow, batch, part in parts(begin, workplace.policies, staged):
            if dry_run:
                part.undone()
            else:
                uow.commit()
            whole.add(part)
            whole.show(part.findings, part.owed, shown)
            rows += len(batch.records)
            if meter is not None:
                meter("loading", rows)
    return whole
