"""A district in which everything was written once.

Each worker walks once on each kind of database; every test begins with what that left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask

from service.clock import SetClock
from tests.builders import AClient, ApiClient, a_client, a_district, a_token
from tests.house.walk import walk
from tests.house.watched import Remembering, Watched
from tests.scenarios.journey import ZONE, Place
from tests.store import Rows, Store


@dataclass(frozen=True, kw_only=True)
class Walk:
    """What a walk left: the rows, the ids by noun, who walked and who lives next door."""

    rows: Rows
    ids: Mapping[str, str]
    district: UUID
    client: AClient
    neighbor: AClient
    ended_at: datetime


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2025, 9, 8, 9, 0, tzinfo=ZONE))


@pytest.fixture
def unwalked(app: Flask, whole_store: Store, clock: SetClock) -> Watched:
    """A district with nothing in it, as a watched client that may do everything."""
    here, client = _district(whole_store, clock, "Prairie Union")
    _, neighbor = _district(whole_store, clock, "Lake Shore")
    return Watched(
        app.test_client(),
        a_token(app, client),
        app=app,
        district=here,
        neighbor=ApiClient(app.test_client(), a_token(app, neighbor)),
    )


@pytest.fixture(scope="session")
def walks() -> dict[Store, Walk]:
    """What was walked, by where."""
    return {}


@pytest.fixture
def walked(app: Flask, whole_store: Store, clock: SetClock, walks: dict[Store, Walk]) -> Watched:
    """The district after the walk, as a watched client that may do everything."""
    if whole_store not in walks:
        walks[whole_store] = _walk(app, whole_store, clock)
    left = walks[whole_store]
    whole_store.put_back(left.rows)
    clock.set(left.ended_at)
    return Watched(
        app.test_client(),
        a_token(app, left.client),
        app=app,
        district=left.district,
        ids=dict(left.ids),
        neighbor=ApiClient(app.test_client(), a_token(app, left.neighbor)),
    )


def _walk(app: Flask, store: Store, clock: SetClock) -> Walk:
    here, client = _district(store, clock, "Prairie Union")
    _, neighbor = _district(store, clock, "Lake Shore")
    api = Remembering(app.test_client(), a_token(app, client), app=app, district=here)
    walk(Place(api, clock, here))
    (deadline, *_) = api.get("/v1/deadlines").get_json()["items"]
    return Walk(
        rows=store.rows(),
        ids={**api.ids, "deadlines": deadline["id"], "districts": str(here)},
        district=here,
        client=client,
        neighbor=neighbor,
        ended_at=clock.now(),
    )


def _district(store: Store, clock: SetClock, name: str) -> tuple[UUID, AClient]:
    id = a_district(store.database, "us", time_zone=str(ZONE), name=name, clock=clock)
    return id, a_client(store.database, id, may_assert_people=True, name=name)
