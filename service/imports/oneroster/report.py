"""What an import has to say to the person who sent it.

A finding names what is wrong, where it stands, how often, and what to do. The same root cause is
one finding with a count: a thousand students of one missing organisation are one sentence.
Findings are kept in logs and sent in mails, so they never carry a cell's value. The exception is
a sourcedId, and that only if it looks like an identifier and not like a person's data
(`speakable`).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from service.domain.students import looks_like_ssn

Severity = Literal["info", "warning", "error"]

LISTED_ONE_BY_ONE = 50
"""So many findings of one code are listed singly; the rest are one finding with a count."""

_MORE = "Further places with the same problem; the first ones are listed singly."
_WEIGHT: Mapping[Severity, int] = {"error": 0, "warning": 1, "info": 2}
_IDENTIFIER = re.compile(r"[0-9A-Za-z./@_:{}-]{1,255}")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*")


_LEFT_OUT = "The row was left out."
_PASSED_OVER = "It was passed over, and what is on record stays."
_RESAVE = "Save it as 'CSV UTF-8 (comma delimited)'."

SAYINGS: Mapping[str, tuple[Severity, str, str]] = {
    # --- the bundle
    "no_manifest": (
        "info",
        "There is no manifest.csv; every file is taken as a full (bulk) file.",
        "Send a manifest.csv if files are meant as changes only (delta).",
    ),
    "unknown_version": (
        "warning",
        "The manifest names a OneRoster version other than 1.1 and 1.2.",
        "The version was taken from the headers. Export as OneRoster 1.1 or 1.2.",
    ),
    "unknown_files": (
        "info",
        "The bundle has files that are no part of OneRoster: {names}.",
        "They were not read. A roster file must have its OneRoster name.",
    ),
    "declared_but_missing": (
        "warning",
        "The manifest promises {file} as {declared}, but it is not in the bundle.",
        "Nothing of its kind is changed. Send it, or declare it absent.",
    ),
    "undeclared_file": (
        "warning",
        "{file} has rows, but the manifest does not call it bulk or delta.",
        "Its rows are taken and nobody is missed for not being in it. "
        "Put 'file.{name},bulk' into manifest.csv if the file is complete.",
    ),
    "empty_file": (
        "warning",
        "{file} has no rows. It is treated as if it were not there.",
        "Nothing of its kind is changed. Leave the file out, or send its rows.",
    ),
    "list_unsure": (
        "warning",
        "The server's pages of {name} did not add up to a whole list: they overlapped, went round, "
        "or were fewer than the total that it tells.",
        "The rows are taken and nobody is missed for not being there. Ask who runs the server for "
        "a stable order of its pages; it may also have been changed while it was read.",
    ),
    "list_withheld": (
        "info",
        "The server does not show {name} to this client.",
        "What is on record stays. Have the client given the scope, if they are to be pulled.",
    ),
    # --- a file
    "not_utf8": (
        "warning",
        "{file} is not UTF-8; it was read as Windows-1252.",
        "Look at a few accented names. " + _RESAVE,
    ),
    "missing_column": (
        "error",
        "{file} has no column {columns} in its first line{like}.",
        "The file was set aside. Write the OneRoster header as its first line.",
    ),
    "ssn_column": (
        "warning",
        "{file} has a column for social security numbers. It was not read.",
        "Leave the column out of the export.",
    ),
    "duplicate_column": (
        "warning",
        "A column is in {file} twice; the first is read.",
        "Leave one of them out.",
    ),
    "unknown_columns": (
        "info",
        "{file} has columns that OneRoster does not know: {names}.",
        "They are ignored. Name a column 'metadata.…' to have it kept.",
    ),
    # --- a row
    "not_csv": (
        "error",
        "The row is not valid CSV: a quotation mark is not closed or not doubled.",
        f"{_LEFT_OUT} Double quotation marks inside a quoted value, and close what is opened.",
    ),
    "ragged_row": (
        "error",
        "The row has more values than the header has columns.",
        f"{_LEFT_OUT} Put values that contain a comma into quotation marks.",
    ),
    "short_row": (
        "info",
        "Rows have fewer values than the header has columns.",
        "The missing ones were taken as blank. Export all columns.",
    ),
    "unreadable_characters": (
        "error",
        "The row has a NUL character or bytes that are no text.",
        f"{_LEFT_OUT} Correct the value in the source system and export again.",
    ),
    "blank_value": (
        "error",
        "A value that the row cannot do without is blank.",
        f"{_LEFT_OUT} Fill it in the source system.",
    ),
    "too_long": (
        "error",
        "A value is longer than any that OneRoster knows.",
        f"{_LEFT_OUT} Shorten it in the source system.",
    ),
    "ssn_as_sourced_id": (
        "error",
        "The sourcedId looks like a social security number. It was not kept.",
        f"{_LEFT_OUT} Use the identifier of the source system.",
    ),
    "duplicate_sourced_id": (
        "warning",
        "An earlier row of {file} has the sourcedId {it} already. The first one counts.",
        "Export each record once.",
    ),
    "identifier_taken": (
        "warning",
        "Another student has this identifier already; the first keeps it. First seen at {it}.",
        "Give each student a number of their own. E-mail addresses are no identifiers.",
    ),
    # --- a value
    "ssn": (
        "error",
        "The value looks like a social security number. It was not kept.",
        "Take it out of the export, and use the local or state identifier.",
    ),
    "nine_digits": (
        "info",
        "The identifier has nine digits, as a social security number has.",
        "It was kept. If it is one, take it out of the export and out of the record.",
    ),
    "email_as_identifier": (
        "info",
        "The identifier is an e-mail address.",
        "It was kept as it is. Put the local student or staff number there.",
    ),
    "status_in_bulk": (
        "warning",
        "Rows of a full file say that the record is to be deleted or is inactive.",
        "They were taken at their word. Leave such rows out of a full file.",
    ),
    "unknown_status": (
        "warning",
        "The status is not one of OneRoster's.",
        "It was read as active. Use 'active' or 'tobedeleted'.",
    ),
    "unknown_value": ("warning", "The value is not one of OneRoster's.", _PASSED_OVER),
    "ambiguous_date": (
        "warning",
        "The date can be read in more than one way, or in none.",
        f"{_PASSED_OVER} Write dates as YYYY-MM-DD.",
    ),
    "not_an_email": ("info", "This is no e-mail address.", _PASSED_OVER),
    "not_a_phone": ("info", "This is no phone number.", _PASSED_OVER),
    "not_a_language": (
        "info",
        "This is no language that is known here.",
        f"{_PASSED_OVER} Write a language tag such as es, so or zh-Hant.",
    ),
    # --- what rows say about each other and about the record
    "missing_org": (
        "warning",
        "Rows point at the organisation {it}, which is neither in orgs.csv nor on record.",
        "They were loaded without a school. Send the organisation, and load again.",
    ),
    "org_loop": (
        "warning",
        "The organisation {it} is, over others, its own parent.",
        "It was loaded without a parent. Correct parentSourcedId.",
    ),
    "not_a_school": (
        "info",
        "Students belong to organisations none of which is a school.",
        "They were loaded without a school. Export the school they attend.",
    ),
    "no_role": (
        "warning",
        "Users have no role, and no record tells what they are.",
        "They were not loaded. Send roles.csv, or fill in the role.",
    ),
    "unknown_role": (
        "warning",
        "Users have a role that OneRoster does not know.",
        "They were taken as staff with the role 'other'. Use a OneRoster role.",
    ),
    "several_grades": (
        "info",
        "Students have more than one grade; the first was taken.",
        "Export the grade the student is enrolled in.",
    ),
    "missing_user": (
        "warning",
        "Rows point at users who are neither in users.csv nor on record.",
        "They were passed over. Send the users, and load again.",
    ),
    "missing_agent": (
        "warning",
        "Users name {it} as a parent or child, who is neither in users.csv nor on record.",
        "That relation was passed over. Send the user, and load again.",
    ),
    "agent_not_guardian": (
        "info",
        "Students name as an agent someone who is no parent, guardian or relative.",
        "That relation was passed over. Give the person such a role if they are one.",
    ),
    "guardian_without_student": (
        "warning",
        "Parents, guardians or relatives are linked to no student.",
        "They were not loaded. Fill agentSourcedIds of the student or of the guardian.",
    ),
    "missing_class": (
        "warning",
        "Enrolments point at classes that are not in classes.csv.",
        "Class enrolments are counted here, not kept; nothing is lost.",
    ),
    "missing_reference": (
        "info",
        "Rows point at a course, a term or a parent that is not in the bundle.",
        "Nothing here depends on it.",
    ),
    "possible_same_student": (
        "warning",
        "New students carry a local or master identifier of a student on record whose sourcedId "
        "is another.",
        "They were not joined. If it is the same child, link the two records.",
    ),
    "schools_not_in_file": (
        "info",
        "Schools on record are not in the file.",
        "They were left as they are.",
    ),
    "guardians_not_in_file": (
        "warning",
        "Guardians on record are not in the file, or no longer linked to the student.",
        "They were left as they are, with their rights. A person should look at each.",
    ),
    "deactivation_withheld": (
        "warning",
        "Rows of users.csv could not be read, so nobody was deactivated for not being in it.",
        "Correct those rows and load again.",
    ),
    "unknown_deleted": (
        "info",
        "Rows mark as deleted what is not on record.",
        "There was nothing to do.",
    ),
    "held": (
        "error",
        "{deactivated} of {active} active students would be deactivated.",
        "Nothing was changed. If the roster really shrank so much, load it again with force.",
    ),
    "nobody_readable": (
        "error",
        "No row of users.csv could be read.",
        "Nothing was changed. Correct the rows and load again.",
    ),
}


def speakable(value: str | None) -> str | None:
    """The identifier if it may be repeated in a finding, else None."""
    if value and _IDENTIFIER.fullmatch(value) and not _DATE.fullmatch(value):
        return None if looks_like_ssn(value) else value
    return None


class BundleRefused(Exception):
    """The bundle as a whole cannot be taken: what is wrong, where, and what to do."""

    def __init__(self, code: str, detail: str, remedy: str) -> None:
        super().__init__(f"{detail} {remedy}")
        self.code, self.detail, self.remedy = code, detail, remedy


@dataclass(frozen=True, slots=True)
class Finding:
    severity: Severity
    code: str
    message: str
    remedy: str
    file: str | None = None
    line: int | None = None
    sourced_id: str | None = None
    field: str | None = None
    count: int = 1


class Findings:
    """Collects findings and joins those of one root cause."""

    def __init__(self) -> None:
        self._by_root: dict[Hashable, Finding] = {}
        self._distinct: dict[str, int] = {}

    def add(
        self,
        code: str,
        *,
        file: str | None = None,
        line: int | None = None,
        sourced_id: str | None = None,
        field: str | None = None,
        root: Hashable = None,
        count: int = 1,
        **words: object,
    ) -> None:
        """Note a finding; without a `root` of its own, one cause per code, file and field."""
        key: Hashable = (code, (file, field) if root is None else root)
        if key not in self._by_root and self._distinct.get(code, 0) >= LISTED_ONE_BY_ONE:
            key = (code, None)
        if key in self._by_root:
            known = self._by_root[key]
            self._by_root[key] = replace(known, count=known.count + count)
            return
        severity, message, remedy = SAYINGS[code]
        if key == (code, None):
            self._by_root[key] = Finding(severity, code, _MORE, remedy, file, count=count)
            return
        self._distinct[code] = self._distinct.get(code, 0) + 1
        said = speakable(sourced_id)
        words |= {"file": file, "it": f"'{said}'" if said else "whose id is not repeated here"}
        message, remedy = message.format_map(words), remedy.format_map(words)
        self._by_root[key] = Finding(
            severity, code, message, remedy, file, line, said, field, count
        )

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._by_root.values())


def weighed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, and among equals the root cause that touches most rows."""
    return tuple(sorted(findings, key=lambda f: (_WEIGHT[f.severity], -f.count)))


@dataclass(frozen=True, slots=True)
class Counts:
    """One kind of record: what would change, and the four lists a district compares."""

    created: int
    updated: int
    unchanged: int
    deactivated: int
    matched: int
    unmatched: int
    duplicates: int
    not_in_file: int


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome in numbers and findings, for JSON, a terminal and a spreadsheet."""

    version: str
    rows_read: Mapping[str, int]
    rows_refused: Mapping[str, int]
    counts: Mapping[str, Counts]
    findings: tuple[Finding, ...]
    held_because: str | None

    @property
    def held(self) -> bool:
        return self.held_because is not None

    @property
    def empty(self) -> bool:
        """There was nothing to write: the record is as the bundle says."""
        return not any(c.created or c.updated or c.deactivated for c in self.counts.values())

    def to_dict(self) -> dict[str, object]:
        """The report as plain JSON values."""
        return {
            "format": "oneroster",
            "version": self.version,
            "held": self.held,
            "held_because": self.held_because,
            "rows_read": dict(self.rows_read),
            "rows_refused": dict(self.rows_refused),
            "counts": {kind: asdict(counts) for kind, counts in self.counts.items()},
            "findings": [asdict(finding) for finding in self.findings],
        }

    def lines(self) -> list[str]:
        """The report as sentences for a terminal."""
        said = [f"OneRoster {self.version}"]
        said += [f"{count:,} {what} read" for what, count in self.rows_read.items()]
        for kind, c in self.counts.items():
            said.append(
                f"{kind}: {c.created:,} new, {c.updated:,} changed, {c.unchanged:,} unchanged, "
                f"{c.deactivated:,} no longer active; {c.duplicates:,} duplicates, "
                f"{c.not_in_file:,} on record but not in the file"
            )
        for f in self.findings:
            where = " ".join(
                part for part in (f.file, f"line {f.line}" if f.line else None, f.field) if part
            )
            times = f" ({f.count:,} times)" if f.count > 1 else ""
            place = f"{where}: " if where else ""
            said.append(f"{f.severity}: {place}{f.message}{times} {f.remedy}")
        if self.held_because:
            said.append(f"Held, nothing is changed: {self.held_because}")
        return said
