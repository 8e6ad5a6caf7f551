"""The bundle as a whole: which of its files are a roster, how each is sent, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

from service.imports.oneroster.read import records
from service.imports.oneroster.read.archive import Limits, Member, members_of, shown
from service.imports.oneroster.read.columns import (
    COLUMNS,
    NOT_USED,
    REQUIRED,
    find_columns,
    known_name,
    mixed_up_with,
    plain,
)
from service.imports.oneroster.read.csv_file import WINDOWS, CsvFile
from service.imports.oneroster.read.fields import Fields, Layout, tidy
from service.imports.oneroster.read.file_state import UNSURE, WITHHELD, FileState, Mode
from service.imports.oneroster.read.records import (
    AcademicSession,
    Course,
    Demographics,
    Enrollment,
    Org,
    Role,
    SchoolClass,
    User,
)
from service.imports.oneroster.report import BundleRefused, Finding, Findings

RecordT = TypeVar("RecordT")


def open_bundle(source: bytes | Path, limits: Limits | None = None) -> Bundle:
    """Open a zip (its bytes or its path) or a folder, or raise `BundleRefused`."""
    limits = limits or Limits()
    with ExitStack() as stack:
        roster, strangers = _roster_files(members_of(source, limits, stack))
        bundle = Bundle(roster, limits, strangers)
        bundle.close_with(stack.pop_all())
    return bundle


def _roster_files(members: list[Member]) -> tuple[dict[str, Member], list[str]]:
    """The CSV files by lower-case name without suffix, and the names that mean nothing here."""
    csvs = [m for m in members if m.path.casefold().endswith(".csv")]
    folders = {m.path.rpartition("/")[0] for m in csvs}
    if "" in folders:
        base = ""
    elif len(folders) == 1 and "/" not in (only := folders.pop()):
        base = only
    elif csvs:
        raise BundleRefused(
            "nested_folders",
            "The CSV files do not lie together at the top of the bundle.",
            "Put them at the top, without folders, and send the bundle again.",
        )
    else:
        raise BundleRefused(
            "no_csv_files",
            "There is no CSV file in the bundle.",
            "Send users.csv and its companions as OneRoster 1.1 or 1.2 CSV.",
        )
    here = [m for m in members if m.path.rpartition("/")[0] == base]
    roster: dict[str, Member] = {}
    strangers: list[str] = []
    known = {name.casefold() for name in COLUMNS} | {"manifest"}
    for member in here:
        stem, _, suffix = member.path.rpartition("/")[2].casefold().rpartition(".")
        if suffix == "csv" and stem in known:
            roster[stem] = member
        elif stem not in NOT_USED:
            strangers.append(member.path)
    return roster, strangers + [m.path for m in members if m not in here]


class Bundle:
    """An open bundle. Each method streams one file; asking again reads it anew.

    `version` is "1.1" or "1.2"; `files` has the state of every file that OneRoster knows and
    this service reads, there or not.
    """

    def __init__(self, members: Mapping[str, Member], limits: Limits, strangers: list[str]) -> None:
        self._resources = ExitStack()
        self._general = Findings()
        if strangers:
            self._general.add(
                "unknown_files", count=len(strangers), names=", ".join(map(shown, strangers[:10]))
            )
        budget = limits.total_bytes
        self._csvs: dict[str, CsvFile] = {}
        for key, member in members.items():
            name = known_name(key)
            self._csvs[name] = CsvFile(name, member, limits, budget)
            budget -= self._csvs[name].size
        manifest = self._manifest()
        self.files: dict[str, FileState] = {}
        for name in COLUMNS:
            self.files[name] = self._state(name, manifest)
        self.version = self._version(manifest)
        self._check_users(manifest)

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close_with(self, resources: ExitStack) -> None:
        """Take over what is open; it is closed together with the bundle."""
        self._resources = resources

    def close(self) -> None:
        self._resources.close()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What has been found so far; a file's own findings come with its rows."""
        own = [f for state in self.files.values() for f in state.findings]
        return (*self._general, *own)

    def mode(self, name: str) -> Mode:
        return self.files[name].mode

    # How the files are sent

    def _manifest(self) -> dict[str, str] | None:
        csv = self._csvs.get("manifest")
        if csv is None:
            self._general.add("no_manifest")
            return None
        properties: dict[str, str] = {}
        for number, cells in csv.records():
            if number > 1000:
                break
            if cells and len(cells) > 1:
                properties.setdefault(plain(cells[0]), cells[1].strip().casefold())
        return properties

    def _state(self, name: str, manifest: Mapping[str, str] | None) -> FileState:
        file, csv = f"{name}.csv", self._csvs.get(name)
        said = None if manifest is None else manifest.get(f"file.{name}".casefold(), "")
        if csv is None:
            if said in ("bulk", "delta"):
                self._general.add("declared_but_missing", file=file, declared=said)
            elif said == WITHHELD:
                self._general.add("list_withheld", file=file, name=name)
            return FileState(name, "absent")
        state = FileState(name, "bulk")
        header = csv.header()
        state.columns = find_columns(name, header, self._general)
        state.added = tuple(c for c in state.columns if c.startswith("metadata."))
        has_rows = csv.has_rows()
        if said == "delta":
            state.mode = "delta"
        elif said is not None and said != "bulk":
            state.mode = "unstated" if has_rows else "absent"
            if has_rows:
                code = "list_unsure" if said == UNSURE else "undeclared_file"
                self._general.add(code, file=file, name=name)
        if csv.encoding == WINDOWS:
            self._general.add("not_utf8", file=file)
        if has_rows or name == "users":
            missing = [c for c in REQUIRED.get(name, ("sourcedId",)) if c not in state.columns]
            if missing and has_rows:
                self._missing_columns(state, missing, header)
        elif state.mode != "absent":
            state.mode = "absent"
            self._general.add("empty_file", file=file)
        return state

    def _missing_columns(self, state: FileState, missing: list[str], header: list[str]) -> None:
        other = mixed_up_with(state.name, header)
        columns, like = ", ".join(missing), f", but the header of {other}.csv" if other else ""
        if state.name == "users":
            raise BundleRefused(
                "missing_column",
                f"users.csv has no column {columns} in its first line{like}.",
                "Write the OneRoster header as its first line, separated by commas.",
            )
        self._general.add("missing_column", file=f"{state.name}.csv", columns=columns, like=like)
        state.mode = "absent"

    def _version(self, manifest: Mapping[str, str] | None) -> str:
        said = (manifest or {}).get("oneroster.version", "")
        if said.startswith(("1.1", "1.2")):
            return said[:3]
        if said:
            self._general.add("unknown_version", file="manifest.csv")
        newer = {"primaryOrgSourcedId", "userMasterIdentifier", "preferredGivenName"}
        is_newer = "roles" in self._csvs or newer & set(self.files["users"].columns)
        return "1.2" if is_newer else "1.1"

    def _check_users(self, manifest: Mapping[str, str] | None) -> None:
        """A roster without a single person is a failed export, not an empty district."""
        users = self._csvs.get("users")
        others = any(state.mode != "absent" for state in self.files.values())
        if self.mode("users") != "absent":
            if users is not None and users.has_rows():
                return
        elif users is None:
            if (manifest or {}).get("file.users", "") == "absent" and others:
                return  # the sender said that users are no part of this exchange
            raise BundleRefused(
                "users_missing",
                "There is no users.csv in the bundle.",
                "Send users.csv; or, with other files, a manifest.csv that calls it absent.",
            )
        elif others:
            return
        raise BundleRefused(
            "empty_roster",
            "users.csv has no rows: the roster is empty. Nothing was changed and nobody was "
            "deactivated.",
            "Export the roster again. If no user is to be sent, leave users.csv out and declare "
            "it absent in manifest.csv.",
        )

    # Rows

    def _read(self, name: str, read: Callable[[Fields], RecordT | None]) -> Iterator[RecordT]:
        """A file's usable rows. Counting and findings begin anew with every reading."""
        state = self.files[name]
        state.start_over()
        if state.mode == "absent":
            return
        layout = Layout(state.columns)
        width = layout.blank
        rows = self._csvs[name].records()
        next(rows, None)
        for line, cells in rows:
            state.rows_read += 1
            if cells is None:
                Fields(state, line, layout, [""] * (width + 1)).refuse("not_csv")
                continue
            given, text = len(cells), "".join(cells)
            cells = tidy(cells, text)
            # One blank cell after the last, for the columns that the file lacks.
            cells += [""] * (width + 1 - given)
            row = Fields(state, line, layout, cells)
            if given > width and any(cells[width:]):
                row.refuse("ragged_row")
            elif (not text.isascii() and _has_surrogate(text)) or "\0" in text:
                row.refuse("unreadable_characters")
            elif row.identify(text):
                if given < width:
                    row.note("short_row")
                record = read(row)
                if record is not None:
                    yield record

    def orgs(self) -> Iterator[Org]:
        return self._read("orgs", records.org)

    def users(self) -> Iterator[User]:
        return self._read("users", records.user)

    def roles(self) -> Iterator[Role]:
        return self._read("roles", records.role)

    def demographics(self) -> Iterator[Demographics]:
        return self._read("demographics", records.demographics)

    def academic_sessions(self) -> Iterator[AcademicSession]:
        return self._read("academicSessions", records.academic_session)

    def courses(self) -> Iterator[Course]:
        return self._read("courses", records.course)

    def classes(self) -> Iterator[SchoolClass]:
        return self._read("classes", records.school_class)

    def enrollments(self) -> Iterator[Enrollment]:
        return self._read("enrollments", records.enrollment)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in text)
