"""What loading a case history has to say: what was done with each line, and what is owed now.

No finding carries a value of a line, except the id of the record in its source where it looks like
an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["info", "warning", "error"]

SHOWN = 50
"""So many findings and entries of the list are printed; the report as JSON has all."""

DONE = ("loaded", "unchanged", "changed", "left_out")
"""What became of a line. `changed`: the source says otherwise now, and what is on record stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is odd about a line, or which rule a loaded case did not meet.

    A breach has a `rule_id` and the case; it was loaded all the same. `error`: left out.
    """

    code: str
    severity: Severity
    message: str
    line: int | None = None
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


@dataclass(slots=True)
class Report:
    dry_run: bool = False
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    cases_opened: int = 0
    findings: list[Finding] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)

    def count(self, kind: str, what: str) -> None:
        self.done[kind, what] += 1

    def counts(self) -> dict[str, dict[str, int]]:
        """By kind of record, how many lines were loaded, unchanged, changed, left out."""
        kinds = sorted({kind for kind, _ in self.done})
        return {kind: {what: self.done[kind, what] for what in DONE} for kind in kinds}

    def to_dict(self) -> Mapping[str, Any]:
        return {
            "dry_run": self.dry_run,
            "records": self.counts(),
            "cases_opened": self.cases_opened,
            "findings": [asdict(one) for one in self.findings],
            "late_or_undatable": [asdict(one) for one in self.owed],
        }

    def lines(self) -> Iterator[str]:
        """The report for people."""
        for kind, counts in self.counts().items():
            said = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in counts.items() if n)
            yield f"{kind}: {said}"
        yield f"cases opened: {self.cases_opened:,}"
        for one in self.findings[:SHOWN]:
            where = f"line {one.line}" if one.line else f"case {one.case_id}"
            rule = f" [{one.rule_id}]" if one.rule_id else ""
            yield f"{one.severity}: {where}: {one.message}{rule}"
        yield from _more(len(self.findings), "findings")
        yield f"late already or undatable: {len(self.owed):,}"
        for owed in self.owed[:SHOWN]:
            of = f"case {owed.case_id or owed.case_source_id}"
            due = f", due {owed.due_on}" if owed.due_on else ""
            yield f"  {owed.state}: {of}: {owed.what}{due}. {owed.because}"
        yield from _more(len(self.owed), "entries")


def _more(count: int, what: str) -> Iterator[str]:
    if count > SHOWN:
        yield f"  … and {count - SHOWN:,} more {what}: --json has all."
