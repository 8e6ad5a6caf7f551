"""The body of a delivery: an event of the feed in the shape of CloudEvents 1.0, ids and types only.

No personal data leaves by it. Who wants to know more asks the API, which knows who may.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

CONTENT_TYPE = "application/cloudevents+json"


def body(district_id: UUID, entry: Any) -> bytes:
    """The message about one entry of the journal, the same however often it is sent."""
    subject = {"type": entry.subject_type, "id": entry.subject_id}
    message = {
        "specversion": "1.0",
        "id": str(entry.seq),
        "source": f"/v1/districts/{district_id}",
        "type": entry.event,
        "subject": f"{entry.subject_type}/{entry.subject_id}" if entry.subject_id else None,
        "time": entry.at,
        "datacontenttype": "application/json",
        "data": {
            "seq": entry.seq,
            "subject": subject,
            "case_id": entry.case_id,
            "student_id": entry.student_id,
            "client_id": entry.client_id,
            "row_count": entry.row_count,
        },
    }
    # An attribute of CloudEvents that has no value is left out.
    given = {name: value for name, value in message.items() if value is not None}
    return orjson.dumps(given, option=orjson.OPT_UTC_Z)
