"""What a server says, as a zipped OneRoster CSV bundle with a manifest."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from service.imports.oneroster.pull import records
from service.imports.oneroster.pull.listing import Listing, Record
from service.imports.oneroster.pull.server import PullFailed, Refused, Server
from service.imports.oneroster.read.archive import Limits
from service.imports.oneroster.read.file_state import UNSURE, WITHHELD

READINGS = 2
"""So often a list that did not add up is read, all in all."""
NO_FILTER = frozenset({400, 404, 422, 501})
"""What servers answer to a filter that they do not know."""

MOST_BYTES = Limits().total_bytes
"""So much may wait for being packed of one file, as much as a bundle may have in all."""

Progress = Callable[[str, int], None]
"""Hears the name of a list and the records that have come so far."""


def pull(
    server: Server, version: str, since: datetime | None, path: Path, progress: Progress
) -> None:
    """Write the roster of a server to `path`; of users only what changed `since`, if told.

    Organisations are few and always come whole: without its school nobody has a place. Raises
    `PullFailed`; whatever `progress` raises ends it, too.
    """
    with TemporaryDirectory(prefix="childfind-pull-") as folder:
        modes: dict[str, str] = {}
        with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
            for name in _FILES:
                changes = None if name == "orgs" else since
                try:
                    spools, mode = _read(server, name, changes, Path(folder), progress)
                except PullFailed as failure:
                    # Often not granted, and no reason to go without a roster.
                    if name != "demographics" or failure.code not in ("not_allowed", "refused"):
                        raise
                    modes[name] = WITHHELD
                    continue
                if name == "users" and mode == "bulk" and not spools[0].there:
                    raise server.failed("nobody")
                for spool in spools:
                    modes[spool.name] = spool.pack(archive, mode)
            archive.writestr("manifest.csv", _manifest(version, modes))


_FILES = {"orgs": ("orgs",), "users": ("users", "roles"), "demographics": ("demographics",)}
"""The lists that are pulled, and the files that each becomes."""


def _read(
    server: Server, name: str, since: datetime | None, folder: Path, progress: Progress
) -> tuple[list[_Spool], str]:
    """A list, and for users their roles, with how it is to be understood."""
    changed = None if since is None else f"dateLastModified>'{_instant(since)}'"
    spools: list[_Spool] = []
    for _ in range(READINGS):
        listing = Listing(server, name, changed)
        with ExitStack() as stack:
            spools = [
                stack.enter_context(closing(_Spool(one, folder, server))) for one in _FILES[name]
            ]
            try:
                for page in listing.pages():
                    for record in page:
                        _take(name, record, spools)
                    progress(name, spools[0].came)
            except Refused as refusal:
                if changed is not None and refusal.status in NO_FILTER:
                    return _read(server, name, None, folder, progress)
                raise server.failed("refused", name=name, status=refusal.status) from None
        if listing.whole:
            return spools, "delta" if changed else "bulk"
    return spools, UNSURE


def _take(name: str, record: Record, spools: list[_Spool]) -> None:
    row = records.row(name, record)
    gone = records.is_gone(row)
    spools[0].add(row, gone)
    for spool in spools[1:]:
        for role in records.roles(record):
            spool.add(role, gone)


class _Spool:
    """The rows of one file on their way: which columns they have is known when all have come.

    `came` counts them all, `there` those whose record is not gone.
    """

    def __init__(self, name: str, folder: Path, server: Server) -> None:
        self.name, self._server = name, server
        self.came = self.there = 0
        self._bytes = 0
        self._columns: dict[str, None] = {}
        self._path = folder / f"{name}.jsonl"
        self._file = self._path.open("wb")

    def close(self) -> None:
        self._file.close()

    def add(self, row: records.Cells, gone: bool) -> None:
        self.came += 1
        self.there += not gone
        self._columns.update(dict.fromkeys(row))
        line = orjson.dumps((gone, row), option=orjson.OPT_APPEND_NEWLINE)
        self._bytes += len(line)
        if self._bytes > MOST_BYTES:
            raise self._server.failed("too_large")
        self._file.write(line)

    def pack(self, archive: ZipFile, mode: str) -> str:
        """Write the file, unless it has no rows; the mode it then has.

        Who is gone is in a whole list no more. Elsewhere the row has to say so.
        """
        with_gone = mode != "bulk"
        if not (self.came if with_gone else self.there):
            return "absent"
        with archive.open(f"{self.name}.csv", "w", force_zip64=True) as file:
            text = io.TextIOWrapper(file, "utf-8", newline="")
            writer = csv.writer(text)
            writer.writerow(self._columns)
            for row, gone in self._rows():
                if with_gone or not gone:
                    writer.writerow([row.get(column, "") for column in self._columns])
            text.flush()
            text.detach()
        return mode

    def _rows(self) -> Iterator[tuple[records.Cells, bool]]:
        with self._path.open("rb") as spooled:
            for line in spooled:
                gone, row = orjson.loads(line)
                yield row, gone


def _manifest(version: str, modes: Mapping[str, str]) -> str:
    said = {"propertyName": "value", "manifest.version": "1.0", "oneroster.version": version}
    said |= {f"file.{name}": mode for name, mode in modes.items()}
    return "".join(f"{name},{value}\r\n" for name, value in said.items())


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
