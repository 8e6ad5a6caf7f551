"""What a bundle would change: the plan is the dry run, and applying it adds no decision.

In the order things happen:

- Organisations, roles and demographics are read into dictionaries, then users one by one become
  students, staff and guardians by their roles. Who someone is is decided by the sourcedId alone,
  never by a name.
- Each wanted record is laid beside the one in the `Snapshot`. What the bundle does not know (a
  column it lacks, a date that cannot be read) is taken from the record, so that it is not lost.
- Who is missing from a full users.csv is deactivated, never deleted. Rows that could not be read
  make nobody missing, and a roster that shrinks too much makes the whole plan `held`.
- Classes and enrolments are counted and their references checked; they are not kept.

Guardians are relations: one student, one person. Absence from a file never touches them, because
rights hang on them; a finding asks a person to look. A new one has `RIGHTS_ON_CREATE`, and since
`Guardian` has no field for rights, no import can change what a person has decided.

`apply` writes schools first (parents come before their children), then staff, students and
guardians, and nothing at all when the plan is `held`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Generic, TypeVar

from service.imports.oneroster.read import RACES, Bundle, Demographics, Role, Row, User
from service.imports.oneroster.report import Counts, Finding, Findings, Report, weighed

RIGHTS_ON_CREATE = "unknown"
SHRINK_SHARE = 0.10
SHRINK_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """An organisation; `org_type` tells a school from the district above it."""

    sourced_id: str
    name: str
    identifier: str | None = None
    org_type: str = "school"
    parent_sourced_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    sourced_id: str
    given_name: str
    family_name: str
    email: str | None = None
    identifier: str | None = None
    roles: tuple[str, ...] = ()
    school_sourced_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    sourced_id: str
    given_name: str
    middle_name: str | None = None
    family_name: str
    preferred_given_name: str | None = None
    preferred_family_name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    grade: str | None = None
    school_sourced_id: str | None = None
    hispanic: bool | None = None
    races: tuple[str, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """One person's relation to one student; the pair of both sourcedIds is its key."""

    sourced_id: str
    student_sourced_id: str
    given_name: str
    family_name: str
    email: str | None = None
    phone: str | None = None
    relationship: str = "guardian"
    active: bool = True


GuardianKey = tuple[str, str]
"""(student's sourcedId, guardian's sourcedId)"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the district has on record with a sourcedId, in the shape a bundle gives it."""

    schools: Mapping[str, School] = field(default_factory=dict)
    staff: Mapping[str, Staff] = field(default_factory=dict)
    students: Mapping[str, Student] = field(default_factory=dict)
    guardians: Mapping[GuardianKey, Guardian] = field(default_factory=dict)
    taken: Collection[tuple[str, str]] = frozenset()
    """Identifiers (system, value) of students who have no sourcedId."""


R = TypeVar("R", School, Staff, Student, Guardian)
K = TypeVar("K")
RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class Update(Generic[R]):
    before: R
    after: R
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes(Generic[R, K]):
    """One kind of record. `deactivations` are the records as they stand, still active."""

    creates: tuple[R, ...]
    updates: tuple[Update[R], ...]
    unchanged: tuple[K, ...]
    deactivations: tuple[R, ...]
    duplicates: tuple[K, ...]
    not_in_file: tuple[K, ...]

    def counts(self) -> Counts:
        return Counts(
            created=len(self.creates),
            updated=len(self.updates),
            unchanged=len(self.unchanged),
            deactivated=len(self.deactivations),
            matched=len(self.updates) + len(self.unchanged),
            unmatched=len(self.creates),
            duplicates=len(self.duplicates),
            not_in_file=len(self.not_in_file),
        )


@dataclass(frozen=True, slots=True)
class Plan:
    version: str
    schools: Changes[School, str]
    staff: Changes[Staff, str]
    students: Changes[Student, str]
    guardians: Changes[Guardian, GuardianKey]
    rows_read: Mapping[str, int]
    rows_refused: Mapping[str, int]
    findings: tuple[Finding, ...]
    held_because: str | None = None

    @property
    def held(self) -> bool:
        return self.held_because is not None

    @property
    def empty(self) -> bool:
        """Nothing to write: the record is as the bundle says."""
        kinds = (self.schools, self.staff, self.students, self.guardians)
        return not any(k.creates or k.updates or k.deactivations for k in kinds)

    def report(self) -> Report:
        counts = {
            "schools": self.schools.counts(),
            "staff": self.staff.counts(),
            "students": self.students.counts(),
            "guardians": self.guardians.counts(),
        }
        return Report(
            self.version, self.rows_read, self.rows_refused, counts, self.findings,
            self.held_because,
        )  # fmt: skip


_WORDS = {
    "orgs": "organisations",
    "roles": "roles",
    "demographics": "demographics",
    "users": "users",
    "academicSessions": "academic sessions",
    "courses": "courses",
    "classes": "classes",
    "enrollments": "enrolments",
}
_STUDENT = frozenset(("student", "learner", "pupil"))
_GUARDIAN = frozenset(("parent", "guardian", "relative"))
STAFF_ROLES: Mapping[str, str] = {
    "teacher": "teacher",
    "aide": "paraprofessional",
    "paraprofessional": "paraprofessional",
    "principal": "principal",
    "counselor": "counselor",
    "counsellor": "counselor",
    **dict.fromkeys(
        (
            "administrator",
            "districtadministrator",
            "siteadministrator",
            "systemadministrator",
            "assistantprincipal",
            "viceprincipal",
        ),
        "administrator",
    ),
    "proctor": "other",
}

Progress = Callable[[str, int], None]
Unknown = Collection[str]


def plan(
    bundle: Bundle,
    existing: Snapshot,
    *,
    as_of: date | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Lay the bundle beside what is on record and say what would change.

    A role that ended by `as_of` no longer counts. `force` lifts the hold on a roster that
    shrinks. `progress` hears a file's name and the rows read so far.
    """
    return _Planner(bundle, existing, as_of, progress).plan(force)


class _Planner:
    def __init__(
        self, bundle: Bundle, existing: Snapshot, as_of: date | None, progress: Progress | None
    ) -> None:
        self.bundle, self.existing, self.as_of = bundle, existing, as_of
        self.progress = progress or (lambda file, rows: None)
        self.findings = Findings()
        self.duplicates: dict[str, list[str]] = {}
        self.schools: dict[str, tuple[School, Unknown]] = {}
        self.students: dict[str, tuple[Student, Unknown]] = {}
        self.staff: dict[str, tuple[Staff, Unknown]] = {}
        self.people: dict[str, tuple[Guardian, Unknown]] = {}
        self.links: dict[GuardianKey, None] = {}
        self.gone: set[str] = set()
        self.gone_schools: set[str] = set()
        self.guardians_on_record = {person for _, person in existing.guardians}
        self.users: set[str] = set()
        self.roles: dict[str, list[Role]] = {}
        self.demographics: dict[str, Demographics] = {}

    def plan(self, force: bool) -> Plan:
        self._read_orgs()
        for role in self._once("roles", self.bundle.roles()):
            self.roles.setdefault(role.user_sourced_id, []).append(role)
        for row in self._once("demographics", self.bundle.demographics()):
            self.demographics[row.sourced_id] = row
        for user in self._once("users", self.bundle.users()):
            self._read_user(user)
        self.known_users = (
            self.users
            | self.bundle.files["users"].refused_ids
            | self.existing.students.keys()
            | self.existing.staff.keys()
            | self.guardians_on_record
        )
        self._check_followers()
        self._read_classes()
        guardians = self._guardians()
        schools = self._changes("orgs", self.schools, self.existing.schools, self.gone_schools)
        staff = self._changes("users", self.staff, self.existing.staff, self.gone)
        self._give_each_identifier_once()
        students = self._changes("users", self.students, self.existing.students, self.gone)
        held = self._held(students, force)
        files = {n: s for n, s in self.bundle.files.items() if s.mode != "absent"}
        return Plan(
            version=self.bundle.version,
            schools=schools,
            staff=staff,
            students=students,
            guardians=guardians,
            rows_read={_WORDS[name]: state.rows_read for name, state in files.items()},
            rows_refused={
                _WORDS[name]: state.rows_refused
                for name, state in files.items()
                if state.rows_refused
            },
            findings=weighed((*self.bundle.findings, *self.findings)),
            held_because=held,
        )

    # --- reading

    def _once(self, name: str, rows: Iterable[RowT]) -> Iterator[RowT]:
        """Each sourcedId once: the first row wins."""
        seen: set[int] = set()  # hashes, because a state has millions of enrolments
        count = 0
        for count, row in enumerate(rows, 1):
            if count % 1000 == 0:
                self.progress(f"{name}.csv", count)
            key = hash(row.sourced_id)
            if key in seen:
                self.duplicates.setdefault(name, []).append(row.sourced_id)
                self.findings.add(
                    "duplicate_sourced_id",
                    file=f"{name}.csv",
                    line=row.line,
                    sourced_id=row.sourced_id,
                    root=(name, row.sourced_id),
                )
                continue
            seen.add(key)
            yield row
        if count:
            self.progress(f"{name}.csv", count)

    def _read_orgs(self) -> None:
        for org in self._once("orgs", self.bundle.orgs()):
            if not org.active:
                self.gone_schools.add(org.sourced_id)
                continue
            unknown = {_ORG_FIELDS[c] for c in org.unread if c in _ORG_FIELDS}
            self.schools[org.sourced_id] = (
                School(
                    sourced_id=org.sourced_id,
                    name=org.name,
                    identifier=org.identifier,
                    org_type=org.org_type,
                    parent_sourced_id=org.parent_sourced_id,
                ),
                unknown,
            )
        self.org_types = {
            **{sid: school.org_type for sid, school in self.existing.schools.items()},
            **{sid: self._merged(sid, self.existing.schools, *pair).org_type
               for sid, pair in self.schools.items()},
        }  # fmt: skip
        self._set_parents()

    def _set_parents(self) -> None:
        """Drop parents that do not exist or come round in a circle; put parents first."""
        for sid, (school, unknown) in self.schools.items():
            parent = school.parent_sourced_id
            if parent and not self._org_known(parent, "orgs"):
                self.schools[sid] = (replace(school, parent_sourced_id=None), unknown)
        in_order: dict[str, tuple[School, Unknown]] = {}
        for start in self.schools:
            path: list[str] = []
            at: str | None = start
            while at in self.schools and at not in in_order:
                path.append(at)
                at = self.schools[at][0].parent_sourced_id
                if at in path:
                    school, unknown = self.schools[path[-1]]
                    self.schools[path[-1]] = (replace(school, parent_sourced_id=None), unknown)
                    if at != path[-1]:  # to name oneself is a way to say that one is the top
                        self.findings.add(
                            "org_loop", file="orgs.csv", sourced_id=path[-1], root=path[-1]
                        )
                    break
            for sid in reversed(path):
                in_order[sid] = self.schools[sid]
        self.schools = in_order

    def _org_known(self, org: str, file: str, line: int | None = None) -> bool:
        if org in self.org_types or org in self.gone_schools:
            return True
        if org not in self.bundle.files["orgs"].refused_ids:
            self.findings.add(
                "missing_org", file=f"{file}.csv", line=line, sourced_id=org, root=org
            )
        return False

    def _read_user(self, user: User) -> None:
        sid = user.sourced_id
        self.users.add(sid)
        rows = self.roles.get(sid, [])
        live = [
            r
            for r in rows
            if r.active and not (self.as_of and r.ends_on and r.ends_on <= self.as_of)
        ]
        ended = [r for r in rows if r not in live]
        named = dict.fromkeys([*user.roles, *(r.role for r in live)])
        active = user.active and bool(named or not ended)
        if not named:
            named = dict.fromkeys(r.role for r in ended)
        kinds = {_kind(role) for role in named} or self._kinds_on_record(sid)
        if not kinds:
            self.findings.add("no_role", file="users.csv", line=user.line, sourced_id=sid)
            return
        if not active:
            self.gone.add(sid)
            if not self._kinds_on_record(sid):
                self.findings.add("unknown_deleted", file="users.csv", line=user.line)
            return
        school, school_unknown = self._school(user, live, wants_one="student" in kinds)
        if "student" in kinds:
            self.students[sid] = self._student(user, school, school_unknown)
            self.links |= {(sid, agent): None for agent in user.agent_sourced_ids}
        if "staff" in kinds:
            self.staff[sid] = self._staff_member(user, named, ended, school, school_unknown)
        if "guardian" in kinds:
            relationship = next((role for role in named if role in _GUARDIAN), "guardian")
            unknown = {_GUARDIAN_FIELDS[c] for c in user.unread if c in _GUARDIAN_FIELDS}
            self.people[sid] = (
                Guardian(
                    sourced_id=sid,
                    student_sourced_id="",
                    given_name=user.given_name,
                    family_name=user.family_name,
                    email=user.email,
                    phone=user.phone,
                    relationship=relationship,
                ),
                unknown if named else {*unknown, "relationship"},
            )
            if "student" not in kinds:
                self.links |= {(student, sid): None for student in user.agent_sourced_ids}

    def _ended(self, role: Role) -> bool:
        return bool(self.as_of and role.ends_on and role.ends_on <= self.as_of)

    def _kinds_on_record(self, sid: str) -> set[str]:
        """What a user is who comes without a role, as in a delta of the name alone."""
        kinds = set()
        if sid in self.existing.students:
            kinds.add("student")
        if sid in self.existing.staff:
            kinds.add("staff")
        if sid in self.guardians_on_record:
            kinds.add("guardian")
        return kinds

    def _school(self, user: User, roles: list[Role], wants_one: bool) -> tuple[str | None, bool]:
        """The first organisation that is a school, and whether the bundle leaves it unsaid."""
        named = [user.primary_org_sourced_id]
        named += [r.org_sourced_id for r in sorted(roles, key=lambda r: r.role_type != "primary")]
        named += user.org_sourced_ids
        orgs = [org for org in dict.fromkeys(named) if org]
        known = [org for org in orgs if self._org_known(org, "users", user.line)]
        for org in known:
            if self.org_types.get(org, "school") == "school":
                return org, False
        if known and wants_one:
            self.findings.add("not_a_school", file="users.csv", line=user.line)
        columns = {"primaryOrgSourcedId", "orgSourcedIds"}
        full_roles = self.bundle.mode("roles") in ("bulk", "unstated")
        return None, not orgs and columns <= user.unread and not full_roles

    def _student(
        self, user: User, school: str | None, school_unknown: bool
    ) -> tuple[Student, Unknown]:
        unknown = {_STUDENT_FIELDS[c] for c in user.unread if c in _STUDENT_FIELDS}
        if school_unknown:
            unknown.add("school_sourced_id")
        if len(user.grades) > 1:
            self.findings.add("several_grades", file="users.csv", line=user.line)
        before = self.existing.students.get(user.sourced_id)
        kept = before.identifiers if before else {}
        identifiers = {
            system: value
            for system, value in (
                ("sourced_id", user.sourced_id),
                ("local_id", _read(user, "identifier", user.identifier, kept.get("local_id"))),
                (
                    "master_id",
                    _read(
                        user,
                        "userMasterIdentifier",
                        user.master_identifier,
                        kept.get("master_id"),
                    ),
                ),
            )
            if value
        }
        # Identifiers of other systems are other people's to keep.
        identifiers |= {s: v for s, v in kept.items() if s not in _OWN_SYSTEMS}
        student = Student(
            sourced_id=user.sourced_id,
            given_name=user.given_name,
            middle_name=user.middle_name,
            family_name=user.family_name,
            preferred_given_name=user.preferred_given_name,
            preferred_family_name=user.preferred_family_name,
            grade=user.grades[0] if user.grades else None,
            school_sourced_id=school,
            identifiers=identifiers,
        )
        row = self.demographics.get(user.sourced_id)
        if row is None or not row.active:
            return student, unknown | {"birth_date", "sex", "hispanic", "races"}
        student, more = _with_demographics(student, row, before)
        return student, unknown | more

    def _staff_member(
        self,
        user: User,
        named: Iterable[str],
        ended: list[Role],
        school: str | None,
        school_unknown: bool,
    ) -> tuple[Staff, Unknown]:
        mapped = set()
        for role in named:
            if _kind(role) == "staff":
                mapped.add(STAFF_ROLES.get(role, "other"))
                if role not in STAFF_ROLES and not role.startswith("ext:"):
                    self.findings.add(
                        "unknown_role",
                        file="users.csv" if role in user.roles else "roles.csv",
                        line=user.line if role in user.roles else None,
                        field="role",
                        root=role,
                    )
        unknown = {_STAFF_FIELDS[c] for c in user.unread if c in _STAFF_FIELDS}
        before = self.existing.staff.get(user.sourced_id)
        if not mapped:
            unknown.add("roles")
        elif before and self.bundle.mode("roles") == "delta":
            # A delta names the roles that changed; the others stand.
            mapped |= set(before.roles) - {STAFF_ROLES.get(r.role, "other") for r in ended}
        if school_unknown:
            unknown.add("school_sourced_id")
        member = Staff(
            sourced_id=user.sourced_id,
            given_name=user.given_name,
            family_name=user.family_name,
            email=user.email,
            identifier=user.identifier,
            roles=tuple(sorted(mapped)),
            school_sourced_id=school,
        )
        return member, unknown

    def _check_followers(self) -> None:
        """Roles and demographics must belong to someone."""
        for user, roles in self.roles.items():
            if user not in self.users:
                known = user in self.known_users and self.bundle.mode("roles") != "delta"
                if not known:
                    self.findings.add(
                        "missing_user", file="roles.csv", line=roles[0].line, count=len(roles)
                    )
            for role in roles:
                if role.org_sourced_id and user not in self.users:
                    self._org_known(role.org_sourced_id, "roles", role.line)
        for sid, row in self.demographics.items():
            before = self.existing.students.get(sid)
            if sid not in self.known_users:
                self.findings.add("missing_user", file="demographics.csv", line=row.line)
            elif before and sid not in self.users and self.bundle.mode("users") != "bulk":
                self.students[sid] = (
                    _with_demographics(before, row, before) if row.active else (before, ())
                )

    def _read_classes(self) -> None:
        """Count what is not kept, and say where it points at nothing."""
        bundle, check = self.bundle, self._check
        terms: dict[str, str | None] = {}
        for session in self._once("academicSessions", bundle.academic_sessions()):
            terms[session.sourced_id] = session.parent_sourced_id
        for parent in terms.values():
            check("missing_reference", parent, terms, "academicSessions", "academicSessions")
        courses = set()
        for course in self._once("courses", bundle.courses()):
            courses.add(course.sourced_id)
            if course.org_sourced_id:
                self._org_known(course.org_sourced_id, "courses", course.line)
        classes = set()
        for group in self._once("classes", bundle.classes()):
            classes.add(group.sourced_id)
            check("missing_reference", group.course_sourced_id, courses, "courses", "classes")
            for term in group.term_sourced_ids:
                check("missing_reference", term, terms, "academicSessions", "classes")
            if group.school_sourced_id:
                self._org_known(group.school_sourced_id, "classes", group.line)
        for row in self._once("enrollments", bundle.enrollments()):
            check("missing_class", row.class_sourced_id, classes, "classes", "enrollments")
            check("missing_user", row.user_sourced_id, self.known_users, None, "enrollments")
            if row.school_sourced_id:
                self._org_known(row.school_sourced_id, "enrollments", row.line)

    def _check(
        self, code: str, target: str | None, known: Collection[str], source: str | None, file: str
    ) -> None:
        """Note a reference to nothing. Only a full file can tell that something is not there."""
        if target and target not in known:
            state = self.bundle.files[source] if source else None
            if state is None or (state.mode == "bulk" and target not in state.refused_ids):
                self.findings.add(code, file=f"{file}.csv")

    # --- comparing

    def _guardians(self) -> Changes[Guardian, GuardianKey]:
        on_record = self.existing.guardians
        by_person = {person: guardian for (_, person), guardian in on_record.items()}
        full = self.bundle.mode("users") == "bulk"
        if not full:
            # Someone named in a delta is still the guardian of the same children.
            self.links |= {key: None for key in on_record if key[1] in self.people}
        wanted: dict[GuardianKey, tuple[Guardian, Unknown]] = {}
        linked = set()
        for student, person in self.links:
            if person in self.gone or student in self.gone:
                linked.add(person)
                continue
            if student not in self.students and student not in self.existing.students:
                self._unlinked(student)
            elif person in self.people:
                guardian, unknown = self.people[person]
                wanted[student, person] = (replace(guardian, student_sourced_id=student), unknown)
                linked.add(person)
            elif (student, person) in on_record and person not in self.users:
                wanted[student, person] = (on_record[student, person], ())
            elif person in by_person and person not in self.users:
                known = replace(by_person[person], student_sourced_id=student, active=True)
                wanted[student, person] = (known, ())
            else:
                self._unlinked(person)
        for person in self.people:
            if person not in linked:
                self.findings.add("guardian_without_student", file="users.csv", sourced_id=person)
        gone = {key for key in on_record if key[1] in self.gone}
        missing = tuple(k for k in on_record if full and k not in wanted and k not in gone)
        refused = self.bundle.files["users"].refused_ids
        missing = tuple(k for k in missing if on_record[k].active and not refused & set(k))
        if missing:
            self.findings.add("guardians_not_in_file", file="users.csv", count=len(missing))
        repeated = set(self.duplicates.get("users", ()))
        return self._compare(
            wanted,
            on_record,
            gone=[on_record[key] for key in gone if on_record[key].active],
            duplicates=tuple(key for key in wanted if key[1] in repeated),
            not_in_file=missing,
        )

    def _unlinked(self, agent: str) -> None:
        if agent in self.bundle.files["users"].refused_ids:
            return  # the row's own finding is the root cause
        if agent in self.known_users:
            self.findings.add("agent_not_guardian", file="users.csv", field="agentSourcedIds")
        else:
            self.findings.add(
                "missing_agent",
                file="users.csv",
                field="agentSourcedIds",
                sourced_id=agent,
                root=agent,
            )

    def _changes(
        self,
        file: str,
        wanted: Mapping[str, tuple[R, Unknown]],
        existing: Mapping[str, R],
        gone: Collection[str],
    ) -> Changes[R, str]:
        state = self.bundle.files[file]
        not_in_file: list[str] = []
        if state.mode == "bulk":
            not_in_file = [
                sid
                for sid, record in existing.items()
                if record.active
                and sid not in wanted
                and sid not in gone
                and sid not in state.refused_ids
            ]
        leaving = [existing[sid] for sid in existing if sid in gone and existing[sid].active]
        if file == "orgs":
            if not_in_file:
                self.findings.add("schools_not_in_file", file="orgs.csv", count=len(not_in_file))
        elif state.unidentified and not_in_file:
            self.findings.add("deactivation_withheld", file="users.csv", count=len(not_in_file))
        else:
            leaving += [existing[sid] for sid in not_in_file]
        repeated = dict.fromkeys(self.duplicates.get(file, ()))
        return self._compare(
            wanted,
            existing,
            gone=leaving,
            duplicates=tuple(sid for sid in repeated if sid in wanted),
            not_in_file=tuple(not_in_file),
        )

    def _compare(
        self,
        wanted: Mapping[K, tuple[R, Unknown]],
        existing: Mapping[K, R],
        *,
        gone: Iterable[R],
        duplicates: tuple[K, ...],
        not_in_file: tuple[K, ...],
    ) -> Changes[R, K]:
        creates: list[R] = []
        updates: list[Update[R]] = []
        unchanged: list[K] = []
        for key, (record, unknown) in wanted.items():
            before = existing.get(key)
            if before is None:
                creates.append(record)
                continue
            after = self._merged(key, existing, record, unknown)
            changed = tuple(
                f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name)
            )
            if changed:
                updates.append(Update(before, after, changed))
            else:
                unchanged.append(key)
        return Changes(
            tuple(creates), tuple(updates), tuple(unchanged), tuple(gone), duplicates, not_in_file
        )

    @staticmethod
    def _merged(key: K, existing: Mapping[K, R], record: R, unknown: Unknown) -> R:
        """The record with what the bundle does not know taken from the one that stands."""
        before = existing.get(key)
        if before is None or not unknown:
            return record
        kept: dict[str, Any] = {name: getattr(before, name) for name in unknown}
        return replace(record, **kept)

    def _give_each_identifier_once(self) -> None:
        """An identifier names one student: who has it keeps it, otherwise the first row does."""
        owners: dict[tuple[str, str], str | None] = dict.fromkeys(self.existing.taken)
        for sid, student in self.existing.students.items():
            told = self.students[sid][0] if sid in self.students else student
            for named in student.identifiers.items():
                if named in told.identifiers.items():
                    owners[named] = sid
        for sid, (student, unknown) in self.students.items():
            given = dict(student.identifiers)
            for named in student.identifiers.items():
                owner = owners.setdefault(named, sid)
                if owner == sid:
                    continue
                del given[named[0]]
                if owner is not None and owner not in self.students:
                    # The same child under a new sourcedId is not joined, but somebody is told.
                    self.findings.add("possible_same_student", file="users.csv", sourced_id=sid)
                else:
                    self.findings.add(
                        "identifier_taken", file="users.csv", sourced_id=sid, root=named[0]
                    )
            if len(given) < len(student.identifiers):
                self.students[sid] = (replace(student, identifiers=given), unknown)

    def _held(self, students: Changes[Student, str], force: bool) -> str | None:
        if self.bundle.mode("users") != "absent" and not self.users:
            self.findings.add("nobody_readable", file="users.csv")
            return "No row of users.csv could be read."
        active = sum(student.active for student in self.existing.students.values())
        leaving = len(students.deactivations)
        if not force and leaving >= SHRINK_ROWS and leaving > SHRINK_SHARE * active:
            self.findings.add("held", file="users.csv", deactivated=leaving, active=active)
            return f"{leaving:,} of {active:,} active students would be deactivated."
        return None


_OWN_SYSTEMS = frozenset(("sourced_id", "local_id", "master_id"))
_ORG_FIELDS = {
    "type": "org_type",
    "identifier": "identifier",
    "parentSourcedId": "parent_sourced_id",
}
_STUDENT_FIELDS = {
    "middleName": "middle_name",
    "preferredGivenName": "preferred_given_name",
    "preferredFamilyName": "preferred_family_name",
    "grades": "grade",
}
_STAFF_FIELDS = {"email": "email", "identifier": "identifier"}
_GUARDIAN_FIELDS = {"email": "email", "phone": "phone"}
_DEMOGRAPHIC_FIELDS = {
    "birthDate": "birth_date",
    "sex": "sex",
    "hispanicOrLatinoEthnicity": "hispanic",
}


def _kind(role: str) -> str:
    if role in _STUDENT:
        return "student"
    return "guardian" if role in _GUARDIAN else "staff"


def _read(row: Row, column: str, value: str | None, kept: str | None) -> str | None:
    return kept if column in row.unread else value


def _with_demographics(
    student: Student, row: Demographics, before: Student | None
) -> tuple[Student, set[str]]:
    """The student with the row's values; a race the row does not tell is as it was before."""
    kept = before.races if before else ()
    races = tuple(
        code
        for column, code in RACES.items()
        if (code in kept if column in row.unread else code in row.races)
    )
    unknown = {_DEMOGRAPHIC_FIELDS[c] for c in row.unread if c in _DEMOGRAPHIC_FIELDS}
    told = replace(
        student, birth_date=row.birth_date, sex=row.sex, hispanic=row.hispanic, races=races
    )
    return told, unknown
