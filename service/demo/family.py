"""What comes from a family: a parent's request, and a physician's prescription."""

from __future__ import annotations

from service.demo.cast import Cast, at_determination
from service.demo.walker import ANYTHING, Walker


def parent_asks(walk: Walker, cast: Cast) -> None:
    """3. A parent's request stands at once, whatever was tried."""
    walk.page.heading("3. A parent asks for another child: at once, and nothing comes first")
    day = walk.on("2026-11-02")
    walk.page.prose(
        "Elder's parent asks at the front office. It is a request the moment it is received. "
        "The district owes an answer in writing and the procedural safeguards notice. Nobody "
        "asks whether anything was tried in the classroom."
    )
    walk.acting(cast.staff["principal"])
    receipt = walk.post(
        "/v1/referrals",
        {
            "student_id": cast.other_student,
            "requester": "parent",
            "requester_guardian_id": cast.other_guardian,
            "received_by_staff_id": cast.staff["principal"],
            "received_on": day,
            "form": "oral",
            "documented_on": day,
            "words": "I want my daughter tested. She cannot follow what is read to her.",
            "suspected_areas": ["listening comprehension"],
        },
        {"case.status": "evaluation_requested", "warnings": []},
        name="elders_referral",
    )
    cast.other_case = receipt["case_id"]
    walk.page.name(cast.other_case, "elders_case")
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
    walk.owed(cast.other_case, {"answer_to_request": "open", "procedural_safeguards": "open"})


def physician_prescribes(walk: Walker, cast: Cast) -> None:
    """4. A prescription wants an answer, and decides nothing alone."""
    walk.page.heading("4. A physician prescribes special education")
    day = walk.on("2026-11-04")
    walk.page.prose(
        "Dock's parent brings a prescription: ADHD, and special education. It is kept and "
        "considered, and the parent is owed an answer. It decides nothing by itself."
    )
    received = walk.post(
        "/v1/source-documents",
        {
            "student_id": cast.student,
            "kind": "prescription",
            "title": "Prescription: special education for ADHD",
            "provided_by": "parent",
            "received_on": day,
            "dated_on": "2026-11-03",
        },
        {
            "case_id": cast.case,
            "deadlines.0.rule_id": "IDEA-PHYSICIAN-CONSIDER",
            "deadlines.0.title": ANYTHING,
            "deadlines.0.state": "open",
        },
        name="prescription",
    )
    cast.prescription = received["id"]
    walk.page.prose(
        "Somebody drafts a finding under each law that rests on the prescription alone. "
        "Everything else is filled in, as if a group had met. Drafting is free; making it "
        "final is not."
    )
    alone = {
        "outcome": "eligible",
        "group": cast.group(),
        "parent_participated": True,
        "sources": [cast.medical_source()],
    }
    determinations = f"{cast.at_case}/eligibility-determinations"
    cast.idea = walk.post(
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
        at_determination(cast.idea),
        "finalize",
        "IDEA-ELIG-SOURCES",
        "IDEA-EVAL-NO-SINGLE",
        "IDEA-PHYSICIAN-NOT-SOLE",
    )
    cast.section_504 = walk.post(
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
        at_determination(cast.section_504),
        "finalize",
        "504-SOURCES",
        "504-DIAGNOSIS-NOT-SUFFICIENT",
    )
    walk.page.prose("The school answers the parent about it, in plain words, and the duty is met.")
    day = walk.on("2026-11-05")
    walk.acting(cast.staff["special_educator"])
    walk.post(
        "/v1/contacts",
        {
            "student_id": cast.student,
            "guardian_id": cast.guardian,
            "staff_id": cast.staff["special_educator"],
            "occurred_on": day,
            "mode": "phone",
            "parent_words": "The doctor says she needs special education.",
            "restatement": "You worry that Dock falls behind because she cannot attend.",
            "restatement_confirmed": True,
            "positives": ["She explains what she built with great care."],
            "follow_up": "The note becomes a part of the evaluation that we propose next week.",
            "answers_document_id": cast.prescription,
        },
    )
    walk.owed(cast.case, {"answer_medical_document": "met"})
