"""An example for every body that is sent or answered, made from what its schema says.

A member's own `example` comes first, then that of the same member where it is sent, then its only
words, then what its name or format calls for. What is sent shows the members that are required and
those with an example of their own: a body to start from. What is answered shows every member.
Bodies that only make sense as a whole are written out in `WHOLE`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid5

Json = dict[str, Any]

IDS = UUID("01936f1e-8a00-7000-8000-000000000000")
"""From which an example id is made for each noun, so that one record has one id everywhere."""

BY_NAME: Mapping[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNmYxZSJ9.c2ln",
    "areas": ["reading"],
    "assessor_name": None,
    "basis": "federal_default",
    "below_age": 22,
    "case": f"/v1/cases/{UUID(int=IDS.int + 7)}",
    "breach": False,
    "breach_because": None,
    "child_described": None,
    "closed_on": None,
    "decision": None,
    "ended_on": "2026-10-30",
    "evidence": None,
    "fidelity_percent": 92.5,
    "federal_code": "SLD",
    "flagged": None,
    "framework": "idea",
    "from_status": "evaluation_requested",
    "identifier": None,
    "initial": ["received", "evaluation_requested"],
    "joined_to_case_id": None,
    "kept": {},
    "match": None,
    "media_type": "application/pdf",
    "middle_name": None,
    "min_age": 3,
    "minutes": 30,
    "name": "Childfind",
    "needs": [],
    "next_cursor": None,
    "no_data_needed_on": None,
    "not_cover": ["Annual review, re-evaluation and transfer"],
    "not_covered": None,
    "note": None,
    "opens": "Read the district's students and their guardians.",
    "outcome": None,
    "outcome_note": None,
    "policy_version": "us-wi 2026-11-23 over us 2026-11-23",
    "parent_sourced_id": None,
    "parent_words": "He cries over his homework.",
    "phone": None,
    "preferred_family_name": None,
    "preferred_given_name": None,
    "rationale": None,
    "reason_codes": [],
    "record_type": "referrals",
    "request_id": "3f0c9a5e7d21",
    "requester": "physician",
    "requester_name": None,
    "restatement": "You worry that he will give up.",
    "revoked_on": None,
    "rights_note": None,
    "says": "The evaluation begins, with consent.",
    "sha256": None,
    "sourced_id": "st-104233",
    "scope": "schools:read students:read",
    "scopes": ["cases:read"],
    "services": ["speech_language"],
    "set_by_district": ["min_weeks"],
    "sld": None,
    "statement": None,
    "statuses": ["received", "evaluation_requested", "closed"],
    "sorts": ["opened_on", "updated_at"],
    "steps": f"/v1/referrals/{UUID(int=IDS.int + 7)}/steps",
    "summary": "Reads at the 4th percentile for his age.",
    "supersedes_id": None,
    "suspicion_statement": None,
    "title": "The parent has the procedural safeguards notice.",
    "to_status": "consent_requested",
    "version": "us 2026-11-23",
    "warnings": [],
}
"""Members of answers whose name says more than their schema."""

GROUP = [
    {"role": "school_psychologist", "name": "Ana Rivera"},
    {"role": "special_educator", "name": "Lee Park"},
    {"role": "parent", "name": "Dana Rivers"},
]
SOURCES = [
    {"kind": "achievement_test", "considered": "Reads at the 4th percentile for his age."},
    {"kind": "parent_input", "considered": "Tires after one page, and avoids reading at home."},
]
CITATION = {
    "text": "34 CFR 300.504(a)(1)",
    "href": "https://www.ecfr.gov/current/title-34/section-300.504",
    "verification": "R",
}
FINDING = {
    "rule_id": "IDEA-PSN",
    "title": "The parent has the procedural safeguards notice.",
    "mode": "require",
    "answer": "met",
    "blocks": False,
    "because": "The parent was given the procedural safeguards on 2026-09-11.",
    "evidence": [
        {
            "type": "notice",
            "id": "01936f1e-8a00-7000-8000-000000000011",
            "kind": "procedural_safeguards",
            "issued_on": "2026-09-11",
        }
    ],
    "remedy": None,
    "override": None,
    "citations": [CITATION],
}
OWED = {
    "id": "01936f1e-8a00-7000-8000-000000000021",
    "term": "procedural_safeguards",
    "title": "Give the parent the procedural safeguards notice",
    "rule_id": "IDEA-PSN",
    "state": "open",
    "started_on": "2026-09-10",
    "due_on": None,
    "provisional": False,
    "basis": "federal_default",
    "verification": "R",
}
POLICY = {
    "jurisdiction": "us-mt",
    "title": "US-MT (federal default)",
    "basis": "federal_default",
    "version": "us 2026-11-23",
}
CLOCK = {
    "id": "01936f1e-8a00-7000-8000-000000000022",
    "case_id": "01936f1e-8a00-7000-8000-000000000002",
    "student_id": "01936f1e-8a00-7000-8000-000000000001",
    "school_id": None,
    "owner_staff_id": "01936f1e-8a00-7000-8000-000000000003",
    "term": "initial_evaluation",
    "kind": "clock",
    "title": "Complete the initial evaluation",
    "rule_id": "IDEA-EVAL-CLOCK",
    "started_on": "2026-09-15",
    "due_on": "2026-11-14",
    "met_on": None,
    "overdue": False,
    "provisional": False,
    "basis": "federal_default",
    "verification": "R",
    "needs": [],
    "subjects": {"consent_id": "01936f1e-8a00-7000-8000-000000000004"},
    "citations": [
        {
            "text": "34 CFR 300.301(c)(1)",
            "href": "https://www.ecfr.gov/current/title-34/section-300.301",
            "verification": "R",
        }
    ],
    "state": "running",
}
WORKING = (
    "60 calendar days from 2026-09-15 (consent received), which is not itself counted. Due on "
    "Saturday 2026-11-14."
)
TEXAS = {
    "text": "19 TAC 89.1011",
    "href": "https://regulations.justia.com/states/texas/title-19/part-2/chapter-89/subchapter-aa/"
    "division-2/section-89-1011",
    "verification": "R",
}
WHOLE: Mapping[str, Json] = {
    "Citation": CITATION,
    "Finding": FINDING,
    "Owed": OWED,
    "DecisionDeadline": OWED | {"state": "met"},
    "DecisionPolicy": POLICY,
    "Decision": {
        "allowed": True,
        "step": "propose-evaluation",
        "from": "evaluation_requested",
        "to": "consent_requested",
        "findings": [FINDING],
        "deadlines": [OWED | {"state": "met"}],
        "policy": POLICY,
    },
    "Deadline": CLOCK,
    "DeadlineInFull": CLOCK
    | {
        "days_left": 39,
        "count": 60,
        "unit": "calendar_day",
        "days_counted": 21,
        "last_working_day_on_or_before": "2026-11-13",
        "explanation": WORKING,
        "adjustments": [],
        "periods": [],
        "paused": [],
        "extension": None,
        "exception": None,
        "reason": None,
    },
    "Ledger": {
        "deadline_id": CLOCK["id"],
        "title": CLOCK["title"],
        "started_on": "2026-09-15",
        "due_on": "2026-11-14",
        "needs": [],
        "explanation": WORKING,
        "items": [
            {
                "day": "2026-09-15",
                "counted": False,
                "number": None,
                "why": "day zero: the day of the start (consent received) is not counted",
                "rule_id": "POLICY-DAY-ZERO",
                "citation": {
                    "text": "a setting of the district: the regulations are silent",
                    "href": None,
                    "verification": "U",
                },
            },
            {
                "day": "2026-09-16",
                "counted": True,
                "number": 1,
                "why": "calendar day",
                "rule_id": "IDEA-DAY",
                "citation": {
                    "text": "34 CFR 300.11(a)",
                    "href": "https://www.ecfr.gov/current/title-34/section-300.11",
                    "verification": "R/p",
                },
            },
        ],
        "complete": True,
    },
    "Rule": {
        "id": "IDEA-PSN",
        "title": FINDING["title"],
        "why": "The notice tells parents their rights.",
        "mode": "require",
        "framework": "idea",
        "unblock": "Give the parent the procedural safeguards notice and record the day.",
        "override": None,
        "steps": [{"record": "case", "step": "propose-evaluation"}],
        "terms": ["procedural_safeguards"],
        "setting": {},
        "citations": [CITATION],
    },
    "Term": {
        "id": "initial_evaluation",
        "title": "Complete the initial evaluation",
        "rule_id": "IDEA-EVAL-CLOCK",
    },
    "TermValue": {
        "from": "2006-10-13",
        "until": None,
        "count": 60,
        "years": None,
        "unit": "calendar_day",
        "pauses": None,
        "absences": None,
        "year_end": None,
        "if_school_out": None,
        "basis": "federal_default",
        "starts": "consent_received",
        "stops": "evaluation_completed",
        "or_sooner": [],
        "instead": [],
        "excludes": [],
        "citations": CLOCK["citations"],
    },
    "CategoryValue": {
        "title": "Other health impairment",
        "federal_code": "OHI",
        "min_age": None,
        "below_age": None,
        "through_grade": None,
        "required_roles": [],
        "reevaluation": None,
    },
    "RuleInForce": {
        "rule_id": "STATE-PREREFERRAL-INTERVENTION",
        "title": "The school's own request comes after documented intervention, or says why not "
        "to wait.",
        "mode": "require",
        "framework": "idea",
        "setting": {"mode": "document_only"},
        "note": None,
        "citations": [TEXAS],
    },
    "LifecycleStep": {
        "name": "start-evaluation",
        "says": "The evaluation begins, with consent.",
        "from": ["consent_requested", "consent_refused", "consent_unanswered"],
        "to": "evaluating",
        "closes": False,
        "rules": ["IDEA-CONSENT-DEF", "IDEA-CONSENT-EVAL"],
    },
    "NewNotice": {
        "kind": "prior_written_notice",
        "decision": "propose",
        "concerning": "evaluation",
        "language": "en",
        "delivery": "letter",
        "contents": {
            "action": "We propose to evaluate Sam in reading and attention.",
            "reason": "Eight weeks of support brought too little.",
            "basis": "The record of the support, his classwork, and the reading screener.",
            "safeguards_statement": "You have procedural safeguards; a copy comes with this "
            "notice.",
            "sources_of_help": "The parent centre of your state: help@example.org.",
            "options_considered": "More classroom support alone; rejected because it was not "
            "enough.",
            "other_factors": "There are none.",
        },
    },
    "NewConsent": {
        "purpose": "initial_evaluation",
        "requested_on": "2026-09-11",
        "activity": "Tests of reading, language and attention at school.",
        "language": "en",
    },
    "ConsentChange": {
        "answer": "granted",
        "form": "written",
        "signed_by": "Dana Rivers",
        "signed_on": "2026-09-14",
        "received_on": "2026-09-15",
    },
    "EvaluationChange": {"report_completed_on": "2026-11-10"},
    "NewDetermination": {
        "framework": "idea",
        "outcome": "eligible",
        "decided_on": "2026-11-12",
        "group": GROUP,
        "parent_participated": True,
        "sources": SOURCES,
        "disability_present": True,
        "category": "OHI",
        "needs_special_education": True,
        "related_service_only": False,
        "determinants": {"reading": False, "math": False, "limited_english": False},
        "needs": [
            {
                "area": "reading",
                "instruction_gave": "Reads 38 words a minute after a year of the core programme.",
                "intervention_gave": "From 31 to 38 words in eight weeks; the goal was 60.",
                "evidence": ["Progress measures of September and October"],
                "why_specially_designed": "He needs explicit phonics that the class does not give.",
            }
        ],
    },
    "SchoolChange": {"name": "Lincoln Elementary"},
    "ReferralChange": {"language": "es", "parent_informed": True},
    "AssessmentChange": {"summary": "Reads at the 4th percentile for his age."},
    "DeterminationChange": {
        "outcome": "not_eligible",
        "needs_special_education": False,
        "rationale": "A disability, and no need for specially designed instruction because of it.",
    },
    "CloseDetails": {
        "reason_code": "no_suspected_disability",
        "reason": "He was absent for a month and has caught up since; his mother was told.",
    },
    "DeclineDetails": {
        "reason_code": "no_suspected_disability",
        "reason": "Screening, classwork and the observation show no sign of a disability.",
    },
    "TransferOutDetails": {
        "last_enrolled_on": "2026-10-16",
        "destination": "public_agency",
        "receiving_agency": "Elm County Schools",
        "enrolled_elsewhere_on": "2026-10-19",
        "told_by": "The registrar of Elm County Schools, by telephone.",
        "records_sent_on": "2026-10-20",
    },
    "WithdrawDetails": {"withdrawn_by": "parent", "reason": "They are moving to another state."},
    "ExtendDetails": {
        "agreed_on": "2026-11-05",
        "new_due_on": "2026-12-12",
        "parent_signed": True,
        "group_signed": True,
    },
    "TransferDetails": {
        "agreed_on": "2026-11-06",
        "new_due_on": "2026-12-05",
        "parent_agreed": True,
        "progress": "Reading and language are assessed; hearing is to follow next week.",
    },
    "ExcuseDetails": {
        "attempts": [
            {"attempted_on": "2026-09-28", "what_happened": "Nobody came; a letter went home."},
            {"attempted_on": "2026-10-06", "what_happened": "The parent cancelled that morning."},
        ]
    },
    "RequestEvaluationDetails": {
        "suspicion": {"statement": "I suspect a reading disability; he cannot segment sounds."}
    },
}
"""Bodies that only make sense as a whole, by the name of their schema."""

BY_FORMAT: Mapping[str, Any] = {
    "date": "2026-09-15",
    "date-time": "2026-09-15T14:05:00Z",
    "email": "ana.rivera@example.org",
    "uri": "https://example.org/",
}
KINDS: Mapping[type, str] = {
    type(None): "null", bool: "boolean", int: "integer", float: "number", str: "string",
    list: "array", dict: "object",
}  # fmt: skip
SHOWN_AS: Mapping[str, str] = {
    "CaseDetail": "Case",
    "ConsentRecorded": "Consent",
    "EligibilityDetermination": "Determination",
    "InterventionDetail": "Intervention",
    "Receipt": "Referral",
    "ReceivedDocument": "SourceDocument",
    "ReferralDetail": "Referral",
}
"""Answers that show a record under another name than what is sent of it."""

BY_TYPE: Mapping[str, Any] = {"integer": 1, "number": 1.0, "boolean": True}


def add_examples(document: Json) -> None:
    """Name an example beside every JSON body of the document, each kept once as a component."""
    kept: Json = document["components"].setdefault("examples", {})
    for operations in document["paths"].values():
        for operation in operations.values():
            if not isinstance(operation, dict):
                continue
            for content in operation.get("requestBody", {}).get("content", {}).values():
                _add(document, kept, content, sent=True)
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    for content in response.get("content", {}).values():
                        _add(document, kept, content, sent=False)


def _add(document: Json, kept: Json, content: Json, *, sent: bool) -> None:
    if "example" in content or "examples" in content:
        return
    for name in _alternatives(content.get("schema", {})):
        if name not in kept:
            schema = document["components"]["schemas"][name]
            maker = _Maker(document["components"]["schemas"], sent=sent)
            kept[name] = {
                "summary": schema.get("description", name).split("\n", 1)[0],
                "value": maker.named(schema, name),
            }
        content.setdefault("examples", {})[name] = {"$ref": f"#/components/examples/{name}"}


def _alternatives(schema: Json) -> Iterator[str]:
    """The named schemas that a body may be of."""
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _alternatives(part)


class _Maker:
    """Makes values of schemas; `sent` leaves out what need not be sent."""

    def __init__(self, schemas: Json, *, sent: bool) -> None:
        self.schemas, self.sent = schemas, sent

    def named(self, schema: Json, noun: str) -> Any:
        """An example of a named schema: as written out, with what else an answer shows."""
        if noun not in WHOLE:
            return self.value(schema, noun)
        return WHOLE[noun] if self.sent else {**self._object(schema, noun), **WHOLE[noun]}

    def value(self, schema: Json, name: str) -> Any:
        """An example of a schema; `name` is that of the member or of the schema itself."""
        if "example" in schema:
            return schema["example"]
        if "default" in schema:
            return schema["default"]
        if "$ref" in schema:
            noun = schema["$ref"].rpartition("/")[2]
            return self.named(self.schemas[noun], noun)
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key, ()):
                if part.get("type") != "null":
                    return self.value(part, name)
        if words := [word for word in schema.get("enum", ()) if word is not None]:
            return words[0]
        return self._of_type(schema, name)

    def _of_type(self, schema: Json, name: str) -> Any:
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = next(one for one in kind if one != "null")
        if kind == "object":
            return self._object(schema, name)
        if kind == "array":
            items = schema.get("items", {})
            return [self.value(items, name)] if items and not self._endless(items) else []
        if schema.get("format") == "uuid":
            return example_id(name.removesuffix("_id").removesuffix("_ids"))
        if kind in ("integer", "number") and "minimum" in schema:
            return max(BY_TYPE[kind], schema["minimum"])
        if kind == "string":
            return BY_FORMAT.get(schema.get("format", ""), name.replace("_", " "))
        return BY_TYPE[kind]

    def _object(self, schema: Json, noun: str) -> Json:
        members: Json = schema.get("properties", {})
        shown = {name: member for name, member in members.items() if self._shown(schema, name)}
        if not shown and members and self.sent:
            shown = dict(list(members.items())[:1])
        return {name: self._member(noun, name, member) for name, member in shown.items()}

    def _member(self, noun: str, name: str, member: Json) -> Any:
        noun = SHOWN_AS.get(noun, noun)
        if name == "id" and member.get("format") == "uuid":
            return example_id(noun.lower())
        if self.sent or "example" in member:
            return self.value(member, name)
        sent = self.schemas.get(f"New{noun}", {}).get("properties", {}).get(name, {})
        named = (WHOLE.get(f"New{noun}", {}).get(name), sent.get("example"))
        return next(
            (one for one in named if one is not None),
            BY_NAME[name] if _fits(member, BY_NAME.get(name, ...)) else self.value(member, name),
        )

    def _shown(self, schema: Json, name: str) -> bool:
        member = schema["properties"][name]
        return not self.sent or name in schema.get("required", ()) or "example" in member

    def _endless(self, items: Json) -> bool:
        """Whether an item says nothing of what it is."""
        return items.get("type") == "object" and "properties" not in items


def _fits(member: Json, value: Any) -> bool:
    """Whether a value is of a kind that a member may have."""
    kinds = member.get("type", ())
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if isinstance(value, list) and value and "type" not in member.get("items", {}):
        return False  # a list of records, not of words
    kinds |= {
        part.get("type", "object") for key in ("anyOf", "oneOf") for part in member.get(key, ())
    }
    if "$ref" in member or "allOf" in member:
        kinds.add("object")
    return KINDS.get(type(value), "nothing") in kinds


def example_id(noun: str) -> str:
    """An id that looks like one of ours, the same for the same noun."""
    return str(UUID(int=IDS.int | (uuid5(IDS, noun).int & (2**48 - 1))))
