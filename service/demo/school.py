"""What the school does of its own: it refers a child, asks too early, helps, and asks again."""

from __future__ import annotations

from service.demo.cast import Cast
from service.demo.notices import give
from service.demo.walker import ANYTHING, Walker

WEDNESDAYS = (
    "2026-09-16", "2026-09-23", "2026-09-30", "2026-10-07", "2026-10-14", "2026-10-21", "2026-10-28"
)  # fmt: skip
MEASURED = {"2026-09-16": 34, "2026-09-30": 38, "2026-10-14": 37, "2026-10-28": 40}
"""Minutes on task of an hour, by the day measured."""


def asks_too_early(walk: Walker, cast: Cast) -> None:
    """1. A teacher refers a child; the school's own request is refused, and a review opens."""
    walk.page.heading("1. A teacher refers a child, and the school asks before it has helped")
    walk.page.prose(
        "Dock's teacher is worried. The referral is recorded at once; nothing has to be there "
        "first. It is a concern of the school's own, not a request."
    )
    walk.acting(cast.staff["teacher"])
    receipt = walk.post(
        "/v1/referrals",
        {
            "student_id": cast.student,
            "requester": "staff",
            "requester_staff_id": cast.staff["teacher"],
            "received_by_staff_id": cast.staff["principal"],
            "received_on": walk.today,
            "words": "Dock loses the thread after a few minutes and reads far below her class.",
            "suspected_areas": ["attention", "reading"],
            "frameworks": ["idea", "section_504"],
        },
        {"case.status": "received", "case.frameworks": ["idea", "section_504"]},
        name="referral",
    )
    cast.case = receipt["case_id"]
    walk.page.name(cast.case, "case")
    walk.page.prose(
        "Upon the first referral, whoever made it, the parent is owed the procedural safeguards "
        "notice. It goes home the same day."
    )
    give(walk, cast, "procedural_safeguards", walk.today)
    walk.page.prose("The special educator will see to it that the case goes on.")
    walk.get(f"/v1/cases/{cast.case}", {"status": "received", "champion_staff_id": None})
    walk.patch(
        f"/v1/cases/{cast.case}",
        {"champion_staff_id": cast.staff["special_educator"]},
        {"champion_staff_id": cast.staff["special_educator"]},
    )
    walk.page.prose(
        "The school asks for an evaluation. Nothing that it tried is on record, and nobody "
        "states that a disability is suspected now, so this is refused. The refusal says what "
        "is missing, what would remedy it, and under which law."
    )
    walk.refused(cast.at_case, "request-evaluation", "STATE-PREREFERRAL-INTERVENTION")
    walk.page.prose(
        "A refusal is not the end of it: it opens a review whether the child is suspected of "
        "having a disability all the same (34 CFR 300.111), and somebody owns it."
    )
    owed = walk.owed(cast.case, {"procedural_safeguards": "met", "child_find_review": "open"})
    (review,) = (deadline for deadline in owed if deadline["term"] == "child_find_review")
    walk.page.fact("owner_staff_id", review["owner_staff_id"])
    is_owned = review["owner_staff_id"] == cast.staff["special_educator"]
    walk.check(is_owned, "the review is not its champion's")


def helps_and_asks_again(walk: Walker, cast: Cast) -> None:
    """2. Six weeks of documented intervention; the request is accepted."""
    walk.page.heading("2. Six weeks of help, documented; the school asks again")
    day = walk.on(WEDNESDAYS[0])
    made = walk.post(
        "/v1/interventions",
        {
            "student_id": cast.student,
            "title": "Check-in, check-out with short tasks",
            "area": "attention",
            "tier": 2,
            "concern": "On task 34 of 60 minutes; the class 52",
            "baseline": "34 of 60 minutes on task",
            "goal": "50 of 60 minutes on task by the end of October",
            "planned_minutes_per_week": 30,
            "provider_staff_id": cast.staff["teacher"],
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
    walk.step(cast.at_case, "request-evaluation")
    walk.get(cast.at_case, {"status": "evaluation_requested"})
    walk.owed(cast.case, {"child_find_review": "met", "section_504_safeguards": "open"})
