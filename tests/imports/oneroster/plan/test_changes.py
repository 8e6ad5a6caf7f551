"""Beside the record: what is changed, what is kept, who is twice in the file and who is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.imports.oneroster.bundles import (
    FAMILY,
    applied,
    codes,
    crowd,
    loaded,
    manifest,
    planned,
    roster,
    user,
)


def test_a_changed_row_is_an_update_that_names_its_fields() -> None:
    before = loaded(roster(user("a", given="Ada", grades="9")))
    done = planned(roster(user("a", given="Adah", grades="10")), before)
    assert done.students.updates[0].changed == ("given_name", "grade")
    assert done.students.updates[0].before.given_name == "Ada"


def test_a_column_the_file_lacks_erases_nothing_and_a_blank_cell_does() -> None:
    before = loaded(roster(user("t", "teacher", email="t@example.org"), user("a")))
    lacking = "sourcedId,givenName,familyName,role,orgSourcedIds\r\n"
    rows = "t,Ada,Invented,teacher,s1\r\na,Ada,Invented,student,s1\r\n"
    assert planned({"users.csv": lacking + rows}, before).empty
    blank = planned(roster(user("t", "teacher"), user("a")), before)
    assert blank.staff.updates[0].changed == ("email",)


def test_the_first_of_two_rows_with_one_sourced_id_wins_and_the_other_is_named() -> None:
    done = planned(roster(user("a", given="First"), user("b"), user("a", given="Second")))
    assert done.students.creates[0].given_name == "First"
    (finding,) = [f for f in done.findings if f.code == "duplicate_sourced_id"]
    assert (finding.file, finding.line, finding.sourced_id) == ("users.csv", 4, "a")
    assert done.students.duplicates == ("a",)


def test_who_is_missing_from_a_full_file_is_deactivated_and_never_deleted() -> None:
    before = loaded(roster(*crowd(20), user("t", "teacher")))
    done = planned(roster(*crowd(20, 1)), before)
    assert [s.sourced_id for s in done.students.deactivations] == ["a000"]
    assert [s.sourced_id for s in done.staff.deactivations] == ["t"]
    after = applied(before, done)
    assert not after.of_students["a000"].active
    assert planned(roster(*crowd(20, 1)), after).empty


def test_who_returns_becomes_active_again() -> None:
    before = loaded(roster(user("a")))
    gone = replace(before, of_students={"a": before.of_students["a"]._replace(active=False)})
    assert planned(roster(user("a")), gone).students.updates[0].changed == ("active",)


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


@pytest.mark.parametrize("mode", ["delta", "absent", ""])
def test_only_a_full_file_can_miss_anybody(mode: str) -> None:
    before = loaded(roster(*FAMILY, *crowd(20)))
    done = planned(
        roster(user("a", agents="p1,p2", grades="9"), manifest=manifest(users=mode)), before
    )
    assert done.empty
    assert not done.students.not_in_file
    assert not done.guardians.not_in_file


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
