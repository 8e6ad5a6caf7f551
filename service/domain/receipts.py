"""What a receipt is in law: a request for an evaluation, a referral of the child, or neither."""

from __future__ import annotations

from datetime import date

from service.domain.facts import PARENTAL, Case, Referral
from service.domain.policy import Policy, RequestSource


def is_request(receipt: Referral, case: Case, policy: Policy) -> bool:
    """Whether the law treats this receipt as a request for an evaluation.

    A parent's always; of a student who is served also a teacher's, and another of the district's
    staff finds for it that the needs warrant one (300.303(a)).
    """
    by_staff = case.path == "reevaluation" and receipt.requester == "staff"
    by_others = by_staff or request_source(receipt, case, policy) is not None
    return receipt.requester in PARENTAL or by_others


def request_source(receipt: Referral, case: Case, policy: Policy) -> RequestSource | None:
    """The state's reason to take a referral from somebody beside a parent as a request."""
    day = receipt.received_on
    age = case.student.age_on(day) if case.student is not None and day is not None else None
    return policy.treats_as_request(receipt.requester, age)


def requests(case: Case, policy: Policy) -> tuple[Referral, ...]:
    """The receipts that are requests, whoever made them."""
    return tuple(receipt for receipt in case.referrals if is_request(receipt, case, policy))


def refers(receipt: Referral, case: Case, policy: Policy) -> bool:
    """Whether this receipt refers the child for an evaluation, whoever made it.

    What only a screening raised does not: screening is no evaluation and asks for none
    (300.302), unless the state treats even that as a request.
    """
    return not receipt.from_screening or is_request(receipt, case, policy)


def referred_or_asked(case: Case, policy: Policy) -> tuple[tuple[date, Referral | None], ...]:
    """Upon what the safeguards notice is given: the initial referral, each parent's request.

    300.504(a)(1). The day, and the receipt; None where the initial referral is the school's own
    request (the step), because no receipt referred the child before it. A student who is served
    was referred long ago.
    """
    known = [(r.received_on, r) for r in case.referrals if r.received_on is not None]
    if case.path == "reevaluation":
        return tuple((day, r) for day, r in known if r.requester in PARENTAL)
    initial: list[tuple[date, Referral | None]] = [
        *((day, r) for day, r in known if refers(r, case, policy)),
        *((step.taken_on, None) for step in case.steps if step.step == "request-evaluation"),
    ]
    first = min(initial, key=lambda referred: referred[0], default=None)
    asked = ((day, r) for day, r in known if r.requester in PARENTAL and (day, r) != first)
    return () if first is None else (first, *asked)
