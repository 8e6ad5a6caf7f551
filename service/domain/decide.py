"""One decision for the refusal, the explanation, the dry run and the audit record.

`decide` runs every rule of a step and never stops at the first. A step is allowed when
its lifecycle leads on from where the record stands and no finding blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.citations import Citation
from service.domain.facts import Situation
from service.domain.frameworks import NAMES
from service.domain.lifecycles import Lifecycle, Step
from service.domain.policy import Policy, Rule
from service.domain.rules import PREDICATES
from service.domain.rules.catalogue import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule found, in the shape the API shows."""

    rule_id: str
    title: str
    mode: str
    answer: str
    blocks: bool
    because: str
    evidence: tuple[Mapping[str, Any], ...] = ()
    remedy: str | None = None
    override: Mapping[str, Any] | None = None
    citations: tuple[Citation, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """JSON-ready members, in the documented order."""
        return {
            "rule_id": self.rule_id,
            "title": self.title,
            "mode": self.mode,
            "answer": self.answer,
            "blocks": self.blocks,
            "because": self.because,
            "evidence": [dict(piece) for piece in self.evidence],
            "remedy": self.remedy,
            "override": dict(self.override) if self.override is not None else None,
            "citations": [citation_json(citation) for citation in self.citations],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a step is allowed, and everything that was considered."""

    allowed: bool
    step: str
    from_: str
    to: str | None
    findings: tuple[Finding, ...]
    deadlines: tuple[Mapping[str, Any], ...] = ()
    policy: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready members, in the documented order."""
        return {
            "allowed": self.allowed,
            "step": self.step,
            "from": self.from_,
            "to": self.to,
            "findings": [finding.as_json() for finding in self.findings],
            "deadlines": [dict(deadline) for deadline in self.deadlines],
            "policy": dict(self.policy),
        }

    @property
    def blocking(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.blocks)


def decide(lifecycle: Lifecycle, name: str, status: str, s: Situation, policy: Policy) -> Decision:
    """Decide one step of a record that stands at `status`.

    Raises KeyError for a step that the lifecycle does not have at all; one that does not
    lead on from `status` is the finding LIFECYCLE.
    """
    step = lifecycle[name]
    findings = tuple(finding(rule_id, s, policy) for rule_id in step.rules)
    if s.case.joined_to_case_id is not None:
        findings = (_goes_on_elsewhere(s.case.id, s.case.joined_to_case_id), *findings)
    elif status not in step.from_:
        findings = (_not_from_here(lifecycle, step, status), *findings)
    elif (stands := _stands_already(s) or _in_effect_already(s, step)) is not None:
        findings = (stands, *findings)
    return Decision(
        allowed=not any(f.blocks for f in findings),
        step=name,
        from_=status,
        to=step.leads_to(status),
        findings=findings,
    )


def finding(rule_id: str, s: Situation, policy: Policy) -> Finding:
    """Ask one rule; KeyError when it has no card or no predicate."""
    card = policy.rule(rule_id)
    answer = _framework(card, s) or PREDICATES[rule_id](s, policy)
    mode = answer.mode or card.mode
    unmet = answer.value in ("unmet", "unknown")
    lifted = answer.override or _overridden(card, mode, answer, s)
    return Finding(
        rule_id=rule_id,
        title=card.title,
        mode=mode,
        answer=answer.value,
        blocks=mode == "require" and unmet and lifted is None,
        because=answer.because,
        evidence=answer.evidence,
        remedy=(answer.remedy or card.unblock) if unmet else None,
        override=lifted or ({"who": card.override} if _open_to(card, answer) and unmet else None),
        citations=card.citations,
    )


def _open_to(card: Rule, answer: Answer) -> bool:
    """Whether anybody may lift this answer of the rule."""
    return card.override is not None and not answer.final


def _overridden(card: Rule, mode: str, answer: Answer, s: Situation) -> Mapping[str, Any] | None:
    """Who lifts a rule that stands in the way, when somebody does and may."""
    said = s.overriding(card.id)
    if said is None or mode != "require" or answer.value != "unmet" or not _open_to(card, answer):
        return None
    return {
        "kind": "override",
        "reason": said.reason,
        "authority": said.authority,
        "staff_id": said.staff_id,
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation as the API shows it: text, link, verification mark."""
    return {
        "text": citation.text,
        "href": citation.href,
        "verification": str(citation.verification),
    }


def _framework(card: Rule, s: Situation) -> Answer | None:
    """An answer when the rule belongs to the law that is not in question."""
    moving = s.determination or s.plan
    in_question = frozenset({moving.framework}) if moving is not None else s.case.frameworks
    if card.framework == "any" or card.framework in in_question:
        return None
    name = NAMES[card.framework]
    return Answer(value="not_applicable", because=f"{name} is not in question here.")


def _lifecycle(because: str, remedy: str, **evidence: str) -> Finding:
    """The finding that a step does not lead on from where its record stands."""
    return Finding(
        rule_id="LIFECYCLE",
        title="A step leads on from where the record stands.",
        mode="require",
        answer="unmet",
        blocks=True,
        because=because,
        evidence=(evidence,),
        remedy=remedy,
    )


def _goes_on_elsewhere(case_id: str, joined_to: str) -> Finding:
    """A case that joined another has nothing left in it that could go on."""
    return _lifecycle(
        "This case has joined another, and everything in it went along.",
        f"Take the step in case {joined_to}.",
        type="case",
        id=case_id,
        joined_to_case_id=joined_to,
    )


def _not_from_here(lifecycle: Lifecycle, step: Step, status: str) -> Finding:
    return _lifecycle(
        f"The {lifecycle.record.replace('_', ' ')} is `{status}`; `{step.name}` leads on "
        f"only from {', '.join(f'`{s}`' for s in sorted(step.from_))}.",
        _leading_on(lifecycle, status),
        type=lifecycle.record,
        status=status,
    )


def _leading_on(lifecycle: Lifecycle, status: str) -> str:
    """What may be done from this status instead."""
    steps = [step.name for step in lifecycle.steps if status in step.from_]
    if not steps:
        return f"No step leads on from `{status}`; GET …/steps lists them all."
    names = ", ".join(f"`{name}`" for name in steps)
    return f"From `{status}` lead on: {names}. GET …/steps tells what each of them still needs."


def _stands_already(s: Situation) -> Finding | None:
    """A law has one final determination in a case; another takes its place by superseding it."""
    draft = s.determination
    if draft is None:
        return None
    final = next(
        (
            d
            for d in s.case.determinations
            if d.framework == draft.framework
            and d.status == "final"
            and d.id not in (draft.id, draft.supersedes_id)
        ),
        None,
    )
    if final is None:
        return None
    return _lifecycle(
        "The case has a final determination under this law already, and this draft does not "
        "supersede it.",
        f"If it takes the place of the one that stands, set `supersedes_id` to {final.id}.",
        type="eligibility_determination",
        id=final.id,
        status="final",
    )


def _in_effect_already(s: Situation, step: Step) -> Finding | None:
    """A student has one plan of a kind in effect; a version takes the place of that one."""
    plan = s.plan
    if plan is None or step.to not in ("offered", "in_effect") or s.case.continues(plan):
        return None
    standing = next(
        (p for p in s.case.plans if p.kind == plan.kind and p.status == "in_effect"), None
    )
    if standing is not None:
        return _lifecycle(
            "The student has a plan of this kind in effect, and this one does not amend it.",
            f"Draft a version of plan {standing.id}, or end that plan first.",
            type="plan",
            id=standing.id,
            status="in_effect",
        )
    if plan.amends_id is None:
        return None
    return _lifecycle(
        "The version that this one amends is not in effect any more.",
        "Withdraw this one, and draft a new plan if the student is to have one.",
        type="plan",
        id=plan.amends_id,
        status="ended",
    )
