"""Guardians: relations, on which rights hang."""

from __future__ import annotations

import pytest

from service.imports.oneroster.plan import RIGHTS_ON_CREATE, Guardian
from tests.imports.oneroster.bundles import DELTA, FAMILY, codes, loaded, planned, roster, user


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


def family(language: str | None, *, phone: str = "555-0100") -> dict[str, str | bytes]:
    """A child and a parent, whose language stands in a column of its own; None: no such column."""
    header, cells = ("", "") if language is None else (",metadata.language", f",{language}")
    return {
        "users.csv": f"sourcedId,givenName,familyName,role,agentSourcedIds,phone{header}\r\n"
        f"a,Ada,Invented,student,p,{cells}\r\np,Per,Invented,parent,,{phone}{cells}\r\n"
    }


def test_a_guardians_language_is_kept_and_follows_the_file() -> None:
    before = loaded(family("Somali"))
    assert before.of_guardians["a", "p"].language == "so"
    (update,) = planned(family("es-MX"), before).guardians.updates
    assert (update.changed, update.after.language) == (("language",), "es-MX")


@pytest.mark.parametrize("told", [None, "", "N/A"])
def test_a_file_that_tells_no_language_leaves_the_one_on_record(told: str | None) -> None:
    before = loaded(family("so"))
    assert planned(family(told), before).empty
    (update,) = planned(family(told, phone="555-0199"), before).guardians.updates
    assert (update.changed, update.after.language) == (("phone",), "so")


def test_educational_rights_are_unknown_at_first_and_no_import_can_name_them_again() -> None:
    assert RIGHTS_ON_CREATE == "unknown"
    assert not [name for name in Guardian._fields if "right" in name]


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


def test_an_agent_whose_own_row_is_refused_is_no_second_finding() -> None:
    done = planned(roster(user("a", agents="p"), user("p", "parent", given="", family="")))
    assert not done.guardians.creates
    found = codes(done)
    assert found["blank_value"] == 1
    assert not {"missing_agent", "agent_not_guardian"} & set(found)


def test_a_guardian_of_nobody_is_reported() -> None:
    done = planned(roster(user("a"), user("p", "parent")))
    assert codes(done)["guardian_without_student"] == 1


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
