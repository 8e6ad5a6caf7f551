"""Rules about notices to the parent: who is told what, and before what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from service.domain.facts import PARENTAL, PWN_CONTENTS, Case, Notice, Plan, Referral, Situation
from service.domain.policy import Policy
from service.domain.receipts import referred_or_asked
from service.domain.rules.catalogue import (
    Answer,
    depends,
    met,
    not_applicable,
    of,
    rule,
    unknown,
    unmet,
)
from service.domain.rules.plan import found
from service.domain.rules.words import day_of, iso, listed, said

PRIOR = "prior_written_notice"
SAFEGUARDS = "procedural_safeguards"
RIGHTS_504 = "section_504_rights"

ELIGIBILITY = frozenset({"identification", "eligibility"})
"""What a notice of an eligibility decision concerns."""

SERVICES = frozenset({"placement", "fape"})
"""What a notice concerns that tells of services: where and how the student is taught."""

LEAVING = ELIGIBILITY | {"placement"}
"""What a notice concerns that tells a student's services end."""


def first_received(receipts: Iterable[Referral]) -> date | None:
    """The earliest day on which any of these receipts arrived."""
    return min((r.received_on for r in receipts if r.received_on is not None), default=None)


def given(case: Case, kind: str, since: date | None = None) -> tuple[Notice, ...]:
    """Notices of this kind that the parent was given, on or after `since`."""
    return tuple(
        notice
        for notice in case.notices
        if notice.kind == kind
        and notice.issued_on is not None
        and notice.given
        and (since is None or notice.issued_on >= since)
    )


def about_evaluation(case: Case, decision: str, since: date | None = None) -> tuple[Notice, ...]:
    """Prior written notices that propose or refuse to evaluate."""
    return tuple(
        notice
        for notice in given(case, PRIOR, since)
        if notice.decision == decision and notice.concerning == "evaluation"
    )


def about_services(
    case: Case, since: date | None = None, concerning: frozenset[str] = SERVICES
) -> tuple[Notice, ...]:
    """Prior written notices that tell of services, on or after `since`."""
    return tuple(n for n in given(case, PRIOR, since) if (n.concerning or "") in concerning)


def shown(notices: Iterable[Notice]) -> tuple[dict[str, Any], ...]:
    """Notices as evidence."""
    return tuple(
        of("notice", notice.id, kind=notice.kind, issued_on=iso(notice.issued_on))
        for notice in notices
    )


@rule
def idea_pwn(s: Situation, policy: Policy) -> Answer:
    """The parent has written notice before the agency proposes or refuses (300.503(a))."""
    if s.determination is not None:
        return _of_the_determination(s, s.determination.decided_on or s.today)
    if s.plan is not None:
        return _of_the_plan(s.plan, s)
    if s.step == "decline":
        return _of_the_answer(s, "refuse", "refuses")
    if s.step == "propose-evaluation":
        return _of_the_answer(s, "propose", "proposes")
    return unknown("It is not said which step the notice is for.")


def _of_the_answer(s: Situation, decision: str, does: str) -> Answer:
    since = first_received(s.case.referrals)
    notices = about_evaluation(s.case, decision, since)
    if notices:
        day = iso(notices[-1].issued_on)
        return met(
            f"The parent was given a notice on {day} that {does} the evaluation.", *shown(notices)
        )
    return unmet(
        f"No prior written notice that {does} the evaluation has been issued"
        + (f" since the referral of {iso(since)}." if since else "."),
        *shown(n for n in s.case.notices if n.kind == PRIOR),
        remedy=f"Write a prior written notice that {does} the evaluation, with its seven "
        "contents, issue it to the parent, then take this step again.",
    )


def _of_the_determination(s: Situation, decided_on: date) -> Answer:
    notices = tuple(
        n for n in given(s.case, PRIOR, decided_on) if (n.concerning or "") in ELIGIBILITY
    )
    if notices:
        return met("The parent was given written notice of this decision.", *shown(notices))
    return unmet(
        f"The parent is owed written notice of the decision of {iso(decided_on)}, "
        "whichever way it went.",
        mode="duty",
        remedy="Issue a prior written notice concerning identification that states the decision "
        "and its reasons.",
    )


def _of_the_plan(plan: Plan, s: Situation) -> Answer:
    """Before a plan takes effect or a student is dismissed; a diploma waits for no notice."""
    if plan.kind == "services_plan":
        return not_applicable("What a services plan provides is no offer of FAPE (300.137).")
    if s.step != "end":
        return _in_time(s, plan.agreed_on, "in_effect_on", "what the plan provides", SERVICES)
    if s.details is None:
        return depends(
            "It depends on the reason, which is given with the step.",
            "Send `reason_code` with the step: why the plan ends.",
        )
    reason = s.details.get("reason_code")
    if reason not in ("dismissed", "regular_diploma", "aged_out"):
        return not_applicable("No proposal of the district ends this plan.")
    told = _in_time(s, _may_end_since(plan, s, reason), "ended_on", "that services end", LEAVING)
    return told if reason == "dismissed" or told.value == "met" else replace(told, mode="advise")


def _may_end_since(plan: Plan, s: Situation, reason: str) -> date | None:
    """From when on a notice can tell that services end; the one that proposed them did not."""
    no_longer = [
        d.decided_on
        for d in found(s.case, plan.framework, "not_eligible", final=True, elsewhere=True)
        if d.decided_on is not None
    ]
    if reason == "dismissed" and no_longer:
        return no_longer[-1]
    return None if plan.in_effect_on is None else plan.in_effect_on + timedelta(days=1)


def _in_time(
    s: Situation, since: date | None, name: str, tells: str, concerning: frozenset[str]
) -> Answer:
    """Whether the parent was told since a day, and by the day that the step is about."""
    by = day_of((s.details or {}).get(name)) or s.today
    notices = tuple(
        n
        for n in about_services(s.case, since, concerning)
        if n.decision == "propose" and n.issued_on is not None and n.issued_on <= by
    )
    if notices:
        day = iso(notices[-1].issued_on)
        return met(f"The parent was given a notice on {day} that tells {tells}.", *shown(notices))
    return unmet(
        f"No prior written notice that tells {tells} was issued by {iso(by)}"
        + (f", and since {iso(since)}." if since else "."),
        *shown(n for n in s.case.notices if n.kind == PRIOR),
        remedy=f"Write a prior written notice concerning {listed(sorted(concerning), 'or')} that "
        f"proposes it and tells {tells}; issue it to the parent, then take this step.",
    )


@rule
def idea_pwn_content(s: Situation, policy: Policy) -> Answer:
    """A prior written notice has its seven contents (300.503(b)(1)-(7))."""
    notice = s.notice
    if notice is None:
        return unknown("It is not said which notice is to be issued.")
    if notice.kind != PRIOR:
        return not_applicable("Only a prior written notice has these seven contents.")
    missing = {name: what for name, what in PWN_CONTENTS.items() if not _has(notice, name)}
    if missing:
        return unmet(
            f"The notice still lacks {listed(missing.values())}.",
            of("notice", notice.id, missing=sorted(missing)),
        )
    return met("The notice has all seven contents.", of("notice", notice.id))


def _has(notice: Notice, name: str) -> bool:
    return said(notice.contents.get(name))


def read_by(notice: Notice, case: Case) -> frozenset[str]:
    """The languages of those to whom the notice goes; of the home when nobody's is known."""
    to = {
        guardian.language
        for guardian in case.guardians
        if guardian.holds_rights and notice.guardian_id in (None, guardian.id)
    }
    spoken = {tag for tag in to if tag}
    if not spoken and case.student is not None and case.student.home_language:
        spoken = {case.student.home_language}
    return frozenset(spoken)


def unread(notice: Notice, case: Case) -> tuple[str, ...]:
    """Languages of those whom the notice is for, in which it is not written."""
    written = (notice.language or "").partition("-")[0].lower()
    return tuple(
        sorted(tag for tag in read_by(notice, case) if tag.partition("-")[0].lower() != written)
    )


def interpreted(notice: Notice) -> bool:
    """Whether it was translated orally, with written evidence that the parent understood."""
    return notice.translated_orally_on is not None and said(notice.translation_evidence)


@rule
def idea_pwn_language(s: Situation, policy: Policy) -> Answer:
    """A notice is in the parent's language, unless that is clearly not feasible (300.503(c))."""
    notice = s.notice
    if notice is None or notice.kind not in (PRIOR, SAFEGUARDS):
        return not_applicable("No notice under IDEA is in question.")
    languages = sorted(read_by(notice, s.case))
    evidence = of("notice", notice.id, language=notice.language, parents_languages=languages)
    if not said(notice.language):
        return unmet("The language that the notice is written in is not recorded.", evidence)
    if not languages:
        return unknown("Nobody has recorded which language the parent uses.", evidence)
    others = unread(notice, s.case)
    if not others:
        return met("The notice is in the parent's language.", evidence)
    if said(notice.not_feasible_because):
        return met("It is recorded why the parent's language clearly is not feasible.", evidence)
    if interpreted(notice):
        return met("The notice was translated orally, and there is written evidence.", evidence)
    return unmet(
        f"The notice is in {notice.language}, and the parent uses {listed(others)}.", evidence
    )


@rule
def idea_psn(s: Situation, policy: Policy) -> Answer:
    """The safeguards notice is given upon referral or the parent's request (300.504(a)(1))."""
    proposing = s.step == "propose-evaluation"
    referred = referred_or_asked(s.case, policy)
    if not referred and not proposing:
        return not_applicable("Nobody has referred the child for an evaluation.")
    asked = [day for day, r in referred if r is not None and r.requester in PARENTAL]
    since = min(asked or [day for day, _ in referred], default=None)
    notices = given(s.case, SAFEGUARDS, since)
    if notices:
        return met(
            f"The parent was given the procedural safeguards on {iso(notices[-1].issued_on)}.",
            *shown(notices),
        )
    whose = "the parent's request" if asked else "the referral"
    return unmet(
        "The parent has not been given the procedural safeguards notice since "
        + (f"{whose} of {iso(since)}." if since else f"{whose}."),
        *shown(n for n in s.case.notices if n.kind == SAFEGUARDS),
        mode=None if proposing else "duty",
    )
