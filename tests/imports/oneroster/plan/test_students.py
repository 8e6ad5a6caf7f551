"""Students: demographics, identity and identifiers."""

from __future__ import annotations

from datetime import date

from service.imports.oneroster.plan import Student
from tests.imports.oneroster.bundles import (
    DEMOGRAPHICS,
    FAMILY,
    codes,
    loaded,
    manifest,
    planned,
    roster,
    user,
)


def student(files: dict[str, str | bytes]) -> Student:
    return planned(files).students.creates[0]


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
        local_id="40001",
    )


def test_the_same_child_under_a_new_sourced_id_is_not_joined_but_told() -> None:
    before = loaded(roster(user("old", identifier="40001"), user("b")))
    done = planned(roster(user("new", identifier="40001"), user("b")), before)
    assert [s.sourced_id for s in done.students.creates] == ["new"]
    assert [s.sourced_id for s in done.students.deactivations] == ["old"]
    assert "possible_same_student" in codes(done)


def test_of_several_grades_the_first_is_taken_and_it_is_told() -> None:
    done = planned(roster(user("a", grades="09,10")))
    assert [s.grade for s in done.students.creates] == ["09"]
    assert "several_grades" in codes(done)


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


def test_a_delta_of_demographics_alone_reaches_the_student_on_record() -> None:
    before = loaded(roster(*FAMILY))
    files = {
        "manifest.csv": manifest(users="absent", demographics="delta"),
        "demographics.csv": DEMOGRAPHICS + "a,active,,2012-01-05,F\r\n",
    }
    done = planned(files, before)
    assert done.students.updates[0].changed == ("birth_date", "sex")
