"""The district that ships with the service."""

from __future__ import annotations

import re

from service.domain.students import GRADES
from service.imports.oneroster.demonstration import ROSTER, generate
from service.imports.oneroster.read import open_bundle
from tests.imports.oneroster.bundles import Planned, Snapshot, applied, read_out


def demonstration(existing: Snapshot) -> Planned:
    with open_bundle(ROSTER) as bundle:
        return read_out(bundle, existing)


def test_the_shipped_files_are_what_the_generator_writes() -> None:
    shipped = {path.name: path.read_bytes().decode() for path in ROSTER.iterdir()}
    assert shipped == generate()
    assert sum(map(len, shipped.values())) < 80_000


def test_it_loads_without_a_single_finding_and_again_without_a_change() -> None:
    done = demonstration(Snapshot())
    assert done.version == "1.2"
    assert done.findings == ()
    assert demonstration(applied(Snapshot(), done)).empty


def test_it_is_a_small_district_of_every_grade() -> None:
    done = demonstration(Snapshot())
    assert len([s for s in done.schools.creates if s.org_type == "school"]) == 3
    assert len(done.students.creates) == 120
    assert len(done.staff.creates) == 30
    assert len({g.sourced_id for g in done.guardians.creates}) == 150
    grades = {s.grade for s in done.students.creates}
    assert grades == set(GRADES) & {"PK", "KG", *(f"{n:02}" for n in range(1, 13))}
    roles = {role for s in done.staff.creates for role in s.roles}
    assert {"principal", "counselor", "teacher", "paraprofessional", "other"} <= roles


def test_its_guardians_speak_several_languages() -> None:
    spoken = {guardian.language for guardian in demonstration(Snapshot()).guardians.creates}
    assert len(spoken) >= 5
    assert None not in spoken


def test_every_address_is_reserved_for_examples() -> None:
    mails = re.findall(r"[^,\s]+@[^,\s]+", generate()["users.csv"])
    assert mails
    for mail in mails:
        assert mail.endswith("@example.org")
