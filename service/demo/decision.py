"""What the group determines under each law, and what was owed on the way."""

from __future__ import annotations

from datetime import date

from service.demo.cast import Cast, at_determination
from service.demo.notices import give
from service.demo.page import spelled
from service.demo.walker import ANYTHING, Walker


def determine(walk: Walker, cast: Cast) -> None:
    """6. Not eligible under IDEA, eligible under Section 504, each a final record."""
    walk.page.heading("6. Two laws, two answers")
    day = walk.on("2027-01-14")
    walk.page.prose(
        "The group meets, with the parent. It finds a disability, ADHD, and no need for "
        "specially designed instruction: a short list and a quiet seat do for Dock what she "
        "needs. Eligible under IDEA takes both, so a draft that says `eligible` is refused."
    )
    walk.post(
        "/v1/team-meetings",
        {
            "student_id": cast.student,
            "kind": "eligibility",
            "held_on": day,
            "attendees": cast.group(),
            "parent_attended": True,
            "parent_invited_on": "2027-01-04",
            "reviewed": "The evaluation report and the physician's prescription.",
            "decided": "A disability; accommodations, and no special education.",
        },
        {"case_id": cast.case},
        name="meeting",
    )
    idea, section_504 = map(at_determination, (cast.idea, cast.section_504))
    sources = [
        cast.medical_source(),
        *(
            {
                "kind": kind,
                "assessment_id": cast.assessments[kind],
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
    walk.owed(cast.case, {"section_504_decision": "open", "notice_of_determination": "open"})
    walk.page.prose(
        "Section 504 asks another question: whether the impairment substantially limits a "
        "major life activity. It does, and the diagnosis now stands beside other sources."
    )
    walk.patch(section_504, met, {"outcome": "eligible"})
    walk.step(section_504, "finalize")
    walk.get(section_504, {"framework": "section_504", "status": "final", "outcome": "eligible"})
    day = walk.on("2027-01-15")
    walk.page.prose(
        "The parent has written notice of what was decided, a copy of the determination, and "
        "notice of their rights. With a final answer under each law in question the case is "
        "determined."
    )
    give(
        walk,
        cast,
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
    walk.patch(idea, {"copy_given_to_parent_on": day}, {"copy_given_to_parent_on": day})
    give(walk, cast, "section_504_rights", day)
    walk.step(cast.at_case, "determine")
    walk.get(cast.at_case, {"status": "determined", "closed_on": day})


def show_what_was_owed(walk: Walker, cast: Cast) -> None:
    """7. Each deadline with its working, the evaluation clock day by day."""
    walk.page.heading("7. Every deadline on the way, with its working")
    walk.page.prose("Dock's case. All was done in time; what is owed from here on is the plan.")
    items = walk.owed(cast.case, {"report_copy": "met", "section_504_plan": "open"})
    walk.check(
        [item["term"] for item in items if item["state"] != "met"] == ["section_504_plan"],
        "something in Dock's case was not met",
    )
    for item in items:
        walk.page.name(item["id"], item["term"])
    for item in items:
        working(walk, item["id"])
    clock = next(item["id"] for item in items if item["term"] == "initial_evaluation")
    walk.page.prose("The evaluation clock in full, each day with its number:")
    ledger = walk.get(f"/v1/deadlines/{clock}/ledger", {"complete": True})["items"]
    walk.page.ledger(ledger)
    counted = [day["number"] for day in ledger if day["counted"]]
    walk.check(counted == list(range(1, 61)), "the ledger does not count 60 days")
    walk.page.prose("Elder's case. The district still owes the parent an answer:")
    walk.owed(cast.other_case, {"answer_to_request": "open", "procedural_safeguards": "open"})


def working(walk: Walker, id: str) -> None:
    """A deadline with its explanation and the ends of its ledger."""
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
