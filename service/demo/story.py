"""The story of the walk: what happens on which day, and what the service must answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.demo.page import spelled
from service.demo.walker import ANYTHING, ZONE, Json, Walker

BEGINS = datetime(2026, 9, 15, 9, tzinfo=ZONE)
"""The morning of the first act: a Tuesday in the school year of the demonstration roster."""

INTRODUCTION = """\
This walks two children's cases through the service: a real server on this machine, real HTTP, a
database of its own that is gone afterwards. Every person is invented. The district is under
federal law alone and has chosen that a school's own request for an evaluation waits for six weeks
of documented intervention with four progress points.

The clock is set by this walk, so that months pass in seconds: the days below are the service's
own days, and each request comes a minute after the one before. Ids have names in braces, such as
{case}. After the first, each request carries `Authorization: Bearer <token>`, and each POST an
`Idempotency-Key`; both are left out below. Of each answer the members that matter are shown, and
each is checked: the walk stops at the first that is not as it should be.
"""

STUDENT, OTHER_STUDENT = "stu-031", "stu-033"
WEDNESDAYS = (
    "2026-09-16", "2026-09-23", "2026-09-30", "2026-10-07", "2026-10-14", "2026-10-21", "2026-10-28"
)  # fmt: skip
MEASURED = {"2026-09-16": 34, "2026-09-30": 38, "2026-10-14": 37, "2026-10-28": 40}
"""Minutes on task of an hour, by the day measured."""

CONTENTS = {
    "action": "We propose to evaluate Dock in reading, attention, social skills and health.",
    "reason": "Six weeks of support brought too little, and her physician reports ADHD.",
    "basis": "The intervention record, her classwork, and the physician's note.",
    "safeguards_statement": "You have procedural safeguards; a copy comes with this notice.",
    "sources_of_help": "The parent centre of your state: help@example.org.",
    "options_considered": "More classroom support alone; rejected because it was not enough.",
}
"""Six of the seven contents of a prior written notice: `other_factors` is missing."""

AREAS = ["attention", "reading", "social and emotional", "health"]


def tell(walker: Walker, client: tuple[UUID, str]) -> None:
    """The whole story. Raises `Unexpected` at the first answer that is not as it should be."""
    Story(walker).tell(client)


class Story:
    """What the acts of the story know of each other."""

    def __init__(self, walker: Walker) -> None:
        self.walk = walker
        self.staff: dict[str, str] = {}
        self.student = self.guardian = self.other_student = self.other_guardian = ""
        self.case = self.other_case = self.document = ""
        self.idea = self.section_504 = ""
        self.assessments: dict[str, str] = {}

    def tell(self, client: tuple[UUID, str]) -> None:
        for paragraph in INTRODUCTION.split("\n\n"):
            self.walk.page.prose(paragraph)
        self.people(client)
        self.school_asks_too_early()
        self.school_helps_and_asks_again()
        self.parent_asks()
        self.physician_prescribes()
        self.district_proposes()
        self.evaluation()
        self.determinations()
        self.what_was_owed()

    # Who is who -------------------------------------------------------------------

    def people(self, client: tuple[UUID, str]) -> None:
        walk = self.walk
        walk.page.heading("Before it begins: a token, and who is who")
        walk.on("2026-09-15")
        walk.sign_in(client)
        walk.page.prose(
            "The roster came from the student-information system, so people are found by its ids."
        )
        sent = [{"system": "sourced_id", "value": id} for id in (STUDENT, OTHER_STUDENT)]
        found = walk.post(
            "/v1/students/lookup",
            {"identifiers": sent},
            {
                "items.0.student.given_name": "Dock",
                "items.0.student.grade": "03",
                "items.1.student.given_name": "Elder",
                "items.1.student.grade": "04",
            },
            status=200,
        )
        self.student, self.other_student = (item["student"]["id"] for item in found["items"])
        walk.page.name(self.student, "dock")
        walk.page.name(self.other_student, "elder")
        self.guardian = self._guardian(self.student, "docks_parent")
        self.other_guardian = self._guardian(self.other_student, "elders_parent")
        roles = {
            "stf-teacher-03": "teacher",
            "stf-special-0": "special_educator",
            "stf-psychologist": "psychologist",
            "stf-principal-elm": "principal",
        }
        for member in walk.get("/v1/staff?limit=100", {"items.0.id": ANYTHING})["items"]:
            if member["sourced_id"] in roles:
                role = roles[member["sourced_id"]]
                self.staff[role] = member["id"]
                walk.page.name(member["id"], role)
        walk.check(len(self.staff) == len(roles), "a staff member of the story is not there")

    def _guardian(self, student_id: str, name: str) -> str:
        path = f"/v1/students/{student_id}/guardians"
        guardians = self.walk.get(path, {"items.0.relationship": ANYTHING})["items"]
        id: str = guardians[0]["id"]
        self.walk.page.name(id, name)
        return id

    # 1 ----------------------------------------------------------------------------

    def school_asks_too_early(self) -> None:
        walk = self.walk
        walk.page.heading("1. A teacher refers a child, and the school asks before it has helped")
        walk.page.prose(
            "Dock's teacher is worried. The referral is recorded at once; nothing has to be there "
            "first. It is a concern of the school's own, not a request."
        )
        walk.acting(self.staff["teacher"])
        receipt = walk.post(
            "/v1/referrals",
            {
                "student_id": self.student,
                "requester": "staff",
                "requester_staff_id": self.staff["teacher"],
                "received_by_staff_id": self.staff["principal"],
                "received_on": walk.today,
                "words": "Dock loses the thread after a few minutes and reads far below her class.",
                "suspected_areas": ["attention", "reading"],
                "frameworks": ["idea", "section_504"],
            },
            {"case.status": "received", "case.frameworks": ["idea", "section_504"]},
            name="referral",
        )
        self.case = receipt["case_id"]
        walk.page.name(self.case, "case")
        walk.page.prose("The special educator will see to it that the case goes on.")
        walk.get(f"/v1/cases/{self.case}", {"status": "received", "champion_staff_id": None})
        walk.patch(
            f"/v1/cases/{self.case}",
            {"champion_staff_id": self.staff["special_educator"]},
            {"champion_staff_id": self.staff["special_educator"]},
        )
        walk.page.prose(
            "The school asks for an evaluation. Nothing that it tried is on record, and nobody "
            "states that a disability is suspected now, so this is refused. The refusal says what "
            "is missing, what would remedy it, and under which law."
        )
        walk.refused(self._at_case, "request-evaluation", "STATE-PREREFERRAL-INTERVENTION")
        walk.page.prose(
            "A refusal is not the end of it: it opens a review whether the child is suspected of "
            "having a disability all the same (34 CFR 300.111), and somebody owns it."
        )
        (review,) = walk.owed(self.case, {"child_find_review": "open"})
        walk.page.fact("owner_staff_id", review["owner_staff_id"])
        is_owned = review["owner_staff_id"] == self.staff["special_educator"]
        walk.check(is_owned, "the review is not its champion's")

    @property
    def _at_case(self) -> str:
        return f"/v1/cases/{self.case}"

    # 2 ----------------------------------------------------------------------------

    def school_helps_and_asks_again(self) -> None:
        walk = self.walk
        walk.page.heading("2. Six weeks of help, documented; the school asks again")
        day = walk.on(WEDNESDAYS[0])
        made = walk.post(
            "/v1/interventions",
            {
                "student_id": self.student,
                "title": "Check-in, check-out with short tasks",
                "area": "attention",
                "tier": 2,
                "concern": "On task 34 of 60 minutes; the class 52",
                "baseline": "34 of 60 minutes on task",
                "goal": "50 of 60 minutes on task by the end of October",
                "planned_minutes_per_week": 30,
                "provider_staff_id": self.staff["teacher"],
                "started_on": day,
            },
            {"documented": False, "missing": ANYTHING},
            name="intervention",
        )
        at = f"/v1/interventions/{made['id']}"
        for day in WEDNESDAYS:
            if day != walk.today:
                walk.on(day)
            walk.post(f"{at}/sessions", {"held_on": day, "minutes": 30})
            if day in MEASURED:
                point = {
                    "measured_on": day,
                    "measure": "On task",
                    "value": MEASURED[day],
                    "unit": "min/h",
                }
                walk.post(f"{at}/progress-measures", point)
        walk.page.prose(
            "The intervention ends. Documented means data, whatever the outcome: adequate progress "
            "would count as well."
        )
        walk.get(at, {"documented": False, "missing": ANYTHING})
        walk.patch(
            at,
            {
                "ended_on": walk.today,
                "fidelity_percent": 93,
                "outcome": "inadequate_progress",
                "outcome_note": "From 34 to 40 minutes; the goal was 50.",
            },
            {"documented": True, "missing": [], "weeks": 6, "progress_dates": 4},
        )
        walk.on("2026-10-29")
        walk.step(self._at_case, "request-evaluation")
        walk.get(self._at_case, {"status": "evaluation_requested"})
        walk.owed(self.case, {"child_find_review": "met", "procedural_safeguards": "open"})

    # 3 ----------------------------------------------------------------------------

    def parent_asks(self) -> None:
        walk = self.walk
        walk.page.heading("3. A parent asks for another child: at once, and nothing comes first")
        day = walk.on("2026-11-02")
        walk.page.prose(
            "Elder's parent asks at the front office. It is a request the moment it is received. "
            "The district owes an answer in writing and the procedural safeguards notice. Nobody "
            "asks whether anything was tried in the classroom."
        )
        walk.acting(self.staff["principal"])
        receipt = walk.post(
            "/v1/referrals",
            {
                "student_id": self.other_student,
                "requester": "parent",
                "requester_guardian_id": self.other_guardian,
                "received_by_staff_id": self.staff["principal"],
                "received_on": day,
                "form": "oral",
                "documented_on": day,
                "words": "I want my daughter tested. She cannot follow what is read to her.",
                "suspected_areas": ["listening comprehension"],
            },
            {"case.status": "evaluation_requested", "warnings": []},
            name="elders_referral",
        )
        self.other_case = receipt["case_id"]
        walk.page.name(self.other_case, "elders_case")
        walk.page.considered(receipt["findings"])
        told = [
            str(finding[member])
            for finding in receipt["findings"]
            for member in ("rule_id", "title", "because", "evidence", "remedy")
        ]
        told += [deadline["title"] for deadline in receipt["deadlines"]]
        walk.check(
            not any("intervention" in words.lower() for words in told),
            "a parent's request is answered with interventions",
        )
        walk.page.prose("Not a word of interventions. What is owed, from this day:")
        walk.owed(self.other_case, {"answer_to_request": "open", "procedural_safeguards": "open"})

    # 4 ----------------------------------------------------------------------------

    def physician_prescribes(self) -> None:
        walk = self.walk
        walk.page.heading("4. A physician prescribes special education")
        day = walk.on("2026-11-04")
        walk.page.prose(
            "Dock's parent brings a prescription: ADHD, and special education. It is kept and "
            "considered, and the parent is owed an answer. It decides nothing by itself."
        )
        received = walk.post(
            "/v1/source-documents",
            {
                "student_id": self.student,
                "kind": "prescription",
                "title": "Prescription: special education for ADHD",
                "provided_by": "parent",
                "received_on": day,
                "dated_on": "2026-11-03",
            },
            {
                "case_id": self.case,
                "deadlines.0.rule_id": "IDEA-PHYSICIAN-CONSIDER",
                "deadlines.0.title": ANYTHING,
                "deadlines.0.state": "open",
            },
            name="prescription",
        )
        self.document = received["id"]
        walk.page.prose(
            "Somebody drafts a finding under each law that rests on the prescription alone. "
            "Everything else is filled in, as if a group had met. Drafting is free; making it final "
            "is not."
        )
        alone = {
            "outcome": "eligible",
            "group": self._group(),
            "parent_participated": True,
            "sources": [self._prescription()],
        }
        determinations = f"{self._at_case}/eligibility-determinations"
        self.idea = walk.post(
            determinations,
            {
                "framework": "idea",
                **alone,
                "disability_present": True,
                "category": "OHI",
                "needs_special_education": True,
                "related_service_only": False,
                "determinants": {"reading": False, "math": False, "limited_english": False},
                "needs": [
                    {
                        "area": "attention",
                        "not_tried_because": "The prescription says what to do.",
                        "why_specially_designed": "The physician prescribes it.",
                    }
                ],
            },
            {"status": "draft"},
            name="idea_determination",
        )["id"]
        walk.refused(
            self._at_determination(self.idea),
            "finalize",
            "IDEA-ELIG-SOURCES",
            "IDEA-EVAL-NO-SINGLE",
            "IDEA-PHYSICIAN-NOT-SOLE",
        )
        self.section_504 = walk.post(
            determinations,
            {
                "framework": "section_504",
                **alone,
                "impairment": "ADHD",
                "major_life_activities": ["concentrating"],
                "substantially_limits": True,
            },
            {"status": "draft"},
            name="section_504_determination",
        )["id"]
        walk.refused(
            self._at_determination(self.section_504),
            "finalize",
            "504-SOURCES",
            "504-DIAGNOSIS-NOT-SUFFICIENT",
        )
        walk.page.prose(
            "The school answers the parent about it, in plain words, and the duty is met."
        )
        day = walk.on("2026-11-05")
        walk.acting(self.staff["special_educator"])
        walk.post(
            "/v1/contacts",
            {
                "student_id": self.student,
                "guardian_id": self.guardian,
                "staff_id": self.staff["special_educator"],
                "occurred_on": day,
                "mode": "phone",
                "parent_words": "The doctor says she needs special education.",
                "restatement": "You worry that Dock falls behind because she cannot attend.",
                "restatement_confirmed": True,
                "positives": ["She explains what she built with great care."],
                "follow_up": "The note becomes a part of the evaluation that we propose next week.",
                "answers_document_id": self.document,
            },
        )
        walk.owed(self.case, {"answer_medical_document": "met"})

    def _at_determination(self, id: str) -> str:
        return f"/v1/eligibility-determinations/{id}"

    def _group(self) -> list[Json]:
        roles = {
            "psychologist": "school_psychologist",
            "special_educator": "special_educator",
            "teacher": "teacher",
        }
        people = [{"role": roles[name], "staff_id": self.staff[name]} for name in roles]
        return [*people, {"role": "parent", "name": "Dock's parent"}]

    def _prescription(self) -> Json:
        return {
            "kind": "prescription",
            "source_document_id": self.document,
            "considered": "The physician reports ADHD and prescribes special education.",
        }

    # 5 ----------------------------------------------------------------------------

    def district_proposes(self) -> None:
        walk = self.walk
        walk.page.heading("5. Notice, safeguards, and the parent's consent")
        day = walk.on("2026-11-09")
        notices = f"{self._at_case}/notices"
        walk.page.prose("The notice of the proposal, drafted with six of its seven contents.")
        notice = walk.post(
            notices,
            {
                "kind": "prior_written_notice",
                "decision": "propose",
                "concerning": "evaluation",
                "language": "en",
                "guardian_id": self.guardian,
                "delivery": "letter",
                "contents": CONTENTS,
            },
            {"status": "draft"},
            name="notice",
        )
        at = f"/v1/notices/{notice['id']}"
        walk.refused(at, "issue", "IDEA-PWN-CONTENT", details={"issued_on": day})
        added = {"contents": {"other_factors": "Dock sees and hears well; there are no others."}}
        walk.patch(at, added, {"status": "draft"})
        walk.step(at, "issue", {"issued_on": day})
        walk.page.prose("The safeguards of IDEA, and the rights under Section 504.")
        for kind in ("procedural_safeguards", "section_504_rights"):
            self._give(kind, day)
        walk.page.prose("Consent is asked for, and the step is taken.")
        consent = walk.post(
            f"{self._at_case}/consents",
            {
                "purpose": "initial_evaluation",
                "guardian_id": self.guardian,
                "requested_on": day,
                "activity": "Tests and observations of reading and attention at school.",
                "language": "en",
            },
            {"answer": None, "warnings": []},
            name="consent",
        )
        walk.step(self._at_case, "propose-evaluation")
        day = walk.on("2026-11-17")
        walk.page.prose(
            "The signed consent comes back. The day on which the district receives it starts the "
            "clock: 60 calendar days, because no state law says otherwise here."
        )
        granted = walk.patch(
            f"/v1/consents/{consent['id']}",
            {
                "answer": "granted",
                "form": "written",
                "signed_by": "Dock's parent",
                "signed_on": "2026-11-16",
                "received_on": day,
            },
            {"answer": "granted", "received_on": day, "warnings": []},
        )
        clock = [d for d in granted["deadlines"] if d["term"] == "initial_evaluation"]
        walk.check([d["due_on"] for d in clock] == ["2027-01-16"], "the clock is not as it should")
        walk.page.deadlines(clock)
        walk.step(self._at_case, "start-evaluation")

    def _give(self, kind: str, day: str, **more: Any) -> None:
        """A notice is drafted and given to the parent."""
        drafted = self.walk.post(
            f"{self._at_case}/notices",
            {"kind": kind, "language": "en", "guardian_id": self.guardian, **more},
            {"status": "draft"},
        )
        self.walk.page.name(drafted["id"], f"{kind}_{day.replace('-', '')}")
        self.walk.step(f"/v1/notices/{drafted['id']}", "issue", {"issued_on": day})

    # Still 5 ----------------------------------------------------------------------

    def evaluation(self) -> None:
        walk = self.walk
        walk.page.heading("5, continued. The evaluation: every area of suspected disability")
        walk.on("2026-11-18")
        walk.acting(self.staff["psychologist"])
        evaluation = walk.post(
            f"{self._at_case}/evaluations",
            {
                "coordinator_staff_id": self.staff["psychologist"],
                "suspected_areas": AREAS,
                "suspected_categories": ["OHI"],
                "parent_input": "Homework takes two hours. She builds for an hour on end.",
            },
            {"suspected_areas": AREAS, "report_completed_on": None},
            name="evaluation",
        )
        at = f"/v1/evaluations/{evaluation['id']}"
        for day, kind, title, areas, summary in (
            (
                "2026-12-01",
                "achievement_test",
                "Individual reading test",
                ["reading"],
                "At the 38th percentile; slow when others talk.",
            ),
            (
                "2026-12-03",
                "teacher_recommendation",
                "Rating scales of attention, by the teacher",
                ["attention"],
                "Inattention well above the norm for her age.",
            ),
            (
                "2026-12-08",
                "adaptive_behavior",
                "Scales of behavior at home and at school",
                ["social and emotional"],
                "Within the norm.",
            ),
            (
                "2026-12-10",
                "physical_condition",
                "Health history, vision and hearing",
                ["health"],
                "Sees and hears well; ADHD as reported by her physician.",
            ),
        ):
            walk.on(day)
            made = walk.post(
                f"{at}/assessments",
                {
                    "title": title,
                    "areas": areas,
                    "source_kind": kind,
                    "conducted_on": day,
                    "assessor_staff_id": self.staff["psychologist"],
                    "credential": "School psychologist, NCSP",
                    "language": "en",
                    "summary": summary,
                },
                {"breach": False},
            )
            self.assessments[kind] = made["id"]
            walk.page.name(made["id"], kind)
        day = walk.on("2026-12-15")
        walk.post(
            f"{at}/observations",
            {
                "observed_on": day,
                "setting": "Regular classroom, reading block",
                "area": "attention",
                "observer_staff_id": self.staff["psychologist"],
                "note": "On task in 11 of 20 intervals; with a short list in front of her 17 of 20.",
            },
            {"breach": False},
        )
        day = walk.on("2027-01-11")
        walk.page.prose("The report is complete, and the parent gets a copy the next day.")
        walk.patch(at, {"report_completed_on": day}, {"report_completed_on": day})
        walk.step(self._at_case, "complete-evaluation")
        day = walk.on("2027-01-12")
        walk.patch(at, {"report_given_to_parent_on": day}, {"report_given_to_parent_on": day})

    # 6 ----------------------------------------------------------------------------

    def determinations(self) -> None:
        walk = self.walk
        walk.page.heading("6. Two laws, two answers")
        day = walk.on("2027-01-14")
        walk.page.prose(
            "The group meets, with the parent. It finds a disability, ADHD, and no need for "
            "specially designed instruction: a short list and a quiet seat do for Dock what she "
            "needs. Eligible under IDEA takes both, so a draft that says `eligible` is refused."
        )
        idea, section_504 = map(self._at_determination, (self.idea, self.section_504))
        sources = [
            self._prescription(),
            *(
                {
                    "kind": kind,
                    "assessment_id": self.assessments[kind],
                    "considered": considered,
                }
                for kind, considered in (
                    ("achievement_test", "Reads as her age group does when it is quiet."),
                    ("teacher_recommendation", "Attends far less than others of her age."),
                )
            ),
        ]
        met = {"decided_on": day, "sources": sources}
        walk.patch(
            idea,
            {**met, "needs_special_education": False},
            {"outcome": "eligible", "needs_special_education": False},
        )
        walk.refused(idea, "finalize", "IDEA-ELIG-TWO-PRONG")
        walk.page.prose(
            "The group records what it found: not eligible under IDEA. A final determination is "
            "never changed afterwards. The findings marked as duties are now owed."
        )
        rationale = "A disability, and no need for specially designed instruction because of it."
        walk.patch(
            idea,
            {"outcome": "not_eligible", "needs": [], "rationale": rationale},
            {"outcome": "not_eligible"},
        )
        walk.step(idea, "finalize")
        walk.get(idea, {"framework": "idea", "status": "final", "outcome": "not_eligible"})
        walk.page.prose(
            "Not eligible under IDEA, and an impairment is documented: the district owes a "
            "decision under Section 504, and notice of the one it has made."
        )
        walk.owed(self.case, {"section_504_decision": "open", "notice_of_determination": "open"})
        walk.page.prose(
            "Section 504 asks another question: whether the impairment substantially limits a "
            "major life activity. It does, and the diagnosis now stands beside other sources."
        )
        walk.patch(section_504, met, {"outcome": "eligible"})
        walk.step(section_504, "finalize")
        walk.get(
            section_504, {"framework": "section_504", "status": "final", "outcome": "eligible"}
        )
        day = walk.on("2027-01-15")
        walk.page.prose(
            "The parent has written notice of what was decided, and of their rights. With a final "
            "answer under each law in question the case is determined."
        )
        self._give(
            "prior_written_notice",
            day,
            decision="refuse",
            concerning="identification",
            contents={
                "action": "Dock is not identified as a child with a disability under IDEA.",
                "reason": rationale,
                "basis": "The evaluation report of 11 January 2027 and the physician's note.",
                "safeguards_statement": "You have procedural safeguards; ask us for a copy.",
                "sources_of_help": "The parent centre of your state: help@example.org.",
                "options_considered": "Other health impairment; rejected for want of the need.",
                "other_factors": "Dock is eligible under Section 504; a plan comes next.",
            },
        )
        self._give("section_504_rights", day)
        walk.step(self._at_case, "determine")
        walk.get(self._at_case, {"status": "determined", "closed_on": day})

    # 7 ----------------------------------------------------------------------------

    def what_was_owed(self) -> None:
        walk = self.walk
        walk.page.heading("7. Every deadline on the way, with its working")
        walk.page.prose("Dock's case. Nothing is owed any more.")
        items = walk.owed(self.case, {"initial_evaluation": "met", "report_copy": "met"})
        walk.check(
            all(item["state"] == "met" for item in items),
            "something in Dock's case was not met",
        )
        for item in items:
            walk.page.name(item["id"], item["term"])
        for item in items:
            self._working(item["id"])
        clock = next(item["id"] for item in items if item["term"] == "initial_evaluation")
        walk.page.prose("The evaluation clock in full, each day with its number:")
        ledger = walk.get(f"/v1/deadlines/{clock}/ledger", {"complete": True})["items"]
        walk.page.ledger(ledger)
        counted = [day["number"] for day in ledger if day["counted"]]
        walk.check(counted == list(range(1, 61)), "the ledger does not count 60 days")
        walk.page.prose("Elder's case. The district still owes the parent an answer:")
        walk.owed(self.other_case, {"answer_to_request": "open", "procedural_safeguards": "open"})
        walk.page.line()
        walk.page.line("Every answer was as it should be.")

    def _working(self, id: str) -> None:
        """A deadline with its explanation and the ends of its ledger."""
        walk = self.walk
        shown = walk.get(f"/v1/deadlines/{id}", {"title": ANYTHING, "state": ANYTHING})
        for name in ("started_on", "due_on", "last_working_day_on_or_before", "met_on"):
            if shown[name]:
                walk.page.fact(name, spelled(date.fromisoformat(shown[name])))
        walk.page.fact("working", shown["explanation"])
        for citation in shown["citations"]:
            walk.page.fact("law", citation["text"])
        days = walk.get(f"/v1/deadlines/{id}/ledger", {"due_on": shown["due_on"]})["items"]
        if not days:
            walk.page.fact("ledger", "empty, because no number of days is counted")
            return
        counted = sum(day["counted"] for day in days)
        walk.page.fact("ledger", f"{len(days)} days, {counted} of them counted; its ends:")
        walk.page.ledger(days[:2])
        walk.page.line("      ...")
        walk.page.ledger(days[-2:])
