"""An Ed-Fi sample goes in through the API as a SIS would push it and comes out in its shapes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.cli.check_edfi import BESIDE, LEFT_OUT, OTHERWISE, PROGRAMS, Compared, check_edfi
from service.cli.districts import create_district
from service.cli.workplace import Workplace
from service.clock import Clock
from service.settings import Settings
from tests.ed_fi_sample import SAMPLE, write
from tests.postgres import Database

Checked = tuple[dict[str, bool], dict[str, Compared]]
Check = Callable[..., Checked]


@pytest.fixture
def check(database: Database, tmp_path: Path) -> Check:
    """Send a sample into a district of its own; what was expected, and what came out."""

    def check(sample: dict[str, list[Any]] = SAMPLE) -> Checked:
        settings = Settings(data_dir=tmp_path, database_url=database.url)
        with closing(Workplace(settings, Clock())) as place:
            place.migrate(owner_url=database.owner_url)
            district = create_district(
                place, name="Throw-away", jurisdiction="us", time_zone="America/Chicago"
            )
            expected, compared = check_edfi(place, district, write(tmp_path / "sample", sample))
        return dict(expected), {one.resource: one for one in compared}

    return check


def test_it_goes_in_and_comes_out_in_the_same_shapes(check: Check) -> None:
    expected, compared = check()
    assert all(expected.values()), expected
    assert "all 5 students are taken" in expected
    assert {name: (one.there, one.here) for name, one in compared.items()} == {
        name: (len(rows), len(rows)) for name, rows in SAMPLE.items()
    }
    assert not compared["students"].differs.keys() - {
        ("personalTitlePrefix", LEFT_OUT),
        ("generationCodeSuffix", LEFT_OUT),
    }
    programs = compared[PROGRAMS]
    for member in ("iepBeginDate", "iepReviewDate", "lastEvaluationDate"):
        assert programs.same[member] == 3, member
    assert programs.same["programReference.programTypeDescriptor"] == 3
    assert programs.same["disabilities.disabilityDescriptor"] == 1
    assert programs.same["specialEducationExitReasonDescriptor"] == 1
    assert programs.differs["disabilities.disabilityDescriptor", LEFT_OUT] == 1
    assert programs.differs["ideaEligibility", BESIDE] == 1, "of whom a category is named"
    assert programs.differs["endDate", OTHERWISE] == 1
    assert compared["studentSection504ProgramAssociations"].differs == {
        ("section504DisabilityDescriptor", LEFT_OUT): 1
    }
    assert compared["studentInterventionAssociations"].same["dosage"] == 2


def test_a_difference_that_nobody_explains_is_told(check: Check) -> None:
    first, *others = SAMPLE[PROGRAMS]
    surprising = {**first, "iepServingSchool": {"schoolId": 990001001}}
    expected, compared = check({**SAMPLE, PROGRAMS: [surprising, *others]})
    assert [what for what, is_so in expected.items() if not is_so] == [
        "no member differs without a reason that is known"
    ]
    told = [line for line in compared[PROGRAMS].lines() if "WHY IS NOT KNOWN" in line]
    assert told == ["  not told, 1: iepServingSchool.schoolId. WHY IS NOT KNOWN"]
