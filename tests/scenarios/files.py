"""Scenarios as data: the files of this folder, read and held to their shape.

Whatever is misspelled is told with its file and scenario before anything runs: a member, a word, a
word's detail, an expectation, a calendar, a day out of order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import signature
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from service.policies.loader import JURISDICTIONS
from service.policies.reading import Strict, plain
from tests.scenarios.expecting import EXPECTATIONS
from tests.scenarios.school_calendars import NAMES
from tests.scenarios.words import WORDS

Json = dict[str, Any]

HERE = Path(__file__).parent


class ScenarioInvalid(ValueError):
    """A scenario that cannot be run as written: where, and why."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation: what is looked at (`deadline`), which (`initial_evaluation`), and how."""

    look: str
    at: Any
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens on a day, and what is expected then."""

    on: str
    do: str
    details: Mapping[str, Any]
    expect: Sequence[Expected]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, its dates as texts (`2026-09-14`)."""

    id: str
    title: str
    jurisdiction: str
    citation: str
    calendar: str | None
    child: Mapping[str, Any]
    story: Sequence[Step]
    expect: Sequence[Expected]


def scenarios() -> list[Scenario]:
    """Every scenario of the folder, in the order of the files."""
    found = [one for path in sorted(HERE.glob("*.yaml")) for one in in_file(path)]
    seen: set[str] = set()
    for one in found:
        if one.id in seen:
            raise ScenarioInvalid(f"{one.id} stands twice.")
        seen.add(one.id)
    return found


def in_file(path: Path) -> Iterator[Scenario]:
    """The scenarios of one file. Raises `ScenarioInvalid`, naming the file."""
    try:
        yield from of(path.read_text(encoding="utf-8"))
    except ScenarioInvalid as error:
        raise ScenarioInvalid(f"{path.name}: {error}") from None


def of(text: str) -> Iterator[Scenario]:
    """The scenarios of a file's text."""
    raw = _read(text)
    for error in _shape().iter_errors(raw):
        number = next(iter(error.absolute_path), None)
        name = raw[number].get("id", number) if isinstance(number, int) else "the file"
        where = "/".join(str(part) for part in list(error.absolute_path)[1:])
        raise ScenarioInvalid(f"{name}: {where}: {error.message}")
    for one in raw:
        try:
            yield _scenario(one)
        except ScenarioInvalid as error:
            raise ScenarioInvalid(f"{one['id']}: {error}") from None


def _read(text: str) -> Any:
    try:
        return plain(yaml.load(text, Strict))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError) as error:  # the latter for September 31st
        raise ScenarioInvalid(str(error)) from None


@cache
def _shape() -> Draft202012Validator:
    shape = json.loads((HERE / "scenario.json").read_text(encoding="utf-8"))
    return Draft202012Validator(shape, format_checker=FormatChecker(["date"]))


def _scenario(raw: Json) -> Scenario:
    if raw["jurisdiction"] not in JURISDICTIONS:
        raise ScenarioInvalid(f"there is no jurisdiction {raw['jurisdiction']!r}.")
    name = raw.get("calendar")
    if name is not None and name not in NAMES:
        raise ScenarioInvalid(f"there is no calendar {name!r}; there are {', '.join(NAMES)}.")
    story = [_step(step) for step in raw.get("story", ())]
    for before, after in pairwise(story):
        if after.on < before.on:
            raise ScenarioInvalid(f"{after.on}, {after.do}, comes after {before.on} in the story.")
    if not any(step.expect for step in story) and not raw.get("expect"):
        raise ScenarioInvalid("nothing is expected.")
    return Scenario(
        id=raw["id"],
        title=raw["title"],
        jurisdiction=raw["jurisdiction"],
        citation=raw["citation"],
        calendar=name,
        child=raw.get("child", {}),
        story=story,
        expect=[_expected(one) for one in raw.get("expect", ())],
    )


def _step(raw: Json) -> Step:
    do, details = raw["do"], raw.get("with", {})
    _fits("do", do, WORDS, details)
    expect = [_expected(one) for one in raw.get("expect", ())]
    return Step(on=raw["on"], do=do, details=details, expect=expect)


def _expected(raw: Json) -> Expected:
    (look, at), *more = raw.items()
    details = dict(more)
    _fits("expect", look, EXPECTATIONS, details)
    return Expected(look, at, details)


def _fits(
    kind: str, word: str, known: Mapping[str, Callable[..., Any]], details: Mapping[str, Any]
) -> None:
    """Raise `ScenarioInvalid` unless the word is known and takes these details."""
    if word not in known:
        raise ScenarioInvalid(f"{kind}: there is no {word!r}; there are {', '.join(known)}.")
    takes = {p.name for p in signature(known[word]).parameters.values() if p.kind is p.KEYWORD_ONLY}
    if unknown := details.keys() - takes:
        named = ", ".join(sorted(unknown))
        says = f"it takes {', '.join(sorted(takes))}" if takes else "it takes nothing"
        raise ScenarioInvalid(f"{kind}: {word} does not take {named}; {says}.")
