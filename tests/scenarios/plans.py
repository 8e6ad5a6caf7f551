"""A child's way from a finding to a plan and out of it, in the words of the law page."""

from __future__ import annotations

from typing import Any

from tests.scenarios.journey import Child, Json, Outcome, sent

LINE: Json = {
    "area": "reading",
    "setting": "pull_out",
    "provider_role": "special_educator",
    "minutes": 30,
    "sessions": 5,
    "per": "week",
    "starts_on": "2025-12-15",
}

CONTENT: Json = {
    "present_levels": "Reads 38 words a minute of third-grade text; the class reads 92.",
    "goals": [
        {
            "area": "reading fluency",
            "goal": "Reads 70 words a minute of third-grade text by December.",
            "measured_by": "A weekly probe.",
        }
    ],
    "progress_reported": "With each report card.",
    "services": [LINE],
    "participation": "Out of the regular class for 30 minutes a day.",
    "assessment_accommodations": ["Small group"],
}

ACCOMMODATIONS: Json = {"accommodations": ["Extended time on tests", "A seat near the board"]}


def found_eligible(child: Child, on: str, **more: Any) -> Json:
    """The evaluation is complete, the finding of eligible is final, and the case is determined."""
    evaluation = child.evaluation(on, suspected_areas=["reading"], report_completed_on=on)
    child.assessment(evaluation, on)
    child.step(on, "complete-evaluation").must_be_allowed()
    found = child.idea(on, **more)
    child.finalize(found).must_be_allowed()
    child.step(on, "determine").must_be_allowed()
    return found


def team(child: Child) -> list[Json]:
    """Everybody whom 300.321(a) names."""
    roles = ("teacher", "special_educator", "lea_representative", "school_psychologist")
    staff = [{"role": role, "staff_id": child.place.somebody(role)} for role in roles]
    return [{"role": "parent", "name": "Dana Rivers"}, *staff]


def drafted(child: Child, on: str, kind: str = "iep", **more: Any) -> Json:
    """A plan as it is drafted that day; `more` is what it says."""
    child.place.on(on)
    return sent(child.api.post(f"/v1/cases/{child.case_id}/plans", {"kind": kind, **more}))


def iep(child: Child, on: str, **more: Any) -> Json:
    """A whole IEP, developed at a meeting of the whole team that day; `more` changes it."""
    whole = {"meeting_held_on": on, "attendees": team(child), **CONTENT}
    return drafted(child, on, "iep", **(whole | more))


def step(child: Child, plan: Json, on: str, name: str, **details: Any) -> Outcome:
    """Take a step of a plan that day."""
    child.place.on(on)
    return Outcome(child.api.post(f"/v1/plans/{plan['id']}/steps/{name}", details))


def explained(child: Child, plan: Json, name: str) -> Outcome:
    """What a step of a plan would find now."""
    return Outcome(child.api.get(f"/v1/plans/{plan['id']}/steps/{name}"))


def offered(child: Child, plan: Json, on: str) -> Json:
    """The parent is given the plan, with the notice that proposes it."""
    step(child, plan, on, "offer").must_be_allowed()
    child.given(on, decision="propose", concerning="fape")
    return shown(child, plan)


def consents_to_services(child: Child, on: str, **more: Any) -> Json:
    """The district receives the parent's signed consent to the first services."""
    said = {"purpose": "initial_services", "activity": "Reading instruction in a small group."}
    return child.consents(on, **(said | more))


def in_effect(child: Child, plan: Json, on: str) -> Json:
    """Offered and put into effect that day, with whatever consent there is."""
    offered(child, plan, on)
    step(child, plan, on, "put-in-effect").must_be_allowed()
    return shown(child, plan)


def served(child: Child, eligible: str, meeting: str, since: str, **more: Any) -> Json:
    """Found eligible, and with an IEP in effect, its team's meeting and consent before that."""
    found_eligible(child, eligible)
    plan = iep(child, meeting, **more)
    consents_to_services(child, since)
    return in_effect(child, plan, since)


def version(child: Child, plan: Json, on: str, occasion: str = "amendment", **more: Any) -> Json:
    """A version of a plan in effect, drafted that day."""
    child.place.on(on)
    at = f"/v1/plans/{plan['id']}/versions"
    return sent(child.api.post(at, {"occasion": occasion, **more}))


def shown(child: Child, plan: Json) -> Json:
    """A plan as it now is."""
    return sent(child.api.get(f"/v1/plans/{plan['id']}"), 200)


def revoked(child: Child, consent: Json, on: str, form: str | None = "written") -> Json:
    """The parent takes their consent to services back."""
    child.place.on(on)
    said: Json = {"revoked_on": on}
    if form is not None:
        said["revocation_form"] = form
    return child.patched(f"/v1/consents/{consent['id']}", said)
