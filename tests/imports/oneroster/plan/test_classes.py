"""Classes and enrolments, counted and checked."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    "wrong", ["e1,c1,s1,a,student", "e3,c1,s9,a,student", "e3,c9,s1,b,student"]
)
def test_one_bad_enrolment_among_many_is_found(wrong: str) -> None:
    good = [f"e{n},c1,s1,a,student" for n in range(3)]
    classes = "sourcedId,schoolSourcedId\r\nc1,s1\r\n"
    for at in range(len(good) + 1):
        rows = "".join(f"{row}\r\n" for row in [*good[:at], wrong, *good[at:]])
        files = roster(user("a"), user("b"), classes=classes, enrollments=ENROLLMENTS + rows)
        found = codes(planned(files))
        expected = "duplicate_sourced_id" if "e1" in wrong else "missing_org"
        assert found.pop("missing_class" if "c9" in wrong else expected) == 1
        assert found == codes(planned(files | {"enrollments.csv": ENROLLMENTS + "\r\n".join(good)}))


def test_what_a_full_file_of_terms_or_courses_lacks_is_found_once_each() -> None:
    sessions = "sourcedId,title,type,startDate,endDate,parentSourcedId,schoolYear\r\n"
    files = roster(
        user("a"),
        academicSessions=f"{sessions}t1,Fall,term,2026-08-17,2026-12-18,y9,2027\r\n",
        courses="sourcedId,title\r\nk1,Reading\r\n",
        classes="sourcedId,courseSourcedId,schoolSourcedId,termSourcedIds\r\nc1,k1,,t1\r\n",
    )
    done = planned(files)
    found = {f.file: f.count for f in done.findings if f.code == "missing_reference"}
    assert found == {"academicSessions.csv": 1}
    assert "missing_org" not in codes(done)
