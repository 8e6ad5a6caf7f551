"""Organisations: their order, and rows that point at none."""

from __future__ import annotations

from tests.imports.oneroster.bundles import (
    ONE_SCHOOL,
    ORGS,
    USERS,
    codes,
    loaded,
    planned,
    roster,
    user,
)


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


def test_a_row_that_was_refused_is_no_missing_organisation() -> None:
    """Its own finding is the cause; those who point at it load without a school."""
    done = planned(roster(user("a"), orgs=ORGS + "s1,,,,school,,\r\n"))
    assert [s.school_sourced_id for s in done.students.creates] == [None]
    assert codes(done).get("blank_value") == 1
    assert "missing_org" not in codes(done)


def test_an_organisation_that_ended_is_no_missing_one() -> None:
    before = loaded(roster(user("a"), orgs=ONE_SCHOOL + "s2,,,Other,school,,d1\r\n"))
    orgs = ONE_SCHOOL + "s2,tobedeleted,,Other,school,,d1\r\n"
    done = planned(roster(user("a", org="s2"), orgs=orgs), before)
    assert [s.sourced_id for s in done.schools.deactivations] == ["s2"]
    assert "missing_org" not in codes(done)


def test_a_student_of_the_district_office_has_no_school() -> None:
    done = planned(roster(user("a", org="d1")))
    assert done.students.creates[0].school_sourced_id is None
    assert "not_a_school" in codes(done)


def test_a_school_whose_parent_is_nowhere_loads_without_one_and_that_is_a_finding() -> None:
    """One that is on record need not be in the file; of one that is in neither, nothing is kept."""
    before = loaded(roster(user("a")))
    orgs = ORGS + "s2,,,Second,school,,d1\r\ns3,,,Third,school,,nowhere\r\n"
    done = planned(roster(user("a"), orgs=orgs), before)
    parents = {s.sourced_id: s.parent_sourced_id for s in done.schools.creates}
    assert parents == {"s2": "d1", "s3": None}
    (finding,) = [f for f in done.findings if f.code == "missing_org"]
    assert (finding.sourced_id, finding.file, finding.count) == ("nowhere", "orgs.csv", 1)


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


def test_a_school_on_record_stays_one_where_the_file_tells_no_type() -> None:
    before = loaded(roster(user("a")))
    orgs = "sourcedId,name\r\ns1,Renamed School\r\n"
    done = planned(roster(user("a"), user("b"), orgs=orgs), before)
    assert [u.changed for u in done.schools.updates] == [("name",)]
    assert [s.school_sourced_id for s in done.students.creates] == ["s1"]
    assert "not_a_school" not in codes(done)
