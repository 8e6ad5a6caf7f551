"""From the lines of a history to its cases: which lines make one, where it stands, since when.

A line names its case as the source does. A referral without a case is one by itself; a student's
plans of one kind without a case are versions that follow each other, in one case of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from service.domain.facts import UNDER_IDEA
from service.domain.frameworks import FRAMEWORKS
from service.imports.history.read import KINDS, Record
from service.imports.oneroster.report import speakable
from service.storage.notices import TO_EVALUATE

OPENED_BY = "case"
"""The kind under which a case that was opened for a history is remembered."""


@dataclass(slots=True)
class Group:
    """The lines of one case: what it is called in which source, and its student."""

    source_system: str
    source_id: str
    student_id: UUID
    records: list[Record] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.source_system, OPENED_BY, self.source_id

    @property
    def called(self) -> str | None:
        """What its case is called in the source, or else its first record; None: not repeated."""
        named = next((record.case for record in self.records if record.case), None)
        return speakable(named or self.records[0].source_id)

    def of(self, kind: str) -> list[Record]:
        return [record for record in self.records if record.kind == kind]

    @property
    def since(self) -> date | None:
        """The earliest day that anything of it names, and a notice only where nothing else does.

        A notice of the year before, sent with the case of today, begins no case: which law
        applies goes by that day.
        """
        others = [record for record in self.records if record.kind != "notice"]
        return _earliest(others) or _earliest(self.records)

    @property
    def frameworks(self) -> list[str]:
        """The laws in question: asked under, decided under, or served under."""
        found = [law for r in self.of("referral") for law in r.values.get("frameworks", ())]
        found += [r.values["framework"] for r in self.of("determination")]
        found += [law_of(r.values["plan_kind"]) for r in self.of("plan")]
        return [law for law in FRAMEWORKS if law in found] or ["idea"]


def _earliest(records: Iterable[Record]) -> date | None:
    return min(
        (r.values[d] for r in records for d in KINDS[r.kind].days if d in r.values), default=None
    )


def law_of(plan_kind: str) -> str:
    return "idea" if plan_kind in UNDER_IDEA else "section_504"


def case_name(record: Record) -> str:
    """What the case of a line is called in its source."""
    if record.case is not None:
        return record.case
    if record.kind == "plan":
        return f"{record.values['plan_kind']} of {record.student[1]}"
    return record.source_id


def grouped(records: Iterable[Record], students: Mapping[tuple[str, str], UUID]) -> list[Group]:
    """The cases of these lines, each with the lines of its student."""
    groups: dict[tuple[str, str], Group] = {}
    for record in records:
        student_id, name = students[record.student], case_name(record)
        key = (record.source_system, name)
        group = groups.setdefault(key, Group(record.source_system, name, student_id))
        group.records.append(record)
    return list(groups.values())


def is_final(record: Record) -> bool:
    """Whether a determination says what was decided and when: otherwise it is a draft."""
    return {"outcome", "decided_on"} <= record.values.keys()


def standing(group: Group, frameworks: Sequence[str]) -> tuple[str, date | None]:
    """Where these lines put a case, and the day it was closed; `received` is decided later."""
    for record in group.of("referral"):
        if {"ended_as", "ended_on"} <= record.values.keys():
            return record.values["ended_as"], record.values["ended_on"]
    decided: dict[str, date] = {}
    for record in filter(is_final, group.of("determination")):
        law, day = record.values["framework"], record.values["decided_on"]
        decided[law] = max(day, decided.get(law, day))
    for record in group.of("plan"):
        if "in_effect_on" in record.values:
            decided.setdefault(law_of(record.values["plan_kind"]), record.values["in_effect_on"])
    if decided.keys() >= set(frameworks):
        return "determined", max(decided.values())
    if any("report_completed_on" in record.values for record in group.of("evaluation")):
        return "evaluated", None
    asked = [r.values for r in group.of("consent") if r.values["purpose"] in TO_EVALUATE]
    answers = {one.get("answer") for one in asked if "revoked_on" not in one}
    if "granted" in answers:
        return "evaluating", None
    if "refused" in answers:
        return "consent_refused", None
    return ("consent_requested" if asked else "received"), None


@dataclass(frozen=True, slots=True)
class Version:
    """A plan as a version: its status, what it amends, until when it was in effect and why."""

    record: Record
    group: Group
    status: str
    amends: Version | None
    ended_on: date | None
    end_reason: str | None

    @property
    def number(self) -> int:
        return 1 if self.amends is None else self.amends.number + 1


def versions(groups: Iterable[Group]) -> list[Version]:
    """Every plan of these cases, each after the one it amends.

    Plans of a kind of a student follow each other: one that ended for a reason is followed by a
    new plan, any other by its next version. One without the day it took effect never did.
    """
    found: list[Version] = []
    begun: dict[tuple[UUID, str], list[tuple[Record, Group]]] = defaultdict(list)
    for group in groups:
        for record in group.of("plan"):
            if "in_effect_on" in record.values:
                begun[group.student_id, record.values["plan_kind"]].append((record, group))
            else:
                status = "offered" if "offered_on" in record.values else "draft"
                found.append(Version(record, group, status, None, None, None))
    for plans in begun.values():
        plans.sort(key=lambda plan: plan[0].values["in_effect_on"])
        following = [record.values["in_effect_on"] for record, _ in plans[1:]]
        amends: Version | None = None
        for (record, group), next_on in zip(plans, [*following, None], strict=True):
            ended_on, reason = record.values.get("ended_on"), record.values.get("end_reason")
            if reason is None and next_on is not None:
                until = min(ended_on or next_on, next_on)
                amends = Version(record, group, "replaced", amends, until, None)
                found.append(amends)
            elif reason is None and ended_on is None:
                found.append(Version(record, group, "in_effect", amends, None, None))
            else:
                found.append(Version(record, group, "ended", amends, ended_on, reason or "other"))
                amends = None
    return found


def served(plans: Iterable[Version], on: date, but: Group) -> bool:
    """Whether the student of these was served under IDEA that day, by a plan of another case."""
    return any(
        version.group is not but
        and version.record.values["plan_kind"] in UNDER_IDEA
        and (since := version.record.values.get("in_effect_on")) is not None
        and since <= on
        and (version.ended_on > on if version.ended_on else version.status == "in_effect")
        for version in plans
    )
