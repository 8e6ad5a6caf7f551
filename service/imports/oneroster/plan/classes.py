"""Classes and enrolments: counted, and their references checked; they are not kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from service.imports.oneroster.plan.schools import Schools
from service.imports.oneroster.plan.source import Source


def check_classes(source: Source, schools: Schools) -> None:
    """Read the files of classes to their end, and say where they point at nothing."""
    bundle, desk, findings = source.bundle, source.desk, source.findings

    def missing(of: str, targets: Iterable[str | None]) -> Collection[str]:
        """Those of the targets that are not there; only a full file can tell."""
        if bundle.mode(of) != "bulk":
            return ()
        named = {target for target in targets if target}
        return desk.unseen(of, named) - bundle.files[of].refused_ids

    terms = {
        session.sourced_id: session.parent_sourced_id
        for session in source.once("academicSessions", bundle.academic_sessions())
    }
    no_parents = missing("academicSessions", terms.values())
    for parent in terms.values():
        if parent in no_parents:
            findings.add("missing_reference", file="academicSessions.csv")
    for course in source.once("courses", bundle.courses()):
        if course.org_sourced_id:
            schools.knows(course.org_sourced_id, "courses", course.line)
    for groups in source.batches("classes", bundle.classes()):
        no_courses = missing("courses", (group.course_sourced_id for group in groups.read))
        no_terms = missing(
            "academicSessions", (term for group in groups.read for term in group.term_sourced_ids)
        )
        for group in groups:
            wrong = [group.course_sourced_id in no_courses]
            wrong += [term in no_terms for term in group.term_sourced_ids]
            if count := sum(wrong):
                findings.add("missing_reference", file="classes.csv", count=count)
            if group.school_sourced_id:
                schools.knows(group.school_sourced_id, "classes", group.line)
    for rows in source.batches("enrollments", bundle.enrollments()):
        no_classes = missing("classes", (row.class_sourced_id for row in rows.read))
        nobody = desk.strangers({row.user_sourced_id for row in rows.read if row.user_sourced_id})
        at = {row.school_sourced_id for row in rows.read if row.school_sourced_id}
        no_schools = schools.unknown(at)
        if rows.each_once and not (no_classes or nobody or no_schools):
            continue
        for row in rows:
            if row.class_sourced_id in no_classes:
                findings.add("missing_class", file="enrollments.csv")
            if row.user_sourced_id in nobody:
                findings.add("missing_user", file="enrollments.csv")
            if row.school_sourced_id in no_schools:
                schools.knows(row.school_sourced_id, "enrollments", row.line)
