"""The document held against the service: what it allows is taken, what it forbids is refused.

Schemathesis makes the requests of the committed document, each operation for itself: the examples
it gives, the edges of every parameter and member, well-formed and malformed, and random ones. All
of its checks are on; what is excepted stands below with its reason. Every resource begins in the
district that was walked, and a well-formed id in a request becomes that of a record there.

By itself this runs on SQLite, with the examples and some of the edges, the same ones each time.
With `CHILDFIND_TEST_DEPTH` (see `tests.depth`) it tries all of them and random ones, on both
databases.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import BaseSchema, Case, Config, Response
from schemathesis.checks import positive_data_acceptance
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import response_schema_conformance

from service.api.plumbing.fields import FIRST_DAY, LAST_DAY
from service.clock import SetClock
from tests.builders import ApiClient
from tests.depth import DEPTH
from tests.house.conftest import Walk
from tests.house.source import ROOT
from tests.house.watched import Watched
from tests.imports.oneroster.bundles import roster, user, zipped
from tests.store import Store

DOCUMENT = ROOT / "openapi" / "openapi.json"
PATHS = json.loads(DOCUMENT.read_text())["paths"]
OPERATIONS = [
    (method, path) for path, item in PATHS.items() for method in item if method != "parameters"
]
PHASES = [mode for mode in HypothesisTestMode if DEPTH > 1 or mode != HypothesisTestMode.FUZZING]
ENGINES = ["sqlite"] if DEPTH == 1 else ["sqlite", "postgresql"]

CONFIG: dict[str, Any] = {
    "generation": {"max-examples": 5 * DEPTH, "deterministic": DEPTH == 1, "database": "none"},
    # What was answered would change what is sent next, and with it every later request.
    "phases": {"fuzzing": {"error-feedback": {"enabled": False}}},
    # A change without If-Match is answered 428 (RFC 6585), which schemathesis does not expect.
    "checks": {"missing_required_header": {"expected-statuses": [400, 401, 403, 415, 422, 428]}},
}

INSTANTS = st.datetimes(
    datetime.combine(FIRST_DAY, time(1)), datetime.combine(LAST_DAY, time()), timezones=st.just(UTC)
).map(datetime.isoformat)
"""`date` and `date-time` have no bounds in JSON Schema; the service's are 1900 and 2200."""

BEYOND_THE_SCHEMA = {
    "another": "that what is named belongs to the same child",
    "before_start": "one day compared with another",
    "blank": "ASCII separators, which are blank to Python and not to ECMAScript",
    "blanks": "the same, at an end",
    "duplicate": "that each item names another rule, whatever else it says",
    "future": "a day compared with today",
    "given_twice": "one identifier of each system",
    "integer_range": "that a number in a member nobody knows fits into 64 bits",
    "in_question": "what a case is about already",
    "not_a_grade": "the many ways in which schools write a grade",
    "not_ahead": "a day compared with today",
    "not_amendable": "that the other plan is in effect, of the same student and kind",
    "not_asked": "which rules the step in the path runs",
    "not_found": "that the record is there, active, and this child's",
    "not_on_record": "that there is a fact to correct",
    "not_overridable": "whether the district's law lets anybody lift the rule",
    "not_supersedable": "that the other determination is final, of the same case and law",
    "not_the_champion": "who acts",
    "not_the_year": "a year compared with a day",
    "nul": "the one character that PostgreSQL cannot keep",
    "of_another_case": "that the determination is of the plan's case and law",
    "order": "one day compared with another",
    "ssn": "that a text looks like a social security number",
    "outside": "a day compared with the school year",
    "overlap": "one span of days compared with another",
    "rights_restricted": "who may consent for this child",
    "unchanged": "what the record says now",
    "told_already": "that a fact is on record",
    "use_correction": "that a fact is on record",
}
"""By code, what no schema of a single request can say: why a well-formed one may be refused."""

HERE_ALONE = {
    ("GET /v1/reports/child-find", "not_a_school_year"): "days only beside `small_cells=true`",
    ("GET /v1/reports/child-find", "not_over"): "a school year compared with today",
    ("GET /v1/reports/child-find", "one_of_two"): "a school year or days",
    ("POST /v1/calendar-feeds", "one_of_two"): "one of two members",
    ("POST /v1/disputes", "required"): "with an outcome, the day it came, and the other way round",
    (
        "POST /v1/policies/{jurisdiction}/preview",
        "invalid",
    ): "a pack, which has a schema of its own",
    ("POST /v1/policies/{jurisdiction}/preview", "unknown"): "the settings that there are",
    ("POST /v1/source-documents", "nobodys"): "at least one of three members",
    ("PATCH /v1/districts/{id}", "unknown"): "the names of time zones",
    ("PATCH /v1/school-calendars/{id}", "too_long"): "one day compared with another",
    ("POST /v1/school-calendars", "too_long"): "one day compared with another",
    ("POST /v1/students", "required"): "a name, of a student who is not on record yet",
    ("POST /v1/webhooks", "too_many"): "how many there are",
    ("POST /v1/disciplinary-removals", "required"): "a determination's answers, with its day",
    ("PATCH /v1/disciplinary-removals/{id}", "required"): "a determination's answers and its day",
    **{
        (operation, "not_an_event"): "the words that events begin with"
        for operation in ("POST /v1/webhooks", "PATCH /v1/webhooks/{id}")
    },
    **{
        (f"{operation}{path}", code): why
        for path in ("webhooks", "roster-sources")
        for operation, path in (("POST /v1/", path), ("PATCH /v1/", f"{path}/{{id}}"))
        for code, why in (
            ("not_a_url", "what makes a text an address"),
            ("not_https", "which districts may name this machine"),
            ("not_public", "which addresses are those of the Internet"),
        )
    },
    **{
        (operation, "one_of_two"): "an hour of the day, or a number of hours"
        for operation in ("POST /v1/roster-sources", "PATCH /v1/roster-sources/{id}")
    },
    ("PATCH /v1/roster-sources/{id}", "required"): "which address is on record",
    ("POST /v1/roster-sources", "too_many"): "how many there are",
    ("POST /v1/roster-feeds", "too_many"): "how many there are",
    **{
        (f"POST /v1/{noun}/{{{id}}}/consents", "required"): "with an answer, the day it came"
        for noun, id in (("cases", "case_id"), ("referrals", "referral_id"))
    },
    **{
        (f"POST {path}", code): "the details of the step in the path"
        for path in PATHS
        if path.endswith("/steps/{step}")
        for code in ("required", "unknown_member")
    },
    ("POST /v1/plans/{id}/steps/{step}", "not_for_this"): "which kind of plan is on record",
    ("POST /v1/plans/{id}/steps/{step}", "not_one_of"): "the reasons of the step in the path",
    **{
        (f"POST {path}", code): "what a fact is depends on which it is"
        for path in PATHS
        if path.endswith("/corrections")
        for code in (
            "impossible",
            "length",
            "malformed",
            "not_a_date",
            "not_a_flag",
            "not_one_of",
            "null",
        )
    },
}
"""The same, of one operation."""

NOUNS = {
    "assessment_id": "assessments",
    "case_id": "cases",
    "document_id": "source-documents",
    "guardian_id": "guardians",
    "referral_id": "referrals",
    "school_id": "schools",
    "staff_id": "staff",
    "student_id": "students",
    "supersedes_id": "eligibility-determinations",
}
"""What a member is the id of, by how its name ends."""

AFTER_THE_EXAMPLES = datetime(2026, 12, 1, tzinfo=UTC)
"""The document's examples tell of things that have happened by then."""

PLAIN = {
    "jurisdiction": "us-tx",
    "rule_id": "IDEA-PWN",
    "seq": 1,
    "version": "6.1",
    "resource": "studentIEPs",
}
"""Values in paths that are no ids."""

HEADERS = {"Childfind-District": "districts", "Childfind-Acting-Staff": "staff"}


def resource_of(path: str) -> str:
    """What comes after the version: each resource is a test of its own."""
    return path.removeprefix("/v1").split("/")[1]


@pytest.fixture(scope="session")
def contract(one_app: Flask) -> BaseSchema:
    schemathesis.openapi.format("date", st.dates(FIRST_DAY, LAST_DAY).map(date.isoformat))
    schemathesis.openapi.format("date-time", INSTANTS)
    config = Config.from_dict(CONFIG)
    return schemathesis.openapi.from_wsgi("/openapi.json", one_app, config=config)


@schemathesis.serializer("application/zip")
def a_roster(*_: object) -> bytes:
    """To the document every file is as good as another."""
    return zipped(roster(user("u1"), user("u2", given="Lin")))


@schemathesis.serializer("application/x-ndjson")
def some_lines(*_: object) -> bytes:
    """The same of lines."""
    return b'{"given_name": "Lin", "family_name": "Osei"}\n'


@schemathesis.serializer("text/csv")
def a_table(*_: object) -> bytes:
    """The same of rows."""
    return (
        b"kind,source_system,source_id,student_system,student_value,received_on\r\n"
        b"referral,old,r9,sourced_id,u1,2025-03-03\r\n"
    )


@pytest.mark.parametrize("store", ENGINES, indirect=True)
@pytest.mark.parametrize("resource", sorted({resource_of(path) for _, path in OPERATIONS}))
def test_is_kept(
    resource: str,
    contract: BaseSchema,
    walked: Watched,
    clock: SetClock,
    whole_store: Store,
    walks: dict[Store, Walk],
) -> None:
    clock.set(AFTER_THE_EXAMPLES)
    tried: Counter[str] = Counter()

    def held(case: Case[Any]) -> None:
        if is_an_edge(case):
            tried[case.operation.label] += 1
            if is_left_out(tried[case.operation.label]):
                return
        fill(case, walked)
        answer = held_to_the_document(case, walked)
        if answer.status_code == 200 and case.query.pop("dry_run", None) in (True, "true"):
            renew(case)
            answer = held_to_the_document(case, walked)
        if answer.status_code == 204:
            whole_store.put_back(walks[whole_store].rows)

    for method, path in OPERATIONS:
        if resource_of(path) == resource:
            operation = contract[path][method]
            how = HypothesisTestConfig(
                project=contract.config,
                modes=PHASES,
                settings=contract.config.get_hypothesis_settings(operation=operation),
            )
            create_test(operation=operation, test_func=held, config=how)()


@pytest.mark.parametrize("store", ENGINES, indirect=True)
def test_is_kept_by_calls_that_follow_one_another(
    contract: BaseSchema,
    walked: Watched,
    clock: SetClock,
    whole_store: Store,
    walks: dict[Store, Walk],
) -> None:
    """What one operation answers goes into the next: what was made is there, what was deleted gone.

    Schemathesis finds out by itself which ids of which answers are meant where.
    """
    clock.set(AFTER_THE_EXAMPLES)
    Calls: Any = contract.as_state_machine()

    def setup(_: Any) -> None:
        whole_store.put_back(walks[whole_store].rows)

    def step(self: Any, given: Any) -> Any:
        fill(given.case, walked, is_linked=given.is_applied)
        return Calls.step(self, given)

    def call(_: Any, case: Case[Any]) -> Response:
        return case.call(headers=authorized(walked))

    def validate_response(self: Any, answer: Response, case: Case[Any]) -> None:
        case.validate_response(
            answer,
            headers=authorized(walked),
            excluded_checks=excepted(case, answer),
            recorder=self.recorder,
        )

    body = {f.__name__: f for f in (setup, step, call, validate_response)}
    run_state_machine_as_test(
        type("Calls", (Calls,), body),
        settings=settings(
            max_examples=3 * DEPTH,
            stateful_step_count=10,
            suppress_health_check=list(HealthCheck),
        ),
    )


def is_an_edge(case: Case[Any]) -> bool:
    """Whether it is one of those that are made of the edges of parameters and members."""
    return case.meta is not None and case.meta.phase.name == TestPhase.COVERAGE


def is_left_out(place: int) -> bool:
    """An operation with many members has hundreds of edges: the first ones, then every twelfth."""
    return DEPTH == 1 and place > 8 and place % 12 != 0


def authorized(api: Watched) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token}"}


def held_to_the_document(case: Case[Any], api: Watched) -> Response:
    """Send it, and run every check on what comes back."""
    answer = case.call(headers=authorized(api))
    case.validate_response(answer, headers=authorized(api), excluded_checks=excepted(case, answer))
    return answer


def excepted(case: Case[Any], answer: Response) -> list[Any]:
    """The checks that do not count here."""
    found: list[Any] = []
    if is_beyond_the_schema(case, answer):
        found.append(positive_data_acceptance)
    if answer.status_code == 200 and "fields" in case.query:
        # The client asked for items that lack members: `test_answers` holds it to just those.
        found.append(response_schema_conformance)
    return found


def is_beyond_the_schema(case: Case[Any], answer: Response) -> bool:
    if answer.status_code not in (400, 422):
        return False
    codes = [error["code"] for error in answer.json().get("errors", ())]
    return bool(codes) and all(
        code in BEYOND_THE_SCHEMA or (case.operation.label, code) in HERE_ALONE for code in codes
    )


# What is sent -----------------------------------------------------------------------------------


def fill(case: Case[Any], api: Watched, *, is_linked: bool = False) -> None:
    """Put the ids of records that are there in the place of ids that are well-formed.

    `is_linked`: an answer before gave those in the path.
    """
    parts = case.path.split("/")
    for name, value in case.path_parameters.items():
        if is_id(value) and not is_linked:
            noun = parts[parts.index(f"{{{name}}}") - 1]
            case.path_parameters[name] = api.ids[noun]
        elif name in PLAIN and well_formed(case, ParameterLocation.PATH):
            case.path_parameters[name] = PLAIN[name]
    case.query = filled(case.query, api)
    if well_formed(case, ParameterLocation.QUERY):
        case.query.pop("cursor", None)  # only the service makes one
    if isinstance(case.body, dict):
        case.body = filled(case.body, api)
    for name, noun in HEADERS.items():
        if is_id(case.headers.get(name)):
            case.headers[name] = api.ids[noun]
    if well_formed(case, ParameterLocation.HEADER):
        renew(case)
        if "If-Match" in case.headers and well_formed(case, ParameterLocation.PATH):
            case.headers["If-Match"] = tag_of(case.formatted_path, api)


def tag_of(path: str, api: Watched) -> str:
    """The tag of the record as it is, read by a client that nobody watches."""
    return ApiClient(api.http, api.token).get(path).headers.get("ETag", '"1"')


def renew(case: Case[Any]) -> None:
    """A key of its own: what is sent is another request than the one before."""
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid4())


def filled(value: Any, api: Watched, name: str = "") -> Any:
    """A value with real ids in it; `name` is that of the member it is of."""
    if isinstance(value, dict):
        return {key: filled(inner, api, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, api, name.removesuffix("s")) for inner in value]
    noun = next((noun for end, noun in NOUNS.items() if name.endswith(end)), None)
    return api.ids[noun] if noun and is_id(value) else value


def is_id(value: Any) -> bool:
    try:
        UUID(value)
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def well_formed(case: Case[Any], location: ParameterLocation) -> bool:
    """Whether this part of the request is as the document says."""
    assert case.meta is not None
    made = case.meta.components.get(location)
    return made is None or made.mode.is_positive
