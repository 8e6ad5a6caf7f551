"""Rules about discipline of a child who has, or may be known to have, a disability (300.534)."""

from __future__ import annotations

from typing import Any

from service.domain.discipline import (
    Ground,
    asked_during,
    before,
    disability,
    excuses,
    knew,
    knowledge,
)
from service.domain.facts import Removal, Situation
from service.domain.policy import Policy
from service.domain.rules.catalogue import Answer, met, not_applicable, of, rule, unmet
from service.domain.rules.determination import PARENT_ROLES
from service.domain.rules.words import iso, listed


def _shown(removal: Removal, *grounds: Ground) -> tuple[dict[str, Any], ...]:
    own = of(
        "disciplinary_removal",
        removal.id,
        behavior_on=iso(removal.behavior_on),
        changes_placement=removal.changes_placement,
    )
    return (own, *(of(g.type, g.id, on=iso(g.on)) for g in grounds))


@rule
def idea_disc_knowledge(s: Situation, policy: Policy) -> Answer:
    """Who has a disability, or was known to need help, has IDEA's protections (300.534(a)-(b))."""
    removal = s.removal
    if removal is None:
        return not_applicable("No disciplinary removal is in question.")
    settled = disability(s.case, removal)
    grounds = (settled,) if settled else before(knowledge(s.case, removal), removal)
    if not grounds:
        return met(
            "Nothing on record from before the behavior gives a basis of knowledge.",
            *_shown(removal),
        )
    evidence = _shown(removal, *grounds)
    if settled is None and not knew(s.case, removal):
        return met("What would give a basis of knowledge is set aside (300.534(c)).", *evidence)
    deemed = "" if settled else "the district is deemed to have known, and "
    known = (
        f"Before the behavior {listed(g.says for g in grounds)}: {deemed}the child has the "
        "protections of 300.530 to 300.536"
    )
    if removal.changes_placement is False and removal.is_manifestation is None:
        return met(
            f"{known}; the removal is no change of placement, and needs no manifestation "
            "determination.",
            *evidence,
        )
    if removal.is_manifestation is None:
        return unmet(f"{known}.", *evidence)
    roles = {"a parent": PARENT_ROLES, "the district": {"lea_representative"}}
    absent = [who for who, those in roles.items() if not those & set(removal.participants)]
    if absent:
        return unmet(
            f"{known}. The manifestation determination was made without {listed(absent)}.",
            *evidence,
            remedy="Hold it with the parent and the relevant members of the IEP team, and record "
            "who took part.",
        )
    word = "a" if removal.is_manifestation else "no"
    return met(
        f"{known}; on {iso(removal.manifestation_determined_on)} the behavior was found to be "
        f"{word} manifestation of the disability.",
        *evidence,
    )


@rule
def idea_disc_no_knowledge(s: Situation, policy: Policy) -> Answer:
    """A refusal, or a finding of no disability, takes the basis away (300.534(c))."""
    removal = s.removal
    if removal is None:
        return not_applicable("No disciplinary removal is in question.")
    every = tuple(excuses(s.case, removal))
    if not every:
        return not_applicable("Nobody refused, and no evaluation found that there is none.")
    grounds = before(excuses(s.case, removal), removal)
    if not grounds:
        return unmet(
            f"Only after the behavior {listed(g.says for g in every)}; that takes nothing away.",
            *_shown(removal, *every),
        )
    return met(
        f"Before the behavior {listed(g.says for g in grounds)}: there is no basis of knowledge.",
        *_shown(removal, *grounds),
    )


@rule
def idea_disc_expedited(s: Situation, policy: Policy) -> Answer:
    """An evaluation asked for in a removal is expedited (300.534(d)(2))."""
    removal = asked_during(s.case)
    if removal is None:
        return not_applicable("No evaluation was asked for while the child was removed.")
    if knew(s.case, removal):
        return not_applicable("The district is deemed to have known: IDEA's protections apply.")
    evidence = _shown(removal)
    if s.case.evaluation is not None and s.case.evaluation.report_completed_on is not None:
        return met("The evaluation that was asked for in the removal is complete.", *evidence)
    return unmet(
        "The evaluation was asked for while the child is under discipline: it is expedited. Until "
        "its result the child stays where the school placed them, which may be out of school.",
        *evidence,
    )
