"""Languages as people and systems write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.languages import LANGUAGES, language

TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("es", "es"), ("ES", "es"), ("spa", "es"), ("Spanish", "es"), (" haitian  creole ", "ht"),
        ("es-mx", "es-MX"), ("es_MX", "es-MX"), ("zh-hant", "zh-Hant"), ("Lao", "lo"),
        ("zho-Hant-tw", "zh-Hant-TW"), ("sr-latn-rs", "sr-Latn-RS"), ("ASL", "ase"),
        ("chi", "zh"), ("qu", "qu"), ("quz", "quz"),
    ],
)  # fmt: skip
def test_a_language_has_one_tag_however_it_is_written(written: str, tag: str) -> None:
    assert language(written) == tag


@pytest.mark.parametrize(
    "written",
    ["", " ", "n/a", "NA", "None", "und", "unk", "14", "Code 14", "Klingon", "e", "a--b"],
)
def test_what_tells_no_language_has_none(written: str) -> None:
    assert language(written) is None


def test_no_code_or_name_is_in_the_table_twice() -> None:
    spelled = [name for tag, names in LANGUAGES.items() for name in (tag, *names.split(", "))]
    assert len({name.casefold() for name in spelled}) == len(spelled)


@given(st.text(max_size=40) | st.from_regex(TAG, fullmatch=True))
def test_a_tag_is_what_the_record_takes_and_is_its_own(written: str) -> None:
    tag = language(written)
    if tag is not None:
        assert TAG.fullmatch(tag)
        assert len(tag) <= 35
        assert language(tag) == tag
