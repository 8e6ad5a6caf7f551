"""What is known about a child's case at an instant.

Frozen records of the standard library only: rules and clocks read them, nothing
writes back to rows. `service.storage.facts` builds them from the database, a rule
card's examples build them from YAML. Dates are the district's own; ids are opaque.

Every field has a default, so that an example or a test states only what matters; only today
is nobody's to guess.
"""

from service.domain.facts.arrivals import PartCTransition, TransferredIep
from service.domain.facts.case import Case, Review, Situation, StepTaken
from service.domain.facts.children import Child
from service.domain.facts.consents import NO_PARENT, ORDERS, Attempt, Consent
from service.domain.facts.determinations import (
    PRESCHOOL_FACTORS,
    Determination,
    Measure,
    Member,
    Need,
    Source,
)
from service.domain.facts.discipline import Removal
from service.domain.facts.evaluations import (
    EXISTING_DATA,
    Assessment,
    Evaluation,
    Observation,
    Transfer,
)
from service.domain.facts.flags import Flag
from service.domain.facts.notices import PWN_CONTENTS, Notice
from service.domain.facts.people import Guardian, Student
from service.domain.facts.plans import (
    UNDER_IDEA,
    Attendee,
    Excusal,
    Goal,
    Informed,
    Line,
    Plan,
)
from service.domain.facts.receipts import (
    CONSIDERED,
    MEDICAL,
    PARENTAL,
    Contact,
    Referral,
    SourceDocument,
    TeamMeeting,
)
from service.domain.facts.rights import Dispute, IndependentEvaluationRequest, RecordsRequest
from service.domain.facts.specific_learning_disability import (
    ACHIEVEMENT_AREAS,
    FACTORS,
    METHODS,
    Exclusion,
    RepeatedAssessment,
    ResponseToIntervention,
    SpecificLearningDisability,
)
from service.domain.facts.support import Intervention, Override, ProgressPoint, Suspicion

__all__ = [
    "ACHIEVEMENT_AREAS",
    "CONSIDERED",
    "EXISTING_DATA",
    "FACTORS",
    "MEDICAL",
    "METHODS",
    "NO_PARENT",
    "ORDERS",
    "PARENTAL",
    "PRESCHOOL_FACTORS",
    "PWN_CONTENTS",
    "UNDER_IDEA",
    "Assessment",
    "Attempt",
    "Attendee",
    "Case",
    "Child",
    "Consent",
    "Contact",
    "Determination",
    "Dispute",
    "Evaluation",
    "Exclusion",
    "Excusal",
    "Flag",
    "Goal",
    "Guardian",
    "IndependentEvaluationRequest",
    "Informed",
    "Intervention",
    "Line",
    "Measure",
    "Member",
    "Need",
    "Notice",
    "Observation",
    "Override",
    "PartCTransition",
    "Plan",
    "ProgressPoint",
    "RecordsRequest",
    "Referral",
    "Removal",
    "RepeatedAssessment",
    "ResponseToIntervention",
    "Review",
    "Situation",
    "Source",
    "SourceDocument",
    "SpecificLearningDisability",
    "StepTaken",
    "Student",
    "Suspicion",
    "TeamMeeting",
    "Transfer",
    "TransferredIep",
]
