"""The plan as a whole: loading, loading again, and what is held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.imports.oneroster.plan import SHRINK_ROWS
from service.imports.oneroster.read import open_bundle
from tests.imports.oneroster.bundles import (
    DEMOGRAPHICS,
    ENROLLMENTS,
    FAMILY,
    ONE_SCHOOL,
    ROLES,
    Snapshot,
    applied,
    codes,
    crowd,
    loaded,
    manifest,
    planned,
    read_out,
    roster,
    user,
    zipped,
)


def test_a_roster_loads_and_loading_it_again_changes_nothing() -> None:
    files = roster(*FAMILY, demographics=DEMOGRAPHICS + "a,,,2012-01-05,F,0,1,0,0,0,0,1\r\n")
    first = planned(files)
    counts = first.report().counts
    assert (counts["students"].created, counts["staff"].created) == (2, 1)
    assert (counts["schools"].created, counts["guardians"].created) == (2, 3)
    again = planned(files, applied(Snapshot(), first))
    assert again.empty
    assert again.report().counts["students"].unchanged == 2


def test_planning_twice_over_the_same_bundle_gives_the_same_plan() -> None:
    with open_bundle(zipped(roster(*FAMILY, user("a")))) as bundle:
        assert read_out(bundle) == read_out(bundle)


def test_progress_is_heard_for_each_file() -> None:
    heard: list[tuple[str, int]] = []
    rows = [user(f"a{n}") for n in range(1500)]
    with open_bundle(zipped(roster(*rows))) as bundle:
        read_out(bundle, progress=lambda file, count: heard.append((file, count)))
    assert heard == [("orgs.csv", 2), ("users.csv", 1000), ("users.csv", 1500)]


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


def test_a_file_of_nothing_but_bad_rows_is_held_even_with_force() -> None:
    before = loaded(roster(*crowd(3)))
    done = planned(roster(user(""), user("")), before, force=True)
    assert done.held
    assert not done.students.deactivations


_people = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.sampled_from(["student", "parent", "teacher", "professor", ""]),
        st.sampled_from(["s1", "d1", "nowhere", ""]),
        st.sampled_from(["", "a", "b,c", "d,nobody"]),
        st.sampled_from(["", "9", "??"]),
        st.sampled_from(["", "active", "tobedeleted"]),
        st.sampled_from(["", "1", "2"]),
    ),
    min_size=1,
    max_size=8,
)


_mode = st.sampled_from(["bulk", "delta", "absent"])


def _bundle(people: list[tuple[str, ...]], mode: str) -> dict[str, str | bytes]:
    rows = [
        user(sid, role, org=org, agents=agents, grades=grades, status=status, identifier=number)
        for sid, role, org, agents, grades, status, number in people
    ]
    return roster(*rows, manifest=manifest(users=mode, orgs="bulk"))


@given(_people, _people, _mode)
def test_after_applying_a_plan_the_same_bundle_changes_nothing(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]], mode: str
) -> None:
    record = applied(Snapshot(), planned(_bundle(first, mode)))
    done = planned(_bundle(second, mode), record, force=True)
    assert planned(_bundle(second, mode), applied(record, done), force=True).empty


@given(_people, _people, _mode, st.integers(1, 5))
def test_a_plan_is_the_same_however_many_rows_are_taken_in_hand_at_once(
    first: list[tuple[str, ...]], second: list[tuple[str, ...]], mode: str, batch: int
) -> None:
    more = {
        "roles": ROLES
        + "".join(f"r{n},,,{p[0]},primary,{p[1]},,,{p[2]}\r\n" for n, p in enumerate(first)),
        "demographics": DEMOGRAPHICS + "".join(f"{p[0]},,,2012-01-05,F,0,1\r\n" for p in first),
        "classes": "sourcedId,courseSourcedId,schoolSourcedId,termSourcedIds\r\nc1,k9,s1,t9\r\n",
        "enrollments": ENROLLMENTS
        + "".join(f"e{p[0]},c{n % 2},{p[2]},{p[0]},student\r\n" for n, p in enumerate(second)),
    }
    record = applied(Snapshot(), planned(_bundle(first, "bulk")))
    files = _bundle(second, mode) | {f"{name}.csv": text for name, text in more.items()}
    assert planned(files, record, batch=batch) == planned(files, record)
