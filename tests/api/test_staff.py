"""Staff and schools as a SIS finds them: by its own ids."""

from __future__ import annotations

from tests.builders import ApiClient
from tests.scenarios.journey import sent

LOOKUP = "/v1/staff/lookup"


def a_member(api: ApiClient, sourced_id: str) -> str:
    body = {"given_name": "Ana", "family_name": "Rivera", "sourced_id": sourced_id}
    id: str = sent(api.post("/v1/staff", body))["id"]
    return id


def test_staff_are_found_by_the_ids_of_the_sis_in_the_order_of_asking(api: ApiClient) -> None:
    first, second = a_member(api, "tch-1"), a_member(api, "tch-2")
    asked = ["tch-2", "tch-9", "tch-1", "tch-2"]
    items = sent(api.post(LOOKUP, {"sourced_ids": asked}), 200)["items"]
    assert [item["sourced_id"] for item in items] == asked
    assert [item["found"] for item in items] == [True, False, True, True]
    found = [item["staff_member"] and item["staff_member"]["id"] for item in items]
    assert found == [second, None, first, second]


def test_another_districts_staff_are_not_found(api: ApiClient, neighbor: ApiClient) -> None:
    a_member(neighbor, "tch-1")
    (item,) = sent(api.post(LOOKUP, {"sourced_ids": ["tch-1"]}), 200)["items"]
    assert item == {"sourced_id": "tch-1", "found": False, "staff_member": None}


def test_a_lookup_needs_no_key_because_it_stores_nothing(api: ApiClient) -> None:
    answer = api.post(LOOKUP, {"sourced_ids": ["tch-1"]}, headers={"Idempotency-Key": None})
    assert answer.status_code == 200


def test_a_lookup_asks_for_some_and_not_too_many(api: ApiClient) -> None:
    for ids in ([], [f"tch-{n}" for n in range(501)]):
        assert api.post(LOOKUP, {"sourced_ids": ids}).status_code == 422


def test_a_school_is_found_by_the_id_of_the_sis(api: ApiClient) -> None:
    sent(api.post("/v1/schools", {"name": "Lincoln", "sourced_id": "org-1"}))
    made = sent(api.post("/v1/schools", {"name": "Adams", "sourced_id": "org-2"}))
    page = sent(api.get("/v1/schools?sourced_id=org-2"), 200)
    assert [school["id"] for school in page["items"]] == [made["id"]]
    assert sent(api.get("/v1/schools?sourced_id=org-3"), 200)["items"] == []
