"""What a predicate may answer, and under which id it is found."""

from __future__ import annotations

from service.domain.rules import PREDICATES
from service.domain.rules.catalogue import (
    Answer,
    depends,
    met,
    not_applicable,
    of,
    unknown,
    unmet,
)

NOTICE = {"type": "notice", "id": "one", "issued_on": "2025-09-10"}


def test_each_answer_keeps_what_it_was_given() -> None:
    assert met("So.", NOTICE) == Answer(value="met", because="So.", evidence=(NOTICE,))
    assert unmet("So.", NOTICE) == Answer(value="unmet", because="So.", evidence=(NOTICE,))
    lifted = {"kind": "bypass"}
    more = unmet("So.", mode="advise", remedy="Do.", override=lifted, final=True)
    assert (more.mode, more.remedy, more.override, more.final) == ("advise", "Do.", lifted, True)
    open_ = unknown("So.", NOTICE, mode="duty", remedy="Do.")
    assert (open_.value, open_.because, open_.evidence) == ("unknown", "So.", (NOTICE,))
    assert (open_.mode, open_.remedy) == ("duty", "Do.")
    assert not_applicable("So.") == Answer(value="not_applicable", because="So.")
    assert depends("So.", "Send it.") == Answer(
        value="unknown", because="So.", mode="advise", remedy="Send it."
    )


def test_a_record_is_named_by_its_type_and_id_and_what_mattered() -> None:
    assert of("notice", "one", issued_on="2025-09-10") == NOTICE


def test_a_predicate_is_found_under_the_id_that_its_name_spells() -> None:
    assert PREDICATES["504-EVAL-BEFORE"].__name__ == "s504_eval_before"
    assert PREDICATES["IDEA-PWN"].__name__ == "idea_pwn"
