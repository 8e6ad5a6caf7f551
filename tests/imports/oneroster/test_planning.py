"""What a bundle would change, and what it must leave alone."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.imports.oneroster.plan import (
    RIGHTS_ON_CREATE,
    SHRINK_ROWS,
    Guardian,
    Snapshot,
    Staff,
    Student,
    plan,
)
from service.imports.oneroster.read import open_bundle
from tests.imports.oneroster.bundles import (
    DEMOGRAPHICS,
    ENROLLMENTS,
    ONE_SCHOOL,
    ORGS,
    USERS,
    applied,
    codes,
    loaded,
    manifest,
    planned,
    roster,
    user,
    zipped,
)

ROLES = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
    "orgSourcedId\r\n"
)
USERS_12 = (
    "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,identifier,email,"
    "phone,agentSourcedIds,grades,userMasterIdentifier,preferredGivenName,primaryOrgSourcedId\r\n"
)
DELTA = manifest(users="delta", orgs="absent")
FAMILY = (
    user("a", agents="p1,p2", grades="9"),
    user("b", agents="p1"),
    user("p1", "parent", email="p1@example.org", phone="555-0100"),
    user("p2", "relative"),
    user("t", "teacher"),
)


def student(files: dict[str, str | bytes]) -> Student:
    return planned(files).students.creates[0]


def member(role: str) -> Staff:
    return planned(roster(user("t", role), user("a"))).staff.creates[0]


# --- loading


def test_a_roster_loads_and_loading_it_again_changes_nothing() -> None:
    files = roster(*FAMILY, demographics=DEMOGRAPHICS + "a,,,2012-01-05,F,0,1,0,0,0,0,1\r\n")
    first = planned(files)
    counts = first.report().counts
    assert (counts["students"].created, counts["staff"].created) == (2, 1)
    assert (counts["schools"].created, counts["guardians"].created) == (2, 3)
    again = planned(files, applied(Snapshot(), first))
    assert again.empty
    assert again.report().counts["students"].unchanged == 2


def test_a_student_carries_what_the_bundle_says() -> None:
    files = roster(
        user("a", given="Ada", identifier="40001", grades="9", org="d1,s1"),
        demographics=DEMOGRAPHICS + "a,,,2012-01-05,F,0,1,0,0,0,0,1\r\n",
    )
    assert student(files) == Student(
        sourced_id="a",
        given_name="Ada",
        family_name="Invented",
        birth_date=date(2012, 1, 5),
        sex="female",
        grade="09",
        school_sourced_id="s1",
        hispanic=True,
        races=("asian",),
        identifiers={"sourced_id": "a", "local_id": "40001"},
    )


def test_a_changed_row_is_an_update_that_names_its_fields() -> None:
    before = loaded(roster(user("a", given="Ada", grades="9")))
    done = planned(roster(user("a", given="Adah", grades="10")), before)
    assert done.students.updates[0].changed == ("given_name", "grade")
    assert done.students.updates[0].before.given_name == "Ada"


def test_who_returns_becomes_active_again() -> None:
    before = loaded(roster(user("a")))
    gone = replace(before, students={"a": replace(before.students["a"], active=False)})
    assert planned(roster(user("a")), gone).students.updates[0].changed == ("active",)


def test_planning_twice_over_the_same_bundle_gives_the_same_plan() -> None:
    with open_bundle(zipped(roster(*FAMILY, user("a")))) as bundle:
        assert plan(bundle, Snapshot()) == plan(bundle, Snapshot())


def test_progress_is_heard_for_each_file() -> None:
    heard: list[tuple[str, int]] = []
    rows = [user(f"a{n}") for n in range(1500)]
    with open_bundle(zipped(roster(*rows))) as bundle:
        plan(bundle, Snapshot(), progress=lambda file, count: heard.append((file, count)))
    assert heard == [("orgs.csv", 2), ("users.csv", 1000), ("users.csv", 1500)]


# --- organisations


def test_everybody_of_a_missing_organisation_loads_without_school_and_it_is_one_finding() -> None:
    rows = [user(f"a{n}", org="nowhere") for n in range(300)]
    rows += [user(f"p{n}", "parent", org="nowhere", agents=f"a{n}") for n in range(100)]
    done = planned(roster(*rows))
    assert len(done.students.creates) == 300
    assert {s.school_sourced_id for s in done.students.creates} == {None}
    assert len({g.sourced_id for g in done.guardians.creates}) == 100
    (finding,) = [f for f in done.findings if f.code == "missing_org"]
    assert (finding.sourced_id, finding.count, finding.line) == ("nowhere", 400, 2)
    assert "'nowhere'" in finding.message


def test_an_organisation_on_record_need_not_be_in_the_bundle() -> None:
    before = loaded(roster(user("a")))
    done = planned({"users.csv": USERS + user("a") + user("b")}, before)
    assert done.students.creates[0].school_sourced_id == "s1"
    assert "missing_org" not in codes(done)
    assert not done.schools.deactivations


def test_a_student_of_the_district_office_has_no_school() -> None:
    done = planned(roster(user("a", org="d1")))
    assert done.students.creates[0].school_sourced_id is None
    assert "not_a_school" in codes(done)


def test_schools_come_parents_first_and_circles_are_cut() -> None:
    orgs = ORGS + "s,,,S,school,,d\r\nd,,,D,district,,n\r\nn,,,N,national,,n\r\n"
    done = planned(roster(user("a", org="s"), orgs=orgs))
    assert [s.sourced_id for s in done.schools.creates] == ["n", "d", "s"]
    assert done.schools.creates[0].parent_sourced_id is None
    assert "org_loop" not in codes(done)
    circle = ORGS + "s,,,S,school,,d\r\nd,,,D,district,,s\r\n"
    done = planned(roster(user("a", org="s"), orgs=circle))
    assert [s.parent_sourced_id for s in done.schools.creates] == [None, "d"]
    assert "org_loop" in codes(done)


def test_a_school_that_is_not_in_the_file_stays_and_is_mentioned() -> None:
    before = loaded(roster(user("a")))
    done = planned(roster(user("a", org="d1"), orgs=ORGS + "d1,,,D,district,,\r\n"), before)
    assert done.schools.not_in_file == ("s1",)
    assert not done.schools.deactivations
    assert "schools_not_in_file" in codes(done)


# --- roles


@pytest.mark.parametrize(
    ("written", "role"),
    [
        ("teacher", "teacher"), ("Teacher", "teacher"), ("aide", "paraprofessional"),
        ("administrator", "administrator"), ("districtAdministrator", "administrator"),
        ("Site Administrator", "administrator"), ("principal", "principal"),
        ("counselor", "counselor"), ("proctor", "other"), ("ext:schoolPsychologist", "other"),
        ("professor", "other"),
    ],
)  # fmt: skip
def test_staff_roles_are_mapped(written: str, role: str) -> None:
    assert member(written).roles == (role,)


def test_a_role_outside_every_list_is_one_finding_that_does_not_repeat_it() -> None:
    done = planned(roster(user("t", "professor"), user("u", "professor"), user("a")))
    (finding,) = [f for f in done.findings if f.code == "unknown_role"]
    assert (finding.count, finding.line) == (2, 2)
    assert "professor" not in finding.message


def test_a_user_without_role_is_not_guessed_at() -> None:
    done = planned(roster(user("a"), user("x", "")))
    assert len(done.students.creates) == 1
    assert not done.staff.creates
    assert codes(done)["no_role"] == 1


def test_oneroster_1_2_takes_roles_and_school_from_roles_csv() -> None:
    files: dict[str, str | bytes] = {
        "orgs.csv": ONE_SCHOOL + "s2,,,Second School,school,,d1\r\n",
        "users.csv": USERS_12
        + "a,,,true,a,Ada,Invented,40001,,,p,KG,M-1,Addie,\r\n"
        + "p,,,true,p,Per,Invented,,p@example.org,,,,,,\r\n"
        + "t,,,true,t,Tea,Invented,,,,,,,,s2\r\n",
        "roles.csv": ROLES
        + "r1,,,a,secondary,student,,,s2\r\nr2,,,a,primary,student,,,s1\r\n"
        + "r3,,,p,primary,parent,,,s1\r\nr4,,,p,secondary,aide,,,s2\r\n"
        + "r5,,,t,primary,teacher,,,s1\r\nr6,,,t,secondary,counselor,,,s1\r\n",
    }
    done = planned(files)
    assert done.version == "1.2"
    (child,) = done.students.creates
    assert (child.school_sourced_id, child.preferred_given_name) == ("s1", "Addie")
    assert child.identifiers == {"sourced_id": "a", "local_id": "40001", "master_id": "M-1"}
    staff = {s.sourced_id: s for s in done.staff.creates}
    assert staff["t"].roles == ("counselor", "teacher")
    assert staff["t"].school_sourced_id == "s2"
    assert staff["p"].roles == ("paraprofessional",)
    assert done.guardians.creates[0].sourced_id == "p"
    assert planned(files, applied(Snapshot(), done)).empty


def test_a_role_that_has_ended_no_longer_counts() -> None:
    files: dict[str, str | bytes] = {
        "users.csv": USERS_12 + "a,,,true,a,A,B,,,,,KG,,,\r\nt,,,true,t,T,B,,,,,,,,\r\n",
        "roles.csv": ROLES
        + "r1,,,a,primary,student,,,\r\nr2,,,t,primary,teacher,2020-08-01,2026-06-01,\r\n",
    }
    before = loaded(files)
    with open_bundle(zipped(files)) as bundle:
        assert plan(bundle, before, as_of=date(2026, 5, 31)).empty
        leaving = plan(bundle, before, as_of=date(2026, 6, 1)).staff.deactivations
    assert [s.sourced_id for s in leaving] == ["t"]


# --- identity


def test_the_first_of_two_rows_with_one_sourced_id_wins_and_the_other_is_named() -> None:
    done = planned(roster(user("a", given="First"), user("b"), user("a", given="Second")))
    assert done.students.creates[0].given_name == "First"
    (finding,) = [f for f in done.findings if f.code == "duplicate_sourced_id"]
    assert (finding.file, finding.line, finding.sourced_id) == ("users.csv", 4, "a")
    assert done.students.duplicates == ("a",)


def test_people_of_one_name_and_one_email_are_different_people() -> None:
    twins = [user(sid, "teacher", email="same@example.org") for sid in ("t", "u")]
    assert len(planned(roster(*twins, user("a"), user("b"))).staff.creates) == 2


def test_the_same_child_under_a_new_sourced_id_is_not_joined_but_told() -> None:
    before = loaded(roster(user("old", identifier="40001"), user("b")))
    done = planned(roster(user("new", identifier="40001"), user("b")), before)
    assert [s.sourced_id for s in done.students.creates] == ["new"]
    assert [s.sourced_id for s in done.students.deactivations] == ["old"]
    assert "possible_same_student" in codes(done)


# --- what the bundle does not know


def test_an_unreadable_value_does_not_erase_the_one_on_record() -> None:
    row = "a,,,{},F,0,1,0,0,0,0,1\r\n"
    before = loaded(
        roster(user("a", grades="9"), demographics=DEMOGRAPHICS + row.format("2012-01-05"))
    )
    done = planned(
        roster(user("a", grades="??"), demographics=DEMOGRAPHICS + row.format("1/5/2012")), before
    )
    assert done.empty


def test_absent_demographics_erase_nothing() -> None:
    row = DEMOGRAPHICS + "a,,,2012-01-05,F,0,1,0,0,0,0,1\r\n"
    before = loaded(roster(user("a"), demographics=row))
    assert planned(roster(user("a")), before).empty
    assert planned(roster(user("a"), demographics=DEMOGRAPHICS), before).empty


def test_a_column_the_file_lacks_erases_nothing_and_a_blank_cell_does() -> None:
    before = loaded(roster(user("t", "teacher", email="t@example.org"), user("a")))
    lacking = "sourcedId,givenName,familyName,role,orgSourcedIds\r\n"
    rows = "t,Ada,Invented,teacher,s1\r\na,Ada,Invented,student,s1\r\n"
    assert planned({"users.csv": lacking + rows}, before).empty
    blank = planned(roster(user("t", "teacher"), user("a")), before)
    assert blank.staff.updates[0].changed == ("email",)


def test_identifiers_of_other_systems_are_left_alone() -> None:
    before = loaded(roster(user("a", identifier="1")))
    kept = replace(
        before.students["a"], identifiers={"sourced_id": "a", "local_id": "1", "state": "X"}
    )
    done = planned(roster(user("a", identifier="2")), replace(before, students={"a": kept}))
    after = done.students.updates[0].after
    assert after.identifiers == {"sourced_id": "a", "local_id": "2", "state": "X"}


# --- guardians


def test_guardians_are_linked_from_either_side_once() -> None:
    rows = (
        user("a", agents="p"),
        user("b"),
        user("p", "Parent", agents="a,b", phone="555-0100", email="p@example.org"),
    )
    made = planned(roster(*rows)).guardians.creates
    assert {(g.student_sourced_id, g.sourced_id) for g in made} == {("a", "p"), ("b", "p")}
    assert made[0] == Guardian(
        sourced_id="p",
        student_sourced_id="a",
        given_name="Ada",
        family_name="Invented",
        email="p@example.org",
        phone="555-0100",
        relationship="parent",
    )


def test_educational_rights_are_unknown_at_first_and_no_import_can_name_them_again() -> None:
    assert RIGHTS_ON_CREATE == "unknown"
    assert not [f.name for f in fields(Guardian) if "right" in f.name]


def test_a_guardian_who_is_no_longer_linked_is_left_as_is_and_a_person_is_told() -> None:
    before = loaded(roster(*FAMILY))
    done = planned(roster(user("a", agents="p1", grades="9"), *FAMILY[1:]), before)
    assert done.guardians.not_in_file == (("a", "p2"),)
    assert done.empty
    finding = next(f for f in done.findings if f.code == "guardians_not_in_file")
    assert (finding.severity, finding.count) == ("warning", 1)


def test_an_agent_who_is_missing_or_no_guardian_is_passed_over() -> None:
    rows = (user("a", agents="gone,t,b"), user("b", agents="gone"), user("t", "teacher"))
    done = planned(roster(*rows))
    assert not done.guardians.creates
    (missing,) = [f for f in done.findings if f.code == "missing_agent"]
    assert (missing.sourced_id, missing.count) == ("gone", 2)
    assert codes(done)["agent_not_guardian"] == 2


def test_a_guardian_of_nobody_is_reported() -> None:
    done = planned(roster(user("a"), user("p", "parent")))
    assert codes(done)["guardian_without_student"] == 1


# --- who is missing


def crowd(count: int, start: int = 0) -> list[str]:
    return [user(f"a{n:03}") for n in range(start, count)]


def test_who_is_missing_from_a_full_file_is_deactivated_and_never_deleted() -> None:
    before = loaded(roster(*crowd(20), user("t", "teacher")))
    done = planned(roster(*crowd(20, 1)), before)
    assert [s.sourced_id for s in done.students.deactivations] == ["a000"]
    assert [s.sourced_id for s in done.staff.deactivations] == ["t"]
    after = applied(before, done)
    assert not after.students["a000"].active
    assert planned(roster(*crowd(20, 1)), after).empty


@pytest.mark.parametrize(
    ("students", "leaving", "held"),
    [(100, 10, False), (100, 11, True), (20, 4, False), (20, 5, True), (50, 5, False)],
)
def test_a_roster_that_shrinks_by_more_than_a_tenth_and_five_is_held(
    students: int, leaving: int, held: bool
) -> None:
    before = loaded(roster(*crowd(students)))
    smaller = roster(*crowd(students, leaving))
    done = planned(smaller, before)
    assert SHRINK_ROWS == 5
    assert done.held is held
    assert ("held" in codes(done)) is held
    assert len(done.students.deactivations) == leaving
    forced = planned(smaller, before, force=True)
    assert not forced.held
    assert "held" not in codes(forced)


def test_a_row_that_cannot_be_read_makes_nobody_missing() -> None:
    before = loaded(roster(*crowd(20)))
    broken = [*crowd(20, 1), user("a000", given="A\0B")]
    assert planned(roster(*broken), before).empty


def test_a_row_that_could_be_anybody_keeps_everybody() -> None:
    before = loaded(roster(*crowd(20)))
    done = planned(roster(*crowd(20, 2), user("", given="Some")), before)
    assert done.empty
    assert done.students.not_in_file == ("a000", "a001")
    assert codes(done)["deactivation_withheld"] == 2


def test_a_file_of_nothing_but_bad_rows_is_held_even_with_force() -> None:
    before = loaded(roster(*crowd(3)))
    done = planned(roster(user(""), user("")), before, force=True)
    assert done.held
    assert not done.students.deactivations


@pytest.mark.parametrize("mode", ["delta", "absent", ""])
def test_only_a_full_file_can_miss_anybody(mode: str) -> None:
    before = loaded(roster(*FAMILY, *crowd(20)))
    done = planned(
        roster(user("a", agents="p1,p2", grades="9"), manifest=manifest(users=mode)), before
    )
    assert done.empty
    assert not done.students.not_in_file
    assert not done.guardians.not_in_file


def test_a_roster_without_users_touches_no_person() -> None:
    before = loaded(roster(*FAMILY))
    files: dict[str, str | bytes] = {
        "manifest.csv": manifest(orgs="bulk", users="absent"),
        "orgs.csv": ONE_SCHOOL.replace("Invented School", "Renamed School"),
    }
    done = planned(files, before)
    assert done.schools.updates[0].changed == ("name",)
    assert not done.students.deactivations
    assert not done.held


# --- deltas


def test_a_delta_deletes_softly_what_it_names() -> None:
    before = loaded(roster(*FAMILY))
    rows = (
        user("a", status="tobedeleted"),
        user("t", "teacher", status="tobedeleted"),
        user("p2", "relative", status="ToBeDeleted"),
        user("zz", status="tobedeleted"),
    )
    files = roster(*rows, manifest=manifest(users="delta"))
    done = planned(files, before)
    assert [s.sourced_id for s in done.students.deactivations] == ["a"]
    assert [s.sourced_id for s in done.staff.deactivations] == ["t"]
    assert [g.sourced_id for g in done.guardians.deactivations] == ["p2"]
    assert codes(done)["unknown_deleted"] == 1
    assert planned(files, applied(before, done)).empty


def test_a_delta_of_a_guardian_reaches_every_child() -> None:
    before = loaded(roster(*FAMILY))
    row = user("p1", "parent", email="new@example.org", phone="555-0100")
    done = planned(roster(row, manifest=DELTA), before)
    assert [u.changed for u in done.guardians.updates] == [("email",), ("email",)]


def test_a_delta_of_a_child_finds_its_guardian_on_record() -> None:
    before = loaded(roster(*FAMILY))
    done = planned(roster(user("c", agents="p1"), manifest=DELTA), before)
    (made,) = done.guardians.creates
    assert (made.student_sourced_id, made.email) == ("c", "p1@example.org")


def test_a_delta_of_demographics_alone_reaches_the_student_on_record() -> None:
    before = loaded(roster(*FAMILY))
    files = {
        "manifest.csv": manifest(users="absent", demographics="delta"),
        "demographics.csv": DEMOGRAPHICS + "a,active,,2012-01-05,F\r\n",
    }
    done = planned(files, before)
    assert done.students.updates[0].changed == ("birth_date", "sex")


def test_a_1_2_delta_without_role_rows_leaves_kind_roles_and_school() -> None:
    before = loaded(roster(*FAMILY))
    files = {
        "manifest.csv": manifest("1.2", users="delta"),
        "users.csv": "sourcedId,givenName,familyName\r\na,Adah,Invented\r\nt,Tess,Invented\r\n",
    }
    done = planned(files, before)
    assert done.students.updates[0].changed == ("given_name",)
    assert done.staff.updates[0].changed == ("given_name",)


# --- classes and enrolments


def test_enrolments_are_counted_and_their_references_checked() -> None:
    rows = (
        "e1,c1,s1,a,student\r\ne2,c9,s1,a,student\r\ne3,c1,s9,x,student\r\ne1,c1,s1,a,student\r\n"
    )
    files = roster(
        user("a"),
        classes="sourcedId,courseSourcedId,schoolSourcedId,termSourcedIds\r\nc1,k9,s1,t9\r\n",
        courses="sourcedId,orgSourcedId\r\nk1,s1\r\n",
        enrollments=ENROLLMENTS + rows,
    )
    done = planned(files)
    assert done.rows_read["enrolments"] == 4
    assert "4 enrolments read" in done.report().lines()
    found = codes(done)
    assert found["missing_class"] == found["missing_user"] == found["missing_org"] == 1
    assert found["missing_reference"] == 1
    assert found["duplicate_sourced_id"] == 1


def test_without_a_class_file_nothing_is_said_of_classes() -> None:
    done = planned(roster(user("a"), enrollments=ENROLLMENTS + "e1,c1,s1,a,student\r\n"))
    assert "missing_class" not in codes(done)


def test_roles_and_demographics_of_nobody_are_reported() -> None:
    files = roster(
        user("a"),
        roles=ROLES + "r,,,nobody,primary,student,,,s1\r\n",
        demographics=DEMOGRAPHICS + "nobody,,,2012-01-05\r\n",
    )
    assert codes(planned(files))["missing_user"] == 2


# --- a law


_people = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(["student", "parent", "teacher", "professor", ""]),
        st.sampled_from(["s1", "d1", "nowhere", ""]),
        st.sampled_from(["", "a", "b,c", "d,nobody"]),
        st.sampled_from(["", "9", "??"]),
        st.sampled_from(["", "active", "tobedeleted"]),
    ),
    min_size=1,
    max_size=8,
)
_mode = st.sampled_from(["bulk", "delta", "absent"])


@given(_people, _people, _mode)
def test_after_applying_a_plan_the_same_bundle_changes_nothing(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]], mode: str
) -> None:
    def bundle(people: list[tuple[str, ...]]) -> dict[str, str | bytes]:
        rows = [
            user(sid, role, org=org, agents=agents, grades=grades, status=status)
            for sid, role, org, agents, grades, status in people
        ]
        return roster(*rows, manifest=manifest(users=mode, orgs="bulk"))

    record = applied(Snapshot(), planned(bundle(first)))
    done = planned(bundle(second), record, force=True)
    assert planned(bundle(second), applied(record, done), force=True).empty
