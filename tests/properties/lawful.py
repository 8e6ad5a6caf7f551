"""What the law says of a step that was taken: of the record as anybody may read it over HTTP.

Each sentence is read from the law, with its section, and nothing of the service's rules is used.
A law gives what is unlawful about a step that the service allowed; nothing, when all is well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Json = dict[str, Any]

PARENTS = ("parent", "adult_student", "unknown")
"""Whose request is a parent's; of whom nobody knows it counts as one."""

BY_THE_PARENTS_ALONE = ("home_schooled", "parentally_placed_private")
WAITING = ("interventions_incomplete", "mtss_incomplete", "rti_incomplete")
IN_WRITING = ("written", "electronic")
UNDER_IDEA = ("iep", "services_plan")
NO_PROFESSIONALS = ("parent", "guardian", "student", "advocate", "interpreter")
MEDICAL = ("medical", "prescription")
CONTENTS = (
    "action",
    "reason",
    "basis",
    "safeguards_statement",
    "sources_of_help",
    "options_considered",
    "other_factors",
)

LATE = (
    "IDEA-EVAL-CLOCK",
    "IDEA-IEP-30D",
    "IDEA-IEP-ANNUAL",
    "IDEA-REEVAL-3Y",
    "IDEA-ACCESS-45",
    "504-CLOCK",
)
"""Rules about time. Whoever is late goes on, and is late."""

FEDERAL_DAYS = {
    "initial_evaluation": 60,  # 300.301(c)(1)(i), where the state has no timeframe of its own
    "develop_iep": 30,  # 300.323(c)(1)
    "records_access": 45,  # 300.613(a)
}
"""Calendar days (300.11(a)) from the day that starts a clock to the one on which it is due."""


@dataclass(frozen=True)
class Record:
    """What is on record of a child on a day. `read` gives the JSON of an address."""

    read: Callable[[str], Json]
    student_id: str
    case_id: str
    today: str
    _lists: dict[str, list[Json]] = field(default_factory=dict)

    @cached_property
    def student(self) -> Json:
        return self.read(f"/v1/students/{self.student_id}")

    @cached_property
    def case(self) -> Json:
        return self.read(f"/v1/cases/{self.case_id}")

    def of_case(self, what: str) -> list[Json]:
        """The case's `notices`, `consents`, `plans` and so on."""
        return self._items(f"/v1/cases/{self.case_id}/{what}?limit=200")

    def of_student(self, what: str) -> list[Json]:
        return self._items(f"/v1/{what}?limit=200&student_id={self.student_id}")

    @property
    def receipts(self) -> list[Json]:
        return self._items(f"/v1/referrals?limit=200&case_id={self.case_id}")

    def _items(self, path: str) -> list[Json]:
        if path not in self._lists:
            self._lists[path] = self.read(path)["items"]
        return self._lists[path]

    def notices(self, decision: str, *concerning: str) -> list[Json]:
        """Prior written notices that the parent was given."""
        return [
            notice
            for notice in self.of_case("notices")
            if (notice["kind"], notice["status"]) == ("prior_written_notice", "issued")
            and notice["decision"] == decision
            and notice["concerning"] in concerning
        ]

    def safeguards(self) -> list[Json]:
        return [
            notice
            for notice in self.of_case("notices")
            if (notice["kind"], notice["status"]) == ("procedural_safeguards", "issued")
        ]

    def consents(self, purpose: str) -> list[Json]:
        return [c for c in self.of_case("consents") if c["purpose"] == purpose]

    def final(self, framework: str, outcome: str, by: str) -> list[Json]:
        """What a group decided under a law, and had decided by a day."""
        return [
            found
            for found in self.of_case("eligibility-determinations")
            if (found["framework"], found["outcome"]) == (framework, outcome)
            and found["status"] == "final"
            and found["decided_on"] <= by
        ]

    @property
    def private(self) -> bool:
        """Taught at home or in a private school, by the parents' choice."""
        return self.student["placement"] in BY_THE_PARENTS_ALONE


Law = Callable[[Record, Json, Json], Iterator[str]]
"""Of the record, the case, notice, plan and so on as it is after the step, and what was said."""


def _granted(consent: Json, by: str) -> bool:
    """A parent's consent in writing, received by a day and not taken back (300.9)."""
    return (
        consent["answer"] == "granted"
        and consent["stands_in"] is None
        and consent["form"] in IN_WRITING
        and bool(consent["activity"])
        and bool(consent["language"])
        and consent["received_on"] <= by
    )


def _given_by(notices: list[Json], day: str | None) -> bool:
    return day is not None and any(notice["issued_on"] <= day for notice in notices)


# The case ---------------------------------------------------------------------------------


def evaluation_begins(record: Record, case: Json, said: Json) -> Iterator[str]:
    """With consent after both notices, or with what the law lets stand for it (300.300(a))."""
    asked = record.consents("initial_evaluation")
    proposed, safeguards = record.notices("propose", "evaluation"), record.safeguards()
    if "idea" not in case["frameworks"]:
        if not any(c["answer"] == "granted" and c["revoked_on"] is None for c in asked):
            yield "An evaluation under Section 504 began without a parent's permission."
        return
    for consent in asked:
        if (
            _granted(consent, record.today)
            and consent["revoked_on"] is None
            and _given_by(proposed, consent["signed_on"])
            and _given_by(safeguards, consent["signed_on"])
        ):
            return
        if consent["answer"] != "granted" or consent["revoked_on"] is not None:
            continue
        if consent["stands_in"] in ("hearing_order", "mediation_agreement"):
            ended = (
                dispute["outcome"] == consent["stands_in"] and dispute["ended_on"] <= record.today
                for dispute in record.of_student("disputes")
                if dispute["ended_on"] is not None
            )
            if any(ended) and not record.private:
                return
        elif consent["stands_in"] is not None:
            ward = (record.student["ward_of_state"], record.student["lives_with_parent"])
            if ward == (True, False):
                return
    if said.get("overrides") and asked and not record.private:
        return  # an order that a person answers for by name
    yield "An evaluation began without consent after both notices, and without an order."


def request_is_declined(record: Record, case: Json, said: Json) -> Iterator[str]:
    """In writing (300.503(a)(2)), and never for interventions that are missing (OSEP 11-07)."""
    if "idea" in case["frameworks"] and not record.notices("refuse", "evaluation"):
        yield "A request was refused without prior written notice."
    yield from _for_a_lawful_reason(said)


def concern_is_closed(record: Record, case: Json, said: Json) -> Iterator[str]:
    """Only where nobody asked and nobody suspects a disability (300.111, 300.503)."""
    if any(receipt["requester"] in PARENTS for receipt in record.receipts):
        yield "A parent's request was closed without an answer."
    if any(receipt["suspicion_statement"] for receipt in record.receipts):
        yield "A case was closed while somebody suspects a disability."
    yield from _for_a_lawful_reason(said)


def _for_a_lawful_reason(said: Json) -> Iterator[str]:
    if said["reason_code"] in WAITING:
        yield "A child was turned away because interventions are missing."


def child_has_left(record: Record, case: Json, said: Json) -> Iterator[str]:
    """To another agency, which evaluates then (300.301(d)(2)), and not by the parents' choice."""
    if said["destination"] in ("private_school", "home_school", "removed"):
        yield "A case was ended of a child who has not left the district."
    there = said.get("enrolled_elsewhere_on")
    if there is not None and there > record.today:
        yield "A case was ended before the child had left."
    if record.student["active"] and (there is None or said["destination"] == "unknown"):
        yield "A case was ended while the child attends."


def request_is_withdrawn(record: Record, case: Json, said: Json) -> Iterator[str]:
    """A parent's request is theirs to take back."""
    asked = any(receipt["requester"] in PARENTS for receipt in record.receipts)
    if asked and said["withdrawn_by"] not in PARENTS:
        yield "Somebody else took a parent's request back."


def evaluation_is_proposed(record: Record, case: Json, said: Json) -> Iterator[str]:
    """After prior written notice and the safeguards (300.503(a)(1), 300.504(a)(1))."""
    if "idea" not in case["frameworks"]:
        return
    if not record.notices("propose", "evaluation"):
        yield "An evaluation was proposed without prior written notice."
    if not record.safeguards():
        yield "An evaluation was proposed before the parent had the safeguards."


def refusal_is_recorded(record: Record, case: Json, said: Json) -> Iterator[str]:
    """Nobody says no for the parent (300.300(a)(3))."""
    asked = record.consents("initial_evaluation")
    if not any(c["answer"] == "refused" or c["revoked_on"] is not None for c in asked):
        yield "A refusal was recorded that no parent made."


def order_is_sought(record: Record, case: Json, said: Json) -> Iterator[str]:
    """Never for services, never over parents who teach at home or pay (300.300(b)(3), (d)(4))."""
    if record.private:
        yield "An order was sought over parents who do not ask the district for anything."
    if said["purpose"] == "initial_services":
        yield "An order was sought in place of consent to services."


def child_was_not_produced(record: Record, case: Json, said: Json) -> Iterator[str]:
    """Repeatedly, which once is not (300.301(d)(1))."""
    if len({attempt["attempted_on"] for attempt in said["attempts"]}) < 2:
        yield "One missed appointment stopped the clock."


def transfer_date_is_agreed(record: Record, case: Json, said: Json) -> Iterator[str]:
    """With the parent, for a child who moved here meanwhile (300.301(d)(2), (e))."""
    if not said["parent_agreed"]:
        yield "The parent did not agree to the date."
    if not any(e["transfer_enrolled_on"] for e in record.of_case("evaluations")):
        yield "A date was agreed for a child who did not move here."


def case_is_determined(record: Record, case: Json, said: Json) -> Iterator[str]:
    """A decision under each law in question (300.111(a))."""
    final = {
        found["framework"]
        for found in record.of_case("eligibility-determinations")
        if found["status"] == "final"
    }
    if not final >= set(case["frameworks"]):
        yield "A case ended without a decision under each law in question."


# Notices and determinations ---------------------------------------------------------------


def notice_is_given(record: Record, notice: Json, said: Json) -> Iterator[str]:
    """With its seven contents (300.503(b))."""
    if notice["kind"] == "prior_written_notice":
        for name in CONTENTS:
            if not (notice["contents"].get(name) or "").strip():
                yield f"A prior written notice was given without its {name}."


def determination_is_final(record: Record, found: Json, said: Json) -> Iterator[str]:
    """A group with the parent, a variety of sources, and both prongs (300.8, 300.306)."""
    professionals = {
        member["staff_id"] or member["role"]
        for member in found["group"]
        if member["role"] not in NO_PROFESSIONALS
    }
    if found["framework"] == "idea":
        if len(professionals) < 2:
            yield "One person decided alone."
        in_group = any(member["role"] == "parent" for member in found["group"])
        took_part = found["parent_participated"]
        if took_part is None:
            took_part = in_group
        invited = found["parent_invited_on"] is not None and found["invitation_attempts"] > 0
        if not took_part and not invited:
            yield "The parent was neither in the group nor invited to it."
    if found["outcome"] != "eligible":
        return
    kinds = {source["kind"] for source in found["sources"]}
    if len(kinds) < 2:
        yield "A finding of eligible rests on a single kind of source."
    if kinds <= set(MEDICAL):
        yield "A finding of eligible rests on a physician's word alone."
    if found["framework"] == "section_504":
        if not (found["impairment"] and found["major_life_activities"]):
            yield "Nobody said what is impaired."
        if found["substantially_limits"] is not True:
            yield "The impairment does not substantially limit anything."
        return
    if found["disability_present"] is not True or not found["category"]:
        yield "Eligible without a disability."
    if found["needs_special_education"] is not True:
        yield "Eligible without a need for special education."
    if found["related_service_only"] is True and not found["related_services"]:
        yield "Eligible for a related service alone."
    if any(answer is not False for answer in found["determinants"].values()):
        yield "Lack of teaching, or English, may have been what decided."
    if found["category"] == "SLD":
        yield from _specific_learning_disability(found, found["sld"] or {})


def _specific_learning_disability(found: Json, sld: Json) -> Iterator[str]:
    """What is asked for beside that (300.308-300.311)."""
    roles = {member["role"] for member in found["group"]}
    if "teacher" not in roles:
        yield "The child's regular teacher was not in the group."
    if not sld.get("areas"):
        yield "Achievement is inadequate in none of the eight areas."
    if not (sld.get("insufficient_progress") or sld.get("strengths_and_weaknesses")):
        yield "Neither a lack of progress nor a pattern of strengths and weaknesses."
    exclusions = [factor and factor["finding"] for factor in (sld.get("exclusions") or {}).values()]
    if len(exclusions) < 6 or any(one not in ("absent", "not_primary") for one in exclusions):
        yield "What else may explain it was not excluded."
    if sld.get("appropriate_instruction") is not True:
        yield "Nobody looked whether the child was taught appropriately."
    if not sld.get("observation_id"):
        yield "Nobody observed the child."
    if not sld.get("assessments_shared_on"):
        yield "The parents did not see the repeated assessments."
    for member in found["group"]:
        if member["agrees"] is None or (member["agrees"] is False and not member["statement"]):
            yield "A member neither certified the report nor stated why not."


# Plans ------------------------------------------------------------------------------------


def plan_takes_effect(record: Record, plan: Json, said: Json) -> Iterator[str]:
    """After the finding, with consent to services, and after notice (300.300(b), 300.503)."""
    day = plan["in_effect_on"]
    standing = [
        one
        for one in record.of_student("plans")
        if (one["kind"], one["status"]) == (plan["kind"], "in_effect")
    ]
    if len(standing) != 1:
        yield f"The child has {len(standing)} plans of a kind in effect."
    if plan["kind"] == "section_504":
        if plan["amends_id"] is None and not record.final("section_504", "eligible", day):
            yield "A Section 504 plan took effect before a group decided (104.35)."
        return
    if plan["kind"] == "iep" and record.student["placement"] == "parentally_placed_private":
        yield "A child whom the parents placed privately has an IEP (300.137)."
    asked = record.consents("initial_services")
    consented = [
        consent
        for consent in asked
        if _granted(consent, day) and consent["revocation_form"] not in IN_WRITING
    ]
    if not consented and (plan["amends_id"] is None or asked):
        yield "Services began without the parent's consent to them."
    if plan["amends_id"] is None and not record.final("idea", "eligible", day):
        yield "Services began before a group found the child eligible."
    told = record.notices("propose", "placement", "fape")
    if plan["kind"] == "iep" and not _given_by(told, day):
        yield "An IEP took effect without prior written notice."


def plan_ends(record: Record, plan: Json, said: Json) -> Iterator[str]:
    """For a reason that ends it, and as that reason asks (300.102, 300.300(b)(4), 300.305(e))."""
    day, reason = plan["ended_on"], plan["end_reason"]
    if plan["kind"] == "section_504":
        if reason == "dismissed" and not record.final("section_504", "not_eligible", day):
            yield "A student lost a Section 504 plan without a group's decision."
        return
    if reason == "ged_or_certificate":
        yield "A certificate ended the right to a free appropriate public education."
    if reason == "dismissed":
        if not record.final("idea", "not_eligible", day):
            yield "A child was dismissed without a group's decision."
        if not _given_by(record.notices("propose", "identification", "placement"), day):
            yield "A child was dismissed without prior written notice."
    if reason == "consent_revoked":
        revoked = [
            consent["revoked_on"]
            for consent in record.consents("initial_services")
            if consent["revocation_form"] in IN_WRITING and consent["revoked_on"] is not None
        ]
        told = [
            notice["issued_on"]
            for decision in ("propose", "refuse")
            for notice in record.notices(decision, "placement", "fape")
        ]
        if not revoked:
            yield "Services ceased though nobody revoked consent in writing."
        elif not any(min(revoked) <= on <= day for on in told):
            yield "Services ceased before the parent had notice of it."


# An independent evaluation ----------------------------------------------------------------


def independent_evaluation_is_declined(record: Record, asked: Json, said: Json) -> Iterator[str]:
    """There are two answers and no third (300.502(b)(2)); one for each evaluation, (b)(5)."""
    done = any(e["report_completed_on"] for e in record.of_case("evaluations"))
    provided = any(
        other["status"] == "provided" for other in record.of_case("independent-evaluation-requests")
    )
    if done and asked["evaluation_id"] is None and not provided:
        yield "An independent evaluation was denied."


def evaluation_is_defended(record: Record, asked: Json, said: Json) -> Iterator[str]:
    """By a due process complaint of the district's (300.502(b)(2)(i))."""
    if not any(
        (dispute["kind"], dispute["filed_by"]) == ("due_process_complaint", "district")
        for dispute in record.of_student("disputes")
    ):
        yield "The district defends its evaluation and has not filed."


LAWS: Mapping[tuple[str, str], Law] = {
    ("cases", "start-evaluation"): evaluation_begins,
    ("cases", "decline"): request_is_declined,
    ("cases", "close"): concern_is_closed,
    ("cases", "withdraw"): request_is_withdrawn,
    ("cases", "transfer-out"): child_has_left,
    ("cases", "propose-evaluation"): evaluation_is_proposed,
    ("cases", "record-refusal"): refusal_is_recorded,
    ("cases", "seek-override"): order_is_sought,
    ("cases", "excuse-not-produced"): child_was_not_produced,
    ("cases", "agree-transfer-date"): transfer_date_is_agreed,
    ("cases", "determine"): case_is_determined,
    ("notices", "issue"): notice_is_given,
    ("eligibility-determinations", "finalize"): determination_is_final,
    ("plans", "put-in-effect"): plan_takes_effect,
    ("plans", "end"): plan_ends,
    ("independent-evaluation-requests", "decline"): independent_evaluation_is_declined,
    ("independent-evaluation-requests", "defend"): evaluation_is_defended,
}
"""By the address of what moves and the name of the step."""
