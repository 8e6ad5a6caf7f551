"""What a predicate answers, and the register of all predicates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.facts import Situation
from service.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`value` is `met`, `unmet`, `not_applicable` or `unknown`.

    `because` is one plain sentence about this case. `evidence` names the records looked
    at (`{"type": …, "id": …}` or a fact by name). `mode` softens the card's mode for this
    answer, never hardens it. `override` tells who lifted the rule, with their reason.
    `final`: nobody may lift this answer, whoever may lift others of the rule.
    `remedy` is more exact than the card's when given.
    """

    value: str
    because: str
    evidence: tuple[Mapping[str, Any], ...] = ()
    mode: str | None = None
    remedy: str | None = None
    override: Mapping[str, Any] | None = None
    final: bool = False


Predicate = Callable[[Situation, Policy], Answer]

PREDICATES: dict[str, Predicate] = {}
"""Every predicate by its rule's id."""


def rule(predicate: Predicate) -> Predicate:
    """Register a predicate under the id its name spells."""
    name = predicate.__name__.replace("s504_", "504_")
    PREDICATES[name.upper().replace("_", "-")] = predicate
    return predicate


def met(because: str, *evidence: Mapping[str, Any]) -> Answer:
    return Answer(value="met", because=because, evidence=evidence)


def unmet(
    because: str,
    *evidence: Mapping[str, Any],
    mode: str | None = None,
    remedy: str | None = None,
    override: Mapping[str, Any] | None = None,
    final: bool = False,
) -> Answer:
    return Answer(
        value="unmet",
        because=because,
        evidence=evidence,
        mode=mode,
        remedy=remedy,
        override=override,
        final=final,
    )


def not_applicable(because: str) -> Answer:
    return Answer(value="not_applicable", because=because)


def unknown(
    because: str,
    *evidence: Mapping[str, Any],
    mode: str | None = None,
    remedy: str | None = None,
) -> Answer:
    """The facts do not tell. Under `require` this blocks: nothing is guessed."""
    return Answer(value="unknown", because=because, evidence=evidence, mode=mode, remedy=remedy)


def depends(because: str, remedy: str) -> Answer:
    """The answer depends on what is said with the step, and nothing was said yet."""
    return Answer(value="unknown", because=because, mode="advise", remedy=remedy)


def of(kind: str, id: str, /, **facts: Any) -> dict[str, Any]:
    """One piece of evidence: a record by type and id, with the facts that mattered."""
    return {"type": kind, "id": id, **facts}
