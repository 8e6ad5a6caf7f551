"""What holds for every list and report: as CSV it says what its JSON says, `fields` trims it, and
`expand` nests what it names with one statement for each kind and only for those who may read it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from service.api.plumbing import tables
from service.api.plumbing.choosing import expanded, items_of
from service.api.plumbing.fields import Expanded
from service.api.plumbing.survey import Operation, answer_of
from service.api.v1.students import ListedStudentSchema
from tests.builders import ApiClient, a_client, a_token
from tests.document import document, resolved
from tests.house.test_every_operation import address, secured
from tests.house.watched import Watched
from tests.store import Store

CSV = {"Accept": "text/csv"}


def tabular(app: Flask) -> list[Operation]:
    return [o for o in secured(app) if o.method == "GET" and tables.is_table(answer_of(o.function))]


def answered(operation: Operation) -> ma.Schema:
    schema = answer_of(operation.function)
    assert schema is not None, operation.path
    return schema


def lists(app: Flask) -> list[Operation]:
    return [operation for operation in tabular(app) if operation.is_list]


def read(answer: TestResponse) -> list[dict[str, str]]:
    """The lines of a CSV answer, by column."""
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode(), newline="")))


def at(item: Any, column: str) -> Any:
    """The member that a column is named after."""
    for part in column.split("."):
        item = item.get(part) if item is not None else None
    return item


def means(cell: str, value: Any) -> bool:
    """Whether a cell says what a member says."""
    match value:
        case None:
            return cell == ""
        case str():
            return cell in (value, f"'{value}")
        case [*words] if cell == ";".join(map(str, words)):
            return True
        case _:
            found: Any = json.loads(cell)
            return bool(found == value)


def plain(walked: Watched) -> ApiClient:
    """The same client, with nobody who holds a trimmed answer to the whole schema."""
    return ApiClient(walked.http, walked.token)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(store.database.engine, "before_cursor_execute", note)


def test_every_list_and_every_report_is_a_table(one_app: Flask) -> None:
    for operation in secured(one_app):
        if operation.method == "GET" and (operation.is_list or "/reports/" in operation.path):
            assert tables.is_table(answer_of(operation.function)), operation.path


def test_every_table_is_documented_as_csv(one_app: Flask) -> None:
    whole = document(one_app)
    for operation in secured(one_app):
        responses = whole["paths"][operation.path][operation.method.lower()]["responses"]
        content = resolved(whole, responses.get("200", {})).get("content", {})
        if "application/json" in content:
            assert ("text/csv" in content) == (operation in tabular(one_app)), operation.path


def test_csv_says_what_json_says(walked: Watched, app: Flask) -> None:
    cells = 0
    for operation in tabular(app):
        path = address(walked, operation)
        known = walked.get(path)
        lines = read(walked.get(path, headers=CSV))
        schema: Any = answer_of(operation.function)
        names = schema.tables or ("items",)
        items = [item for name in names for item in known.get_json()[name]]
        if schema.tables and not items:
            items = [{}]  # its own members all the same
        assert len(lines) == len(items), operation.path
        for line, item in zip(lines, items, strict=True):
            own = known.get_json() if schema.tables else {}
            for column, cell in line.items():
                if column == "table" and item:
                    assert item in known.get_json()[cell]
                elif column.split(".")[0] in item:
                    assert means(cell, at(item, column)), (operation.path, column, cell)
                elif column in own:
                    assert means(cell, own[column]), (operation.path, column, cell)
                else:
                    assert cell == "", (operation.path, column, cell)
                cells += 1
            shown = {column.split(".")[0] for column in line}
            assert shown >= {name for name in item if name not in ("before", "after")}
    assert cells > 1000


def test_the_columns_do_not_depend_on_what_is_found(walked: Watched, app: Flask) -> None:
    for operation in tabular(app):
        if operation.is_list and "{" not in operation.path:
            path = address(walked, operation)
            full, none = (one.get(path, headers=CSV) for one in (walked, walked.neighbor))
            heads = [answer.text.partition("\r\n")[0] for answer in (full, none)]
            assert heads[0] == heads[1], operation.path


def test_a_csv_page_is_the_same_page(walked: Watched, app: Flask) -> None:
    for operation in lists(app):
        path = f"{address(walked, operation)}?limit=1&include_total=true"
        first, table = walked.get(path), walked.get(path, headers=CSV)
        for name in ("Link", "X-Total-Count"):
            assert table.headers.get(name) == first.headers.get(name), operation.path
        assert "Accept" in first.headers["Vary"], operation.path
        assert "Accept" in table.headers["Vary"], operation.path
        following = first.get_json()["next_cursor"]
        if following is not None:
            page = walked.get(f"{path}&cursor={following}", headers=CSV)
            assert len(read(page)) == 1, operation.path


def test_fields_trims_every_list_and_names_what_there_is(walked: Watched, app: Flask) -> None:
    api = plain(walked)
    for operation in lists(app):
        path = address(walked, operation)
        whole = api.get(path).get_json()["items"]
        schema = items_of(answered(operation))
        assert schema is not None
        names = [
            field.data_key or name
            for name, field in schema().dump_fields.items()
            if not isinstance(field, Expanded)
        ]
        for some in (names[:1], names[-2:], names):
            asked = f"{path}?fields={','.join(some)}"
            trimmed = api.get(asked)
            assert trimmed.status_code == 200, trimmed.text
            expected = [{n: v for n, v in item.items() if n in some} for item in whole]
            assert trimmed.get_json()["items"] == expected, operation.path
            lines = read(api.get(asked, headers=CSV))
            assert len(lines) == len(whole)
            for line in lines:
                assert {column.split(".")[0] for column in line} == set(some), operation.path
        refused = api.get(f"{path}?fields=id,nonsense")
        assert refused.status_code == 422, operation.path
        (error,) = refused.get_json()["errors"]
        assert error["parameter"] == "fields"
        assert all(name in error["message"] for name in names), operation.path


def test_a_page_goes_on_with_other_fields(walked: Watched) -> None:
    first = walked.get("/v1/deadlines?limit=1").get_json()
    path = f"/v1/deadlines?limit=1&fields=id&cursor={first['next_cursor']}"
    (second,) = plain(walked).get(path).get_json()["items"]
    assert second.keys() == {"id"}
    assert second["id"] != first["items"][0]["id"]


def expandable(app: Flask) -> list[Operation]:
    found = [o for o in secured(app) if o.method == "GET" and o.expands]
    assert len(found) > 8
    return found


def related(operation: Operation) -> dict[str, Expanded]:
    shown: Any = items_of(answered(operation)) or type(answered(operation))
    return dict(expanded(shown))


def test_expand_nests_what_it_names(walked: Watched, app: Flask) -> None:
    met: set[str] = set()
    for operation in expandable(app):
        path = address(walked, operation)
        members = related(operation)
        bare = walked.get(path).get_json()
        answer = walked.get(f"{path}?expand={','.join(members)}").get_json()
        listed = operation.is_list
        for before, item in zip(
            bare["items"] if listed else [bare],
            answer["items"] if listed else [answer],
            strict=True,
        ):
            assert {n: v for n, v in item.items() if n not in members} == before
            for name, field in members.items():
                nested = item[name] if field.many else [item[name]] if item[name] else []
                if not field.many and before[field.of] is not None:
                    assert [one["id"] for one in nested] == [before[field.of]]
                if nested:
                    met.add(f"{operation.path} {name}")
        refused = plain(walked).get(f"{path}?expand=nonsense")
        assert refused.status_code == 422
        assert all(name in refused.get_json()["errors"][0]["message"] for name in members)
    assert {name.split(" ")[1] for name in met} >= {
        "student", "referrals", "deadlines", "guardians", "cases", "case", "school", "owner"
    }  # fmt: skip


def test_expand_takes_one_statement_for_each_kind(
    walked: Watched, app: Flask, whole_store: Store
) -> None:
    for operation in (o for o in expandable(app) if o.is_list):
        path, api = address(walked, operation), plain(walked)
        with statements(whole_store) as bare:
            api.get(path)
        with statements(whole_store) as nesting:
            api.get(f"{path}?expand={','.join(related(operation))}")
        assert len(nesting) <= len(bare) + len(related(operation)), operation.path


def test_expand_asks_for_the_scope_of_what_it_nests(
    walked: Watched, app: Flask, whole_store: Store
) -> None:
    for operation in expandable(app):
        scopes = list(operation.scopes or ())
        client = a_client(whole_store.database, walked.district, scopes=scopes)
        api = ApiClient(app.test_client(), a_token(app, client))
        for name, field in related(operation).items():
            answer = api.get(f"{address(walked, operation)}?expand={name}")
            assert answer.status_code == (200 if field.scope in scopes else 403), (
                operation.path,
                name,
            )


def test_an_expanded_record_has_a_tag_of_what_it_shows(walked: Watched) -> None:
    guardian = walked.get(f"/v1/guardians/{walked.ids['guardians']}")
    path = f"/v1/students/{guardian.get_json()['student_id']}"
    bare, nested = walked.get(path), walked.get(f"{path}?expand=guardians")
    assert nested.headers["ETag"].startswith(bare.headers["ETag"].rstrip('"'))
    assert nested.headers["ETag"] != bare.headers["ETag"]
    tag = {"If-None-Match": nested.headers["ETag"]}
    assert walked.get(f"{path}?expand=guardians", headers=tag).status_code == 304
    assert guardian.get_json()["id"] in [one["id"] for one in nested.get_json()["guardians"]]
    name, etag = {"given_name": "Dina"}, guardian.headers["ETag"]
    walked.patch(f"/v1/guardians/{guardian.get_json()['id']}", name, etag=etag)
    assert walked.get(f"{path}?expand=guardians", headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/csv", "application/json"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/csv, application/json;q=0.5", "text/csv"),
        ("text/*", "text/csv"),
        ("image/png", "application/json"),
    ],
)
def test_the_client_says_which_it_would_rather_have(
    walked: Watched, accept: str | None, kind: str
) -> None:
    answer = walked.get("/v1/students", headers={"Accept": accept} if accept else {})
    assert answer.mimetype == kind


def test_a_table_has_a_tag_of_its_own_where_the_answer_has_one(walked: Watched, app: Flask) -> None:
    tagged = 0
    for operation in tabular(app):
        path = address(walked, operation)
        known, table = walked.get(path), walked.get(path, headers=CSV)
        tag = table.headers.get("ETag")
        assert (tag is None) == ("ETag" not in known.headers), operation.path
        if tag is not None:
            assert tag != known.headers["ETag"], operation.path
            if operation.path.endswith("/steps"):  # its tag is the record's, for the step
                continue
            again = walked.get(path, headers=CSV | {"If-None-Match": tag})
            assert (again.status_code, again.data) == (304, b""), operation.path
            assert again.headers["ETag"] == tag, operation.path
            assert "Accept" in again.headers["Vary"], operation.path
            tagged += 1
    assert tagged


def test_a_report_that_lists_nothing_says_its_own_members_all_the_same(walked: Watched) -> None:
    days = "since=2020-01-01&until=2020-01-31"
    [line] = read(walked.get(f"/v1/reports/rti-delay?{days}", headers=CSV))
    assert (line["since"], line["until"]) == ("2020-01-01", "2020-01-31")
    assert (line["complete"], line["student_id"]) == ("true", "")


def test_a_single_record_is_json_whatever_is_wanted(walked: Watched) -> None:
    answer = walked.get(f"/v1/students/{walked.ids['students']}", headers=CSV)
    assert answer.is_json


def test_a_problem_stays_a_problem(walked: Watched) -> None:
    answer = walked.get("/v1/students?nonsense=1", headers=CSV)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"


def test_a_student_in_a_list_of_students_is_not_nested_in_itself() -> None:
    assert "student" not in expanded(ListedStudentSchema)
