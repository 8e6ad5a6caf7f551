"""Classes and enrolments, counted and checked."""

from __future__ import annotations

from tests.imports.oneroster.bundles import ENROLLMENTS, codes, planned, roster, user


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
