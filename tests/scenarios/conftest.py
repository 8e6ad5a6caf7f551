"""A district in any state, with a client that holds every scope, on each kind of database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from service.clock import SetClock
from service.storage.database import Database
from tests.builders import ApiClient, a_client, a_district, a_token
from tests.scenarios.journey import ZONE, Child, NewPlace, Place


@pytest.fixture
def clock() -> SetClock:
    """The law page's year begins."""
    return SetClock(datetime(2025, 8, 11, 9, 0, tzinfo=ZONE))


@pytest.fixture
def district_in(app: Flask, store: Database, clock: SetClock) -> NewPlace:
    """Make a district: `district_in("us-tx", CAL_A)`.

    `us` is the federal base alone: US-DEFAULT of the law page.
    """

    def make(
        state: str = "us",
        calendar: Sequence[Mapping[str, Any]] = (),
        *,
        may_assert_people: bool = True,
    ) -> Place:
        id = a_district(store, state, time_zone=str(ZONE), clock=clock)
        client = a_client(store, id, may_assert_people=may_assert_people)
        place = Place(ApiClient(app.test_client(), a_token(app, client)), clock, id)
        return place.keeps(*(dict(year) for year in calendar))

    return make


@pytest.fixture
def child(district_in: NewPlace) -> Child:
    """A child whose evaluation began on 2025-09-15, US-DEFAULT."""
    return district_in().child().evaluated_from("2025-09-15")
