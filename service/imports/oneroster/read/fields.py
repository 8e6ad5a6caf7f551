"""The fields of one row: each is read as what it should be, or noted as unread."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType

from service.domain.languages import language
from service.domain.students import grade, looks_like_ssn
from service.imports.oneroster.read.file_state import FileState

NONE_UNREAD: frozenset[str] = frozenset()
NOTHING: Mapping[str, str] = MappingProxyType({})
"""The metadata of a row that has none."""

_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "t", "1", "yes", "y"), True),
    **dict.fromkeys(("false", "f", "0", "no", "n"), False),
}
_NO_LANGUAGE = frozenset({"language"})
_GONE = frozenset(("tobedeleted", "inactive", "deleted"))
_LONGEST_VALUE = 255
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NO_DIGIT = re.compile(r"\D+")
_DIGITS_OF_A_PHONE, _DIGITS_OF_AN_SSN = 7, 9
_ISSUED = re.compile(r"(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}")
_LONGEST_ADDED = 65_536


Pick = Callable[[list[str]], tuple[str, ...]]
Common = tuple[str, int, bool, frozenset[str], Mapping[str, str]]
"""What every row has, in the order of `Row`."""

_INSTEAD: Mapping[str, str] = {"phone": "sms", "sms": "phone"}
"""Columns either of which tells what the other does."""


class Layout:
    """Where the columns of a file stand in its rows.

    `blank` is the place after the last, where a row has a blank cell for whatever it lacks.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.positions = {column: at for at, column in enumerate(columns) if column}
        self.blank = len(columns)
        self.identity = self.place("sourcedId"), self.place("status")
        self._several: dict[tuple[str, ...], tuple[Pick, frozenset[str]]] = {}

    def place(self, column: str) -> int:
        return self.positions.get(column, self.blank)

    def several(self, columns: tuple[str, ...]) -> tuple[Pick, frozenset[str]]:
        """What picks these columns from a row, and those of them that the file does not tell."""
        if columns not in self._several:
            told = self.positions.keys()
            lacking = [c for c in columns if c not in told and _INSTEAD.get(c, c) not in told]
            pick: Pick = itemgetter(*map(self.place, columns))
            self._several[columns] = pick, frozenset(lacking)
        return self._several[columns]


class Fields:
    """One row on its way to a record: reads fields and notes what it could not read.

    Its cells are tidy (`tidy`), and as many as the layout has places.
    """

    __slots__ = ("_cells", "_layout", "_unread", "active", "line", "sid", "state")

    def __init__(self, state: FileState, line: int, layout: Layout, cells: list[str]) -> None:
        self.state, self.line, self._layout, self._cells = state, line, layout, cells
        self._unread = NONE_UNREAD
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

    def identify(self, text: str) -> bool:
        """Find the row's identity and status; False if the row cannot be taken.

        `text` is all of the row as it is written.
        """
        at, status_at = self._layout.identity
        sid = self._cells[at]
        if not sid:
            self.refuse("blank_value", "sourcedId")
            return False
        if looks_like_ssn(sid):
            self.refuse("ssn_as_sourced_id", "sourcedId")
            return False
        if (len(text) > _LONGEST_VALUE or not text.isascii()) and (
            long := next(
                (c for c in self._layout.positions if len(self._raw(c)) > _longest(c)), None
            )
        ):
            self.refuse("too_long", long)
            return False
        self.sid = sid
        status = self._cells[status_at].casefold()
        if not status:
            return True
        if status in _GONE:
            self.active = False
            if self.state.mode == "bulk":
                self.note("status_in_bulk", "status")
        elif status != "active":
            self.note("unknown_status", "status")
        return True

    def common(self) -> Common:
        """What every row has; to be asked last, when all fields have been read."""
        metadata = self._metadata() if self.state.added else NOTHING
        return (self.sid or "", self.line, self.active, self._unread, metadata)

    # Its fields

    def text(self, column: str) -> str:
        """What stands in a column, blank where the file lacks it."""
        if column not in self._layout.positions:
            self._lack({column})
        return self._raw(column)

    def texts(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """What stands in two or more columns, blank where the file lacks one."""
        pick, lacking = self._layout.several(columns)
        if lacking:
            self._lack(lacking)
        return pick(self._cells)

    def one_of(self, column: str, value: str, known: Mapping[str, str]) -> str | None:
        """A value of a closed list, in whatever case it is written."""
        if not value:
            return None
        found = known.get(value.casefold())
        if found is None:
            self._pass_over(column, "unknown_value")
        return found

    def flag(self, column: str, value: str) -> bool | None:
        if not value:
            return None
        found = _FLAGS.get(value)
        if found is None:
            found = _FLAGS.get(value.casefold())
        if found is None:
            self._pass_over(column, "unknown_value")
        return found

    def date(self, column: str, value: str) -> date | None:
        if not value:
            return None
        found = _day(value)
        if found is None:
            self._pass_over(column, "ambiguous_date")
        return found

    def grades(self, value: str) -> tuple[str, ...]:
        if not value:
            return ()
        found, all_known = _grades(value)
        if not all_known:
            if not found:
                self._lack({"grades"})
            self.note("unknown_value", "grades")
        return found

    def identifier(self, column: str, value: str) -> str | None:
        """An identifier, unless it looks like a social security number."""
        if not value:
            return None
        if looks_like_ssn(value):
            self._pass_over(column, "ssn")
            return None
        if _could_be_ssn(value):
            self.note("nine_digits", column)
        elif "@" in value:
            self.note("email_as_identifier", column)
        return value

    def email(self, value: str) -> str | None:
        if not value:
            return None
        if not _EMAIL.fullmatch(value):
            self._pass_over("email", "not_an_email")
            return None
        return value

    def phone(self, phone: str, sms: str) -> str | None:
        """The phone number, or else the number for text messages."""
        for column, value in (("phone", phone), ("sms", sms)):
            if not value:
                continue
            if looks_like_ssn(value):
                self.note("ssn", column)
            elif "@" in value or len(_NO_DIGIT.sub("", value)) < _DIGITS_OF_A_PHONE:
                self.note("not_a_phone", column)
            else:
                return value
            self._lack({"phone"})
        return None

    def language(self, value: str) -> str | None:
        """A language tag. A blank tells nothing: systems that know no language leave it blank."""
        if not value:
            self._lack(_NO_LANGUAGE)
            return None
        found = language(value)
        if found is None:
            self._pass_over("language", "not_a_language")
        return found

    def _raw(self, column: str) -> str:
        return self._cells[self._layout.place(column)]

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


def several(value: str) -> tuple[str, ...]:
    """The values of a list separated by commas, each once."""
    if "," not in value:
        return (value,) if value else ()
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


@lru_cache(maxsize=1024)
def _grades(value: str) -> tuple[tuple[str, ...], bool]:
    """The codes of grades, each once, and whether all are known."""
    written = several(value)
    found = [code for code in map(grade, written) if code is not None]
    return tuple(dict.fromkeys(found)), len(found) == len(written)


def tidy(cells: list[str], text: str) -> list[str]:
    """The cells (`text` is all of them) without blanks around, each letter written in one way."""
    if text.isascii() and text.isprintable():
        return list(map(str.strip, cells)) if " " in text else cells
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
    return len(value) == _DIGITS_OF_AN_SSN and bool(_ISSUED.fullmatch(value))


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
