"""A way through every write that there is, in the words of the scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.worker.webhooks import take_up
from tests.builders import do_imports, services_of
from tests.imports.oneroster.bundles import roster, user, zipped
from tests.scenarios.journey import CAL_A, NEED, SOURCES, Child, Json, Place, sent
from tests.scenarios.plans import consents_to_services, drafted, iep, in_effect, step, version

SET_RIGHT = {"reason": "It was entered on the wrong line.", "evidence": "The paper on file."}


def walk(place: Place) -> None:
    """Write everything once: each POST, PATCH and DELETE that the service knows."""
    _the_district(place)
    child = place.child(born="2016-05-04", identifiers=[{"system": "local", "value": "7-001"}])
    _the_child(child)
    _help(child)
    _an_unmatched_receipt(child)
    _what_arrives(child)
    _consent(child)
    _evaluation(child)
    _determination(child)
    _plan(child)
    _rights(child)
    _arrivals(child)
    _discipline(child)
    _by_the_referral(place)
    _webhooks(place)
    sent(place.api.post("/v1/deadlines/rebuild"), 200)
    later = {"settings": {"roll": "next_working_day"}}
    sent(place.api.post("/v1/policies/us/preview", later), 200)
    _feeds(place)
    _a_roster(place)
    _a_roster_source(place)


def _the_district(place: Place) -> None:
    api = place.api
    assert place.chooses(STATE_PREREFERRAL_INTERVENTION={"min_interventions": 1}).status_code == 200
    school = sent(api.post("/v1/schools", {"name": "Lincoln Elementary"}))
    changed(place, f"/v1/schools/{school['id']}", name="Lincoln School")
    told = {"given_on": "2025-08-18", "means": "A notice in the newspaper."}
    path = f"/v1/child-find-notices/{sent(api.post('/v1/child-find-notices', told))['id']}"
    changed(place, path, note="Letters to two private schools, too.")
    corrected(place, path, "given_on", "2025-08-15")
    spare = {"school_year": 2030, "first_day": "2029-08-20", "last_day": "2030-05-31"}
    path = f"/v1/school-calendars/{sent(api.post('/v1/school-calendars', spare))['id']}"
    changed(place, path, last_day="2030-05-30")
    gone = api.delete(path, etag=api.get(path).headers["ETag"])
    assert gone.status_code == 204, gone.text
    place.keeps(*(dict(year) for year in CAL_A))
    changed(place, f"/v1/staff/{place.somebody('teacher')}", given_name="Anna")
    sent(place.api.post("/v1/staff/lookup", {"sourced_ids": ["nobody"]}), 200)


def _the_child(child: Child) -> None:
    api = child.api
    looked_up = {"identifiers": [{"system": "local", "value": "7-001"}]}
    sent(api.post("/v1/students/lookup", looked_up), 200)
    changed(child.place, f"/v1/students/{child.student_id}", home_language="es")
    parent = {"given_name": "Dana", "family_name": "Rivers", "relationship": "parent"}
    made = sent(api.post(f"/v1/students/{child.student_id}/guardians", parent))
    changed(child.place, f"/v1/guardians/{made['id']}", language="es")


def _help(child: Child) -> None:
    made = child.helped("2025-08-20", "2025-09-05")
    at = f"/v1/interventions/{made['id']}"
    changed(child.place, at, tier=2)
    for noun, known in (
        ("intervention-sessions", "sessions"),
        ("progress-measures", "progress-measures"),
    ):
        (first, *_) = sent(child.api.get(f"{at}/{known}"), 200)["items"]
        changed(child.place, f"/v1/{noun}/{first['id']}", note="In the small room.")
    (flag,) = sent(child.api.get(f"/v1/child-find-flags?student_id={child.student_id}"), 200)[
        "items"
    ]
    put_off = {
        "reason_code": "already_evaluated",
        "reason": "She was evaluated in spring.",
        "look_again_on": "2025-11-03",
    }
    sent(child.api.post(f"/v1/child-find-flags/{flag['id']}/steps/dismiss", put_off), 200)


def _an_unmatched_receipt(child: Child) -> None:
    api = child.api
    child.place.on("2025-09-10")
    letter = {"requester": "parent", "words": "Please test my son.", "received_on": "2025-09-10"}
    receipt = sent(api.post("/v1/referrals", letter))
    path = f"/v1/referrals/{receipt['id']}"
    changed(child.place, path, language="es")
    child.case_id = sent(api.post(f"{path}/match", {"student_id": child.student_id}), 200)[
        "case_id"
    ]
    corrected(child.place, path, "received_on", "2025-09-09")
    child.change_case(champion_staff_id=child.place.somebody("case_manager"))


def _what_arrives(child: Child) -> None:
    note = child.document("2025-09-11", "medical_note", "Letter of Dr. Okafor", referral_id=None)
    path = f"/v1/source-documents/{note['id']}"
    changed(child.place, path, note="Two pages.")
    corrected(child.place, path, "kind", "prescription")
    talk = child.contact("2025-09-12", answers_document_id=note["id"])
    path = f"/v1/contacts/{talk['id']}"
    changed(child.place, path, follow_up="Send the form.")
    corrected(child.place, path, "occurred_on", "2025-09-11")
    body = {
        "student_id": child.student_id,
        "case_id": child.case_id,
        "kind": "review_of_existing_data",
        "held_on": "2025-09-12",
    }
    path = f"/v1/team-meetings/{sent(child.api.post('/v1/team-meetings', body))['id']}"
    changed(child.place, path, decided="To propose an evaluation.")
    corrected(child.place, path, "held_on", "2025-09-11")


def _consent(child: Child) -> None:
    place = child.place.on("2025-09-15")
    drafted = child.notice(decision="propose", concerning="evaluation")
    path = f"/v1/notices/{drafted['id']}"
    changed(place, path, language="es")
    child.issue(drafted, "2025-09-15").must_be_allowed()
    corrected(place, path, "issued_on", "2025-09-12")
    child.given("2025-09-15", "procedural_safeguards")
    asked = child.asked_for_consent("2025-09-15")
    child.step("2025-09-15", "propose-evaluation").must_be_allowed()
    path = f"/v1/consents/{asked['id']}"
    effort = {"attempted_on": "2025-09-15", "mode": "phone", "result": "Will sign."}
    made = sent(child.api.post(f"{path}/attempts", effort))
    sent(child.api.get(f"/v1/consent-attempts/{made['id']}"), 200)
    child.consents("2025-09-19", asked)
    corrected(place, path, "received_on", "2025-09-18")
    child.step("2025-09-22", "start-evaluation").must_be_allowed()


def _evaluation(child: Child) -> None:
    place = child.place
    made = child.evaluation("2025-09-22", suspected_areas=["reading"])
    path = f"/v1/evaluations/{made['id']}"
    tested = child.assessment(made, "2025-10-01", "reading")
    changed(place, f"/v1/assessments/{tested['id']}", summary="At the 4th percentile.")
    corrected(place, f"/v1/assessments/{tested['id']}", "conducted_on", "2025-09-30")
    seen = {"observed_on": "2025-10-02", "setting": "Classroom"}
    place.on("2025-10-02")
    watched = sent(child.api.post(f"{path}/observations", seen))
    changed(place, f"/v1/observations/{watched['id']}", note="Looks to the window.")
    corrected(place, f"/v1/observations/{watched['id']}", "observed_on", "2025-10-01")
    place.on("2025-10-20")
    changed(place, path, report_completed_on="2025-10-20", report_given_to_parent_on="2025-10-20")
    corrected(place, path, "report_completed_on", "2025-10-17")
    child.step("2025-10-20", "complete-evaluation").must_be_allowed()


def _determination(child: Child) -> None:
    drafted = child.idea("2025-10-27", category="OHI", needs=[NEED], sources=list(SOURCES))
    path = f"/v1/eligibility-determinations/{drafted['id']}"
    changed(child.place, path, rationale="The group considered every source.")
    child.finalize(drafted).must_be_allowed()
    changed(child.place, path, copy_given_to_parent_on="2025-10-27")
    corrected(child.place, path, "copy_given_to_parent_on", "2025-10-26")


def _plan(child: Child) -> None:
    place, teacher = child.place, child.place.somebody("teacher")
    spare = drafted(child, "2025-10-27")
    step(child, spare, "2025-10-27", "withdraw", reason_code="other").must_be_allowed()
    plan = iep(child, "2025-10-28")
    path = f"/v1/plans/{plan['id']}"
    changed(place, path, case_manager_staff_id=place.somebody("special_educator"))
    corrected(place, path, "meeting_held_on", "2025-10-27")
    consents_to_services(child, "2025-10-28")
    in_effect(child, plan, "2025-10-28")
    told = {"staff_id": teacher, "role": "teacher", "informed_on": "2025-10-28"}
    made = sent(place.api.post(f"{path}/acknowledgements", told))
    at = f"/v1/plan-acknowledgements/{made['id']}"
    changed(place, at, acknowledged_on="2025-10-28")
    corrected(place, at, "informed_on", "2025-10-27")
    amended = version(child, plan, "2025-10-28", agreed_without_meeting_on="2025-10-28")
    in_effect(child, amended, "2025-10-28")
    step(child, amended, "2025-10-28", "end", reason_code="moved").must_be_allowed()


def _rights(child: Child) -> None:
    api, place = child.api, child.place.on("2025-10-27")
    of = {"student_id": child.student_id}
    made = sent(api.post("/v1/records-requests", {**of, "requested_on": "2025-10-20"}))
    path = f"/v1/records-requests/{made['id']}"
    changed(place, path, given_on="2025-10-24")
    corrected(place, path, "given_on", "2025-10-23")
    asked = {"requested_on": "2025-10-27"}
    at = f"/v1/cases/{child.case_id}/independent-evaluation-requests"
    path = f"/v1/independent-evaluation-requests/{sent(api.post(at, asked))['id']}"
    sent(api.post(f"{path}/steps/provide", {"answered_on": "2025-10-27"}), 200)
    corrected(place, path, "requested_on", "2025-10-26")
    path = f"/v1/disputes/{child.disputed('2025-10-27', filed_by='parent')['id']}"
    changed(place, path, ended_on="2025-10-27", outcome="withdrawn")
    corrected(place, path, "filed_on", "2025-10-26")


def _arrivals(child: Child) -> None:
    api, place = child.api, child.place
    of = {"student_id": child.student_id}
    body = {**of, "found_eligible_on": "2018-01-15"}
    path = f"/v1/part-c-transitions/{sent(api.post('/v1/part-c-transitions', body))['id']}"
    changed(place, path, notified_on="2019-01-15")
    corrected(place, path, "notified_on", "2019-01-14")
    body = {**of, "from_state": "IA", "enrolled_on": "2025-08-20"}
    path = f"/v1/transferred-ieps/{sent(api.post('/v1/transferred-ieps', body))['id']}"
    changed(place, path, comparable_services_on="2025-08-21")
    corrected(place, path, "comparable_services_on", "2025-08-20")


def _discipline(child: Child) -> None:
    body = {
        "student_id": child.student_id,
        "behavior_on": "2025-10-20",
        "began_on": "2025-10-21",
    }
    made = sent(child.api.post("/v1/disciplinary-removals", body))
    path = f"/v1/disciplinary-removals/{made['id']}"
    changed(child.place, path, ended_on="2025-10-24")
    questions = {"caused_by_disability": False, "caused_by_failure_to_implement": False}
    changed(child.place, path, manifestation_determined_on="2025-10-27", **questions)
    corrected(child.place, path, "caused_by_disability", "true")
    corrected(child.place, path, "began_on", "2025-10-22")


def _feeds(place: Place) -> None:
    api, staff = place.api, {"staff_id": place.somebody("teacher")}
    gone = f"/v1/calendar-feeds/{sent(api.post('/v1/calendar-feeds', staff))['id']}"
    answer = api.delete(gone, etag=api.get(gone).headers["ETag"])
    assert answer.status_code == 204, answer.text
    sent(api.post("/v1/calendar-feeds", staff))


def _by_the_referral(place: Place) -> None:
    """Another child, whose case is reached through the receipt."""
    child = place.child(born="2017-02-11", given_name="Noor")
    receipt = child.parent_asks("2025-10-28")
    at = f"/v1/referrals/{receipt['id']}"
    told = {"kind": "procedural_safeguards", "language": "en"}
    sent(place.api.post(f"{at}/notices", told))
    sent(place.api.post(f"{at}/consents", {"purpose": "initial_evaluation"}))
    ended = {"withdrawn_by": "parent", "reason": "They move away next month."}
    sent(place.api.post(f"{at}/steps/withdraw", ended), 200)


def _webhooks(place: Place) -> None:
    """One that stays, with a delivery of what was journaled before; and one that ends."""
    api = place.api
    made = [sent(api.post("/v1/webhooks", {"url": "https://sis.example.org/"})) for _ in range(2)]
    kept, ended = (f"/v1/webhooks/{one['id']}" for one in made)
    changed(place, kept, description="Our SIS")
    sent(api.post(f"{kept}/rotate-secret", {}), 200)
    sent(api.post(f"{kept}/ping"), 200)
    take_up(services_of(api.http.application))
    (first, *_) = sent(api.get(f"{kept}/deliveries"), 200)["items"]
    sent(api.post(f"{kept}/deliveries/{first['id']}/redeliver"), 200)
    gone = api.delete(ended, etag=api.get(ended).headers["ETag"])
    assert gone.status_code == 204, gone.text
    sent(api.get(kept), 200)


def _a_roster(place: Place) -> None:
    bundle = zipped(roster(user("u1"), user("u2", given="Lin")))
    sent(place.api.post("/v1/imports", data=bundle, content_type="application/zip"), 202)
    do_imports(place.api.http.application)
    more = zipped(roster(user("u3")))
    made = sent(place.api.post("/v1/imports", data=more, content_type="application/zip"), 202)
    sent(place.api.post(f"/v1/imports/{made['id']}/cancel"), 200)
    _a_history(place)
    line = b'{"given_name": "Lin", "family_name": "Osei"}'
    path, ndjson = "/v1/students/bulk", "application/x-ndjson"
    assert place.api.post(path, data=line, content_type=ndjson).status_code == 200


def _a_roster_source(place: Place) -> None:
    """One that stays and one that ends, nobody pulls from either; and feeds the same."""
    api = place.api
    made = [sent(api.post("/v1/roster-feeds", {"feed": feed})) for feed in ("day", "night")]
    kept, ended = (f"/v1/roster-feeds/{one['id']}" for one in made)
    changed(place, kept, expected_every_hours=30)
    gone = api.delete(ended, etag=api.get(ended).headers["ETag"])
    assert gone.status_code == 204, gone.text
    sent(api.get(kept), 200)
    said = {
        "oneroster_version": "1.1",
        "base_url": "https://sis.example.org/ims/oneroster/v1p1",
        "token_url": "https://sis.example.org/oauth/token",
        "oauth_client_id": "childfind",
        "oauth_client_secret": "a secret of the SIS",
    }
    made = [sent(api.post("/v1/roster-sources", {"feed": f, **said})) for f in ("day", "night")]
    kept, ended = (f"/v1/roster-sources/{one['id']}" for one in made)
    changed(place, kept, daily_hour=3)
    pulled = sent(api.post(f"{kept}/pull"), 202)
    sent(api.post(f"/v1/imports/{pulled['id']}/cancel"), 200)
    gone = api.delete(ended, etag=api.get(ended).headers["ETag"])
    assert gone.status_code == 204, gone.text
    sent(api.get(kept), 200)


def _a_history(place: Place) -> None:
    """Of the first child of the roster; of nobody the second line, and no record the third."""
    head = "kind,source_system,source_id,student_system,student_value,received_on"
    lines = (f"referral,old,r{who},sourced_id,{who},2025-03-03" for who in ("u1", "x", ""))
    rows = "\r\n".join((head, *lines))
    path = "/v1/imports/case-history"
    sent(place.api.post(path, data=rows.encode(), content_type="text/csv"), 202)
    do_imports(place.api.http.application)


def changed(place: Place, path: str, **changes: Any) -> Json:
    """A PATCH on the version that was just read."""
    etag = place.api.get(path).headers["ETag"]
    return sent(place.api.patch(path, changes, etag=etag), 200)


def corrected(place: Place, path: str, field: str, value: str) -> Json:
    """A fact set right."""
    said: Mapping[str, Any] = {"field": field, "value": value, **SET_RIGHT}
    return sent(place.api.post(f"{path}/corrections", said))
