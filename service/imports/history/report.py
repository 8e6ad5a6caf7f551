"""What loading a case history has to say: what was done with each line, and what is owed now.

No finding carries a value of a line, except the id of the record in its source where it looks like
an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]

SHOWN = 50
"""So many findings and entries of the list are printed; the report as JSON has all."""

DONE = ("loaded", "unchanged", "changed", "left_out")
"""What became of a line. `changed`: the source says otherwise now, and what is on record stays."""

MOST_CAUSES = 300
"""So many kinds of findings are told apart; beyond that, those of one code are one."""

STATES = ("late", "undatable")

_WEIGHT: Mapping[str, int] = {"error": 0, "warning": 1, "info": 2}
_REMEDIES: Mapping[str, str] = {
    "breach": "Look at each case: what was missed then may have to be made good now.",
    "changed": "Change or correct it on record, where that leaves a trace.",
    "undated": "Find the day, and record what it dates.",
    "attached": "Nothing is to be done, if it is the same matter.",
    "unknown_case": "Name the case of the request or the plan that it is about, and send it again.",
    "unknown_student": "Load the roster first, then send the same file again.",
}
_SEND_AGAIN = "Correct the line and send the file again: what is on record is not loaded twice."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is odd about a line, or which rule a loaded case did not meet.

    A breach has a `rule_id` and the case, and as `source_id` what the case, or else its first
    record, is called in its source; it was loaded all the same. `error`: left out. `field`: the
    member of the line that is wrong, where it is one.
    """

    code: str
    severity: Severity
    message: str
    file: str | None = None
    line: int | None = None
    field: str | None = None
    kind: str | None = None
    source_id: str | None = None
    case_id: str | None = None
    rule_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A case that is late already, or of which something cannot be dated, and why."""

    state: Literal["late", "undatable"]
    case_id: str | None
    case_source_id: str | None
    student_id: str | None
    what: str
    due_on: str | None
    because: str

    @property
    def place(self) -> tuple[str, str, str]:
        """The late first, those that have waited longest before the others."""
        return self.state, self.due_on or "", self.case_id or ""


@dataclass(slots=True)
class Report:
    """Of a part of a history, or of the whole, to which parts are added.

    `opened`: the cases that a part opened. `causes`: what was found, each kind of it once, with how
    often and where first. `states`: how many entries the list at the end has, by state.
    """

    dry_run: bool = False
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    cases_opened: int = 0
    opened: set[str] = field(default_factory=set)
    causes: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    states: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)

    def count(self, kind: str, what: str) -> None:
        self.done[kind, what] += 1

    def find(self, finding: Finding) -> None:
        self.findings.append(finding)
        self._cause(_as_cause(finding))

    def owe(self, owed: Owed) -> None:
        self.owed.append(owed)
        self.states[owed.state] += 1

    def add(self, part: Report) -> None:
        """Count another part of the same history; its findings and entries stay with it."""
        self.done.update(part.done)
        self.states.update(part.states)
        self.cases_opened += part.cases_opened + len(part.opened)
        for cause in part.causes.values():
            self._cause(cause)

    @property
    def held_because(self) -> str | None:
        """Why nothing of it could be taken, if so: an export that went wrong, most likely."""
        taken = sum(n for (_, what), n in self.done.items() if what != "left_out")
        return "No line of it could be taken." if self.done.total() and not taken else None

    def undone(self) -> Report:
        """The same when nothing of it was kept: without the ids of cases that are not there."""
        self.findings = [
            replace(one, case_id=None) if one.case_id in self.opened else one
            for one in self.findings
        ]
        self.owed = [
            replace(one, case_id=None) if one.case_id in self.opened else one for one in self.owed
        ]
        return self

    def show(self, findings: Iterable[Finding], owed: Iterable[Owed], most: int | None) -> None:
        """Hold what a part found and is owed, at most so many of each: the first of all."""
        self.findings = [*self.findings, *findings][:most]
        self.owed = sorted([*self.owed, *owed], key=lambda one: one.place)[:most]

    def _cause(self, cause: Mapping[str, Any]) -> None:
        key = tuple(str(cause[name]) for name in ("code", "severity", "field", "rule_id", "kind"))
        if key not in self.causes and len(self.causes) >= MOST_CAUSES:
            key = (cause["code"],)
        known = self.causes.setdefault(key, {**cause, "count": 0})
        known["count"] += cause["count"]

    def counts(self) -> dict[str, dict[str, int]]:
        """By kind of record, how many lines were loaded, unchanged, changed, left out."""
        kinds = sorted({kind for kind, _ in self.done})
        return {kind: {what: self.done[kind, what] for what in DONE} for kind in kinds}

    def to_dict(self, held_because: str | None = None) -> dict[str, Any]:
        """What is kept of it: the counts, and each kind of finding once."""
        causes = sorted(self.causes.values(), key=lambda one: _WEIGHT[one["severity"]])
        return {
            "format": "case_history",
            "dry_run": self.dry_run,
            "held_because": held_because,
            "records": self.counts(),
            "cases_opened": self.cases_opened,
            "findings": causes,
            "late_or_undatable": {state: self.states[state] for state in STATES},
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Report:
        """The report that `to_dict` kept, to go on with."""
        report = cls(dry_run=kept["dry_run"], cases_opened=kept["cases_opened"])
        for kind, counts in kept["records"].items():
            report.done.update({(kind, what): n for what, n in counts.items()})
        report.states.update(kept["late_or_undatable"])
        for cause in kept["findings"]:
            report._cause(cause)
        return report

    def with_lists(self) -> dict[str, Any]:
        """What is kept of it, with every finding and every entry of the list beside it."""
        return {
            **self.to_dict(self.held_because),
            "lists": {
                "history_findings": [asdict(one) for one in self.findings],
                "late_or_undatable": [asdict(one) for one in self.owed],
            },
        }

    def whole(self) -> Mapping[str, Any]:
        """All of it, with every finding and every entry of the list."""
        return {
            **self.to_dict(self.held_because),
            "findings": [asdict(one) for one in self.findings],
            "late_or_undatable": [asdict(one) for one in self.owed],
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        for kind, counts in self.counts().items():
            said = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items() if n)
            yield f"{kind}: {said}"
        yield f"cases opened: {self.cases_opened:,}"
        if self.held_because:
            yield f"Nothing is changed: {self.held_because}"
        for one in self.findings[:SHOWN]:
            where = f"line {one.line}" if one.line else f"case {one.case_id or one.source_id}"
            rule = f" [{one.rule_id}]" if one.rule_id else ""
            at = f"{one.file}, {where}" if one.file else where
            yield f"{one.severity}: {at}: {one.message}{rule}"
        yield from _more(sum(one["count"] for one in self.causes.values()), "findings")
        yield f"late already or undatable: {self.states.total():,}"
        for owed in self.owed[:SHOWN]:
            of = f"case {owed.case_id or owed.case_source_id}"
            due = f", due {owed.due_on}" if owed.due_on else ""
            yield f"  {owed.state}: {of}: {owed.what}{due}. {owed.because}"
        yield from _more(self.states.total(), "entries")


def _as_cause(finding: Finding) -> dict[str, Any]:
    """What a finding is one of, and where; of a breach the rule, and nothing of the child."""
    breach = finding.rule_id is not None
    return {
        "severity": finding.severity,
        "code": finding.code,
        "message": f"Cases did not meet {finding.rule_id}." if breach else finding.message,
        "remedy": _REMEDIES.get(finding.code, _SEND_AGAIN),
        "file": finding.file,
        "line": finding.line,
        "field": finding.field,
        "kind": finding.kind,
        "rule_id": finding.rule_id,
        "sourced_id": None if breach else finding.source_id,
        "count": 1,
    }


def _more(count: int, what: str) -> Iterator[str]:
    if count > SHOWN:
        yield f"  … and {count - SHOWN:,} more {what}: --json has all."
