"""Staff and their roles."""

from __future__ import annotations

import pytest

from service.imports.oneroster.plan import Staff
from tests.imports.oneroster.bundles import planned, roster, user


def member(role: str) -> Staff:
    return planned(roster(user("t", role), user("a"))).staff.creates[0]


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


def test_people_of_one_name_and_one_email_are_different_people() -> None:
    twins = [user(sid, "teacher", email="same@example.org") for sid in ("t", "u")]
    assert len(planned(roster(*twins, user("a"), user("b"))).staff.creates) == 2
