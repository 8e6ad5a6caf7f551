"""What may happen in a scenario (`do:`), each a small function on the child's way.

A word gets the story and the day (`on`); what stands under `with:` are its keyword arguments. It
answers with what came of it: the `Outcome` of a step, a receipt with its findings, or nothing. To
add a word, write a function here and register it with `@word`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.domain.facts import PRESCHOOL_FACTORS
from tests.scenarios import plans
from tests.scenarios.journey import SEVEN_CONTENTS, Child, Json, Outcome, Place, sent

Said = Outcome | Json | None
Word = Callable[..., Said]

WORDS: dict[str, Word] = {}
"""Every word of `do:` by its name."""


@dataclass
class Story:
    """Where a scenario stands: its district and child, and what the next step goes on from."""

    place: Place
    child: Child
    calendars: list[Json] = field(default_factory=list)
    records: dict[str, Json] = field(default_factory=dict)
    """The last record of each kind (`referral`, `consent`, `evaluation`, …)."""

    def last(self, kind: str) -> Json:
        """The last record of this kind."""
        assert kind in self.records, f"The story has no {kind} yet."
        return self.records[kind]


def word(happens: Word) -> Word:
    """Register a word under the name of its function."""
    WORDS[happens.__name__] = happens
    return happens


def _given(**details: Any) -> Json:
    """The details that were said."""
    return {name: value for name, value in details.items() if value is not None}


# Who asks, and what arrives ----------------------------------------------------------------


@word
def parent_asks(
    story: Story,
    on: str,
    *,
    form: str | None = None,
    laws: list[str] | None = None,
    areas: list[str] | None = None,
    received_on: str | None = None,
) -> Said:
    """A parent asks for an evaluation. `received_on`: the day it came, if entered late."""
    more = _given(form=form, frameworks=laws, suspected_areas=areas)
    return _received(story, on, "parent", received_on, **more)


@word
def teacher_refers(
    story: Story, on: str, *, from_screening: bool | None = None, suspects: str | None = None
) -> Said:
    """The district's own staff refer. `suspects`: their sentence that they suspect a disability."""
    teacher = story.place.somebody("teacher")
    suspicion = suspects and {"staff_id": teacher, "statement": suspects}
    more = _given(from_screening=from_screening, suspicion=suspicion)
    return _received(story, on, "staff", None, requester_staff_id=teacher, **more)


@word
def somebody_refers(
    story: Story, on: str, *, who: str, form: str | None = None, parent_informed: bool | None = None
) -> Said:
    """Somebody else refers: `physician`, `other_public_agency`, `other_professional`, `other`."""
    return _received(story, on, who, None, **_given(form=form, parent_informed=parent_informed))


def _received(story: Story, on: str, who: str, received_on: str | None, **more: Any) -> Said:
    if received_on is not None:
        story.place.on(on)
    story.records["referral"] = story.child.referred(received_on or on, who, **more)
    return story.last("referral")


@word
def document_arrives(story: Story, on: str, *, kind: str, title: str) -> Said:
    """The parent brings a document: `medical_note`, `prescription`, `outside_evaluation` …"""
    story.records["document"] = story.child.document(on, kind, title)
    return None


@word
def parent_asks_for_records(story: Story, on: str) -> Said:
    """The parent asks to see the child's records."""
    story.place.on(on)
    body = {"student_id": story.child.student_id, "requested_on": on}
    story.records["records_request"] = sent(story.child.api.post("/v1/records-requests", body))
    return None


@word
def parent_sees_records(story: Story, on: str) -> Said:
    """The parent sees the records that they asked for."""
    story.place.on(on)
    at = f"/v1/records-requests/{story.last('records_request')['id']}"
    story.child.patched(at, {"given_on": on})
    return None


@word
def parent_is_answered(story: Story, on: str, *, about: str) -> Said:
    """Somebody answers the parent, by telephone, about the last `document` or `referral`."""
    answers = {"document": "answers_document_id", "referral": "answers_referral_id"}[about]
    story.child.contact(on, **{answers: story.last(about)["id"]})
    return None


# The school's own way ----------------------------------------------------------------------


@word
def help_was_given(story: Story, on: str, *, since: str, outcome: str | None = None) -> Said:
    """Support in the classroom from `since` to this day, documented in every respect."""
    story.records["intervention"] = story.child.helped(since, on, **_given(outcome=outcome))
    return None


@word
def help_begins(story: Story, on: str, *, baseline: float, goal: float, by: str) -> Said:
    """Support that goes on, with a goal in figures: so many words a minute `by` a day."""
    story.records["intervention"] = story.child.helped_toward(on, baseline, goal, by)
    return None


@word
def progress_is_measured(story: Story, on: str, *, words: float) -> Said:
    """How many words a minute the child reads that day."""
    story.child.measured(story.last("intervention"), on, words)
    return None


@word
def school_asks(story: Story, on: str, *, suspects: str | None = None) -> Said:
    """The school itself asks for an evaluation (the step request-evaluation)."""
    details = {}
    if suspects:
        teacher = story.place.somebody("teacher")
        details["suspicion"] = {"staff_id": teacher, "statement": suspects}
    return story.child.step(on, "request-evaluation", **details)


# Notices and answers -----------------------------------------------------------------------


@word
def parent_gets(
    story: Story,
    on: str,
    *,
    notice: str,
    decision: str | None = None,
    concerning: str | None = None,
    lacks: str | None = None,
) -> Said:
    """The parent is given a notice; `lacks`: a prior written notice without this content."""
    contents = {key: text for key, text in SEVEN_CONTENTS.items() if key != lacks}
    assert lacks is None or lacks in SEVEN_CONTENTS, f"A notice has no content {lacks!r}."
    more = _given(decision=decision, concerning=concerning)
    if notice == "prior_written_notice":
        more["contents"] = contents
    story.place.on(on)
    story.records["notice"] = story.child.notice(notice, **more)
    return story.child.issue(story.last("notice"), on)


@word
def district_proposes(story: Story, on: str) -> Said:
    """The district proposes to evaluate: both notices, and consent asked for."""
    story.records["consent"] = story.child.proposed(on)
    return None


@word
def district_proposes_again(story: Story, on: str) -> Said:
    """The district proposes to evaluate a student who is served, and asks for consent to it."""
    story.child.told_of_evaluation(on)
    story.records["consent"] = story.child.asked_for_consent(on, purpose="reevaluation")
    return story.child.step(on, "propose-evaluation")


@word
def district_refuses(story: Story, on: str) -> Said:
    """The parent is given prior written notice that the district refuses to evaluate."""
    return parent_gets(
        story, on, notice="prior_written_notice", decision="refuse", concerning="evaluation"
    )


@word
def district_declines(story: Story, on: str, *, because: str) -> Said:
    """The case ends with the refusal. `because`: the code of the reason."""
    return story.child.step(on, "decline", reason_code=because, reason="As the notice says.")


@word
def case_is_closed(story: Story, on: str, *, because: str) -> Said:
    """A concern that nobody turned into a request is closed."""
    return story.child.step(on, "close", reason_code=because, reason="As was told.")


@word
def override_is_sought(story: Story, on: str, *, purpose: str = "initial_evaluation") -> Said:
    """The district seeks an order, or an agreement in mediation, in place of consent."""
    return story.child.step(on, "seek-override", purpose=purpose)


@word
def order_arrives(story: Story, on: str) -> Said:
    """A hearing officer's order that the child be evaluated, in place of the parent's consent."""
    story.child.ordered(on)
    return None


@word
def parent_withdraws(story: Story, on: str) -> Said:
    """The parent takes the request back."""
    return story.child.step(on, "withdraw", withdrawn_by="parent", reason="Said so.")


@word
def child_moves_away(
    story: Story,
    on: str,
    *,
    to: str,
    last_day: str,
    agency: str | None = None,
    since: str | None = None,
    records_sent: str | None = None,
) -> Said:
    """The case ends because the child left. `to`: `public_agency`, `another_state`, `unknown` …"""
    more = _given(
        receiving_agency=agency, enrolled_elsewhere_on=since, records_sent_on=records_sent
    )
    told = {"last_enrolled_on": last_day, "told_by": "The registrar there, by telephone."}
    return story.child.step(on, "transfer-out", destination=to, **told, **more)


@word
def roster_has_the_child(story: Story, on: str, *, active: bool) -> Said:
    """The child is taken off the district's roster, or is on it again."""
    story.place.on(on)
    story.child.patched(f"/v1/students/{story.child.student_id}", {"active": active})
    return None


# Consent -----------------------------------------------------------------------------------


@word
def consent_is_asked_for(story: Story, on: str) -> Said:
    """Consent to evaluate is asked for, with nothing else."""
    story.records["consent"] = story.child.asked_for_consent(on)
    return None


@word
def consent_arrives(
    story: Story,
    on: str,
    *,
    signed_on: str | None = None,
    signed_as: str | None = None,
    received_on: str | None = None,
    form: str | None = None,
    authenticated_by: str | None = None,
    approval_shown: bool | None = None,
) -> Said:
    """The district receives the signed consent to evaluate; signed that day unless said.

    With an electronic one, how its signer was identified and whether it shows their approval.
    """
    received = received_on or on
    story.place.on(on)
    more = _given(
        signed_on=signed_on or received,
        signed_as=signed_as,
        form=form,
        authenticated_by=authenticated_by,
        approval_shown=approval_shown,
    )
    story.records["consent"] = story.child.consents(
        received, story.records.get("consent"), received_on=received, **more
    )
    return None


@word
def guardian_answers(
    story: Story, on: str, *, who: str, answer: str, rights: str | None = None
) -> Said:
    """One of two guardians answers about consent to evaluate, each on a paper of their own.

    `who`: their given name. `rights`: `confirmed` or `restricted`; nothing said, they are unknown.
    """
    story.place.on(on)
    if who not in story.records:
        body = {"given_name": who, "family_name": "Rivers", **_given(educational_rights=rights)}
        at = f"/v1/students/{story.child.student_id}/guardians"
        story.records[who] = sent(story.child.api.post(at, body))
    said = {"guardian_id": story.last(who)["id"], "answer": answer, "signed_by": f"{who} Rivers"}
    story.records["consent"] = story.child.consents(on, **said)
    return None


@word
def parent_refuses_consent(story: Story, on: str) -> Said:
    """The parent answers that they do not consent."""
    consent = story.last("consent")
    story.records["consent"] = story.child.consents(on, consent, answer="refused")
    return None


@word
def parent_revokes_consent(story: Story, on: str) -> Said:
    """The parent takes the consent back."""
    story.place.on(on)
    at = f"/v1/consents/{story.last('consent')['id']}"
    story.records["consent"] = story.child.patched(at, {"revoked_on": on})
    return None


@word
def parent_is_sought(story: Story, on: str, *, by: str) -> Said:
    """An effort to reach the parent about consent, by `phone`, `letter`, `visit` …"""
    story.place.on(on)
    tried = {"attempted_on": on, "mode": by, "result": "Nobody was there."}
    sent(story.child.api.post(f"/v1/consents/{story.last('consent')['id']}/attempts", tried))
    return None


@word
def refusal_is_recorded(story: Story, on: str) -> Said:
    """The case stands still because the parent refused."""
    return story.child.step(on, "record-refusal")


@word
def silence_is_recorded(story: Story, on: str) -> Said:
    """The case stands still because the parent did not answer."""
    return story.child.step(on, "mark-unanswered")


@word
def evaluation_starts(story: Story, on: str) -> Said:
    """The district begins to evaluate."""
    return story.child.step(on, "start-evaluation")


# The evaluation ----------------------------------------------------------------------------


@word
def evaluation_is_planned(
    story: Story, on: str, *, areas: list[str] | None = None, categories: list[str] | None = None
) -> Said:
    """What is suspected: `areas` to assess, `categories` by code."""
    more = _given(suspected_areas=areas, suspected_categories=categories)
    story.records["evaluation"] = story.child.evaluation(on, **more)
    return None


@word
def assessment_is_given(
    story: Story,
    on: str,
    *,
    area: str,
    origin: str | None = None,
    kind: str | None = None,
    language: str | None = None,
) -> Said:
    """One assessment of the evaluation; `origin`: `agency` unless said, `screening` …"""
    more = _given(origin=origin, source_kind=kind, language=language)
    evaluation = story.last("evaluation")
    story.records["assessment"] = story.child.assessment(evaluation, on, area, **more)
    return None


@word
def child_moves_here(
    story: Story, on: str, *, consent_received_on: str, enrolled_on: str | None = None
) -> Said:
    """The child enrolls while another district, which had consent, was evaluating."""
    story.records["evaluation"] = story.child.evaluation(
        on,
        suspected_areas=["reading"],
        transferred_from="Elm County Schools",
        transfer_consent_received_on=consent_received_on,
        transfer_enrolled_on=enrolled_on or on,
    )
    return None


@word
def date_is_agreed_after_the_move(
    story: Story, on: str, *, until: str, parent_agreed: bool = True
) -> Said:
    """The parent of a child who moved here and the district agree to a day of completion."""
    return story.child.step(
        on,
        "agree-transfer-date",
        agreed_on=on,
        new_due_on=until,
        parent_agreed=parent_agreed,
        progress="Reading is assessed; language is to follow.",
    )


@word
def evaluation_is_complete(story: Story, on: str) -> Said:
    """Every area is assessed and the report is complete (the step complete-evaluation)."""
    _of_evaluation(story, on, report_completed_on=on)
    return story.child.step(on, "complete-evaluation")


@word
def case_is_determined(story: Story, on: str) -> Said:
    """The case ends with its final determinations."""
    return story.child.step(on, "determine")


@word
def report_is_complete(story: Story, on: str) -> Said:
    """The evaluation's report is complete."""
    return _of_evaluation(story, on, report_completed_on=on)


@word
def report_reaches_parent(story: Story, on: str) -> Said:
    """The parent has the evaluation's report."""
    return _of_evaluation(story, on, report_given_to_parent_on=on)


@word
def no_data_is_needed(story: Story, on: str) -> Said:
    """The parent is told that the existing data is enough (300.305(d))."""
    return _of_evaluation(story, on, no_data_needed_on=on)


def _of_evaluation(story: Story, on: str, **facts: str) -> Said:
    story.place.on(on)
    if "evaluation" in story.records:
        at = f"/v1/evaluations/{story.last('evaluation')['id']}"
        story.records["evaluation"] = story.child.patched(at, facts)
    else:
        story.records["evaluation"] = story.child.evaluation(
            on, suspected_areas=["reading"], **facts
        )
    return None


@word
def more_time_is_agreed(
    story: Story,
    on: str,
    *,
    until: str,
    parent_signed: bool = True,
    group_signed: bool = True,
    days: int | None = None,
    reasons: str | None = None,
) -> Said:
    """Parent and district agree in writing, this day, to another due date.

    `days`: by how many, where the state has the agreement measured in days.
    """
    return story.child.step(
        on,
        "extend-evaluation",
        agreed_on=on,
        new_due_on=until,
        parent_signed=parent_signed,
        group_signed=group_signed,
        **_given(days=days, reasons=reasons),
    )


@word
def official_grants_time(story: Story, on: str, *, until: str, days: int, who: str) -> Said:
    """An official of the state, where its law lets one, grants so many more days."""
    granted = {"agreed_on": on, "new_due_on": until, "days": days, "granted_by": who}
    return story.child.step(on, "extend-evaluation", kind="state_official", **granted)


@word
def child_was_not_brought(story: Story, on: str, *, days: list[str]) -> Said:
    """The time is excused because the parent did not bring the child on these days."""
    attempts = [{"attempted_on": day, "what_happened": "Nobody came."} for day in days]
    return story.child.step(on, "excuse-not-produced", attempts=attempts)


@word
def child_was_absent(story: Story, on: str, *, days: list[str]) -> Said:
    """The school days since consent on which the child was absent: all of them."""
    story.place.on(on)
    story.child.absent(*days)
    return None


# From a finding to services ----------------------------------------------------------------


@word
def student_is_found_eligible(story: Story, on: str, *, category: str | None = None) -> Said:
    """The report is complete, the finding of eligible is final, and the case is determined."""
    story.records["idea"] = plans.found_eligible(story.child, on, **_given(category=category))
    return None


@word
def iep_team_meets(story: Story, on: str) -> Said:
    """The whole team develops the IEP."""
    story.records["plan"] = plans.iep(story.child, on)
    return None


@word
def iep_is_offered(story: Story, on: str) -> Said:
    """The parent is given the proposed IEP, with the notice that proposes it."""
    offered = plans.step(story.child, story.last("plan"), on, "offer")
    story.child.given(on, decision="propose", concerning="fape")
    return offered


@word
def services_are_asked_about(story: Story, on: str) -> Said:
    """The parent is asked for their consent to the first services."""
    activity = "Reading instruction in a small group."
    story.records["services_consent"] = story.child.asked_for_consent(
        on, purpose="initial_services", activity=activity
    )
    return None


@word
def consent_to_services_arrives(story: Story, on: str, *, signed_as: str | None = None) -> Said:
    """The district receives the signed consent to the first services."""
    asked = story.last("services_consent")
    story.records["services_consent"] = story.child.consents(
        on, asked, **_given(signed_as=signed_as)
    )
    return None


@word
def parent_refuses_services(story: Story, on: str) -> Said:
    """The parent answers that they do not consent to services."""
    story.child.consents(on, story.last("services_consent"), answer="refused")
    return None


@word
def services_start(story: Story, on: str) -> Said:
    """The IEP takes effect."""
    return plans.step(story.child, story.last("plan"), on, "put-in-effect")


@word
def parent_revokes_services(story: Story, on: str, *, form: str = "written") -> Said:
    """The parent takes their consent to services back."""
    plans.revoked(story.child, story.last("services_consent"), on, form)
    return None


@word
def services_end(story: Story, on: str, *, because: str) -> Said:
    """The IEP ends. `because`: the code of the reason."""
    return plans.step(story.child, story.last("plan"), on, "end", reason_code=because)


# Decisions ---------------------------------------------------------------------------------


@word
def group_decides_idea(
    story: Story,
    on: str,
    *,
    outcome: str,
    category: str | None = None,
    disability: bool | None = None,
    need: bool | None = None,
    only_related_services: list[str] | None = None,
    determinant: str | None = None,
    preschool: str | None = None,
    services_start_on: str | None = None,
    sources: list[str] | None = None,
    needs: list[Json] | None = None,
    group: list[str] | None = None,
) -> Said:
    """The group and the parent decide under IDEA, and the decision is made final.

    `category`: by its code; nothing said, none is named. `needs`: the educational needs, each with
    its `area` and what was tried; nothing said, one that is whole. `preschool`: which of what a
    state excludes of a preschool child decides, or `none_of_them`. `group`: the roles of who was
    there beside the parent.
    """
    more: Json = {"category": category} | _given(
        outcome=outcome,
        disability_present=disability,
        needs_special_education=need,
        needs=needs,
        services_start_on=services_start_on,
    )
    if only_related_services:
        more |= {"related_service_only": True, "related_services": only_related_services}
    if determinant:
        no = dict.fromkeys(("reading", "math", "limited_english"), False)
        assert determinant in no, f"There is no determinant factor {determinant!r}."
        more["determinants"] = {**no, determinant: True}
    if preschool:
        factors = dict.fromkeys(PRESCHOOL_FACTORS, False)
        more["preschool"] = factors | ({} if preschool == "none_of_them" else {preschool: True})
    if sources:
        more["sources"] = _sources(sources)
    if group:
        people = [{"role": role, "name": role.title(), "agrees": True} for role in group]
        more["group"] = [*people, {"role": "parent", "name": "Dana Rivers", "agrees": True}]
    return _decided(story, on, "idea", more)


@word
def group_decides_504(
    story: Story,
    on: str,
    *,
    outcome: str,
    impairment: str | None = None,
    activities: list[str] | None = None,
    limits: bool | None = None,
    helped_by: list[str] | None = None,
    ordinary_lenses: bool | None = None,
    judged_without_help: bool | None = None,
    episodic: bool | None = None,
    judged_when_active: bool | None = None,
    reasons: list[str] | None = None,
    sources: list[str] | None = None,
    group: list[str] | None = None,
) -> Said:
    """A group decides under Section 504, and the decision is made final."""
    more = _given(
        outcome=outcome,
        impairment=impairment,
        major_life_activities=activities,
        substantially_limits=limits,
        limitation_judged_without_mitigation=judged_without_help,
        episodic=episodic,
        judged_when_active=judged_when_active,
        reason_codes=reasons,
    )
    if helped_by:
        lenses = _given(ordinary_lenses=ordinary_lenses)
        more["mitigating_measures"] = [{"kind": kind, **lenses} for kind in helped_by]
    if sources:
        more["sources"] = _sources(sources)
    if group:
        people = [{"role": role, "staff_id": story.place.somebody(role)} for role in group]
        more |= {"group": people, "parent_participated": False}
    return _decided(story, on, "section_504", more)


def _decided(story: Story, on: str, law: str, more: Json) -> Outcome:
    """A draft, made final; it takes the place of what was final under this law before."""
    if law in story.records:
        more["supersedes_id"] = story.last(law)["id"]
    drafts = {"idea": story.child.idea, "section_504": story.child.section_504}
    draft = drafts[law](on, **more)
    outcome = story.child.finalize(draft)
    if outcome.allowed:
        story.records[law] = draft
    return outcome


def _sources(kinds: Sequence[str]) -> list[Json]:
    return [{"kind": kind, "considered": "What it showed was weighed."} for kind in kinds]


@word
def section_504_is_in_question(story: Story, on: str) -> Said:
    """The case is also one under Section 504."""
    story.place.on(on)
    story.child.change_case(frameworks=["idea", "section_504"])
    return None


# Facts, days and settings -------------------------------------------------------------------


@word
def fact_is_corrected(
    story: Story,
    on: str,
    *,
    record: str,
    field: str,
    to: str,
    evidence: str | None = None,
    by_trusted_person: bool = False,
) -> Said:
    """A fact of the last `referral`, `consent`, `evaluation` or `assessment` is set right."""
    story.place.on(on)
    headers = {}
    if by_trusted_person:
        headers["Childfind-Acting-Staff"] = story.place.somebody("administrator")
    body = {
        "field": field,
        "value": to,
        "reason": "The paper says so.",
        **_given(evidence=evidence),
    }
    at = f"/v1/{record}s/{story.last(record)['id']}"
    sent(story.child.api.post(f"{at}/corrections", body, headers=headers))
    story.records[record] = sent(story.child.api.get(at), 200)
    return None


@word
def school_closes(
    story: Story, on: str, *, first: str, last: str | None = None, name: str = "Closure"
) -> Said:
    """A closure, `first` through `last`, is entered in the school calendar."""
    story.place.on(on)
    days = {"from": first, "until": last or first, "name": name, "kind": "closure"}
    (year,) = (y for y in story.calendars if y["first_day"] <= first <= y["last_day"])
    at = f"/v1/school-calendars/{year['id']}"
    changed = story.child.patched(at, {"days_off": [*year["days_off"], days]})
    story.calendars[story.calendars.index(year)] = changed
    return None


@word
def school_lets_out_early(story: Story, on: str, *, days: list[str]) -> Said:
    """Half days are entered in the school calendar."""
    story.place.on(on)
    (year,) = (y for y in story.calendars if y["first_day"] <= days[0] <= y["last_day"])
    changed = story.child.patched(f"/v1/school-calendars/{year['id']}", {"half_days": days})
    story.calendars[story.calendars.index(year)] = changed
    return None


@word
def district_sets(story: Story, on: str, *, rule: str, setting: Json) -> Said:
    """The district chooses a setting of a rule."""
    story.place.on(on)
    return Outcome(story.place.chooses(**{rule: setting}))


@word
def day_comes(story: Story, on: str) -> Said:
    """Nothing happens; it is that day."""
    story.place.on(on)
    return None


@word
def step_is_looked_at(story: Story, on: str, *, step: str) -> Said:
    """Somebody looks what a step of the case would find, without taking it."""
    story.place.on(on)
    return story.child.explain(step).decision
