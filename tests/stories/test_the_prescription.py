"""A physician prescribes special education: information, which is answered, and no decision."""

from __future__ import annotations

import pytest

from tests.scenarios.journey import SOURCES, Child, Json, NewPlace

SOLE = "IDEA-PHYSICIAN-NOT-SOLE"


@pytest.fixture
def sam(district_in: NewPlace) -> Child:
    """A child whose evaluation began on 2025-09-15."""
    return district_in().child().evaluated_from("2025-09-15")


@pytest.fixture
def prescription(sam: Child) -> Json:
    return sam.document("2025-09-22", "prescription", "Special education, one hour a day")


def of(prescription: Json, kind: str = "medical") -> Json:
    said = "Attention deficit; the doctor asks for special education."
    return {"kind": kind, "source_document_id": prescription["id"], "considered": said}


class TestItArrives:
    def test_it_moves_nothing_and_is_owed_an_answer(self, sam: Child, prescription: Json) -> None:
        assert sam.status == "evaluating"
        owed = sam.deadline("answer_medical_document")
        assert (owed["state"], owed["due_on"]) == ("open", None)
        assert owed["rule_id"] == "IDEA-PHYSICIAN-CONSIDER"
        assert owed["subjects"] == {"source_document_id": prescription["id"]}

    def test_talking_with_the_parent_about_it_answers(self, sam: Child, prescription: Json) -> None:
        sam.contact("2025-09-24", answers_document_id=prescription["id"])
        owed = sam.deadline("answer_medical_document")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-09-24")

    def test_it_is_never_demanded_first(self, sam: Child) -> None:
        sam.finalize(sam.idea("2025-11-10")).must_be_allowed()


class TestItIsNoDetermination:
    @pytest.mark.parametrize("kind", ["medical", "physical_condition", "other"])
    def test_alone_it_makes_nobody_eligible(
        self, sam: Child, prescription: Json, kind: str
    ) -> None:
        draft = sam.idea("2025-11-10", sources=[of(prescription, kind)])
        refused = sam.finalize(draft)
        refused.must_be_refused_by("IDEA-ELIG-SOURCES", "IDEA-EVAL-NO-SINGLE", SOLE)
        found = refused.finding(SOLE)
        assert "Every source named is medical" in found["because"]
        assert any("300.306(a)(1), (c)(1)" in citation["text"] for citation in found["citations"])
        assert "answer_medical_document" in sam.owes

    def test_two_doctors_are_still_only_doctors(self, sam: Child, prescription: Json) -> None:
        second = sam.document("2025-09-25", "medical_note", "Note from the neurologist")
        draft = sam.idea(
            "2025-11-10",
            sources=[of(prescription), of(second, "physical_condition")],
        )
        sam.finalize(draft).must_be_refused_by("IDEA-ELIG-SOURCES", SOLE)

    def test_nor_does_it_under_section_504(self, sam: Child, prescription: Json) -> None:
        draft = sam.section_504("2025-11-10", sources=[of(prescription)])
        refused = sam.finalize(draft)
        refused.must_be_refused_by("504-DIAGNOSIS-NOT-SUFFICIENT", "504-SOURCES")

    def test_beside_other_sources_it_is_considered(self, sam: Child, prescription: Json) -> None:
        draft = sam.idea("2025-11-10", sources=[of(prescription), *SOURCES])
        final = sam.finalize(draft).must_be_allowed()
        assert final.finding(SOLE)["answer"] == "met"
        owed = sam.deadline("answer_medical_document")
        assert (owed["state"], owed["met_on"]) == ("met", "2025-11-10")
