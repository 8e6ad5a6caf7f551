"""What is known of a school whatever the case: the kinds of organisation a roster has."""

from __future__ import annotations

from collections.abc import Mapping

ORG_TYPES: Mapping[str, str] = {
    "school": "A school: where students are enrolled.",
    "department": "A department within a school.",
    "local": "A local authority above schools, such as a cooperative.",
    "district": "A school district.",
    "state": "A state's agency.",
    "national": "A national agency.",
}
"""The organisation types of OneRoster 1.1 and 1.2 (`orgs.csv`, `type`), each in words."""
