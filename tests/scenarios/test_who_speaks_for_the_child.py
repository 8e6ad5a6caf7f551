"""A ward, a surrogate parent, an electronic signature, a notice in Spanish, a student of age."""

from __future__ import annotations

from typing import Any

from tests.scenarios.journey import Child, Json, NewPlace, sent
from tests.scenarios.plans import ACCOMMODATIONS, drafted, found_eligible, served, step


def guardian(child: Child, **who: Any) -> Json:
    body = {"given_name": "Dana", "family_name": "Rivers", **who}
    return sent(child.api.post(f"/v1/students/{child.student_id}/guardians", body))


def a_ward(district_in: NewPlace, **more: Any) -> tuple[Child, Json]:
    """A ward of the State who lives with no parent, and for whom consent was asked."""
    child = district_in().child(ward_of_state=True, lives_with_parent=False, **more)
    child.teacher_refers("2025-09-02")
    suspicion = {"staff_id": child.place.somebody("teacher"), "statement": "I suspect ADHD."}
    child.step("2025-09-02", "request-evaluation", suspicion=suspicion).must_be_allowed()
    return child, child.proposed("2025-09-05")


class TestAWardOfTheState:
    """IDEA-CONSENT-WARD: 300.300(a)(2)."""

    def test_is_evaluated_when_no_parent_can_be_found(self, district_in: NewPlace) -> None:
        child, asked = a_ward(district_in)
        child.place.on("2025-09-12")
        tried = {"attempted_on": "2025-09-12", "mode": "letter", "result": "It came back."}
        sent(child.api.post(f"/v1/consents/{asked['id']}/attempts", tried))
        child.ordered("2025-09-22", "parent_not_found")
        started = child.step("2025-09-22", "start-evaluation").must_be_allowed()
        assert started.finding("IDEA-CONSENT-WARD")["answer"] == "met"
        assert child.due("initial_evaluation") == "2025-11-21"

    def test_waits_while_nobody_has_looked_for_the_parent(self, district_in: NewPlace) -> None:
        child, _ = a_ward(district_in)
        child.ordered("2025-09-22", "parent_not_found")
        started = child.step("2025-09-22", "start-evaluation")
        found = started.must_be_refused_by("IDEA-CONSENT-WARD")
        assert "no effort" in found["because"]

    def test_with_a_foster_parent_is_theirs_to_speak_for(self, district_in: NewPlace) -> None:
        child, asked = a_ward(district_in)
        guardian(child, relationship="foster_parent", educational_rights="confirmed")
        child.ordered("2025-09-22", "rights_terminated")
        refused = child.step("2025-09-22", "start-evaluation")
        assert "foster parent" in refused.must_be_refused_by("IDEA-CONSENT-WARD")["because"]
        child.consents("2025-09-24", asked)
        child.step("2025-09-24", "start-evaluation").must_be_allowed()

    def test_whose_judge_named_somebody_is_evaluated(self, district_in: NewPlace) -> None:
        child, asked = a_ward(district_in)
        named = guardian(child, relationship="court_appointed", appointed_on="2025-09-02")
        child.consents("2025-09-22", asked, guardian_id=named["id"])
        started = child.step("2025-09-22", "start-evaluation").must_be_allowed()
        assert started.finding("IDEA-CONSENT-WARD")["answer"] == "met"

    def test_the_exception_is_for_no_other_child(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.proposed("2025-09-05")
        child.ordered("2025-09-22", "rights_terminated")
        started = child.step("2025-09-22", "start-evaluation")
        started.must_be_refused_by("IDEA-CONSENT-WARD")


class TestASurrogateParent:
    """IDEA-SURROGATE: 300.519."""

    def test_is_appointed_within_thirty_days(self, district_in: NewPlace) -> None:
        child, _ = a_ward(district_in)
        child.place.on("2025-09-10")
        child.patched(f"/v1/students/{child.student_id}", {"surrogate_needed_on": "2025-09-10"})
        owed = child.deadline("surrogate_parent")
        assert (owed["due_on"], owed["state"]) == ("2025-10-10", "running")
        child.place.on("2025-09-24")
        guardian(child, relationship="surrogate_parent", appointed_on="2025-09-24")
        owed = child.deadline("surrogate_parent")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-09-24")

    def test_is_missed_where_the_evaluation_is_proposed(self, district_in: NewPlace) -> None:
        child = district_in().child(unaccompanied_homeless_youth=True)
        child.parent_asks("2025-09-02")
        child.told_of_evaluation("2025-09-05")
        child.asked_for_consent("2025-09-05")
        proposed = child.step("2025-09-05", "propose-evaluation").must_be_allowed()
        found = proposed.finding("IDEA-SURROGATE")
        assert (found["answer"], found["mode"], found["blocks"]) == ("unmet", "duty", False)


class TestAnElectronicSignature:
    """IDEA-ECONSENT: 300.505 and 99.30(d)."""

    def test_tells_who_signed(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        asked = child.proposed("2025-09-05")
        child.consents("2025-09-15", asked, form="electronic")
        child.step("2025-09-15", "start-evaluation").must_be_refused_by("IDEA-ECONSENT")
        shown = {"authenticated_by": "Portal sign-in and a code by phone", "approval_shown": True}
        child.patched(f"/v1/consents/{asked['id']}", shown)
        child.step("2025-09-15", "start-evaluation").must_be_allowed()


class TestANoticeInAnotherLanguage:
    """IDEA-PWN-LANGUAGE: 300.503(c)."""

    def test_is_owed_an_interpreter(self, district_in: NewPlace) -> None:
        child = district_in().child(home_language="es")
        child.parent_asks("2025-09-02")
        given = child.notice(decision="propose", concerning="evaluation")
        issued = child.issue(given, "2025-09-05").must_be_allowed()
        assert issued.finding("IDEA-PWN-LANGUAGE")["answer"] == "unmet"
        assert child.deadline("interpret_notice")["state"] == "open"
        told = {
            "translated_orally_on": "2025-09-08",
            "translation_evidence": "The interpreter's note, and the mother's signature under it.",
        }
        child.place.on("2025-09-08")
        child.patched(f"/v1/notices/{given['id']}", told)
        owed = child.deadline("interpret_notice")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-09-08")

    def test_given_again_in_theirs_owes_nothing_more(self, district_in: NewPlace) -> None:
        child = district_in().child(home_language="es")
        child.parent_asks("2025-09-02")
        child.given("2025-09-05", decision="propose", concerning="evaluation")
        child.given("2025-09-09", decision="propose", concerning="evaluation", language="es")
        assert child.deadline("interpret_notice")["met_on"] == "2025-09-09"

    def test_what_was_issued_is_still_never_changed(self, district_in: NewPlace) -> None:
        child = district_in().child(home_language="es")
        child.parent_asks("2025-09-02")
        given = child.notice(decision="propose", concerning="evaluation")
        child.issue(given, "2025-09-05")
        path = f"/v1/notices/{given['id']}"
        etag = child.api.get(path).headers["ETag"]
        changes = {"translation_evidence": "A note.", "language": "es"}
        assert child.api.patch(path, changes, etag=etag).status_code == 409


class TestAChildTaughtAtHome:
    """IDEA-HOMESCHOOL and IDEA-CONSENT-NO-LEVERAGE: no reasons about the child."""

    def test_is_not_turned_away_for_it(self, district_in: NewPlace) -> None:
        child = district_in().child(placement="home_schooled")
        child.parent_asks("2025-09-02")
        child.told_of_evaluation("2025-09-05", "refuse")
        reason = {"reason_code": "home_schooled", "reason": "She is taught at home."}
        child.step("2025-09-05", "decline", **reason).must_be_refused_by("IDEA-HOMESCHOOL")

    def test_nor_any_child_for_what_the_parent_refused(self, district_in: NewPlace) -> None:
        child = district_in().child()
        child.parent_asks("2025-09-02")
        child.told_of_evaluation("2025-09-05", "refuse")
        reason = {"reason_code": "parent_refused", "reason": "They refused counseling."}
        child.step("2025-09-05", "decline", **reason).must_be_refused_by("IDEA-CONSENT-NO-LEVERAGE")


class TestAStudentWhoComesOfAge:
    """IDEA-MAJORITY: 300.520(a)(3) and 300.320(c), in Ohio, where it is at eighteen."""

    def evaluated(self, district_in: NewPlace, born: str) -> Child:
        return district_in("us-oh").child(born=born, grade="12").evaluated_from("2025-09-15")

    def test_before_the_first_iep_is_told_on_that_birthday(self, district_in: NewPlace) -> None:
        child = self.evaluated(district_in, "2007-11-20")
        assert child.deadlines("transfer_of_rights") == []
        found_eligible(child, "2025-11-14")
        owed = child.deadline("transfer_of_rights")
        assert (owed["due_on"], owed["state"]) == ("2025-11-20", "running")
        assert [c["text"] for c in owed["citations"]] == ["34 CFR 300.520(a)(3)"]
        child.place.on("2025-11-21")
        assert child.deadline("transfer_of_rights")["overdue"] is True
        told = {"rights_transfer_told_on": "2025-11-21"}
        child.patched(f"/v1/students/{child.student_id}", told)
        assert child.deadline("transfer_of_rights")["state"] == "late"

    def test_before_the_finding_is_told_once_there_is_one(self, district_in: NewPlace) -> None:
        child = self.evaluated(district_in, "2007-10-20")
        found_eligible(child, "2025-11-14")
        owed = child.deadline("transfer_of_rights")
        assert (owed["started_on"], owed["due_on"]) == ("2025-11-14", None)
        child.place.on("2025-11-17")
        told = {"rights_transfer_told_on": "2025-11-17"}
        child.patched(f"/v1/students/{child.student_id}", told)
        assert child.deadline("transfer_of_rights")["state"] == "met"

    def test_is_told_a_year_before_where_there_is_an_iep(self, district_in: NewPlace) -> None:
        child = self.evaluated(district_in, "2008-12-20")
        served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        assert child.due("majority_notice") == "2025-12-20"
        assert child.deadlines("transfer_of_rights") == []

    def test_is_told_a_year_before_where_no_review_is_set(self, district_in: NewPlace) -> None:
        """An IEP that is reviewed before says it anew; one that nobody means to review owes it."""
        child = self.evaluated(district_in, "2011-05-04")
        plan = served(child, "2025-11-14", "2025-12-05", "2025-12-15")
        assert child.deadlines("transfer_of_rights", "majority_notice") == []
        child.place.on("2025-12-16")
        child.patched(f"/v1/plans/{plan['id']}", {"next_review_on": None})
        owed = child.deadline("majority_notice")
        assert (owed["started_on"], owed["due_on"]) == ("2028-05-04", "2028-05-04")
        assert [c["text"] for c in owed["citations"]] == ["34 CFR 300.320(c), 300.520"]
        assert child.due("transfer_of_rights") == "2029-05-04"
        child.place.on("2028-05-05")
        assert child.deadline("majority_notice")["overdue"] is True

    def test_not_eligible_is_told_nothing(self, district_in: NewPlace) -> None:
        child = self.evaluated(district_in, "2007-11-20")
        found_eligible(child, "2025-11-14", outcome="not_eligible", needs_special_education=False)
        assert child.deadlines("transfer_of_rights", "majority_notice") == []

    def test_with_a_504_plan_alone_is_owed_neither(self, district_in: NewPlace) -> None:
        child = district_in("us-oh").child(born="2007-11-20", grade="12")
        child.parent_asks("2025-09-10", frameworks=["section_504"])
        child.finalize(child.section_504("2025-10-06")).must_be_allowed()
        child.given("2025-10-06", "section_504_rights")
        plan = drafted(child, "2025-10-06", "section_504", **ACCOMMODATIONS)
        step(child, plan, "2025-10-06", "offer").must_be_allowed()
        step(child, plan, "2025-10-07", "put-in-effect").must_be_allowed()
        child.place.on("2025-11-21")
        assert child.deadlines("transfer_of_rights", "majority_notice") == []
