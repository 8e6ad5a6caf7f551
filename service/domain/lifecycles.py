"""The life of each record, as tables that a school person can read.

A step leads from some statuses to one; it names the event it leaves in the journal
and the rules it runs, by their ids. Receiving is not here: it is never refused, and
its rules (`RECEIPT`) only advise and open duties. Status is text checked by these
tables, so that a new step needs no migration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `name` in URLs, `event` in the journal, `rules` in the order shown.

    `to`: the status it leads to; without one the record stays where it stands. `closes`: the
    record is no longer open afterwards. `opens_review`: a refusal opens a child-find review with
    an owner. `serves`: the term whose deadline it helps meet.
    """

    name: str
    from_: frozenset[str]
    to: str
    event: str
    rules: tuple[str, ...]
    says: str
    closes: bool = False
    opens_review: bool = False
    serves: str | None = None

    def leads_to(self, status: str) -> str:
        """Where a record that stands at `status` is after it."""
        return self.to or status


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All steps of one kind of record."""

    record: str
    initial: frozenset[str]
    steps: tuple[Step, ...]

    def __getitem__(self, name: str) -> Step:
        """The step of this name; KeyError when there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(step.name for step in self.steps)

    @property
    def statuses(self) -> tuple[str, ...]:
        """Every status in the order the table first names it."""
        seen = dict.fromkeys(sorted(self.initial))
        for step in self.steps:
            seen.update(dict.fromkeys([*sorted(step.from_), *filter(None, [step.to])]))
        return tuple(seen)


def _step(
    name: str,
    from_: str,
    to: str,
    event: str,
    rules: str = "",
    *,
    says: str,
    closes: bool = False,
    opens_review: bool = False,
    serves: str | None = None,
) -> Step:
    return Step(
        name=name,
        from_=frozenset(from_.replace(",", " ").split()),
        to=to,
        event=event,
        rules=tuple(rules.split()),
        says=says,
        closes=closes,
        opens_review=opens_review,
        serves=serves,
    )


RECEIPT = (
    "IDEA-REQUEST-WHO",
    "IDEA-SCREENING-NOT-EVAL",
    "IDEA-REQUEST-DECIDE",
    "IDEA-PSN",
    "IDEA-PHYSICIAN-CONSIDER",
    "IDEA-AFTER-REVOCATION",
    "IDEA-REEVAL-TRIGGER",
    "IDEA-REEVAL-1Y",
    "IDEA-DISC-EXPEDITED",
)
"""Rules that look at a receipt. None of them can refuse it."""

REMOVAL = ("IDEA-DISC-KNOWLEDGE", "IDEA-DISC-NO-KNOWLEDGE")
"""Rules that look at a disciplinary removal. None of them can refuse to record it."""

# fmt: off
CASE = Lifecycle(
    record="case",
    initial=frozenset({"received", "evaluation_requested"}),
    steps=(
        _step("request-evaluation", "received", "evaluation_requested", "case.evaluation_requested",
              "STATE-PREREFERRAL-INTERVENTION",
              says="The school asks for an evaluation.", opens_review=True),
        _step("close", "received", "closed", "case.closed",
              "IDEA-REQUEST-NO-RTI-BLOCK IDEA-CEIS-NO-DELAY IDEA-CHILD-FIND-SUSPECT "
              "IDEA-PRIV-CHILDFIND IDEA-HOMESCHOOL IDEA-CONSENT-NO-LEVERAGE 504-CHILDFIND "
              "504-EVAL-BEFORE 504-MLA IDEA-REQUEST-DECIDE",
              says="No disability is suspected; the parent has been told.", closes=True),
        _step("withdraw", "received, evaluation_requested, consent_requested", "withdrawn",
              "case.withdrawn", "IDEA-REQUEST-DECIDE",
              says="Whoever asked takes the request back.", closes=True),
        _step("transfer-out", "received, evaluation_requested, consent_requested, "
              "consent_unanswered, consent_refused, evaluating, evaluated",
              "transferred_out", "case.transferred_out",
              "POLICY-TRANSFER-OUT POLICY-TRANSFER-RECORDS",
              says="The child has left the district.", closes=True),
        _step("decline", "received, evaluation_requested", "declined", "case.declined",
              "IDEA-PWN IDEA-REQUEST-NO-RTI-BLOCK IDEA-CEIS-NO-DELAY IDEA-CHILD-FIND-SUSPECT "
              "IDEA-PRIV-CHILDFIND IDEA-HOMESCHOOL IDEA-CONSENT-NO-LEVERAGE IDEA-REEVAL-TRIGGER "
              "IDEA-REEVAL-1Y 504-CHILDFIND 504-EVAL-BEFORE 504-MLA 504-SAFEGUARDS",
              says="The district refuses to evaluate, with its notice.", closes=True,
              serves="answer_to_request"),
        _step("propose-evaluation", "evaluation_requested", "consent_requested",
              "case.evaluation_proposed",
              "IDEA-PWN IDEA-PSN IDEA-REEVAL-1Y IDEA-SURROGATE 504-SAFEGUARDS",
              says="The district proposes to evaluate and asks for consent.",
              serves="answer_to_request"),
        _step("record-refusal", "consent_requested, consent_unanswered, evaluating",
              "consent_refused", "case.consent_refused",
              "IDEA-CONSENT-REFUSED-EVAL 504-EVAL-BEFORE",
              says="The parent refused consent to evaluate, or revoked it."),
        _step("mark-unanswered", "consent_requested", "consent_unanswered",
              "case.consent_unanswered", "IDEA-CONSENT-EFFORTS",
              says="The parent did not answer; the efforts are logged."),
        _step("start-evaluation", "consent_requested, consent_refused, consent_unanswered",
              "evaluating", "case.evaluation_started",
              "IDEA-CONSENT-DEF IDEA-CONSENT-EVAL IDEA-CONSENT-EVAL-NOT-SERVICES "
              "IDEA-CONSENT-REFUSED-EVAL IDEA-CONSENT-REEVAL IDEA-CONSENT-WARD "
              "IDEA-CONSENT-REFUSED-PRIVATE IDEA-ECONSENT IDEA-MAJORITY 504-CONSENT",
              says="The evaluation begins, with consent.", serves="initial_evaluation"),
        _step("seek-override", "consent_refused, consent_unanswered, determined", "",
              "case.override_sought",
              "IDEA-CONSENT-REFUSED-EVAL IDEA-CONSENT-REEVAL IDEA-CONSENT-REFUSED-PRIVATE "
              "IDEA-CONSENT-SERVICES-NO-OVERRIDE",
              says="The district seeks an order, or an agreement in mediation, in place of "
              "consent."),
        _step("extend-evaluation", "evaluating", "evaluating", "case.evaluation_extended",
              "IDEA-EVAL-CLOCK-EXC-SLD",
              says="A later date is agreed in writing, or granted, as the law allows."),
        _step("agree-transfer-date", "evaluating", "evaluating", "case.transfer_date_agreed",
              "IDEA-EVAL-CLOCK-EXC-TRANSFER",
              says="The parent of a child who moved here meanwhile agrees to a date."),
        _step("excuse-not-produced", "evaluating", "evaluating", "case.evaluation_excused",
              "IDEA-EVAL-CLOCK-EXC-PRODUCE",
              says="The parent repeatedly failed or refused to produce the child."),
        _step("complete-evaluation", "evaluating", "evaluated", "case.evaluation_completed",
              "IDEA-REED IDEA-REED-NO-DATA IDEA-EVAL-ALL-AREAS IDEA-EVAL-COMPREHENSIVE "
              "IDEA-EVAL-LANGUAGE IDEA-EVAL-QUALIFIED IDEA-EVAL-SOUND IDEA-EVAL-VARIETY "
              "IDEA-EVAL-CLOCK",
              says="Every area is assessed and the report is complete.",
              serves="initial_evaluation"),
        _step("determine", "evaluated", "determined", "case.determined",
              "IDEA-CHILD-FIND 504-VS-IDEA",
              says="Every framework in question has its final determination.", closes=True,
              serves="initial_evaluation"),
    ),
)

NOTICE = Lifecycle(
    record="notice",
    initial=frozenset({"draft"}),
    steps=(
        _step("issue", "draft", "issued", "notice.issued", "IDEA-PWN-CONTENT IDEA-PWN-LANGUAGE",
              says="The notice is given to the parent."),
    ),
)

DETERMINATION = Lifecycle(
    record="eligibility_determination",
    initial=frozenset({"draft"}),
    steps=(
        _step("finalize", "draft", "final", "eligibility_determination.finalized",
              "POLICY-EVALUATED-FIRST IDEA-ELIG-GROUP POLICY-GROUP-ROLES IDEA-ELIG-TWO-PRONG "
              "IDEA-NO-LABEL-NEEDED "
              "IDEA-ELIG-RELATED-ONLY IDEA-ELIG-DETERMINANT "
              "IDEA-ELIG-SOURCES IDEA-EVAL-NO-SINGLE IDEA-PHYSICIAN-NOT-SOLE IDEA-EVAL-SCOPE "
              "IDEA-DD IDEA-AGE STATE-PRESCHOOL-CRITERIA POLICY-COVERAGE "
              "IDEA-SLD-GROUP IDEA-SLD-CRITERIA IDEA-SLD-ACHIEVE IDEA-SLD-RTI-OR-PSW "
              "IDEA-SLD-EXCLUDE IDEA-SLD-INSTRUCTION IDEA-SLD-REPEATED IDEA-SLD-OBSERVE "
              "IDEA-SLD-REPORT IDEA-SLD-CERTIFY IDEA-PWN IDEA-REPORT-COPY "
              "504-DEFINITION 504-MLA 504-MITIGATING 504-EPISODIC 504-SOURCES "
              "504-DIAGNOSIS-NOT-SUFFICIENT 504-DIAGNOSIS-NOT-REQUIRED 504-SAFEGUARDS "
              "504-VS-IDEA",
              says="The group's determination becomes final and is never changed.",
              serves="initial_evaluation"),
    ),
)

PLAN = Lifecycle(
    record="plan",
    initial=frozenset({"draft"}),
    steps=(
        _step("offer", "draft", "offered", "plan.offered",
              "IDEA-PRIV-SERVICES IDEA-EVAL-BEFORE-SERVICES IDEA-AFTER-REVOCATION IDEA-IEP-TEAM "
              "IDEA-IEP-EXCUSE IDEA-ACCESS-45 IDEA-IEP-CONTENT IDEA-MAJORITY 504-EVAL-BEFORE "
              "504-FAPE",
              says="The parent is given the proposed plan.", serves="develop_iep"),
        _step("put-in-effect", "offered", "in_effect", "plan.put_in_effect",
              "IDEA-PRIV-SERVICES IDEA-EVAL-BEFORE-SERVICES IDEA-AFTER-REVOCATION IDEA-PWN "
              "IDEA-CONSENT-SERVICES IDEA-IEP-TEAM IDEA-IEP-EXCUSE IDEA-IEP-CONTENT IDEA-MAJORITY "
              "IDEA-IEP-ACCESS 504-EVAL-BEFORE 504-FAPE 504-SAFEGUARDS 504-REEVAL",
              says="The plan takes effect; the version it amends makes way for it.",
              serves="put_iep_in_effect"),
        _step("withdraw", "draft, offered", "withdrawn", "plan.withdrawn",
              "IDEA-CONSENT-SERVICES-NO-OVERRIDE",
              says="The plan is taken back before it took effect."),
        _step("end", "in_effect", "ended", "plan.ended",
              "IDEA-EVAL-BEFORE-EXIT IDEA-PWN IDEA-CONSENT-REVOKED IDEA-SOP IDEA-AGE "
              "504-EVAL-BEFORE",
              says="The student leaves the plan, for a reason."),
    ),
)

INDEPENDENT_EVALUATION_REQUEST = Lifecycle(
    record="independent_evaluation_request",
    initial=frozenset({"requested"}),
    steps=(
        _step("provide", "requested", "provided", "independent_evaluation_request.provided",
              "IDEA-IEE",
              says="The district provides the independent evaluation at public expense."),
        _step("defend", "requested", "defended", "independent_evaluation_request.defended",
              "IDEA-IEE",
              says="The district has filed a due process complaint to show that its own is "
              "appropriate."),
        _step("decline", "requested", "declined", "independent_evaluation_request.declined",
              "IDEA-IEE",
              says="None is due at public expense: there is no evaluation to disagree with yet, "
              "or one was provided after it."),
        _step("withdraw", "requested", "withdrawn", "independent_evaluation_request.withdrawn",
              says="The parent takes the request back."),
    ),
)
CHILD_FIND_FLAG = Lifecycle(
    record="child_find_flag",
    initial=frozenset({"open"}),
    steps=(
        _step("dismiss", "open, dismissed", "dismissed", "child_find_flag.dismissed",
              "IDEA-REQUEST-NO-RTI-BLOCK IDEA-CHILD-FIND-SUSPECT",
              says="Somebody looked and gives the reason, and the day to look again."),
    ),
)
"""What clears a flag is no step: something was decided, or what raised it is no longer so."""
# fmt: on

LIFECYCLES = {
    life.record: life
    for life in (
        CASE,
        NOTICE,
        DETERMINATION,
        PLAN,
        INDEPENDENT_EVALUATION_REQUEST,
        CHILD_FIND_FLAG,
    )
}


def steps_asking(rule_id: str) -> Iterator[tuple[str, str]]:
    """The steps that ask a rule, as record and step; the order of steps guards every step."""
    if rule_id in RECEIPT:
        yield "referral", "receipt"
    if rule_id in REMOVAL:
        yield "disciplinary_removal", "record"
    for life in LIFECYCLES.values():
        for step in life.steps:
            if rule_id in step.rules or rule_id == "LIFECYCLE":
                yield life.record, step.name
