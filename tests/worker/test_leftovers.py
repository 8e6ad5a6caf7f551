"""Folders that a killed worker left behind, with what they hold of children."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from service.services import Services
from service.worker import leftovers


def a_folder(within: Path, name: str, *, age_s: float) -> Path:
    folder = within / name
    folder.mkdir()
    (folder / "bundle.zip").write_bytes(b"Ada")
    then = time.time() - age_s
    os.utime(folder, (then, then))
    return folder


def test_are_removed_after_a_day_and_nothing_else_is(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    day = leftovers.LEFT_FOR.total_seconds()
    left = [
        a_folder(tmp_path, f"childfind-{what}-abc", age_s=day + 60) for what in ("import", "pull")
    ]
    at_work = a_folder(tmp_path, "childfind-import-def", age_s=day - 60)
    of_others = a_folder(tmp_path, "another-import-abc", age_s=day + 60)
    pointed_to = tmp_path / "childfind-import-link"
    pointed_to.symlink_to(of_others)
    assert not leftovers.clear_away(services)
    assert not any(folder.exists() for folder in left)
    assert (at_work / "bundle.zip").exists()
    assert (of_others / "bundle.zip").exists()
    assert pointed_to.is_symlink()
