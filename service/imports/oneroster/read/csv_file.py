"""One CSV file, from bytes to cells: its true size, its encoding, its records.

UTF-8 with or without a byte order mark, or Windows-1252; any line ending. What is neither, or is
not separated into lines as a table is, refuses the bundle.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial

from service.imports.oneroster.read.archive import Counted, Limits, Member, archive_inside
from service.imports.oneroster.report import BundleRefused

RESAVE = "Save the file again as 'CSV UTF-8 (comma delimited)'."
UTF_8, WINDOWS = "utf-8-sig", "cp1252"

_WINDOWS_HOLES = b"\x81\x8d\x8f\x90\x9d"


class CsvFile:
    """A file of the bundle, scanned once; its records can be read as often as needed.

    `size` is in bytes, as counted; `encoding` is `UTF_8` or `WINDOWS`. Raises `BundleRefused`
    when it gives more than `budget` bytes, is damaged, or is no text.
    """

    def __init__(self, name: str, member: Member, limits: Limits, budget: int) -> None:
        self.name = name
        self._member, self._limits = member, limits
        self.size, self.encoding = self._scan(budget)

    def records(self) -> Generator[tuple[int, list[str] | None], None, None]:
        """The records with the line each begins on; None for one that is no CSV."""
        limits, taken = self._limits, 0
        worth_a_look = min(limits.line_chars, limits.row_chars)

        def lines() -> Iterator[str]:
            nonlocal taken
            with self._opened(limits.total_bytes) as raw:
                for line in iter(partial(self._text(raw).readline, limits.line_chars), ""):
                    taken += len(line)
                    if taken >= worth_a_look:
                        self._check_length(line, taken)
                    yield line

        with _reading(self.name):
            reader = csv.reader(lines(), strict=True)
            while True:
                line, taken = reader.line_num + 1, 0
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield line, None
                    continue
                if any(map(str.strip, cells)):
                    yield line, cells

    def header(self) -> list[str]:
        """The cells of the first record; none when there is no record, or it is no CSV."""
        records = self.records()
        first = next(records, (0, None))[1] or []
        records.close()
        return first

    def has_rows(self) -> bool:
        """Whether there is a record beside the header."""
        records = self.records()
        next(records, None)
        found = next(records, None) is not None
        records.close()
        return found

    def _scan(self, budget: int) -> tuple[int, str]:
        """Count the true size and find the encoding, in one pass that keeps nothing."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        valid = broken = 0
        holes = False
        first = b""
        with _reading(self.name), self._opened(budget) as raw:
            while chunk := raw.read(2**16):
                first = first or chunk[:4]
                holes = holes or len(chunk.translate(None, _WINDOWS_HOLES)) != len(chunk)
                if chunk.isascii() and not decoder.getstate()[0]:
                    continue
                text = decoder.decode(chunk)
                bad = sum("\udc80" <= c <= "\udcff" for c in text)
                broken += bad
                valid += sum(c > "\x7f" for c in text) - bad
            broken += len(decoder.decode(b"", final=True))
            size = raw.given
        if first.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self._no_text("is written in UTF-16")
        if first.startswith(b"PK\x03\x04"):
            raise archive_inside(self._member.path, "is an archive, not a CSV file")
        # Text of the old Windows kind hardly ever forms a valid UTF-8 sequence, so a file that
        # has more valid ones than broken bytes is UTF-8 with a few damaged rows.
        if broken <= valid:
            return size, UTF_8
        if holes:
            raise self._no_text("is neither UTF-8 nor Windows-1252 text")
        return size, WINDOWS

    def _opened(self, budget: int) -> Counted:
        return Counted(self._member, self._member.open(), self._limits, budget)

    def _no_text(self, what: str) -> BundleRefused:
        return BundleRefused("wrong_encoding", f"{self.name}.csv {what}.", RESAVE)

    def _too_long(self, what: str, chars: int) -> BundleRefused:
        detail = f"{self.name}.csv has a {what} of more than {chars:,} characters."
        return BundleRefused("line_too_long", detail, "It is no OneRoster CSV. " + RESAVE)

    def _check_length(self, line: str, row_so_far: int) -> None:
        """A quoted value may go on over lines, so that one row could be the whole file."""
        if row_so_far > self._limits.row_chars:
            raise self._too_long("row", self._limits.row_chars)
        longest = self._limits.line_chars
        if len(line) == longest and not line.endswith(("\n", "\r")):
            raise self._too_long("line", longest)

    def _text(self, raw: Counted) -> io.TextIOWrapper:
        errors = "surrogateescape" if self.encoding == UTF_8 else "strict"
        buffered = io.BufferedReader(raw, 2**16)
        return io.TextIOWrapper(buffered, encoding=self.encoding, errors=errors, newline="")


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Whatever goes wrong below a file's rows is one refusal that names the file."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise BundleRefused(
            "damaged", f"{name}.csv cannot be read to its end.", "Make the bundle again."
        ) from error
