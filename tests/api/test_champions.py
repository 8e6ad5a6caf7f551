"""Champions over HTTP: every open case has one who accepted, or is listed as having none."""

from __future__ import annotations

import pytest
from flask import Flask

from service.storage.database import Database
from tests.api.records import Records
from tests.builders import ApiClient, a_client, a_token, faults


@pytest.fixture
def trusted(app: Flask, store: Database, records: Records) -> ApiClient:
    """A client that may say for whom it acts."""
    client = a_client(store, records.district, may_assert_people=True, name="Staff portal")
    return ApiClient(app.test_client(), a_token(app, client))


def without(api: ApiClient) -> list[str]:
    items = api.get("/v1/cases?open=true&has_champion=false").get_json()["items"]
    return [one["id"] for one in items]


def test_a_case_has_none_until_the_champion_accepts(trusted: ApiClient, records: Records) -> None:
    case_id = records.receipt(records.student(), "parent")["case_id"]
    path = f"/v1/cases/{case_id}"
    assert without(trusted) == [case_id]
    champion, other = records.staff_member(), records.staff_member()

    def change(by: str | None = None, **changes: object) -> int:
        headers = {"If-Match": trusted.get(path).headers["ETag"], "Childfind-Acting-Staff": by}
        answer = trusted.patch(path, changes, headers=headers)
        if answer.status_code == 422:
            assert faults(answer) == {("/champion_accepted", "not_the_champion")}
        return answer.status_code

    assert change(champion_staff_id=champion) == 200
    assert without(trusted) == [case_id]
    assert change(champion_accepted=True) == 422
    assert change(by=other, champion_accepted=True) == 422
    assert change(by=champion, champion_accepted=True) == 200
    assert without(trusted) == []
    assert trusted.get(path).get_json()["champion_accepted_on"] == "2026-10-05"
    assert change(champion_staff_id=other) == 200
    assert without(trusted) == [case_id]
    assert change(by=other, champion_accepted=True) == 200
    assert change(champion_accepted=False) == 200
    assert without(trusted) == [case_id]


def test_a_client_that_nobody_trusts_to_name_people_accepts_for_none(
    api: ApiClient, records: Records
) -> None:
    path = f"/v1/cases/{records.receipt(records.student(), 'parent')['case_id']}"
    champion = records.staff_member()
    headers = {"If-Match": api.get(path).headers["ETag"], "Childfind-Acting-Staff": champion}
    both = {"champion_staff_id": champion, "champion_accepted": True}
    answer = api.patch(path, both, headers=headers)
    assert faults(answer) == {("/champion_accepted", "not_the_champion")}
    assert api.get(path).get_json()["champion_accepted_on"] is None


def test_a_closed_case_needs_none(api: ApiClient, records: Records) -> None:
    case_id = records.receipt(records.student(), "parent")["case_id"]
    records.close(case_id, "declined")
    assert without(api) == []
