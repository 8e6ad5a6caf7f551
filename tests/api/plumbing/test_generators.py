"""What generators of clients need of the document, and what `make clients` fetches them by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.document import document

TYPESCRIPT = Path(__file__).parents[2] / "clients" / "typescript"

Json = dict[str, Any]


@pytest.fixture(scope="module")
def whole(one_app: Flask) -> Json:
    return document(one_app)


def nodes(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
    if isinstance(node, (dict, list)):
        for part in node.values() if isinstance(node, dict) else node:
            yield from nodes(part)


def test_null_is_none_of_the_words_of_a_member(whole: Json) -> None:
    words = [node["enum"] for node in nodes(whole) if isinstance(node.get("enum"), list)]
    assert len(words) > 100
    assert not [some for some in words if None in some]
    answer = whole["components"]["schemas"]["Consent"]["properties"]["answer"]
    assert answer["anyOf"] == [
        {"type": "string", "enum": ["granted", "refused"]},
        {"type": "null"},
    ]


def test_an_answer_in_lines_is_text_and_says_what_a_line_is(whole: Json) -> None:
    """As one object a generator would read the whole answer as the first line's record."""
    answer = whole["paths"]["/v1/students/bulk"]["post"]["responses"]["200"]
    assert answer["content"]["application/x-ndjson"]["schema"] == {
        "type": "string",
        "contentMediaType": "application/x-ndjson",
        "contentSchema": {"$ref": "#/components/schemas/BulkLine"},
    }
    lines = [
        node["application/x-ndjson"] for node in nodes(whole) if "application/x-ndjson" in node
    ]
    assert {line["schema"].get("type") for line in lines} == {"string"}


def test_what_is_sent_as_a_header_is_text(whole: Json) -> None:
    """Generated clients put a value of another type into the header as it is."""
    sent = [node for node in nodes(whole) if node.get("in") == "header" and "schema" in node]
    assert len(sent) > 4
    assert {(one["schema"]["type"], one["schema"].get("format")) for one in sent} == {
        ("string", None)
    }


def test_the_packages_of_npm_are_exact_and_hashed_and_name_no_registry() -> None:
    wanted = json.loads((TYPESCRIPT / "package.json").read_text())
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions.values())
    text = (TYPESCRIPT / "package-lock.json").read_text()
    assert "://" not in text
    locked = json.loads(text)["packages"]
    assert all(one["integrity"] for path, one in locked.items() if path)
    assert {name: locked[f"node_modules/{name}"]["version"] for name in versions} == versions
