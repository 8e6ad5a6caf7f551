"""The fields of one row: each is read as what it should be, or noted as unread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType
from typing import TypedDict

from service.domain.languages import language
from service.domain.students import grade, looks_like_ssn
from service.imports.oneroster.read.file_state import FileState

NOTHING: Mapping[str, str] = MappingProxyType({})
"""The metadata of a row that has none."""

_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "1", "yes", "y"), True),
    **dict.fromkeys(("false", "f", "0", "no", "n"), False),
}
_GONE = frozenset(("tobedeleted", "inactive", "deleted"))
_LONGEST_VALUE = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ISSUED = re.compile(r"(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}")
_LONGEST_ADDED = 65_536


Pick = Callable[[list[str]], tuple[str, ...]]


class Common(TypedDict):
    """What every row has, as `Row` takes it."""

    sourced_id: str
    line: int
    active: bool
    unread: frozenset[str]
    metadata: Mapping[str, str]


class Layout:
    """Where the columns of a file stand in its rows.

    `blank` is the place after the last, where a row has a blank cell for whatever it lacks.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.positions = {column: at for at, column in enumerate(columns) if column}
        self.blank = len(columns)
        self._several: dict[tuple[str, ...], tuple[Pick, frozenset[str]]] = {}

    def several(self, columns: tuple[str, ...]) -> tuple[Pick, frozenset[str]]:
        """What picks these columns from a row, and those of them that the file lacks."""
        if columns not in self._several:
            places = [self.positions.get(column, self.blank) for column in columns]
            lacking = frozenset(columns) - self.positions.keys()
            self._several[columns] = itemgetter(*places), lacking
        return self._several[columns]


class Fields:
    """One row on its way to a record: reads fields and notes what it could not read.

    Its cells are tidy (`tidy`).
    """

    __slots__ = ("_cells", "_layout", "_positions", "_unread", "active", "line", "sid", "state")

    def __init__(self, state: FileState, line: int, layout: Layout, cells: list[str]) -> None:
        self.state, self.line = state, line
        self._layout, self._positions, self._cells = layout, layout.positions, cells
        self._unread: frozenset[str] = frozenset()
        self.sid: str | None = None
        self.active = True

    # The row as a whole

    def note(self, code: str, column: str | None = None, *, single: bool = False) -> None:
        """Note a finding about this row; `single`: it is no part of a finding on others."""
        file = f"{self.state.name}.csv"
        root = (file, self.line) if single else None
        self.state.findings.add(
            code, file=file, line=self.line, sourced_id=self.sid, field=column, root=root
        )

    def refuse(self, code: str, column: str | None = None) -> None:
        """Leave the row out. Whoever it is about must not be missed for that."""
        if self.sid is None:
            candidate = self._raw("sourcedId")
            if (
                candidate
                and candidate.isascii()
                and candidate.isprintable()
                and not looks_like_ssn(candidate)
            ):
                self.sid = candidate[:_LONGEST_VALUE]
        self.state.rows_refused += 1
        if self.sid is None or code in ("not_csv", "ragged_row"):
            self.state.unidentified += 1
        else:
            self.state.refused_ids.add(self.sid)
        if code == "ragged_row":
            self.sid = None  # in a shifted row any value may stand in any place
        self.note(code, column, single=True)

    def identify(self) -> bool:
        """Find the row's identity and status; False if the row cannot be taken."""
        sid = self._raw("sourcedId")
        if not sid:
            self.refuse("blank_value", "sourcedId")
            return False
        if looks_like_ssn(sid):
            self.refuse("ssn_as_sourced_id", "sourcedId")
            return False
        if max(map(len, self._cells)) > _LONGEST_VALUE and (
            long := next((c for c in self._positions if len(self._raw(c)) > _longest(c)), None)
        ):
            self.refuse("too_long", long)
            return False
        self.sid = sid
        status = self._raw("status").casefold()
        if status in _GONE:
            self.active = False
            if self.state.mode == "bulk":
                self.note("status_in_bulk", "status")
        elif status not in ("", "active"):
            self.note("unknown_status", "status")
        return True

    def fill(self) -> None:
        """Put a blank cell where the row has none."""
        lacks = self._layout.blank + 1 - len(self._cells)
        if lacks > 0:
            self._cells = self._cells + [""] * lacks

    def common(self) -> Common:
        """What every row has; to be asked last, when all fields have been read."""
        return Common(
            sourced_id=self.sid or "",
            line=self.line,
            active=self.active,
            unread=self._unread,
            metadata=self._metadata() if self.state.added else NOTHING,
        )

    # One field

    def text(self, column: str) -> str | None:
        at = self._positions.get(column)
        if at is None:
            self._lack({column})
            return None
        return (self._cells[at] if at < len(self._cells) else "") or None

    def texts(self, *columns: str) -> list[str | None]:
        """Two or more columns at once."""
        pick, lacking = self._layout.several(columns)
        if lacking:
            self._lack(lacking)
        return [value or None for value in pick(self._cells)]

    def several(self, column: str) -> tuple[str, ...]:
        """The values of a list separated by commas, each once."""
        value = self.text(column)
        if value is None:
            return ()
        if "," not in value:
            return (value,)
        return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))

    def one_of(self, column: str, known: Mapping[str, str]) -> str | None:
        """A value of a closed list, in whatever case it is written."""
        value = self.text(column)
        if value is None:
            return None
        found = known.get(value.casefold())
        if found is None:
            self._pass_over(column, "unknown_value")
        return found

    def flag(self, column: str) -> bool | None:
        value = self.text(column)
        if value is None:
            return None
        return self._flag(column, value)

    def flags(self, *columns: str) -> list[bool | None]:
        """Two or more at once."""
        values = self.texts(*columns)
        return [
            None if value is None else self._flag(column, value)
            for column, value in zip(columns, values, strict=True)
        ]

    def _flag(self, column: str, value: str) -> bool | None:
        found = _FLAGS.get(value)
        if found is None:
            found = _FLAGS.get(value.casefold())
        if found is None:
            self._pass_over(column, "unknown_value")
        return found

    def date(self, column: str) -> date | None:
        value = self.text(column)
        if value is None:
            return None
        found = _day(value)
        if found is None:
            self._pass_over(column, "ambiguous_date")
        return found

    def grades(self) -> tuple[str, ...]:
        found, all_known = _grades(self.several("grades"))
        if not all_known:
            if not found:
                self._lack({"grades"})
            self.note("unknown_value", "grades")
        return found

    def identifier(self, column: str) -> str | None:
        """An identifier, unless it looks like a social security number."""
        value = self.text(column)
        if value is None:
            return None
        if looks_like_ssn(value):
            self._pass_over(column, "ssn")
            return None
        if _could_be_ssn(value):
            self.note("nine_digits", column)
        elif "@" in value:
            self.note("email_as_identifier", column)
        return value

    def email(self) -> str | None:
        value = self.text("email")
        if value is not None and not _EMAIL.fullmatch(value):
            self._pass_over("email", "not_an_email")
            return None
        return value

    def phone(self) -> str | None:
        """The phone number, or else the number for text messages."""
        columns = [c for c in ("phone", "sms") if c in self._positions]
        if not columns:
            self._lack({"phone"})
        for column in columns:
            value = self._raw(column)
            if not value:
                continue
            if looks_like_ssn(value):
                self.note("ssn", column)
            elif "@" in value or sum(map(str.isdigit, value)) < 7:
                self.note("not_a_phone", column)
            else:
                return value
            self._lack({"phone"})
        return None

    def language(self) -> str | None:
        """A language tag. A blank tells nothing: systems that know no language leave it blank."""
        value = self.text("language")
        if value is None:
            self._lack({"language"})
            return None
        found = language(value)
        if found is None:
            self._pass_over("language", "not_a_language")
        return found

    def _raw(self, column: str) -> str:
        at = self._positions.get(column)
        if at is None or at >= len(self._cells):
            return ""
        return self._cells[at]

    def _lack(self, columns: Collection[str]) -> None:
        """Note columns as unread. Rows that lack the same share one set: there are few of them."""
        self._unread = _together(self._unread, frozenset(columns))

    def _pass_over(self, column: str, code: str) -> None:
        self._lack({column})
        self.note(code, column)

    def _metadata(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for column in self.state.added:
            if value := self._raw(column):
                if looks_like_ssn(value):
                    self.note("ssn", column[:80])
                else:
                    found[column[len("metadata.") :]] = value
        return MappingProxyType(found) if found else NOTHING


@lru_cache(maxsize=4096)
def _together(unread: frozenset[str], more: frozenset[str]) -> frozenset[str]:
    return unread | more


@lru_cache(maxsize=1024)
def _grades(written: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The codes of grades, each once, and whether all are known."""
    found = [code for code in map(grade, written) if code is not None]
    return tuple(dict.fromkeys(found)), len(found) == len(written)


def tidy(cells: list[str], text: str) -> list[str]:
    """The cells (`text` is all of them) without blanks around, each letter written in one way."""
    if text.isascii() and text.isprintable():
        return [cell.strip() for cell in cells] if " " in text else cells
    return [_tidy(cell.strip()) for cell in cells]


def _tidy(value: str) -> str:
    if value.isascii() and value.isprintable():
        return value
    return unicodedata.normalize("NFC", " ".join(value.split()))


def _longest(column: str) -> int:
    """How much a column may hold; what systems add costs nobody their row."""
    is_list_or_added = column.endswith(("Ids", "language")) or "." in column
    return _LONGEST_ADDED if is_list_or_added else _LONGEST_VALUE


def _could_be_ssn(value: str) -> bool:
    """Nine digits in a range that has been issued; many local numbers have nine digits too."""
    return bool(_ISSUED.fullmatch(value))


@lru_cache(maxsize=8192)
def _day(text: str) -> date | None:
    """A date, if there is only one way to read it."""
    if match := re.fullmatch(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?:[T ].*)?", text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
        if not match[2] and not re.match(r"\d{8}", text):
            return None
    elif match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?", text):
        one, two, year = int(match[1]), int(match[2]), int(match[3])
        if one > 12 >= two:
            day, month = one, two
        elif two > 12 >= one or one == two:
            month, day = one, two
        else:
            return None
    else:
        return None
    try:
        return date(year, month, day) if 1900 <= year <= 2200 else None
    except ValueError:
        return None
