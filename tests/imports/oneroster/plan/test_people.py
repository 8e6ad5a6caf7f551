"""Users by their roles, wherever those stand."""

from __future__ import annotations

from datetime import date

from service.imports.oneroster.read import open_bundle
from tests.imports.oneroster.bundles import (
    DEMOGRAPHICS,
    FAMILY,
    ONE_SCHOOL,
    ROLES,
    USERS_12,
    Planned,
    Snapshot,
    applied,
    codes,
    loaded,
    manifest,
    planned,
    read_out,
    roster,
    user,
    zipped,
)


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
    assert (child.sourced_id, child.local_id, child.master_id) == ("a", "40001", "M-1")
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
        assert read_out(bundle, before, as_of=date(2026, 5, 31)).empty
        leaving = read_out(bundle, before, as_of=date(2026, 6, 1)).staff.deactivations
    assert [s.sourced_id for s in leaving] == ["t"]


def test_a_1_2_delta_without_role_rows_leaves_kind_roles_and_school() -> None:
    before = loaded(roster(*FAMILY))
    files = {
        "manifest.csv": manifest("1.2", users="delta"),
        "users.csv": "sourcedId,givenName,familyName\r\na,Adah,Invented\r\nt,Tess,Invented\r\n",
    }
    done = planned(files, before)
    assert done.students.updates[0].changed == ("given_name",)
    assert done.staff.updates[0].changed == ("given_name",)


def test_a_delta_of_roles_names_those_that_changed_and_the_others_stand() -> None:
    person = USERS_12 + "t,,,true,t,Tea,Invented,,,,,,,,\r\n"
    before = loaded(
        {
            "orgs.csv": ONE_SCHOOL,
            "users.csv": person,
            "roles.csv": ROLES
            + "r1,,,t,primary,teacher,,,s1\r\nr2,,,t,secondary,counselor,,,s1\r\n",
        }
    )
    delta: dict[str, str | bytes] = {
        "manifest.csv": manifest("1.2", users="delta", roles="delta"),
        "users.csv": person,
        "roles.csv": ROLES
        + "r2,tobedeleted,,t,secondary,counselor,,,s1\r\nr3,,,t,secondary,aide,,,s1\r\n",
    }
    (changed,) = planned(delta, before).staff.updates
    assert changed.changed == ("roles",)
    assert changed.after.roles == ("paraprofessional", "teacher")
    whole = delta | {"manifest.csv": manifest("1.2", users="delta", roles="bulk")}
    assert planned(whole, before).staff.updates[0].after.roles == ("paraprofessional",)


PEOPLE_12 = (
    USERS_12
    + "t,,,true,t,Tea,Invented,,,,,,,,\r\n"
    + "p,,,true,p,Per,Invented,,,,,,,,\r\n"
    + "a,,,true,a,Ada,Invented,,,,p,KG,,,s2\r\n"
)
ROLES_12 = (
    ROLES
    + "r1,,,t,primary,teacher,,,s1\r\nr2,,,t,secondary,counselor,,,s1\r\n"
    + "r3,,,p,primary,parent,,,s1\r\nr4,,,p,secondary,aide,,,s1\r\n"
    + "r5,,,a,primary,student,,,s2\r\n"
)
TWO_SCHOOLS = ONE_SCHOOL + "s2,,,Second School,school,,d1\r\n"


def ended(*roles: str, users: str = PEOPLE_12, mode: str = "delta") -> Planned:
    """What a bundle does that tells of these roles only, all of which have ended."""
    before = loaded({"orgs.csv": TWO_SCHOOLS, "users.csv": PEOPLE_12, "roles.csv": ROLES_12})
    gone = [row.replace(",,,", ",tobedeleted,,", 1) for row in ROLES_12.splitlines(keepends=True)]
    named = [row for row in gone if row.startswith(roles)]
    return planned(
        {
            "manifest.csv": manifest("1.2", users="delta", roles=mode),
            "users.csv": users,
            "roles.csv": ROLES + "".join(named),
        },
        before,
    )


def test_a_delta_that_ends_one_role_leaves_the_staff_member_the_others() -> None:
    done = ended("r2")
    (changed,) = done.staff.updates
    assert (changed.changed, changed.after.roles) == (("roles",), ("teacher",))
    assert not list(done.staff.deactivations)
    assert [s.sourced_id for s in ended("r2", mode="bulk").staff.deactivations] == ["t"]


def test_a_delta_that_ends_the_last_role_lets_the_staff_member_go() -> None:
    done = ended("r1", "r2")
    assert [s.sourced_id for s in done.staff.deactivations] == ["t"]
    assert not list(done.staff.updates)


def test_a_delta_that_ends_the_work_of_a_parent_leaves_the_parent() -> None:
    done = ended("r4")
    assert [s.sourced_id for s in done.staff.deactivations] == ["p"]
    assert not list(done.guardians.deactivations)


def test_a_delta_that_ends_what_a_parent_is_there_as_leaves_the_work() -> None:
    done = ended("r3")
    assert not list(done.staff.deactivations)
    assert not list(done.guardians.deactivations)


def test_a_student_whose_only_role_ended_is_gone_unless_it_was_at_another_school() -> None:
    assert [s.sourced_id for s in ended("r5").students.deactivations] == ["a"]
    before = loaded({"orgs.csv": TWO_SCHOOLS, "users.csv": PEOPLE_12, "roles.csv": ROLES_12})
    elsewhere = {
        "manifest.csv": manifest("1.2", users="delta", roles="delta"),
        "users.csv": PEOPLE_12,
        "roles.csv": ROLES + "r0,tobedeleted,,a,secondary,student,,,s1\r\n",
    }
    assert planned(elsewhere, before).empty


def test_whom_the_users_say_is_gone_is_gone_whatever_roles_are_left() -> None:
    told = PEOPLE_12.replace("t,,,true", "t,tobedeleted,,true")
    assert [s.sourced_id for s in ended("r2", users=told).staff.deactivations] == ["t"]


def test_roles_and_demographics_of_nobody_are_reported() -> None:
    files = roster(
        user("a"),
        roles=ROLES + "r,,,nobody,primary,student,,,s1\r\n",
        demographics=DEMOGRAPHICS + "nobody,,,2012-01-05\r\n",
    )
    assert codes(planned(files))["missing_user"] == 2
