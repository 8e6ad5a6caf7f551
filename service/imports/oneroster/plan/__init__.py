"""What a bundle would change: the plan is the dry run, and applying it adds no decision.

In the order things happen:

- The `Record` is laid on a `desk`, a database of its own in a temporary file: a plan takes no more
  memory for a hundred thousand students than for a hundred.
- Organisations (`schools`), roles and demographics are read, then users batch by batch (`people`)
  become `students`, `staff` and `guardians` by their roles. Who someone is is decided by the
  sourcedId alone, never by a name.
- What is wanted is laid beside what is on record (`changes`). What the bundle does not know (a
  column it lacks, a date that cannot be read) is taken from the record, so that it is not lost.
- Who is missing from a full users.csv is deactivated, never deleted. Rows that could not be read
  make nobody missing, and a roster that shrinks too much makes the whole plan `held`.
- Classes and enrolments are counted and their references checked (`classes`); they are not kept.

`apply` writes schools first (parents come before their children), then staff, students and
guardians, and nothing at all when the plan is `held`.
"""

from service.imports.oneroster.plan.changes import Changes, Update
from service.imports.oneroster.plan.desk import NUMBERS
from service.imports.oneroster.plan.guardians import RIGHTS_ON_CREATE
from service.imports.oneroster.plan.planner import SHRINK_ROWS, SHRINK_SHARE, Plan, plan
from service.imports.oneroster.plan.records import (
    Guardian,
    GuardianKey,
    Record,
    School,
    Staff,
    Student,
)
from service.imports.oneroster.plan.source import Progress
from service.imports.oneroster.plan.staff import STAFF_ROLES

__all__ = [
    "NUMBERS",
    "RIGHTS_ON_CREATE",
    "SHRINK_ROWS",
    "SHRINK_SHARE",
    "STAFF_ROLES",
    "Changes",
    "Guardian",
    "GuardianKey",
    "Plan",
    "Progress",
    "Record",
    "School",
    "Staff",
    "Student",
    "Update",
    "plan",
]
