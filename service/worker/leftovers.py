"""What a worker that was killed left in the temporary folder is cleared away: it is personal."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from datetime import timedelta
from pathlib import Path

from service.clock import Clock
from service.services import Services

EVERY = timedelta(hours=1)
LEFT_FOR = timedelta(days=1)
"""Nothing that is at work takes so long; and other workers may share the folder."""
FOLDERS = ("childfind-import-*", "childfind-pull-*")


def clear_away(_: Services) -> bool:
    """Remove the folders of imports and pulls in which nothing was written for a day."""
    for name in FOLDERS:
        for folder in Path(tempfile.gettempdir()).glob(name):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)
    return False


def _is_left(folder: Path) -> bool:
    """Whether it is a folder of ours, and old; by the system's time, as its own is."""
    try:
        told = folder.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(told.st_mode) and told.st_uid == os.getuid()
    return ours and told.st_mtime < (Clock().now() - LEFT_FOR).timestamp()
