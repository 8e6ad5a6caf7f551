"""Answers that were kept under idempotency keys are forgotten once nobody may ask for them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, tuple_

from service.services import Services
from service.storage.clients import IdempotencyKey

KEPT_FOR = timedelta(hours=48)
"""At least 24 hours are promised; a client that was down over one night finds its answer."""
AT_ONCE = 500


def forget(services: Services) -> bool:
    """Delete the oldest answers that are past their time; whether there were any."""
    row = IdempotencyKey
    key = (row.district_id, row.client_id, row.key)
    with services.database.reader.connect() as connection:
        past = row.stored_at < services.clock.now() - KEPT_FOR
        found = connection.execute(select(*key).where(past).limit(AT_ONCE)).all()
    if not found:
        return False
    with services.database.writer.begin() as connection:
        connection.execute(delete(row).where(tuple_(*key).in_([tuple(one) for one in found])))
    return True
