"""Which rules a loaded case did not meet: findings, and in its way nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from service.domain import facts
from service.domain.decide import Finding as RuleFinding
from service.domain.decide import finding
from service.domain.policy import Policy
from service.imports.history.report import Finding
from service.policies import Policies
from service.storage.cases import Case, DeadlineRow
from service.storage.notices import TO_EVALUATE
from service.storage.unit_of_work import UnitOfWork, in_district
from service.workflow import deadlines


def find(
    uow: UnitOfWork,
    policies: Policies,
    cases: Iterable[Case],
    known: Mapping[UUID, facts.Case],
    called: Mapping[UUID, str | None],
) -> Iterator[Finding]:
    """What the rules and the deadlines say of cases that were loaded; what is unmet is journaled.

    `known`: the facts of each; `called`: what each is called in its source.
    """
    touched = {case.id: case for case in cases}
    late: dict[UUID, list[Any]] = defaultdict(list)
    for one in uow.rows(_KEPT_LATE, ids=list(touched)) if touched else ():
        late[one.case_id].append(one)
    for case in touched.values():
        policy = deadlines.policy_of(uow, policies, case)
        unmet = [one for one in of(known[case.id], policy, uow.today) if one.answer == "unmet"]
        if unmet:
            uow.record("case.breach_loaded", case, findings=[one.as_json() for one in unmet])
        said: list[tuple[str | None, str]] = [(one.rule_id, one.because) for one in unmet]
        said += [
            (one.rule_id, f"{one.title}: due {one.due_on}, done {one.met_on}.")
            for one in late[case.id]
        ]
        for rule_id, because in said:
            yield Finding(
                code="breach",
                severity="warning",
                message=because,
                source_id=called.get(case.id),
                case_id=str(case.id),
                rule_id=rule_id,
            )


def of(case: facts.Case, policy: Policy, today: date) -> Iterator[RuleFinding]:
    """What the rules that a loaded history can answer find.

    Rules that look at what no history holds (members of a group, contents of a notice or a plan),
    or that many do not (notices), are not asked: that nothing is on record of it is no breach.
    """
    situation = facts.Situation(case=case, today=today)
    evaluated = any(e.report_completed_on is not None for e in case.evaluations)
    decided = [d for d in case.determinations if d.status == "final" and d.framework == "idea"]
    consents = [c for c in case.consents if c.purpose in TO_EVALUATE and c.granted]
    if (evaluated or decided) and not consents:
        yield finding("IDEA-CONSENT-EVAL", situation, policy)
    for plan in case.plans:
        if plan.case_id != case.id or plan.in_effect_on is None or plan.amends_id is not None:
            continue
        then = replace(
            situation,
            step="put-in-effect",
            plan=plan,
            today=plan.in_effect_on,
            details={"in_effect_on": plan.in_effect_on},
        )
        if plan.kind == "section_504":
            yield finding("504-EVAL-BEFORE", then, policy)
            continue
        yield finding("IDEA-EVAL-BEFORE-SERVICES", then, policy)
        served_by = [c for c in case.consents if c.purpose == "initial_services" and c.granted]
        if not served_by:
            yield finding("IDEA-CONSENT-SERVICES", then, policy)


_row = DeadlineRow
_KEPT_LATE = in_district(
    select(_row.case_id, _row.rule_id, _row.title, _row.due_on, _row.met_on)
    .where(_row.case_id.in_(bindparam("ids", expanding=True)), _row.state == "late")
    .order_by(_row.due_on, _row.id)
)
