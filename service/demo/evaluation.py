"""From the proposal over consent to the report."""

from __future__ import annotations

from service.demo.cast import Cast
from service.demo.notices import give
from service.demo.walker import Walker

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

ASSESSMENTS = (
    (
        "2026-12-01",
        "achievement_test",
        "Individual reading test",
        "reading",
        "At the 38th percentile; slow when others talk.",
    ),
    (
        "2026-12-03",
        "teacher_recommendation",
        "Rating scales of attention, by the teacher",
        "attention",
        "Inattention well above the norm for her age.",
    ),
    (
        "2026-12-08",
        "adaptive_behavior",
        "Scales of behavior at home and at school",
        "social and emotional",
        "Within the norm.",
    ),
    (
        "2026-12-10",
        "physical_condition",
        "Health history, vision and hearing",
        "health",
        "Sees and hears well; ADHD as reported by her physician.",
    ),
)
"""Day, kind of source, title, area, and what it showed."""


def district_proposes(walk: Walker, cast: Cast) -> None:
    """5. Notice with all its contents, safeguards, and consent, which starts the clock."""
    walk.page.heading("5. Notice, safeguards, and the parent's consent")
    day = walk.on("2026-11-09")
    notices = f"{cast.at_case}/notices"
    walk.page.prose("The notice of the proposal, drafted with six of its seven contents.")
    notice = walk.post(
        notices,
        {
            "kind": "prior_written_notice",
            "decision": "propose",
            "concerning": "evaluation",
            "language": "en",
            "guardian_id": cast.guardian,
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
    walk.page.prose("The safeguards of IDEA went home in September; now the rights under 504.")
    give(walk, cast, "section_504_rights", day)
    walk.page.prose("Consent is asked for, and the step is taken.")
    consent = walk.post(
        f"{cast.at_case}/consents",
        {
            "purpose": "initial_evaluation",
            "guardian_id": cast.guardian,
            "requested_on": day,
            "activity": "Tests and observations of reading, attention, social skills and health.",
            "language": "en",
        },
        {"answer": None, "warnings": []},
        name="consent",
    )
    walk.step(cast.at_case, "propose-evaluation")
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
    walk.page.deadlines(clock)
    due = [d["due_on"] for d in clock]
    walk.check(due == ["2027-01-16"], f"the evaluation is due {due}, not 2027-01-16")
    walk.step(cast.at_case, "start-evaluation")


def evaluate(walk: Walker, cast: Cast) -> None:
    """5, continued. Assessments over every area, the report, and the parent's copy."""
    walk.page.heading("5, continued. The evaluation: every area of suspected disability")
    walk.on("2026-11-18")
    walk.acting(cast.staff["psychologist"])
    evaluation = walk.post(
        f"{cast.at_case}/evaluations",
        {
            "coordinator_staff_id": cast.staff["psychologist"],
            "suspected_areas": AREAS,
            "suspected_categories": ["OHI"],
            "parent_input": "Homework takes two hours. She builds for an hour on end.",
        },
        {"suspected_areas": AREAS, "report_completed_on": None},
        name="evaluation",
    )
    at = f"/v1/evaluations/{evaluation['id']}"
    for day, kind, title, area, summary in ASSESSMENTS:
        walk.on(day)
        made = walk.post(
            f"{at}/assessments",
            {
                "title": title,
                "areas": [area],
                "source_kind": kind,
                "conducted_on": day,
                "assessor_staff_id": cast.staff["psychologist"],
                "credential": "School psychologist, NCSP",
                "language": "en",
                "summary": summary,
            },
            {"breach": False},
        )
        cast.assessments[kind] = made["id"]
        walk.page.name(made["id"], kind)
    day = walk.on("2026-12-15")
    walk.post(
        f"{at}/observations",
        {
            "observed_on": day,
            "setting": "Regular classroom, reading block",
            "area": "attention",
            "observer_staff_id": cast.staff["psychologist"],
            "note": "On task in 11 of 20 intervals; with a short list before her 17 of 20.",
        },
        {"breach": False},
    )
    day = walk.on("2027-01-11")
    walk.page.prose("The report is complete, and the parent gets a copy the next day.")
    walk.patch(at, {"report_completed_on": day}, {"report_completed_on": day})
    walk.step(cast.at_case, "complete-evaluation")
    day = walk.on("2027-01-12")
    walk.patch(at, {"report_given_to_parent_on": day}, {"report_given_to_parent_on": day})
