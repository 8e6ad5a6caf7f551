"""An Ed-Fi sample, sent in as a student-information system would, and what comes out again.

Through the API alone: students by the thousand, their programs as a case history, interventions
one by one; then `GET /v1/exports/ed-fi/5.2/…` is held against what the sample says, member by
member.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from service.api.plumbing.services import EXTENSION
from service.app import create_app
from service.cli.clients import create_client
from service.cli.workplace import Refused, Workplace
from service.demo import served
from service.exports.edfi.codes import crosswalk, descriptor
from service.worker import TASKS, Worker

Json = dict[str, Any]

STUDENTS = "students"
PROGRAMS = "studentSpecialEducationProgramAssociations"
SECTION_504 = "studentSection504ProgramAssociations"
INTERVENTIONS = "interventions"
PARTICIPATIONS = "studentInterventionAssociations"
FILES = (STUDENTS, PROGRAMS, SECTION_504, INTERVENTIONS, PARTICIPATIONS)

SCOPES = (
    *("students:write", "students:read", "imports:write", "imports:read"),
    *("cases:write", "interventions:write", "exports:read"),
)
LINES, TIMEOUT_S = 1000, 120
JSON, NDJSON, FORM = "application/json", "application/x-ndjson", "application/x-www-form-urlencoded"
SYSTEM = "state_id"
ENDS = ("specialEducationExitDate", "iepEndDate", "endDate")
SEXES = {"Female": "female", "Male": "male"}
LEFT = {"Moved out of state": "moved", "Reached maximum age": "aged_out"}

LEFT_OUT, OTHERWISE, BESIDE = "not told", "told otherwise", "told beside"
NOT_HELD = "Not held here."
ONE_END = "A plan has one end here; the sample has up to three days for it, or none."
EXIT = "Told with the end of every plan; the sample may have an end without it."
CATEGORY = "One category of the federal list is on record; Ed-Fi's other words are of none."
FOUND = "The category that was found is the first, under the IDEA."
SERVICE = "Services are lines of a plan here, in words."

DIFFERS: Mapping[str, Mapping[tuple[str, str], str]] = {
    STUDENTS: {
        ("personalTitlePrefix", LEFT_OUT): NOT_HELD,
        ("generationCodeSuffix", LEFT_OUT): NOT_HELD,
        ("personReference.personId", LEFT_OUT): NOT_HELD,
        ("personReference.sourceSystemDescriptor", LEFT_OUT): NOT_HELD,
    },
    PROGRAMS: {
        ("beginDate", OTHERWISE): "It begins with the first IEP: no earlier day is on record.",
        **{
            (day, how): ONE_END
            for day in ("endDate", "iepEndDate", "specialEducationExitDate")
            for how in (BESIDE, OTHERWISE)
        },
        ("specialEducationExitReasonDescriptor", BESIDE): EXIT,
        ("specialEducationExitReasonDescriptor", LEFT_OUT): "A reason without a day ends no plan.",
        ("specialEducationExitReasonDescriptor", OTHERWISE): "Where the sample says `Other`, its "
        "reason of leaving the program says more.",
        ("specialEducationExitExplained", LEFT_OUT): "The reason is a code here.",
        ("reasonExitedDescriptor", BESIDE): EXIT,
        ("reasonExitedDescriptor", OTHERWISE): "One reason is on record, and is told in the words "
        "of both lists.",
        ("ideaEligibility", BESIDE): "A category is on record with the finding of eligibility.",
        ("disabilities.disabilityDescriptor", LEFT_OUT): CATEGORY,
        ("disabilities.disabilityDescriptor", OTHERWISE): CATEGORY,
        ("disabilities.orderOfDisability", LEFT_OUT): CATEGORY,
        ("disabilities.orderOfDisability", BESIDE): FOUND,
        ("disabilities.designations.disabilityDesignationDescriptor", BESIDE): FOUND,
        ("specialEducationSettingDescriptor", LEFT_OUT): NOT_HELD,
        ("specialEducationHoursPerWeek", LEFT_OUT): SERVICE,
        ("specialEducationProgramServices.specialEducationProgramServiceDescriptor", LEFT_OUT): (
            SERVICE
        ),
        ("specialEducationProgramServices.providers.staffReference.staffUniqueId", LEFT_OUT): (
            SERVICE
        ),
        ("specialEducationProgramServices.providers.primaryProvider", LEFT_OUT): SERVICE,
        ("schoolHoursPerWeek", LEFT_OUT): NOT_HELD,
        ("shortenedSchoolDayIndicator", LEFT_OUT): NOT_HELD,
        ("reductionInHoursPerWeekComparedToPeers", LEFT_OUT): NOT_HELD,
        ("multiplyDisabled", LEFT_OUT): "Multiple disabilities are a category here.",
        ("medicallyFragile", LEFT_OUT): NOT_HELD,
    },
    SECTION_504: {
        ("section504DisabilityDescriptor", LEFT_OUT): "The impairment is on record in words.",
        ("section504MeetingDate", LEFT_OUT): "A meeting is that of a plan, and there is no plan.",
    },
    INTERVENTIONS: {
        ("educationOrganizationReference.educationOrganizationId", OTHERWISE): "The district's.",
        ("interventionIdentificationCode", OTHERWISE): "Made of district, title and first day.",
        ("interventionClassDescriptor", OTHERWISE): "`Other`: no class is on record.",
        **{
            (name, LEFT_OUT): NOT_HELD
            for name in (
                "appropriateGradeLevels.gradeLevelDescriptor",
                "diagnoses.diagnosisDescriptor",
                "educationContents.educationContentReference.contentIdentifier",
                "interventionPrescriptions.interventionPrescriptionReference"
                ".educationOrganizationId",
                "interventionPrescriptions.interventionPrescriptionReference"
                ".interventionPrescriptionIdentificationCode",
                "maxDosage",
                "minDosage",
            )
        },
    },
    PARTICIPATIONS: {
        ("interventionReference.educationOrganizationId", OTHERWISE): "The district's.",
        ("interventionReference.interventionIdentificationCode", OTHERWISE): "As the intervention.",
    },
}
"""Members in which what comes out may differ from the sample, how, and why."""


@dataclass
class Compared:
    """What came out of one kind, against what the sample says."""

    resource: str
    there: int = 0
    here: int = 0
    same: Counter[str] = field(default_factory=Counter)
    differs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By member, and how it differs."""

    @property
    def explained(self) -> bool:
        return self.differs.keys() <= DIFFERS[self.resource].keys()

    def lines(self) -> Iterator[str]:
        yield f"{self.resource}: {self.there:,} there, {self.here:,} here"
        yield f"  the same: {', '.join(f'{name} {n:,}' for name, n in sorted(self.same.items()))}"
        for (member, how), count in sorted(self.differs.items()):
            why = DIFFERS[self.resource].get((member, how), "WHY IS NOT KNOWN")
            yield f"  {how}, {count:,}: {member}. {why}"


def check_edfi(
    workplace: Workplace, district_id: UUID, folder: Path
) -> tuple[list[tuple[str, bool]], list[Compared]]:
    """Send the sample in `folder` into an empty district, and hold what comes out against it.

    What was expected and whether it is so; and what came out. Raises `Refused` when the API does
    not take what it should.
    """
    sample = {name: _read(folder / f"{name}.jsonl") for name in FILES}
    people = sample[STUDENTS]
    app = create_app(workplace.settings, database=workplace.database, policies=workplace.policies)
    client = create_client(workplace, name="SIS", districts=[district_id], scopes=SCOPES)
    with served(app) as address:
        sis = Sis(address, client, Worker(app.extensions[EXTENSION], TASKS))
        first, again = sis.push(people), sis.push(people)
        numbers = {done["id"]: _key(one) for one, done in zip(people, first, strict=True)}
        loaded, reloaded = sis.load(sample), sis.load(sample)
        sis.record(sample, {number: id for id, number in numbers.items()})
        here = {name: sis.read(name, sample) for name in FILES if name != STUDENTS}
        here[STUDENTS] = sis.students(numbers)
    compared = [compare(name, sample[name], here[name]) for name in FILES]
    expectations = [
        (
            f"all {len(people):,} students are taken",
            [done["status"] for done in first] == [201] * len(people),
        ),
        (
            "sent again, none of them changes",
            [(done["status"], done["version"]) for done in again] == [(200, 1)] * len(people),
        ),
        (
            f"all {loaded['loaded']:,} lines of their history are loaded",
            loaded.keys() == {"loaded"},
        ),
        (
            "loaded again, none of them changes",
            reloaded == {"unchanged": loaded["loaded"]},
        ),
        (
            "every resource comes out, and once",
            all(sorted(map(_key, sample[name])) == sorted(map(_key, here[name])) for name in FILES),
        ),
        (
            "no member differs without a reason that is known",
            all(one.explained for one in compared),
        ),
    ]
    return expectations, compared


# --- what a SIS makes of Ed-Fi's records ------------------------------------------------------


def student(one: Json) -> Json:
    """A student as `POST /v1/students/bulk` takes them."""
    said = {
        "identifiers": [{"system": SYSTEM, "value": one["studentUniqueId"]}],
        "given_name": one["firstName"],
        "middle_name": one.get("middleName"),
        "family_name": one["lastSurname"],
        "preferred_given_name": one.get("preferredFirstName"),
        "preferred_family_name": one.get("preferredLastSurname"),
        "birth_date": one["birthDate"],
        "sex": SEXES.get(_word(one.get("birthSexDescriptor"))),
    }
    return {name: value for name, value in said.items() if value is not None}


def history(sample: Mapping[str, Sequence[Json]]) -> Iterator[Json]:
    """The programs as lines of a case history (docs/case-history.md).

    Ed-Fi has no day on which eligibility was determined: a SIS says that of the evaluation.
    """
    for one in sample[PROGRAMS]:
        case = f"special-education-{_key(one)}"
        evaluated = one.get("lastEvaluationDate")
        if evaluated:
            yield _line(one, "evaluation", case, report_completed_on=evaluated)
        if one.get("ideaEligibility") is not None or "disabilities" in one:
            eligible = one.get("ideaEligibility", True)
            yield _line(
                one,
                "determination",
                case,
                framework="idea",
                outcome="eligible" if eligible else "not_eligible",
                decided_on=evaluated,
                category=_category(one) if eligible else None,
            )
        ended = min((one[day] for day in ENDS if day in one), default=None)
        yield _line(
            one,
            "plan",
            case,
            plan_kind="iep",
            meeting_held_on=one.get("iepReviewDate"),
            in_effect_on=one.get("iepBeginDate", one["beginDate"]),
            ended_on=ended,
            end_reason=_end_reason(one) if ended else None,
        )
    for one in sample[SECTION_504]:
        case = f"section-504-{_key(one)}"
        yield _line(
            one,
            "determination",
            case,
            framework="section_504",
            outcome="eligible" if one["section504Eligibility"] else "not_eligible",
            decided_on=one.get("section504EligibilityDecisionDate", one["beginDate"]),
        )
        if one.get("accommodationPlan"):
            yield _line(
                one,
                "plan",
                case,
                plan_kind="section_504",
                meeting_held_on=one.get("section504MeetingDate"),
                in_effect_on=one["beginDate"],
                ended_on=one.get("endDate"),
            )


def _line(one: Json, kind: str, case: str, **said: Any) -> Json:
    return {
        "kind": kind,
        "source_system": "ed-fi",
        "source_id": f"{case}-{kind}",
        "case": case,
        "student": {"system": SYSTEM, "value": _key(one)},
        **{name: value for name, value in said.items() if value is not None},
    }


def _category(one: Json) -> str | None:
    """The federal category of the first disability; Ed-Fi's list has words that are of none."""
    codes = {row["ed_fi"]: code for code, row in crosswalk("disabilities")["codes"].items()}
    named = [_word(found["disabilityDescriptor"]) for found in one.get("disabilities", ())]
    return codes.get(named[0]) if named else None


def _end_reason(one: Json) -> str:
    """The first of our reasons that Ed-Fi calls by that name."""
    named = _word(one.get("specialEducationExitReasonDescriptor"))
    for code, row in crosswalk("exit_reasons")["codes"].items():
        if named == row["ed_fi"] and named != "Other":
            return str(code)
    left = _word(one.get("reasonExitedDescriptor"))
    return LEFT.get(left, "other_plan")


# --- the SIS ----------------------------------------------------------------------------------


class Sis:
    """A client of the API, with the scopes that this takes and no more."""

    def __init__(self, address: tuple[str, int], client: tuple[UUID, str], worker: Worker) -> None:
        self.address, self.worker = address, worker
        basic = b64encode(":".join(map(str, client)).encode()).decode()
        self.headers = {"Authorization": f"Basic {basic}"}
        token = self.call("POST", "/oauth/token", b"grant_type=client_credentials", FORM)
        self.headers = {"Authorization": f"Bearer {json.loads(token)['access_token']}"}

    def push(self, given: Sequence[Json]) -> list[Json]:
        """What became of each student that was sent."""
        done: list[Json] = []
        for start in range(0, len(given), LINES):
            body = "\n".join(json.dumps(student(one)) for one in given[start : start + LINES])
            answer = self.call("POST", "/v1/students/bulk", body.encode(), NDJSON)
            done += [json.loads(line) for line in answer.splitlines()]
        return done

    def load(self, sample: Mapping[str, Sequence[Json]]) -> Counter[str]:
        """How many lines of the programs' history were loaded, unchanged, changed or left out."""
        lines = "\n".join(json.dumps(line) for line in history(sample)).encode()
        job = json.loads(self.call("POST", "/v1/imports/case-history", lines, NDJSON))
        while job["status"] in ("queued", "running") and self.worker.once():
            job = json.loads(self.call("GET", f"/v1/imports/{job['id']}"))
        if job["status"] != "succeeded":
            raise Refused(f"The history {job['status']}: {job['error']}")
        done: Counter[str] = Counter()
        for counts in job["report"]["records"].values():
            done.update(counts)
        return +done

    def record(self, sample: Mapping[str, Sequence[Json]], ids: Mapping[str, str]) -> None:
        """Record who takes part in which intervention."""
        known = {one["interventionIdentificationCode"]: one for one in sample[INTERVENTIONS]}
        for one in sample[PARTICIPATIONS]:
            code = one["interventionReference"]["interventionIdentificationCode"]
            said = {
                "student_id": ids[_key(one)],
                "title": code,
                "started_on": known[code]["beginDate"],
                "planned_minutes_per_week": one.get("dosage"),
            }
            self.call("POST", "/v1/interventions", json.dumps(said).encode())

    def read(self, name: str, sample: Mapping[str, Sequence[Json]]) -> list[Json]:
        """What `GET /v1/exports/ed-fi/5.2/…` has of one kind."""
        organization = sample[PROGRAMS][0]["educationOrganizationReference"]
        query = urlencode(
            {
                "education_organization_id": organization["educationOrganizationId"],
                "delivery_method": _word(sample[INTERVENTIONS][0]["deliveryMethodDescriptor"]),
                "student_identifier": SYSTEM,
            }
        )
        found: list[Json] = json.loads(self.call("GET", f"/v1/exports/ed-fi/5.2/{name}?{query}"))
        return found

    def students(self, numbers: Mapping[str, str]) -> list[Json]:
        """The students as the API has them, in Ed-Fi's words; `numbers` by their ids."""
        found: list[Json] = []
        query: Json = {"limit": 500}
        while True:
            page = json.loads(self.call("GET", f"/v1/students?{urlencode(query)}"))
            found += [_as_edfi(numbers[one["id"]], one) for one in page["items"]]
            if page["next_cursor"] is None:
                return found
            query["cursor"] = page["next_cursor"]

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = JSON) -> bytes:
        headers = {**self.headers, "Content-Type": kind, "Idempotency-Key": str(uuid4())}
        with closing(HTTPConnection(*self.address, timeout=TIMEOUT_S)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            read = answer.read()
        if answer.status not in (200, 201, 202):
            raise Refused(f"{method} {path}: {answer.status} {read.decode()}")
        return read


def _as_edfi(number: str, one: Json) -> Json:
    words = {ours: theirs for theirs, ours in SEXES.items()}
    said = {
        "studentUniqueId": number,
        "firstName": one["given_name"],
        "middleName": one["middle_name"],
        "lastSurname": one["family_name"],
        "preferredFirstName": one["preferred_given_name"],
        "preferredLastSurname": one["preferred_family_name"],
        "birthDate": one["birth_date"],
        "birthSexDescriptor": one["sex"] and descriptor("SexDescriptor", words[one["sex"]]),
    }
    return {name: value for name, value in said.items() if value is not None}


# --- comparing --------------------------------------------------------------------------------


def compare(resource: str, there: Sequence[Json], here: Sequence[Json]) -> Compared:
    """Each of the sample's against ours of the same student, member by member."""
    result = Compared(resource, there=len(there), here=len(here))
    ours = {_key(one): members(one) for one in here}
    for one in there:
        said, told = members(one), ours.get(_key(one), {})
        for member in said.keys() | told.keys():
            if member not in told:
                result.differs[member, LEFT_OUT] += 1
            elif member not in said:
                result.differs[member, BESIDE] += 1
            elif said[member] == told[member]:
                result.same[member] += 1
            else:
                result.differs[member, OTHERWISE] += 1
    return result


def members(one: Any, path: str = "") -> dict[str, list[Any]]:
    """Every value of a resource by the names that lead to it; those in a list together."""
    if not isinstance(one, (dict, list)):
        return {path: [one]}
    found: dict[str, list[Any]] = {}
    for name, part in one.items() if isinstance(one, dict) else (("", part) for part in one):
        for place, values in members(part, f"{path}.{name}".strip(".")).items():
            found.setdefault(place, []).extend(values)
    return found


def _key(one: Json) -> str:
    """Whom it is about. There is one for each student, and one intervention, of no student."""
    number: str = one.get("studentReference", one).get("studentUniqueId", "")
    return number


def _word(found: str | None) -> str:
    """The code of a descriptor, whatever its namespace."""
    return (found or "").rpartition("#")[2]


def _read(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
