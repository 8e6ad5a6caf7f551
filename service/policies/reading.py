"""Reading the law's files: YAML without its surprises, and each file of the right shape.

YAML 1.1 takes `no` for false and `010` for eight, and keeps the last of two equal keys. Here only
`true` and `false` are flags, a number is decimal, and a key that stands twice is an error. The
shapes are JSON Schemas (`shapes/`), so that an editor can check a file while it is written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import islice
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, relevance
from referencing import Registry, Resource

from service.domain.dates import written

SHAPES = ("pack", "card", "catalogue", "citation")
MOST_ERRORS = 100
"""Of so many the outermost is told: what was sent may be wrong in each of its members."""


class LawInvalid(ValueError):
    """A card or pack that cannot be read as law: in which file, where, and why."""

    def __init__(self, path: str, message: str, file: str = "") -> None:
        super().__init__(f"{file}{path}: {message}")
        self.path, self.message = path, message

    def in_file(self, file: str) -> LawInvalid:
        """The same, with the file named."""
        return LawInvalid(self.path, self.message, file)


def read(root: Traversable, folder: str, shape: str) -> Iterator[tuple[str, Any]]:
    """Every YAML file of a folder, in the order of names, of the right shape.

    Dates are dates. Raises `LawInvalid` for the first file that is wrong.
    """
    for path in sorted((root / folder).iterdir(), key=lambda path: path.name):
        if path.name.endswith(".yaml"):
            file = f"{folder}/{path.name}"
            yield file, read_one(root, file, shape)


def read_one(root: Traversable, file: str, shape: str) -> Any:
    """One YAML file of the right shape; dates are dates. Raises `LawInvalid` when it is wrong."""
    try:
        raw = yaml.load((root / file).read_text(encoding="utf-8"), Strict)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise LawInvalid("", str(error), file) from error
    try:
        check(shape, raw)
    except LawInvalid as error:
        raise error.in_file(file) from None
    return raw


def check(shape: str, raw: Any) -> None:
    """Raise `LawInvalid` with the place and the reason unless `raw` has the shape."""
    errors = list(islice(_validator(shape).iter_errors(plain(raw)), MOST_ERRORS))
    if errors:
        error = _deepest(min(errors, key=lambda one: (len(one.absolute_path), str(one.path))))
        path = "".join(f"/{part}" for part in error.absolute_path)
        raise LawInvalid(path, error.message)


def shape_of(name: str) -> dict[str, Any]:
    """A shape as JSON Schema; KeyError for one that there is not."""
    if name not in SHAPES:
        raise KeyError(name)
    shape: dict[str, Any] = json.loads((files(__package__) / "shapes" / f"{name}.json").read_text())
    return shape


def plain(value: Any) -> Any:
    """A copy that is only what JSON has."""
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def as_in_a_file(value: Any) -> Any:
    """A copy of JSON with what a pack file has beside it: days in `from` and `until` as dates.

    A whole number may be written 1.0 in JSON; in a file it is none.
    """
    if isinstance(value, Mapping):
        return {
            name: _day(item) if name in ("from", "until") else as_in_a_file(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [as_in_a_file(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _day(value: Any) -> Any:
    try:
        return written(value)
    except ValueError:
        return value


@cache
def _validator(shape: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resources(
        (f"{name}.json", Resource.from_contents(shape_of(name))) for name in SHAPES
    )
    return Draft202012Validator(
        shape_of(shape), registry=registry, format_checker=FormatChecker(["date"])
    )


def _deepest(error: ValidationError) -> ValidationError:
    """Of the alternatives that none fits, what is wrong with the nearest."""
    while error.context:
        error = min(error.context, key=relevance)
    return error


class Strict(yaml.CSafeLoader):
    """A safe YAML loader of the 1.2 core values, with dates, that refuses a key given twice."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML reads it off the class

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(0|[1-9][0-9]*)\.[0-9]+", "-+0123456789"),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
    ("null", r"~|null|", "~n\0"),
    ("merge", r"<<", "<"),
):
    Strict.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^({_pattern})$"), [*_first]
    )
