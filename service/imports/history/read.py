"""Reading a case history: NDJSON with one record a line, CSV with one a row, or both in a zip.

The same members in both; in CSV the student is `student_system` and `student_value`, a list is
separated by semicolons, and an empty cell is none. A file of a zip that is named by a kind
(`referrals.csv`) needs no `kind`. A line that cannot be read is a finding and the others are read.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Any

from service.domain.dates import written
from service.domain.frameworks import FRAMEWORKS
from service.imports.history.report import Finding
from service.imports.oneroster.read.archive import Counted, Limits, Member, members_of, shown
from service.imports.oneroster.report import BundleRefused, speakable
from service.storage import cases, determinations, interventions, notices, plans

EARLIEST = date(1975, 11, 29)
"""The day of Public Law 94-142: an earlier day is a slip of the pen."""
LONGEST_WORD, LONGEST_ID = 40, 200
LONGEST_LINE = 2**17
"""Of a line, or of a CSV row that goes on over lines: as of a roster."""
LONGEST_NAME = 80
"""So much of the name of a file is told with each line of it."""
MOST_LINES = 5_000_000
"""Each may leave a finding behind, so that few bytes of a zip would fill the database."""
MOST_NAMED, MOST_DIGITS = 10, 9
SHORT = {"category": 16, "language": 35, "area": LONGEST_WORD, "delivery": LONGEST_WORD}
"""Members that are codes, and how long one is at most."""
LINE = frozenset({"kind", "source_system", "source_id", "student", "case"})


NOT_A_RECORD = (
    "The line is not one JSON object that says each thing once, or has more cells than columns."
)
IN_ORDER = (
    ("started_on", "ended_on"),
    ("in_effect_on", "ended_on"),
    ("received_on", "ended_on"),
    ("received_on", "revoked_on"),
)
"""Days of which one cannot come before the other."""

FORMATS = ("ndjson", "csv", "zip")


class HistoryRefused(BundleRefused):
    """The file as a whole cannot be read."""

    def __init__(
        self,
        code: str,
        detail: str,
        remedy: str = "Send UTF-8 text: one JSON object a line, or CSV with its columns named.",
    ) -> None:
        super().__init__(code, detail, remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a record of a kind may say, by member.

    `days` have come; `ahead` may be yet to come. `words`: one of these. `needs` are members without
    which there is nothing to keep. `in_case`: it names the case that it belongs to.
    """

    days: tuple[str, ...] = ()
    ahead: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    numbers: Mapping[str, tuple[int, int]]
    needs: tuple[str, ...] = ()
    in_case: bool = False

    @property
    def members(self) -> frozenset[str]:
        return frozenset(
            (*self.days, *self.ahead, *self.words, *self.texts, *self.lists, *self.numbers)
        )


ENDED_AS = ("closed", "withdrawn", "declined", "transferred_out")

KINDS: Mapping[str, Kind] = {
    "referral": Kind(
        days=("received_on", "ended_on"),
        words={"requester": cases.REQUESTERS, "form": cases.FORMS, "ended_as": ENDED_AS},
        texts=("words",),
        lists=("frameworks", "suspected_areas"),
        numbers={},
    ),
    "notice": Kind(
        days=("issued_on", "translated_orally_on"),
        words={
            "notice_kind": notices.NOTICE_KINDS,
            "decision": notices.DECISIONS,
            "concerning": notices.CONCERNING,
        },
        texts=("language", "delivery", "translation_evidence", "not_feasible_because"),
        numbers={},
        needs=("notice_kind",),
        in_case=True,
    ),
    "consent": Kind(
        days=("requested_on", "signed_on", "received_on", "revoked_on"),
        words={
            "purpose": notices.PURPOSES,
            "answer": notices.ANSWERS,
            "form": notices.CONSENT_FORMS,
        },
        texts=("activity", "language"),
        numbers={},
        needs=("purpose",),
        in_case=True,
    ),
    "evaluation": Kind(
        days=("existing_data_reviewed_on", "report_completed_on", "report_given_to_parent_on"),
        words={},
        lists=("suspected_areas", "suspected_categories"),
        numbers={},
        in_case=True,
    ),
    "determination": Kind(
        days=("decided_on", "copy_given_to_parent_on"),
        words={"framework": tuple(FRAMEWORKS), "outcome": determinations.OUTCOMES},
        texts=("category",),
        numbers={},
        needs=("framework",),
        in_case=True,
    ),
    "plan": Kind(
        days=("meeting_held_on", "offered_on", "in_effect_on", "ended_on"),
        ahead=("next_review_on", "reevaluation_on"),
        words={"plan_kind": plans.KINDS, "end_reason": plans.END_REASONS},
        numbers={},
        needs=("plan_kind",),
    ),
    "intervention": Kind(
        days=("started_on", "ended_on"),
        words={"outcome": interventions.OUTCOMES},
        texts=("title", "area", "concern", "baseline", "goal"),
        numbers={"tier": (1, 4), "fidelity_percent": (0, 100)},
        needs=("title", "started_on"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line that was understood; `student` is the system and the value of an identifier."""

    file: str
    line: int
    kind: str
    source_system: str
    source_id: str
    case: str | None
    student: tuple[str, str]
    values: Mapping[str, Any]
    digest: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is called in its source."""
        return self.source_system, self.kind, self.source_id

    def finding(self, code: str, severity: Any, message: str, field: str | None = None) -> Finding:
        return Finding(
            code=code,
            severity=severity,
            message=message,
            file=self.file,
            line=self.line,
            field=field,
            kind=self.kind,
            source_id=speakable(self.source_id),
        )


class Wrong(Exception):
    """A line cannot be taken: a code, what is wrong, and the member where it is one."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.field = code, field


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file as it stands there; `said` is None for one that is no object."""

    file: str
    number: int
    said: Any

    @property
    def kind(self) -> str | None:
        """Its kind, if it names one that there is."""
        kind = self.said.get("kind") if isinstance(self.said, dict) else None
        return kind if isinstance(kind, str) and kind in KINDS else None

    def refused(self, wrong: Wrong) -> Finding:
        return Finding(
            code=wrong.code,
            severity="error",
            message=f"{wrong} It was left out.",
            file=self.file,
            line=self.number,
            field=wrong.field,
            kind=self.kind,
        )


def format_of(name: str) -> str:
    """The format of a file by its name: NDJSON unless it says otherwise."""
    suffix = name.rpartition(".")[2].lower()
    return suffix if suffix in FORMATS else "ndjson"


def check(source: bytes | Path, format: str, name: str) -> None:
    """Raise what can be told at once of a file as a whole: the first line of each of its files."""
    with ExitStack() as stack:
        first = [next(_lines(file), None) for file in _files(source, format, name, stack)]
    if not any(first):
        raise _empty()


def lines(source: bytes | Path, format: str, name: str) -> Iterator[Line]:
    """Every line that is not blank, in order.

    Raises `HistoryRefused` for a file that is no UTF-8 text, or CSV without the needed columns,
    without a line or with more than a history has, and `BundleRefused` for a zip that no history
    needs.
    """
    with ExitStack() as stack:
        files = _files(source, format, name, stack)
        number = 0
        for number, line in enumerate(chain.from_iterable(map(_lines, files)), 1):
            if number > MOST_LINES:
                raise HistoryRefused(
                    "too_many_lines",
                    f"It has more than {MOST_LINES:,} lines.",
                    "Send it in parts: each line of a case in the same part.",
                )
            yield line
    if not number:
        raise _empty()


def _empty() -> HistoryRefused:
    """An export that went wrong, more likely than a district that did nothing."""
    return HistoryRefused(
        "empty",
        "There is no record in what was sent.",
        "See why the export is empty. A district without a history need not send one.",
    )


@dataclass(frozen=True, slots=True)
class _File:
    """A text to be read. `kind`: of all its lines, where its name says it."""

    name: str
    is_csv: bool
    kind: str | None
    open: Callable[[], IO[bytes]]


def _files(source: bytes | Path, format: str, name: str, stack: ExitStack) -> list[_File]:
    """The files of what was sent: itself, or the members of a zip."""
    if format != "zip":
        return [_File(name, format == "csv", None, partial(_opened, source))]
    limits = Limits()
    counted: list[Counted] = []
    found = []
    for member in members_of(source, limits, stack):
        base = member.path.rpartition("/")[2]
        stem, _, suffix = base.rpartition(".")
        if suffix.lower() not in ("csv", "ndjson", "jsonl"):
            raise HistoryRefused("unknown_files", f"{shown(base)} is neither .csv nor .ndjson.")
        kind = stem.lower().removesuffix("s")
        opened = partial(_counted, member, limits, counted)
        found.append(
            _File(
                base[-LONGEST_NAME:],
                suffix.lower() == "csv",
                kind if kind in KINDS else None,
                opened,
            )
        )
    return sorted(found, key=lambda file: file.name)


def _opened(source: bytes | Path) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _counted(member: Member, limits: Limits, before: list[Counted]) -> IO[bytes]:
    """A member's bytes, which stop when it and those before it have given more than they may."""
    left = limits.total_bytes - sum(one.given for one in before)
    before.append(Counted(member, member.open(), limits, left))
    return io.BufferedReader(before[-1])


def _lines(file: _File) -> Iterator[Line]:
    try:
        with file.open() as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            yield from _rows(file, text) if file.is_csv else _objects(file, text)
    except UnicodeDecodeError:
        raise HistoryRefused("not_utf8", f"{file.name} is not UTF-8 text.") from None
    except csv.Error as error:
        raise HistoryRefused("not_csv", f"{file.name} is not CSV: {error}.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        damaged = f"{file.name} cannot be read to its end."
        raise HistoryRefused("damaged", damaged, "Make the zip again.") from error


def _rows(file: _File, text: io.TextIOWrapper) -> Iterator[Line]:
    taken = 0

    def bounded() -> Iterator[str]:
        # A quoted value may go on over lines, so that one row could be the whole file.
        nonlocal taken
        while line := text.readline(LONGEST_LINE):
            taken += len(line)
            if taken >= LONGEST_LINE:
                detail = f"{file.name} has a row of {LONGEST_LINE:,} characters or more."
                raise HistoryRefused("line_too_long", detail)
            yield line

    rows = csv.DictReader(bounded(), strict=True)
    needed = {"source_system", "source_id"} | (set() if file.kind else {"kind"})
    names = [name for name in rows.fieldnames or () if name]
    if missing := needed - set(names):
        raise HistoryRefused(
            "missing_column",
            f"{file.name} has no column {', '.join(sorted(missing))}.",
            "Name the columns in its first row as a record's members, in lower case, and put "
            "commas between them.",
        )
    twice = sorted(name for name, n in Counter(names).items() if n > 1)[:MOST_NAMED]
    if twice:
        told = ", ".join(name for name in twice if speakable(name))
        raise HistoryRefused(
            "column_twice", f"{file.name} has columns of one name: {told}.", "Keep one of each."
        )
    taken = 0
    last = rows.line_num
    try:
        for row in rows:
            taken, last = 0, rows.line_num
            yield Line(file.name, last, _of_row(row, file.kind))
    except csv.Error as error:
        raise HistoryRefused(
            "not_csv",
            f"{file.name} is not CSV after line {last}: {error}.",
            'Put a value with a comma, a quote or a line break between quotes, and write "" for a '
            "quote in it.",
        ) from None


def _objects(file: _File, text: io.TextIOWrapper) -> Iterator[Line]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        whole = line
        while len(line) == LONGEST_LINE and not line.endswith("\n"):
            line = text.readline(LONGEST_LINE)  # too long: passed over, and not kept
        if line is not whole:
            yield Line(file.name, number, None)
        elif whole.strip():
            yield Line(file.name, number, _object(whole, file.kind))


def _object(line: str, kind: str | None) -> Any:
    try:
        said = json.loads(line, object_pairs_hook=_said_once)
    except (ValueError, RecursionError):
        return None
    return {"kind": kind, **said} if kind and isinstance(said, dict) else said


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError for one that says something twice, for one of both would be lost."""
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("said twice")
    return said


def _of_row(row: Mapping[Any, Any], kind_of_all: str | None) -> dict[str, Any] | None:
    """A CSV row as the object it stands for; None for one with more cells than columns."""
    if None in row:
        return None
    said: dict[str, Any] = {
        name: cell.strip() for name, cell in row.items() if (cell or "").strip()
    }
    if kind_of_all:
        said.setdefault("kind", kind_of_all)
    kind = KINDS.get(said.get("kind", ""))
    student = {name: said.pop(f"student_{name}", None) for name in ("system", "value")}
    said["student"] = student
    for name in kind.lists if kind else ():
        if name in said:
            said[name] = [part.strip() for part in said[name].split(";") if part.strip()]
    for name in kind.numbers if kind else ():
        if name in said:
            digits = said[name].isdecimal() and len(said[name]) <= MOST_DIGITS
            said[name] = int(said[name]) if digits else said[name]
    return said


def record(line: Line, today: date) -> Record:
    """What a line says, understood; `Wrong` when it cannot be taken."""
    said = line.said
    if not isinstance(said, dict):
        raise Wrong("not_a_record", NOT_A_RECORD)
    said = {name: value for name, value in said.items() if value is not None}
    kind = KINDS.get(_text(said, "kind", LONGEST_WORD))
    if kind is None:
        raise Wrong("unknown_kind", f"`kind` is none of {', '.join(KINDS)}.", "kind")
    unknown = said.keys() - LINE - kind.members
    if unknown:
        names = sorted(name for name in unknown if speakable(name))[:MOST_NAMED]
        message = f"There are no such members of kind {said['kind']}: {', '.join(names)}."
        raise Wrong("unknown_member", message, names[0] if names else None)
    student = said.get("student")
    if not isinstance(student, dict):
        raise Wrong(
            "no_student", "`student` holds `system` and `value` of an identifier.", "student"
        )
    case = _text(said, "case", LONGEST_ID) if "case" in said else None
    if kind.in_case and case is None:
        message = "`case` names the case in its source; the same on all its lines."
        raise Wrong("no_case", message, "case")
    missing = [name for name in kind.needs if name not in said]
    if missing:
        raise Wrong("missing", f"There is no {', '.join(missing)}.", missing[0])
    values = {
        name: _value(kind, name, said[name], today) for name in sorted(kind.members & said.keys())
    }
    for first, then in IN_ORDER:
        if first in values and then in values and values[then] < values[first]:
            raise Wrong("days_out_of_order", f"{then} is before {first}.", then)
    if values.get("notice_kind") == "prior_written_notice":
        unsaid = [name for name in ("decision", "concerning") if name not in values]
        if unsaid:  # it would answer no request
            message = f"A prior written notice is nothing without {' and '.join(unsaid)}."
            raise Wrong("missing", message, unsaid[0])
    try:
        identifier = (_text(student, "system", LONGEST_WORD), _text(student, "value", LONGEST_ID))
    except Wrong as wrong:
        raise Wrong(wrong.code, f"Of the student, {wrong}", "student") from None
    content = json.dumps([case, identifier, values], default=str, sort_keys=True)
    return Record(
        file=line.file,
        line=line.number,
        kind=said["kind"],
        source_system=_text(said, "source_system", LONGEST_WORD),
        source_id=_text(said, "source_id", LONGEST_ID),
        case=case,
        student=identifier,
        values=values,
        digest=sha256(content.encode()).hexdigest(),
    )


def _value(kind: Kind, name: str, value: Any, today: date) -> Any:
    if name in kind.days or name in kind.ahead:
        return _day(name, value, None if name in kind.ahead else today)
    if name in kind.words:
        if value not in kind.words[name]:
            raise Wrong("unknown_word", f"{name} is none of {', '.join(kind.words[name])}.", name)
        return value
    if name in kind.numbers:
        least, most = kind.numbers[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            message = f"{name} is a whole number from {least} to {most}."
            raise Wrong("not_a_number", message, name)
        return value
    if name not in kind.lists:
        return _text({name: value}, name, SHORT.get(name, LONGEST_LINE))
    if not isinstance(value, list):
        raise Wrong("not_a_list", f"{name} is a list of words.", name)
    words = [_text({name: one}, name, LONGEST_ID) for one in value]
    if name == "frameworks" and not set(words) <= set(FRAMEWORKS):
        raise Wrong("unknown_word", f"frameworks are among {', '.join(FRAMEWORKS)}.", name)
    return words


def _day(name: str, value: Any, latest: date | None) -> date:
    try:
        day = written(value)
    except ValueError:
        raise Wrong("not_a_day", f"{name} is not a day such as 2024-09-30.", name) from None
    if day < EARLIEST or day.year > EARLIEST.year + 200:
        raise Wrong("not_a_day", f"{name} lies too far off to be meant.", name)
    if latest is not None and day > latest:
        raise Wrong("future", f"{name} says when it happened, and is yet to come.", name)
    return day


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise Wrong("not_text", f"{name} is a text of 1 to {longest} characters.", name)
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Wrong("not_text", f"{name} holds characters that are no text.", name)
    return value.strip()
