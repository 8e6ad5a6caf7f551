"""A named change: what an entry of the journal tells of the rows that it names.

Of a row that was changed, what was before and is after; of one that is new or gone, all of it;
of many rows that came in at once, what of them is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import InstanceState

from service.storage.base import Base, Packed, plain
from service.storage.columns import columns, default
from service.storage.numbering import Entry

OF_A_FINDING = ("rule_id", "title", "mode", "answer", "blocks")
"""What an entry shows of a finding. Reasons and evidence tell of the child: the payload's."""

NOT_IN_PAYLOADS = frozenset(
    {
        *("district_id", "version", "created_at", "updated_at"),
        *("secret_hash", "previous_secret_hash"),
        *("secret_sealed", "previous_secret_sealed"),
    }
)


@dataclass(slots=True)
class NamedChange:
    """What happened, to what; it waits for its number."""

    event: str
    subject_type: str
    row_count: int
    subject_id: UUID | None = None
    case_id: UUID | None = None
    student_id: UUID | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    rows: tuple[Base, ...] = ()
    before: Any = None
    after: Any = None
    """By row, as what JSON holds; of many rows packed."""
    sent: bool = False
    """Whether it was named before the last flush, and tells what became of its rows by then."""

    def tell(self, row: Base) -> None:
        """Tell a row's before and after, once per flush.

        What was told of it stays: before it is as it was at first, after it as it is at last, and
        of a row that is new with this change there is no before.
        """
        state: InstanceState[Any] = inspect(row)
        said = vars(row)
        name = f"{kind_of(row)}:{getattr(row, 'id', '')}"
        leaves = state.session is not None and row in state.session.deleted
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for key, column in columns(type(row)).items():
            if key in NOT_IN_PAYLOADS:
                continue
            if leaves:
                value = getattr(row, key)
                if value is not None:
                    before[key] = plain(value)
            elif not state.persistent:
                value = said.get(key)
                if value is None:
                    value = default(column)
                if value is not None:
                    after[key] = plain(value)
            elif (history := state.attrs[key].history).has_changes():
                before[key] = plain(history.deleted[0] if history.deleted else None)
                after[key] = plain(history.added[0] if history.added else None)
        told_before, told_after = self.before or {}, self.after or {}
        if after:
            self.after = {**told_after, name: {**told_after.get(name, {}), **after}}
        is_new = name in told_after and name not in told_before
        if before and (leaves or not is_new):
            self.before = {**told_before, name: {**before, **told_before.get(name, {})}}

    def entry(self, **by: Any) -> Entry:
        """The entry and its payload. `by`: when it was, and by whom."""
        entry = {
            "event": self.event,
            "subject_type": self.subject_type,
            "subject_id": self.subject_id,
            "case_id": self.case_id,
            "student_id": self.student_id,
            "row_count": self.row_count,
            "findings": [
                {name: finding[name] for name in OF_A_FINDING} for finding in self.findings
            ],
            **by,
        }
        if not (self.before or self.after or self.findings):
            return entry, None
        findings = list(self.findings) or None
        return entry, {"before": self.before, "after": self.after, "findings": findings}


def of_rows(
    event: str,
    subject: Any,
    *also: Base,
    findings: Sequence[Mapping[str, Any]] = (),
    case_id: UUID | None = None,
    student_id: UUID | None = None,
) -> NamedChange:
    """The change of a row and of rows beside it, in its own case and of its own student."""
    kind = kind_of(subject)
    return NamedChange(
        event,
        kind,
        1 + len(also),
        subject.id,
        case_id or getattr(subject, "id" if kind == "cases" else "case_id", None),
        student_id or getattr(subject, "id" if kind == "students" else "student_id", None),
        findings,
        rows=(subject, *also),
    )


def of_many(
    event: str, kind: str, rows: Sequence[Sequence[Any]], kept: Sequence[tuple[str, int]]
) -> NamedChange:
    """The arrival of many rows of one kind. `kept`: what to tell of each, with its place in it."""
    told = [(name, at) for name, at in kept if name not in NOT_IN_PAYLOADS]
    after = [{name: _told(row[at]) for name, at in told} for row in rows]
    return NamedChange(event, kind, len(rows), after=Packed({"rows": after}))


def _told(value: Any) -> Any:
    """A value of a row, an id that came as bytes as it is written."""
    if not isinstance(value, bytes):
        return value
    digits = value.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def of_changes(
    event: str, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> NamedChange:
    """The change of many rows of one kind, which is done: by row what it said and says."""
    packed = [Packed(told) if any(told.values()) else None for told in (before, after)]
    return NamedChange(event, kind, len(after), before=packed[0], after=packed[1])


def of_removed(event: str, kind: str, rows: Sequence[Any]) -> NamedChange:
    """The removal of many rows of one kind, which is done: by row what it said."""
    before = {
        f"{kind}:{row.id}": {
            name: value
            for name, value in row._mapping.items()
            if value is not None and name not in NOT_IN_PAYLOADS
        }
        for row in rows
    }
    return NamedChange(event, kind, len(rows), before=Packed(before))


def telling(named: Sequence[NamedChange]) -> Iterator[tuple[NamedChange, Base]]:
    """The changes with their rows: an older one tells no more of a row that a newer one names."""
    again = {id(row) for change in named if not change.sent for row in change.rows}
    for change in named:
        for row in change.rows:
            if not change.sent or id(row) not in again:
                yield change, row


def kind_of(row: object) -> str:
    """What a row is of: its table."""
    return str(getattr(type(row), "__tablename__", type(row).__name__))
