"""Classes and enrolments: counted, and their references checked; they are not kept."""

from __future__ import annotations

from collections.abc import Collection

from service.imports.oneroster.plan.schools import Schools
from service.imports.oneroster.plan.source import Source


def check_classes(source: Source, schools: Schools, known_users: Collection[str]) -> None:
    """Read the files of classes to their end, and say where they point at nothing."""
    bundle = source.bundle

    def check(code: str, target: str | None, known: Collection[str], of: str, file: str) -> None:
        # Only a full file can tell that something is not there.
        full = bundle.mode(of) == "bulk"
        if target and full and target not in known and target not in bundle.files[of].refused_ids:
            source.findings.add(code, file=f"{file}.csv")

    terms: dict[str, str | None] = {}
    for session in source.once("academicSessions", bundle.academic_sessions()):
        terms[session.sourced_id] = session.parent_sourced_id
    for parent in terms.values():
        check("missing_reference", parent, terms, "academicSessions", "academicSessions")
    courses = set()
    for course in source.once("courses", bundle.courses()):
        courses.add(course.sourced_id)
        if course.org_sourced_id:
            schools.knows(course.org_sourced_id, "courses", course.line)
    classes = set()
    for group in source.once("classes", bundle.classes()):
        classes.add(group.sourced_id)
        check("missing_reference", group.course_sourced_id, courses, "courses", "classes")
        for term in group.term_sourced_ids:
            check("missing_reference", term, terms, "academicSessions", "classes")
        if group.school_sourced_id:
            schools.knows(group.school_sourced_id, "classes", group.line)
    for row in source.once("enrollments", bundle.enrollments()):
        check("missing_class", row.class_sourced_id, classes, "classes", "enrollments")
        if row.user_sourced_id and row.user_sourced_id not in known_users:
            source.findings.add("missing_user", file="enrollments.csv")
        if row.school_sourced_id:
            schools.knows(row.school_sourced_id, "enrollments", row.line)
