"""The lines of a history, laid down by student: a file of any length in little memory.

A case stands on all its lines, wherever they are in the file, and a student's cases on each other.
So the file is read once, each line is understood, and what was understood is kept in a file of its
own, from which it comes back student by student. Nothing is written to the record here.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.imports.history.plan import case_name
from service.imports.history.read import KINDS, HistoryRefused, Line, Record, Wrong, lines, record
from service.imports.history.report import Finding, Report
from service.storage.students import StudentIdentifier
from service.storage.unit_of_work import UnitOfWork

AT_ONCE = 500
"""So many lines are looked up at once, and about so many are loaded in one transaction."""

Progress = Callable[[str, int], None]
"""Told the file and how many of its lines were read."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE records (
    n INTEGER PRIMARY KEY, source_system TEXT, kind TEXT, source_id TEXT, file TEXT, line INTEGER,
    student TEXT, held TEXT, UNIQUE (source_system, kind, source_id)
);
CREATE TABLE cases (
    source_system TEXT, name TEXT, student TEXT, PRIMARY KEY (source_system, name)
) WITHOUT ROWID;
CREATE TABLE findings (n INTEGER PRIMARY KEY, held TEXT);
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """All lines of some students; `students`: who is meant by which identifier."""

    records: Sequence[Record]
    students: Mapping[tuple[str, str], UUID]

    @property
    def last(self) -> UUID:
        """The last student of it: batches come in the order of students."""
        return max(self.students.values(), key=str)


class Staged:
    """A history that was read. `report`: what became of the lines that cannot be loaded."""

    def __init__(self, path: Path | str) -> None:
        self.report = Report()
        self._taken = 0
        self._kept = sqlite3.connect(path, isolation_level=None)
        self._kept.executescript(_TABLES)

    def __enter__(self) -> Staged:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._kept.close()

    # Reading ------------------------------------------------------------------------------

    def read(
        self,
        uow: UnitOfWork,
        source: bytes | Path,
        format: str,
        name: str,
        progress: Progress | None = None,
        *,
        most: int | None = None,
    ) -> None:
        """Read all of it, and see who is meant; of a try, at most so many lines.

        `uow` looks students up, and is closed after each look. Raises `HistoryRefused` and
        `BundleRefused`.
        """
        read = lines(source, format, name)
        file, count, total = "", 0, 0
        while some := self._take(uow, islice(read, AT_ONCE)):
            total += len(some)
            if most is not None and total > most:
                raise HistoryRefused(
                    "too_long_to_try_at_once",
                    f"It has more than {most:,} lines, too many to be tried in one request.",
                    "Send it with compare_only=true: a job that keeps nothing but what it finds.",
                )
            count = count + len(some) if some[-1] == file else len(some)
            file = some[-1]
            if progress is not None:
                progress(file, count)

    def _take(self, uow: UnitOfWork, some: Iterable[Line]) -> list[str]:
        """Understand some lines, one after the other; the file of each.

        What a line says beside a record takes many times its length, so none is held as it came.
        """
        files: list[str] = []
        understood: dict[int, Record] = {}
        for line in some:
            files.append(line.file)
            self._taken += 1
            try:
                understood[self._taken] = self._understood(self._taken, line, uow.today)
            except Wrong as wrong:
                self._leave_out(self._taken, line.kind or "unknown", line.refused(wrong))
        students = students_of(uow, understood.values())
        uow.close()  # no transaction stays open while more is read
        for n, one in understood.items():
            student_id = students.get(one.student)
            if student_id is None:
                message = "No student has this identifier."
                self._refuse(n, one, "unknown_student", message, "student")
            elif one.kind != "intervention" and self._owner(one, student_id) != str(student_id):
                self._refuse(n, one, "another_student", "Its case is of another student.", "case")
            else:
                self._kept.execute(
                    "UPDATE records SET student = ?, held = ? WHERE n = ?",
                    (str(student_id), _held(one), n),
                )
        return files

    def _understood(self, n: int, line: Line, today: date) -> Record:
        one = record(line, today)
        try:
            self._kept.execute(
                "INSERT INTO records (n, source_system, kind, source_id, file, line)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (n, *one.key, one.file, one.line),
            )
        except sqlite3.IntegrityError:
            file, number = self._kept.execute(
                "SELECT file, line FROM records"
                " WHERE source_system = ? AND kind = ? AND source_id = ?",
                one.key,
            ).fetchone()
            message = f"Line {number} of {file} has the same kind, system and id."
            raise Wrong("twice", message, "source_id") from None
        return one

    def _owner(self, one: Record, student_id: UUID) -> str:
        """Whose the case of a line is: the student's of its first line."""
        named = (one.source_system, case_name(one))
        self._kept.execute(
            "INSERT OR IGNORE INTO cases VALUES (?, ?, ?)", (*named, str(student_id))
        )
        found = self._kept.execute(
            "SELECT student FROM cases WHERE source_system = ? AND name = ?", named
        )
        return str(found.fetchone()[0])

    def _refuse(self, n: int, one: Record, code: str, message: str, field: str) -> None:
        finding = one.finding(code, "error", f"{message} It was left out.", field)
        self._leave_out(n, one.kind, finding)

    def _leave_out(self, n: int, kind: str, finding: Finding) -> None:
        self.report.count(kind, "left_out")
        self.report.find(finding)
        # Kept beside the lines, so that a file of nothing but faults fills no memory.
        self.report.findings.clear()
        self._kept.execute("INSERT INTO findings VALUES (?, ?)", (n, json.dumps(_said(finding))))

    # What was read ------------------------------------------------------------------------

    def records_until(self, last: UUID | None) -> int:
        """How many lines to be loaded are of students up to this one; none of None."""
        found = self._kept.execute(
            "SELECT count(*) FROM records WHERE student <= ?", (str(last or ""),)
        )
        return int(found.fetchone()[0])

    def findings(self, after: int = 0) -> Iterator[tuple[int, list[Finding]]]:
        """What was found of the lines that cannot be loaded, some at a time, in their order.

        With each the number of its last line, as they were counted in all files together; `after`:
        only of the lines after this one.
        """
        found = self._kept.execute("SELECT n, held FROM findings WHERE n > ? ORDER BY n", (after,))
        with closing(found):
            while some := found.fetchmany(AT_ONCE):
                yield some[-1][0], [Finding(**json.loads(held)) for _, held in some]

    def batches(self, after: UUID | None = None) -> Iterator[Batch]:
        """The lines to be loaded, some students at a time; `after`: only of those after this."""
        found = self._kept.execute(
            "SELECT source_system, kind, source_id, file, line, student, held FROM records"
            " WHERE student > ? ORDER BY student, n",
            (str(after or ""),),
        )
        records: list[Record] = []
        students: dict[tuple[str, str], UUID] = {}
        last = None
        with closing(found):
            for *named, student, held in found:
                if student != last and len(records) >= AT_ONCE:
                    yield Batch(records, students)
                    records, students = [], {}
                last = student
                records.append(_record(named, held))
                students[records[-1].student] = UUID(student)
        if records:
            yield Batch(records, students)


def students_of(uow: UnitOfWork, records: Iterable[Record]) -> dict[tuple[str, str], UUID]:
    """The students of some lines, by identifier."""
    row = StudentIdentifier
    values: dict[str, set[str]] = defaultdict(set)
    for one in records:
        values[one.student[0]].add(one.student[1])
    found: dict[tuple[str, str], UUID] = {}
    for system, some in values.items():
        statement = select(row.value, row.student_id).where(
            row.system == system, row.value.in_(sorted(some))
        )
        found |= {(system, one.value): one.student_id for one in uow.rows(statement)}
    return found


def _said(finding: Finding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in Finding.__dataclass_fields__}


def _held(one: Record) -> str:
    """A record as it is kept, besides what it is called."""
    return json.dumps([one.case, one.student, dict(one.values), one.digest], default=str)


def _record(named: Sequence[Any], held: str) -> Record:
    source_system, kind, source_id, file, line = named
    case, (system, value), values, digest = json.loads(held)
    for name in (*KINDS[kind].days, *KINDS[kind].ahead):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    return Record(
        file=file,
        line=line,
        kind=kind,
        source_system=source_system,
        source_id=source_id,
        case=case,
        student=(system, value),
        values=values,
        digest=digest,
    )
