"""Reading a case history: NDJSON with one record a line, or CSV with one a row.

The same members in both; in CSV the student is `student_system` and `student_value`, a list is
separated by semicolons, and an empty cell is none. A line that cannot be read is a finding and the
others are read.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.domain.frameworks import FRAMEWORKS
from service.imports.history.report import Finding, Report
from service.imports.oneroster.report import speakable
from service.storage import cases, determinations, interventions, notices, plans

EARLIEST = date(1975, 11, 29)
"""The day of Public Law 94-142: an earlier day is a slip of the pen."""
LONGEST_WORD, LONGEST_ID = 40, 200
LONGEST_LINE = 2**20
SHORT = {"category": 16, "language": 35, "area": LONGEST_WORD}
"""Members that are codes, and how long one is at most."""
LINE = frozenset({"kind", "source_system", "source_id", "student", "case"})


class HistoryRefused(Exception):
    """The file as a whole cannot be read."""


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


ENDED_AS = ("closed", "withdrawn", "declined")

KINDS: Mapping[str, Kind] = {
    "referral": Kind(
        days=("received_on", "ended_on"),
        words={"requester": cases.REQUESTERS, "form": cases.FORMS, "ended_as": ENDED_AS},
        texts=("words",),
        lists=("frameworks", "suspected_areas"),
        numbers={},
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

    def finding(self, code: str, severity: Any, message: str) -> Finding:
        return Finding(
            code=code,
            severity=severity,
            message=message,
            line=self.line,
            kind=self.kind,
            source_id=speakable(self.source_id),
        )


class _Wrong(Exception):
    """A line cannot be taken: a code, and what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(path: Path, today: date, report: Report) -> list[Record]:
    """Every line that can be understood, in order; the others are findings of the report.

    Raises `HistoryRefused` for a file that is no UTF-8 text, or CSV without the needed columns.
    """
    found: list[Record] = []
    seen: dict[tuple[str, str, str], int] = {}
    try:
        for number, said in _lines(path):
            kind = said.get("kind") if isinstance(said, dict) else None
            try:
                record = _record(number, said, today)
                if record.key in seen:
                    first = seen[record.key]
                    raise _Wrong("twice", f"Line {first} has the same kind, system and id.")
            except _Wrong as wrong:
                named = kind if isinstance(kind, str) and kind in KINDS else None
                report.count(named or "unknown", "left_out")
                report.findings.append(
                    Finding(
                        code=wrong.code,
                        severity="error",
                        message=f"{wrong} It was left out.",
                        line=number,
                        kind=named,
                    )
                )
                continue
            seen[record.key] = number
            found.append(record)
    except UnicodeDecodeError:
        raise HistoryRefused(f"{path.name} is not UTF-8 text. Save it as UTF-8.") from None
    except csv.Error as error:
        raise HistoryRefused(f"{path.name} is not CSV: {error}.") from None
    return found


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """What each line says, with its number."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".csv":
            rows = csv.DictReader(file, strict=True)
            missing = {"kind", "source_system", "source_id"} - set(rows.fieldnames or ())
            if missing:
                raise HistoryRefused(f"{path.name} has no column {', '.join(sorted(missing))}.")
            for row in rows:
                yield rows.line_num, _of_row(row)
            return
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            if len(line) > LONGEST_LINE:
                yield number, None
                continue
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _of_row(row: Mapping[Any, Any]) -> dict[str, Any] | None:
    """A CSV row as the object it stands for; None for one with more cells than columns."""
    if None in row:
        return None
    said: dict[str, Any] = {
        name: cell.strip() for name, cell in row.items() if (cell or "").strip()
    }
    kind = KINDS.get(said.get("kind", ""))
    student = {name: said.pop(f"student_{name}", None) for name in ("system", "value")}
    said["student"] = student
    for name in kind.lists if kind else ():
        if name in said:
            said[name] = [part.strip() for part in said[name].split(";") if part.strip()]
    for name in kind.numbers if kind else ():
        if name in said:
            said[name] = int(said[name]) if said[name].isdecimal() else said[name]
    return said


def _record(number: int, said: Any, today: date) -> Record:
    if not isinstance(said, dict):
        raise _Wrong("not_a_record", "The line is not one JSON object, or has too many cells.")
    said = {name: value for name, value in said.items() if value is not None}
    kind = KINDS.get(_text(said, "kind", LONGEST_WORD))
    if kind is None:
        raise _Wrong("unknown_kind", f"`kind` is none of {', '.join(KINDS)}.")
    unknown = said.keys() - LINE - kind.members
    if unknown:
        names = ", ".join(sorted(name for name in unknown if speakable(name)))
        raise _Wrong("unknown_member", f"A {said['kind']} has no such members: {names}.")
    student = said.get("student")
    if not isinstance(student, dict):
        raise _Wrong("no_student", "`student` holds `system` and `value` of an identifier.")
    case = _text(said, "case", LONGEST_ID) if "case" in said else None
    if kind.in_case and case is None:
        raise _Wrong("no_case", "`case` names the case in its source; the same on all its lines.")
    missing = [name for name in kind.needs if name not in said]
    if missing:
        raise _Wrong("missing", f"There is no {', '.join(missing)}.")
    values = {
        name: _value(kind, name, said[name], today) for name in sorted(kind.members & said.keys())
    }
    for first, then in (("started_on", "ended_on"), ("in_effect_on", "ended_on")):
        if first in values and then in values and values[then] < values[first]:
            raise _Wrong("days_out_of_order", f"{then} is before {first}.")
    identifier = (_text(student, "system", LONGEST_WORD), _text(student, "value", LONGEST_ID))
    content = json.dumps([case, identifier, values], default=str, sort_keys=True)
    return Record(
        line=number,
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
            raise _Wrong("unknown_word", f"{name} is none of {', '.join(kind.words[name])}.")
        return value
    if name in kind.numbers:
        least, most = kind.numbers[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _Wrong("not_a_number", f"{name} is a whole number from {least} to {most}.")
        return value
    if name not in kind.lists:
        return _text({name: value}, name, SHORT.get(name, LONGEST_LINE))
    if not isinstance(value, list):
        raise _Wrong("not_a_list", f"{name} is a list of words.")
    words = [_text({name: one}, name, LONGEST_ID) for one in value]
    if name == "frameworks" and not set(words) <= set(FRAMEWORKS):
        raise _Wrong("unknown_word", f"frameworks are among {', '.join(FRAMEWORKS)}.")
    return words


def _day(name: str, value: Any, latest: date | None) -> date:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Wrong("not_a_day", f"{name} is not a day such as 2024-09-30.") from None
    if day < EARLIEST or day.year > EARLIEST.year + 200:
        raise _Wrong("not_a_day", f"{name} lies too far off to be meant.")
    if latest is not None and day > latest:
        raise _Wrong("future", f"{name} says when it happened, and is yet to come.")
    return day


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise _Wrong("not_text", f"{name} is a text of 1 to {longest} characters.")
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _Wrong("not_text", f"{name} holds characters that are no text.")
    return value.strip()
