"""`childfind check-data`: what other systems write, against what takes it in.

Each bundle, and the Ed-Fi sample, goes into a database of its own that is thrown away, and goes
in twice.
"""

from __future__ import annotations

import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from service.cli.check_edfi import check_edfi
from service.cli.districts import create_district
from service.cli.imports import Meter, import_roster
from service.cli.parsing import add_command
from service.cli.workplace import Refused, Workplace
from service.imports.oneroster.report import BundleRefused, Report
from service.storage.schools import StaffMember
from service.storage.students import Guardian, Student

if TYPE_CHECKING:
    from service.cli.parsing import Commands

DESCRIPTION = """\
Read the four OneRoster bundles under DIR/oneroster and the Ed-Fi sample in DIR/edfi/ds-5.2, each
twice and each into a database that is thrown away, and say what came of them:

  school-small, district-large   everything loads, and loading it again changes nothing
  dangling-orgs                  (test-csv.csv as its users.csv) everybody loads without a school,
                                 and one finding names the organisation that is not there
  header-only                    sent over a loaded school: refused as an empty roster, and nobody
                                 is deactivated
  ds-5.2                         sent in through the API as a SIS would, it comes out in the same
                                 shapes; every member that differs is named, with the reason
"""

DANGLING = "dangling-orgs"
HEADER_ONLY = "header-only"
EDFI = "ds-5.2"
COMPLETE = ("school-small", "district-large")
NEEDED = (*COMPLETE, DANGLING, HEADER_ONLY)


@dataclass
class Checked:
    """What came of one bundle."""

    name: str
    seconds: list[float] = field(default_factory=list)
    students: int = 0
    staff: int = 0
    guardians: int = 0
    findings: tuple[str, ...] = ()
    expectations: list[tuple[str, bool]] = field(default_factory=list)

    def expect(self, what: str, is_so: bool) -> None:
        self.expectations.append((what, is_so))

    @property
    def good(self) -> bool:
        return all(is_so for _, is_so in self.expectations)


def add(commands: Commands) -> None:
    parser = add_command(
        commands, "check-data", "try the importer on real rosters", check, DESCRIPTION
    )
    parser.add_argument("folder", type=Path, metavar="DIR")


def check(workplace: Workplace, given: Namespace) -> int:
    folder: Path = given.folder / "oneroster"
    missing = [name for name in NEEDED if not (folder / name).is_dir()]
    if missing:
        raise Refused(f"There is no folder {folder / missing[0]}.")
    sample: Path = given.folder / "edfi" / EDFI
    if not sample.is_dir():
        raise Refused(f"There is no folder {sample}.")
    with Meter(sys.stderr) as meter:
        results = [_check(workplace, folder / name, meter) for name in NEEDED]
    with _throw_away(workplace) as trial:
        expectations, compared = check_edfi(trial.workplace, trial.district_id, sample)
    print("\n".join(table(results)))
    print("\n".join(["", EDFI, *_expected(expectations)]))
    print("\n".join(f"          {line}" for one in compared for line in one.lines()))
    good = all(result.good for result in results) and all(is_so for _, is_so in expectations)
    return 0 if good else 1


# --- the bundles ------------------------------------------------------------------------------


def _check(workplace: Workplace, bundle: Path, meter: Meter) -> Checked:
    result = Checked(bundle.name)
    checks = {DANGLING: _dangling, HEADER_ONLY: _header_only}
    try:
        with _throw_away(workplace) as trial:
            checks.get(bundle.name, _complete)(trial, bundle, result, meter)
    except (BundleRefused, SQLAlchemyError) as error:
        result.expect(f"it loads: {getattr(error, 'orig', error)!s}", False)
    return result


def _complete(trial: Trial, bundle: Path, result: Checked, meter: Meter) -> None:
    first, _ = trial.load(bundle, result, meter)
    before = trial.counts()
    again, nothing_to_do = trial.load(bundle, result, meter)
    result.students, result.staff, result.guardians = before
    result.findings = _said(first)
    result.expect(
        f"all {first.rows_read['users']:,} users are on record",
        trial.people() == first.rows_read["users"] and not first.rows_refused,
    )
    result.expect("no finding is an error", _errors(first) == 0)
    result.expect("loading it again changes nothing", nothing_to_do and trial.counts() == before)
    result.expect("both were taken", not first.held and not again.held)


def _dangling(trial: Trial, folder: Path, result: Checked, meter: Meter) -> None:
    with TemporaryDirectory() as directory:
        bundle = Path(directory)
        shutil.copy(folder / "orgs.csv", bundle / "orgs.csv")
        shutil.copy(folder / "test-csv.csv", bundle / "users.csv")
        first, _ = trial.load(bundle, result, meter)
        _, nothing_to_do = trial.load(bundle, result, meter)
        result.students, result.staff, result.guardians = trial.counts()
        result.findings = _said(first)
        users = first.rows_read["users"]
        result.expect(
            f"all {users:,} users are on record, with no school",
            trial.people() == users and trial.in_a_school() == 0,
        )
        of_orgs = [f for f in first.findings if f.code == "missing_org"]
        result.expect(
            f"one finding names the missing organisation, {users:,} times",
            len(of_orgs) == 1
            and of_orgs[0].count == users
            and _named_by_all(bundle / "users.csv") in of_orgs[0].message,
        )
        result.expect("loading it again changes nothing", nothing_to_do)


def _header_only(trial: Trial, bundle: Path, result: Checked, meter: Meter) -> None:
    trial.load(bundle.with_name(COMPLETE[0]), Checked(""), meter)
    before = trial.counts()
    refusals = []
    for _ in range(2):
        try:
            trial.load(bundle, result, meter)
        except BundleRefused as refusal:
            refusals.append(refusal)
    result.students, result.staff, result.guardians = trial.counts()
    result.findings = tuple(str(refusal) for refusal in refusals[:1])
    result.expect(
        "it is refused as an empty roster, both times",
        [refusal.code for refusal in refusals] == ["empty_roster"] * 2,
    )
    result.expect("nobody is deactivated", trial.counts() == before and sum(before) > 0)


def _named_by_all(users: Path) -> str:
    """The organisation of the first user, which is that of all of them."""
    lines = users.read_text().splitlines()
    return lines[1].split(",")[lines[0].split(",").index("orgSourcedIds")]


# --- a district to throw away -----------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """A district in a database of its own."""

    workplace: Workplace
    district_id: UUID

    def load(self, bundle: Path, result: Checked, meter: Meter) -> tuple[Report, bool]:
        """Import a bundle; its report, and whether there was nothing to change."""
        began = time.perf_counter()
        try:
            report = import_roster(self.workplace, self.district_id, bundle, meter=meter)
        finally:
            result.seconds.append(time.perf_counter() - began)
        return report, report.empty

    def counts(self) -> tuple[int, int, int]:
        """Active students, staff and guardians."""
        with self.workplace.unit_of_work(self.district_id) as uow:
            students, staff, guardians = (
                uow.rows(select(func.count()).select_from(kind).where(kind.active))[0][0]
                for kind in (Student, StaffMember, Guardian)
            )
        return students, staff, guardians

    def people(self) -> int:
        """Persons on record; a guardian of two students is one."""
        students, staff, _ = self.counts()
        with self.workplace.unit_of_work(self.district_id) as uow:
            guardians = uow.rows(select(Guardian.sourced_id).distinct())
        return students + staff + len(guardians)

    def in_a_school(self) -> int:
        with self.workplace.unit_of_work(self.district_id) as uow:
            return sum(
                len(uow.rows(select(kind.id).where(kind.school_id.is_not(None))))
                for kind in (Student, StaffMember)
            )


@contextmanager
def _throw_away(workplace: Workplace) -> Iterator[Trial]:
    with TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/childfind.sqlite3"
        settings = replace(workplace.settings, data_dir=Path(directory), database_url=url)
        with closing(replace(workplace, settings=settings)) as place:
            place.migrate(owner_url=url)
            district_id = create_district(
                place, name="Throw-away", jurisdiction="us", time_zone="America/Chicago"
            )
            yield Trial(place, district_id)


# --- what is printed --------------------------------------------------------------------------


def _errors(report: Report) -> int:
    return sum(finding.severity == "error" for finding in report.findings)


def _said(report: Report) -> tuple[str, ...]:
    return tuple(
        f"{f.severity}: {f.message}" + (f" ({f.count:,} times)" if f.count > 1 else "")
        for f in report.findings
    )


def table(results: Sequence[Checked]) -> list[str]:
    """The results for people: a table, then what each bundle was to show."""
    columns: tuple[tuple[str, int, Callable[[Checked], str]], ...] = (
        ("students", 8, lambda r: f"{r.students:,}"),
        ("staff", 6, lambda r: f"{r.staff:,}"),
        ("guardians", 9, lambda r: f"{r.guardians:,}"),
        ("first s", 7, lambda r: f"{r.seconds[0]:.1f}" if r.seconds else ""),
        ("again s", 7, lambda r: f"{r.seconds[-1]:.1f}" if r.seconds[1:] else ""),
        ("findings", 8, lambda r: f"{len(r.findings):,}"),
    )
    lines = [f"{'bundle':<15}" + "".join(f"  {name:>{width}}" for name, width, _ in columns)]
    for r in results:
        lines.append(f"{r.name:<15}" + "".join(f"  {show(r):>{w}}" for _, w, show in columns))
    for r in results:
        lines += ["", r.name, *_expected(r.expectations)]
        lines += [f"          {finding}" for finding in r.findings]
    return lines


def _expected(expectations: Sequence[tuple[str, bool]]) -> list[str]:
    return [f"  {'ok     ' if is_so else 'NOT SO '} {what}" for what, is_so in expectations]
